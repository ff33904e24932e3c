//! What an operator found out at a provider is recorded, and what waits is applied again.

use std::time::Duration;

use domain::{
    charge::{
        Charge, Decision, Lesson, Outcome, SessionView,
        decline::DeclineCode,
        notice::{News, Notice},
        request::{Receipt, RequestKind, Via},
        status::Status,
    },
    ids::ChargeId,
    money::Amount,
    refusal::Refusal,
};
use providers::capabilities::abilities;
use store::inbox::{Record, State};

use crate::{
    charge::{conclude, request},
    hub::Hub,
    provider::inbox,
};

/// For so long an operator leaves a request that has not ended to its provider: longer than its call may take.
const LEFT_ALONE: Duration = Duration::from_mins(1);

/// What an operator has learned of a request at its provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider did it; of a payment that waits for its shopper, or had failed, that it was paid.
    Approved,
    /// The provider did not do it, and will not.
    Declined,
    /// The payment was refunded outside the hub: this much, or all that is left.
    Refunded(Option<Amount>),
}

/// Nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// There is no such charge.
    #[error("there is no such charge; nothing was recorded")]
    NoCharge,
    /// The charge has fewer requests.
    #[error("the charge has {0} requests; they are counted from 1, the oldest first. Nothing was recorded")]
    NoRequest(usize),
    /// The provider may still be answering it.
    #[error(
        "this request began less than a minute ago; its provider may still answer. Nothing was recorded; try again in a minute"
    )]
    Running,
    /// What was found contradicts, or repeats, what the hub knows.
    #[error("request {number} is {request} and the charge is {charge}: that changes nothing, and nothing was recorded")]
    Nothing {
        /// The request.
        number: usize,
        /// How far it has come.
        request: &'static str,
        /// The charge's status.
        charge: Status,
    },
    /// The table cannot be used.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Records what an operator found out about the request at `number` (from 1). It goes the way that a provider's own
/// answer or notification goes.
///
/// # Errors
/// [`NotRecorded`].
pub async fn settle(hub: &Hub, id: ChargeId, number: usize, verdict: Verdict) -> Result<Charge, NotRecorded> {
    let charge = hub.store.any_charge(id).await.map_err(Refusal::from)?.ok_or(NotRecorded::NoCharge)?;
    let settled = charge.request(number).ok_or(NotRecorded::NoRequest(charge.requests.len()))?;
    if !settled.is_final() && hub.now() <= settled.created_at.plus(LEFT_ALONE) {
        return Err(NotRecorded::Running);
    }
    let (client, before) = (charge.client, charge.requests.clone());
    let nothing = NotRecorded::Nothing { number, request: settled.status().name(), charge: charge.status() };
    tracing::warn!(charge = %id, request = number, ?verdict, "an operator records what came of a request");
    match verdict {
        Verdict::Refunded(amount) => {
            let record = refund(hub, &charge, number, settled.via, amount);
            // What cannot be recorded now must not wait in the inbox: the operator learns it here.
            let is_nothing = matches!(record.notice.news, News::RefundedOutside { amount } if amount == Amount::ZERO);
            if is_nothing || !is_recordable(hub, &charge, &record) {
                return Err(nothing);
            }
            conclude::update(hub, record).await?;
        }
        Verdict::Approved | Verdict::Declined => {
            let outcome = match (verdict, settled.kind) {
                (Verdict::Approved, RequestKind::Pending) => Outcome::Paid(settled.amount, Receipt::default()),
                (Verdict::Approved, _) => Outcome::Approved(Receipt::default()),
                (_, _) => Outcome::Declined(DeclineCode::ProcessingError.into()),
            };
            conclude::outcome(hub, charge, number, outcome, None).await;
        }
    }
    let charge = hub.store.charge(client, id).await.map_err(Refusal::from)?.ok_or(NotRecorded::NoCharge)?;
    if charge.requests == before { Err(nothing) } else { Ok(charge) }
}

/// Whether the charge as it is takes what `record` reports.
fn is_recordable(hub: &Hub, charge: &Charge, record: &Record) -> bool {
    let lesson = Lesson::Notification(&record.notice);
    match charge.decide(&lesson, SessionView::Unread, abilities, request::circumstances(hub, charge, None)) {
        Decision::Store(_) | Decision::ReadSession | Decision::Supersede(_) => true,
        Decision::Nothing | Decision::Wait(_) | Decision::Contradiction(_) => false,
    }
}

/// What a provider would have reported of a refund that was made outside the hub.
fn refund(hub: &Hub, charge: &Charge, number: usize, via: Via, amount: Option<Amount>) -> Record {
    let amount = amount.unwrap_or_else(|| charge.available());
    let id = format!("operator-{}", hub.now().as_millis());
    let notice = Notice { reference: charge.reference(number), id, news: News::RefundedOutside { amount } };
    inbox::record(charge.client, via, notice, State::Applied, hub.now())
}

/// What applying again came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Notifications that did what they had to do.
    pub applied: usize,
    /// Those that still wait, or contradict what the hub knows.
    pub left: usize,
}

/// The keys of the notifications about a charge that wait: for itself, or for another charge of its session.
async fn waiting_for(hub: &Hub, charge: &Charge) -> Result<Vec<String>, Refusal> {
    let mut keys = charge.waiting.clone();
    let session = match charge.session {
        Some(id) => hub.store.session(charge.client, id).await?,
        None => None,
    };
    for other in session.iter().flat_map(|session| &session.attempts).filter(|other| **other != charge.id) {
        let waiting = hub.store.charge(charge.client, *other).await?.map(|other| other.waiting);
        for key in waiting.unwrap_or_default() {
            let record = hub.store.record_of(&key.parse().map_err(|_| Refusal::Internal)?).await?;
            if record.is_some_and(|record| record.notice.reference.charge == charge.id) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// Applies the notifications of a charge that wait or are unresolved again.
///
/// # Errors
/// [`NotRecorded::NoCharge`], or the store's refusals.
pub async fn apply(hub: &Hub, id: ChargeId) -> Result<Applied, NotRecorded> {
    let charge = hub.store.any_charge(id).await.map_err(Refusal::from)?.ok_or(NotRecorded::NoCharge)?;
    let mut done = Applied::default();
    for key in &waiting_for(hub, &charge).await? {
        let key = key.parse().map_err(|_| Refusal::Internal)?;
        if let Some(record) = hub.store.record_of(&key).await.map_err(Refusal::from)? {
            conclude::update(hub, record).await?;
        }
        let is_applied = hub
            .store
            .record_of(&key)
            .await
            .map_err(Refusal::from)?
            .is_some_and(|record| record.state == State::Applied);
        if is_applied {
            done.applied = done.applied.saturating_add(1);
        } else {
            done.left = done.left.saturating_add(1);
        }
    }
    Ok(done)
}
