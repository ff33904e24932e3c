//! Refusals as Malga's API prints them, with their status codes.

use domain::{refusal::Refusal, session::SessionStatus};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of an answer that refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ErrorAnswer {
    /// With a reason.
    Reason(ErrorBody),
    /// Without one: the key does not open this.
    Forbidden(ForbiddenBody),
    /// The webhook exists already.
    Duplicate(DuplicateBody),
}

/// The envelope of every refusal but two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What was refused and why.
    pub error: ErrorDetail,
}

/// What was refused and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// The kind of error.
    #[serde(rename = "type")]
    pub kind: ErrorType,
    /// The HTTP status code again.
    pub code: u16,
    /// What happened, what was not done, and what to do.
    pub message: String,
    /// Every problem of the request's fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub details: Vec<String>,
}

/// The kinds of error that this hub answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorType {
    /// The body or the query is not what the route takes.
    BadRequest,
    /// The request can be read and cannot be done.
    InvalidRequestError,
    /// There is no such thing.
    EntityNotFound,
    /// Something else is under way or done already.
    Conflict,
    /// A provider did not do its part.
    FailedDependency,
    /// The hub failed.
    ApiError,
}

/// The answer to a key that does not open this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForbiddenBody {
    /// `Forbidden`.
    pub message: &'static str,
}

/// The answer where the webhook exists already: it has no envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DuplicateWebhook)]
pub struct DuplicateBody {
    /// The HTTP status code again.
    pub status_code: u16,
    /// Which webhook exists, and that nothing was done.
    pub message: String,
}

/// The status code and the body for `refusal`.
#[must_use]
pub fn answer(refusal: &Refusal) -> (u16, ErrorAnswer) {
    let (code, kind) = match refusal {
        Refusal::Forbidden => return (403, ErrorAnswer::Forbidden(ForbiddenBody { message: "Forbidden" })),
        Refusal::WebhookExists => {
            return (409, ErrorAnswer::Duplicate(DuplicateBody { status_code: 409, message: refusal.to_string() }));
        }
        Refusal::Invalid(_) => (400, ErrorType::BadRequest),
        Refusal::TooLarge => (413, ErrorType::BadRequest),
        Refusal::SessionInactive
        | Refusal::SessionCanceled
        | Refusal::SessionEnded { status: SessionStatus::Canceled }
        | Refusal::SessionPastDue
        | Refusal::AttemptsUsedUp
        | Refusal::MethodNotAccepted { .. }
        | Refusal::UnknownMerchant
        | Refusal::MerchantDeleted
        | Refusal::NoProvider { .. }
        | Refusal::UnusableCard
        | Refusal::UnusableCustomer
        | Refusal::CustomerCardsUsedUp
        | Refusal::WebhooksUsedUp
        | Refusal::WebhookInactive
        | Refusal::TokenSpent
        | Refusal::UnknownToken
        | Refusal::NotCapturable { .. }
        | Refusal::NotVoidable { .. }
        | Refusal::AboveResidual { .. }
        | Refusal::RefundNotServed { .. }
        | Refusal::RequestsUsedUp
        | Refusal::NoAccount
        | Refusal::NotSimulated { .. }
        | Refusal::NoFraudAnalysis
        | Refusal::UnreadableUpdate
        | Refusal::NoAddress => (400, ErrorType::InvalidRequestError),
        Refusal::NoRoute(_)
        | Refusal::UnknownCharge
        | Refusal::UnknownSession
        | Refusal::NoMerchant
        | Refusal::NoLogo
        | Refusal::NoSandbox
        | Refusal::UnknownCallback
        | Refusal::UnknownWebhook
        | Refusal::UnknownEvent
        | Refusal::UnknownPublicKey => (404, ErrorType::EntityNotFound),
        Refusal::UnknownCustomer => (404, ErrorType::ApiError),
        Refusal::UnknownCard => (404, ErrorType::InvalidRequestError),
        Refusal::CardNotVerified | Refusal::NotConfirmed => (424, ErrorType::FailedDependency),
        Refusal::SessionPaid
        | Refusal::SessionVoided
        | Refusal::SessionHeld { .. }
        | Refusal::SessionEnded { status: SessionStatus::Created | SessionStatus::Paid | SessionStatus::Voided }
        | Refusal::SessionReserved
        | Refusal::SessionUnsettled
        | Refusal::ChargeInconsistent
        | Refusal::CustomerExists { .. }
        | Refusal::CardLinked
        | Refusal::ResidualPromised { .. }
        | Refusal::ChargeBusy
        | Refusal::KeyRotating
        | Refusal::Processing
        | Refusal::Contention => (409, ErrorType::Conflict),
        Refusal::KeyReused => (422, ErrorType::InvalidRequestError),
        Refusal::Internal => (500, ErrorType::ApiError),
        Refusal::Unavailable => (503, ErrorType::ApiError),
    };
    let details = if let Refusal::Invalid(problems) = refusal { problems.clone() } else { Vec::new() };
    (code, ErrorAnswer::Reason(ErrorBody { error: ErrorDetail { kind, code, message: refusal.to_string(), details } }))
}
