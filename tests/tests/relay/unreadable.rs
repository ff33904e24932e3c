//! Unreadable records go to the dead-letter queue and do not stop the relay.

use event_relay::BatchAnswer;
use flows::{Hub, Parts};
use serde_json::{Value, json};
use tests::{
    queue::unreachable_queue,
    samples::{pix_charge, with, without},
};

use crate::relay_hub::{RelayHub, names};

type Spoil = Box<dyn Fn(Value) -> Value>;

/// Three charges, of which `spoil` changes the record of the second one's answer.
async fn spoilt(spoil: impl Fn(Value) -> Value) -> (RelayHub, Vec<Value>, BatchAnswer) {
    let mut relay_hub = RelayHub::open(1).await;
    for _ in 0..3 {
        let body = pix_charge(&relay_hub.hub.merchant.id);
        relay_hub.hub.merchant.post("/v1/charges", &body).await.assert_status(201);
        relay_hub.pass();
    }
    let mut records = relay_hub.records();
    assert_eq!(records.len(), 6);
    records[3] = spoil(records[3].clone());
    let answer = relay_hub.relay(&records).await;
    (relay_hub, records, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_record_goes_to_the_dead_letter_queue_and_the_others_are_relayed() {
    let at = |name: &str| format!("/dynamodb/NewImage/{name}");
    let spoils: [(&str, Spoil); 6] = [
        ("no JSON", Box::new(move |record| with(record, &at("doc"), json!({"S": "no JSON"})))),
        ("another document", Box::new(move |record| with(record, &at("doc"), json!({"S": "{}"})))),
        ("a type that no charge has", Box::new(move |record| with(record, &at("doc"), json!({"B": "AAAA"})))),
        ("no number of events", Box::new(move |record| without(record, &at("eventNo")))),
        ("more events than it shows", Box::new(move |record| with(record, &at("eventNo"), json!({"N": "2"})))),
        ("no image", Box::new(|record| without(record, "/dynamodb/NewImage"))),
    ];
    for (name, spoil) in spoils {
        let (relay_hub, records, answer) = spoilt(spoil).await;
        assert_eq!(answer, BatchAnswer::default(), "{name}");
        let dead_letters: Vec<Value> =
            relay_hub.hub.dead_letters.waiting().iter().map(|note| serde_json::from_str(&note.body).unwrap()).collect();
        let [note] = &dead_letters[..] else { unreachable!("{name}: {dead_letters:?}") };
        let change = &records[3]["dynamodb"];
        assert_eq!(note["key"], change["Keys"]["PK"]["S"], "{name}");
        assert_eq!(note["sequenceNumber"], change["SequenceNumber"], "{name}");
        assert!(note["problem"].is_string() && note.as_object().unwrap().len() == 3, "{name}: {note}");
        let relayed = names(&relay_hub.events().await);
        // A record that counts two events and shows one still makes the event that it shows.
        assert_eq!(relayed, vec!["pending"; if name.starts_with("more") { 3 } else { 2 }], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_dead_letter_queue_an_unreadable_record_is_skipped() {
    let (mut relay_hub, mut records, _) = spoilt(|record| record).await;
    records[3] = json!({"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "4", "Keys": {"PK": {"S": "CHARGE#x"}}}});
    relay_hub.flows = Hub::from(Parts { dead_letters: None, ..relay_hub.hub.parts() });
    assert_eq!(relay_hub.relay(&records).await, BatchAnswer::default());
    assert!(relay_hub.hub.dead_letters.waiting().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_queue_out_of_reach_fails_the_batch() {
    let (mut relay_hub, mut records, _) = spoilt(|record| record).await;
    let unreachable = unreachable_queue();
    relay_hub.flows = Hub::from(Parts { dead_letters: Some(unreachable), ..relay_hub.hub.parts() });
    records[3] = without(records[3].clone(), "/dynamodb/NewImage");
    let failed = relay_hub.relay(&records).await.batch_item_failures;
    assert_eq!(json!(failed), json!([{"itemIdentifier": records[3]["dynamodb"]["SequenceNumber"]}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_other_items_and_of_removals_are_skipped() {
    let mut relay_hub = RelayHub::open(1).await;
    let body = pix_charge(&relay_hub.hub.merchant.id);
    relay_hub.hub.merchant.post("/v1/charges", &body).await.assert_status(201);
    let records = relay_hub.records();
    let of_session = with(records[1].clone(), "/dynamodb/Keys/PK/S", json!("SESSION#x"));
    let removed = with(without(records[1].clone(), "/dynamodb/NewImage"), "/eventName", json!("REMOVE"));
    assert_eq!(relay_hub.relay(&[of_session, removed]).await, BatchAnswer::default());
    assert!(relay_hub.events().await.is_empty() && relay_hub.hub.dead_letters.waiting().is_empty());
    assert!(relay_hub.hub.engine.take_calls().iter().all(|call| call.operation == "Query"), "only the list was read");
}
