//! The door of the queue: as much of the protocol of `SQS` as the hub's functions speak, on a port of its own.

use std::{convert::Infallible, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use seal::random_uuid;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::{
    beside,
    queue::{Message, Queue},
};

/// The largest request, in bytes.
const MOST_BODY: usize = 1024 * 1024;
/// How many messages one request has at most.
const MOST_ENTRIES: usize = 10;
/// The longest delay, in seconds.
const LONGEST_DELAY: u64 = 900;

/// A queue that is served.
#[derive(Debug)]
pub struct Door {
    queue: Queue,
    endpoint: String,
    stop: watch::Sender<bool>,
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
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (queue, (stop, stopping)) = (Queue::default(), watch::channel(false));
        beside(accept(listener, queue.clone(), stopping));
        Ok(Self { queue, endpoint, stop })
    }

    /// Where a client of `SQS` finds it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The queue's name in requests.
    #[must_use]
    pub fn queue_url(&self) -> String {
        format!("{}/000000000000/webhooks", self.endpoint)
    }

    /// The queue behind it.
    #[must_use]
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Takes nothing more.
    pub fn close(self) {
        self.stop.send_replace(true);
    }
}

async fn accept(listener: TcpListener, queue: Queue, mut stopping: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|&stop| stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: the next try may find one.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (queue, mut stopping) = (queue.clone(), stopping.clone());
        beside(async move {
            let answer = service_fn(|request| {
                let queue = queue.clone();
                async move { Ok::<_, Infallible>(answer(&queue, request).await) }
            });
            tokio::select! {
                _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer) => {}
                _ = stopping.wait_for(|&stop| stop) => {}
            }
        });
    }
}

async fn answer(queue: &Queue, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).map(str::to_owned);
    let done = match Limited::new(request.into_body(), MOST_BODY).collect().await {
        Ok(body) => act(queue, target.as_deref().unwrap_or_default(), &body.to_bytes()),
        Err(_) => Err(Wrong("InvalidMessageContents")),
    };
    let (status, body) = match done {
        Ok(body) => (StatusCode::OK, body),
        Err(Wrong(code)) => (StatusCode::BAD_REQUEST, json!({"__type": format!("com.amazonaws.sqs#{code}")})),
    };
    let mut answer = Response::new(Full::new(body.to_string().into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/x-amz-json-1.0"));
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
