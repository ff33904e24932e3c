//! The part of the `SQS` protocol that the hub's functions use.

use std::{future::ready, time::Duration};

use aws_sdk_sqs::config::{BehaviorVersion, Region};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Message, Queue};
use crate::{
    fresh_id,
    in_process::{Answer, ENDPOINT, InProcess, REGION, Service},
};

/// The URL that names the queue in requests.
pub const QUEUE_URL: &str = "http://in-process.invalid/000000000000/webhooks";

/// The most messages of one request.
const MOST_ENTRIES: usize = 10;
/// The longest delay, in seconds.
const LONGEST_DELAY: u64 = 900;

/// One message of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
    #[serde(default)]
    message_group_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    entries: Vec<Entry>,
}

/// An error code of the protocol.
struct SqsError(&'static str);

impl Queue {
    /// A client of the queue.
    #[must_use]
    pub fn client(&self) -> aws_sdk_sqs::Client {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(ENDPOINT)
            .allow_no_auth()
            .http_client(InProcess(self.clone()));
        aws_sdk_sqs::Client::from_conf(config.build())
    }
}

impl Service for Queue {
    fn serve(self, target: String, body: Vec<u8>) -> impl Future<Output = Answer> + Send {
        let (status, body) = match act(&self, &target, &body) {
            Ok(body) => (200, body),
            Err(SqsError(code)) => (400, json!({"__type": format!("com.amazonaws.sqs#{code}")})),
        };
        ready(Answer { status, body: body.to_string() })
    }
}

fn act(queue: &Queue, target: &str, body: &[u8]) -> Result<Value, SqsError> {
    match target {
        "AmazonSQS.SendMessage" => Ok(json!({"MessageId": send(queue, read(body)?)?})),
        "AmazonSQS.SendMessageBatch" => {
            let batch: Batch = read(body)?;
            match batch.entries.len() {
                0 => return Err(SqsError("EmptyBatchRequest")),
                1..=MOST_ENTRIES => {}
                _ => return Err(SqsError("TooManyEntriesInBatchRequest")),
            }
            let (mut sent, mut failed) = (Vec::new(), Vec::new());
            for entry in batch.entries {
                let id = entry.id.clone();
                match send(queue, entry) {
                    Ok(message) => sent.push(json!({"Id": id, "MessageId": message})),
                    Err(SqsError(code)) => failed.push(json!({"Id": id, "Code": code, "SenderFault": true})),
                }
            }
            Ok(json!({"Successful": sent, "Failed": failed}))
        }
        _ => Err(SqsError("UnsupportedOperation")),
    }
}

fn send(queue: &Queue, entry: Entry) -> Result<String, SqsError> {
    if entry.delay_seconds > LONGEST_DELAY {
        return Err(SqsError("InvalidParameterValue"));
    }
    let id = fresh_id();
    let message = Message { id: id.clone(), body: entry.message_body, group: entry.message_group_id, receives: 0 };
    queue.send(message, Duration::from_secs(entry.delay_seconds));
    Ok(id)
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, SqsError> {
    serde_json::from_slice(body).map_err(|_| SqsError("MissingParameter"))
}

#[cfg(test)]
mod tests {
    use domain::ids::{EventId, WebhookId};

    use super::*;

    fn ids(number: u128) -> (WebhookId, EventId) {
        (WebhookId::new(uuid::Uuid::from_u128(number)), EventId::new(uuid::Uuid::from_u128(number)))
    }

    #[tokio::test]
    async fn messages_of_the_hubs_client_arrive() {
        let queue = Queue::default();
        let client = store::queue::Queue::new(queue.client(), QUEUE_URL.to_owned());
        // More messages than one request can have.
        let sent: Vec<_> = (0..25).map(ids).collect();
        client.send(&sent, Duration::ZERO).await.unwrap();
        client.send(&[ids(99)], Duration::from_mins(15)).await.unwrap();
        let mut bodies = Vec::new();
        while bodies.len() < 25 {
            bodies.extend(queue.take(10).await.into_iter().map(|message| (message.group, message.body)));
        }
        bodies.sort();
        let expected: Vec<_> = sent
            .iter()
            .map(|(webhook, event)| (webhook.to_string(), format!(r#"{{"webhook":"{webhook}","event":"{event}"}}"#)))
            .collect();
        assert_eq!(bodies, expected);
    }

    #[test]
    fn requests_that_sqs_refuses_are_refused() {
        let queue = Queue::default();
        let code = |action: &str, body: Value| {
            let done = act(&queue, &format!("AmazonSQS.{action}"), body.to_string().as_bytes());
            done.err().map(|SqsError(code)| code)
        };
        let entry = |id: usize| json!({"Id": id.to_string(), "MessageBody": "{}"});
        let entries = |count| json!({"Entries": (0..count).map(entry).collect::<Vec<_>>()});
        assert_eq!(code("SendMessageBatch", entries(10)), None);
        assert_eq!(code("SendMessageBatch", entries(11)), Some("TooManyEntriesInBatchRequest"));
        assert_eq!(code("SendMessageBatch", entries(0)), Some("EmptyBatchRequest"));
        assert_eq!(
            code("SendMessage", json!({"MessageBody": "{}", "DelaySeconds": 901})),
            Some("InvalidParameterValue")
        );
        assert_eq!(code("SendMessage", json!({})), Some("MissingParameter"));
        assert_eq!(code("PurgeQueue", json!({})), Some("UnsupportedOperation"));
        let late = json!({"Entries": [{"Id": "1", "MessageBody": "{}", "DelaySeconds": 901}]});
        let answer = act(&queue, "AmazonSQS.SendMessageBatch", late.to_string().as_bytes()).ok().unwrap();
        assert_eq!(answer.pointer("/Failed/0/Code"), Some(&json!("InvalidParameterValue")));
    }
}
