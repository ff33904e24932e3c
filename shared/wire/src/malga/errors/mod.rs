//! Refusals as Malga's API prints them, with their status codes.

mod page;
mod problems;
mod table;

use domain::refusal::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

pub use self::page::page;
use self::{
    problems::problems,
    table::{Line, line},
};

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
    /// Cards were tried too often.
    TooManyRequests,
    /// The hub failed.
    ApiError,
}

/// The answer to a key that does not open this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForbiddenBody {
    /// `Forbidden`.
    pub message: String,
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
    let Line { code, kind, message } = line(refusal);
    let body = match refusal {
        Refusal::Forbidden => ErrorAnswer::Forbidden(ForbiddenBody { message }),
        Refusal::WebhookExists => ErrorAnswer::Duplicate(DuplicateBody { status_code: code, message }),
        _ => ErrorAnswer::Reason(ErrorBody { error: ErrorDetail { kind, code, message, details: problems(refusal) } }),
    };
    (code, body)
}

/// What `refusal` says, for the command line: its problems, or its message where it has none.
#[must_use]
pub fn message(refusal: &Refusal) -> String {
    let problems = problems(refusal);
    if problems.is_empty() { line(refusal).message } else { problems.join("; ") }
}
