//! Behind the table's stream: what happened to charges becomes events and deliveries.
//!
//! Records come in the order of their writes, and a batch that is answered with a failure comes again from there on. So
//! only what may go well later fails; a record that will never be understood is parked, and the next one is looked at.

use domain::refusal::Refusal;
use flows::{
    Hub,
    webhook::relay::{self, Image},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a stream brings.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// The records, the oldest first; each is read by itself.
    #[serde(rename = "Records")]
    pub records: Vec<Value>,
}

/// What came of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The first record that failed: it and all after it are to come again. Empty where none did.
    pub batch_item_failures: Vec<Failure>,
}

/// A record that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Its sequence number.
    pub item_identifier: String,
}

/// One change of an item.
#[derive(Deserialize)]
struct Record {
    dynamodb: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    new_image: Option<Image>,
    old_image: Option<Image>,
}

/// Relays what the records of a batch say, one after the other.
pub async fn handle(hub: &Hub, batch: Batch) -> Answer {
    for record in &batch.records {
        if let Err(refusal) = relay(hub, record).await {
            tracing::error!(%refusal, "a batch comes again");
            let item_identifier = text(record, "/dynamodb/SequenceNumber").to_owned();
            return Answer { batch_item_failures: vec![Failure { item_identifier }] };
        }
    }
    Answer::default()
}

/// Relays one record, or parks it. Only charges are relayed.
async fn relay(hub: &Hub, record: &Value) -> Result<(), Refusal> {
    if text(record, "/eventName") == "REMOVE" || !is_charge(record) {
        return Ok(());
    }
    let Ok(Record { dynamodb: Change { new_image: Some(new), old_image } }) = Record::deserialize(record) else {
        return park(hub, record, "it cannot be read").await;
    };
    match relay::change(hub, old_image.as_ref(), &new).await {
        Err(refusal @ (Refusal::Unavailable | Refusal::Contention)) => Err(refusal),
        Err(refusal) => park(hub, record, &refusal.to_string()).await,
        Ok(()) => Ok(()),
    }
}

/// What does not say whose it is may be a charge.
fn is_charge(record: &Value) -> bool {
    let key = text(record, "/dynamodb/Keys/PK/S");
    key.is_empty() || key.starts_with("CHARGE#")
}

/// Puts aside which record it is and why, without what it says: the charge stays in the table, and once the hub is put
/// right a backfill relays it.
async fn park(hub: &Hub, record: &Value, problem: &str) -> Result<(), Refusal> {
    let (key, number) = (text(record, "/dynamodb/Keys/PK/S"), text(record, "/dynamodb/SequenceNumber"));
    tracing::error!(alarm = "undecodable", key, number, problem, "a change of a charge is not relayed");
    let note = json!({"key": key, "sequenceNumber": number, "problem": problem});
    relay::park(hub, note.to_string()).await
}

fn text<'a>(record: &'a Value, pointer: &str) -> &'a str {
    record.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
