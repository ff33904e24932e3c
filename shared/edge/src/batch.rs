//! The answer to a batch of records or messages.

use serde::Serialize;

/// What of a batch was handled: all but the failures, which Lambda hands over again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// What failed. Of a stream, the first record: all after it come again too. Of a queue, each message.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// A record or a message that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// The sequence number of the record, or the id of the message.
    pub item_identifier: String,
}
