//! The same change again.

use std::time::Duration;

use domain::limits::STALE_INTENT;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, reference},
    hub::LONG_AFTER,
    payment::request_status,
    refused::assert_error,
    samples::{capture_path, summary, void_path},
};

use super::{Change, asked};

/// The status and the bytes of an answer, and whether it is an idempotent replay.
async fn bytes(hub: &TestHub, path: &str, body: &Value, key: &str) -> (u16, Vec<u8>, bool) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(format!("{}{path}", hub.merchant.url())).body(body.to_string());
    let request = request.header("x-client-id", &hub.merchant.client_id).header("x-api-key", &hub.merchant.api_key);
    let answer = request.header("x-idempotency-key", key).send().await.unwrap();
    let is_replay = answer.headers().contains_key("idempotent-replayed");
    (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec(), is_replay)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_is_answered_byte_for_byte_as_the_first_and_changes_nothing() {
    let hub = TestHub::build().await;
    for change in Change::ALL {
        let id = change.charge(&hub).await;
        let before = asked(&hub, &id);
        let (path, body) = change.request(&id);
        let (status, first, is_replay) = bytes(&hub, &path, &body, "key").await;
        assert_eq!((status, is_replay), (201, false), "{change:?}");
        for key in ["key", "key"] {
            assert_eq!(bytes(&hub, &path, &body, key).await, (201, first.clone(), true), "{change:?}");
        }
        let other = hub.merchant.post_with_key(&path, &json!({"amount": 99}), "key").await.expect(422);
        assert_eq!(other.text("/error/type"), "invalid_request_error");
        assert_eq!(asked(&hub, &id), before + 1, "{change:?}");
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}

/// The replay has the first answer, with its transaction request first, whatever happened later.
#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_has_the_first_answer_whatever_happened_since() {
    let hub = TestHub::build().await;
    let id = hub.merchant.reserves(150).await;
    let (captures, voids) = (capture_path(&id), void_path(&id));
    let steps = [
        (&voids, json!({"amount": 10}), "pre_authorized 140: void success 10, pre_authorization success 150"),
        (
            &captures,
            json!({"amount": 100}),
            "authorized 100: capture success 100, void success 10, pre_authorization success 150",
        ),
        (
            &voids,
            json!({"amount": 30}),
            "authorized 70: void success 30, capture success 100, void success 10, pre_authorization success 150",
        ),
        (
            &voids,
            json!({}),
            "voided 0: void success 70, void success 30, capture success 100, void success 10, \
             pre_authorization success 150",
        ),
    ];
    let mut firsts = Vec::new();
    for (number, (path, body, expected)) in steps.iter().enumerate() {
        let first = hub.merchant.post_with_key(path, body, &format!("step {number}")).await.expect(201);
        assert_eq!(summary(&first), *expected);
        firsts.push(first);
    }
    hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 20)).await;
    hub.provider.notifies(&hub.bank.charge_back(&reference(&id, 1), 20)).await;
    hub.provider.notifies(&hub.bank.dispute(&reference(&id, 1))).await;
    for (number, ((path, body, _), first)) in steps.iter().zip(&firsts).enumerate() {
        let again = hub.merchant.post_with_key(path, body, &format!("step {number}")).await.expect(201);
        assert_eq!((again.is_replay(), &again.body), (true, &first.body));
    }
    // At another route the same key is another key.
    let other = hub.merchant.post_with_key(&captures, &json!({"amount": 10}), "step 0").await.expect(400);
    assert_error(&other, "invalid_request_error", "a charge that is charged_back cannot be captured; nothing was sent");
    assert_eq!(asked(&hub, &id), 4);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_during_the_call_gets_409_and_forty_seconds_later_the_outcome() {
    let mut hub = TestHub::build().await;
    for change in Change::ALL {
        for reply in [BankReply::HoldAfterBooking, BankReply::HoldBeforeBooking] {
            let (id, key) = (change.charge(&hub).await, format!("{change:?} {reply:?}"));
            let seen = hub.bank.operations() + 1;
            hub.bank.expect([reply]);
            let early = tokio::select! {
                first = change.send(&hub, &id, &key) => unreachable!("the bank holds it: {first:?}"),
                second = async {
                    hub.bank.has_seen(seen).await;
                    change.send(&hub, &id, &key).await
                } => second.expect(409),
            };
            assert_error(&early, "conflict", "Transaction is processing");
            hub.kill_and_restart().await;
            assert_error(&change.send(&hub, &id, &key).await.expect(409), "conflict", "Transaction is processing");
            hub.clock().advance(STALE_INTENT + Duration::from_secs(1));
            let later = change.send(&hub, &id, &key).await.expect(201);
            assert!(later.is_replay());
            let is_booked = reply == BankReply::HoldAfterBooking;
            if is_booked {
                change.assert_done(&later);
                change.assert_session_follows(&hub, &later).await;
            } else {
                // The bank may not know of the request yet.
                assert_eq!(request_status(&later), "processing", "{key}");
            }
            hub.pass(LONG_AFTER).await;
            let ended = hub.merchant.reads_charge(&id).await;
            assert_eq!(asked(&hub, &id), u32::from(is_booked) + u32::from(matches!(change, Change::VoidOfOrder)));
            if !is_booked {
                assert_eq!((&ended.body["amount"], request_status(&ended)), (&json!(150), "failed"), "{key}");
            }
            assert_eq!(change.send(&hub, &id, &key).await.expect(201).body, later.body, "{key}");
        }
    }
    hub.finishes_refunds().await;
    hub.assert_books_agree().await;
}
