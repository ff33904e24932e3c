//! What happens at the provider without a request: the shopper pays, a refund ends, the shopper's bank charges back.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{
    Decision, Pagarme,
    books::{Books, Method, RefundEnd},
    notification::Notification,
};

/// An order is named by its code, its id or its charge's id. Each call fails the test where the books do not allow it.
impl Pagarme {
    /// The shopper pays this amount of a Pix or a boleto, however late: also one that is expired or canceled.
    #[must_use]
    pub fn pays(&self, name: &str, amount: u64) -> Notification {
        let now = self.clock.now();
        let mut books = self.books();
        let index = books.named(name);
        let order = &mut books.orders[index];
        assert!(!matches!(order.method, Method::Card { .. }), "a card is not paid later: {name}");
        assert_eq!(order.paid, None, "it is paid: {name}");
        order.paid = Some(amount);
        let end_to_end = end_to_end_id(order.number, now);
        if let Some(id) = order.transaction.more.get_mut("end_to_end_id") {
            *id = json!(end_to_end);
        }
        let status = order.status_if_paid();
        books.act(index, status, status, true);
        books.notification(index, &format!("charge.{status}"), now)
    }

    /// The time of an unpaid Pix or boleto is over.
    #[must_use]
    pub fn expires(&self, name: &str) -> Notification {
        let now = self.clock.now();
        let mut books = self.books();
        let index = books.named(name);
        let transaction = books.orders[index].transaction.status;
        assert!(matches!(transaction, "waiting_payment" | "generated"), "it is not open: {name}, {transaction}");
        books.act(index, "failed", "expired", false);
        books.notification(index, "charge.payment_failed", now)
    }

    /// The acquirer or the fraud analysis says at last what becomes of a card that has an error or is under review.
    #[must_use]
    pub fn decides(&self, name: &str, decision: Decision) -> Notification {
        let now = self.clock.now();
        let mut books = self.books();
        let index = books.named(name);
        let order = &books.orders[index];
        let transaction = order.transaction.status;
        assert!(matches!(transaction, "with_error" | "pending_review"), "it is decided: {name}, {transaction}");
        let captures = order.method == Method::Card { captures: true };
        let (status, transaction) = (order.status, order.transaction.status);
        books.act(index, status, transaction, true);
        books.orders[index].decide(decision, captures);
        let kind = match books.orders[index].status {
            "paid" => "charge.paid",
            "failed" => "charge.payment_failed",
            _ => "charge.pending",
        };
        books.notification(index, kind, now)
    }

    /// The merchant refunds this much in Pagar.me's own pages.
    #[must_use]
    pub fn refunds(&self, name: &str, amount: u64) -> Notification {
        let now = self.clock.now();
        let mut books = self.books();
        let index = books.named(name);
        assert!(amount <= books.orders[index].left(), "so much is not left: {name}");
        books.refund(index, amount, now);
        let kind = if books.orders[index].status == "canceled" { "charge.refunded" } else { "charge.partial_canceled" };
        books.notification(index, kind, now)
    }

    /// The oldest refund on its way arrives at the shopper.
    #[must_use]
    pub fn refund_settles(&self, name: &str) -> Notification {
        let now = self.clock.now();
        let mut books = self.books();
        let index = books.named(name);
        books.end_refund(index, RefundEnd::Done, now);
        let kind = if books.orders[index].status == "canceled" { "charge.refunded" } else { "charge.partial_canceled" };
        books.notification(index, kind, now)
    }

    /// The oldest refund on its way fails; where none is on its way, the last one that was done comes back. No type of
    /// a notification is published for it: a read shows it.
    pub fn refund_fails(&self, name: &str) {
        let now = self.clock.now();
        let mut books = self.books();
        let index = books.named(name);
        let order = &mut books.orders[index];
        if order.refunding() > 0 {
            books.end_refund(index, RefundEnd::Failed, now);
            return;
        }
        let done = order.refunds.iter_mut().rev().find(|refund| refund.end == Some(RefundEnd::Done));
        done.unwrap_or_else(|| panic!("it has no refund: {name}")).end = Some(RefundEnd::Failed);
        let status = order.status_if_paid();
        books.act(index, status, "failed", false);
    }

    /// The shopper's bank charges back what is neither given back nor on its way.
    #[must_use]
    pub fn charges_back(&self, name: &str) -> Notification {
        let now = self.clock.now();
        let mut books = self.books();
        let index = books.named(name);
        let order = &mut books.orders[index];
        let left = order.left();
        assert!(left > 0 && order.charged_back == 0, "there is nothing to charge back: {name}");
        order.charged_back = left;
        books.act(index, "chargedback", "chargedback", true);
        books.notification(index, "charge.chargedback", now)
    }

    /// A notification of this type about an order as the books have it now. A type that begins with `order.` shows the
    /// order, and each other one the charge.
    #[must_use]
    pub fn notifies(&self, kind: &str, name: &str) -> Notification {
        let now = self.clock.now();
        let mut books = self.books();
        books.expire(now);
        let index = books.named(name);
        books.notification(index, kind, now)
    }

    /// A notification with these `fields` of the charge or the order, whatever the books say; the books do not change.
    #[must_use]
    pub fn lies(&self, kind: &str, name: &str, fields: &Value) -> Notification {
        let mut body: Value = serde_json::from_str(&self.notifies(kind, name).body).unwrap();
        for (field, value) in fields.as_object().unwrap() {
            body["data"][field] = value.clone();
        }
        Notification::new(&body)
    }
}

impl Books {
    fn notification(&mut self, index: usize, kind: &str, now: Timestamp) -> Notification {
        let number = self.next_number();
        let order = &self.orders[index];
        let data = if kind.starts_with("order.") { order.json() } else { order.notified() };
        Notification::new(&json!({
            "id": format!("hook_{number:016}"),
            "account": {"id": "acc_0000000000000001", "name": "Loja"},
            "type": kind,
            // Seven digits of a second, as the provider writes them.
            "created_at": now.to_string().replace('Z', "0000Z"),
            "data": data,
        }))
    }
}

/// The end-to-end id of a Pix: the bank, the minute, and eleven characters of the bank's own.
fn end_to_end_id(number: usize, now: Timestamp) -> String {
    let minute: String = now.to_string().chars().filter(char::is_ascii_digit).take(12).collect();
    format!("E12345678{minute}{number:011}")
}
