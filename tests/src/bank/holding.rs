//! One payment in the bank's books.

use serde_json::{Value, json};

use super::text;

/// The status of a payment in the bank's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookedStatus {
    /// The shopper can pay it.
    Registered,
    /// The money of a card is reserved, or the rest of it.
    Reserved,
    /// The money of a card was captured, at once or out of what was reserved.
    Taken,
    /// The shopper has paid it.
    Paid,
    /// It was canceled, or the bank has released what was reserved.
    Canceled,
    /// It was declined, or the shopper will not pay it.
    Rejected,
}

/// One payment; every amount is in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The hub's reference of its create.
    pub reference: String,
    /// Its status.
    pub status: BookedStatus,
    /// The requested amount.
    pub amount: u64,
    /// The amount that was captured, or that the shopper paid.
    pub taken: u64,
    /// The part of the reserved amount that was released.
    pub released: u64,
    /// The amount of refunds that were accepted or begun and have not ended.
    pub promised: u64,
    /// The refunded amount.
    pub refunded: u64,
    /// The part of `refunded` that came back to the merchant.
    pub reverted: u64,
    /// The charged back amount.
    pub charged_back: u64,
    /// Whether the shopper contests it.
    pub is_contested: bool,
    /// Its status once it is paid.
    if_paid: BookedStatus,
    /// The amounts of refunds that were begun at the bank and not by the hub.
    begun: Vec<u64>,
    /// The answer to its create.
    answer: Value,
    /// The bank's id of the paid payment, where it differs from the first one.
    paid_as: Option<String>,
    /// Duplicate payments of it.
    pub duplicates: Vec<Duplicate>,
}

/// A duplicate payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The bank's own id of it.
    pub transaction_id: String,
    /// Minor units.
    pub paid: u64,
    /// The part of `paid` that was refunded, or whose refund has not ended.
    pub refunded: u64,
}

impl Holding {
    /// The payment of a create with this answer.
    pub(super) fn of(create: &Value, answered: &Value) -> Self {
        let if_paid = match (text(create, "/payment/method"), create.pointer("/payment/capture")) {
            ("credit", Some(Value::Bool(false))) => BookedStatus::Reserved,
            ("credit", _) => BookedStatus::Taken,
            _ => BookedStatus::Paid,
        };
        let status = match text(answered, "/result") {
            "approved" => if_paid,
            "pending" => BookedStatus::Registered,
            _ => BookedStatus::Rejected,
        };
        let amount = create.get("amount").and_then(Value::as_u64).unwrap();
        Self {
            reference: text(create, "/reference").to_owned(),
            status,
            amount,
            taken: if status == BookedStatus::Taken { amount } else { 0 },
            released: 0,
            promised: 0,
            refunded: 0,
            reverted: 0,
            charged_back: 0,
            is_contested: false,
            if_paid,
            begun: Vec::new(),
            answer: answered.clone(),
            paid_as: None,
            duplicates: Vec::new(),
        }
    }

    /// The amount that the merchant has: reserved, or captured and not refunded.
    #[must_use]
    pub const fn left(&self) -> u64 {
        match self.status {
            BookedStatus::Reserved => self.amount - self.released,
            BookedStatus::Taken | BookedStatus::Paid => self.taken + self.reverted - self.refunded,
            BookedStatus::Registered | BookedStatus::Canceled | BookedStatus::Rejected => 0,
        }
    }

    /// Whether money was captured or is reserved.
    #[must_use]
    pub const fn has_money(&self) -> bool {
        matches!(self.status, BookedStatus::Reserved | BookedStatus::Taken | BookedStatus::Paid)
    }

    /// The part of `left` that has no refund under way and no chargeback.
    const fn free(&self) -> u64 {
        self.left().saturating_sub(self.promised + self.charged_back)
    }

    /// Whether a capture, a void or a cancel of this amount is possible.
    pub(super) fn can(&self, operation: &str, amount: u64) -> bool {
        match operation {
            "capture" => self.status == BookedStatus::Reserved && (1..=self.left()).contains(&amount),
            "void" => self.has_money() && (1..=self.free()).contains(&amount),
            _ => self.status == BookedStatus::Registered,
        }
    }

    /// Books a capture, a void or a cancel that is possible.
    pub(super) fn change(&mut self, operation: &str, amount: u64, result: &str) {
        match (operation, result) {
            ("capture", "approved") => (self.status, self.taken) = (BookedStatus::Taken, amount),
            ("void", "approved") if self.status == BookedStatus::Reserved => self.released += amount,
            ("void", "approved") => self.refunded += amount,
            ("void", "processing") => self.promised += amount,
            ("cancel", "approved") => self.status = BookedStatus::Canceled,
            _ => {}
        }
    }

    /// Books the end of a refund.
    pub(super) const fn end_refund(&mut self, promised: u64, refunded: u64) {
        self.promised -= promised;
        self.refunded += refunded;
    }

    /// Books a duplicate payment, under another id.
    pub(super) fn pay_again(&mut self, transaction_id: &str, amount: u64) -> bool {
        let duplicate = Duplicate { transaction_id: transaction_id.to_owned(), paid: amount, refunded: 0 };
        self.duplicates.push(duplicate);
        self.status == BookedStatus::Paid
    }

    /// Whether this is the id of a duplicate payment.
    pub(super) fn is_duplicate(&self, transaction_id: Option<&str>) -> bool {
        self.duplicates.iter().any(|duplicate| Some(duplicate.transaction_id.as_str()) == transaction_id)
    }

    /// Refunds a duplicate payment as the rules have `decided`. Returns the answer.
    pub(super) fn refund_duplicate(&mut self, transaction_id: Option<&str>, amount: u64, decided: Value) -> Value {
        let duplicate =
            self.duplicates.iter_mut().find(|duplicate| Some(duplicate.transaction_id.as_str()) == transaction_id);
        match duplicate {
            Some(duplicate) if duplicate.paid - duplicate.refunded >= amount => {
                duplicate.refunded += if text(&decided, "/result") == "declined" { 0 } else { amount };
                decided
            }
            _ => json!({"result": "declined", "code": "generic"}),
        }
    }

    /// Books that this amount of a duplicate payment's refund has failed.
    pub(super) fn end_duplicate_refund(&mut self, transaction_id: Option<&str>, kept: u64) {
        let duplicate =
            self.duplicates.iter_mut().find(|duplicate| Some(duplicate.transaction_id.as_str()) == transaction_id);
        if let Some(duplicate) = duplicate {
            duplicate.refunded -= kept;
        }
    }

    /// Gives the payment another id of the bank.
    pub(super) fn rename(&mut self, transaction_id: &str) {
        self.paid_as = Some(transaction_id.to_owned());
    }

    /// Releases what is still reserved; false where nothing is.
    pub(super) fn release(&mut self) -> bool {
        let was_reserved = self.status == BookedStatus::Reserved && self.left() > 0;
        if was_reserved {
            (self.status, self.released) = (BookedStatus::Canceled, self.amount);
        }
        was_reserved
    }

    /// Books what happens to the payment. Returns false, and books nothing, where that is impossible.
    pub(super) fn happens(&mut self, kind: &str, amount: u64) -> bool {
        let is_taken = matches!(self.status, BookedStatus::Taken | BookedStatus::Paid);
        let begun = self.begun.iter().position(|begun| *begun == amount || kind == "refund_failed");
        match (kind, begun) {
            // A released amount is captured after all.
            ("paid", _) if self.amount > 0 && self.released == self.amount => {
                (self.status, self.taken, self.released) = (BookedStatus::Taken, amount, 0);
            }
            ("paid", _) if self.has_money() => return self.status != BookedStatus::Paid && amount == self.amount,
            ("paid", _) => {
                self.status = self.if_paid;
                self.taken = if self.if_paid == BookedStatus::Reserved { 0 } else { amount };
            }
            ("not_paid", _) if matches!(self.status, BookedStatus::Registered | BookedStatus::Rejected) => {
                self.status = BookedStatus::Rejected;
            }
            ("refund_begun", _) if is_taken && (1..=self.free()).contains(&amount) => {
                self.begun.push(amount);
                self.promised += amount;
            }
            ("refunded", Some(begun)) => {
                let promised = self.begun.remove(begun);
                self.end_refund(promised, promised);
            }
            ("refund_failed", Some(begun)) => {
                let promised = self.begun.remove(begun);
                self.end_refund(promised, 0);
            }
            ("refunded", None) if self.can("void", amount) => self.change("void", amount, "approved"),
            ("refund_reverted", _) if (1..=self.refunded - self.reverted).contains(&amount) => {
                self.reverted += amount;
            }
            ("charged_back", _) if is_taken => self.charged_back += amount,
            ("chargeback_reversed", _) if self.charged_back >= amount => self.charged_back -= amount,
            ("disputed", _) if is_taken => self.is_contested = true,
            ("dispute_closed", _) if self.is_contested => self.is_contested = false,
            _ => return false,
        }
        true
    }

    /// The answer to a query of its create.
    pub(super) fn query_answer(&self) -> Value {
        let was = text(&self.answer, "/result");
        match self.status {
            BookedStatus::Canceled => json!({"result": "canceled"}),
            BookedStatus::Paid => {
                json!({"result": "paid", "amount": self.taken, "transactionId": self.transaction_id()})
            }
            BookedStatus::Rejected if was != "declined" => json!({"result": "declined", "code": "generic"}),
            BookedStatus::Taken | BookedStatus::Reserved if was != "approved" => {
                json!({"result": "approved", "transactionId": self.transaction_id()})
            }
            BookedStatus::Taken | BookedStatus::Reserved | BookedStatus::Registered | BookedStatus::Rejected => {
                self.answer.clone()
            }
        }
    }

    /// The bank's own id of the transaction.
    pub(super) fn transaction_id(&self) -> String {
        if let Some(paid_as) = &self.paid_as {
            return paid_as.clone();
        }
        match text(&self.answer, "/transactionId") {
            "" => format!("late-{}", self.reference),
            id => id.to_owned(),
        }
    }
}
