//! Delivers events to webhook endpoints: each queue message is one delivery attempt.
//!
//! All messages of a batch are processed at once, so that an endpoint that does not answer delays no other.

pub use edge::{BatchAnswer, BatchItemFailure};
use flows::{
    Hub,
    webhook::deliver::{self, Message},
};
use futures::future::join_all;
use serde::Deserialize;

/// A batch of the queue.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// Its messages.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The queue's id of it.
    pub message_id: String,
    /// `{"webhook":"…","event":"…"}`.
    pub body: String,
}

/// Makes one delivery attempt for each message. Whatever the endpoint answers, the message is done: the table has the
/// next due date. A message fails where the hub itself failed, or where it cannot be read: after five receives it is in
/// the dead-letter queue.
pub async fn handle(hub: &Hub, batch: Batch) -> BatchAnswer {
    let outcomes = join_all(batch.records.into_iter().map(|record| deliver(hub, record))).await;
    BatchAnswer { batch_item_failures: outcomes.into_iter().flatten().collect() }
}

async fn deliver(hub: &Hub, record: Record) -> Option<BatchItemFailure> {
    let failure = BatchItemFailure { item_identifier: record.message_id };
    let Ok(Message { webhook, event }) = serde_json::from_str(&record.body) else {
        tracing::error!(id = failure.item_identifier, "a message cannot be read");
        return Some(failure);
    };
    let refusal = deliver::run(hub, webhook, event).await.err()?;
    tracing::error!(?refusal, %webhook, %event, "a delivery attempt could not be made");
    Some(failure)
}
