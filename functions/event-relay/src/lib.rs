//! Reads the table's stream and makes events and deliveries of the changes of charges.
//!
//! Records arrive in the order of their writes. A batch that is answered with a failure is retried from that record on.
//! So only a temporary error is a failure. A record that can never be relayed goes to the dead-letter queue.

use domain::{alarm::Alarm, refusal::Refusal};
pub use edge::{BatchAnswer, BatchItemFailure};
use flows::{
    Hub,
    webhook::relay::{self, Image},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A batch of the stream.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// The records, the oldest first; each is read on its own.
    #[serde(rename = "Records")]
    pub records: Vec<Value>,
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

/// Relays the records of a batch, one after the other.
pub async fn handle(hub: &Hub, batch: Batch) -> BatchAnswer {
    for record in &batch.records {
        if let Err(refusal) = relay(hub, record).await {
            tracing::error!(?refusal, "a record was not relayed; the stream sends it again");
            let item_identifier = text(record, "/dynamodb/SequenceNumber").to_owned();
            return BatchAnswer { batch_item_failures: vec![BatchItemFailure { item_identifier }] };
        }
    }
    BatchAnswer::default()
}

/// Relays one record, or puts it into the dead-letter queue. Only charges are relayed.
async fn relay(hub: &Hub, record: &Value) -> Result<(), Refusal> {
    if text(record, "/eventName") == "REMOVE" || !is_charge(record) {
        return Ok(());
    }
    let Ok(Record { dynamodb: Change { new_image: Some(new), old_image } }) = Record::deserialize(record) else {
        return dead_letter(hub, record, "it cannot be read").await;
    };
    match relay::change(hub, old_image.as_ref(), &new).await {
        Err(refusal @ (Refusal::Unavailable | Refusal::Contention)) => Err(refusal),
        Err(refusal) => dead_letter(hub, record, &format!("{refusal:?}")).await,
        Ok(()) => Ok(()),
    }
}

/// A record without a key may be of a charge.
fn is_charge(record: &Value) -> bool {
    let key = text(record, "/dynamodb/Keys/PK/S");
    key.is_empty() || key.starts_with("CHARGE#")
}

/// Puts the record's key and the problem into the dead-letter queue, without the record's contents. The charge stays in
/// the table: `catraca events replay` relays it once the hub is corrected.
async fn dead_letter(hub: &Hub, record: &Value, problem: &str) -> Result<(), Refusal> {
    let (key, number) = (text(record, "/dynamodb/Keys/PK/S"), text(record, "/dynamodb/SequenceNumber"));
    tracing::error!(alarm = %Alarm::Undecodable, key, number, problem, "a change of a charge is not relayed");
    let note = json!({"key": key, "sequenceNumber": number, "problem": problem});
    relay::send_dead_letter(hub, note.to_string()).await
}

fn text<'a>(record: &'a Value, pointer: &str) -> &'a str {
    record.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
