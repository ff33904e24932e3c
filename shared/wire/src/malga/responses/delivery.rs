//! Deliveries: what endpoints were told, and what they answered.

use domain::{
    time::Timestamp,
    webhook::{Delivery, DeliveryAttempt, DeliveryState},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::malga::schema;

/// How far the delivery of one event to one endpoint has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub struct DeliveryBody {
    /// The webhook.
    pub webhook_id: Uuid,
    /// The event.
    pub event_id: Uuid,
    /// `pending` until it is `delivered` or, after the last try in vain, `exhausted`.
    #[schema(schema_with = schema::delivery_state)]
    pub status: DeliveryState,
    /// How often it was tried.
    pub attempt_count: u32,
    /// When it is tried again; null once it has ended.
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

/// A delivery and its tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TriedDelivery)]
pub struct DeliveryWithAttemptsBody {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryBody,
    /// Its last tries, the oldest first.
    pub attempts: Vec<AttemptBody>,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attempt)]
pub struct AttemptBody {
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
    /// Why nothing was sent, or no answer came.
    #[schema(required)]
    pub problem: Option<String>,
}

impl DeliveryWithAttemptsBody {
    /// A delivery with these tries.
    #[must_use]
    pub fn new(delivery: &Delivery, attempts: &[DeliveryAttempt]) -> Self {
        Self { delivery: delivery.into(), attempts: attempts.iter().map(AttemptBody::from).collect() }
    }
}

impl From<&DeliveryAttempt> for AttemptBody {
    fn from(tried: &DeliveryAttempt) -> Self {
        Self {
            number: tried.number,
            created_at: tried.at,
            duration: tried.took_ms,
            status_code: tried.status,
            response: tried.answer.clone(),
            problem: tried.problem.clone(),
        }
    }
}
