//! One payment: its header, and the list of what was asked of providers for it.
//!
//! Status, amount and events follow from the list, and the list only grows. The rooms:
//!
//! - [`open`](Charge::open): an order becomes a charge with one running request;
//! - [`command`]: what may be asked of it next: a capture, a refund, to be given up;
//! - [`settle`](Charge::settle): what a provider's answer does to it;
//! - [`hear`](Charge::hear): what a provider's [`notice`] does to it;
//! - [`late`]: money that comes after the charge had failed or been canceled;
//! - [`at_event`](Charge::at_event): the charge as it stood at one of its events;
//! - [`due`]: when the hub must look at it by itself, and for what.

pub mod command;
pub mod decline;
pub mod due;
pub mod event;
pub mod fraud;
mod grow;
mod hear;
pub mod late;
pub mod notice;
mod open;
mod past;
pub mod request;
mod settle;
mod standing;
pub mod status;

use serde::{Deserialize, Serialize};

pub use late::LateMoney;
pub use open::{Body, CvvOrder, NewCharge, Order, SourceOrder};
pub use past::Moment;
pub use settle::{Learned, Outcome, SessionEffect, Settled};

use crate::{
    card::CardSnapshot,
    ids::{CardId, ChargeId, ClientId, CustomerId, MerchantId, SessionId, TokenId},
    method::Method,
    money::{Amount, Currency},
    time::Timestamp,
};
use fraud::FraudAnalysis;
use notice::Reference;
use request::{Receipt, TransactionRequest, Via};

/// What a charge is paid from, as answers show it: ids, never numbers.
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
    /// A buyer who pays without a card.
    Customer {
        /// The buyer.
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
    /// Who is paid.
    pub merchant: MerchantId,
    /// The session that it pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    /// Who buys, where a card pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The merchant's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// What the merchant calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the buyer's statement shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<String>,
    /// The amount first asked for, in minor units.
    pub original_amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// Whether the money is taken at once or only reserved.
    pub capture: bool,
    /// How it is paid.
    pub method: Method,
    /// From what it is paid.
    pub source: Source,
    /// The caller's idempotency key, or the charge's id where none came: one value in all its requests (design §4).
    pub idempotency_key: String,
    /// What the creating request said, for telling a repeat from another request under the same key.
    pub body: Body,
    /// What an analysis of fraud said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraud: Option<FraudAnalysis>,
    /// Whether its money came beside its session, which somebody else has paid or which has ended: the session goes on
    /// without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside_session: bool,
    /// Since when the hub owes its buyer a refund of money that came beside its session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owes_void: Option<Timestamp>,
    /// What was asked of providers and what they told, oldest first.
    pub requests: Vec<TransactionRequest>,
    /// How many events it has had.
    pub event_no: u32,
    /// When the intent was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it was written; the condition of the next write.
    pub version: u64,
}

impl Charge {
    /// Who buys, where that is known.
    #[must_use]
    pub const fn buyer(&self) -> Option<CustomerId> {
        match self.source {
            Source::Customer { customer_id } => Some(customer_id),
            Source::Card { .. } | Source::Token { .. } => self.customer,
        }
    }

    /// Until when its buyer can pay it, where the buyer pays it later.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.method.expires_at(self.created_at)
    }

    /// The merchant's account at the provider that its payment went to.
    #[must_use]
    pub fn via(&self) -> Option<Via> {
        self.request(self.payment()).map(|request| request.via)
    }

    /// The last digit of its card's number, where a card pays: the sandbox decides by it.
    #[must_use]
    pub fn card_last_digit(&self) -> Option<u8> {
        let last = self.source.card()?.last4.chars().last()?;
        u8::try_from(last.to_digit(10)?).ok()
    }

    /// The request at `number`, counted from 1.
    #[must_use]
    pub fn request(&self, number: usize) -> Option<&TransactionRequest> {
        self.requests.get(number.checked_sub(1)?)
    }

    /// The reference that the request at `number` has at its provider (design §3, "References").
    #[must_use]
    pub fn reference(&self, number: usize) -> Reference {
        Reference { charge: self.id, number: u16::try_from(number).unwrap_or(u16::MAX) }
    }

    /// The number of the request that took, reserved or registered its payment: what captures and refunds refer to.
    #[must_use]
    pub fn payment(&self) -> usize {
        self.creation()
    }

    /// What its buyer pays with: a Pix code, a barcode or a page; none before the provider has told it.
    #[must_use]
    pub fn payable(&self) -> Option<&Receipt> {
        let receipts = self.requests.iter().filter_map(|request| request.latest().map(|answer| &answer.receipt));
        receipts.into_iter().find(|receipt| receipt.is_payable())
    }
}
