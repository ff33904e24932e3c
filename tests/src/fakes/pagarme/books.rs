//! The books: each order with its one charge, the charge's last transaction and its money.

use std::{
    cmp::Ordering,
    collections::{HashMap, VecDeque},
    time::Duration,
};

use domain::time::Timestamp;
use serde_json::{Map, Value, json};

use super::{super::Reply, Decision};

pub(super) const DAY: Duration = Duration::from_hours(24);

#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) orders: Vec<Order>,
    pub(super) decisions: VecDeque<Decision>,
    pub(super) refunds_at_once: bool,
    /// Whether all that happens to a charge is one transaction.
    pub(super) is_one_transaction: bool,
    /// How many transactions and notifications there were.
    numbers: usize,
    /// The first answer under each key, and when it was.
    creations: HashMap<String, (Timestamp, Reply)>,
}

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Card { captures: bool },
    Pix { expires_at: Timestamp },
    Boleto,
}

/// One order and its charge, which have the same code.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) number: usize,
    pub(super) code: String,
    pub(super) method: Method,
    pub(super) created_at: Timestamp,
    /// The charge's status.
    pub(super) status: &'static str,
    pub(super) amount: u64,
    pub(super) paid: Option<u64>,
    pub(super) refunds: Vec<Refund>,
    pub(super) charged_back: u64,
    pub(super) transaction: Transaction,
}

/// A refund and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refund {
    pub(super) amount: u64,
    pub(super) end: Option<RefundEnd>,
    /// The number of its transaction, while it is on its way.
    pub(super) transaction: usize,
}

/// How a refund has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefundEnd {
    Done,
    Failed,
}

/// The last transaction of a charge.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    pub(super) number: usize,
    pub(super) status: &'static str,
    pub(super) success: bool,
    /// What its kind has besides: a return code, a QR code, a typeable line.
    pub(super) more: Map<String, Value>,
}

impl Books {
    /// The number of one more transaction or notification.
    pub(super) const fn next_number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers
    }

    /// The answer of the creation under this key. A key lives for a day.
    pub(super) fn creation(&self, key: &str, now: Timestamp) -> Option<Reply> {
        let (first, reply) = self.creations.get(key)?;
        (now.since(*first) < DAY).then(|| reply.clone())
    }

    pub(super) fn keep_creation(&mut self, key: &str, now: Timestamp, reply: &Reply) {
        self.creations.insert(key.to_owned(), (now, reply.clone()));
    }

    /// Ends each Pix whose time is over.
    pub(super) fn expire(&mut self, now: Timestamp) {
        for index in 0..self.orders.len() {
            let order = &self.orders[index];
            let is_over = matches!(order.method, Method::Pix { expires_at } if expires_at <= now);
            if is_over && order.transaction.status == "waiting_payment" {
                self.act(index, "failed", "expired", false);
            }
        }
    }

    /// Books one more transaction of an order, and the status that its charge has now.
    pub(super) fn act(&mut self, index: usize, status: &'static str, transaction: &'static str, success: bool) {
        let number = if self.is_one_transaction { self.orders[index].transaction.number } else { self.next_number() };
        let order = &mut self.orders[index];
        order.status = status;
        order.transaction = Transaction { number, status: transaction, success, more: order.transaction.more.clone() };
    }

    /// Where the order of this charge is.
    pub(super) fn of_charge(&self, id: &str) -> Option<usize> {
        self.orders.iter().position(|order| order.charge_id() == id)
    }

    /// Where the order is that has this code, this id or this charge.
    ///
    /// # Panics
    /// Where there is none, or several have the code.
    pub(super) fn named(&self, name: &str) -> usize {
        let is_named =
            |order: &Order| [&order.code, &order.id(), &order.charge_id()].iter().any(|other| *other == name);
        let mut found = (0..self.orders.len()).filter(|index| is_named(&self.orders[*index]));
        let first = found.next().unwrap_or_else(|| panic!("no order of this name: {name}"));
        assert_eq!(found.next(), None, "several orders have this code: {name}");
        first
    }
}

impl Order {
    pub(super) fn id(&self) -> String {
        format!("or_{:016}", self.number)
    }

    pub(super) fn charge_id(&self) -> String {
        format!("ch_{:016}", self.number)
    }

    pub(super) const fn method(&self) -> &'static str {
        match self.method {
            Method::Card { .. } => "credit_card",
            Method::Pix { .. } => "pix",
            Method::Boleto => "boleto",
        }
    }

    pub(super) fn is_reserved(&self) -> bool {
        self.transaction.status == "authorized_pending_capture"
    }

    /// What was given back of what was paid.
    pub(super) fn given_back(&self) -> u64 {
        self.refunds_that(|end| end == Some(RefundEnd::Done))
    }

    /// What is on its way back.
    pub(super) fn refunding(&self) -> u64 {
        self.refunds_that(|end| end.is_none())
    }

    /// What of the paid amount is neither given back, nor on its way, nor charged back.
    pub(super) fn left(&self) -> u64 {
        self.paid.unwrap_or_default() - self.given_back() - self.refunding() - self.charged_back
    }

    /// The status of a paid charge: a boleto may be paid with another amount. A card is captured in part and is paid.
    pub(super) fn status_if_paid(&self) -> &'static str {
        match self.paid.unwrap_or_default().cmp(&self.amount) {
            _ if matches!(self.method, Method::Card { .. }) => "paid",
            Ordering::Less => "underpaid",
            Ordering::Equal => "paid",
            Ordering::Greater => "overpaid",
        }
    }

    fn refunds_that(&self, is_one: impl Fn(Option<RefundEnd>) -> bool) -> u64 {
        self.refunds.iter().filter(|refund| is_one(refund.end)).map(|refund| refund.amount).sum()
    }

    /// The amount that was canceled: all of what was never paid, or what was given back.
    fn canceled(&self) -> Option<u64> {
        match self.paid {
            None => (self.status == "canceled").then_some(self.amount),
            Some(_) => Some(self.given_back()).filter(|amount| *amount > 0),
        }
    }

    /// The order as its reads show it.
    pub(super) fn json(&self) -> Value {
        let status = match self.status {
            "pending" | "processing" => "pending",
            "failed" => "failed",
            "canceled" => "canceled",
            _ => "paid",
        };
        json!({
            "id": self.id(), "code": self.code, "status": status, "amount": self.amount, "currency": "BRL",
            "created_at": self.created_at.to_string(), "charges": [self.charge_json()],
        })
    }

    /// The charge as its reads show it.
    pub(super) fn charge_json(&self) -> Value {
        let mut transaction = json!({
            "id": self.transaction_id(), "transaction_type": self.method(), "status": self.transaction.status,
            "success": self.transaction.success, "amount": self.amount,
            "gateway_response": {"code": "200", "errors": []},
        });
        for (name, value) in &self.transaction.more {
            transaction[name] = value.clone();
        }
        json!({
            "id": self.charge_id(), "code": self.code, "status": self.status, "amount": self.amount, "currency": "BRL",
            "payment_method": self.method(), "paid_amount": self.paid, "canceled_amount": self.canceled(),
            "created_at": self.created_at.to_string(), "last_transaction": transaction,
        })
    }

    /// The charge as a notification shows it.
    pub(super) fn notified(&self) -> Value {
        let mut charge = json!({
            "id": self.charge_id(), "code": self.code, "status": self.status, "amount": self.amount,
            "payment_method": self.method(),
            "last_transaction": {
                "id": self.transaction_id(), "transaction_type": self.method(), "status": self.transaction.status,
                "success": self.transaction.success,
            },
        });
        for (name, amount) in [("paid_amount", self.paid), ("canceled_amount", self.canceled())] {
            if let Some(amount) = amount {
                charge[name] = json!(amount);
            }
        }
        charge
    }

    fn transaction_id(&self) -> String {
        format!("tran_{:016}", self.transaction.number)
    }
}

/// What the books say of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The provider's id of the order.
    pub order: String,
    /// The provider's id of the charge.
    pub charge: String,
    /// The merchant's code of the order.
    pub code: String,
    /// `credit_card`, `pix` or `boleto`.
    pub method: &'static str,
    /// The status of the charge.
    pub status: &'static str,
    /// The status of the charge's last transaction.
    pub transaction: &'static str,
    /// The ordered amount in cents.
    pub amount: u64,
    /// Reserved on a card, in cents.
    pub reserved: u64,
    /// Paid by the shopper, in cents.
    pub taken: u64,
    /// Given back to the shopper, in cents.
    pub given_back: u64,
    /// On its way back to the shopper, in cents.
    pub refunding: u64,
    /// Charged back by the shopper's bank, in cents.
    pub charged_back: u64,
}

impl Booked {
    pub(super) fn of(order: &Order) -> Self {
        Self {
            order: order.id(),
            charge: order.charge_id(),
            code: order.code.clone(),
            method: order.method(),
            status: order.status,
            transaction: order.transaction.status,
            amount: order.amount,
            reserved: if order.is_reserved() { order.amount } else { 0 },
            taken: order.paid.unwrap_or_default(),
            given_back: order.given_back(),
            refunding: order.refunding(),
            charged_back: order.charged_back,
        }
    }

    /// What the merchant has, in cents; a refund on its way is still the merchant's.
    #[must_use]
    pub const fn net(&self) -> u64 {
        self.taken - self.given_back - self.charged_back
    }
}
