//! One payment in the bank's books.

use model::ledger::Ledger;
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

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The hub's reference of its create.
    pub reference: String,
    /// Its status.
    pub status: BookedStatus,
    /// The requested amount in minor units.
    pub amount: u64,
    /// Its money.
    pub ledger: Ledger,
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
    /// Its money.
    pub ledger: Ledger,
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
            ledger: Ledger {
                reserved: if status == BookedStatus::Reserved { amount } else { 0 },
                taken: (status == BookedStatus::Taken).then_some(amount),
                ..Ledger::default()
            },
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
        self.ledger.left()
    }

    /// Whether money was captured or is reserved.
    #[must_use]
    pub const fn has_money(&self) -> bool {
        matches!(self.status, BookedStatus::Reserved | BookedStatus::Taken | BookedStatus::Paid)
    }

    /// Whether a capture, a void or a cancel of this amount is possible.
    pub(super) fn can(&self, operation: &str, amount: u64) -> bool {
        match operation {
            "capture" => self.status == BookedStatus::Reserved && self.ledger.can_capture(amount),
            "void" => self.has_money() && self.ledger.can_void(amount),
            _ => self.status == BookedStatus::Registered,
        }
    }

    /// Books a capture, a void or a cancel that is possible.
    pub(super) fn change(&mut self, operation: &str, amount: u64, result: &str) {
        match (operation, result) {
            ("capture", "approved") => (self.status, self.ledger.taken) = (BookedStatus::Taken, Some(amount)),
            ("void", "approved") => self.ledger.void(amount),
            ("void", "processing") => self.ledger.promised += amount,
            ("cancel", "approved") => self.status = BookedStatus::Canceled,
            _ => {}
        }
    }

    /// The money of the payment, or of its duplicate with this id.
    pub(super) fn ledger_of(&mut self, transaction_id: Option<&str>) -> &mut Ledger {
        let is_it = |duplicate: &&mut Duplicate| Some(duplicate.transaction_id.as_str()) == transaction_id;
        self.duplicates.iter_mut().find(is_it).map_or(&mut self.ledger, |duplicate| &mut duplicate.ledger)
    }

    /// Books a duplicate payment, under another id.
    pub(super) fn pay_again(&mut self, transaction_id: &str, amount: u64) -> bool {
        let ledger = Ledger { taken: Some(amount), ..Ledger::default() };
        self.duplicates.push(Duplicate { transaction_id: transaction_id.to_owned(), ledger });
        self.status == BookedStatus::Paid
    }

    /// Whether this is the id of a duplicate payment.
    pub(super) fn is_duplicate(&self, transaction_id: Option<&str>) -> bool {
        self.duplicates.iter().any(|duplicate| Some(duplicate.transaction_id.as_str()) == transaction_id)
    }

    /// Refunds a duplicate payment as the rules have `decided`. Returns the answer.
    pub(super) fn refund_duplicate(&mut self, transaction_id: Option<&str>, amount: u64, decided: Value) -> Value {
        let ledger = self.ledger_of(transaction_id);
        if !ledger.can_void(amount) {
            return json!({"result": "declined", "code": "generic"});
        }
        match text(&decided, "/result") {
            "approved" => ledger.void(amount),
            "processing" => ledger.promised += amount,
            _ => {}
        }
        decided
    }

    /// Gives the payment another id of the bank.
    pub(super) fn rename(&mut self, transaction_id: &str) {
        self.paid_as = Some(transaction_id.to_owned());
    }

    /// Releases what is still reserved; false where nothing is.
    pub(super) fn release(&mut self) -> bool {
        let was_reserved = self.status == BookedStatus::Reserved && self.left() > 0;
        if was_reserved {
            (self.status, self.ledger.released) = (BookedStatus::Canceled, self.ledger.reserved);
        }
        was_reserved
    }

    /// Books what happens to the payment. Returns false, and books nothing, where that is impossible.
    pub(super) fn happens(&mut self, kind: &str, amount: u64) -> bool {
        let is_taken = matches!(self.status, BookedStatus::Taken | BookedStatus::Paid);
        let begun = self.begun.iter().position(|begun| *begun == amount || kind == "refund_failed");
        match (kind, begun) {
            // A released amount is captured after all.
            ("paid", _) if self.ledger.reserved > 0 && self.ledger.released == self.ledger.reserved => {
                (self.status, self.ledger.taken, self.ledger.released) = (BookedStatus::Taken, Some(amount), 0);
            }
            ("paid", _) if self.has_money() => return self.status != BookedStatus::Paid && amount == self.amount,
            ("paid", _) => {
                self.status = self.if_paid;
                if self.if_paid == BookedStatus::Reserved {
                    self.ledger.reserved = self.amount;
                } else {
                    self.ledger.taken = Some(amount);
                }
            }
            ("not_paid", _) if matches!(self.status, BookedStatus::Registered | BookedStatus::Rejected) => {
                self.status = BookedStatus::Rejected;
            }
            ("refund_begun", _) if is_taken && self.ledger.can_void(amount) => {
                self.begun.push(amount);
                self.ledger.promised += amount;
            }
            ("refunded", Some(begun)) => {
                let promised = self.begun.remove(begun);
                self.ledger.end_refund(promised, promised);
            }
            ("refund_failed", Some(begun)) => {
                let promised = self.begun.remove(begun);
                self.ledger.end_refund(promised, 0);
            }
            ("refunded", None) if self.can("void", amount) => self.change("void", amount, "approved"),
            ("refund_reverted", _) if self.ledger.can_revert(amount) => self.ledger.reverted += amount,
            ("charged_back", _) if is_taken => self.ledger.charged_back += amount,
            ("chargeback_reversed", _) if self.ledger.charged_back >= amount => {
                self.ledger.charged_back -= amount;
            }
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
                json!({"result": "paid", "amount": self.ledger.taken, "transactionId": self.transaction_id()})
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
