//! What the relay costs: its calls, counted at the engine's socket and at the queue.

use std::collections::BTreeMap;

use event_relay::BatchAnswer;
use tests::{
    engine::Call,
    samples::{APPROVED, card_charge, pix_charge},
};

use crate::relay_hub::{RelayHub, names};

/// Relays so many registered Pix: the calls by kind, the messages, and the calls that sent them. Each Pix is two
/// records: the intent, which is no event, and its answer.
async fn cost(endpoints: u32, charges: usize) -> (BTreeMap<String, usize>, usize, usize) {
    let mut relay_hub = RelayHub::open(endpoints).await;
    let body = pix_charge(&relay_hub.hub.merchant.id);
    for _ in 0..charges {
        relay_hub.hub.merchant.post("/v1/charges", &body).await.assert_status(201);
    }
    let records = relay_hub.records();
    assert_eq!(records.len(), 2 * charges);
    assert_eq!(relay_hub.relay(&records).await, BatchAnswer::default());
    let mut calls = BTreeMap::new();
    for call in relay_hub.hub.engine.take_calls().iter().map(Call::what) {
        *calls.entry(call).or_default() += 1;
    }
    (calls, relay_hub.messages().len(), relay_hub.hub.queue.calls())
}

fn calls<const N: usize>(calls: [(&str, usize); N]) -> BTreeMap<String, usize> {
    calls.map(|(what, count)| (what.to_owned(), count)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_costs_a_query_a_write_and_a_write_for_each_subscribed_endpoint() {
    assert_eq!(cost(0, 1).await, (calls([("Query ?", 1), ("PutItem EVENT", 1)]), 0, 0));
    let one = calls([("Query ?", 1), ("PutItem EVENT", 1), ("PutItem WEBHOOK", 1)]);
    assert_eq!(cost(1, 1).await, (one, 1, 1));
    let ten = calls([("Query ?", 1), ("PutItem EVENT", 1), ("PutItem WEBHOOK", 10)]);
    assert_eq!(cost(10, 1).await, (ten, 10, 1));
    let eleven = calls([("Query ?", 1), ("PutItem EVENT", 1), ("PutItem WEBHOOK", 11)]);
    assert_eq!(cost(11, 1).await, (eleven, 11, 2));
}

/// A hundred records, which a batch of the stream has at most.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_costs_its_events_and_nothing_more() {
    assert_eq!(cost(0, 50).await, (calls([("Query ?", 50), ("PutItem EVENT", 50)]), 0, 0));
    let five = calls([("Query ?", 50), ("PutItem EVENT", 50), ("PutItem WEBHOOK", 250)]);
    assert_eq!(cost(5, 50).await, (five, 250, 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_endpoints_with_a_matching_subscription_get_a_delivery() {
    let mut relay_hub = RelayHub::open(0).await;
    let all = relay_hub.register(1, "*", true).await;
    let subscribed = relay_hub.register(2, "transaction.authorized", true).await;
    for (number, event, is_active) in [(3, "transaction.voided", true), (4, "*", false), (5, "authorized", false)] {
        relay_hub.register(number, event, is_active).await;
    }
    let body = card_charge(&relay_hub.hub.merchant.id, APPROVED);
    relay_hub.hub.merchant.post("/v1/charges", &body).await.assert_status(201);
    relay_hub.relay_all().await;
    let events = relay_hub.events().await;
    assert_eq!(names(&events), ["pending", "authorized"]);
    let mut expected = vec![
        format!("{all} {}", events[0].id),
        format!("{all} {}", events[1].id),
        format!("{subscribed} {}", events[1].id),
    ];
    expected.sort();
    assert_eq!(relay_hub.messages(), expected);
    assert_eq!(relay_hub.kept().await.len(), 2 + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_subscribed_endpoint_is_kept_for_reading() {
    let mut relay_hub = RelayHub::open(0).await;
    relay_hub.register(1, "charged_back", true).await;
    let body = pix_charge(&relay_hub.hub.merchant.id);
    relay_hub.hub.merchant.post("/v1/charges", &body).await.assert_status(201);
    relay_hub.relay_all().await;
    assert_eq!((names(&relay_hub.events().await), relay_hub.messages().len()), (vec!["pending"], 0));
}
