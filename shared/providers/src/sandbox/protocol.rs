//! The sandbox's small JSON protocol as types: what the adapter writes, any bank reads, and the reverse.
//!
//! `PROTOCOL.md` beside this file describes it for those who run a bank of their own.

use std::borrow::Cow;

use domain::{
    card::Expiry,
    charge::{decline::DeclineCode, request::RequestKind},
    money::{Amount, Currency},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Where operations go, after the bank's URL.
pub const PATH: &str = "/operations";

/// What the bank is asked. It has no `Debug`, because it may hold a card.
#[derive(Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Request<'a> {
    /// Take, reserve or register a payment.
    #[serde(borrow)]
    Create(Create<'a>),
    /// Tell what came of a create.
    Query(Query<'a>),
    /// Tell whether a card is good.
    Verify(Verify<'a>),
}

impl<'a> Request<'a> {
    /// The request that a body holds.
    ///
    /// # Errors
    /// The body is not a request of this protocol.
    pub fn read(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(body)
    }
}

/// A payment to be taken, reserved or registered.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Create<'a> {
    /// The hub's name for it, and its identity.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
    /// Minor units of `currency`.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// How it is paid.
    pub payment: Payment<'a>,
    /// What the buyer's statement shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<Cow<'a, str>>,
    /// When the hub stored its intent.
    pub created_at: Timestamp,
}

/// How a payment is to be made.
#[derive(Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Payment<'a> {
    /// By credit card.
    Credit {
        /// Whether the money is taken at once or only reserved.
        capture: bool,
        /// In how many parts the buyer pays.
        installments: u8,
        /// The card.
        #[serde(borrow)]
        card: Card<'a>,
    },
    /// By Pix.
    Pix {
        /// For how many seconds it can be paid.
        expires_in: u32,
    },
}

/// A card.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Card<'a> {
    /// All digits of the number.
    #[serde(borrow)]
    pub number: Cow<'a, str>,
    /// The name on the card.
    pub holder: Cow<'a, str>,
    /// The last month in which it is good, as `06/2028`.
    pub expiration: Expiry,
    /// The security code, where the buyer gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvv: Option<Cow<'a, str>>,
}

/// A question about an earlier create, with enough of it that a bank without books can answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query<'a> {
    /// The hub's name for what it created.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
    /// What was asked then.
    pub asked: RequestKind,
    /// Minor units of `currency`.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// How it was to be paid.
    pub payment: Recalled,
    /// When the hub stored its intent.
    pub created_at: Timestamp,
}

/// A card to be verified: nothing is taken or reserved.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verify<'a> {
    /// The hub's name for the verification.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
    /// The card.
    pub card: Card<'a>,
    /// When the hub stored its intent.
    pub created_at: Timestamp,
}

/// What the hub still knows of a payment's means: never a number or a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Recalled {
    /// A credit card.
    Credit {
        /// The last digit of its number, 0 to 9.
        card_last_digit: u8,
    },
    /// A Pix.
    Pix,
}

/// What the bank answers, with status 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Answer {
    /// The money was taken or reserved; of a verify, the card is good.
    Approved {
        /// The bank's own id of the transaction.
        transaction_id: String,
        /// The issuer's authorization code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization_code: Option<String>,
        /// The acquirer's sequence number (NSU).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorization_nsu: Option<String>,
        /// The bank's response code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response_code: Option<String>,
        /// The card network's response code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network_code: Option<String>,
    },
    /// Nothing was taken, and nothing will be; of a verify, the card is not good.
    Declined {
        /// Why.
        code: DeclineCode,
        /// The card network's response code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network_code: Option<String>,
    },
    /// A Pix was registered and waits to be paid.
    Pending {
        /// The bank's own id of the transaction.
        transaction_id: String,
        /// The BR Code that pays it.
        pix_code: String,
    },
    /// Only to a query, and only by a bank that keeps books: it never saw the reference.
    NotFound,
}

impl Answer {
    /// The answer that a body holds; none when it holds anything else.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        // Without this an array of the fields in their order would do as well.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        if is_object { serde_json::from_slice(body).ok() } else { None }
    }
}
