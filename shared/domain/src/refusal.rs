//! Every reason for which the hub refuses a request.
//!
//! A refusal says what happened, with its data and without words for a caller: each wire format has its own, with a
//! status code and a shape of the answer. Logs print a refusal as `Debug` does.

use strum::IntoStaticStr;

use crate::{
    charge::status::Status,
    customer::{Need, Unique},
    merchant::{ProviderType, order::AccountProblem},
    method::PaymentType,
    money::Amount,
    session::SessionStatus,
    time::Timestamp,
};

/// What cannot be read of a request outside its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The part of the path, or the header, of this name is no UUID.
    Uuid(String),
    /// The body announces a form and is none.
    Form,
    /// The field of a form with this name is no text.
    Text(String),
    /// Two fields of a form have one name.
    Twice,
    /// The idempotency key is empty, too long or no text.
    IdempotencyKey,
    /// The idempotency key contains a comma, as a header does that was sent twice.
    IdempotencyKeyWithComma,
    /// The idempotency key contains the number of the card in the request.
    IdempotencyKeyWithCardNumber,
    /// Two headers hold two idempotency keys.
    IdempotencyKeysDiffer,
}

/// Why what a shopper's page encrypted does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// It cannot be decrypted: it was encrypted for another key, or changed since.
    Unreadable,
    /// It was used before.
    Used,
    /// It names no client session of the merchant that is open.
    NoSession,
    /// As many payments were made in its client session as it may have.
    SessionUsedUp,
    /// The filters of its client session leave out the payment product.
    LeftOut,
    /// The stored card of its client session can no longer pay.
    StoredCard,
}

/// Why a request was not answered with its result. Nothing was stored or sent, where the variant does not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Refusal {
    /// The request is not what the route takes: every problem, worded by the wire format that read the request. The
    /// domain and the use cases never make one.
    Invalid(Vec<String>),
    /// A part of the request outside its JSON cannot be read.
    Unreadable(Unreadable),
    /// The body is longer than the hub reads.
    TooLarge,
    /// The answer is larger than a function can give. It is a page of a list: nothing was changed.
    AnswerTooLarge,
    /// What is to be stored for the request is larger than the store takes.
    TooLargeToStore {
        /// How large it may be, in bytes.
        most: usize,
    },
    /// The key is missing, unknown, expired, or not allowed to do this.
    Forbidden,
    /// There is no such route: its method and path.
    NoRoute(String),
    /// The account has no such charge.
    UnknownCharge,
    /// The account has no such session.
    UnknownSession,
    /// The account has no such card.
    UnknownCard,
    /// The account has no such event, or the event has expired.
    UnknownEvent,
    /// The account has no such customer, or it was erased.
    UnknownCustomer,
    /// Another customer of the account has the same document or e-mail address.
    CustomerExists {
        /// What is taken.
        taken: Vec<Unique>,
    },
    /// The card is another customer's.
    CardLinked,
    /// The customer has as many cards as it may have.
    CustomerCardsUsedUp {
        /// How many it may have for this caller.
        most: usize,
    },
    /// The account has no such merchant that could be paid.
    UnknownMerchant,
    /// The account has no merchant of this id.
    MerchantNotFound,
    /// The merchant was deleted.
    MerchantDeleted,
    /// The merchant cannot have these provider accounts: every problem.
    ProviderAccounts(Vec<AccountProblem>),
    /// The shopper is offered no such payment product.
    UnknownProduct,
    /// The merchant has no logo.
    NoLogo,
    /// The address is that of no image.
    NoImage,
    /// The public key would be made with a key that was made with a key, and so on, too often.
    KeysTooDeep,
    /// The account has no such public key.
    UnknownPublicKey,
    /// The account has no such webhook.
    UnknownWebhook,
    /// The webhook is switched off.
    WebhookInactive,
    /// The account has a webhook for this event at this endpoint.
    WebhookExists,
    /// The account has as many webhooks as it may have.
    WebhooksUsedUp,
    /// The webhook's key was replaced and still signs.
    KeyRotating,
    /// The merchant has no provider for this payment.
    NoProvider {
        /// The payment method.
        method: PaymentType,
        /// In which currency.
        currency: &'static str,
    },
    /// The payment is to be analysed for fraud, and no provider of the merchant that serves it takes such an analysis.
    FraudAnalysisNotServed {
        /// The provider that the merchant prefers for it.
        provider: ProviderType,
    },
    /// No provider of the merchant makes a Pix code that can be paid for so long.
    PixExpiry {
        /// The provider that the merchant prefers.
        provider: ProviderType,
        /// Seconds, at least.
        least: u32,
        /// Seconds, at most.
        most: u32,
    },
    /// No provider of the merchant makes a boleto on these terms.
    BoletoTermsNotServed {
        /// The provider that the merchant prefers.
        provider: ProviderType,
        /// The fields that it has no place for.
        fields: Vec<&'static str>,
    },
    /// A public key sends a browser to a page whose origin the merchant's settings do not name.
    RedirectNotNamed,
    /// The session does not accept this payment method.
    MethodNotAccepted {
        /// What it accepts.
        accepted: Vec<PaymentType>,
    },
    /// The session is paid.
    SessionPaid,
    /// The session's payment was voided, and that ends the session.
    SessionVoided,
    /// Another payment of the session is under way, is pre-authorized or has an unknown outcome; or its shopper can
    /// still pay it, and it cannot be canceled.
    SessionLocked {
        /// Until when at the latest, where that is known.
        until: Option<Timestamp>,
    },
    /// What refuses a payment for which an unpaid one of its session was canceled, or may have been.
    Superseding(Box<Self>),
    /// The session is paid, voided or canceled, and is to be changed.
    SessionEnded {
        /// Its status.
        status: SessionStatus,
    },
    /// The session is to be canceled, and its charge is pre-authorized.
    SessionReserved,
    /// The session is to be canceled, and its charge has an unknown outcome.
    SessionUnsettled,
    /// The session was canceled.
    SessionCanceled,
    /// The session is switched off.
    SessionInactive,
    /// The session is past due.
    SessionPastDue,
    /// The session had as many payment attempts as it may have.
    AttemptsUsedUp,
    /// The charge is in a status in which nothing can be captured.
    NotCapturable {
        /// Its status.
        status: Status,
    },
    /// The charge is in a status in which nothing can be voided.
    NotVoidable {
        /// Its status.
        status: Status,
    },
    /// The charge is in a status in which nothing is reserved.
    NotReleasable {
        /// Its status.
        status: Status,
    },
    /// More than is left of the charge.
    AboveResidual {
        /// What is left, in minor units.
        residual: Amount,
    },
    /// Refunds under way and disputes have taken what is left.
    ResidualPromised {
        /// What they leave, in minor units.
        available: Amount,
    },
    /// The sums of the charge contradict each other.
    ChargeInconsistent,
    /// Another capture or void of the charge has not ended.
    ChargeBusy,
    /// The provider of the charge captures all that is reserved, or nothing.
    PartialCaptureNotServed {
        /// What is reserved.
        reserved: Amount,
    },
    /// The provider of the charge releases all that is reserved, or nothing.
    PartialReleaseNotServed {
        /// What is reserved.
        reserved: Amount,
    },
    /// The provider of the charge refunds all that is left, or nothing.
    PartialRefundNotServed,
    /// The provider captures and refunds a payment by its own id of it alone, and the hub has none of this one.
    NoIdAtProvider,
    /// The payment lacks what its provider must know of its shopper.
    ShopperIncomplete {
        /// The provider that the merchant prefers for it.
        provider: ProviderType,
        /// What it lacks.
        lacks: Vec<Need>,
    },
    /// The provider that took the payment does not refund this payment method.
    RefundNotServed {
        /// The payment method.
        method: PaymentType,
    },
    /// What a shopper's page encrypted does not pay.
    EncryptedInput(InputFault),
    /// The charge has as many transaction requests as it may have.
    RequestsUsedUp,
    /// The merchant no longer has the provider account that took the payment.
    NoProviderAccount,
    /// The hub has no adapter for the account at this provider: another release had one.
    NoAdapter {
        /// The provider.
        provider: ProviderType,
    },
    /// The sandbox does not bring such a charge into this status.
    NotSimulated {
        /// The status that was asked for.
        status: Status,
        /// The statuses that are possible.
        possible: Vec<Status>,
    },
    /// The sandbox's bank did not confirm the change.
    NotConfirmed,
    /// The charge has no analysis of fraud.
    NoFraudAnalysis,
    /// The hub is not a sandbox.
    NoSandbox,
    /// The test clock is to be set back, and something stored is newer than real time.
    StoredAhead {
        /// The instant of the newest.
        newest: Timestamp,
    },
    /// No provider calls the hub at this address.
    UnknownCallback,
    /// A provider's call is not what the provider sends.
    UnreadableUpdate,
    /// A customer who pays with Drip has no complete address.
    NoCustomerAddress,
    /// The account has no such card, or it did not pass its verification.
    UnusableCard,
    /// The card's last good month is over everywhere on earth.
    CardExpired,
    /// The caller pays with this card only together with its security code.
    CvvRequired,
    /// A session is to name a customer, and the caller is in a browser.
    CustomerNotNameable,
    /// A session is to have a link, and the caller is in a browser.
    LinkNotAllowed,
    /// A session is to name a customer that the account has not.
    UnknownNamedCustomer,
    /// The account has no such customer, or the customer has no card.
    UnusableCustomer,
    /// The token was used by another charge, or by a card.
    TokenSpent,
    /// The token does not exist or has expired.
    UnknownToken,
    /// The provider that was to verify a card was not reached, or the outcome is unknown.
    CardNotVerified,
    /// The card was tried too often to be tried once more with a public key.
    CardDeclinedTooOften {
        /// Until when.
        until: Timestamp,
    },
    /// Cards were tried too often with this public key from this address.
    TooManyDeclines {
        /// Until when.
        until: Timestamp,
    },
    /// The first request with this key has not been answered yet.
    Processing,
    /// The idempotency key was used with another body.
    KeyReused,
    /// Other requests kept changing the same resource.
    Contention,
    /// Storage or encryption could not be reached.
    Unavailable,
    /// A defect of the hub.
    Internal,
}

impl Refusal {
    /// Its name without its data, for logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if let Self::Superseding(cause) = self { cause.name() } else { self.into() }
    }

    /// What refuses a payment for which an unpaid one of its session was canceled, or may have been. Where that one was
    /// paid first, or this request was made before, nothing more is to be said.
    #[must_use]
    pub fn superseding(self) -> Self {
        if matches!(self, Self::SessionPaid | Self::Processing) { self } else { Self::Superseding(Box::new(self)) }
    }
}
