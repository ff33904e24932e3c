//! The queue of deliveries, with books of its own: what was sent to it, by whom it is held back, and until when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::Timestamp;
use flows::Clock;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use webhook_deliver::Record;

/// A standard queue that speaks SQS's JSON on loopback. It loses nothing and tells everything once, unless it is told to.
#[derive(Clone, Debug)]
pub struct Queue {
    url: String,
    clock: Clock,
    books: Arc<Mutex<Books>>,
}

#[derive(Debug, Default)]
struct Books {
    waiting: Vec<Sent>,
    calls: usize,
    is_broken: bool,
    count: usize,
}

/// A message as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its number.
    pub number: usize,
    /// Its text.
    pub body: String,
    /// The group that it belongs to.
    pub group: String,
    /// For how many seconds it was held back.
    pub delay: u64,
    /// From when on it is handed over.
    pub ready_at: Timestamp,
}

impl Queue {
    /// Opens a queue that goes by `clock`.
    pub async fn open(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let queue = Self { url, clock, books: Arc::default() };
        let open = queue.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let queue = open.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| queue.answer(request));
                    // The error is a caller that has died.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        queue
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it holds, the oldest first, ready or not.
    #[must_use]
    pub fn waiting(&self) -> Vec<Sent> {
        self.lock().waiting.clone()
    }

    /// How many calls have brought messages.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    /// From now on it takes no message, or does again.
    pub fn set_broken(&self, is_broken: bool) {
        self.lock().is_broken = is_broken;
    }

    /// Forgets everything that it holds.
    pub fn lose_everything(&self) {
        self.lock().waiting.clear();
    }

    /// Hands over the next messages that are ready, ten at most.
    #[must_use]
    pub fn take(&self) -> Vec<Record> {
        let now = self.clock.now();
        let mut books = self.lock();
        let (mut ready, mut waiting): (Vec<_>, Vec<_>) =
            books.waiting.drain(..).partition(|message| message.ready_at <= now);
        let later = ready.split_off(ready.len().min(10));
        waiting.splice(0..0, later);
        books.waiting = waiting;
        ready.into_iter().map(|sent| Record { message_id: sent.number.to_string(), body: sent.body }).collect()
    }

    async fn answer(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let target = request.headers().get("x-amz-target").and_then(|name| name.to_str().ok()).unwrap_or_default();
        let is_one = target == "AmazonSQS.SendMessage";
        assert!(is_one || target == "AmazonSQS.SendMessageBatch", "{target}");
        let call: Value = serde_json::from_slice(&request.into_body().collect().await?.to_bytes()).unwrap();
        let entries = if is_one { std::slice::from_ref(&call) } else { call["Entries"].as_array().unwrap() };
        assert!((1..=10).contains(&entries.len()), "SQS takes ten messages a call: {call}");
        let mut books = self.lock();
        books.calls += 1;
        let answer = if is_one {
            books.take_in(&call, self.clock.now())
        } else if books.is_broken {
            let failed = entries.iter().map(|entry| json!({"Id": entry["Id"], "SenderFault": false, "Code": "Broken"}));
            json!({"Successful": [], "Failed": failed.collect::<Vec<_>>()})
        } else {
            let taken: Vec<Value> = entries.iter().map(|entry| books.take_in(entry, self.clock.now())).collect();
            json!({"Successful": taken, "Failed": []})
        };
        let mut response = Response::new(Full::new(answer.to_string().into()));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
        Ok(response)
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn take_in(&mut self, entry: &Value, now: Timestamp) -> Value {
        let delay = entry["DelaySeconds"].as_u64().unwrap_or_default();
        assert!(delay <= 900, "SQS holds nothing back for so long: {entry}");
        self.count += 1;
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        self.waiting.push(Sent {
            number: self.count,
            body: text("MessageBody"),
            group: text("MessageGroupId"),
            delay,
            ready_at: now.plus(std::time::Duration::from_secs(delay)),
        });
        json!({"Id": entry["Id"], "MessageId": self.count.to_string(), "MD5OfMessageBody": ""})
    }
}
