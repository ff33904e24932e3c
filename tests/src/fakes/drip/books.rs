//! The books: each checkout, and its order once the shopper has agreed to pay.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{
    check::{cents, text},
    happening::OrderStatus,
};

#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) checkouts: Vec<Checkout>,
}

/// One checkout.
#[derive(Clone, Debug)]
pub(super) struct Checkout {
    number: usize,
    pub(super) code: String,
    pub(super) resolve_url: String,
    amount: u64,
    expires_at: Timestamp,
    pub(super) status: &'static str,
    pub(super) order: Option<Order>,
}

/// What the shopper pays in installments.
#[derive(Clone, Debug)]
pub(super) struct Order {
    canceled: u64,
    created_at: Timestamp,
    closed_at: Option<Timestamp>,
}

impl Checkout {
    /// The checkout of a valid request.
    pub(super) fn of(body: &Value, number: usize, expires_at: Timestamp) -> Self {
        let field = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            number,
            code: field("merchantCode"),
            resolve_url: field("resolveUrl"),
            amount: cents(&field("amount")).unwrap(),
            expires_at,
            status: "MORE_INFO",
            order: None,
        }
    }

    pub(super) fn id(&self) -> String {
        format!("b9c1a3f0-0000-4000-8000-{:012}", self.number)
    }

    pub(super) fn order_id(&self) -> Option<String> {
        self.order.as_ref().map(|_| format!("5d0e7c2a-0000-4000-8000-{:012}", self.number))
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// The shopper agrees to pay.
    pub(super) fn open_order(&mut self, now: Timestamp) {
        self.status = "OK";
        self.order = Some(Order { canceled: 0, created_at: now, closed_at: None });
    }

    /// The shopper has paid every installment.
    pub(super) fn close_order(&mut self, now: Timestamp) -> bool {
        let order = self.order.as_mut().filter(|order| order.closed_at.is_none());
        order.map(|order| order.closed_at = Some(now)).is_some()
    }

    /// Cancels this amount of the order, or what is left of it; false where that is impossible. An order that is
    /// canceled whole is closed.
    pub(super) fn cancel(&mut self, amount: Option<u64>, now: Timestamp) -> bool {
        let Some(order) = self.order.as_mut().filter(|order| order.closed_at.is_none()) else { return false };
        let left = self.amount - order.canceled;
        let amount = amount.unwrap_or(left);
        let can = (1..=left).contains(&amount);
        if can {
            order.canceled += amount;
            order.closed_at = (amount == left).then_some(now);
        }
        can
    }

    /// The checkout as its reads show it. What is over still says `MORE_INFO`.
    pub(super) fn json(&self) -> Value {
        let expires_at = local(self.expires_at);
        json!({
            "id": self.id(), "status": self.status, "orderId": self.order_id(), "merchantCode": self.code,
            "formUrl": format!("https://drip-fe.usedrip.com.br/checkouts/{}", self.id()), "expiresAt": expires_at,
        })
    }

    /// The order as its detail shows it.
    pub(super) fn detail(&self) -> Option<Value> {
        let order = self.order.as_ref()?;
        let status = if order.closed_at.is_some() { "CLOSED" } else { "ACTIVE" };
        Some(json!({
            "id": self.order_id(), "status": status,
            "amount": text(self.amount), "canceledAmount": text(order.canceled),
            "createdDate": local(order.created_at), "closedDate": order.closed_at.map(local),
        }))
    }
}

/// A time without an offset, as Drip writes it: UTC, where no page says which.
fn local(instant: Timestamp) -> String {
    instant.to_string().chars().take(19).collect()
}

/// What the books say of one checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The provider's id of the checkout.
    pub checkout: String,
    /// The provider's id of the order, once the shopper has agreed to pay.
    pub order: Option<String>,
    /// The merchant's code of the checkout.
    pub code: String,
    /// `MORE_INFO`, `OK` or `KO`.
    pub status: &'static str,
    /// The status of the order.
    pub order_status: Option<OrderStatus>,
    /// The amount in cents.
    pub amount: u64,
    /// Given to the merchant, in cents.
    pub taken: u64,
    /// Given back to the shopper, in cents.
    pub given_back: u64,
}

impl Booked {
    pub(super) fn of(checkout: &Checkout) -> Self {
        let order = checkout.order.as_ref();
        let status = |order: &Order| match order.closed_at {
            None => OrderStatus::Active,
            Some(_) if order.canceled == checkout.amount => OrderStatus::Canceled,
            Some(_) => OrderStatus::Paid,
        };
        Self {
            checkout: checkout.id(),
            order: checkout.order_id(),
            code: checkout.code.clone(),
            status: checkout.status,
            order_status: order.map(status),
            amount: checkout.amount,
            taken: order.map_or(0, |_| checkout.amount),
            given_back: order.map_or(0, |order| order.canceled),
        }
    }

    /// What the merchant has, in cents.
    #[must_use]
    pub const fn net(&self) -> u64 {
        self.taken - self.given_back
    }
}
