//! What holds a session and does not give way, and what is told first where several things are in the way.

use std::time::Duration;

use domain::{limits::MAX_ATTEMPTS, method::PaymentType};
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::BankReply,
    hub::LONG_AFTER,
    order::{Order, in_millis},
    samples::{APPROVED, DECLINED, by_boleto, by_card, by_pix, open_session, with},
};

use crate::{
    HELD, INACTIVE, PAST_DUE, RESERVED, UNSETTLED, USED_UP, WAITING, assert_conflict, assert_refused, by, hub,
    send_beside,
};

/// Nobody pays the session and nobody ends it, for this reason, and the bank is not bothered.
async fn assert_held(hub: &TestHub, order: &Order, why: &str) {
    let (asked, status) = (hub.bank.operations(), order.status().await);
    for way in PaymentType::ALL {
        assert_conflict(&order.pay(&by(way)).await, HELD);
    }
    // Before what is wrong with the body.
    assert_conflict(&order.pay(&by_card("1234")).await, HELD);
    assert_conflict(&order.cancel().await, why);
    assert_eq!((hub.bank.operations(), order.status().await), (asked, status));
}

#[tokio::test(flavor = "multi_thread")]
async fn reserved_money_holds_its_session_until_it_is_captured() {
    let hub = hub().await;
    let body = with(open_session(&hub.client.merchant_id), "/capture", json!(false));
    let order = Order::create(&hub.client, &body).await;
    let reserved = order.pay(&by_card(APPROVED)).await.expect(201);
    assert_held(&hub, &order, RESERVED).await;
    let capture = format!("/v1/charges/{}/capture", reserved.text("/chargeId"));
    hub.client.post(&capture, &json!({})).await.assert_status(201);
    assert_eq!(order.stand(reserved.text("/chargeId")).await, "authorized, paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_outcome_is_not_known_holds_its_session_until_it_is() {
    let hub = hub().await;
    for way in PaymentType::ALL {
        for reply in [BankReply::LoseRequest, BankReply::LoseAnswer] {
            hub.bank.expect([reply]);
            let (order, charge) = Order::held(&hub.client, &by(way)).await;
            assert_held(&hub, &order, UNSETTLED).await;
            hub.pass(LONG_AFTER).await;
            let known = match (way, reply) {
                (_, BankReply::LoseRequest) => "failed, created",
                (PaymentType::Credit, _) => "authorized, paid",
                (PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip, _) => "pending, created",
            };
            assert_eq!(order.stand(&charge).await, known, "{way} {reply:?}");
            // Now it can be shown, or another one is made.
            if WAITING.contains(&way) {
                let again = order.pay(&by(way)).await.expect(201);
                assert_eq!(again.text("/chargeId") == charge, reply == BankReply::LoseAnswer, "{way} {reply:?}");
                assert_eq!(again.text("/transactionRequests/0/requestStatus"), "success");
            }
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_is_not_answered_yet_holds_its_session() {
    let mut hub = hub().await;
    for way in PaymentType::ALL {
        let order = Order::open(&hub.client).await;
        let asked = hub.bank.operations();
        hub.bank.expect([BankReply::HoldBeforeBooking]);
        let running = send_beside(&order, by(way));
        hub.bank.has_seen(asked + 1).await;
        assert_held(&hub, &order, UNSETTLED).await;
        hub.kill_and_restart().await;
        assert!(running.await.unwrap().is_none());
        hub.pass(LONG_AFTER).await;
        let order = order.at(&hub.client);
        assert_eq!(order.pay(&by_card(APPROVED)).await.expect(201).text("/status"), "paid", "{way}");
    }
    hub.assert_books_agree().await;
}

/// Held comes before everything that is wrong with the session itself.
#[tokio::test(flavor = "multi_thread")]
async fn that_a_session_is_held_is_told_before_what_is_wrong_with_it() {
    let hub = hub().await;
    let due = in_millis(&hub, 600_000);
    let body = with(open_session(&hub.client.merchant_id), "/dueDate", json!(due.to_string()));
    let only = |ways: Value| with(body.clone(), "/paymentMethods", ways);
    let boleto = Order::create(&hub.client, &only(json!([{"paymentType": "boleto"}]))).await;
    hub.bank.expect([BankReply::LoseAnswer]); // registered or not
    boleto.pay(&by_boleto()).await.assert_status(201);
    let card = with(only(json!([{"paymentType": "credit"}])), "/capture", json!(false));
    let reserved = Order::create(&hub.client, &card).await;
    for _ in 1..MAX_ATTEMPTS {
        reserved.pay(&by_card(DECLINED)).await.assert_status(201);
    }
    reserved.pay(&by_card(APPROVED)).await.assert_status(201);
    let asked = hub.bank.operations();
    for (order, why) in [(boleto, UNSETTLED), (reserved, RESERVED)] {
        // The wrong way, the last attempt used up, past due, inactive: one after the other.
        assert_held(&hub, &order, why).await;
        hub.clock().advance(due.since(hub.clock().now()));
        assert_held(&hub, &order, why).await;
        order.activate(false).await.assert_status(200);
        assert_held(&hub, &order, why).await;
    }
    assert_eq!(hub.bank.operations(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_session_is_told_before_its_live_payment_is_given_up() {
    let hub = hub().await;
    let due = json!(in_millis(&hub, 600_000).to_string());
    let body = with(open_session(&hub.client.merchant_id), "/dueDate", due);
    let ways = json!([{"paymentType": "credit"}, {"paymentType": "pix"}]);
    let body = with(body, "/paymentMethods", ways);
    let fresh = Order::create(&hub.client, &body).await;
    fresh.pay(&by_pix()).await.assert_status(201);
    assert_refused(&fresh.pay(&by_boleto()).await, "this session accepts credit, pix; nothing was charged");
    let order = Order::create(&hub.client, &body).await;
    for _ in 1..MAX_ATTEMPTS {
        order.pay(&by_card(DECLINED)).await.assert_status(201);
    }
    let live = order.pay(&by_pix()).await.expect(201);
    let charge = live.text("/chargeId");
    let asked = hub.bank.operations();
    // The attempts before the method; the same way again is no attempt.
    for body in [by_boleto(), by_card(APPROVED)] {
        assert_refused(&order.pay(&body).await, USED_UP);
    }
    assert_eq!(order.pay(&by_pix()).await.expect(201).body, live.body);
    assert_eq!(order.stand(charge).await, "pending, created");
    // Nobody has looked after it yet.
    hub.clock().advance(Duration::from_mins(11));
    for body in [by_card(APPROVED), by_pix(), by_boleto()] {
        assert_refused(&order.pay(&body).await, PAST_DUE);
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));
    assert_eq!(order.stand(charge).await, "pending, created");
    // A session whose due date has passed may end, and its payment with it.
    order.cancel().await.assert_status(201);
    assert_eq!(order.stand(charge).await, "canceled, canceled");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_session_is_switched_off_is_told_before_its_live_payment_is_given_up() {
    let mut hub = hub().await;
    let (order, charge) = Order::held(&hub.client, &by_pix()).await;
    hub.kill_and_restart_without_bank().await;
    order.at(&hub.client).activate(false).await.assert_status(200);
    hub.kill_and_restart().await;
    let order = order.at(&hub.client);
    let asked = hub.bank.operations();
    for way in PaymentType::ALL {
        assert_refused(&order.pay(&by(way)).await, INACTIVE);
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));
    order.activate(true).await.assert_status(200);
    assert_eq!(order.pay(&by_pix()).await.expect(201).text("/chargeId"), charge);
    assert_eq!(order.pay(&by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    hub.assert_books_agree().await;
}
