//! A bank of its own: it decides as the sandbox does, and keeps books that know nothing of the hub.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use providers::{HttpRequest, Target, Verb, sandbox::bank};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

/// What the bank does with one create, or one verification of a card, which is never booked.
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

/// One booked payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The hub's reference.
    pub reference: String,
    /// Minor units.
    pub amount: u64,
    /// `approved`, `declined` or `pending`.
    pub result: String,
    /// How often it was asked for.
    pub times: u32,
    answer: Value,
}

#[derive(Debug, Default)]
struct Books {
    bookings: BTreeMap<String, Booking>,
    /// References of which it was said that they never came: they may not come any more.
    denied: Vec<String>,
    moods: VecDeque<Mood>,
    creates: usize,
    queries: usize,
    verifications: usize,
    /// The `authorization` of every request that had one.
    keys: Vec<String>,
}

/// A bank that listens on loopback.
#[derive(Clone, Debug)]
pub struct Bank {
    url: String,
    books: Arc<Mutex<Books>>,
    arrived: watch::Sender<usize>,
}

impl Bank {
    /// Opens a bank.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bank = Self { url, books: Arc::default(), arrived: watch::Sender::new(0) };
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

    /// What it does with the next creates, one mood each; honest after that.
    pub fn expect(&self, moods: impl IntoIterator<Item = Mood>) {
        self.books().moods.extend(moods);
    }

    /// Everything that was booked.
    #[must_use]
    pub fn bookings(&self) -> Vec<Booking> {
        self.books().bookings.values().cloned().collect()
    }

    /// The money that was taken or reserved, by reference.
    #[must_use]
    pub fn approved(&self) -> Vec<Booking> {
        self.bookings().into_iter().filter(|booking| booking.result == "approved").collect()
    }

    /// The `authorization` of every request that had one, the oldest first.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.books().keys.clone()
    }

    /// How many creates have arrived.
    #[must_use]
    pub fn creates(&self) -> usize {
        self.books().creates
    }

    /// How many queries have arrived.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.books().queries
    }

    /// How many verifications of cards have arrived.
    #[must_use]
    pub fn verifications(&self) -> usize {
        self.books().verifications
    }

    /// Waits until `count` creates have arrived; with a mood that books first, booked.
    pub async fn has_seen(&self, count: usize) {
        self.arrived.subscribe().wait_for(|seen| *seen >= count).await.unwrap();
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request; an error closes the connection.
    async fn answer(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, String> {
        let key = request.headers().get("authorization").and_then(|key| key.to_str().ok()).map(str::to_owned);
        self.books().keys.extend(key);
        let body = request.into_body().collect().await.unwrap_or_default().to_bytes().to_vec();
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let reference = asked.get("reference").and_then(Value::as_str).unwrap_or_default().to_owned();
        if asked.get("operation") == Some(&json!("query")) {
            return Ok(respond(200, &self.recall(&reference)));
        }
        if asked.get("operation") == Some(&json!("verify")) {
            return self.verify(body).await;
        }
        let mood = self.books().moods.pop_front().unwrap_or(Mood::Honest);
        let books_it = !matches!(mood, Mood::LoseRequest | Mood::HoldBeforeBooking);
        let (status, answer) = if books_it { self.book(&reference, &asked, body) } else { (200, Value::Null) };
        let count = {
            let mut books = self.books();
            books.creates += 1;
            books.creates
        };
        self.arrived.send_replace(count);
        match mood {
            Mood::Honest if status == 200 => Ok(respond(200, &answer)),
            Mood::Honest => Ok(respond(status, &Value::Null)),
            Mood::Babble => Ok(respond(200, &json!("good morning"))),
            Mood::Stumble => Ok(respond(500, &json!({}))),
            Mood::LoseRequest | Mood::LoseAnswer => Err("the connection is closed on purpose".to_owned()),
            Mood::HoldBeforeBooking | Mood::HoldAfterBooking => std::future::pending().await,
        }
    }

    /// Tells whether a card is good; nothing is booked.
    async fn verify(&self, body: Vec<u8>) -> Result<Response<Full<Bytes>>, String> {
        let mood = {
            let mut books = self.books();
            books.verifications += 1;
            books.moods.pop_front().unwrap_or(Mood::Honest)
        };
        let request = HttpRequest {
            target: Target::Sandbox { path: "/operations" },
            verb: Verb::Post,
            headers: Vec::new(),
            body: body.into(),
        };
        match mood {
            Mood::Honest => Ok(respond(200, &serde_json::from_slice(&bank::answer(&request).body).unwrap())),
            Mood::Babble => Ok(respond(200, &json!("good morning"))),
            Mood::Stumble => Ok(respond(500, &json!({}))),
            Mood::LoseRequest | Mood::LoseAnswer => Err("the connection is closed on purpose".to_owned()),
            Mood::HoldBeforeBooking | Mood::HoldAfterBooking => std::future::pending().await,
        }
    }

    fn recall(&self, reference: &str) -> Value {
        let mut books = self.books();
        books.queries += 1;
        let known = books.bookings.get(reference).map(|booking| booking.answer.clone());
        known.unwrap_or_else(|| {
            books.denied.push(reference.to_owned());
            json!({"result": "not_found"})
        })
    }

    /// Books what is asked, once. The status is that of the sandbox's rules: they lose the answers of some amounts.
    fn book(&self, reference: &str, asked: &Value, body: Vec<u8>) -> (u16, Value) {
        let mut books = self.books();
        if let Some(booking) = books.bookings.get_mut(reference) {
            booking.times += 1;
            return (200, booking.answer.clone());
        }
        if books.denied.iter().any(|denied| denied == reference) {
            return (200, json!({"result": "declined", "code": "processing_error"}));
        }
        let (status, said) = decide(body);
        let answer = if status == 200 { said } else { decide(question(asked).to_string().into_bytes()).1 };
        let booking = Booking {
            reference: reference.to_owned(),
            amount: asked.get("amount").and_then(Value::as_u64).unwrap(),
            result: answer.get("result").and_then(Value::as_str).unwrap().to_owned(),
            times: 1,
            answer: answer.clone(),
        };
        books.bookings.insert(reference.to_owned(), booking);
        (status, answer)
    }
}

/// What the sandbox's rules answer.
fn decide(body: Vec<u8>) -> (u16, Value) {
    let request = HttpRequest {
        target: Target::Sandbox { path: "/operations" },
        verb: Verb::Post,
        headers: Vec::new(),
        body: body.into(),
    };
    let answer = bank::answer(&request);
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// What the hub will ask of a create whose answer was lost.
fn question(asked: &Value) -> Value {
    let field = |pointer| asked.pointer(pointer).cloned().unwrap_or_default();
    let number = asked.pointer("/payment/card/number").and_then(Value::as_str);
    let last_digit = number.and_then(|number| number.chars().last()).and_then(|digit| digit.to_digit(10));
    json!({
        "operation": "query", "reference": field("/reference"), "asked": "authorization", "amount": field("/amount"),
        "currency": field("/currency"), "createdAt": field("/createdAt"),
        "payment": {"method": field("/payment/method"), "cardLastDigit": last_digit},
    })
}

fn respond(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = status.try_into().unwrap();
    response
}
