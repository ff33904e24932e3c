//! An idempotency key means one action on one charge, and a request has one key.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, House,
    bank::reference,
    order::Order,
    samples::{APPROVED, by_card, by_pix, card_charge, open_session, with},
};

use super::{AT_ONCE, Credit, Drip, Pix, bookings, by, finish_refunds, house, notify, paid, read, reserved, voids};

/// A session that is paid by `method`, and its charge.
async fn paid_session(house: &House, body: &Value) -> (Order, String) {
    let (order, charge) = Order::held(&house.client, body).await;
    if body["paymentMethod"]["paymentType"] != "credit" {
        notify(house, &house.bank.pay(&reference(&charge, 1), 100)).await;
    }
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    (order, charge)
}

async fn act(house: &House, id: &str, action: &str, body: &Value, key: &str) -> Answer {
    house.client.post_with_key(&format!("/v1/charges/{id}/{action}"), body, key).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_key_belongs_to_the_charge_whichever_id_the_path_names() {
    let house = house().await;
    for method in [Credit, Pix, Drip] {
        let (order, charge) = paid_session(&house, &by(method)).await;
        let ids = [order.id.clone(), charge.clone(), charge.to_uppercase(), order.id.to_uppercase()];
        let first = act(&house, &ids[0], "void", &json!({"amount": 30}), "refund-14").await.expect(201);
        for id in &ids {
            let again = act(&house, id, "void", &json!({"amount": 30}), "refund-14").await;
            assert_eq!((again.status, &again.body), (201, &first.body), "{method} {id}");
            assert!(again.is_replay());
            act(&house, id, "void", &json!({"amount": 31}), "refund-14").await.assert_status(422);
            act(&house, id, "void", &json!({}), "refund-14").await.assert_status(422);
        }
        assert_eq!(voids(&house, &charge).len(), 1, "{method}");
        finish_refunds(&house, &charge).await;
        assert_eq!(read(&house, &charge).await.body["amount"], 70, "{method}");
        act(&house, &charge, "void", &json!({"amount": 30}), "refund-15").await.assert_status(201);
        assert_eq!(voids(&house, &charge).len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_key_belongs_to_the_charge_whichever_id_the_path_names() {
    let house = house().await;
    let body = with(open_session(&house.client.merchant_id), "/capture", json!(false));
    let order = Order::create(&house.client, &body).await;
    let charge = order.pay(&by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    let first = act(&house, &order.id, "capture", &json!({"amount": 60}), "k").await.expect(201);
    for id in [&charge, &order.id] {
        let again = act(&house, id, "capture", &json!({"amount": 60}), "k").await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        act(&house, id, "capture", &json!({"amount": 61}), "k").await.assert_status(422);
    }
    // The same key for another action is another key.
    act(&house, &charge, "void", &json!({"amount": 60}), "k").await.assert_status(201);
    assert_eq!(["capture", "void"].map(|operation| bookings(&house, &charge, operation).len()), [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_for_two_charges_is_two_keys() {
    let house = house().await;
    let ids = [paid(&house, Credit, 150).await, paid(&house, Credit, 150).await];
    for id in &ids {
        assert!(!act(&house, id, "void", &json!({"amount": 10}), "k").await.expect(201).is_replay());
        assert_eq!(voids(&house, id).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_by_both_ids_at_once_is_one_refund() {
    let house = house().await;
    for _ in 0..3 {
        let (order, charge) = paid_session(&house, &by_card(APPROVED)).await;
        let body = json!({"amount": 30});
        let both = futures::future::join_all((0..8).map(|number| {
            let id = if number % 2 == 0 { order.id.clone() } else { charge.clone() };
            let (house, body) = (&house, &body);
            async move { act(house, &id, "void", body, "k").await.status }
        }));
        assert!(both.await.iter().all(|status| [201, 409].contains(status)));
        assert_eq!((voids(&house, &charge).len(), &read(&house, &charge).await.body["amount"]), (1, &json!(70)));
    }
}

/// The key still replays after the session has another charge that pays it.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_by_the_sessions_id_stays_with_the_charge_it_acted_on() {
    let house = house().await;
    let (order, charge) = Order::held(&house.client, &by_pix()).await;
    house.pass(super::LONG_EXPIRED).await;
    let card = order.pay(&by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    let first = act(&house, &order.id, "void", &json!({"amount": 30}), "k").await.expect(201);
    assert_eq!(first.text("/id"), card);
    notify(&house, &house.bank.pay(&reference(&charge, 1), 100)).await;
    super::refunded_by_the_hub(&house, &charge).await;
    for id in [&order.id, &card] {
        let again = act(&house, id, "void", &json!({"amount": 30}), "k").await;
        assert_eq!((again.status, &again.body), (201, &first.body));
    }
    assert_eq!(voids(&house, &card).len(), 1);
}

async fn send(house: &House, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[("content-type", "application/json")], headers].concat();
    house.client.send_beside(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_two_keys_is_refused_before_anything_is_done() {
    let house = house().await;
    let order = Order::open(&house.client).await;
    let (void, held) = (paid(&house, Credit, 150).await, reserved(&house, 150).await);
    let requests = [
        ("/v1/charges".to_owned(), card_charge(&house.client.merchant_id, APPROVED)),
        ("/v1/sessions".to_owned(), open_session(&house.client.merchant_id)),
        (order.path("/charge"), by_card(APPROVED)),
        (format!("/v1/charges/{void}/void"), json!({"amount": 10})),
        (format!("/v1/charges/{held}/capture"), json!({"amount": 10})),
    ];
    let operations = house.bank.operations();
    for (path, body) in &requests {
        for headers in [
            &[("x-idempotency-key", "K,K")][..],
            &[("x-idempotency-key", "K, K")],
            &[("x-idempotency-key", "K"), ("x-idempotency-key", "K")],
            &[("idempotency-key", "K,L")],
            &[("x-idempotency-key", "K"), ("idempotency-key", "L")],
        ] {
            let refused = send(&house, path, body, headers).await;
            assert_eq!(refused.status, 400, "{path} {headers:?}: {}", refused.body);
            assert!(refused.body.to_string().to_lowercase().contains("key"), "{}", refused.body);
        }
    }
    assert_eq!(house.bank.operations(), operations);
    // The same key under both names is one key.
    let both = [("x-idempotency-key", "same"), ("idempotency-key", "same")];
    for (path, body) in &requests {
        send(&house, path, body, &both).await.assert_status(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_null_amount_is_refused() {
    let house = house().await;
    let (charge, held) = (paid(&house, Credit, 150).await, reserved(&house, 150).await);
    let operations = house.bank.operations();
    for (id, action) in [(&charge, "void"), (&held, "void"), (&held, "capture")] {
        let path = format!("/v1/charges/{id}/{action}");
        let refused = house.client.post(&path, &json!({"amount": null})).await.expect(400);
        assert!(refused.body.to_string().contains("amount"), "{}", refused.body);
    }
    house.pass(AT_ONCE).await;
    assert_eq!(house.bank.operations(), operations);
}
