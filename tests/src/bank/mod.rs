//! A bank of its own: it decides as the sandbox does, and keeps books that know nothing of the hub.

mod books;
mod happening;
mod holding;
mod notice;
mod rules;

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
pub use holding::{Holding, Standing};
pub use notice::Notice;

/// What the bank does with one create, capture, void or cancel, or with one verification of a card, which is never
/// booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
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
}

/// A bank that listens on loopback.
#[derive(Clone, Debug)]
pub struct Bank {
    url: String,
    clock: Clock,
    books: Arc<Mutex<Books>>,
    arrived: watch::Sender<usize>,
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
        let bank = Self { url, clock, books: Arc::default(), arrived: watch::Sender::new(0) };
        let open = bank.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let bank = open.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| bank.answer(request));
                    // The error is the connection that a mood breaks.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        bank
    }

    /// What to give to the hub as `--sandbox-bank`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The bank's time, which a hub that believes its notices has, too.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What it does with the next creates, captures, voids, cancels and verifications, one mood each; honest after that.
    pub fn expect(&self, moods: impl IntoIterator<Item = Mood>) {
        self.lock().moods.extend(moods);
    }

    /// Every create, capture, void and cancel that was booked, done or declined.
    #[must_use]
    pub fn bookings(&self) -> Vec<Booking> {
        self.lock().bookings().cloned().collect()
    }

    /// What it holds of every payment that it was asked for, by the reference of its create.
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

    /// Waits until so many creates, captures, voids and cancels have arrived; with a mood that books first, booked.
    pub async fn has_seen(&self, operations: usize) {
        self.arrived.subscribe().wait_for(|seen| *seen >= operations).await.unwrap();
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request; an error closes the connection.
    async fn answer(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, String> {
        let key = request.headers().get("authorization").and_then(|key| key.to_str().ok()).map(str::to_owned);
        self.lock().keys.extend(key);
        let body = request.into_body().collect().await.unwrap_or_default().to_bytes().to_vec();
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        match text(&asked, "/operation") {
            "query" => Ok(respond(200, &self.lock().recall(text(&asked, "/reference")))),
            "verify" => {
                self.lock().verifications += 1;
                let mood = self.mood();
                self.in_the_mood(mood, 200, &rules::decide(body, self.clock.now()).1).await
            }
            "simulate" if self.lock().simulate(&asked) => {
                let (status, notice) = rules::decide(body, self.clock.now());
                Ok(respond(status, &notice))
            }
            "simulate" => Ok(respond(409, &json!({}))),
            _ => self.operate(&asked, body).await,
        }
    }

    async fn operate(&self, asked: &Value, body: Vec<u8>) -> Result<Response<Full<Bytes>>, String> {
        let mood = self.mood();
        let books_it = !matches!(mood, Mood::LoseRequest | Mood::HoldBeforeBooking);
        let (status, answer) = if books_it { self.book(asked, body) } else { (200, Value::Null) };
        let arrived = {
            let mut books = self.lock();
            books.creates += usize::from(text(asked, "/operation") == "create");
            books.operations += 1;
            books.operations
        };
        self.arrived.send_replace(arrived);
        self.in_the_mood(mood, status, &answer).await
    }

    fn mood(&self) -> Mood {
        self.lock().moods.pop_front().unwrap_or(Mood::Honest)
    }

    async fn in_the_mood(&self, mood: Mood, status: u16, answer: &Value) -> Result<Response<Full<Bytes>>, String> {
        match mood {
            Mood::Honest if status == 200 => Ok(respond(200, answer)),
            Mood::Honest => Ok(respond(status, &Value::Null)),
            Mood::Babble => Ok(respond(200, &json!("good morning"))),
            Mood::Stumble => Ok(respond(500, &json!({}))),
            Mood::LoseRequest | Mood::LoseAnswer => Err("the connection is closed on purpose".to_owned()),
            Mood::HoldBeforeBooking | Mood::HoldAfterBooking => std::future::pending().await,
        }
    }

    /// Books what is asked, once. The status is that of the sandbox's rules: they lose the answers of some amounts.
    fn book(&self, asked: &Value, body: Vec<u8>) -> (u16, Value) {
        let mut books = self.lock();
        if let Some(first) = books.repeat(text(asked, "/reference")) {
            return (200, first);
        }
        let now = self.clock.now();
        let (status, said) = rules::decide(body, now);
        let decided = if status == 200 { said } else { rules::kept_back(asked, now) };
        (status, books.book(asked, decided))
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
