//! Messages that arrive twice, late or never.

use std::{collections::HashSet, time::Duration};

use domain::{
    ids::EventId,
    refusal::Refusal,
    webhook::{Delivery, DeliveryState, PAUSES},
};
use flows::sweep;
use futures::future::join_all;
use tests::{
    engine::Fault,
    receiver::Behaviour,
    samples::{APPROVED, card_charge},
    subscriber::{Subscriber, batch},
};
use webhook_deliver::{BatchItemFailure, Record};

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_arrive_twice_or_never_make_one_attempt() {
    let subscriber = Subscriber::open().await;
    let webhook = subscriber.endpoint("/").await;
    // Ten equal messages at once, and another one after the delivery.
    let event = subscriber.sell().await;
    subscriber.hub.queue.lose_everything();
    subscriber.hub.deliver_batch(batch(&[(webhook.id, event); 10])).await;
    subscriber.hub.deliver_batch(batch(&[(webhook.id, event)])).await;
    assert_eq!(subscriber.receiver.posts().len(), 1);
    // The message is lost twice; each time the sweeper queues it again after five minutes.
    subscriber.sell().await;
    subscriber.hub.queue.lose_everything();
    subscriber.pass(Duration::from_mins(4)).await;
    assert_eq!(subscriber.receiver.posts().len(), 1);
    subscriber.hub.pass(Duration::from_mins(1)).await;
    assert_eq!(subscriber.hub.queue.waiting().len(), 1);
    subscriber.hub.queue.lose_everything();
    subscriber.pass(Duration::from_mins(4)).await;
    assert_eq!(subscriber.receiver.posts().len(), 1);
    subscriber.pass(Duration::from_mins(1)).await;
    assert_eq!(subscriber.receiver.posts().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_queue_is_broken_the_table_keeps_everything() {
    let subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/", [Behaviour::status(500), Behaviour::status(200)]);
    let webhook = subscriber.endpoint("/").await;
    let event = subscriber.sell().await;
    subscriber.hub.queue.set_broken(true);
    subscriber.hub.deliver().await;
    assert_eq!(subscriber.delivery(&webhook, event).await.attempts, 1);
    subscriber.hub.clock().advance(PAUSES[0]);
    // The sweep fails, so that an alarm is raised.
    assert_eq!(sweep::run(subscriber.hub.flows()).await, Err(Refusal::Unavailable));
    assert_eq!(subscriber.receiver.posts().len(), 1);
    subscriber.hub.queue.set_broken(false);
    subscriber.pass(Duration::from_mins(5)).await;
    assert_eq!(subscriber.state(&webhook, event).await, DeliveryState::Delivered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_returned_only_where_the_hub_itself_fails_or_cannot_read_it() {
    let subscriber = Subscriber::open().await;
    subscriber.receiver.expect("/", [Behaviour::status(500)]);
    let webhook = subscriber.endpoint("/").await;
    let event = subscriber.sell().await;
    let unreadable = |(id, body): (&str, &str)| Record { message_id: id.to_owned(), body: body.to_owned() };
    let mut mixed = batch(&[(webhook.id, event), (subscriber.fresh(), event)]);
    mixed.records.extend([("3", ""), ("4", "{}"), ("5", r#"{"webhook":"x","event":"y"}"#)].map(unreadable));
    let failed =
        |ids: &[&str]| ids.iter().map(|&id| BatchItemFailure { item_identifier: id.to_owned() }).collect::<Vec<_>>();
    subscriber.hub.engine.fail(|_, _| Fault::Throttle);
    let handled = subscriber.hub.deliver_batch(mixed.clone()).await;
    assert_eq!(handled.batch_item_failures, failed(&["1", "2", "3", "4", "5"]));
    subscriber.hub.engine.heal();
    // The message of a failed attempt is done.
    let handled = subscriber.hub.deliver_batch(mixed).await;
    assert_eq!(handled.batch_item_failures, failed(&["3", "4", "5"]));
    assert_eq!(
        serde_json::to_value(&handled).unwrap(),
        serde_json::json!({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "4"}, {"itemIdentifier": "5"}]})
    );
    assert_eq!(subscriber.receiver.posts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_deliveries_delays_no_charge() {
    let subscriber = Subscriber::open().await;
    let webhook = subscriber.endpoint("/").await;
    let flows = subscriber.hub.flows();
    let requested_at = subscriber.now();
    let deliveries = (0..1_010).map(|_| {
        let event = EventId::new(subscriber.fresh().uuid());
        Delivery::new(webhook.id, subscriber.client(), event, requested_at).resent(requested_at)
    });
    for few in deliveries.collect::<Vec<_>>().chunks(50) {
        for made in join_all(few.iter().map(|delivery| subscriber.hub.store().create_delivery(delivery))).await {
            assert!(made.unwrap());
        }
    }
    subscriber.hub.bank.expect([tests::bank::BankReply::LoseAnswer]);
    let charge = card_charge(&subscriber.hub.merchant.id, APPROVED);
    assert_eq!(subscriber.hub.merchant.creates_charge(&charge).await.text("/status"), "pending");
    subscriber.hub.clock().advance(Duration::from_mins(1));
    let swept = sweeper::sweep(flows).await.unwrap();
    assert_eq!((swept.queued, swept.asked, swept.failed), (1_000, 1, 0));
    let swept = sweeper::sweep(flows).await.unwrap();
    assert_eq!((swept.queued, swept.asked, swept.failed), (10, 0, 0));
    let queued: HashSet<String> = subscriber.hub.queue.waiting().into_iter().map(|sent| sent.body).collect();
    assert_eq!(queued.len(), 1_010);
}
