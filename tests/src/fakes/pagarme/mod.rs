//! Pagar.me's core API, version 5: the account of one merchant of the PSP product, as its pages describe it.
//!
//! It sells by raw card number, Pix and boleto, one payment an order; it has no stored cards and no card tokens. Where
//! the pages are silent it takes the strict side: a key of idempotency answers the creation of an order alone, a
//! reservation is undone whole, and an unknown field or filter is refused.

mod books;
mod change;
mod check;
mod create;
mod happening;
mod notification;
mod slips;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use flows::Clock;
use serde_json::{Value, json};

use super::{Asked, Fake, Reply};
pub use books::Booked;
use books::{Books, Order};
use check::Problems;
pub use notification::Notification;

/// The path under which the API is.
pub const BASE: &str = "/core/v5";

/// A card that is declined for its balance.
pub const DECLINED: &str = "4000000000000028";
/// A card whose acquirer answers with an error.
pub const WITH_ERROR: &str = "4000000000000036";
/// A card that the fraud analysis reviews.
pub const REVIEWED: &str = "4000000000000044";

/// What becomes of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is authorized, and captured where the order says so.
    Approve,
    /// It is declined with this return code.
    Decline(&'static str),
    /// The acquirer answers with an error: the end is not known yet.
    Error,
    /// The fraud analysis reviews it.
    Review,
}

impl Decision {
    fn by_number(card: &str) -> Self {
        match card {
            DECLINED => Self::Decline("51"),
            WITH_ERROR => Self::Error,
            REVIEWED => Self::Review,
            _ => Self::Approve,
        }
    }
}

/// The provider.
#[derive(Debug)]
pub struct Pagarme {
    clock: Clock,
    authorization: String,
    books: Mutex<Books>,
}

impl Pagarme {
    /// A provider with empty books, whose merchant has this secret key.
    #[must_use]
    pub fn new(clock: Clock, secret_key: &str) -> Arc<Self> {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{secret_key}:")));
        Arc::new(Self { clock, authorization, books: Mutex::default() })
    }

    /// Decides about the next card that has no decision yet, whatever its number.
    pub fn next_card(&self, decision: Decision) {
        self.books().decisions.push_back(decision);
    }

    /// From now on the refund of a Pix is done at once, and not on its way first.
    pub fn refunds_pix_at_once(&self) {
        self.books().refunds_at_once = true;
    }

    /// From now on all that happens to a charge is one transaction, which has one id.
    pub fn keeps_one_transaction(&self) {
        self.books().is_one_transaction = true;
    }

    /// Every order, the oldest first.
    #[must_use]
    pub fn booked(&self) -> Vec<Booked> {
        let mut books = self.books();
        books.expire(self.clock.now());
        books.orders.iter().map(Booked::of).collect()
    }

    /// The one order that has this code, this id or this charge.
    #[must_use]
    pub fn of(&self, name: &str) -> Booked {
        let mut books = self.books();
        books.expire(self.clock.now());
        Booked::of(&books.orders[books.named(name)])
    }

    /// What the merchant has of all orders, in cents.
    #[must_use]
    pub fn net(&self) -> u64 {
        self.booked().iter().map(Booked::net).sum()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn create(&self, asked: &Asked, body: &Value) -> Reply {
        let now = self.clock.now();
        let mut books = self.books();
        let key = asked.header("idempotency-key");
        if let Some(first) = key.and_then(|key| books.creation(key, now)) {
            return first;
        }
        let reply = books.create(body, now);
        if let Some(key) = key {
            books.keep_creation(key, now, &reply);
        }
        reply
    }

    fn read(&self, asked: &Asked, path: &[&str]) -> Reply {
        let mut books = self.books();
        books.expire(self.clock.now());
        match path {
            ["orders"] => list(&books.orders, asked, Order::json),
            ["charges"] => list(&books.orders, asked, Order::charge_json),
            ["orders", id] => found(books.orders.iter().find(|order| order.id() == *id).map(Order::json)),
            ["charges", id] => found(books.of_charge(id).map(|index| books.orders[index].charge_json())),
            _ => error(404, "Not found."),
        }
    }

    fn change(&self, path: &[&str], body: &Value, method: &str) -> Reply {
        let now = self.clock.now();
        let mut books = self.books();
        books.expire(now);
        let index = path.get(1).and_then(|id| books.of_charge(id));
        match (method, path, index) {
            ("POST", ["charges", _, "capture"], Some(index)) => books.capture(index, body, now),
            ("DELETE", ["charges", _], Some(index)) => books.cancel(index, body, now),
            ("POST", ["charges", _, "capture"], None) | ("DELETE", ["charges", _], None) => {
                error(404, "Charge not found.")
            }
            _ => error(404, "Not found."),
        }
    }
}

impl Fake for Pagarme {
    fn answer(&self, asked: &Asked) -> Reply {
        let segments = asked.segments();
        let ["core", "v5", path @ ..] = segments.as_slice() else { return error(404, "Not found.") };
        if asked.header("authorization") != Some(&self.authorization) {
            return error(401, "Authorization has been denied for this request.");
        }
        let body = asked.json();
        let is_json = asked.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        match asked.method.as_str() {
            "GET" => self.read(asked, path),
            _ if !is_json || !body.is_object() => error(400, "The request has no JSON object."),
            "POST" if path == ["orders"] => self.create(asked, &body),
            method => self.change(path, &body, method),
        }
    }
}

/// A refusal as the provider publishes it: with 400, 401, 403, 404, 409, 412, 429 or 500.
#[must_use]
pub fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message}))
}

/// The refusal of contents that are wrong.
fn invalid(problems: &Problems) -> Reply {
    Reply::json(422, &json!({"message": "The request is invalid.", "errors": problems, "request": {}}))
}

fn found(read: Option<Value>) -> Reply {
    read.map_or_else(|| error(404, "Not found."), |read| Reply::json(200, &read))
}

/// One page of what has the asked code and status, the newest first.
fn list(orders: &[Order], asked: &Asked, shown: fn(&Order) -> Value) -> Reply {
    let number = |name: &str, absent: usize| asked.parameter(name).map_or(Ok(absent), str::parse);
    let is_known = asked.query.iter().all(|(name, _)| matches!(name.as_str(), "code" | "status" | "page" | "size"));
    let (Ok(page @ 1..), Ok(size @ 1..), true) = (number("page", 1), number("size", 10), is_known) else {
        return error(400, "The query is not valid.");
    };
    let is_one = |order: &&Order| {
        let code = asked.parameter("code").is_none_or(|code| order.code == code);
        code && asked.parameter("status").is_none_or(|status| shown(order)["status"] == status)
    };
    let all: Vec<Value> = orders.iter().rev().filter(is_one).map(shown).collect();
    let data: Vec<&Value> = all.iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    Reply::json(200, &json!({"data": data, "paging": {"total": all.len()}}))
}
