use std::borrow::Cow;

use domain::{
    card::Expiry,
    charge::{request::RequestKind, update::Reference},
    method::{PaidItem, Penalty},
    money::{Amount, Currency},
    time::{Date, Timestamp},
};
use serde::{Deserialize, Serialize};

use super::UpdateKind;

/// Where operations go, after the bank's URL.
pub const PATH: &str = "/operations";

/// A request to the bank. It has no `Debug`, because it may hold a card or a key.
#[derive(Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Request<'a> {
    /// Take, reserve or register a payment.
    #[serde(borrow)]
    Create(Create<'a>),
    /// Take money that was reserved.
    Capture(Change<'a>),
    /// Refund money, or release an authorization.
    Void(Change<'a>),
    /// Cancel an unpaid payment.
    Cancel(Change<'a>),
    /// Ask for the outcome of one of the operations above, or for the state of a payment.
    Query(Query<'a>),
    /// Verify a card.
    Verify(Verify<'a>),
    /// Simulate an update of a payment, as a shopper or a shopper's bank would cause it.
    Simulate(Simulate<'a>),
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
    /// The hub's reference, which identifies the payment.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
    /// Minor units of `currency`.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// How it is paid.
    pub payment: Payment<'a>,
    /// The statement descriptor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_descriptor: Option<Cow<'a, str>>,
    /// Where to send the updates of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "notices")]
    pub updates: Option<Subscription<'a>>,
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
        /// In how many installments the shopper pays.
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
    /// By boleto.
    Boleto {
        /// Its due date.
        expires_date: Date,
        /// For how many days after its due date it can be paid.
        max_days_past_due: u16,
        /// The instructions to the cashier, printed on the boleto.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instructions: Option<Cow<'a, str>>,
        /// What is added for each day, or each month, of delay.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interest: Option<Penalty>,
        /// What is added once for a delay.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fine: Option<Penalty>,
    },
    /// On the bank's own page, as Drip is.
    Drip {
        /// What is bought.
        items: Cow<'a, [PaidItem]>,
        /// In how many installments the shopper may pay at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_installments: Option<u8>,
        /// For how many seconds the page can be paid.
        expires_in: u32,
        /// Where the page sends the browser after a payment.
        success_url: Cow<'a, str>,
        /// Where the page sends the browser when the shopper cancels.
        cancel_url: Cow<'a, str>,
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
    /// The security code, where the shopper gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cvv: Option<Cow<'a, str>>,
}

/// Where the bank sends updates.
#[derive(Serialize, Deserialize)]
pub struct Subscription<'a> {
    /// The address.
    #[serde(borrow)]
    pub url: Cow<'a, str>,
    /// The key that the bank signs with.
    pub key: Cow<'a, str>,
}

/// A change of an earlier payment.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change<'a> {
    /// The hub's reference, which identifies the change.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
    /// The reference of the payment.
    pub payment_reference: Cow<'a, str>,
    /// The bank's own id of the payment, where the bank gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<Cow<'a, str>>,
    /// Minor units of `currency`.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// How the payment was made.
    pub payment: Recalled,
    /// When the hub stored its intent.
    pub created_at: Timestamp,
}

/// A question about an earlier operation, with enough of it that a bank without books can answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query<'a> {
    /// The reference of the earlier operation.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
    /// The reference of the payment: equal to `reference` where the query is about the payment itself.
    pub payment_reference: Cow<'a, str>,
    /// The kind of the earlier operation.
    pub asked: RequestKind,
    /// Minor units of `currency`.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: Currency,
    /// How the payment was, or was to be, made.
    pub payment: Recalled,
    /// When the hub stored its intent.
    pub created_at: Timestamp,
}

/// A card to be verified: nothing is taken or reserved.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verify<'a> {
    /// The hub's reference of the verification.
    #[serde(borrow)]
    pub reference: Cow<'a, str>,
    /// The card.
    pub card: Card<'a>,
    /// When the hub stored its intent.
    pub created_at: Timestamp,
}

/// An update to be simulated.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulate<'a> {
    /// The id of the update.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// The reference of the payment or of the refund that the update is about.
    pub reference: Reference,
    /// What happens.
    #[serde(flatten)]
    pub kind: UpdateKind,
    /// The key that signs the notification.
    #[serde(rename = "notices")]
    pub updates: Key<'a>,
    /// When the hub received the order to simulate.
    pub created_at: Timestamp,
}

/// The key that the bank signs with.
#[derive(Serialize, Deserialize)]
pub struct Key<'a> {
    /// The key.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
}

/// What the hub still knows of how a payment was made: never a card number or a security code.
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
    /// A boleto.
    Boleto {
        /// Its due date.
        expires_date: Date,
    },
    /// Drip.
    Drip,
}
