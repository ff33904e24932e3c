//! The door of the queue: as much of the protocol of `SQS` as the hub's functions speak, on a port of its own.

use std::time::Duration;

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
    http::request::Parts,
};
use seal::random_uuid;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    loopback::Loopback,
    queue::{Message, Queue},
};

/// How many messages one request has at most.
const MOST_ENTRIES: usize = 10;
/// The longest delay, in seconds.
const LONGEST_DELAY: u64 = 900;

/// A queue that is served, until this value ends.
#[derive(Debug)]
pub struct Door {
    queue: Queue,
    server: Loopback,
}

/// One message, as it is sent.
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

/// An error in the words of the protocol.
struct Wrong(&'static str);

impl Door {
    /// Serves an empty queue on loopback.
    ///
    /// # Errors
    /// What the system says, where no port is free.
    pub async fn open() -> std::io::Result<Self> {
        let queue = Queue::default();
        let behind = queue.clone();
        let server = Loopback::open(move |parts, body| std::future::ready(answer(&behind, &parts, &body))).await?;
        Ok(Self { queue, server })
    }

    /// Where a client of `SQS` finds it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.server.url()
    }

    /// The queue's name in requests.
    #[must_use]
    pub fn queue_url(&self) -> String {
        format!("{}/000000000000/webhooks", self.endpoint())
    }

    /// The queue behind it.
    #[must_use]
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }
}

fn answer(queue: &Queue, parts: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let (status, body) = match act(queue, target.unwrap_or_default(), body) {
        Ok(body) => (StatusCode::OK, body),
        Err(Wrong(code)) => (StatusCode::BAD_REQUEST, json!({"__type": format!("com.amazonaws.sqs#{code}")})),
    };
    let mut answer = Response::new(Full::new(body.to_string().into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    answer
}

fn act(queue: &Queue, target: &str, body: &[u8]) -> Result<Value, Wrong> {
    match target {
        "AmazonSQS.SendMessage" => Ok(json!({"MessageId": send(queue, read(body)?)?})),
        "AmazonSQS.SendMessageBatch" => {
            let batch: Batch = read(body)?;
            match batch.entries.len() {
                0 => return Err(Wrong("EmptyBatchRequest")),
                1..=MOST_ENTRIES => {}
                _ => return Err(Wrong("TooManyEntriesInBatchRequest")),
            }
            let (mut sent, mut failed) = (Vec::new(), Vec::new());
            for entry in batch.entries {
                let id = entry.id.clone();
                match send(queue, entry) {
                    Ok(message) => sent.push(json!({"Id": id, "MessageId": message})),
                    Err(Wrong(code)) => failed.push(json!({"Id": id, "Code": code, "SenderFault": true})),
                }
            }
            Ok(json!({"Successful": sent, "Failed": failed}))
        }
        _ => Err(Wrong("UnsupportedOperation")),
    }
}

fn send(queue: &Queue, entry: Entry) -> Result<String, Wrong> {
    if entry.delay_seconds > LONGEST_DELAY {
        return Err(Wrong("InvalidParameterValue"));
    }
    let id = random_uuid().map_err(|_| Wrong("ServiceUnavailable"))?.to_string();
    let message = Message { id: id.clone(), body: entry.message_body, group: entry.message_group_id, receives: 0 };
    queue.send(message, Duration::from_secs(entry.delay_seconds));
    Ok(id)
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|_| Wrong("MissingParameter"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use domain::ids::{EventId, WebhookId};

    use super::*;

    fn ids(number: u128) -> (WebhookId, EventId) {
        (WebhookId::new(uuid::Uuid::from_u128(number)), EventId::new(uuid::Uuid::from_u128(number)))
    }

    #[tokio::test]
    async fn what_the_hubs_own_client_sends_arrives() {
        let door = Door::open().await.unwrap();
        let client = edge::config::local_queue(door.endpoint(), door.queue_url()).unwrap();
        // More than one call takes.
        let sent: Vec<_> = (0..25).map(ids).collect();
        client.send(&sent, Duration::ZERO).await.unwrap();
        client.send(&[ids(99)], Duration::from_mins(15)).await.unwrap();
        let mut bodies = Vec::new();
        while bodies.len() < 25 {
            bodies.extend(door.queue().take(10).await.into_iter().map(|message| (message.group, message.body)));
        }
        bodies.sort();
        let expected: Vec<_> = sent
            .iter()
            .map(|(webhook, event)| (webhook.to_string(), format!(r#"{{"webhook":"{webhook}","event":"{event}"}}"#)))
            .collect();
        assert_eq!(bodies, expected);
    }

    #[test]
    fn what_the_queue_would_refuse_is_refused() {
        let queue = Queue::default();
        let code = |action: &str, body: Value| {
            let done = act(&queue, &format!("AmazonSQS.{action}"), body.to_string().as_bytes());
            done.err().map(|Wrong(code)| code)
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
