//! The relay gets the same batch again: after failures, after the death of the hub, and without a reason.

use domain::ids::WebhookId;
use event_relay::BatchAnswer;
use flows::{Hub, Parts, webhook::endpoint};
use serde_json::{Value, json};
use tests::{
    engine::Fault,
    queue::unreachable_queue,
    samples::{APPROVED, card_charge},
};

use crate::relay_hub::{RelayHub, names};

/// A card that is paid and partly refunded: three events in at least four writes.
async fn life(relay_hub: &mut RelayHub) -> Vec<Value> {
    let body = card_charge(&relay_hub.hub.merchant.id, APPROVED);
    let made = relay_hub.hub.merchant.creates_charge(&body).await;
    relay_hub.pass();
    let void = format!("/v1/charges/{}/void", made.text("/id"));
    relay_hub.hub.merchant.post(&void, &json!({"amount": 50})).await.assert_status(201);
    let records = relay_hub.records();
    assert!(records.len() >= 4);
    records
}

const NAMES: [&str; 3] = ["pending", "authorized", "voided"];

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_again_changes_nothing_and_sends_the_messages_again() {
    let mut relay_hub = RelayHub::open(3).await;
    let records = life(&mut relay_hub).await;
    assert_eq!(relay_hub.relay(&records).await, BatchAnswer::default());
    let (kept, messages) = (relay_hub.kept().await, relay_hub.messages());
    assert_eq!((kept.len(), messages.len()), (3 + 3 * 3, 3 * 3));
    for _ in 0..3 {
        relay_hub.pass();
        for from in (0..records.len()).rev() {
            assert_eq!(relay_hub.relay(&records[from..]).await, BatchAnswer::default());
        }
        assert!(relay_hub.kept().await == kept);
        let mut again = relay_hub.messages();
        again.dedup();
        assert_eq!(again, messages);
    }
}

/// The hub dies at every call to the table, before and after the call is carried out.
#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_call_neither_loses_nor_doubles_an_event() {
    let mut relay_hub = RelayHub::open(2).await;
    let records = life(&mut relay_hub).await;
    assert_eq!(relay_hub.relay(&records).await, BatchAnswer::default());
    let calls = relay_hub.hub.engine.take_calls().len();
    assert_eq!(calls, 3 * (1 + 1 + 2));
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for number in 1..=calls {
            let mut relay_hub = RelayHub::open(2).await;
            let records = life(&mut relay_hub).await;
            let mut seen = 0;
            relay_hub.hub.engine.fail(move |_, _| {
                seen += 1;
                if seen == number { fault } else { Fault::None }
            });
            let died = tokio::select! {
                () = relay_hub.hub.engine.has_killed() => true,
                _ = relay_hub.relay(&records) => false,
            };
            assert!(died, "call {number}");
            relay_hub.hub.engine.heal();
            relay_hub.pass();
            assert_eq!(relay_hub.relay(&records).await, BatchAnswer::default());
            assert_relayed_once(&relay_hub).await;
        }
    }
}

/// There are three events, each with a delivery and a message for both endpoints.
async fn assert_relayed_once(relay_hub: &RelayHub) {
    let events = relay_hub.events().await;
    assert_eq!(names(&events), NAMES);
    assert_eq!(relay_hub.kept().await.len(), 3 + 3 * 2);
    let webhooks: Vec<WebhookId> =
        endpoint::list(&relay_hub.flows, relay_hub.account).await.unwrap().iter().map(|webhook| webhook.id).collect();
    let mut expected = Vec::new();
    for event in &events {
        for webhook in &webhooks {
            assert!(relay_hub.delivery(*webhook, event).await.is_some_and(|delivery| delivery.attempts == 0));
            expected.push(format!("{webhook} {}", event.id));
        }
    }
    expected.sort();
    let mut messages = relay_hub.messages();
    messages.dedup();
    assert_eq!(messages, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_out_of_reach_fails_the_batch_from_there_on() {
    let mut relay_hub = RelayHub::open(2).await;
    let records = life(&mut relay_hub).await;
    let mut events = 0;
    relay_hub.hub.engine.fail(move |operation, body| {
        let is_event = operation == "PutItem" && body["Item"]["SK"]["S"] == "EVENT";
        // Every attempt of the SDK to write the second event fails, and every event after it.
        events += usize::from(is_event);
        if is_event && events >= 2 { Fault::Throttle } else { Fault::None }
    });
    let answer = relay_hub.relay(&records).await;
    let second = records.iter().find(|record| record["dynamodb"]["NewImage"]["eventNo"]["N"] == "2").unwrap();
    let number = second["dynamodb"]["SequenceNumber"].as_str().unwrap();
    let failures: Vec<&str> = answer.batch_item_failures.iter().map(|item| item.item_identifier.as_str()).collect();
    assert_eq!(failures, [number]);
    relay_hub.hub.engine.heal();
    assert_eq!(names(&relay_hub.events().await), NAMES[..1]);
    let place = records.iter().position(|record| record == second).unwrap();
    assert_eq!(relay_hub.relay(&records[place..]).await, BatchAnswer::default());
    assert_relayed_once(&relay_hub).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_out_of_reach_fails_the_batch() {
    let mut relay_hub = RelayHub::open(1).await;
    let records = life(&mut relay_hub).await;
    let unreachable = unreachable_queue();
    let flows = Hub::from(Parts { queue: Some(unreachable), ..relay_hub.hub.parts() });
    let answer = event_relay::handle(&flows, event_relay::Batch { records: records.clone() }).await;
    assert_eq!(answer.batch_item_failures.len(), 1);
    assert_eq!(json!(answer)["batchItemFailures"][0]["itemIdentifier"], records[0]["dynamodb"]["SequenceNumber"]);
    assert_eq!(relay_hub.relay(&records).await, BatchAnswer::default());
    assert_eq!(names(&relay_hub.events().await), NAMES);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_queue_the_deliveries_wait_in_the_table() {
    let mut relay_hub = RelayHub::open(1).await;
    let records = life(&mut relay_hub).await;
    let flows = Hub::from(Parts { queue: None, ..relay_hub.hub.parts() });
    assert_eq!(event_relay::handle(&flows, event_relay::Batch { records }).await, BatchAnswer::default());
    assert_eq!((relay_hub.kept().await.len(), relay_hub.messages().len()), (3 + 3, 0));
}
