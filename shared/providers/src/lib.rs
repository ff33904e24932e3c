//! Payment providers: how each is asked, and what its answers mean.
//!
//! Nothing here waits, connects or looks at a clock. An adapter turns an [`Operation`] into one
//! [`HttpRequest`] and one [`HttpAnswer`] into an [`Outcome`]; whoever owns the network carries them.
//! The rooms:
//!
//! - [`http`]: requests and answers as data;
//! - [`capabilities`]: which provider can do what;
//! - [`registry`]: which adapter speaks for which account;
//! - [`sandbox`]: the adapter of the sandbox, its protocol, and the bank that answers in process.
//!
//! A provider is added by its folder, one line of the registry and one row of the capabilities.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod capabilities;
pub mod http;
pub mod registry;
pub mod sandbox;

use domain::{
    card::CardData,
    charge::{Outcome, request::RequestKind},
    customer::CustomerData,
    merchant::ProviderAccount,
    method::Method,
    money::Money,
    time::Timestamp,
};

pub use http::{HttpAnswer, HttpRequest, Target, Verb};
pub use registry::adapter;

/// What a provider is asked to do. The reference is ours, and the same thing asked twice has the same one.
#[derive(Clone, Copy)]
pub enum Operation<'a> {
    /// Take, reserve or register a payment.
    Create(Create<'a>),
    /// Tell what came of a request that may have been lost on its way.
    Query(Query<'a>),
    /// Tell whether a card is good, without taking or reserving anything.
    Verify(Verify<'a>),
}

/// A payment to be taken, reserved or registered.
#[derive(Clone, Copy)]
pub struct Create<'a> {
    /// Our name for it: 35 letters and digits (design §3, "References").
    pub reference: &'a str,
    /// How it is paid.
    pub method: &'a Method,
    /// How much.
    pub money: Money,
    /// Whether a card's money is taken at once or only reserved; means nothing to a Pix.
    pub capture: bool,
    /// The card, for a payment by card.
    pub card: Option<&'a CardData>,
    /// The buyer, where one was named.
    pub customer: Option<&'a CustomerData>,
    /// What the buyer's statement shows.
    pub statement_descriptor: Option<&'a str>,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// A question about an earlier request.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// Our name for what was asked then.
    pub reference: &'a str,
    /// What was asked then.
    pub asked: RequestKind,
    /// How it is paid.
    pub method: &'a Method,
    /// For how much it was asked.
    pub money: Money,
    /// The last digit of the card's number, for a payment by card: the sandbox decides by it.
    pub card_last_digit: Option<u8>,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// A card to be verified by a payment of nothing ("zero dollar").
#[derive(Clone, Copy)]
pub struct Verify<'a> {
    /// Our name for it: 35 letters and digits.
    pub reference: &'a str,
    /// The card, with its security code.
    pub card: &'a CardData,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// Why an operation cannot be put to a provider. Nothing has been sent.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A payment by card, or a question about one, came without the card.
    #[error("a payment by card needs the card")]
    NoCard,
    /// The operation does not fit into a request.
    #[error("the operation cannot be written")]
    Body(#[from] serde_json::Error),
}

/// One provider's language.
pub trait Provider: Sync {
    /// The request that puts `operation` to the provider on behalf of `account`.
    ///
    /// # Errors
    /// A [`BuildError`] when there is no such request.
    fn prepare(&self, account: &ProviderAccount, operation: &Operation) -> Result<HttpRequest, BuildError>;

    /// What `answer` says of `operation`: an answer that cannot be read is [`Outcome::Unknown`], never a
    /// success and never a failure.
    fn outcome(&self, operation: &Operation, answer: &HttpAnswer) -> Outcome;
}
