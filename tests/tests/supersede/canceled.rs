//! A cancel or a deactivation of a session cancels its active charge.

use futures::future::{join, join_all};
use serde_json::json;
use tests::{
    Answer, TestHub,
    bank::{BankReply, BookedStatus, reference},
    hub::LONG_AFTER,
    samples::{APPROVED, by, by_boleto, by_card, by_pix, events, open_session, summary, with},
};

use crate::{
    CANCELED, INACTIVE, PAID_UNCHANGED, RESERVED, UNSETTLED, WAITING, assert_conflict, assert_refused, send_beside,
};

/// The writes since the last call, as `Call::what` prints them.
fn writes(hub: &TestHub) -> Vec<String> {
    let calls = hub.engine.take_calls().into_iter();
    calls.filter(tests::engine::Call::is_write).map(|call| call.what()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_session_is_canceled_in_one_write_and_a_canceled_one_in_none() {
    let hub = TestHub::with_every_ability().await;
    let order = hub.merchant.opens_session().await;
    let _ = writes(&hub);
    for expected in [vec!["UpdateItem SESSION"], vec![], vec![]] {
        assert_eq!(hub.merchant.cancels(&order).await.expect(201).body, json!({"id": order.id, "status": "canceled"}));
        assert_eq!(writes(&hub), expected);
    }
    assert_refused(&hub.shopper.pays(&order, &by_card(APPROVED)).await, CANCELED);
    assert_eq!(hub.bank.operations(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_and_its_active_charge_are_canceled_in_one_transaction() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        let asked = hub.bank.operations();
        let _ = writes(&hub);
        hub.merchant.cancels(&order).await.assert_status(201);
        assert_eq!(writes(&hub), ["PutItem CHARGE", "TransactWriteItems CHARGE SESSION"], "{method}");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, canceled");
        assert_eq!(
            summary(&hub.merchant.reads_charge(&charge).await),
            "canceled 100: void success 100, pending success 100"
        );
        assert_eq!(events(&hub, &charge).await, ["pending", "canceled"]);
        assert_eq!(hub.bank.books()[&reference(&charge, 1)].status, BookedStatus::Canceled);

        hub.merchant.cancels(&order).await.assert_status(201);
        assert_eq!((writes(&hub).len(), hub.bank.operations()), (0, asked + 1), "{method}");
        assert_refused(&hub.shopper.pays(&order, &by_card(APPROVED)).await, CANCELED);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_its_shopper_has_paid_meanwhile_is_not_canceled() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        let _lost = hub.bank.pay(&reference(&charge, 1), 100);
        for _ in 0..2 {
            assert_conflict(&hub.merchant.cancels(&order).await, PAID_UNCHANGED);
            assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method}");
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_cannot_be_superseded_is_not_canceled_and_nothing_changes() {
    let mut hub = TestHub::with_every_ability().await;
    let reserving = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let reserved = hub.merchant.creates_session(&reserving).await;
    hub.shopper.pays(&reserved, &by_card(APPROVED)).await.assert_status(201);
    hub.bank.expect([BankReply::LoseAnswer]);
    let (unknown, _) = hub.merchant.opens_locked_session(&by_card(APPROVED)).await;
    let running = hub.merchant.opens_session().await;
    let asked = hub.bank.operations() + 1;
    hub.bank.expect([BankReply::HoldBeforeBooking]);
    let answer = send_beside(&hub, &running, by_card(APPROVED));
    hub.bank.has_seen(asked).await;

    for (order, why) in [(&reserved, RESERVED), (&unknown, UNSETTLED), (&running, UNSETTLED)] {
        let before = hub.merchant.reads_session(order).await.body;
        let _ = writes(&hub);
        assert_conflict(&hub.merchant.cancels(order).await, why);
        assert_eq!((writes(&hub).len(), hub.merchant.reads_session(order).await.body), (0, before));
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));

    hub.kill_and_restart().await;
    assert!(answer.await.unwrap().is_none());
    hub.pass(LONG_AFTER).await;
    assert_conflict(&hub.merchant.cancels(&unknown).await, PAID_UNCHANGED);
    hub.merchant.cancels(&running).await.assert_status(201);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_paid_and_canceled_at_once_ends_as_one_of_both() {
    let hub = TestHub::with_every_ability().await;
    let card = by_card(APPROVED);
    for round in 0..10 {
        let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
        let payments = join_all((0..5).map(|_| hub.shopper.pays(&order, &card)));
        let (paid, canceled) = join(payments, join_all((0..5).map(|_| hub.merchant.cancels(&order)))).await;
        let count = |answers: &[Answer]| answers.iter().filter(|answer| answer.status == 201).count();
        match hub.merchant.sees(&order, &charge).await.as_str() {
            "canceled, paid" => assert_eq!((count(&paid), count(&canceled)), (1, 0), "{round}"),
            "canceled, canceled" => {
                assert_eq!(count(&paid), 0, "{round}");
                assert_ne!(count(&canceled), 0, "{round}");
            }
            // Every request met another one that was under way.
            other => {
                assert_eq!((count(&paid), count(&canceled)), (0, 0), "{round} {other}");
                assert!(["canceled, created", "pending, created"].contains(&other), "{round} {other}");
            }
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_takes_effect_at_once_and_cancels_the_unpaid_payment() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        let _ = writes(&hub);
        assert_eq!(hub.merchant.switches(&order, false).await.expect(200).body["isActive"], false);
        // The hub first writes the session alone, whatever the outcome of the cancel.
        let expected = ["UpdateItem SESSION", "PutItem CHARGE", "TransactWriteItems CHARGE SESSION"];
        assert_eq!(writes(&hub), expected, "{method}");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, created");
        assert_eq!(events(&hub, &charge).await, ["pending", "canceled"]);
        assert_refused(&hub.shopper.pays(&order, &by(method)).await, INACTIVE);
        hub.merchant.switches(&order, true).await.assert_status(200);
        assert_ne!(hub.shopper.pays(&order, &by(method)).await.expect(201).text("/chargeId"), charge);
        hub.merchant.cancels(&order).await.assert_status(201);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_needs_no_provider() {
    let mut hub = TestHub::with_every_ability().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.kill_and_restart_without_bank().await;
    assert_eq!(hub.merchant.switches(&order, false).await.expect(200).body["isActive"], false);
    assert_eq!(
        (hub.merchant.sees(&order, &charge).await.as_str(), &hub.merchant.reads_session(&order).await.body["isActive"]),
        ("pending, created", &json!(false))
    );
    assert_refused(&hub.shopper.pays(&order, &by_card(APPROVED)).await, INACTIVE);
    hub.kill_and_restart().await;
    // The shopper has the code and may still pay; then the session is paid.
    let paid = hub.bank.pay(&reference(&charge, 1), 100);
    hub.provider.notifies(&paid).await;
    assert_eq!(
        (hub.merchant.sees(&order, &charge).await.as_str(), &hub.merchant.reads_session(&order).await.body["isActive"]),
        ("authorized, paid", &json!(false))
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_holds_whatever_the_provider_answers() {
    let hub = TestHub::with_every_ability().await;
    for method in WAITING {
        // The answer is lost; the sweeper reconciles the cancel.
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        hub.bank.expect([BankReply::LoseAnswer]);
        hub.merchant.switches(&order, false).await.assert_status(200);
        assert_eq!(hub.merchant.sees(&order, &charge).await, "pending, created", "{method}");
        hub.pass(LONG_AFTER).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, created", "{method}");
        assert_eq!(hub.merchant.reads_session(&order).await.body["isActive"], false);

        // The shopper has paid before.
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        let _lost = hub.bank.pay(&reference(&charge, 1), 100);
        hub.merchant.switches(&order, false).await.assert_status(200);
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method}");
        assert_conflict(&hub.merchant.switches(&order, true).await, PAID_UNCHANGED);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_leaves_payments_that_cannot_be_superseded() {
    let hub = TestHub::with_every_ability().await;
    let (boleto, slip) = hub.merchant.opens_locked_session(&by_boleto()).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let (unknown, card) = hub.merchant.opens_locked_session(&by_card(APPROVED)).await;
    let asked = hub.bank.operations();
    for order in [&boleto, &unknown] {
        hub.merchant.switches(order, false).await.assert_status(200);
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));
    let paid = hub.bank.pay(&reference(&slip, 1), 100);
    hub.provider.notifies(&paid).await;
    hub.pass(LONG_AFTER).await;
    assert_eq!(hub.merchant.sees(&boleto, &slip).await, "authorized, paid");
    assert_eq!(hub.merchant.sees(&unknown, &card).await, "authorized, paid");
    hub.assert_books_agree().await;
}
