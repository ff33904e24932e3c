//! The queue of deliveries: each message is one try to bring one event to one endpoint.
//!
//! All messages of a batch are worked on at once, so that an endpoint that does not answer holds up nobody but itself.

use flows::{
    Hub,
    webhook::deliver::{self, Message},
};
use futures::future::join_all;
use serde::{Deserialize, Serialize};

/// What the queue hands over.
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

/// What the queue is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handled {
    /// The messages that are to come again; the others are done.
    pub batch_item_failures: Vec<Failure>,
}

/// A message that is to come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Its id.
    pub item_identifier: String,
}

/// Makes one try for each message. Whatever the endpoint does, the message is done: what follows stands in the table.
/// It comes again where the hub itself failed, and where it cannot be read: in the end it is among the dead letters, where
/// a person sees what came.
pub async fn handle(hub: &Hub, batch: Batch) -> Handled {
    let outcomes = join_all(batch.records.into_iter().map(|record| deliver(hub, record))).await;
    Handled { batch_item_failures: outcomes.into_iter().flatten().collect() }
}

async fn deliver(hub: &Hub, record: Record) -> Option<Failure> {
    let failure = Failure { item_identifier: record.message_id };
    let Ok(Message { webhook, event }) = serde_json::from_str(&record.body) else {
        tracing::error!(id = failure.item_identifier, "a message cannot be read");
        return Some(failure);
    };
    let refusal = deliver::run(hub, webhook, event).await.err()?;
    tracing::error!(%refusal, %webhook, %event, "a delivery could not be tried");
    Some(failure)
}
