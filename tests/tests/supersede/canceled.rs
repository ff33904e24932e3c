//! A cancel or a deactivation of a session cancels its active charge.

use futures::future::{join, join_all};
use serde_json::json;
use tests::{
    Answer, TestHub,
    bank::{BankReply, BookedStatus, reference},
    hub::LONG_AFTER,
    samples::{APPROVED, by_boleto, by_card, by_pix, events, open_session, summary, with},
    session::Order,
};

use crate::{
    CANCELED, INACTIVE, PAID_UNCHANGED, RESERVED, UNSETTLED, WAITING, assert_conflict, assert_refused, by, hub,
    send_beside,
};

/// The writes since the last call, as `Call::what` prints them.
fn writes(hub: &TestHub) -> Vec<String> {
    let calls = hub.engine.take_calls().into_iter();
    calls.filter(tests::engine::Call::is_write).map(|call| call.what()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_session_is_canceled_in_one_write_and_a_canceled_one_in_none() {
    let hub = hub().await;
    let order = Order::open(&hub.client).await;
    let _ = writes(&hub);
    for expected in [vec!["UpdateItem SESSION"], vec![], vec![]] {
        assert_eq!(order.cancel().await.expect(201).body, json!({"id": order.id, "status": "canceled"}));
        assert_eq!(writes(&hub), expected);
    }
    assert_refused(&order.pay(&by_card(APPROVED)).await, CANCELED);
    assert_eq!(hub.bank.operations(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_and_its_active_charge_are_canceled_in_one_transaction() {
    let hub = hub().await;
    for method in WAITING {
        let (order, charge) = Order::held(&hub.client, &by(method)).await;
        let asked = hub.bank.operations();
        let _ = writes(&hub);
        order.cancel().await.assert_status(201);
        assert_eq!(writes(&hub), ["PutItem CHARGE", "TransactWriteItems CHARGE SESSION"], "{method}");
        assert_eq!(order.statuses(&charge).await, "canceled, canceled");
        assert_eq!(summary(&order.charge(&charge).await), "canceled 100: void success 100, pending success 100");
        assert_eq!(events(&hub, &charge).await, ["pending", "canceled"]);
        assert_eq!(hub.bank.books()[&reference(&charge, 1)].status, BookedStatus::Canceled);

        order.cancel().await.assert_status(201);
        assert_eq!((writes(&hub).len(), hub.bank.operations()), (0, asked + 1), "{method}");
        assert_refused(&order.pay(&by_card(APPROVED)).await, CANCELED);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_its_shopper_has_paid_meanwhile_is_not_canceled() {
    let hub = hub().await;
    for method in WAITING {
        let (order, charge) = Order::held(&hub.client, &by(method)).await;
        let _lost = hub.bank.pay(&reference(&charge, 1), 100);
        for _ in 0..2 {
            assert_conflict(&order.cancel().await, PAID_UNCHANGED);
            assert_eq!(order.statuses(&charge).await, "authorized, paid", "{method}");
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_cannot_be_superseded_is_not_canceled_and_nothing_changes() {
    let mut hub = hub().await;
    let reserving = with(open_session(&hub.client.merchant_id), "/capture", json!(false));
    let reserved = Order::create(&hub.client, &reserving).await;
    reserved.pay(&by_card(APPROVED)).await.assert_status(201);
    hub.bank.expect([BankReply::LoseAnswer]);
    let (unknown, _) = Order::held(&hub.client, &by_card(APPROVED)).await;
    let running = Order::open(&hub.client).await;
    let asked = hub.bank.operations() + 1;
    hub.bank.expect([BankReply::HoldBeforeBooking]);
    let answer = send_beside(&running, by_card(APPROVED));
    hub.bank.has_seen(asked).await;

    for (order, why) in [(&reserved, RESERVED), (&unknown, UNSETTLED), (&running, UNSETTLED)] {
        let before = order.read().await.body;
        let _ = writes(&hub);
        assert_conflict(&order.cancel().await, why);
        assert_eq!((writes(&hub).len(), order.read().await.body), (0, before));
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));

    hub.kill_and_restart().await;
    assert!(answer.await.unwrap().is_none());
    hub.pass(LONG_AFTER).await;
    assert_conflict(&unknown.at(&hub.client).cancel().await, PAID_UNCHANGED);
    running.at(&hub.client).cancel().await.assert_status(201);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_paid_and_canceled_at_once_ends_as_one_of_both() {
    let hub = hub().await;
    let card = by_card(APPROVED);
    for round in 0..10 {
        let (order, charge) = Order::held(&hub.client, &by_pix()).await;
        let payments = join_all((0..5).map(|_| order.pay(&card)));
        let (paid, canceled) = join(payments, join_all((0..5).map(|_| order.cancel()))).await;
        let count = |answers: &[Answer]| answers.iter().filter(|answer| answer.status == 201).count();
        match order.statuses(&charge).await.as_str() {
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
    let hub = hub().await;
    for method in WAITING {
        let (order, charge) = Order::held(&hub.client, &by(method)).await;
        let _ = writes(&hub);
        assert_eq!(order.activate(false).await.expect(200).body["isActive"], false);
        // The hub first writes the session alone, whatever the outcome of the cancel.
        let expected = ["UpdateItem SESSION", "PutItem CHARGE", "TransactWriteItems CHARGE SESSION"];
        assert_eq!(writes(&hub), expected, "{method}");
        assert_eq!(order.statuses(&charge).await, "canceled, created");
        assert_eq!(events(&hub, &charge).await, ["pending", "canceled"]);
        assert_refused(&order.pay(&by(method)).await, INACTIVE);
        order.activate(true).await.assert_status(200);
        assert_ne!(order.pay(&by(method)).await.expect(201).text("/chargeId"), charge);
        order.cancel().await.assert_status(201);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_needs_no_provider() {
    let mut hub = hub().await;
    let (order, charge) = Order::held(&hub.client, &by_pix()).await;
    hub.kill_and_restart_without_bank().await;
    let offline = order.at(&hub.client);
    assert_eq!(offline.activate(false).await.expect(200).body["isActive"], false);
    assert_eq!(
        (offline.statuses(&charge).await.as_str(), &offline.read().await.body["isActive"]),
        ("pending, created", &json!(false))
    );
    assert_refused(&offline.pay(&by_card(APPROVED)).await, INACTIVE);
    hub.kill_and_restart().await;
    // The shopper has the code and may still pay; then the session is paid.
    let paid = hub.bank.pay(&reference(&charge, 1), 100);
    hub.client.notify(&paid).await.assert_status(200);
    let back = order.at(&hub.client);
    assert_eq!(
        (back.statuses(&charge).await.as_str(), &back.read().await.body["isActive"]),
        ("authorized, paid", &json!(false))
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_holds_whatever_the_provider_answers() {
    let hub = hub().await;
    for method in WAITING {
        // The answer is lost; the sweeper reconciles the cancel.
        let (order, charge) = Order::held(&hub.client, &by(method)).await;
        hub.bank.expect([BankReply::LoseAnswer]);
        order.activate(false).await.assert_status(200);
        assert_eq!(order.statuses(&charge).await, "pending, created", "{method}");
        hub.pass(LONG_AFTER).await;
        assert_eq!(order.statuses(&charge).await, "canceled, created", "{method}");
        assert_eq!(order.read().await.body["isActive"], false);

        // The shopper has paid before.
        let (order, charge) = Order::held(&hub.client, &by(method)).await;
        let _lost = hub.bank.pay(&reference(&charge, 1), 100);
        order.activate(false).await.assert_status(200);
        assert_eq!(order.statuses(&charge).await, "authorized, paid", "{method}");
        assert_conflict(&order.activate(true).await, PAID_UNCHANGED);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivation_leaves_payments_that_cannot_be_superseded() {
    let hub = hub().await;
    let (boleto, slip) = Order::held(&hub.client, &by_boleto()).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let (unknown, card) = Order::held(&hub.client, &by_card(APPROVED)).await;
    let asked = hub.bank.operations();
    for order in [&boleto, &unknown] {
        order.activate(false).await.assert_status(200);
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));
    let paid = hub.bank.pay(&reference(&slip, 1), 100);
    hub.client.notify(&paid).await.assert_status(200);
    hub.pass(LONG_AFTER).await;
    assert_eq!(boleto.statuses(&slip).await, "authorized, paid");
    assert_eq!(unknown.statuses(&card).await, "authorized, paid");
    hub.assert_books_agree().await;
}
