//! What the server of a fake does to a request that a test picks.

use std::sync::Arc;

use serde_json::json;
use tests::fakes::{Fault, Reply, bcb_pix::Profile};

use crate::bcb_pix::{Answer, Customer, TXID, wanted};

/// A customer whose token is there already, and whose next create meets this fault.
async fn treated(fault: Fault) -> Arc<Customer> {
    let customer = Customer::of(Profile::Standard).await;
    assert_eq!(read(&customer).await.status, 404);
    customer.server.treat_next("PUT", TXID, fault);
    Arc::new(customer)
}

async fn creates(customer: &Customer) -> reqwest::Result<Answer> {
    customer.tries("PUT", &format!("/cob/{TXID}"), Some(&wanted())).await
}

async fn read(customer: &Customer) -> Answer {
    customer.asks("GET", &format!("/cob/{TXID}"), None).await
}

/// Begins a create, and returns once the bank has done with it what it does.
fn begins(customer: &Arc<Customer>) -> tokio::task::JoinHandle<reqwest::Result<Answer>> {
    let customer = Arc::clone(customer);
    tokio::spawn(async move { creates(&customer).await })
}

#[tokio::test]
async fn a_lost_request_is_not_carried_out() {
    let customer = treated(Fault::LoseRequest).await;
    assert!(creates(&customer).await.is_err());
    assert_eq!(read(&customer).await.status, 404);
    assert_eq!(creates(&customer).await.unwrap().status, 201, "the next one is answered honestly");
    assert_eq!(customer.server.count("PUT", TXID), 2);
}

#[tokio::test]
async fn a_lost_answer_is_of_a_request_carried_out() {
    let customer = treated(Fault::LoseAnswer).await;
    assert!(creates(&customer).await.is_err());
    assert_eq!(read(&customer).await.status, 200);
}

#[tokio::test]
async fn half_an_answer_is_a_broken_body() {
    let customer = treated(Fault::HalfAnswer).await;
    let request = customer.request("token00000001", "PUT", &format!("/cob/{TXID}"), Some(&wanted()));
    let mut response = request.send().await.unwrap();
    let announced = response.content_length().unwrap();
    assert_eq!(response.status(), 201);
    let mut arrived = Vec::new();
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => arrived.extend(chunk),
            Ok(None) => panic!("the body is whole"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(arrived.len() as u64, announced / 2);
    assert!(arrived.starts_with(b"{"));
    assert_eq!(read(&customer).await.status, 200);
}

#[tokio::test]
async fn another_answer_is_of_a_request_carried_out() {
    let html = Reply { status: 502, headers: vec![("content-type", "text/html".to_owned())], body: b"<html>".to_vec() };
    let customer = treated(Fault::Instead(html)).await;
    let answer = creates(&customer).await.unwrap();
    assert_eq!((answer.status, answer.kind.as_str()), (502, "text/html"));
    assert_eq!(read(&customer).await.status, 200);
}

#[tokio::test]
async fn a_refusal_is_of_a_request_that_is_not_carried_out() {
    let customer = treated(Fault::Refuse(Reply::json(503, &json!({ "status": 503 })))).await;
    let answer = creates(&customer).await.unwrap();
    assert_eq!((answer.status, answer.body), (503, json!({ "status": 503 })));
    assert_eq!(read(&customer).await.status, 404);
}

#[tokio::test]
async fn a_request_is_held_before_it_is_carried_out_or_after() {
    for (fault, is_done) in [(Fault::HoldBefore, false), (Fault::HoldAfter, true)] {
        let customer = treated(fault).await;
        let seen = customer.server.asked().len();
        let held = begins(&customer);
        customer.server.has_seen(seen + 1).await;
        assert_eq!(customer.bank.books().contains_key(TXID), is_done);
        assert_eq!(read(&customer).await.status, if is_done { 200 } else { 404 }, "others are answered");
        assert!(!held.is_finished());
        held.abort();
    }
}

#[tokio::test]
async fn a_late_answer_comes_when_the_test_says_so() {
    let customer = treated(Fault::AnswerLate).await;
    let seen = customer.server.asked().len();
    let late = begins(&customer);
    customer.server.has_seen(seen + 1).await;
    assert_eq!(read(&customer).await.status, 200);
    assert!(!late.is_finished());
    customer.server.let_answer();
    assert_eq!(late.await.unwrap().unwrap().status, 201);
}

#[tokio::test]
async fn a_rule_holds_until_it_is_removed() {
    let customer = treated(Fault::LoseRequest).await;
    customer.server.treat(|asked| (asked.method == "PUT").then_some(Fault::LoseRequest));
    for _ in 0..3 {
        assert!(creates(&customer).await.is_err());
    }
    customer.server.treat_all_alike();
    assert_eq!(creates(&customer).await.unwrap().status, 201);
}
