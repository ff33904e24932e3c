//! Updates that arrive before what they presuppose, in the opposite order, or late.

use std::time::Duration;

use domain::limits::NOTIFICATION_PATIENCE;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, Treatment, reference},
    hub::LONG_AFTER,
    log::{alarms, lines_of, listen},
    samples::{APPROVED, by_card, by_pix, events, pix_charge, session, summary, with},
};

use super::{pay, pix, sent_update, update_of, updates, with_updates};

const LOST: Treatment = Treatment::Reply(BankReply::LoseRequest);

/// The hub may learn of the payment later: the update waits a week, and then an alarm calls the operator.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_about_an_unknown_payment_waits_for_seven_days() {
    listen("error");
    let hub = TestHub::build().await;
    let sent = sent_update(&hub).await;
    let id = pix(&hub).await;
    // An unknown charge, and an unknown request of a known charge.
    let (unknown, number) = (reference("00000000-1111-4222-8333-444444444444", 1), reference(&id, 9));
    let all: Vec<Value> = [&unknown, &number]
        .iter()
        .map(|about| with(with(update_of(&sent), "/id", json!(format!("of {about}"))), "/reference", json!(about)))
        .collect();
    hub.provider.notifies(&with_updates(&hub, &sent, &all)).await;
    assert_eq!(hub.waiting_updates().await.len(), 2);
    // The repetition adds no record.
    hub.provider.notifies(&with_updates(&hub, &sent, &all)).await;
    hub.pass(NOTIFICATION_PATIENCE.saturating_sub(Duration::from_hours(2))).await;
    assert_eq!((hub.waiting_updates().await.len(), alarms("unknown_notification", &unknown)), (2, 0));
    hub.pass(Duration::from_hours(3)).await;
    hub.pass(Duration::from_hours(3)).await;
    assert_eq!((hub.waiting_updates().await.len(), updates(&hub, "unresolved").await), (0, 2));
    assert_eq!([&unknown, &number].map(|about| alarms("unknown_notification", about)), [1, 1]);
    // The line says who reported it, where the hub has no such charge.
    let line = lines_of("unknown_notification").into_iter().find(|line| line.contains(&unknown)).unwrap();
    let client = format!(r#""client":"{}""#, hub.merchant.client_id);
    assert!(line.contains(&client) && line.contains(r#""provider":"#), "{line}");
    assert!(line.contains(r#""provider_account":"#), "{line}");
    hub.pass(Duration::from_hours(24 * 30)).await;
    assert_eq!([&unknown, &number].map(|about| alarms("unknown_notification", about)), [1, 1], "once");
    hub.assert_books_agree().await;
}

/// A refund requires a payment: the hub reconciles the payment at once. Where the bank is not reached, the update
/// waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_notified_before_its_payment_makes_the_hub_reconcile_the_payment() {
    let mut hub = TestHub::build().await;
    for is_reached in [true, false] {
        let id = pix(&hub).await;
        let (paid, refunded) = (pay(&hub, &id), hub.bank.refund(&reference(&id, 1), 50));
        let is_lost = move |request: &Value| (!is_reached && request["operation"] == "query").then_some(LOST);
        hub.bank.treat(is_lost);
        // The call window of the create is over.
        hub.pass(Duration::from_secs(30)).await;
        hub.provider.notifies(&refunded).await;
        assert_eq!(hub.bank.queries_of(&reference(&id, 1)), 1);
        let waiting = usize::from(!is_reached);
        let expected = if is_reached { "authorized" } else { "pending" };
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()),
            (expected, waiting)
        );
        hub.kill_and_restart().await;
        hub.provider.notifies(&paid).await;
        let requests = "void success 50, authorization success 150, pending success 150";
        assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("authorized 100: {requests}"));
        hub.provider.notifies(&refunded.clone().signed_at(hub.clock().now())).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 100);
        assert_eq!(events(&hub, &id).await, ["pending", "authorized", "voided"]);
        hub.assert_books_agree().await;
    }
}

/// Every kind of update of a payment, in the opposite order.
#[tokio::test(flavor = "multi_thread")]
async fn updates_in_the_opposite_order_end_the_same() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let payment = reference(&id, 1);
    let mut life = vec![
        pay(&hub, &id),
        hub.bank.refund(&payment, 40),
        hub.bank.refund(&payment, 30),
        hub.bank.revert_refund(&payment, 20),
        hub.bank.dispute(&payment),
        hub.bank.close_dispute(&payment),
        hub.bank.charge_back(&payment, 100),
    ];
    life.reverse();
    for update in &life {
        hub.provider.notifies(update).await;
    }
    for _ in 0..12 {
        hub.pass(Duration::from_hours(1)).await;
    }
    let ended = hub.merchant.reads_charge(&id).await;
    assert_eq!((ended.text("/status"), &ended.body["amount"]), ("charged_back", &json!(100)), "{}", summary(&ended));
    hub.assert_books_agree().await;
}

/// A provider names its own refund by one id, and may notify the end of the refund first.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_at_the_bank_whose_end_is_notified_first_does_not_begin_again() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    hub.provider.notifies(&pay(&hub, &id)).await;
    let (begun, done) = (hub.bank.begin_refund(&reference(&id, 1), 40), hub.bank.refund(&reference(&id, 1), 40));
    let [begun, done] = [begun, done].map(|update| {
        let named = with(update_of(&update), "/id", json!("refund 1"));
        with_updates(&hub, &update, &[named])
    });
    hub.provider.notifies(&done).await;
    hub.provider.notifies(&begun).await;
    let requests = "void success 40, authorization success 150, pending success 150";
    assert_eq!(summary(&hub.merchant.reads_charge(&id).await), format!("authorized 110: {requests}"));
    hub.assert_books_agree().await;
}

/// A late payment of an expired Pix.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_after_the_expiry_is_accepted() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    hub.pass(Duration::from_hours(2)).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "failed");
    hub.provider.notifies(&pay(&hub, &id)).await;
    let late = hub.merchant.reads_charge(&id).await;
    let requests = "authorization success 150, authorization failed 150, pending success 150";
    assert_eq!(summary(&late), format!("authorized 150: {requests}"));
    assert_eq!(events(&hub, &id).await, ["pending", "failed", "authorized"]);

    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let late = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(Duration::from_hours(2)).await;
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    assert_eq!(
        (hub.merchant.charge_status(&late).await.as_str(), hub.merchant.session_status(&order).await.as_str()),
        ("authorized", "paid")
    );

    // The session was paid by card meanwhile: the duplicate payment is refunded.
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let late = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(Duration::from_hours(2)).await;
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    hub.pass(Duration::from_secs(1)).await;
    assert_eq!(hub.merchant.charge_status(&late).await, "refund_pending");
    let refund = hub.bank.bookings().into_iter().find(|booking| booking.result == "processing").unwrap();
    hub.provider.notifies(&hub.bank.finish_refund(&refund.reference)).await;
    assert_eq!(
        (hub.merchant.charge_status(&late).await.as_str(), hub.merchant.session_status(&order).await.as_str()),
        ("voided", "paid")
    );
    hub.assert_books_agree().await;
}

/// The notification arrives before the answer to the request, or that answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_payment_without_an_answer_is_applied() {
    let mut hub = TestHub::build().await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let lost = pix(&hub).await;
    assert_eq!(summary(&hub.merchant.reads_charge(&lost).await), "pending 150: pending processing 150");
    hub.provider.notifies(&pay(&hub, &lost)).await;
    assert_eq!(
        summary(&hub.merchant.reads_charge(&lost).await),
        "authorized 150: authorization success 150, pending success 150"
    );

    // The same for a create that the bank has not answered yet.
    hub.bank.expect([BankReply::HoldAfterBooking]);
    let (body, seen) = (pix_charge(&hub.merchant.id), hub.bank.operations() + 1);
    let create = || hub.merchant.post_with_key("/v1/charges", &body, "held");
    tokio::select! {
        first = create() => unreachable!("the bank holds it: {first:?}"),
        () = async {
            hub.bank.has_seen(seen).await;
            let held = hub.bank.books().into_keys().find(|payment| *payment != reference(&lost, 1)).unwrap();
            hub.provider.notifies(&hub.bank.pay(&held, 150)).await;
        } => {}
    }
    hub.kill_and_restart().await;
    let again = hub.merchant.post_with_key("/v1/charges", &body, "held").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(hub.merchant.charge_status(again.text("/id")).await, "authorized");
    hub.pass(LONG_AFTER).await;
    hub.assert_books_agree().await;
}
