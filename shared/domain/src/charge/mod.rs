//! One payment: its header, and the list of what was asked of providers for it.
//!
//! Status, amount and events follow from the list, and the list only grows. The modules:
//!
//! - [`open`](Charge::open): an order becomes a charge with one running request;
//! - [`command`]: what may be asked of it next: a capture, a refund, a cancel;
//! - [`decide`]: what was learned gives the next states of charge and session, in one decision;
//! - [`settle`]: what a provider's answer does to the charge; `notified`, `reservations`, `refunds`, `disputes`:
//!   what its [`update`] does;
//! - `books`: what the list adds up to; `record`: how it grows;
//! - [`history`]: the charge as it was at one step of its life;
//! - [`snapshot`](Charge::snapshot): the charge at one moment, as its events keep it;
//! - [`due`]: when it is due for the sweeper, and for what.

mod books;
pub mod change;
pub mod command;
pub mod decide;
pub mod decline;
mod disputes;
pub mod due;
pub mod event;
pub mod fraud;
pub mod history;
mod notified;
mod open;
mod record;
mod refunds;
pub mod request;
mod reservations;
pub mod settle;
mod snapshot;
pub mod status;
pub mod update;

use serde::{Deserialize, Serialize};

pub use decide::{
    Abilities, AbilitiesOf, Circumstances, Decision, PartialRelease, Report, SessionView, SessionWrite, Superseding,
    Write,
};
pub use history::{Entry, Moment};
pub use open::{Body, CvvOrder, NewCharge, Order, SourceOrder};
pub use settle::{Outcome, SessionStep, WaitReason};
pub use snapshot::Snapshot;

use crate::{
    card::CardSnapshot,
    card_testing::Counted,
    ids::{CardId, ChargeId, ClientId, CustomerId, KeyId, MerchantId, SessionId, TokenId},
    limits::RETURN_PAUSE,
    method::Method,
    money::{Amount, Currency},
    time::Timestamp,
};
use fraud::FraudAnalysis;
use request::{Receipt, TransactionRequest, Via};
use update::Reference;

/// The payment source of a charge, as answers show it: ids, never numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sourceType", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Source {
    /// A stored card.
    Card {
        /// The card.
        card_id: CardId,
        /// What may be shown of it.
        card: CardSnapshot,
    },
    /// A card token, spent by this charge.
    Token {
        /// The token.
        token_id: TokenId,
        /// What may be shown of its card.
        card: CardSnapshot,
    },
    /// A customer who pays without a card.
    Customer {
        /// The customer.
        customer_id: CustomerId,
    },
}

impl Source {
    /// What may be shown of the card, where there is one.
    #[must_use]
    pub const fn card(&self) -> Option<&CardSnapshot> {
        match self {
            Self::Card { card, .. } | Self::Token { card, .. } => Some(card),
            Self::Customer { .. } => None,
        }
    }
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// The public keys with which it was made: the first one was made with the account's secret key, each other one with
    /// the one before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyId>,
    /// Who is paid.
    pub merchant: MerchantId,
    /// The session that it pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// The customer, where a card pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The merchant's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The merchant's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The statement descriptor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<String>,
    /// The amount first asked for, in minor units.
    pub original_amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// Whether the money is taken at once or only reserved.
    pub capture: bool,
    /// Its payment method.
    pub method: Method,
    /// Its payment source.
    pub source: Source,
    /// The caller's idempotency key, or the charge's id where none came: one value in all its requests.
    pub idempotency_key: String,
    /// What the creating request said, to distinguish an idempotent replay from another request under the same key.
    pub body: Body,
    /// What an analysis of fraud said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraud: Option<FraudAnalysis>,
    /// Whether its card was to be kept for later payments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_card: bool,
    /// What its last attempt is counted for as a decline, until it is known to be none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// What was asked of providers and what they reported, oldest first.
    pub requests: Vec<TransactionRequest>,
    /// How many events it has had.
    pub event_no: u32,
    /// The provider notifications that wait for it to change, by the keys of their records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
    /// When the hub last asked whether it was paid because its shopper's browser returned from the provider's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_asked_at: Option<Timestamp>,
    /// When the intent was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it was written; the condition of the next write.
    pub version: u64,
}

impl Charge {
    /// The customer, where it is known.
    #[must_use]
    pub const fn shopper(&self) -> Option<CustomerId> {
        match self.source {
            Source::Customer { customer_id } => Some(customer_id),
            Source::Card { .. } | Source::Token { .. } => self.customer,
        }
    }

    /// Until when its shopper can pay it, where the shopper pays it later.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.method.expires_at(self.created_at)
    }

    /// When it fails if it is not paid: later than its shopper can pay it where its provider needs time for clearing.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.method.ends_at(self.created_at)
    }

    /// The charge, marked as asked about at `now` because its shopper's browser returned; none where its browser returned
    /// less than [`RETURN_PAUSE`] before.
    #[must_use]
    pub fn asked_on_return(&self, now: Timestamp) -> Option<Self> {
        let is_due = self.return_asked_at.is_none_or(|asked_at| now.since(asked_at) >= RETURN_PAUSE);
        let version = self.version.saturating_add(1);
        is_due.then(|| Self { return_asked_at: Some(now), version, ..self.clone() })
    }

    /// The merchant's account at the provider that its payment went to.
    #[must_use]
    pub fn via(&self) -> Option<Via> {
        self.request(self.payment()).map(|request| request.via)
    }

    /// The request at `number`, counted from 1.
    #[must_use]
    pub fn request(&self, number: usize) -> Option<&TransactionRequest> {
        self.requests.get(number.checked_sub(1)?)
    }

    /// The reference that the request at `number` has at its provider.
    #[must_use]
    pub fn reference(&self, number: usize) -> Reference {
        Reference { charge: self.id, number: u16::try_from(number).unwrap_or(u16::MAX) }
    }

    /// The number of the request that holds its money, or is to hold it: captures and refunds go to that request's
    /// account under its reference.
    #[must_use]
    pub fn payment(&self) -> usize {
        self.books().payment.unwrap_or_else(|| self.creation())
    }

    /// The number of the payment that the request at `number` changes: of a refund of a duplicate payment, the attempt
    /// that made that payment.
    #[must_use]
    pub fn payment_of(&self, number: usize) -> usize {
        let about = self
            .request(number)
            .and_then(|request| request.about)
            .filter(|_| self.request(number).is_some_and(|request| self.is_of_a_duplicate(request)));
        let duplicate = about.and_then(|about| Some((about, self.request(about)?)));
        duplicate.map_or_else(|| self.payment(), |(about, duplicate)| duplicate.about.unwrap_or(about))
    }

    /// The provider's id of the payment that the request at `number` changes: the id of the money, or else that of its
    /// registration.
    #[must_use]
    pub fn transaction_of(&self, number: usize) -> Option<&str> {
        let is_own = self.request(number).is_none_or(|request| !self.is_of_a_duplicate(request));
        let paid_by = if is_own { self.books().paid_by } else { self.request(number)?.about };
        paid_by.and_then(|paid| self.id_of(paid)).or_else(|| self.id_of(self.payment_of(number)))
    }

    /// The provider's own id of the request at `number`; none where it gave none.
    #[must_use]
    pub fn id_of(&self, number: usize) -> Option<&str> {
        let request = self.request(number)?;
        let answered = request.answers.iter().rev().find_map(|answer| answer.receipt.transaction_id.as_deref());
        answered.or_else(|| request.known_as.first().map(String::as_str))
    }

    /// What was refunded or released of the payment that the request at `number` changes, without that request: what the
    /// provider's sums say before it.
    #[must_use]
    pub fn refunded_beside(&self, number: usize) -> Amount {
        let payment = self.payment_of(number);
        let others = self.requests.iter().enumerate().map(|(index, request)| (index.saturating_add(1), request));
        let done = others.filter(|(other, request)| {
            *other != number
                && request.kind == request::RequestKind::Void
                && request.has_succeeded()
                && self.payment_of(*other) == payment
        });
        let sum = done.map(|(_, request)| request.amount().minor()).fold(0, u64::saturating_add);
        let sum = sum.saturating_sub(self.reverted_of(payment));
        Amount::new(sum).unwrap_or(self.original_amount)
    }

    /// What came back of the refunds of the payment at `payment`.
    fn reverted_of(&self, payment: usize) -> u64 {
        let is_of_it = |reverted: &&request::TransactionRequest| {
            let of = reverted.about.map_or_else(|| self.payment(), |refund| self.payment_of(refund));
            reverted.kind == request::RequestKind::RevertVoid && of == payment
        };
        self.requests.iter().filter(is_of_it).map(|reverted| reverted.amount().minor()).fold(0, u64::saturating_add)
    }

    /// Whether nothing was captured, refunded or released of the payment that the request at `number` changes, and nothing
    /// may have been, without that request.
    #[must_use]
    pub fn is_untouched_beside(&self, number: usize) -> bool {
        let payment = self.payment_of(number);
        let mut others = (1..).zip(&self.requests).filter(|(other, _)| *other != number);
        !others.any(|(other, request)| {
            let is_change = matches!(request.kind, request::RequestKind::Capture | request::RequestKind::Void);
            is_change && !request.status().is_failure() && self.payment_of(other) == payment
        })
    }

    /// What its shopper needs to pay: a Pix code, a barcode or a page; none before the provider sent it.
    #[must_use]
    pub fn payable(&self) -> Option<&Receipt> {
        let receipts = self.requests.iter().filter_map(|request| request.latest().map(|answer| &answer.receipt));
        receipts.into_iter().find(|receipt| receipt.is_payable())
    }
}
