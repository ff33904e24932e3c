//! What locks a session and cannot be superseded, and which error comes first where several apply.

use std::time::Duration;

use domain::{limits::MAX_ATTEMPTS, method::PaymentType};
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::BankReply,
    hub::LONG_AFTER,
    samples::{APPROVED, DECLINED, by, by_boleto, by_card, by_pix, open_session, with},
    session::{Session, in_millis},
};

use crate::{
    INACTIVE, LOCKED, PAST_DUE, RESERVED, UNSETTLED, USED_UP, WAITING, assert_conflict, assert_refused, send_beside,
};

/// The session can be neither paid nor canceled because of `why`, and the hub sends the bank nothing.
async fn assert_locked(hub: &TestHub, order: &Session, why: &str) {
    let (asked, status) = (hub.bank.operations(), hub.merchant.session_status(order).await);
    for method in PaymentType::ALL {
        assert_conflict(&hub.shopper.pays(order, &by(method)).await, LOCKED);
    }
    // The lock comes before an error of the body.
    assert_conflict(&hub.shopper.pays(order, &by_card("1234")).await, LOCKED);
    assert_conflict(&hub.merchant.cancels(order).await, why);
    assert_eq!((hub.bank.operations(), hub.merchant.session_status(order).await), (asked, status));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_authorization_locks_its_session_until_its_capture() {
    let hub = TestHub::with_every_ability().await;
    let body = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let order = hub.merchant.creates_session(&body).await;
    let reserved = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_locked(&hub, &order, RESERVED).await;
    let capture = format!("/v1/charges/{}/capture", reserved.text("/chargeId"));
    hub.merchant.post(&capture, &json!({})).await.assert_status(201);
    assert_eq!(hub.merchant.sees(&order, reserved.text("/chargeId")).await, "authorized, paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_unknown_outcome_locks_its_session_until_the_outcome_is_known() {
    let hub = TestHub::with_every_ability().await;
    for method in PaymentType::ALL {
        for reply in [BankReply::LoseRequest, BankReply::LoseAnswer] {
            hub.bank.expect([reply]);
            let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
            assert_locked(&hub, &order, UNSETTLED).await;
            hub.pass(LONG_AFTER).await;
            let known = match (method, reply) {
                (_, BankReply::LoseRequest) => "failed, created",
                (PaymentType::Credit, _) => "authorized, paid",
                (PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip, _) => "pending, created",
            };
            assert_eq!(hub.merchant.sees(&order, &charge).await, known, "{method} {reply:?}");
            // The same method now returns the charge, or creates another one where the first has failed.
            if WAITING.contains(&method) {
                let again = hub.shopper.pays(&order, &by(method)).await.expect(201);
                assert_eq!(again.text("/chargeId") == charge, reply == BankReply::LoseAnswer, "{method} {reply:?}");
                assert_eq!(again.text("/transactionRequests/0/requestStatus"), "success");
            }
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_is_not_answered_yet_locks_its_session() {
    let mut hub = TestHub::with_every_ability().await;
    for method in PaymentType::ALL {
        let order = hub.merchant.opens_session().await;
        let asked = hub.bank.operations();
        hub.bank.expect([BankReply::HoldBeforeBooking]);
        let running = send_beside(&hub, &order, by(method));
        hub.bank.has_seen(asked + 1).await;
        assert_locked(&hub, &order, UNSETTLED).await;
        hub.kill_and_restart().await;
        assert!(running.await.unwrap().is_none());
        hub.pass(LONG_AFTER).await;
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid", "{method}");
    }
    hub.assert_books_agree().await;
}

/// The lock comes before every error of the session itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_error_of_a_locked_session_comes_before_its_other_errors() {
    let hub = TestHub::with_every_ability().await;
    let due = in_millis(&hub, 600_000);
    let body = with(open_session(&hub.merchant.id), "/dueDate", json!(due.to_string()));
    let only = |methods: Value| with(body.clone(), "/paymentMethods", methods);
    let boleto = hub.merchant.creates_session(&only(json!([{"paymentType": "boleto"}]))).await;
    hub.bank.expect([BankReply::LoseAnswer]); // Whether the boleto is registered is unknown.
    hub.shopper.pays(&boleto, &by_boleto()).await.assert_status(201);
    let card = with(only(json!([{"paymentType": "credit"}])), "/capture", json!(false));
    let reserved = hub.merchant.creates_session(&card).await;
    for _ in 1..MAX_ATTEMPTS {
        hub.shopper.pays(&reserved, &by_card(DECLINED)).await.assert_status(201);
    }
    hub.shopper.pays(&reserved, &by_card(APPROVED)).await.assert_status(201);
    let asked = hub.bank.operations();
    for (order, why) in [(boleto, UNSETTLED), (reserved, RESERVED)] {
        // The errors in turn: a method that the session does not accept, no attempt left, past due, inactive.
        assert_locked(&hub, &order, why).await;
        hub.clock().advance(due.since(hub.clock().now()));
        assert_locked(&hub, &order, why).await;
        hub.merchant.switches(&order, false).await.assert_status(200);
        assert_locked(&hub, &order, why).await;
    }
    assert_eq!(hub.bank.operations(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_session_comes_before_its_active_charge_is_canceled() {
    let hub = TestHub::with_every_ability().await;
    let due = json!(in_millis(&hub, 600_000).to_string());
    let body = with(open_session(&hub.merchant.id), "/dueDate", due);
    let methods = json!([{"paymentType": "credit"}, {"paymentType": "pix"}]);
    let body = with(body, "/paymentMethods", methods);
    let fresh = hub.merchant.creates_session(&body).await;
    hub.shopper.pays(&fresh, &by_pix()).await.assert_status(201);
    assert_refused(
        &hub.shopper.pays(&fresh, &by_boleto()).await,
        "this session accepts credit, pix; nothing was charged",
    );
    let order = hub.merchant.creates_session(&body).await;
    for _ in 1..MAX_ATTEMPTS {
        hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201);
    }
    let active = hub.shopper.pays(&order, &by_pix()).await.expect(201);
    let charge = active.text("/chargeId");
    let asked = hub.bank.operations();
    // The error of the attempts comes before that of the method. The same method again is no attempt.
    for body in [by_boleto(), by_card(APPROVED)] {
        assert_refused(&hub.shopper.pays(&order, &body).await, USED_UP);
    }
    assert_eq!(hub.shopper.pays(&order, &by_pix()).await.expect(201).body, active.body);
    assert_eq!(hub.merchant.sees(&order, charge).await, "pending, created");
    // No sweep has expired the charge yet.
    hub.clock().advance(Duration::from_mins(11));
    for body in [by_card(APPROVED), by_pix(), by_boleto()] {
        assert_refused(&hub.shopper.pays(&order, &body).await, PAST_DUE);
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));
    assert_eq!(hub.merchant.sees(&order, charge).await, "pending, created");
    // A session that is past due can be canceled, together with its active charge.
    hub.merchant.cancels(&order).await.assert_status(201);
    assert_eq!(hub.merchant.sees(&order, charge).await, "canceled, canceled");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_of_an_inactive_session_comes_before_its_active_charge_is_canceled() {
    let mut hub = TestHub::with_every_ability().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.kill_and_restart_without_bank().await;
    hub.merchant.switches(&order, false).await.assert_status(200);
    hub.kill_and_restart().await;
    let asked = hub.bank.operations();
    for method in PaymentType::ALL {
        assert_refused(&hub.shopper.pays(&order, &by(method)).await, INACTIVE);
    }
    assert_eq!((hub.bank.operations(), hub.bank.queries()), (asked, 0));
    hub.merchant.switches(&order, true).await.assert_status(200);
    assert_eq!(hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId"), charge);
    assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
    hub.assert_books_agree().await;
}
