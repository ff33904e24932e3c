//! Events reach webhook endpoints on one machine as on AWS: from the stream, through the queue.

use aws_local::folder::Folder;
use catraca::local::{Place, Running};
use serde_json::{Value, json};

use crate::{
    hub::{ask, card_payment, own_keys, start},
    receiver::{Call, Receiver},
};

async fn register(hub: &Running, endpoint: &str) -> Value {
    let order = json!({"event": "*", "endpoint": endpoint}).to_string();
    let made = ask(hub, "POST", "/v1/webhooks", &own_keys(hub), &order).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

async fn pay(hub: &Running) -> Value {
    let charge = ask(hub, "POST", "/v1/charges", &own_keys(hub), &card_payment(hub, 1500)).await;
    assert_eq!(charge.status, 201, "{}", charge.body);
    charge.body
}

/// Moves the clock. The answer comes once every event is relayed and every delivery that is due is attempted.
async fn pass(hub: &Running, seconds: u64) {
    let order = json!({"advanceSeconds": seconds}).to_string();
    assert_eq!(ask(hub, "POST", "/_local/clock", &own_keys(hub), &order).await.status, 200);
}

/// The events in alphabetical order: two deliveries are made at once, in any order.
fn sorted(mut events: Vec<String>) -> Vec<String> {
    events.sort();
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_reaches_every_registered_endpoint() {
    let hub = start(Place::Memory).await.unwrap();
    let (one, other) = (Receiver::open(&[]).await, Receiver::open(&[]).await);
    register(&hub, one.url()).await;
    register(&hub, other.url()).await;
    let charge = pay(&hub).await;
    pass(&hub, 0).await;
    for endpoint in [&one, &other] {
        assert_eq!(sorted(endpoint.events()), ["transaction.authorized", "transaction.pending"]);
        assert!(endpoint.calls().iter().all(|call| call.json()["payload"]["id"] == charge["id"]));
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_the_clock_makes_the_attempts_that_became_due() {
    let hub = start(Place::Memory).await.unwrap();
    let endpoint = Receiver::open(&[500, 500, 500]).await;
    register(&hub, endpoint.url()).await;
    pay(&hub).await;
    pass(&hub, 0).await;
    assert_eq!(endpoint.calls().len(), 2, "both failed");
    pass(&hub, 4 * 60).await;
    assert_eq!(endpoint.calls().len(), 2, "not due");
    pass(&hub, 60).await;
    assert_eq!(endpoint.calls().len(), 4, "one of them failed");
    pass(&hub, 45 * 60).await;
    let calls = endpoint.calls();
    assert_eq!(calls.len(), 5);
    // The same event has the same id in every attempt.
    let last = calls.last().unwrap();
    let same = |call: &&Call| call.header("webhook-id") == last.header("webhook-id");
    assert_eq!(calls.iter().filter(same).count(), 3);
    pass(&hub, 24 * 60 * 60).await;
    assert_eq!(endpoint.calls().len(), 5, "both were delivered");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_endpoint_delays_neither_requests_nor_other_endpoints() {
    let hub = start(Place::Memory).await.unwrap();
    // It accepts the connection and sends no answer.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    register(&hub, &format!("http://{}", silent.local_addr().unwrap())).await;
    let endpoint = Receiver::open(&[]).await;
    register(&hub, endpoint.url()).await;
    for _ in 0..3 {
        pay(&hub).await;
    }
    while endpoint.calls().len() < 6 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&hub, "GET", "/v1/charges", &own_keys(&hub), "").await.status, 200);
    // Its connections end, and so do the attempts under way.
    drop(silent);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_not_done_when_the_hub_stops_is_made_after_its_next_start() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    let endpoint = Receiver::open(&[500, 500]).await;
    register(&hub, endpoint.url()).await;
    pay(&hub).await;
    pass(&hub, 0).await;
    hub.stop().await;
    assert_eq!(endpoint.calls().len(), 2, "both failed");

    // The queue was lost with the process; the table has what is due.
    let hub = start(place).await.unwrap();
    pass(&hub, 5 * 60).await;
    assert_eq!(endpoint.calls().len(), 4);
    hub.stop().await;
}
