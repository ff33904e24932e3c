//! `POST /charges/{id}/capture` and `DELETE /charges/{id}`.

use std::time::Duration;

use domain::time::Timestamp;
use serde_json::Value;

use super::{
    super::Reply,
    books::{Books, DAY, Method, Order, Refund, RefundEnd},
    check, error, invalid,
};

/// How long a card's reservation can be captured.
const RESERVATION: Duration = Duration::from_hours(5 * 24);

impl Books {
    /// Captures a reservation, once; the rest is released.
    pub(super) fn capture(&mut self, index: usize, body: &Value, now: Timestamp) -> Reply {
        let problems = check::capture(body);
        if !problems.is_empty() {
            return invalid(&problems);
        }
        let order = &mut self.orders[index];
        let amount = body["amount"].as_u64().unwrap_or(order.amount);
        let is_over = now.since(order.created_at) >= RESERVATION;
        if !order.is_reserved() || is_over || amount > order.amount {
            return error(412, "This charge can not be captured.");
        }
        order.paid = Some(amount);
        let transaction = if amount < order.amount { "partial_capture" } else { "captured" };
        self.act(index, "paid", transaction, true);
        self.charge(index)
    }

    /// Undoes a reservation, cancels what is unpaid, or gives back what is paid.
    pub(super) fn cancel(&mut self, index: usize, body: &Value, now: Timestamp) -> Reply {
        let problems = check::cancellation(body);
        if !problems.is_empty() {
            return invalid(&problems);
        }
        let order = &self.orders[index];
        let amount = body["amount"].as_u64();
        let is_boleto = order.method == Method::Boleto;
        match order.paid {
            None if order.status == "pending" && amount.is_none_or(|amount| amount == order.amount) => {
                self.act(index, "canceled", "voided", true);
                self.charge(index)
            }
            Some(_) if order.is_refundable(amount) && is_boleto && body["bank_account"].is_null() => {
                let problem =
                    ("charge.bank_account".to_owned(), vec!["The bank_account field is required.".to_owned()]);
                invalid(&[problem].into())
            }
            Some(_) if order.is_refundable(amount) => {
                let amount = amount.unwrap_or_else(|| order.left());
                self.refund(index, amount, now);
                self.charge(index)
            }
            None | Some(_) => error(412, "This charge can not be canceled."),
        }
    }

    pub(super) fn refund(&mut self, index: usize, amount: u64, now: Timestamp) {
        let is_pix = matches!(self.orders[index].method, Method::Pix { .. });
        let is_on_its_way = is_pix && !self.refunds_at_once;
        if is_on_its_way {
            self.act(index, self.orders[index].status, "pending_refund", true);
        }
        let transaction = self.orders[index].transaction.number;
        self.orders[index].refunds.push(Refund { amount, end: None, transaction });
        if !is_on_its_way {
            self.end_refund(index, RefundEnd::Done, now);
        }
    }

    /// Ends the oldest refund that is on its way. A card's first day says `voided`: both words are published.
    pub(super) fn end_refund(&mut self, index: usize, end: RefundEnd, now: Timestamp) {
        let order = &mut self.orders[index];
        let refund = order.refunds.iter_mut().find(|refund| refund.end.is_none()).unwrap();
        refund.end = Some(end);
        let number = refund.transaction;
        let is_whole = order.paid == Some(order.given_back());
        let is_first_day = matches!(order.method, Method::Card { .. }) && now.since(order.created_at) < DAY;
        let (whole, part) = if is_first_day { ("voided", "partial_void") } else { ("refunded", "partial_refunded") };
        match end {
            RefundEnd::Done if is_whole => self.act(index, "canceled", whole, true),
            RefundEnd::Done => self.act(index, self.orders[index].status, part, true),
            // The transaction that was on its way fails.
            RefundEnd::Failed => {
                self.act(index, self.orders[index].status, "failed", false);
                self.orders[index].transaction.number = number;
            }
        }
    }

    /// The charge, as a write answers it.
    fn charge(&self, index: usize) -> Reply {
        Reply::json(200, &self.orders[index].charge_json())
    }
}

impl Order {
    fn is_refundable(&self, amount: Option<u64>) -> bool {
        let left = self.left();
        matches!(self.status, "paid" | "underpaid" | "overpaid")
            && left > 0
            && amount.is_none_or(|amount| amount <= left)
    }
}
