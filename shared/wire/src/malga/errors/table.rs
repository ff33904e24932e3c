//! Status code, kind and message of every refusal. A message says what happened, what was not done and what to do, and
//! nothing of the hub's internals.

use domain::{
    charge::status::Status,
    customer::Unique,
    limits::{MAX_ATTEMPTS, MAX_BODY, MAX_KEY_DEPTH, MAX_ORDERED_REQUESTS, MAX_WEBHOOKS},
    method::PaymentType,
    refusal::{InputFault, Refusal},
    session::SessionStatus,
    time::Timestamp,
    webhook::FORMER_KEY_LIFE,
};

use super::ErrorType;

/// What is printed of a refusal, whatever the shape of its answer.
pub(super) struct Line {
    pub(super) code: u16,
    pub(super) kind: ErrorType,
    pub(super) message: String,
}

impl Line {
    fn new(code: u16, kind: ErrorType, message: impl Into<String>) -> Self {
        Self { code, kind, message: message.into() }
    }
}

/// The line of `refusal`.
#[expect(clippy::too_many_lines, reason = "one arm a refusal: the table is read as a whole")]
pub(super) fn line(refusal: &Refusal) -> Line {
    match refusal {
        Refusal::Invalid(_)
        | Refusal::Unreadable(_)
        | Refusal::TooLargeToStore { .. }
        | Refusal::ProviderAccounts(_) => Line::new(400, ErrorType::BadRequest, "Bad Request Exception"),
        Refusal::TooLarge => Line::new(
            413,
            ErrorType::BadRequest,
            format!("the request body is larger than {MAX_BODY} bytes; nothing was done"),
        ),
        Refusal::AnswerTooLarge => {
            invalid("this page of the list is larger than an answer may be; ask for fewer entries by a smaller limit")
        }
        Refusal::Forbidden => Line::new(403, ErrorType::InvalidRequestError, "Forbidden"),
        Refusal::NoRoute(route) => not_found(format!("no route answers {route}")),
        Refusal::UnknownCharge => not_found("charge not found"),
        Refusal::UnknownSession => not_found("session not found"),
        Refusal::UnknownCard => Line::new(404, ErrorType::InvalidRequestError, "Resource not found"),
        Refusal::UnknownEvent => not_found("event not found"),
        Refusal::UnknownCustomer => Line::new(404, ErrorType::ApiError, "Unexpected error"),
        Refusal::CustomerExists { taken } => conflict(format!(
            "another customer of this account has this {}; nothing was created. Use that customer, or send force=true",
            both(taken)
        )),
        Refusal::CardLinked => conflict("this card is linked to another customer; nothing was linked"),
        Refusal::CustomerCardsUsedUp { most } => {
            invalid(format!("this customer has its {most} cards; nothing was linked"))
        }
        Refusal::CvvRequired => invalid(
            "this card is paid with here only together with its security code; nothing was charged. Send cardCvv or tokenCvv",
        ),
        Refusal::KeysTooDeep => invalid(format!(
            "public keys are made with public keys at most {MAX_KEY_DEPTH} deep; nothing was created. Use the secret key"
        )),
        Refusal::CustomerNotNameable => {
            invalid("a session names a customerId with the secret key alone; nothing was created")
        }
        Refusal::LinkNotAllowed => invalid("a session has createLink with the secret key alone; nothing was created"),
        Refusal::UnknownNamedCustomer => invalid("customerId names no customer of this account; nothing was created"),
        Refusal::UnknownMerchant => invalid("merchantId names no merchant of this account; nothing was charged"),
        Refusal::MerchantNotFound => not_found("merchant not found"),
        Refusal::MerchantDeleted => invalid("this merchant is deleted; nothing was changed. Create another one"),
        Refusal::UnknownProduct => not_found("payment product not found"),
        Refusal::NoLogo => not_found("logo not found"),
        Refusal::NoImage => not_found("image not found"),
        Refusal::UnknownPublicKey => not_found("public key not found"),
        Refusal::UnknownWebhook => not_found("webhook not found"),
        Refusal::WebhookInactive => {
            invalid("this webhook is not active; nothing is sent to it. Set its status to true first")
        }
        Refusal::WebhookExists => {
            conflict("this account already has a webhook for this event at this endpoint; nothing was changed")
        }
        Refusal::WebhooksUsedUp => {
            invalid(format!("this account has its {MAX_WEBHOOKS} webhooks; nothing was created. Remove one first"))
        }
        Refusal::KeyRotating => conflict(format!(
            "the key of this webhook was replaced less than {} hours ago, and that one still signs; nothing was \
             changed. Read the webhook for its new publicKey",
            FORMER_KEY_LIFE.as_secs() / 3600
        )),
        Refusal::NoProvider { method, currency } => {
            invalid(format!("the merchant has no provider for {method} in {currency}; nothing was charged"))
        }
        Refusal::FraudAnalysisNotServed { provider } => invalid(format!(
            "fraudAnalysis is not served for a payment at {provider}; nothing was charged. Send the payment without it"
        )),
        Refusal::PixExpiry { provider, least, most } => invalid(format!(
            "a Pix code at {provider} can be paid for {least} to {most} seconds, by expiresIn and by the session's \
             dueDate; nothing was charged"
        )),
        Refusal::BoletoTermsNotServed { provider, fields } => invalid(format!(
            "a boleto at {provider} has no {}; nothing was charged. Leave that out of the payment, or of its \
             session",
            fields.join(", ")
        )),
        Refusal::RedirectNotNamed => invalid(
            "successRedirectUrl and cancelRedirectUrl must lie under an origin that the merchant's setting \
             redirectOrigins names; nothing was done. Set redirectOrigins by PATCH /v1/settings with the secret key",
        ),
        Refusal::MethodNotAccepted { accepted } => {
            invalid(format!("this session accepts {}; nothing was charged", methods(accepted)))
        }
        Refusal::SessionPaid => conflict("this session is already paid; nothing was charged"),
        Refusal::SessionVoided => conflict(
            "the payment of this session was voided; nothing was charged. Create another session to be paid again",
        ),
        Refusal::SessionLocked { until } => conflict(format!(
            "another payment of this session is pending or pre-authorized; nothing was done. Read the session's \
             charges and wait until that payment ends{}",
            at_the_latest(*until)
        )),
        Refusal::Superseding(cause) => superseding(cause),
        Refusal::SessionEnded { status } => ended(*status),
        Refusal::SessionReserved => conflict(
            "the charge of this session is pre-authorized; nothing was changed. Void the charge, or capture it",
        ),
        Refusal::SessionUnsettled => conflict(
            "the charge of this session has not ended, or its outcome is unknown; nothing was changed. Read the \
             session's charges and wait until it is known",
        ),
        Refusal::SessionCanceled => {
            invalid("this session is canceled; nothing was charged. Create another session to be paid")
        }
        Refusal::SessionInactive => invalid("this session is not active; enable it first. Nothing was charged"),
        Refusal::SessionPastDue => {
            invalid("the due date of this session has passed; nothing was charged. Create another session to be paid")
        }
        Refusal::AttemptsUsedUp => invalid(format!(
            "this session has used its {MAX_ATTEMPTS} payment attempts; nothing was charged. Create another session to \
             be paid"
        )),
        Refusal::NotCapturable { status } => {
            invalid(format!("a charge that is {status} cannot be captured; nothing was sent"))
        }
        Refusal::NotVoidable { status } => {
            invalid(format!("a charge that is {status} cannot be voided; nothing was sent"))
        }
        Refusal::NotReleasable { status } => {
            invalid(format!("a charge that is {status} has nothing to be released; nothing was sent"))
        }
        Refusal::EncryptedInput(fault) => invalid(format!("{}; nothing was charged", encrypted_input(*fault))),
        Refusal::AboveResidual { residual } => {
            invalid(format!("amount is more than the {residual} that are left of this charge; nothing was sent"))
        }
        Refusal::ResidualPromised { available } => conflict(format!(
            "refunds under way and disputes leave {available} of this charge; nothing was sent. Wait until they end"
        )),
        Refusal::ChargeInconsistent => {
            conflict("the records of this charge contradict each other; nothing was sent. An operator must look at it")
        }
        Refusal::ChargeBusy => {
            conflict("another capture or void of this charge is under way; nothing was sent. Wait until it ends")
        }
        Refusal::RefundNotServed { method } => {
            invalid(format!("the provider of this charge does not refund {method}; nothing was sent"))
        }
        Refusal::PartialCaptureNotServed { reserved } => invalid(format!(
            "the provider of this charge captures all of the reserved {reserved} or nothing; nothing was sent. Capture \
             without an amount"
        )),
        Refusal::PartialReleaseNotServed { reserved } => invalid(format!(
            "the provider of this charge releases all of the reserved {reserved} or nothing; nothing was sent. Void \
             without an amount, or capture less"
        )),
        Refusal::PartialRefundNotServed => invalid(
            "the provider of this charge refunds all that is left or nothing; nothing was sent. Void without an amount",
        ),
        Refusal::NoIdAtProvider => conflict(
            "the provider captures and refunds a payment by its own id of it alone, and the hub does not know that of \
             this one; nothing was sent. Ask the hub's operator to do it at the provider, and to record it",
        ),
        Refusal::ShopperIncomplete { provider, lacks } => invalid(format!(
            "{provider} must know more of the shopper of this payment; nothing was charged. Send these fields of the \
             customer: {}",
            lacks.iter().map(|need| need.name()).collect::<Vec<_>>().join(", ")
        )),
        Refusal::RequestsUsedUp => invalid(format!(
            "this charge has used the {MAX_ORDERED_REQUESTS} transaction requests that captures and refunds may take; \
             nothing was sent"
        )),
        Refusal::NoProviderAccount => {
            invalid("the merchant no longer has the provider account that took this payment; nothing was sent")
        }
        Refusal::NoAdapter { provider } => invalid(format!(
            "this hub has no adapter for the merchant's account at {provider}; nothing was sent. Give the merchant another \
             account, or ask the hub's operator for a release that has one"
        )),
        Refusal::NotSimulated { status, possible } => invalid(format!(
            "the sandbox cannot make this charge {status}; nothing was changed. It can make it {}",
            statuses(possible)
        )),
        Refusal::NotConfirmed => {
            failed("the sandbox's bank did not say that it has done this; read the charge, and try again")
        }
        Refusal::NoFraudAnalysis => invalid("this charge was made without fraudAnalysis; nothing was changed"),
        Refusal::NoSandbox => {
            not_found("this hub serves real payments: it has no sandbox to control; nothing was changed")
        }
        Refusal::StoredAhead { newest } => conflict(format!(
            "the clock cannot be set back: the hub has stored something at {newest}, which is later than real time; \
             nothing was changed. Try again after that instant, or start a hub with a new data folder"
        )),
        Refusal::UnknownCallback => not_found("no provider's calls are taken at this address; nothing was done"),
        Refusal::UnreadableUpdate => invalid("this call cannot be read; nothing was done"),
        Refusal::NoCustomerAddress => {
            invalid("Drip needs a customer with a complete address; nothing was charged. Add it to the customer")
        }
        Refusal::UnusableCard => invalid("cardId names no card of this account that can pay; nothing was charged"),
        Refusal::CardExpired => invalid("the card has expired; nothing was done"),
        Refusal::UnusableCustomer => invalid(
            "customerId names no customer of this account that can pay by this payment method; nothing was charged",
        ),
        Refusal::TokenSpent => invalid(
            "tokenId was already used; a token pays once or makes one card. Create another token. Nothing was done",
        ),
        Refusal::UnknownToken => {
            invalid("tokenId does not exist or has expired; create another token. Nothing was done")
        }
        Refusal::CardNotVerified => failed(
            "the provider did not say whether the card is good: no card was verified and nothing was charged. The card \
             is kept as pending, and this request with the same idempotency key shows it; to have it verified, create \
             another token and another card",
        ),
        Refusal::CardDeclinedTooOften { until } => too_many(format!(
            "this card was tried too often (declined or unanswered payments, and verifications); nothing was done. Pay with \
             another card or by another payment method, or try again after {until}"
        )),
        Refusal::TooManyDeclines { until } => too_many(format!(
            "cards were tried too often from this address (declined or unanswered payments, and verifications); nothing was \
             done. Pay by another payment method, or try again after {until}"
        )),
        Refusal::Processing => conflict("Transaction is processing"),
        Refusal::KeyReused => Line::new(
            422,
            ErrorType::InvalidRequestError,
            "this idempotency key was used with another request body; nothing was done. Send another key",
        ),
        Refusal::Contention => conflict("the resource is being changed by other requests; nothing was done. Try again"),
        Refusal::Unavailable => Line::new(
            503,
            ErrorType::ApiError,
            "the hub cannot reach its storage; try again with the same idempotency key",
        ),
        Refusal::Internal => Line::new(500, ErrorType::ApiError, "unexpected error"),
    }
}

fn invalid(message: impl Into<String>) -> Line {
    Line::new(400, ErrorType::InvalidRequestError, message)
}

fn not_found(message: impl Into<String>) -> Line {
    Line::new(404, ErrorType::EntityNotFound, message)
}

fn conflict(message: impl Into<String>) -> Line {
    Line::new(409, ErrorType::Conflict, message)
}

fn failed(message: impl Into<String>) -> Line {
    Line::new(424, ErrorType::FailedDependency, message)
}

/// The line of what refused a payment after an unpaid one of its session was, or may have been, canceled for it.
fn superseding(cause: &Refusal) -> Line {
    let canceled = "an unpaid payment of this session was canceled, or may have been; nothing was charged";
    let message = match cause {
        Refusal::SessionLocked { until } => format!(
            "another payment of this session is pending or pre-authorized; {canceled}. Read the session's charges and \
             try again when that payment has ended{}",
            at_the_latest(*until)
        ),
        Refusal::TokenSpent => format!(
            "tokenId was already used; a token pays once or makes one card; {canceled}. Create another token and try \
             again"
        ),
        Refusal::KeyReused => {
            format!("this idempotency key was used with another request body; {canceled}. Send another key")
        }
        Refusal::Contention => format!("the resource is being changed by other requests; {canceled}. Try again"),
        _ => format!("{}. Before that, {canceled}", line(cause).message),
    };
    Line { message, ..line(cause) }
}

fn ended(status: SessionStatus) -> Line {
    match status {
        SessionStatus::Created => conflict("this session cannot be changed now; nothing was changed"),
        SessionStatus::Paid => conflict("this session is already paid; nothing was changed"),
        SessionStatus::Voided => conflict("the payment of this session was voided; nothing was changed"),
        SessionStatus::Canceled => {
            invalid("this session is canceled; nothing was changed. Create another session to be paid")
        }
    }
}

fn too_many(message: String) -> Line {
    Line::new(429, ErrorType::TooManyRequests, message)
}

fn at_the_latest(until: Option<Timestamp>) -> String {
    until.map(|until| format!(", at {until} at the latest")).unwrap_or_default()
}

fn both(taken: &[Unique]) -> String {
    let fields = taken.iter().map(|unique| match unique {
        Unique::Document => "document",
        Unique::Email => "email",
    });
    fields.collect::<Vec<_>>().join(" and ")
}

pub(super) fn methods(methods: &[PaymentType]) -> String {
    methods.iter().map(|method| method.name()).collect::<Vec<_>>().join(", ")
}

fn statuses(possible: &[Status]) -> String {
    if possible.is_empty() {
        return "nothing else".to_owned();
    }
    possible.iter().map(|status| status.name()).collect::<Vec<_>>().join(", ")
}

const fn encrypted_input(fault: InputFault) -> &'static str {
    match fault {
        InputFault::Unreadable => "the encrypted card cannot be decrypted",
        InputFault::Used => "the encrypted card was used before",
        InputFault::NoSession => "the client session of the encrypted card has ended",
        InputFault::SessionUsedUp => "the client session has had all its payments",
        InputFault::LeftOut => "the client session leaves this card out",
        InputFault::StoredCard => "the stored card can no longer pay",
    }
}
