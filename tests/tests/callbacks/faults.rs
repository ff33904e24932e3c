//! Updates that meet a fault of the table or a death of the hub.

use std::time::Duration;

use domain::limits::NOTIFICATION_PATIENCE;
use serde_json::json;
use tests::{
    TestHub,
    bank::reference,
    engine::Fault,
    samples::{by_pix, events, session, summary, with},
};

use super::{pay, pix, sent_update, update_of, with_updates};

#[tokio::test(flavor = "multi_thread")]
async fn an_update_meets_every_fault_of_the_table_and_is_applied_once() {
    let hub = TestHub::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::Conflict, Fault::Throttle, Fault::LoseRequest, Fault::LoseAnswer] {
            let (id, amount) = waiting(&hub, pays_order).await;
            let update = hub.bank.pay(&reference(&id, 1), amount);
            let faults = hub.engine.faults();
            hub.engine.fail_write(1, fault);
            hub.provider.notifies(&update).await;
            hub.engine.heal();
            assert_eq!(hub.engine.faults(), faults + 1, "{fault:?}");
            let paid = hub.merchant.reads_charge(&id).await;
            let requests = format!("authorization success {amount}, pending success {amount}");
            assert_eq!(summary(&paid), format!("authorized {amount}: {requests}"), "{fault:?}");
            hub.provider.notifies(&update).await;
            assert_eq!(hub.merchant.reads_charge(&id).await.body, paid.body);
            assert_eq!(events(&hub, &id).await, ["pending", "authorized"], "{fault:?}");
        }
    }
    hub.assert_books_agree().await;
}

/// An unpaid Pix, of a session or not, and its amount.
async fn waiting(hub: &TestHub, pays_order: bool) -> (String, u64) {
    if !pays_order {
        return (pix(hub).await, 150);
    }
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    (hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned(), 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_survives_the_death_of_the_hub_because_the_bank_sends_it_again() {
    let mut hub = TestHub::build().await;
    for pays_order in [false, true] {
        for fault in [Fault::DieBefore, Fault::DieAfter] {
            let (id, amount) = waiting(&hub, pays_order).await;
            let update = hub.bank.pay(&reference(&id, 1), amount);
            hub.engine.fail_write(1, fault);
            let died = tokio::select! {
                () = hub.engine.has_killed() => true,
                _ = hub.provider.sends_to_mortal(&update) => false,
            };
            assert!(died, "{fault:?}");
            hub.kill_and_restart().await;
            assert_eq!(
                hub.merchant.charge_status(&id).await,
                if fault == Fault::DieAfter { "authorized" } else { "pending" }
            );
            hub.provider.notifies(&update).await;
            assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
            assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
        }
    }
    hub.assert_books_agree().await;
}

/// The hub answers 200 only where it has stored the update: otherwise the bank sends it again.
#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_table_loses_no_update() {
    let hub = TestHub::build().await;
    let (id, sent) = (pix(&hub).await, sent_update(&hub).await);
    let unknown = with(with(update_of(&sent), "/id", json!("unknown")), "/reference", json!(reference(&id, 7)));
    let all = [pay(&hub, &id), with_updates(&hub, &sent, &[unknown])];
    for update in &all {
        hub.engine.fail(|_, _| Fault::LoseRequest);
        hub.provider.sends(update).await.assert_status(503);
        hub.engine.heal();
    }
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()), ("pending", 0));
    for update in &all {
        hub.provider.notifies(update).await;
    }
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()), ("authorized", 1));
    hub.pass(NOTIFICATION_PATIENCE).await;
    hub.pass(Duration::from_hours(2)).await;
    hub.assert_books_agree().await;
}
