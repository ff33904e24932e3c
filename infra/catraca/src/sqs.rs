//! The part of the `SQS` protocol that the hub's functions use, on a port of its own.

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

/// The most messages of one request.
const MOST_ENTRIES: usize = 10;
/// The longest delay, in seconds.
const LONGEST_DELAY: u64 = 900;

/// A queue that is served until this value is dropped.
#[derive(Debug)]
pub struct QueueServer {
    queue: Queue,
    server: Loopback,
}

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

impl QueueServer {
    /// Serves an empty queue on loopback.
    ///
    /// # Errors
    /// What the system says, where no port is free.
    pub async fn open() -> std::io::Result<Self> {
        let queue = Queue::default();
        let shared = queue.clone();
        let server = Loopback::open(move |parts, body| std::future::ready(answer(&shared, &parts, &body))).await?;
        Ok(Self { queue, server })
    }

    /// The address for a client of `SQS`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.server.url()
    }

    /// The URL that names the queue in requests.
    #[must_use]
    pub fn queue_url(&self) -> String {
        format!("{}/000000000000/webhooks", self.endpoint())
    }

    /// The queue that is served.
    #[must_use]
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }
}

fn answer(queue: &Queue, parts: &Parts, body: &[u8]) -> Response<Full<Bytes>> {
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let (status, body) = match act(queue, target.unwrap_or_default(), body) {
        Ok(body) => (StatusCode::OK, body),
        Err(SqsError(code)) => (StatusCode::BAD_REQUEST, json!({"__type": format!("com.amazonaws.sqs#{code}")})),
    };
    let mut answer = Response::new(Full::new(body.to_string().into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    answer
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
    let id = random_uuid().map_err(|_| SqsError("ServiceUnavailable"))?.to_string();
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
        let server = QueueServer::open().await.unwrap();
        let client = edge::config::local_queue(server.endpoint(), server.queue_url()).unwrap();
        // More messages than one request can have.
        let sent: Vec<_> = (0..25).map(ids).collect();
        client.send(&sent, Duration::ZERO).await.unwrap();
        client.send(&[ids(99)], Duration::from_mins(15)).await.unwrap();
        let mut bodies = Vec::new();
        while bodies.len() < 25 {
            bodies.extend(server.queue().take(10).await.into_iter().map(|message| (message.group, message.body)));
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
