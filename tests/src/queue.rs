//! A queue for the tests, which records the messages that it receives and when each is delivered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::Timestamp;
use flows::Clock;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};
use webhook_deliver::Record;

use crate::{
    engine::Fault,
    roles::{Need, RoleKey, Roles, access},
};

/// A standard queue that speaks SQS's JSON on loopback. Unless a test says otherwise, it loses no message and delivers
/// each one once.
#[derive(Clone, Debug)]
pub struct Queue {
    name: &'static str,
    url: String,
    clock: Clock,
    roles: Roles,
    books: Arc<Mutex<Books>>,
    dead: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Books {
    waiting: Vec<Sent>,
    calls: usize,
    received: Vec<String>,
    is_broken: bool,
    /// How many calls come before the one at which its caller dies, and whether that one is carried out.
    death: Option<(usize, Fault)>,
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
    /// Its delay in seconds.
    pub delay: u64,
    /// When it can be received.
    pub ready_at: Timestamp,
}

/// A client of a queue that refuses connections.
#[must_use]
pub fn unreachable_queue() -> store::queue::Queue {
    let url = "http://127.0.0.1:1";
    store::queue::Queue::new(aws_sdk_sqs::Client::new(&access(url)), format!("{url}/queue"))
}

impl Queue {
    /// Opens the queue that the template has under this name. It has the time of `clock`, and allows functions what
    /// `roles` grant.
    pub(crate) async fn open(name: &'static str, clock: Clock, roles: Roles) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let queue = Self { name, url, clock, roles, books: Arc::default(), dead: watch::Sender::new(false) };
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

    /// A client of it.
    pub(crate) fn handle(&self) -> store::queue::Queue {
        let config = aws_sdk_sqs::config::Builder::from(&access(&self.url)).interceptor(RoleKey).build();
        store::queue::Queue::new(aws_sdk_sqs::Client::from_conf(config), format!("{}/{}", self.url, self.name))
    }

    /// Its messages, the oldest first, ready or not.
    #[must_use]
    pub fn waiting(&self) -> Vec<Sent> {
        self.lock().waiting.clone()
    }

    /// How many calls have sent messages.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    /// The body of every call so far.
    #[must_use]
    pub fn received(&self) -> Vec<String> {
        self.lock().received.clone()
    }

    /// From now on it accepts no batch, or accepts batches again.
    pub fn set_broken(&self, is_broken: bool) {
        self.lock().is_broken = is_broken;
    }

    /// The caller dies at its call at `number`, counted from 1 from now on; `fault` says whether that call is carried
    /// out.
    pub fn kill_at(&self, number: usize, fault: Fault) {
        self.dead.send_replace(false);
        self.lock().death = Some((number - 1, fault));
    }

    /// Waits until a caller has died.
    pub async fn has_killed(&self) {
        self.dead.subscribe().wait_for(|is_dead| *is_dead).await.unwrap();
    }

    /// No caller dies any more.
    pub fn heal(&self) {
        self.lock().death = None;
        self.dead.send_replace(false);
    }

    /// Loses all its messages.
    pub fn lose_everything(&self) {
        self.lock().waiting.clear();
    }

    /// Receives and deletes the next messages that are ready, ten at most.
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
        // A batch needs no verb of its own.
        let need = Need { verb: "SendMessage".to_owned(), to: self.name.to_owned() };
        let is_allowed = self.roles.allow(request.headers(), &[need]);
        assert!(is_one || target == "AmazonSQS.SendMessageBatch", "{target}");
        let call: Value = serde_json::from_slice(&request.into_body().collect().await?.to_bytes()).unwrap();
        let entries = if is_one { std::slice::from_ref(&call) } else { call["Entries"].as_array().unwrap() };
        assert!((1..=10).contains(&entries.len()), "SQS takes ten messages a call: {call}");
        self.lock().received.push(call.to_string());
        let death = self.lock().death_of_this_call();
        if death == Some(Fault::DieBefore) {
            return self.die().await;
        }
        if !is_allowed {
            return Ok(answered(StatusCode::FORBIDDEN, &json!({"__type": "AccessDeniedException"})));
        }
        let answer = self.lock().answer(is_one, entries, self.clock.now());
        if death.is_some() {
            return self.die().await;
        }
        Ok(answered(StatusCode::OK, &answer))
    }

    async fn die<T>(&self) -> T {
        self.dead.send_replace(true);
        std::future::pending().await
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answered(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
    response
}

impl Books {
    fn death_of_this_call(&mut self) -> Option<Fault> {
        let (before, fault) = self.death?;
        self.death = before.checked_sub(1).map(|left| (left, fault));
        (before == 0).then_some(fault)
    }

    fn answer(&mut self, is_one: bool, entries: &[Value], now: Timestamp) -> Value {
        self.calls += 1;
        if is_one {
            return self.take_in(&entries[0], now);
        }
        if self.is_broken {
            let failed = entries.iter().map(|entry| json!({"Id": entry["Id"], "SenderFault": false, "Code": "Broken"}));
            return json!({"Successful": [], "Failed": failed.collect::<Vec<_>>()});
        }
        let taken: Vec<Value> = entries.iter().map(|entry| self.take_in(entry, now)).collect();
        json!({"Successful": taken, "Failed": []})
    }

    fn take_in(&mut self, entry: &Value, now: Timestamp) -> Value {
        let delay = entry["DelaySeconds"].as_u64().unwrap_or_default();
        assert!(delay <= 900, "SQS delays no message for so long: {entry}");
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
