//! What a provider is asked.

use domain::{
    card::CardData, charge::request::RequestKind, customer::CustomerData, method::Method, money::Money, time::Timestamp,
};

/// What a provider is asked to do. The reference is ours, and the same thing asked twice has the same one.
#[derive(Clone, Copy)]
pub enum Operation<'a> {
    /// Take, reserve or register a payment.
    Create(Create<'a>),
    /// Take money that was reserved.
    Capture(Change<'a>),
    /// Give money back, or let go of money that was reserved.
    Void(Change<'a>),
    /// Give up a payment that was registered and is not paid yet.
    Cancel(Change<'a>),
    /// Tell what came of a request that may have been lost on its way, or how a payment stands.
    Query(Query<'a>),
    /// Tell whether a card is good, without taking or reserving anything.
    Verify(Verify<'a>),
}

/// A payment to be taken, reserved or registered.
#[derive(Clone, Copy)]
pub struct Create<'a> {
    /// Our name for it: 35 letters and digits.
    pub reference: &'a str,
    /// How it is paid.
    pub method: &'a Method,
    /// How much.
    pub money: Money,
    /// Whether a card's money is taken at once or only reserved; means nothing to the other methods.
    pub capture: bool,
    /// The card, for a payment by card.
    pub card: Option<&'a CardData>,
    /// The buyer, where one was named.
    pub customer: Option<&'a CustomerData>,
    /// What the buyer's statement shows.
    pub statement_descriptor: Option<&'a str>,
    /// Where the provider tells what happens later; none where the hub cannot be reached.
    pub updates: Option<Updates<'a>>,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// Where and with which key a provider tells what happens to a payment later. It has no `Debug`: both are secrets.
#[derive(Clone, Copy)]
pub struct Updates<'a> {
    /// Where to.
    pub url: &'a str,
    /// What it proves itself with.
    pub key: &'a str,
}

/// A change of a payment that was made earlier.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// Our name for the change: 35 letters and digits.
    pub reference: &'a str,
    /// Our name for the payment that it changes.
    pub payment: &'a str,
    /// The provider's own id of that payment, where it told one.
    pub transaction_id: Option<&'a str>,
    /// How the payment was made.
    pub method: &'a Method,
    /// What is captured or given back; of a cancel, all of the payment.
    pub money: Money,
    /// The last digit of the card's number, for a payment by card.
    pub card_last_digit: Option<u8>,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// A question about an earlier request.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// Our name for what was asked then.
    pub reference: &'a str,
    /// Our name for the payment that it made or changed: the same where the payment itself is asked about.
    pub payment: &'a str,
    /// What was asked then.
    pub asked: RequestKind,
    /// How the payment was, or was to be, made.
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
    /// A payment by card, a change of one, or a question about one, came without the card.
    #[error("a payment by card needs the card")]
    NoCard,
    /// The operation cannot be written as a request.
    #[error("the operation cannot be written")]
    Body(#[from] serde_json::Error),
}
