//! What delivery attempts cost, counted at the engine's socket and at the queue.

use std::collections::BTreeMap;

use flows::webhook::deliver;
use tests::{
    engine::Call,
    receiver::Behaviour,
    subscriber::{Subscriber, message},
};

/// The calls since the last time, by kind.
fn calls(subscriber: &Subscriber) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for call in subscriber.hub.engine.take_calls().iter().map(Call::what) {
        *calls.entry(call).or_default() += 1;
    }
    calls
}

/// The calls of so many attempts: each reads its delivery, its endpoint and its event, takes its lease, and ends.
fn attempts(count: usize) -> BTreeMap<String, usize> {
    let each =
        ["GetItem WEBHOOK", "GetItem CLIENT", "GetItem EVENT", "PutItem WEBHOOK", "TransactWriteItems WEBHOOK WEBHOOK"];
    each.map(|what| (what.to_owned(), count)).into()
}

/// A subscriber whose hub has delivered an event to each of so many endpoints, so that its caches are filled.
async fn warm(endpoints: usize) -> Subscriber {
    let subscriber = Subscriber::open().await;
    for number in 0..endpoints {
        subscriber.endpoint(&format!("/{number}")).await;
    }
    subscriber.sell().await;
    subscriber.hub.deliver().await;
    subscriber
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_is_three_reads_and_two_writes_and_a_message_of_a_finished_delivery_is_one_read() {
    let subscriber = warm(1).await;
    subscriber.sell().await;
    let Some(sent) = subscriber.hub.queue.waiting().pop() else { unreachable!("nothing waits") };
    let _ = subscriber.hub.engine.take_calls();
    assert_eq!(subscriber.hub.deliver().await, 1);
    assert_eq!(calls(&subscriber), attempts(1));
    deliver::run(subscriber.hub.flows(), message(&sent).webhook, message(&sent).event).await.unwrap();
    assert_eq!(calls(&subscriber), [("GetItem WEBHOOK".to_owned(), 1)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_costs_its_attempts_and_nothing_more() {
    // One event for ten endpoints, and ten events for one.
    for (endpoints, events) in [(10, 1), (1, 10)] {
        let subscriber = warm(endpoints).await;
        for _ in 0..events {
            subscriber.sell().await;
        }
        let (_, sent) = (subscriber.hub.engine.take_calls(), subscriber.hub.queue.calls());
        assert_eq!(subscriber.hub.deliver().await, 10);
        assert_eq!(calls(&subscriber), attempts(10), "{endpoints}");
        assert_eq!((subscriber.receiver.posts().len(), subscriber.hub.queue.calls()), (endpoints + 10, sent));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_attempt_costs_one_message_more() {
    let subscriber = warm(1).await;
    subscriber.receiver.expect("/0", [Behaviour::status(500)]);
    subscriber.sell().await;
    let (_, sent) = (subscriber.hub.engine.take_calls(), subscriber.hub.queue.calls());
    subscriber.hub.deliver().await;
    assert_eq!((calls(&subscriber), subscriber.hub.queue.calls()), (attempts(1), sent + 1));
}
