//! An idempotent replay returns the first answer, whatever has happened since.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    bank::{BankReply, ProviderUpdate, reference},
    samples::{APPROVED, by, by_card, by_pix, card_charge, charge_by, reservation, session, with, without},
};

use super::{AT_ONCE, Boleto, Credit, DAY, Drip, HOUR, LONG_EXPIRED, Pix, finish_refunds, hub};

/// Sends a payment whose notification arrives before its answer: the first answer and the charge.
async fn overtaken(
    hub: &TestHub,
    path: &str,
    body: &Value,
    update: impl Fn(&str) -> ProviderUpdate,
) -> (Answer, String) {
    let seen = hub.bank.operations();
    hub.bank.expect([BankReply::AnswerLate]);
    let (merchant, path, bytes) = (hub.merchant.clone(), path.to_owned(), body.to_string().into_bytes());
    let sent = tokio::spawn(async move { merchant.send(Method::POST, &path, Some(bytes), Some("k")).await.unwrap() });
    hub.bank.has_seen(seen + 1).await;
    let asked = hub.bank.asked();
    let payment = asked.iter().rev().find(|asked| asked["operation"] == "create").unwrap()["reference"].clone();
    hub.provider.notifies(&update(payment.as_str().unwrap())).await;
    hub.bank.let_answer();
    let answer = sent.await.unwrap();
    (answer, payment.as_str().unwrap().to_owned())
}

async fn replay(merchant: &Merchant, path: &str, body: &Value, key: &str) -> Answer {
    merchant.post_with_key(path, body, key).await
}

#[track_caller]
fn assert_replays(first: &Answer, again: &Answer) {
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert!(again.is_replay() && !first.is_replay());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_its_notification_overtook_is_replayed_as_it_was_answered() {
    for method in [Pix, Boleto, Drip] {
        let hub = hub().await;
        let body = charge_by(&hub.merchant.id, method);
        let (first, payment) = overtaken(&hub, "/v1/charges", &body, |payment| hub.bank.pay(payment, 150)).await;
        first.assert_status(201);
        assert_replays(&first, &replay(&hub.merchant, "/v1/charges", &body, "k").await);
        let id = first.text("/id");
        assert_eq!(reference(id, 1), payment);
        assert_eq!(hub.merchant.charge_status(id).await, "authorized", "{method}");
        void_and_replay(&hub, id, &first, &body).await;
    }
}

/// A later void changes no replay.
async fn void_and_replay(hub: &TestHub, id: &str, first: &Answer, body: &Value) {
    hub.merchant.voids(id, &json!({})).await;
    hub.pass(DAY).await;
    assert_replays(first, &replay(&hub.merchant, "/v1/charges", body, "k").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_payment_that_its_notification_overtook_is_replayed_as_it_was_answered() {
    for method in [Pix, Boleto, Drip] {
        let hub = hub().await;
        let order = hub.merchant.opens_session().await;
        let path = order.path("/charge");
        let (first, _) = overtaken(&hub, &path, &by(method), |payment| hub.bank.pay(payment, 100)).await;
        first.assert_status(201);
        assert_replays(&first, &replay(&hub.merchant, &path, &by(method), "k").await);
        assert_eq!(hub.merchant.sees(&order, first.text("/chargeId")).await, "authorized, paid", "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_whose_notification_contradicts_its_answer_is_replayed_as_it_was_answered() {
    // Notified as declined, then approved; and the other way round.
    for reply in [BankReply::AnswerLate, BankReply::Decline("generic")] {
        let hub = hub().await;
        let body = card_charge(&hub.merchant.id, APPROVED);
        let first = if reply == BankReply::AnswerLate {
            let not_paid = |payment: &str| hub.bank.update(payment, &json!({"news": "not_paid"}));
            overtaken(&hub, "/v1/charges", &body, not_paid).await.0
        } else {
            hub.bank.expect([reply]);
            let first = replay(&hub.merchant, "/v1/charges", &body, "k").await;
            hub.provider.notifies(&hub.bank.pay(&reference(first.text("/id"), 1), 150)).await;
            first
        };
        first.assert_status(201);
        assert_replays(&first, &replay(&hub.merchant, "/v1/charges", &body, "k").await);
        hub.pass(DAY).await;
        assert_replays(&first, &replay(&hub.merchant, "/v1/charges", &body, "k").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_is_replayed_as_it_was_answered_after_everything_that_can_follow() {
    let hub = hub().await;
    for method in [Credit, Pix, Boleto, Drip] {
        let order = hub.merchant.opens_session().await;
        let path = order.path("/charge");
        let first = replay(&hub.merchant, &path, &by(method), "k").await.expect(201);
        let (charge, again) = (first.text("/chargeId"), async || replay(&hub.merchant, &path, &by(method), "k").await);
        if method != Credit {
            hub.provider.notifies(&hub.bank.pay(&reference(charge, 1), 100)).await;
            assert_replays(&first, &again().await);
        }
        hub.provider.notifies(&hub.bank.dispute(&reference(charge, 1))).await;
        assert_replays(&first, &again().await);
        hub.provider.notifies(&hub.bank.charge_back(&reference(charge, 1), 30)).await;
        assert_replays(&first, &again().await);
        hub.merchant.voids(charge, &json!({})).await;
        finish_refunds(&hub, charge).await;
        assert_replays(&first, &again().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_and_a_capture_are_replayed_as_they_were_answered() {
    let hub = hub().await;
    for method in [Credit, Pix, Drip] {
        let id = hub.sells(method, 150).await;
        let path = format!("/v1/charges/{id}/void");
        let first = replay(&hub.merchant, &path, &json!({"amount": 40}), "k").await.expect(201);
        assert_replays(&first, &replay(&hub.merchant, &path, &json!({"amount": 40}), "k").await);
        finish_refunds(&hub, &id).await;
        let second = replay(&hub.merchant, &path, &json!({"amount": 10}), "k2").await.expect(201);
        finish_refunds(&hub, &id).await;
        hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 10)).await;
        hub.pass(AT_ONCE).await;
        assert_replays(&first, &replay(&hub.merchant, &path, &json!({"amount": 40}), "k").await);
        assert_replays(&second, &replay(&hub.merchant, &path, &json!({"amount": 10}), "k2").await);
    }
    let id = hub.merchant.charges(&reservation(&hub.merchant.id)).await;
    let path = format!("/v1/charges/{id}/capture");
    let first = replay(&hub.merchant, &path, &json!({"amount": 100}), "k").await.expect(201);
    hub.merchant.voids(&id, &json!({"amount": 30})).await.assert_status(201);
    assert_replays(&first, &replay(&hub.merchant, &path, &json!({"amount": 100}), "k").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_method_under_another_key_returns_the_active_charge_and_is_replayed_under_that_key() {
    let hub = hub().await;
    for method in [Pix, Boleto, Drip] {
        for end in ["expired", "superseded", "disabled", "paid"] {
            let order = hub.merchant.opens_session().await;
            let path = order.path("/charge");
            let pay = async |key: &str| replay(&hub.merchant, &path, &by(method), key).await;
            let first = pay("k1").await.expect(201);
            let charge = first.text("/chargeId").to_owned();
            let alias = pay("k2").await.expect(201);
            assert_eq!((alias.text("/chargeId"), alias.text("/status")), (charge.as_str(), "pending"), "{method}");
            match end {
                "expired" => hub.pass(if method == Boleto { 40 * DAY } else { LONG_EXPIRED }).await,
                "superseded" => hub.shopper.pays(&order, &by_card(tests::samples::DECLINED)).await.assert_status(201),
                "disabled" => {
                    hub.merchant.switches(&order, false).await.assert_status(200);
                    hub.merchant.switches(&order, true).await.assert_status(200);
                }
                _ => hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await,
            }
            let creates = hub.bank.creates();
            for _ in 0..2 {
                let again = pay("k2").await;
                assert_eq!((again.status, &again.body), (201, &alias.body), "{method} {end}");
                assert!(again.is_replay(), "{method} {end}");
            }
            assert_replays(&first, &pay("k1").await);
            assert_eq!(hub.bank.creates(), creates, "{method} {end}: another payment was made");
            let other = by(if method == Pix { Drip } else { Pix });
            replay(&hub.merchant, &path, &other, "k2").await.assert_status(422);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_keys_are_kept_and_use_no_attempt() {
    let hub = hub().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let path = order.path("/charge");
    let pay = async |key: String| replay(&hub.merchant, &path, &by_pix(), &key).await;
    let charge = pay("first".to_owned()).await.expect(201).text("/chargeId").to_owned();
    for number in 0..25 {
        assert_eq!(pay(format!("k{number}")).await.expect(201).text("/chargeId"), charge);
    }
    hub.merchant.switches(&order, false).await.assert_status(200);
    hub.merchant.switches(&order, true).await.assert_status(200);
    for number in 0..20 {
        assert_eq!(pay(format!("k{number}")).await.expect(201).text("/chargeId"), charge, "{number}");
    }
    // Nine more attempts are left.
    let declined = by_card(tests::samples::DECLINED);
    for _ in 0..9 {
        hub.shopper.pays(&order, &declined).await.assert_status(201);
    }
    hub.shopper.pays(&order, &declined).await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_active_charge_that_has_no_code_yet_is_a_conflict_for_another_key() {
    let hub = hub().await;
    for method in [Pix, Boleto, Drip] {
        let order = hub.merchant.opens_session().await;
        hub.bank.expect([BankReply::LoseAnswer]);
        let path = order.path("/charge");
        let first = replay(&hub.merchant, &path, &by(method), "k1").await.expect(201);
        replay(&hub.merchant, &path, &by(method), "k2").await.assert_status(409);
        hub.pass(HOUR / 4).await;
        let known = replay(&hub.merchant, &path, &by(method), "k2").await;
        assert_eq!(known.status, 201, "{method}: {}", known.body);
        assert_eq!(known.text("/chargeId"), first.text("/chargeId"), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_recognises_the_same_body_in_another_form_and_no_other() {
    let hub = hub().await;
    let body = with(card_charge(&hub.merchant.id, APPROVED), "/orderId", Value::Null);
    let first = replay(&hub.merchant, "/v1/charges", &body, "k").await.expect(201);
    let same = without(body.clone(), "/orderId");
    let sent = hub.merchant.send_beside(
        Method::POST,
        "/v1/charges",
        &[("content-type", "application/json"), ("idempotency-key", "k")],
        Some(same.to_string().into_bytes()),
    );
    assert_replays(&first, &sent.await.unwrap());
    replay(&hub.merchant, "/v1/charges", &with(body, "/amount", json!(151)), "k").await.assert_status(422);
}
