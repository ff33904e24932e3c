//! Deliveries of events to webhook endpoints, and the answers.

use domain::{
    endpoint::CallProblem,
    time::Timestamp,
    webhook::{Delivery, DeliveryAttempt, DeliveryState},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{malga::schema, problems::Worded};

/// How far the delivery of one event to one endpoint has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub struct DeliveryBody {
    /// The webhook.
    pub webhook_id: Uuid,
    /// The event.
    pub event_id: Uuid,
    /// `pending` until it is `delivered` or, after the last failed attempt, `exhausted`.
    #[schema(schema_with = schema::delivery_state)]
    pub status: DeliveryState,
    /// How many attempts were made.
    pub attempt_count: u32,
    /// When the next attempt is due; null once the delivery has ended.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub next_attempt_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<&Delivery> for DeliveryBody {
    fn from(delivery: &Delivery) -> Self {
        Self {
            webhook_id: delivery.webhook.uuid(),
            event_id: delivery.event.uuid(),
            status: delivery.state,
            attempt_count: delivery.attempts_in_all,
            next_attempt_at: delivery.due_at,
            created_at: delivery.created_at,
        }
    }
}

/// A delivery and its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TriedDelivery)]
pub struct DeliveryWithAttemptsBody {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryBody,
    /// Its last attempts, the oldest first.
    pub attempts: Vec<DeliveryAttemptBody>,
}

/// One delivery attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
pub struct DeliveryAttemptBody {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration: u32,
    /// The status that the endpoint answered; null where it did not. Only 200 and 201 are a success.
    #[schema(required)]
    pub status_code: Option<u16>,
    /// The beginning of its answer, 1 KB at most.
    pub response: String,
    /// Why the endpoint did not take the event: nothing was sent, no answer came, or another one than 200 and 201.
    #[schema(required)]
    pub problem: Option<String>,
}

impl DeliveryWithAttemptsBody {
    /// A delivery with these attempts.
    #[must_use]
    pub fn new(delivery: &Delivery, attempts: &[DeliveryAttempt]) -> Self {
        Self { delivery: delivery.into(), attempts: attempts.iter().map(DeliveryAttemptBody::from).collect() }
    }
}

impl From<&DeliveryAttempt> for DeliveryAttemptBody {
    fn from(attempt: &DeliveryAttempt) -> Self {
        Self {
            number: attempt.number,
            created_at: attempt.at,
            duration: attempt.took_ms,
            status_code: attempt.status,
            response: attempt.answer.clone(),
            problem: attempt.problem.as_ref().map(call_problem).or_else(|| refusing_answer(attempt)),
        }
    }
}

/// 204 looks like a success and is none.
fn refusing_answer(attempt: &DeliveryAttempt) -> Option<String> {
    let status = attempt.status.filter(|_| !attempt.is_taken())?;
    Some(format!("the endpoint answered {status}: only 200 and 201 take an event"))
}

fn call_problem(problem: &CallProblem) -> String {
    match problem {
        CallProblem::Address(address) => format!("nothing was sent: the endpoint {}", address.worded()),
        CallProblem::NameNotPublic => {
            "no connection was made: the host's name leads to an address that is not public".to_owned()
        }
        CallProblem::NoConnection(cause) => format!("no connection was made: {cause}"),
        CallProblem::NoAnswer(cause) => format!("no answer came: {cause}"),
        CallProblem::Timeout => "no answer came in time".to_owned(),
    }
}
