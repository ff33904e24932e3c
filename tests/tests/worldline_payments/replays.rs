//! Idempotent replays.

use domain::limits::{CLIENT_SESSION_LIFE, MAX_SESSION_INPUTS};
use serde_json::json;
use tests::{
    bank::BankReply,
    samples::{APPROVED, DECLINED},
    worldline_shop::{encrypted, plain},
};

use crate::answers::{charge_of, open, refused, without_request};

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_gets_the_first_answer_whatever_it_says_itself() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let body = encrypted(&page.encrypts(APPROVED));
    let first = server.post_with_key("/payments", &body, "order-1").await.expect(201);
    assert!(first.headers.get("x-gcs-idempotence-request-timestamp").is_none());
    let path = format!("/payments/{}", first.text("/payment/id"));
    let approval = format!("{path}/approve");
    let approved = server.post_with_key(&approval, &json!({"amount": 70}), "order-1").await.expect(200);
    // The client session ends meanwhile, and the payment goes on.
    hub.clock().advance(CLIENT_SESSION_LIFE);
    for other in [&body, &plain(DECLINED), &json!({"order": 7})] {
        let again = server.post_with_key("/payments", other, "order-1").await.expect(201);
        assert_eq!(without_request(&again.body), without_request(&first.body), "{other}");
        let since = again.headers["x-gcs-idempotence-request-timestamp"].to_str().unwrap();
        assert!(since.parse::<i64>().is_ok(), "{since}");
    }
    let again = server.post_with_key(&approval, &json!({"amount": 1}), "order-1").await.expect(200);
    assert_eq!(again.body, approved.body);
    assert!(again.headers.contains_key("x-gcs-idempotence-request-timestamp"));
    // The same key on another path is another request.
    let refund = server.post_with_key(&format!("{path}/refund"), &json!({}), "order-1").await.expect(201);
    assert_eq!(server.post_with_key(&format!("{path}/refund"), &json!({}), "order-1").await.body, refund.body);
    let declined = server.post_with_key("/payments", &plain(DECLINED), "order-2").await.expect(402);
    let again = server.post_with_key("/payments", &plain(APPROVED), "order-2").await.expect(402);
    assert_eq!(without_request(&again.body), without_request(&declined.body));
    assert_eq!(hub.charges().await.len(), 2);
    hub.assert_books_agree().await;
}

/// Only payments count for the bound of a session: a shop that repeats a request has not paid again.
#[tokio::test(flavor = "multi_thread")]
async fn replays_leave_a_session_its_payments() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let body = encrypted(&page.encrypts(APPROVED));
    let first = server.post_with_key("/payments", &body, "order-1").await.expect(201);
    for _ in 0..=MAX_SESSION_INPUTS {
        let again = server.post_with_key("/payments", &body, "order-1").await.expect(201);
        assert_eq!(again.text("/payment/id"), first.text("/payment/id"));
    }
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    hub.assert_books_agree().await;
}

/// The libraries read from the header that an answer is one of before.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_a_declined_change_says_so() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    for action in ["approve", "cancel"] {
        let path = format!("{path}/{action}");
        hub.bank.expect([BankReply::Decline("generic")]);
        let first = server.post_with_key(&path, &json!({}), "order-1").await.expect(402);
        assert!(!first.headers.contains_key("x-gcs-idempotence-request-timestamp"));
        let again = server.post_with_key(&path, &json!({}), "order-1").await.expect(402);
        assert_eq!(without_request(&again.body), without_request(&first.body), "{action}");
        assert!(again.headers.contains_key("x-gcs-idempotence-request-timestamp"), "{action}");
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_changed_the_payment_by_the_other_api_is_refused() {
    let (hub, server) = open().await;
    let id = server.pays(&plain(APPROVED)).await;
    let capture = format!("/v1/charges/{}/capture", charge_of(&id));
    hub.merchant.post_with_key(&capture, &json!({}), "order-1").await.assert_status(201);
    let answer = server.post_with_key(&format!("/payments/{id}/approve"), &json!({}), "order-1").await;
    assert_eq!(refused(&answer, 400), ("1099", "X-GCS-Idempotence-Key"));
    hub.assert_books_agree().await;
}
