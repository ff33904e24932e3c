//! Webhooks: endpoints, the events that they receive, and the schedule of deliveries.
//!
//! The source of the schedule is in docs/sources.md, under "Webhooks v1.1".

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    charge::{Snapshot, event::EventName},
    endpoint::CallProblem,
    ids::{ClientId, CustomerId, EventId, WebhookId},
    limits::EVENT_LIFE,
    time::Timestamp,
};

/// The events that an endpoint receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subscription {
    /// Everything.
    Everything,
    /// One kind of event.
    One(EventName),
}

impl Subscription {
    /// Whether the endpoint receives `event`.
    #[must_use]
    pub fn wants(self, event: EventName) -> bool {
        match self {
            Self::Everything => true,
            Self::One(name) => name == event,
        }
    }
}

/// The format of what an endpoint is sent: a word of the API by which the endpoint was registered, which renders the
/// events. The domain stores it and never reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Format(String);

impl Format {
    /// The format of this word.
    #[must_use]
    pub fn new(word: &str) -> Self {
        Self(word.to_owned())
    }

    /// Its word.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.0
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum About {
    /// A change of a charge.
    Charge {
        /// The event's number in the charge, from 1.
        no: u32,
        /// What it says.
        name: EventName,
        /// The charge at that moment.
        snapshot: Box<Snapshot>,
    },
    /// Nothing: the owner of an endpoint tests it.
    Ping,
}

/// An event, as it is stored. It is rendered at each delivery, in the format of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRecord {
    /// Its id.
    pub id: EventId,
    /// The account.
    pub client: ClientId,
    /// The customer of the charge that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What it is about.
    pub about: About,
    /// When it happened.
    pub created_at: Timestamp,
    /// Seconds since 1970 at which it expires.
    pub expires_at: i64,
}

impl EventRecord {
    /// The same without what it says of the shopper, whose customer was erased.
    #[must_use]
    pub fn without_shopper(self) -> Self {
        let about = match self.about {
            About::Charge { no, name, snapshot } => {
                About::Charge { no, name, snapshot: Box::new(snapshot.without_shopper()) }
            }
            About::Ping => About::Ping,
        };
        Self { about, ..self }
    }

    /// An event that is stored at `now`.
    #[must_use]
    pub fn new(id: EventId, client: ClientId, about: About, created_at: Timestamp, now: Timestamp) -> Self {
        Self { id, client, customer: None, about, created_at, expires_at: now.plus(EVENT_LIFE).as_seconds() }
    }

    /// Its name; a ping has none.
    #[must_use]
    pub const fn name(&self) -> Option<EventName> {
        match self.about {
            About::Charge { name, .. } => Some(name),
            About::Ping => None,
        }
    }

    /// How long after it happened it was stored, to the second.
    #[must_use]
    pub fn delay(&self) -> Duration {
        let stored_at = self.expires_at.saturating_mul(1000);
        Timestamp::from_millis(stored_at).since(self.created_at.plus(EVENT_LIFE))
    }
}

/// A key that signs what an endpoint is sent (Ed25519).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningKey {
    /// The public half: SPKI in PEM, as the endpoint's owner received it.
    pub public_key: String,
    /// The private half, encrypted.
    pub sealed: String,
}

/// A signing key that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerKey {
    /// The key.
    #[serde(flatten)]
    pub key: SigningKey,
    /// Until when it goes on signing.
    pub until: Timestamp,
}

/// A webhook endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// The events that it receives.
    pub event: Subscription,
    /// The address to which events are sent.
    pub endpoint: String,
    /// In which format.
    pub format: Format,
    /// Whether events are sent to it. The hub switches it off when the last attempt of a delivery fails.
    pub is_active: bool,
    /// What signs.
    pub key: SigningKey,
    /// What signed before, for a day after a rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<FormerKey>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it was written; the condition of the next write.
    pub version: u64,
}

impl Webhook {
    /// Whether it is registered for `event`. A ping is for the tested endpoint alone.
    #[must_use]
    pub fn wants(&self, event: &EventRecord) -> bool {
        event.name().is_some_and(|name| self.event.wants(name))
    }
}

/// For how long a replaced key goes on signing.
pub const FORMER_KEY_LIFE: Duration = Duration::from_hours(24);

/// The backoff after each failed attempt; after the last attempt the delivery is exhausted.
pub const PAUSES: [Duration; 6] = [
    Duration::from_mins(5),
    Duration::from_mins(45),
    Duration::from_hours(6),
    Duration::from_hours(24),
    Duration::from_hours(48),
    Duration::from_hours(96),
];

/// The timeout of the attempt at `number`, from 1.
#[must_use]
pub const fn time_limit(number: u32) -> Duration {
    match number {
        0 | 1 => Duration::from_secs(30),
        2.. => Duration::from_secs(5),
    }
}

/// How far the delivery of one event to one endpoint has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// An attempt is due, or runs.
    Pending,
    /// The endpoint took the event.
    Delivered,
    /// The last attempt failed.
    Exhausted,
}

/// One delivery attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryAttempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The status that the endpoint answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The beginning of its answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// Why nothing was sent, or no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<CallProblem>,
}

impl DeliveryAttempt {
    /// Whether the endpoint took the event: only 200 and 201 say so.
    #[must_use]
    pub const fn is_taken(&self) -> bool {
        matches!(self.status, Some(200 | 201))
    }
}

/// The delivery of one event to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The endpoint.
    pub webhook: WebhookId,
    /// The account.
    pub client: ClientId,
    /// The event.
    pub event: EventId,
    /// How far it has come.
    pub state: DeliveryState,
    /// How many attempts it has had, since it was made or resent.
    pub attempts: u32,
    /// How many attempts it has had in all: the number of the last one.
    pub attempts_in_all: u32,
    /// While an attempt is under way: the end of its lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leased_until: Option<Timestamp>,
    /// When it is due for an attempt, or for the sweeper; none once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The outcome of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryAttemptOutcome {
    /// The endpoint took the event.
    Delivered(Delivery),
    /// Another attempt follows after this pause.
    Again(Delivery, Duration),
    /// That was the last attempt: the endpoint is to be switched off.
    Exhausted(Delivery),
}

/// A delivery without an attempt is due this long after it was made: its message may be lost.
pub const FIRST_LOOK: Duration = Duration::from_mins(5);
/// A queue's clock may be this much ahead.
const DUE_SLACK: Duration = Duration::from_secs(2);
/// How much longer than its timeout the lease of an attempt lasts.
const LEASE_SLACK: Duration = Duration::from_secs(15);

impl Delivery {
    /// A delivery whose first attempt is due at once.
    #[must_use]
    pub fn new(webhook: WebhookId, client: ClientId, event: EventId, now: Timestamp) -> Self {
        Self {
            webhook,
            client,
            event,
            state: DeliveryState::Pending,
            attempts: 0,
            attempts_in_all: 0,
            leased_until: None,
            due_at: Some(now.plus(FIRST_LOOK)),
            created_at: now,
        }
    }

    /// The delivery with a lease for its next attempt; none where it has ended, is not due yet, or is leased.
    #[must_use]
    pub fn lease(&self, now: Timestamp) -> Option<Self> {
        let is_free = self.leased_until.is_none_or(|until| until <= now);
        // A queue may deliver a message twice, and late: a pause is kept all the same.
        let is_due = self.attempts == 0 || self.due_at.is_none_or(|due| due <= now.plus(DUE_SLACK));
        if self.state != DeliveryState::Pending || !is_free || !is_due {
            return None;
        }
        let until = now.plus(time_limit(self.attempts.saturating_add(1)).saturating_add(LEASE_SLACK));
        Some(Self { leased_until: Some(until), due_at: Some(until), ..self.clone() })
    }

    /// The outcome of its leased attempt, at `now`.
    #[must_use]
    pub fn after_attempt(&self, attempt: &DeliveryAttempt, now: Timestamp) -> DeliveryAttemptOutcome {
        let count = self.attempts.saturating_add(1);
        let next = Self { attempts: count, attempts_in_all: attempt.number, leased_until: None, ..self.clone() };
        if attempt.is_taken() {
            return DeliveryAttemptOutcome::Delivered(Self { state: DeliveryState::Delivered, due_at: None, ..next });
        }
        let pause = usize::try_from(self.attempts).ok().and_then(|index| PAUSES.get(index)).copied();
        match pause {
            Some(pause) => DeliveryAttemptOutcome::Again(Self { due_at: Some(now.plus(pause)), ..next }, pause),
            None => DeliveryAttemptOutcome::Exhausted(Self { state: DeliveryState::Exhausted, due_at: None, ..next }),
        }
    }

    /// The delivery, resent: an attempt is due at once, and the backoff starts again, whatever its state was.
    #[must_use]
    pub fn resent(&self, now: Timestamp) -> Self {
        let (state, leased_until) = (DeliveryState::Pending, None);
        Self { state, attempts: 0, leased_until, due_at: Some(now), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn failed(number: u32, at: Timestamp) -> DeliveryAttempt {
        DeliveryAttempt { number, at, took_ms: 1, status: Some(500), answer: String::new(), problem: None }
    }

    #[test]
    fn a_delivery_has_seven_attempts_in_the_published_pauses() {
        let mut now = at("2026-01-01T00:00:00Z");
        let mut delivery = Delivery::new(
            "c1db83fa-723c-4e1f-9722-bc19d1be6791".parse().unwrap(),
            "c1db83fa-723c-4e1f-9722-bc19d1be6792".parse().unwrap(),
            "c1db83fa-723c-4e1f-9722-bc19d1be6793".parse().unwrap(),
            now,
        );
        let mut tried_at = Vec::new();
        for number in 1.. {
            tried_at.push(now.to_string());
            match delivery.lease(now).unwrap().after_attempt(&failed(number, now), now) {
                DeliveryAttemptOutcome::Again(next, pause) => {
                    assert_eq!(next.due_at, Some(now.plus(pause)));
                    now = now.plus(pause);
                    delivery = next;
                }
                DeliveryAttemptOutcome::Exhausted(next) => {
                    assert_eq!((next.state, next.due_at, next.lease(now)), (DeliveryState::Exhausted, None, None));
                    break;
                }
                DeliveryAttemptOutcome::Delivered(_) => unreachable!("500 is no success"),
            }
        }
        assert_eq!(
            tried_at,
            [
                "2026-01-01T00:00:00.000Z",
                "2026-01-01T00:05:00.000Z",
                "2026-01-01T00:50:00.000Z",
                "2026-01-01T06:50:00.000Z",
                "2026-01-02T06:50:00.000Z",
                "2026-01-04T06:50:00.000Z",
                "2026-01-08T06:50:00.000Z",
            ]
        );
    }

    #[test]
    fn only_200_and_201_are_a_success() {
        let now = at("2026-01-01T00:00:00Z");
        for status in [None, Some(100), Some(202), Some(204), Some(301), Some(404), Some(500)] {
            assert!(!DeliveryAttempt { status, ..failed(1, now) }.is_taken(), "{status:?}");
        }
        for status in [200, 201] {
            assert!(DeliveryAttempt { status: Some(status), ..failed(1, now) }.is_taken());
        }
    }
}
