//! A bank for the tests: it decides as the sandbox does, and keeps books that know nothing of the hub.

mod books;
mod happening;
mod holding;
mod rules;
mod update;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use flows::Clock;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

pub use books::Booking;
use books::Books;
pub use happening::reference;
pub use holding::{BookedStatus, Duplicate, Holding};
pub use update::ProviderUpdate;

/// What the bank does with one create, capture, void or cancel, or with one verification of a card. A verification is
/// never booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankReply {
    /// Carries it out and answers.
    Honest,
    /// Closes the connection before anything is booked.
    LoseRequest,
    /// Books it and closes the connection.
    LoseAnswer,
    /// Books it and answers with something that is no answer.
    Babble,
    /// Books it and answers 500.
    Stumble,
    /// Books nothing and never answers.
    HoldBeforeBooking,
    /// Books it and never answers.
    HoldAfterBooking,
    /// Books it and answers when the test allows it. What the bank sends meanwhile arrives before this answer.
    AnswerLate,
    /// Books it as declined, with this code.
    Decline(&'static str),
}

/// What the bank does with a request that a test has picked.
#[derive(Clone, Debug)]
pub enum Treatment {
    /// Replies as this says; a query is never booked.
    Reply(BankReply),
    /// Answers this, and books nothing.
    Answer(Value),
}

/// Which requests are treated, and how; the bank answers the others honestly.
type Rule = Arc<dyn Fn(&Value) -> Option<Treatment> + Send + Sync>;

/// A bank that listens on loopback.
#[derive(Clone)]
pub struct Bank {
    url: String,
    clock: Clock,
    books: Arc<Mutex<Books>>,
    rule: Arc<Mutex<Option<Rule>>>,
    asked: Arc<Mutex<Vec<Value>>>,
    arrived: watch::Sender<usize>,
    answering: watch::Sender<bool>,
    at_once: watch::Sender<AtOnce>,
}

/// How many requests the bank is busy with, and was at most.
#[derive(Clone, Copy, Debug, Default)]
struct AtOnce {
    now: usize,
    most: usize,
}

/// A request that the bank is busy with.
struct Busy<'a>(&'a Bank);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.at_once.send_modify(|at_once| at_once.now -= 1);
    }
}

impl Bank {
    /// Opens a bank.
    pub async fn open() -> Self {
        Self::open_by(Clock::system()).await
    }

    /// Opens a bank that goes by `clock`.
    pub async fn open_by(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bank = Self {
            url,
            clock,
            books: Arc::default(),
            rule: Arc::default(),
            asked: Arc::default(),
            arrived: watch::Sender::new(0),
            answering: watch::Sender::new(false),
            at_once: watch::Sender::default(),
        };
        let open = bank.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let bank = open.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| bank.answer(request));
                    // The error is the connection that a reply breaks.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        bank
    }

    /// The value of `--sandbox-bank` for the hub.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bank's time. A hub that accepts the bank's notifications has the same time.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Sets the replies to the next creates, captures, voids, cancels and verifications; the later ones are honest.
    pub fn expect(&self, replies: impl IntoIterator<Item = BankReply>) {
        self.lock().replies.extend(replies);
    }

    /// From now on `rule` decides on every request, queries included. Where `rule` says nothing, the expected replies
    /// and the books decide.
    pub fn treat(&self, rule: impl Fn(&Value) -> Option<Treatment> + Send + Sync + 'static) {
        *self.rule.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(rule));
    }

    /// Removes the rule of [`Bank::treat`].
    pub fn treat_all_alike(&self) {
        *self.rule.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Sends the late answers now; later requests with a late answer are answered at once.
    pub fn let_answer(&self) {
        self.answering.send_replace(true);
    }

    /// Every request that has arrived, the oldest first, without the numbers of cards.
    #[must_use]
    pub fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many queries about this create, capture, void or cancel have arrived.
    #[must_use]
    pub fn queries_of(&self, reference: &str) -> usize {
        let asked = self.asked();
        let is_it = |asked: &&Value| text(asked, "/operation") == "query" && text(asked, "/reference") == reference;
        asked.iter().filter(is_it).count()
    }

    /// Every create, capture, void and cancel that was booked, done or declined.
    #[must_use]
    pub fn bookings(&self) -> Vec<Booking> {
        self.lock().bookings().cloned().collect()
    }

    /// How often this operation was booked.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.lock().bookings().filter(|booking| booking.operation == operation).count()
    }

    /// Every payment in the books, by the reference of its create.
    #[must_use]
    pub fn books(&self) -> BTreeMap<String, Holding> {
        self.lock().holdings().map(|holding| (holding.reference.clone(), holding.clone())).collect()
    }

    /// The payments whose money was taken or is reserved.
    #[must_use]
    pub fn approved(&self) -> Vec<Holding> {
        self.lock().holdings().filter(|holding| holding.has_money()).cloned().collect()
    }

    /// The `authorization` of every request that had one, the oldest first.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.lock().keys.clone()
    }

    /// How many creates have arrived.
    #[must_use]
    pub fn creates(&self) -> usize {
        self.lock().creates
    }

    /// How many creates, captures, voids and cancels have arrived.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.lock().operations
    }

    /// How many queries have arrived.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.lock().queries
    }

    /// How many verifications of cards have arrived.
    #[must_use]
    pub fn verifications(&self) -> usize {
        self.lock().verifications
    }

    /// Waits until so many creates, captures, voids and cancels have arrived. With a reply that books first, they are
    /// booked.
    pub async fn has_seen(&self, operations: usize) {
        self.arrived.subscribe().wait_for(|seen| *seen >= operations).await.unwrap();
    }

    /// Waits until the bank is busy with so many requests at once.
    pub async fn has_at_once(&self, requests: usize) {
        self.at_once.subscribe().wait_for(|at_once| at_once.now >= requests).await.unwrap();
    }

    /// The most requests that the bank was busy with at once.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.at_once.borrow().most
    }

    /// Counts one more request; dropped when the request is answered.
    fn busy(&self) -> Busy<'_> {
        self.at_once.send_modify(|at_once| {
            at_once.now += 1;
            at_once.most = at_once.most.max(at_once.now);
        });
        Busy(self)
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request; an error closes the connection.
    async fn answer(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, String> {
        let _busy = self.busy();
        let key = request.headers().get("authorization").and_then(|key| key.to_str().ok()).map(str::to_owned);
        self.lock().keys.extend(key.clone());
        let body = request.into_body().collect().await.unwrap_or_default().to_bytes().to_vec();
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        self.note(&asked);
        let rule = self.rule.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let treatment = rule.and_then(|rule| rule(&asked));
        let reply = match treatment {
            Some(Treatment::Answer(answer)) => {
                self.arrives(&asked);
                return Ok(respond(200, &answer));
            }
            Some(Treatment::Reply(reply)) => Some(reply),
            None => None,
        };
        match text(&asked, "/operation") {
            "query" if reply.is_some() => self.reply_as(reply.unwrap_or(BankReply::Honest), 200, &Value::Null).await,
            "query" => Ok(respond(200, &self.lock().recall(text(&asked, "/reference")))),
            "verify" => {
                self.lock().verifications += 1;
                let reply = reply.unwrap_or_else(|| self.reply());
                self.reply_as(reply, 200, &rules::decide(body, self.clock.now()).1).await
            }
            "simulate" if self.lock().simulate(&asked) => {
                let (status, update) = rules::decide(body, self.clock.now());
                Ok(respond(status, &update))
            }
            "simulate" => Ok(respond(409, &json!({}))),
            _ => {
                let reply = reply.unwrap_or_else(|| self.reply());
                self.operate(&asked, body, reply, key).await
            }
        }
    }

    fn note(&self, asked: &Value) {
        let mut asked = asked.clone();
        for part in ["/payment", "/paymentSource", ""] {
            if let Some(fields) = asked.pointer_mut(part).and_then(Value::as_object_mut) {
                fields.remove("card");
            }
        }
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    }

    async fn operate(
        &self,
        asked: &Value,
        body: Vec<u8>,
        reply: BankReply,
        key: Option<String>,
    ) -> Result<Response<Full<Bytes>>, String> {
        let (status, answer) = match reply {
            BankReply::LoseRequest | BankReply::HoldBeforeBooking => (200, Value::Null),
            BankReply::Decline(code) => (200, self.decline(asked, code, key)),
            _ => self.book(asked, body, key),
        };
        self.arrives(asked);
        self.reply_as(reply, status, &answer).await
    }

    /// One more create, capture, void or cancel has arrived.
    fn arrives(&self, asked: &Value) {
        if matches!(text(asked, "/operation"), "query" | "verify" | "simulate") {
            return;
        }
        let arrived = {
            let mut books = self.lock();
            books.creates += usize::from(text(asked, "/operation") == "create");
            books.operations += 1;
            books.operations
        };
        self.arrived.send_replace(arrived);
    }

    fn reply(&self) -> BankReply {
        self.lock().replies.pop_front().unwrap_or(BankReply::Honest)
    }

    async fn reply_as(&self, reply: BankReply, status: u16, answer: &Value) -> Result<Response<Full<Bytes>>, String> {
        match reply {
            BankReply::AnswerLate => {
                // The error is a bank that is closed.
                let _ = self.answering.subscribe().wait_for(|answering| *answering).await;
                Ok(respond(status, answer))
            }
            BankReply::Honest | BankReply::Decline(_) if status == 200 => Ok(respond(200, answer)),
            BankReply::Honest | BankReply::Decline(_) => Ok(respond(status, &Value::Null)),
            BankReply::Babble => Ok(respond(200, &json!("good morning"))),
            BankReply::Stumble => Ok(respond(500, &json!({}))),
            BankReply::LoseRequest | BankReply::LoseAnswer => Err("the connection is closed on purpose".to_owned()),
            BankReply::HoldBeforeBooking | BankReply::HoldAfterBooking => std::future::pending().await,
        }
    }

    /// Books the request once. The status is that of the sandbox's rules, which lose the answers to some amounts.
    fn book(&self, asked: &Value, body: Vec<u8>, key: Option<String>) -> (u16, Value) {
        let mut books = self.lock();
        if let Some(first) = books.repeat(text(asked, "/reference")) {
            return (200, first);
        }
        let now = self.clock.now();
        let (status, answer) = rules::decide(body, now);
        let decided = if status == 200 { answer } else { rules::lost_answer(asked, now) };
        (status, books.book(asked, decided, key))
    }

    /// Books the request as declined.
    fn decline(&self, asked: &Value, code: &str, key: Option<String>) -> Value {
        self.lock().book(asked, json!({"result": "declined", "code": code}), key)
    }
}

impl std::fmt::Debug for Bank {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bank").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The text at a JSON pointer; empty where there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn respond(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = status.try_into().unwrap();
    response
}
