//! An idempotency key stands for one action on one charge, and a request has one key.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::reference,
    samples::{APPROVED, by, by_card, by_pix, card_charge, open_session, with},
    session::Session,
};

use super::{AT_ONCE, Credit, Drip, Pix, bookings, finish_refunds, hub, voids};

/// A session that is paid by `method`, and its charge.
async fn paid_session(hub: &TestHub, body: &Value) -> (Session, String) {
    let (order, charge) = hub.merchant.opens_locked_session(body).await;
    if body["paymentMethod"]["paymentType"] != "credit" {
        hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
    }
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    (order, charge)
}

async fn act(hub: &TestHub, id: &str, action: &str, body: &Value, key: &str) -> Answer {
    hub.merchant.post_with_key(&format!("/v1/charges/{id}/{action}"), body, key).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_key_belongs_to_the_charge_whichever_id_the_path_names() {
    let hub = hub().await;
    for method in [Credit, Pix, Drip] {
        let (order, charge) = paid_session(&hub, &by(method)).await;
        let ids = [order.id.clone(), charge.clone(), charge.to_uppercase(), order.id.to_uppercase()];
        let first = act(&hub, &ids[0], "void", &json!({"amount": 30}), "refund-14").await.expect(201);
        for id in &ids {
            let again = act(&hub, id, "void", &json!({"amount": 30}), "refund-14").await;
            assert_eq!((again.status, &again.body), (201, &first.body), "{method} {id}");
            assert!(again.is_replay());
            act(&hub, id, "void", &json!({"amount": 31}), "refund-14").await.assert_status(422);
            act(&hub, id, "void", &json!({}), "refund-14").await.assert_status(422);
        }
        assert_eq!(voids(&hub, &charge).len(), 1, "{method}");
        finish_refunds(&hub, &charge).await;
        assert_eq!(hub.merchant.reads_charge(&charge).await.body["amount"], 70, "{method}");
        act(&hub, &charge, "void", &json!({"amount": 30}), "refund-15").await.assert_status(201);
        assert_eq!(voids(&hub, &charge).len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_key_belongs_to_the_charge_whichever_id_the_path_names() {
    let hub = hub().await;
    let body = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let order = hub.merchant.creates_session(&body).await;
    let charge = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    let first = act(&hub, &order.id, "capture", &json!({"amount": 60}), "k").await.expect(201);
    for id in [&charge, &order.id] {
        let again = act(&hub, id, "capture", &json!({"amount": 60}), "k").await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        act(&hub, id, "capture", &json!({"amount": 61}), "k").await.assert_status(422);
    }
    // The key of one action is free for another action.
    act(&hub, &charge, "void", &json!({"amount": 60}), "k").await.assert_status(201);
    assert_eq!(["capture", "void"].map(|operation| bookings(&hub, &charge, operation).len()), [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_for_two_charges_is_two_keys() {
    let hub = hub().await;
    let ids = [hub.sells(Credit, 150).await, hub.sells(Credit, 150).await];
    for id in &ids {
        assert!(!act(&hub, id, "void", &json!({"amount": 10}), "k").await.expect(201).is_replay());
        assert_eq!(voids(&hub, id).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_by_both_ids_at_once_is_one_refund() {
    let hub = hub().await;
    for _ in 0..3 {
        let (order, charge) = paid_session(&hub, &by_card(APPROVED)).await;
        let body = json!({"amount": 30});
        let both = futures::future::join_all((0..8).map(|number| {
            let id = if number % 2 == 0 { order.id.clone() } else { charge.clone() };
            let (hub, body) = (&hub, &body);
            async move { act(hub, &id, "void", body, "k").await.status }
        }));
        assert!(both.await.iter().all(|status| [201, 409].contains(status)));
        assert_eq!(
            (voids(&hub, &charge).len(), &hub.merchant.reads_charge(&charge).await.body["amount"]),
            (1, &json!(70))
        );
    }
}

/// The key still replays when another charge pays the session.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_by_the_sessions_id_stays_with_the_charge_it_acted_on() {
    let hub = hub().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.pass(super::LONG_EXPIRED).await;
    let card = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    let first = act(&hub, &order.id, "void", &json!({"amount": 30}), "k").await.expect(201);
    assert_eq!(first.text("/id"), card);
    hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
    super::refunded_by_the_hub(&hub, &charge).await;
    for id in [&order.id, &card] {
        let again = act(&hub, id, "void", &json!({"amount": 30}), "k").await;
        assert_eq!((again.status, &again.body), (201, &first.body));
    }
    assert_eq!(voids(&hub, &card).len(), 1);
}

async fn send(hub: &TestHub, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("content-type", "application/json")], headers].concat();
    hub.merchant.send_beside(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_two_keys_is_refused_before_anything_is_done() {
    let hub = hub().await;
    let order = hub.merchant.opens_session().await;
    let (void, held) = (hub.sells(Credit, 150).await, hub.merchant.reserves(150).await);
    let requests = [
        ("/v1/charges".to_owned(), card_charge(&hub.merchant.id, APPROVED)),
        ("/v1/sessions".to_owned(), open_session(&hub.merchant.id)),
        (order.path("/charge"), by_card(APPROVED)),
        (format!("/v1/charges/{void}/void"), json!({"amount": 10})),
        (format!("/v1/charges/{held}/capture"), json!({"amount": 10})),
    ];
    let operations = hub.bank.operations();
    for (path, body) in &requests {
        for headers in [
            &[("x-idempotency-key", "K,K")][..],
            &[("x-idempotency-key", "K, K")],
            &[("x-idempotency-key", "K"), ("x-idempotency-key", "K")],
            &[("idempotency-key", "K,L")],
            &[("x-idempotency-key", "K"), ("idempotency-key", "L")],
        ] {
            let refused = send(&hub, path, body, headers).await;
            assert_eq!(refused.status, 400, "{path} {headers:?}: {}", refused.body);
            assert!(refused.body.to_string().to_lowercase().contains("key"), "{}", refused.body);
        }
    }
    assert_eq!(hub.bank.operations(), operations);
    // The same key under both names is one key.
    let both = [("x-idempotency-key", "same"), ("idempotency-key", "same")];
    for (path, body) in &requests {
        send(&hub, path, body, &both).await.assert_status(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_null_amount_is_refused() {
    let hub = hub().await;
    let (charge, held) = (hub.sells(Credit, 150).await, hub.merchant.reserves(150).await);
    let operations = hub.bank.operations();
    for (id, action) in [(&charge, "void"), (&held, "void"), (&held, "capture")] {
        let path = format!("/v1/charges/{id}/{action}");
        let refused = hub.merchant.post(&path, &json!({"amount": null})).await.expect(400);
        assert!(refused.body.to_string().contains("amount"), "{}", refused.body);
    }
    hub.pass(AT_ONCE).await;
    assert_eq!(hub.bank.operations(), operations);
}
