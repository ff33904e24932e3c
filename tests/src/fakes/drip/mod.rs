//! Drip's checkouts, as the public plugins of Drip show them. Nothing newer than 2023 confirms them.
//!
//! A shopper pays a checkout in installments; the merchant has the whole amount at once. Nothing makes a creation
//! idempotent: the same request again is a second checkout. Where the plugins are silent the fake is strict: an unknown
//! field is refused, and a cancellation names the order.

mod books;
mod check;
mod happening;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use flows::Clock;
use serde_json::{Value, json};

use super::{Asked, Fake, Reply};
pub use books::Booked;
use books::{Books, Checkout};
pub use happening::OrderStatus;

/// The path under which the API is.
pub const BASE: &str = "/api/v1";

/// How long a shopper can pay a checkout. No page says how long that is at Drip; an answer names the end.
pub const CHECKOUT_LIFE: Duration = Duration::from_hours(24);

/// The provider.
#[derive(Debug)]
pub struct Drip {
    clock: Clock,
    key: String,
    books: Mutex<Books>,
}

impl Drip {
    /// A provider with empty books, whose merchant has this key.
    #[must_use]
    pub fn new(clock: Clock, key: &str) -> Arc<Self> {
        Arc::new(Self { clock, key: key.to_owned(), books: Mutex::default() })
    }

    /// Every checkout, the oldest first.
    #[must_use]
    pub fn booked(&self) -> Vec<Booked> {
        self.books().checkouts.iter().map(Booked::of).collect()
    }

    /// The checkouts with this code of the merchant, the oldest first.
    #[must_use]
    pub fn of(&self, code: &str) -> Vec<Booked> {
        self.booked().into_iter().filter(|checkout| checkout.code == code).collect()
    }

    /// What the merchant has of all checkouts, in cents.
    #[must_use]
    pub fn net(&self) -> u64 {
        self.booked().iter().map(Booked::net).sum()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn create(&self, asked: &Asked) -> Reply {
        let body = asked.json();
        let is_json = asked.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        let problem = if is_json { check::checkout(&body) } else { Some("The request has no JSON.".to_owned()) };
        if let Some(problem) = problem {
            return error(400, &problem);
        }
        let expires_at = self.clock.now().plus(CHECKOUT_LIFE);
        let mut books = self.books();
        let checkout = Checkout::of(&body, books.checkouts.len() + 1, expires_at);
        let answer = Reply::json(201, &checkout.json());
        books.checkouts.push(checkout);
        answer
    }

    fn cancel(&self, order: &str, amount: Option<u64>) -> Reply {
        let now = self.clock.now();
        let mut books = self.books();
        let Some(checkout) = books.checkouts.iter_mut().find(|checkout| checkout.order_id() == Some(order.to_owned()))
        else {
            return error(404, "The order is not found.");
        };
        if checkout.cancel(amount, now) { Reply::empty(204) } else { error(400, "The order cannot be canceled.") }
    }

    fn partly_cancel(&self, order: &str, body: &Value) -> Reply {
        match body["amount"].as_str().and_then(check::cents) {
            Some(amount) if body.as_object().is_some_and(|fields| fields.len() == 1) => {
                self.cancel(order, Some(amount))
            }
            _ => error(400, "The amount is not valid."),
        }
    }

    fn found(&self, shown: impl Fn(&Checkout) -> Option<Value>) -> Reply {
        let found = self.books().checkouts.iter().find_map(shown);
        found.map_or_else(|| error(404, "It is not found."), |found| Reply::json(200, &found))
    }
}

impl Fake for Drip {
    fn answer(&self, asked: &Asked) -> Reply {
        let segments = asked.segments();
        let ["api", "v1", path @ ..] = segments.as_slice() else { return error(404, "It is not found.") };
        if asked.header("x-api-key") != Some(&self.key) {
            return error(401, "The key is not valid.");
        }
        match (asked.method.as_str(), path) {
            ("POST", ["checkouts"]) => self.create(asked),
            ("GET", ["checkouts", id]) => self.found(|checkout| (checkout.id() == *id).then(|| checkout.json())),
            ("GET", ["merchant", "orders", order, "detail"]) => self
                .found(|checkout| (checkout.order_id().as_deref() == Some(order)).then(|| checkout.detail()).flatten()),
            ("PUT", ["merchant", "orders", order, "cancel"]) => self.cancel(order, None),
            ("PUT", ["cancellation", order]) => self.partly_cancel(order, &asked.json()),
            _ => error(404, "It is not found."),
        }
    }
}

/// A refusal; no page says how it looks, but that it has a JSON body.
#[must_use]
pub fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message}))
}
