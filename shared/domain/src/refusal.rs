//! Every reason for which the hub refuses a request.
//!
//! A refusal says what happened, what was not done and what to do, and nothing of the hub's internals. The crate of
//! a wire format decides the status code and the shape of the answer.

use crate::{
    charge::status::Status, customer::Unique, method::PaymentType, money::Amount, session::SessionStatus,
    time::Timestamp,
};

/// Why a request was not carried out. Nothing was stored or sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body or the query is not what the route takes; every problem is listed.
    #[error("Bad Request Exception")]
    Invalid(Vec<String>),
    /// The body is longer than the hub reads.
    #[error("the request body is larger than {} bytes; nothing was done", crate::limits::MAX_BODY)]
    TooLarge,
    /// The key is missing, unknown, expired, or not allowed to do this.
    #[error("Forbidden")]
    Forbidden,
    /// There is no such route.
    #[error("no route answers {0}")]
    NoRoute(String),
    /// The account has no such charge.
    #[error("charge not found")]
    UnknownCharge,
    /// The account has no such session.
    #[error("session not found")]
    UnknownSession,
    /// The account has no such card.
    #[error("Resource not found")]
    UnknownCard,
    /// The account has no such event, or the event has expired.
    #[error("event not found")]
    UnknownEvent,
    /// The account has no such customer, or it was erased.
    #[error("Unexpected error")]
    UnknownCustomer,
    /// Another customer of the account has the same document or e-mail address.
    #[error(
        "another customer of this account has this {}; nothing was created. Use that customer, or send force=true",
        both(taken)
    )]
    CustomerExists {
        /// What is taken.
        taken: Vec<Unique>,
    },
    /// The card is another customer's.
    #[error("this card is linked to another customer; nothing was linked")]
    CardLinked,
    /// The customer has as many cards as it may have.
    #[error("this customer has its {} cards; nothing was linked", crate::limits::MAX_CUSTOMER_CARDS)]
    CustomerCardsUsedUp,
    /// The account has no such merchant.
    #[error("merchantId names no merchant of this account; nothing was charged")]
    UnknownMerchant,
    /// The account has no merchant of this id.
    #[error("merchant not found")]
    NoMerchant,
    /// The merchant was deleted.
    #[error("this merchant is deleted; nothing was changed. Create another one")]
    MerchantDeleted,
    /// The merchant has no logo.
    #[error("logo not found")]
    NoLogo,
    /// The account has no such public key.
    #[error("public key not found")]
    UnknownPublicKey,
    /// The account has no such webhook.
    #[error("webhook not found")]
    UnknownWebhook,
    /// The webhook is switched off: 400.
    #[error("this webhook is not active; nothing is sent to it. Set its status to true first")]
    WebhookInactive,
    /// The account has a webhook for this event at this endpoint.
    #[error("this account already has a webhook for this event at this endpoint; nothing was changed")]
    WebhookExists,
    /// The account has as many webhooks as it may have: 400.
    #[error("this account has its {} webhooks; nothing was created. Remove one first", crate::limits::MAX_WEBHOOKS)]
    WebhooksUsedUp,
    /// The webhook's key was replaced and still signs: 409.
    #[error(
        "the key of this webhook was replaced less than {} hours ago, and that one still signs; nothing was changed. Read the webhook for its new publicKey",
        crate::webhook::FORMER_KEY_LIFE.as_secs() / 3600
    )]
    KeyRotating,
    /// The merchant has no provider for this payment.
    #[error("the merchant has no provider for {method} in {currency}; nothing was charged")]
    NoProvider {
        /// The payment method.
        method: PaymentType,
        /// In which currency.
        currency: &'static str,
    },
    /// The session does not accept this payment method.
    #[error("this session accepts {}; nothing was charged", list(accepted))]
    MethodNotAccepted {
        /// What it accepts.
        accepted: Vec<PaymentType>,
    },
    /// The session is paid.
    #[error("this session is already paid; nothing was charged")]
    SessionPaid,
    /// The session's payment was voided, and that ends the session.
    #[error("the payment of this session was voided; nothing was charged. Create another session to be paid again")]
    SessionVoided,
    /// Another payment of the session is under way, is pre-authorized or has an unknown outcome; or its shopper can
    /// still pay it, and it cannot be canceled.
    #[error(
        "another payment of this session is pending or pre-authorized; nothing was done. Read the session's charges and wait until that payment ends{}",
        at_the_latest(*until)
    )]
    SessionHeld {
        /// Until when at the latest, where that is known.
        until: Option<Timestamp>,
    },
    /// The session is paid, voided or canceled, and is to be changed.
    #[error("{}", ended(*status))]
    SessionEnded {
        /// Its status.
        status: SessionStatus,
    },
    /// The session is to be canceled, and its charge is pre-authorized.
    #[error("the charge of this session is pre-authorized; nothing was changed. Void the charge, or capture it")]
    SessionReserved,
    /// The session is to be canceled, and its charge has an unknown outcome.
    #[error(
        "the charge of this session has not ended, or its outcome is unknown; nothing was changed. Read the session's charges and wait until it is known"
    )]
    SessionUnsettled,
    /// The session was canceled.
    #[error("this session is canceled; nothing was charged. Create another session to be paid")]
    SessionCanceled,
    /// The session is switched off.
    #[error("this session is not active; enable it first. Nothing was charged")]
    SessionInactive,
    /// The session is past due.
    #[error("the due date of this session has passed; nothing was charged. Create another session to be paid")]
    SessionPastDue,
    /// The session had as many payment attempts as it may have.
    #[error(
        "this session has used its {} payment attempts; nothing was charged. Create another session to be paid",
        crate::limits::MAX_ATTEMPTS
    )]
    AttemptsUsedUp,
    /// The charge is in a status in which nothing can be captured: 400.
    #[error("a charge that is {status} cannot be captured; nothing was sent")]
    NotCapturable {
        /// Its status.
        status: Status,
    },
    /// The charge is in a status in which nothing can be voided: 400.
    #[error("a charge that is {status} cannot be voided; nothing was sent")]
    NotVoidable {
        /// Its status.
        status: Status,
    },
    /// More than is left of the charge: 400.
    #[error("amount is more than the {residual} that are left of this charge; nothing was sent")]
    AboveResidual {
        /// What is left, in minor units.
        residual: Amount,
    },
    /// Refunds under way and disputes have taken what is left: 409.
    #[error("refunds under way and disputes leave {available} of this charge; nothing was sent. Wait until they end")]
    ResidualPromised {
        /// What they leave, in minor units.
        available: Amount,
    },
    /// The sums of the charge contradict each other: 409.
    #[error("the records of this charge contradict each other; nothing was sent. An operator must look at it")]
    ChargeInconsistent,
    /// Another capture or void of the charge has not ended: 409.
    #[error("another capture or void of this charge is under way; nothing was sent. Wait until it ends")]
    ChargeBusy,
    /// The provider that took the payment does not refund this payment method: 400.
    #[error("the provider of this charge does not refund {method}; nothing was sent")]
    RefundNotServed {
        /// The payment method.
        method: PaymentType,
    },
    /// The charge has as many transaction requests as it may have: 400.
    #[error(
        "this charge has used the {} transaction requests that captures and refunds may take; nothing was sent",
        crate::limits::MAX_ORDERED_REQUESTS
    )]
    RequestsUsedUp,
    /// The merchant no longer has the provider account that took the payment: 400.
    #[error("the merchant no longer has the provider account that took this payment; nothing was sent")]
    NoAccount,
    /// The sandbox does not bring such a charge into this status: 400.
    #[error("the sandbox cannot make this charge {status}; nothing was changed. It can make it {}", statuses(possible))]
    NotSimulated {
        /// The status that was asked for.
        status: Status,
        /// The statuses that are possible.
        possible: Vec<Status>,
    },
    /// The sandbox's bank did not confirm the change: 424.
    #[error("the sandbox's bank did not say that it has done this; read the charge, and try again")]
    NotConfirmed,
    /// The charge has no analysis of fraud: 400.
    #[error("this charge was made without fraudAnalysis; nothing was changed")]
    NoFraudAnalysis,
    /// The hub is not a sandbox: 404.
    #[error("this hub serves real payments: it has no sandbox to control; nothing was changed")]
    NoSandbox,
    /// No provider calls the hub at this address: 404.
    #[error("no provider's calls are taken at this address; nothing was done")]
    UnknownCallback,
    /// A provider's call, or a notification in it, is not what the provider sends: 400.
    #[error(
        "this call, or a notification in it, cannot be read; nothing of that was done. Notifications of it that can be read were noted"
    )]
    UnreadableUpdate,
    /// A customer who pays with Drip has no complete address: 400.
    #[error("Drip needs a customer with a complete address; nothing was charged. Add it to the customer")]
    NoAddress,
    /// The account has no such card, or it did not pass its verification.
    #[error("cardId names no card of this account that can pay; nothing was charged")]
    UnusableCard,
    /// The account has no such customer, or the customer has no card.
    #[error("customerId names no customer of this account that can pay by this payment method; nothing was charged")]
    UnusableCustomer,
    /// The token was used by another charge, or by a card.
    #[error("tokenId was already used; a token pays once or makes one card. Create another token. Nothing was done")]
    TokenSpent,
    /// The token does not exist or has expired.
    #[error("tokenId does not exist or has expired; create another token. Nothing was done")]
    UnknownToken,
    /// The provider that was to verify a card was not reached, or the outcome is unknown.
    #[error(
        "the provider did not say whether the card is good: no card was verified and nothing was charged. The card is kept as pending, and this request with the same idempotency key shows it; to have it verified, create another token and another card"
    )]
    CardNotVerified,
    /// The first request with this key has not been answered yet.
    #[error("Transaction is processing")]
    Processing,
    /// The idempotency key was used with another body.
    #[error("this idempotency key was used with another request body; nothing was done. Send another key")]
    KeyReused,
    /// Other requests kept changing the same resource.
    #[error("the resource is being changed by other requests; nothing was done. Try again")]
    Contention,
    /// Storage or encryption could not be reached.
    #[error("the hub cannot reach its storage; try again with the same idempotency key")]
    Unavailable,
    /// A defect of the hub.
    #[error("unexpected error")]
    Internal,
}

fn at_the_latest(until: Option<Timestamp>) -> String {
    until.map(|until| format!(", at {until} at the latest")).unwrap_or_default()
}

const fn ended(status: SessionStatus) -> &'static str {
    match status {
        SessionStatus::Created => "this session cannot be changed now; nothing was changed",
        SessionStatus::Paid => "this session is already paid; nothing was changed",
        SessionStatus::Voided => "the payment of this session was voided; nothing was changed",
        SessionStatus::Canceled => "this session is canceled; nothing was changed. Create another session to be paid",
    }
}

fn both(taken: &[Unique]) -> String {
    taken.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn list(methods: &[PaymentType]) -> String {
    methods.iter().map(|method| method.name()).collect::<Vec<_>>().join(", ")
}

fn statuses(possible: &[Status]) -> String {
    if possible.is_empty() {
        return "nothing else".to_owned();
    }
    possible.iter().map(|status| status.name()).collect::<Vec<_>>().join(", ")
}
