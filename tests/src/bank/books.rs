//! The bank's books: the requests that it received, and the payments that it holds.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::{BankReply, Holding, text};

/// One operation that the bank has booked: a create, a capture, a void or a cancel, done or declined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The hub's reference of it.
    pub reference: String,
    /// The reference of the create of its payment.
    pub payment: String,
    /// `create`, `capture`, `void` or `cancel`.
    pub operation: String,
    /// Minor units.
    pub amount: u64,
    /// `approved`, `declined`, `pending` or `processing`: the first answer, or the end since.
    pub result: String,
    /// How often it was requested.
    pub times: u32,
    /// The bank's own id of the payment, where the request names one.
    pub transaction_id: Option<String>,
    /// The key of the account that requested it, where it has one.
    pub key: Option<String>,
    answer: Value,
    end: Option<Value>,
}

/// Where the notifications about a payment go, and the key that signs them.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) url: String,
    pub(super) key: String,
}

#[derive(Debug, Default)]
pub(super) struct Books {
    bookings: BTreeMap<String, Booking>,
    holdings: BTreeMap<String, Holding>,
    addresses: BTreeMap<String, Address>,
    /// References that a query found unknown: a later create with one of them is declined.
    denied: Vec<String>,
    /// The ids of the events that a tester has simulated.
    simulated: Vec<String>,
    /// How many updates were written.
    updates: usize,
    pub(super) replies: VecDeque<BankReply>,
    pub(super) creates: usize,
    pub(super) operations: usize,
    pub(super) queries: usize,
    pub(super) verifications: usize,
    /// The `authorization` of every request that had one.
    pub(super) keys: Vec<String>,
}

impl Books {
    pub(super) fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.values()
    }

    pub(super) fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.holdings.values()
    }

    /// The first answer to a request that came before.
    pub(super) fn repeat(&mut self, reference: &str) -> Option<Value> {
        let booking = self.bookings.get_mut(reference)?;
        booking.times += 1;
        Some(booking.answer.clone())
    }

    /// Books a request as the rules have `decided` it, as far as the books allow. Returns the answer.
    pub(super) fn book(&mut self, asked: &Value, decided: Value, key: Option<String>) -> Value {
        let (operation, reference) = (text(asked, "/operation"), text(asked, "/reference"));
        if self.denied.iter().any(|denied| denied == reference) {
            return json!({"result": "declined", "code": "processing_error"});
        }
        let amount = asked.get("amount").and_then(Value::as_u64).unwrap();
        let is_create = operation == "create";
        let payment = text(asked, if is_create { "/reference" } else { "/paymentReference" });
        let transaction_id = asked.get("transactionId").and_then(Value::as_str).map(str::to_owned);
        let answer = match self.holdings.get_mut(payment) {
            _ if is_create => {
                self.holdings.insert(payment.to_owned(), Holding::of(asked, &decided));
                self.note_address(asked);
                decided
            }
            Some(holding) if operation == "void" && holding.is_duplicate(transaction_id.as_deref()) => {
                holding.refund_duplicate(transaction_id.as_deref(), amount, decided)
            }
            Some(holding) if holding.can(operation, amount) => {
                holding.change(operation, amount, text(&decided, "/result"));
                decided
            }
            _ => json!({"result": "declined", "code": "generic"}),
        };
        let booking = Booking {
            reference: reference.to_owned(),
            payment: payment.to_owned(),
            operation: operation.to_owned(),
            amount,
            result: text(&answer, "/result").to_owned(),
            times: 1,
            transaction_id,
            key,
            answer: answer.clone(),
            end: None,
        };
        self.bookings.insert(reference.to_owned(), booking);
        answer
    }

    fn note_address(&mut self, create: &Value) {
        let part = |name| create.pointer(name).and_then(Value::as_str).map(str::to_owned);
        if let (Some(url), Some(key)) = (part("/notices/url"), part("/notices/key")) {
            self.addresses.insert(text(create, "/reference").to_owned(), Address { url, key });
        }
    }

    /// The answer to a query. A reference that it does not find is declined from then on.
    pub(super) fn recall(&mut self, reference: &str) -> Value {
        self.queries += 1;
        match (self.holdings.get(reference), self.bookings.get(reference)) {
            (Some(holding), _) => holding.query_answer(),
            (None, Some(booking)) => booking.end.as_ref().unwrap_or(&booking.answer).clone(),
            (None, None) => {
                self.denied.push(reference.to_owned());
                json!({"result": "not_found"})
            }
        }
    }

    /// Books a duplicate payment, under another id; false where the payment was not paid before.
    pub(super) fn pay_again(&mut self, payment: &str, transaction_id: &str, amount: u64) -> bool {
        self.holdings.get_mut(payment).is_some_and(|holding| holding.pay_again(transaction_id, amount))
    }

    /// Books that the bank itself has captured a reserved amount; false where nothing is reserved.
    pub(super) fn take(&mut self, payment: &str, amount: u64) -> bool {
        let can = self.holdings.get(payment).is_some_and(|holding| holding.can("capture", amount));
        if let (true, Some(holding)) = (can, self.holdings.get_mut(payment)) {
            holding.change("capture", amount, "approved");
        }
        can
    }

    /// Gives a payment another id of the bank.
    pub(super) fn rename(&mut self, payment: &str, transaction_id: &str) {
        if let Some(holding) = self.holdings.get_mut(payment) {
            holding.rename(transaction_id);
        }
    }

    /// Books what happens to a payment or to a void. Returns false, and books nothing, where that is impossible.
    pub(super) fn happens(&mut self, reference: &str, update: &Value) -> bool {
        let amount = update.get("amount").and_then(Value::as_u64).unwrap_or_default();
        let kind = text(update, "/news");
        let Some(payment) = self.payment_of(reference) else { return false };
        let Some(holding) = self.holdings.get_mut(&payment) else { return false };
        let void = self.bookings.get_mut(reference).filter(|booking| booking.operation == "void");
        match (kind, void) {
            ("refunded" | "refund_failed", Some(void)) if void.result == "processing" => {
                let is_done = kind == "refunded";
                let ledger = holding.ledger_of(void.transaction_id.as_deref());
                ledger.end_refund(void.amount, if is_done { amount } else { 0 });
                void.end(is_done);
                true
            }
            // A finished refund is reverted.
            ("refund_failed", Some(void)) if void.result == "approved" => {
                holding.happens("refund_reverted", void.amount)
            }
            ("refund_reverted", _) | (_, None) => holding.happens(kind, amount),
            (_, Some(_)) => false,
        }
    }

    /// Books what a tester simulates, once for each id; false where that is impossible.
    pub(super) fn simulate(&mut self, asked: &Value) -> bool {
        let id = text(asked, "/id").to_owned();
        if self.simulated.contains(&id) {
            return true;
        }
        let happens = self.happens(text(asked, "/reference"), asked);
        if happens {
            self.simulated.push(id);
        }
        happens
    }

    /// Releases what a payment has reserved; false where nothing is reserved.
    pub(super) fn release(&mut self, payment: &str) -> bool {
        self.holdings.get_mut(payment).is_some_and(Holding::release)
    }

    /// Where the notifications about a payment or its void go.
    pub(super) fn address(&self, reference: &str) -> Option<Address> {
        self.addresses.get(&self.payment_of(reference)?).cloned()
    }

    /// The amount of a booked operation.
    pub(super) fn amount(&self, reference: &str) -> Option<u64> {
        self.bookings.get(reference).map(|booking| booking.amount)
    }

    /// The bank's own id of a payment.
    pub(super) fn transaction_id(&self, payment: &str) -> Option<String> {
        self.holdings.get(payment).map(Holding::transaction_id)
    }

    /// The id of one more update.
    pub(super) fn next_update(&mut self) -> String {
        self.updates += 1;
        format!("evt-{}", self.updates)
    }

    fn payment_of(&self, reference: &str) -> Option<String> {
        self.bookings.get(reference).map(|booking| booking.payment.clone())
    }
}

impl Booking {
    fn end(&mut self, is_done: bool) {
        let id = text(&self.answer, "/transactionId");
        let end = if is_done {
            json!({"result": "approved", "transactionId": id})
        } else {
            json!({"result": "declined", "code": "generic"})
        };
        text(&end, "/result").clone_into(&mut self.result);
        self.end = Some(end);
    }
}
