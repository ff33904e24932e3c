//! One payment: its header, and the list of what was asked of providers for it.
//!
//! Status and event follow from the list. A charge changes in two ways only: it is
//! [opened](Charge::open) with one running request, and requests are [settled](Charge::settle).

pub mod decline;
pub mod event;
mod open;
pub mod request;
mod settle;
mod standing;
pub mod status;

use serde::{Deserialize, Serialize};

pub use open::{Body, CvvOrder, NewCharge, Order, SourceOrder};
pub use settle::{Outcome, SessionEffect, Settled};

use crate::{
    card::CardSnapshot,
    ids::{CardId, ChargeId, ClientId, CustomerId, MerchantId, SessionId, TokenId},
    limits::{FIRST_QUESTION, LAST_QUESTION},
    method::Method,
    money::{Amount, Currency},
    time::Timestamp,
};
use request::{Standing, TransactionRequest};
use std::time::Duration;

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
    /// What was asked of providers, oldest first.
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
    /// What the merchant still has of it, in minor units.
    ///
    /// An unpaid charge keeps its amount (design §3, "Void and capture").
    #[must_use]
    pub const fn amount(&self) -> Amount {
        self.original_amount
    }

    /// When the hub must look at it again by itself: the nearest open deadline.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.requests
            .iter()
            .filter_map(|request| match &request.standing {
                Standing::Running => Some(request.call_before),
                Standing::Open { answer, .. } => Some(answer.at.plus(FIRST_QUESTION)),
                Standing::Final { .. } => None,
            })
            .min()
    }

    /// How long after a question to the provider the next one is due: the age of the charge again, within bounds,
    /// so that the pauses double.
    #[must_use]
    pub fn question_pause(&self, now: Timestamp) -> Duration {
        now.since(self.created_at).clamp(FIRST_QUESTION, LAST_QUESTION)
    }

    /// Who buys, where that is known.
    #[must_use]
    pub const fn buyer(&self) -> Option<CustomerId> {
        match self.source {
            Source::Customer { customer_id } => Some(customer_id),
            Source::Card { .. } | Source::Token { .. } => self.customer,
        }
    }

    /// The request at `number`, counted from 1.
    #[must_use]
    pub fn request(&self, number: usize) -> Option<&TransactionRequest> {
        self.requests.get(number.checked_sub(1)?)
    }

    /// The reference that the request at `number` has at its provider: the charge's id as 32 hex digits and three
    /// digits of the number, so that every notice names its charge (design §3, "References").
    #[must_use]
    pub fn reference(&self, number: usize) -> String {
        format!("{}{number:03}", self.id.uuid().simple())
    }

    /// The request whose outcome is not known yet, with its number counted from 1.
    #[must_use]
    pub fn unsettled(&self) -> Option<(usize, &TransactionRequest)> {
        (1..).zip(&self.requests).find(|(_, request)| !request.is_final())
    }

    /// The code of a Pix that can be paid now.
    #[must_use]
    pub fn pix_code(&self) -> Option<&str> {
        self.requests.iter().find_map(|request| request.latest()?.receipt.pix_code.as_deref())
    }
}
