//! The queue of deliveries: which event is due at which endpoint, and nothing else.
//!
//! A message is `{"webhook":"…","event":"…"}`. It may come twice, late or never: the delivery itself is in the table,
//! and the receiver of a message reads it there first.

use std::time::Duration;

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use domain::ids::{EventId, WebhookId};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Messages of one call (a limit of SQS).
const BATCH: usize = 10;
/// The longest time for which SQS holds a message back.
pub const MAX_DELAY: Duration = Duration::from_mins(15);

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The endpoint.
    pub webhook: WebhookId,
    /// The event to deliver.
    pub event: EventId,
}

/// A handle on a queue: that of deliveries, or the dead-letter queue of events.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The standard queue at `url`, reached through `client`.
    #[must_use]
    pub const fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Queues these deliveries, ten a call, to come no sooner than after `delay`: at most [`MAX_DELAY`], in whole
    /// seconds.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; some of them may be in the queue.
    pub async fn send(&self, deliveries: &[(WebhookId, EventId)], delay: Duration) -> Result<(), Error> {
        let delay = i32::try_from(delay.min(MAX_DELAY).as_secs()).unwrap_or(0);
        for few in deliveries.chunks(BATCH) {
            let entries: Result<Vec<_>, Error> = few
                .iter()
                .enumerate()
                .map(|(number, (webhook, event))| entry(number, *webhook, *event, delay))
                .collect();
            let sent = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries?)).send().await;
            let answer = sent.map_err(|error| crate::write::unreachable(&error))?;
            if let Some(failed) = answer.failed.first() {
                return Err(Error::Unavailable(format!("the queue refused a message: {}", failed.code)));
            }
        }
        Ok(())
    }

    /// Queues one text for an operator to read.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; it may be in the queue.
    pub async fn send_text(&self, text: String) -> Result<(), Error> {
        let sent = self.client.send_message().queue_url(&self.url).message_body(text).send().await;
        sent.map(|_| ()).map_err(|error| crate::write::unreachable(&error))
    }
}

/// One endpoint is one message group: a queue full of one endpoint's messages does not delay the others (fair queues).
fn entry(number: usize, webhook: WebhookId, event: EventId, delay: i32) -> Result<SendMessageBatchRequestEntry, Error> {
    let corrupt = |error: &dyn std::fmt::Display| Error::Corrupt(error.to_string());
    let body = serde_json::to_string(&Message { webhook, event }).map_err(|error| corrupt(&error))?;
    SendMessageBatchRequestEntry::builder()
        .id(number.to_string())
        .message_body(body)
        .delay_seconds(delay)
        .message_group_id(webhook.to_string())
        .build()
        .map_err(|error| corrupt(&error))
}
