//! Records that cannot be read are parked, and hold up nothing.

use event_relay::Answer;
use flows::{Hub, Parts};
use serde_json::{Value, json};
use tests::samples::{pix_charge, with, without};

use crate::office::{Office, names};

type Spoil = Box<dyn Fn(Value) -> Value>;

/// Three charges; the answer to the second one's registration is spoilt.
async fn spoilt(spoil: impl Fn(Value) -> Value) -> (Office, Vec<Value>, Answer) {
    let mut office = Office::open(1).await;
    for _ in 0..3 {
        let body = pix_charge(&office.house.client.merchant_id);
        office.house.client.post("/v1/charges", &body).await.assert_status(201);
        office.pass();
    }
    let mut records = office.records();
    assert_eq!(records.len(), 6);
    records[3] = spoil(records[3].clone());
    let answer = office.relay(&records).await;
    (office, records, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_parked_and_the_rest_is_told() {
    let at = |name: &str| format!("/dynamodb/NewImage/{name}");
    let spoils: [(&str, Spoil); 6] = [
        ("no JSON", Box::new(move |record| with(record, &at("doc"), json!({"S": "no JSON"})))),
        ("another document", Box::new(move |record| with(record, &at("doc"), json!({"S": "{}"})))),
        ("a type that no charge has", Box::new(move |record| with(record, &at("doc"), json!({"B": "AAAA"})))),
        ("no number of events", Box::new(move |record| without(record, &at("eventNo")))),
        ("more events than it tells of", Box::new(move |record| with(record, &at("eventNo"), json!({"N": "2"})))),
        ("no image", Box::new(|record| without(record, "/dynamodb/NewImage"))),
    ];
    for (name, spoil) in spoils {
        let (office, records, answer) = spoilt(spoil).await;
        assert_eq!(answer, Answer::default(), "{name}");
        let parked: Vec<Value> =
            office.house.parked.waiting().iter().map(|note| serde_json::from_str(&note.body).unwrap()).collect();
        let [note] = &parked[..] else { unreachable!("{name}: {parked:?}") };
        let change = &records[3]["dynamodb"];
        assert_eq!(note["key"], change["Keys"]["PK"]["S"], "{name}");
        assert_eq!(note["sequenceNumber"], change["SequenceNumber"], "{name}");
        assert!(note["problem"].is_string() && note.as_object().unwrap().len() == 3, "{name}: {note}");
        let told = names(&office.events().await);
        // Of two events that it counts, the one that it tells of may be told.
        assert_eq!(told, vec!["pending"; if name.starts_with("more") { 3 } else { 2 }], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_place_to_park_it_a_record_is_passed_over() {
    let (mut office, mut records, _) = spoilt(|record| record).await;
    records[3] = json!({"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "4", "Keys": {"PK": {"S": "CHARGE#x"}}}});
    office.hub = Hub::from(Parts { parked: None, ..office.house.parts() });
    assert_eq!(office.relay(&records).await, Answer::default());
    assert!(office.house.parked.waiting().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_to_park_that_is_out_of_reach_fails_the_batch() {
    let (mut office, mut records, _) = spoilt(|record| record).await;
    let nobody = edge::config::local_queue("http://127.0.0.1:1", "http://127.0.0.1:1/queue".to_owned()).unwrap();
    office.hub = Hub::from(Parts { parked: Some(nobody), ..office.house.parts() });
    records[3] = without(records[3].clone(), "/dynamodb/NewImage");
    let failed = office.relay(&records).await.batch_item_failures;
    assert_eq!(json!(failed), json!([{"itemIdentifier": records[3]["dynamodb"]["SequenceNumber"]}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_charge_and_what_was_removed_is_left() {
    let mut office = Office::open(1).await;
    let body = pix_charge(&office.house.client.merchant_id);
    office.house.client.post("/v1/charges", &body).await.assert_status(201);
    let records = office.records();
    let of_session = with(records[1].clone(), "/dynamodb/Keys/PK/S", json!("SESSION#x"));
    let removed = with(without(records[1].clone(), "/dynamodb/NewImage"), "/eventName", json!("REMOVE"));
    assert_eq!(office.relay(&[of_session, removed]).await, Answer::default());
    assert!(office.events().await.is_empty() && office.house.parked.waiting().is_empty());
    assert!(office.house.engine.take_calls().iter().all(|call| call.operation == "Query"), "only the list was read");
}
