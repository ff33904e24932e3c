//! What the bank holds of one payment.

use serde_json::{Value, json};

use super::text;

/// How a payment stands at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its buyer can pay it.
    Registered,
    /// Its money is reserved, or what is left of that.
    Reserved,
    /// Its money was taken from a card, at once or out of what was reserved.
    Taken,
    /// Its buyer has paid it.
    Paid,
    /// It was given up, or the bank has let go of what it had reserved.
    Canceled,
    /// It was declined, or its buyer will not pay it.
    Rejected,
}

/// One payment; every amount is in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The hub's reference of its create.
    pub reference: String,
    /// How it stands.
    pub standing: Standing,
    /// What was asked for.
    pub amount: u64,
    /// What was taken or captured, or paid by its buyer.
    pub taken: u64,
    /// What was reserved and let go since.
    pub released: u64,
    /// Refunds that were accepted or begun and have not ended.
    pub promised: u64,
    /// What was given back.
    pub given_back: u64,
    /// What of that came back to the merchant.
    pub reverted: u64,
    /// What the buyer's bank took back.
    pub charged_back: u64,
    /// Whether its buyer contests it.
    pub is_contested: bool,
    /// How it stands once it is paid after all.
    if_paid: Standing,
    /// The amounts of refunds that were begun here and not by the hub.
    begun: Vec<u64>,
    /// What its create was answered.
    answer: Value,
    /// The id under which it was paid, where that is another one.
    paid_as: Option<String>,
    /// What was paid beside the payment itself.
    pub seconds: Vec<Second>,
}

/// A payment that its buyer has made once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Second {
    /// The bank's own id of it.
    pub transaction_id: String,
    /// Minor units.
    pub paid: u64,
    /// What of that was given back, or is promised.
    pub given_back: u64,
}

impl Holding {
    /// The payment that a create asks for, as that is `answered`.
    pub(super) fn of(create: &Value, answered: &Value) -> Self {
        let if_paid = match (text(create, "/payment/method"), create.pointer("/payment/capture")) {
            ("credit", Some(Value::Bool(false))) => Standing::Reserved,
            ("credit", _) => Standing::Taken,
            _ => Standing::Paid,
        };
        let standing = match text(answered, "/result") {
            "approved" => if_paid,
            "pending" => Standing::Registered,
            _ => Standing::Rejected,
        };
        let amount = create.get("amount").and_then(Value::as_u64).unwrap();
        Self {
            reference: text(create, "/reference").to_owned(),
            standing,
            amount,
            taken: if standing == Standing::Taken { amount } else { 0 },
            released: 0,
            promised: 0,
            given_back: 0,
            reverted: 0,
            charged_back: 0,
            is_contested: false,
            if_paid,
            begun: Vec::new(),
            answer: answered.clone(),
            paid_as: None,
            seconds: Vec::new(),
        }
    }

    /// What the merchant has of it: reserved, or taken and not given back.
    #[must_use]
    pub const fn left(&self) -> u64 {
        match self.standing {
            Standing::Reserved => self.amount - self.released,
            Standing::Taken | Standing::Paid => self.taken + self.reverted - self.given_back,
            Standing::Registered | Standing::Canceled | Standing::Rejected => 0,
        }
    }

    /// Whether money of it was taken or is reserved.
    #[must_use]
    pub const fn has_money(&self) -> bool {
        matches!(self.standing, Standing::Reserved | Standing::Taken | Standing::Paid)
    }

    /// What of that no refund was promised.
    const fn free(&self) -> u64 {
        self.left().saturating_sub(self.promised + self.charged_back)
    }

    /// Whether a capture, a void or a cancel of this much can be done.
    pub(super) fn can(&self, operation: &str, amount: u64) -> bool {
        match operation {
            "capture" => self.standing == Standing::Reserved && (1..=self.left()).contains(&amount),
            "void" => self.has_money() && (1..=self.free()).contains(&amount),
            _ => self.standing == Standing::Registered,
        }
    }

    /// Books a capture, a void or a cancel that can be done.
    pub(super) fn change(&mut self, operation: &str, amount: u64, result: &str) {
        match (operation, result) {
            ("capture", "approved") => (self.standing, self.taken) = (Standing::Taken, amount),
            ("void", "approved") if self.standing == Standing::Reserved => self.released += amount,
            ("void", "approved") => self.given_back += amount,
            ("void", "processing") => self.promised += amount,
            ("cancel", "approved") => self.standing = Standing::Canceled,
            _ => {}
        }
    }

    /// Books that a promised refund has ended.
    pub(super) const fn end_refund(&mut self, promised: u64, given_back: u64) {
        self.promised -= promised;
        self.given_back += given_back;
    }

    /// It is paid once more, under another id.
    pub(super) fn pay_again(&mut self, transaction_id: &str, amount: u64) -> bool {
        let second = Second { transaction_id: transaction_id.to_owned(), paid: amount, given_back: 0 };
        self.seconds.push(second);
        self.standing == Standing::Paid
    }

    /// Whether this is the id of what was paid beside it.
    pub(super) fn is_second(&self, transaction_id: Option<&str>) -> bool {
        self.seconds.iter().any(|second| Some(second.transaction_id.as_str()) == transaction_id)
    }

    /// Gives back what was paid beside it, as the rules have `decided`: the answer.
    pub(super) fn give_back_second(&mut self, transaction_id: Option<&str>, amount: u64, decided: Value) -> Value {
        let second = self.seconds.iter_mut().find(|second| Some(second.transaction_id.as_str()) == transaction_id);
        match second {
            Some(second) if second.paid - second.given_back >= amount => {
                second.given_back += if text(&decided, "/result") == "declined" { 0 } else { amount };
                decided
            }
            _ => json!({"result": "declined", "code": "generic"}),
        }
    }

    /// This much of a refund of what was paid beside it will not be done.
    pub(super) fn keep_second(&mut self, transaction_id: Option<&str>, kept: u64) {
        let second = self.seconds.iter_mut().find(|second| Some(second.transaction_id.as_str()) == transaction_id);
        if let Some(second) = second {
            second.given_back -= kept;
        }
    }

    /// The bank calls the payment so from now on.
    pub(super) fn rename(&mut self, transaction_id: &str) {
        self.paid_as = Some(transaction_id.to_owned());
    }

    /// The bank lets go of what is still reserved; false where nothing is.
    pub(super) fn let_go(&mut self) -> bool {
        let was_reserved = self.standing == Standing::Reserved && self.left() > 0;
        if was_reserved {
            (self.standing, self.released) = (Standing::Canceled, self.amount);
        }
        was_reserved
    }

    /// Books what happens to it; false where that cannot be, and nothing is booked.
    pub(super) fn happens(&mut self, kind: &str, amount: u64) -> bool {
        let is_taken = matches!(self.standing, Standing::Taken | Standing::Paid);
        let begun = self.begun.iter().position(|begun| *begun == amount || kind == "refund_failed");
        match (kind, begun) {
            // What was let go is taken after all.
            ("paid", _) if self.amount > 0 && self.released == self.amount => {
                (self.standing, self.taken, self.released) = (Standing::Taken, amount, 0);
            }
            ("paid", _) if self.has_money() => return self.standing != Standing::Paid && amount == self.amount,
            ("paid", _) => {
                self.standing = self.if_paid;
                self.taken = if self.if_paid == Standing::Reserved { 0 } else { amount };
            }
            ("not_paid", _) if matches!(self.standing, Standing::Registered | Standing::Rejected) => {
                self.standing = Standing::Rejected;
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
            ("refund_reverted", _) if (1..=self.given_back - self.reverted).contains(&amount) => {
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

    /// What a query of its create is told.
    pub(super) fn told(&self) -> Value {
        let was = text(&self.answer, "/result");
        match self.standing {
            Standing::Canceled => json!({"result": "canceled"}),
            Standing::Paid => json!({"result": "paid", "amount": self.taken, "transactionId": self.transaction_id()}),
            Standing::Rejected if was != "declined" => json!({"result": "declined", "code": "generic"}),
            Standing::Taken | Standing::Reserved if was != "approved" => {
                json!({"result": "approved", "transactionId": self.transaction_id()})
            }
            Standing::Taken | Standing::Reserved | Standing::Registered | Standing::Rejected => self.answer.clone(),
        }
    }

    /// The bank's own id of the transaction.
    pub(super) fn transaction_id(&self) -> String {
        if let Some(paid_as) = &self.paid_as {
            return paid_as.clone();
        }
        match text(&self.answer, "/transactionId") {
            "" => format!("late-{}", self.reference),
            told => told.to_owned(),
        }
    }
}
