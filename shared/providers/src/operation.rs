//! Requests to providers, independent of any provider's protocol.

use domain::{
    card::{CardData, CardSnapshot},
    charge::request::RequestKind,
    customer::CustomerData,
    method::Method,
    money::{Amount, Money},
    time::Timestamp,
};

/// A reference that no payment has, to find out whether a query is answered: that of the nil UUID.
pub(crate) const NO_REFERENCE: &str = "00000000000000000000000000000000001";

/// One request to a provider. The reference is the hub's, and a retry has the same reference.
#[derive(Clone, Copy)]
pub enum Operation<'a> {
    /// Take, reserve or register a payment.
    Create(Create<'a>),
    /// Take money that was reserved.
    Capture(Change<'a>),
    /// Refund money, or release an authorization.
    Void(Change<'a>),
    /// Cancel an unpaid payment, or undo a card payment whose outcome is unknown: then the change and the payment have
    /// one reference.
    Cancel(Change<'a>),
    /// Ask for the outcome of an earlier request, or for the state of a payment.
    Query(Query<'a>),
    /// Verify a card, without taking or reserving money.
    Verify(Verify<'a>),
    /// Find out whether the account's credentials are accepted, without touching any payment: `Approved` where they are,
    /// `Declined` where they are refused.
    Check,
    /// Register the address of the account's notifications, at a provider that does not get it with each payment:
    /// `Approved` where the provider takes the address, `Declined` where it refuses it.
    Register {
        /// The account's address.
        url: &'a str,
    },
}

impl Operation<'_> {
    /// The number of the card that the provider is sent.
    #[must_use]
    pub fn card_number(&self) -> Option<&str> {
        let card = match self {
            Operation::Create(create) => create.card?,
            Operation::Verify(verify) => verify.card,
            Operation::Capture(_)
            | Operation::Void(_)
            | Operation::Cancel(_)
            | Operation::Query(_)
            | Operation::Check
            | Operation::Register { .. } => return None,
        };
        Some(card.pan.reveal())
    }
}

/// A payment to be taken, reserved or registered.
#[derive(Clone, Copy)]
pub struct Create<'a> {
    /// The hub's reference: 35 letters and digits.
    pub reference: &'a str,
    /// How it is paid.
    pub method: &'a Method,
    /// How much.
    pub money: Money,
    /// Whether a card's money is taken at once or only reserved; the other methods ignore it.
    pub capture: bool,
    /// The card, for a payment by card.
    pub card: Option<&'a CardData>,
    /// The shopper, where the request names one.
    pub customer: Option<&'a CustomerData>,
    /// The merchant's words for what is bought.
    pub description: Option<&'a str>,
    /// The statement descriptor.
    pub statement_descriptor: Option<&'a str>,
    /// Where the provider sends notifications; none where the hub cannot be reached.
    pub updates: Option<Updates<'a>>,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// Where, and signed with which key, a provider sends notifications. It has no `Debug`: both are secrets.
#[derive(Clone, Copy)]
pub struct Updates<'a> {
    /// The address.
    pub url: &'a str,
    /// The key that the provider signs with.
    pub key: &'a str,
}

/// A change of a payment that was made earlier.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The hub's reference of the change: 35 letters and digits.
    pub reference: &'a str,
    /// The hub's reference of the payment that it changes.
    pub payment: &'a str,
    /// The provider's own id of that payment, where the provider gave one.
    pub transaction_id: Option<&'a str>,
    /// How the payment was made.
    pub method: &'a Method,
    /// The amount captured, refunded or released; of a cancel, the whole payment.
    pub money: Money,
    /// Whether the payment is a reservation that was not captured.
    pub is_reserved: bool,
    /// Whether nothing was captured, refunded or released of the payment before this change.
    pub is_untouched: bool,
    /// What of the payment was there before this change: of a refund or a release of all of it, equal to its amount.
    pub left: Money,
    /// What is kept of the card, for a payment by card.
    pub card: Option<&'a CardSnapshot>,
    /// When the intent was stored.
    pub created_at: Timestamp,
    /// Whether it was asked for before, and may have been done: it is carried out only where it was not.
    pub is_retry: bool,
}

/// A question about an earlier request. To ask moves no money.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// The hub's reference of the earlier request.
    pub reference: &'a str,
    /// The hub's reference of the payment: equal to `reference` where the query is about the payment itself.
    pub payment: &'a str,
    /// The kind of the earlier request.
    pub asked: RequestKind,
    /// How the payment was, or was to be, made.
    pub method: &'a Method,
    /// The amount of the earlier request.
    pub money: Money,
    /// The provider's own id of the payment, where the provider gave one.
    pub transaction_id: Option<&'a str>,
    /// The provider's own id of the earlier request, where the provider gave one: of a refund, the refund's.
    pub request_id: Option<&'a str>,
    /// What the hub knows to be refunded or released of the payment, without the earlier request.
    pub refunded: Amount,
    /// The provider's own id of a refund of the payment that is under way, where the provider gave one.
    pub refund_under_way: Option<&'a str>,
    /// What is kept of the card, for a payment by card.
    pub card: Option<&'a CardSnapshot>,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// A card to be verified by a payment of nothing ("zero dollar").
#[derive(Clone, Copy)]
pub struct Verify<'a> {
    /// The hub's reference: 35 letters and digits.
    pub reference: &'a str,
    /// The card, with its security code.
    pub card: &'a CardData,
    /// When the intent was stored.
    pub created_at: Timestamp,
}

/// Why an operation cannot be sent to a provider. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A payment by card, its change or its query lacks the card.
    #[error("a payment by card needs the card")]
    NoCard,
    /// The account lacks a field that the provider needs.
    #[error("the account lacks {0}")]
    NoField(&'static str),
    /// The provider must know something of the shopper that the payment does not say.
    #[error("the payment lacks what the provider must know of its shopper")]
    NoShopper,
    /// The provider is asked by its own id of the payment alone, and the hub has none.
    #[error("the provider's id of the payment is not known")]
    NoId,
    /// The provider refunds all that is left of a payment, or nothing.
    #[error("the provider refunds no part of a payment")]
    NoPart,
    /// The hub has no adapter for accounts at the provider.
    #[error("this release of the hub has no adapter for accounts at the provider")]
    NoAdapter,
    /// The provider has no such operation.
    #[error("the provider has no such operation")]
    NotServed,
    /// The operation cannot be written as a request.
    #[error("the operation cannot be written")]
    Body(#[from] serde_json::Error),
}
