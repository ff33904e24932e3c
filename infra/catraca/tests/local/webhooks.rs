//! What happens is told, on one machine as in the cloud: by the stream, through the queue, to the endpoint.

use catraca::{
    folder::Folder,
    local::{Place, Running},
};
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

/// Moves the clock, which answers once everything that is due was told and delivered.
async fn pass(hub: &Running, seconds: u64) {
    let order = json!({"advanceSeconds": seconds}).to_string();
    assert_eq!(ask(hub, "POST", "/_local/clock", &own_keys(hub), &order).await.status, 200);
}

/// What it says, in no order: two deliveries are two calls at once.
fn sorted(mut events: Vec<String>) -> Vec<String> {
    events.sort();
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_reaches_the_endpoints_that_are_there() {
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
    assert_eq!(endpoint.calls().len(), 2, "both in vain");
    pass(&hub, 4 * 60).await;
    assert_eq!(endpoint.calls().len(), 2, "not due");
    pass(&hub, 60).await;
    assert_eq!(endpoint.calls().len(), 4, "one of them in vain");
    pass(&hub, 45 * 60).await;
    let calls = endpoint.calls();
    assert_eq!(calls.len(), 5);
    // The same event comes under the same id.
    let last = calls.last().unwrap();
    let same = |call: &&Call| call.header("webhook-id") == last.header("webhook-id");
    assert_eq!(calls.iter().filter(same).count(), 3);
    pass(&hub, 24 * 60 * 60).await;
    assert_eq!(endpoint.calls().len(), 5, "both were taken");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_endpoint_holds_up_neither_requests_nor_others() {
    let hub = start(Place::Memory).await.unwrap();
    // It takes the connection and says nothing.
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
    // Its connections end, and with them what is under way.
    drop(silent);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_delivered_when_the_hub_stopped_is_delivered_after_its_next_start() {
    let scratch = Folder::in_memory().unwrap();
    let place = Place::Folder(scratch.file("data"));
    let hub = start(place.clone()).await.unwrap();
    let endpoint = Receiver::open(&[500, 500]).await;
    register(&hub, endpoint.url()).await;
    pay(&hub).await;
    pass(&hub, 0).await;
    hub.stop().await;
    assert_eq!(endpoint.calls().len(), 2, "both in vain");

    // What stood in the queue is gone with the process; what is due stands in the table.
    let hub = start(place).await.unwrap();
    pass(&hub, 5 * 60).await;
    assert_eq!(endpoint.calls().len(), 4);
    hub.stop().await;
}
