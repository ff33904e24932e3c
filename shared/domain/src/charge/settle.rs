//! What a provider's answer does to a charge.

use super::{
    Charge,
    decline::{Decline, DeclineCode},
    event::{Change, Event, event},
    request::{After, Answer, Receipt, RequestKind, RequestStatus, Standing},
    status::Status,
};
use crate::{limits::NOT_FOUND_GRACE, time::Timestamp};

/// What came of asking a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did it.
    Approved(Receipt),
    /// It refused.
    Declined(Decline),
    /// It registered the payment; the buyer or the provider completes it later.
    Pending(Receipt),
    /// It may have done it: a time-out, a failure of its own, an answer that cannot be read.
    Unknown,
    /// Asked later, it knows nothing of our reference.
    NotFound,
    /// No connection was made, so it cannot have done it.
    NotSent,
}

/// What a settled charge does to the session that it pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEffect {
    /// Nothing: the claim stands.
    Keep,
    /// The session can be paid another way.
    Release,
    /// The session is paid.
    Pay,
}

/// What settling decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The outcome changes nothing.
    Unchanged,
    /// An approval of a payment that had already failed: money that somebody must look at.
    LateMoney,
    /// The charge as it is now, to be stored together with its effect on the session.
    Changed(Box<Charge>, SessionEffect),
}

/// How one request stands after an outcome.
enum Next {
    Same,
    Late,
    Open,
    Success(Receipt),
    Failed(Decline),
    NeverSent,
}

impl Charge {
    /// Applies `outcome`, learned at `now` after `took_ms` milliseconds, to the request at `number` (from 1).
    #[must_use]
    pub fn settle(&self, number: usize, outcome: Outcome, now: Timestamp, took_ms: Option<u32>) -> Settled {
        let Some(request) = self.request(number) else {
            return Settled::Unchanged;
        };
        let grace_is_over = now > request.call_before.plus(NOT_FOUND_GRACE);
        let (status, receipt, decline) = match next(request.kind, &request.standing, outcome, grace_is_over) {
            Next::Same => return Settled::Unchanged,
            Next::Late => return Settled::LateMoney,
            Next::Open => (RequestStatus::Processing, Receipt::default(), None),
            Next::Success(receipt) => (RequestStatus::Success, receipt, None),
            Next::Failed(decline) => (RequestStatus::Failed, Receipt::default(), Some(decline)),
            Next::NeverSent => (RequestStatus::InternalError, Receipt::default(), None),
        };
        let charge = self.with_answer(number, Answer { status, at: now, took_ms, receipt, decline });
        let effect = match charge.status() {
            Status::Pending | Status::PreAuthorized => SessionEffect::Keep,
            Status::Failed => SessionEffect::Release,
            Status::Authorized => SessionEffect::Pay,
        };
        Settled::Changed(Box::new(charge), effect)
    }

    /// The charge with `answer` written into its request at `number`, and the event that this causes.
    fn with_answer(&self, number: usize, answer: Answer) -> Self {
        let mut next = self.clone();
        let after = After { status: self.status_if(number, answer.status), amount: self.amount() };
        let payable = answer.receipt.pix_code.is_some();
        let settled = Change::Settled { from: self.status(), to: after.status, payable };
        let event = event(self.method.kind(), settled).map(|name| Event { no: self.event_no.saturating_add(1), name });
        next.updated_at = answer.at;
        next.version = self.version.saturating_add(1);
        next.event_no = event.map_or(self.event_no, |event| event.no);
        if let Some(request) = number.checked_sub(1).and_then(|index| next.requests.get_mut(index)) {
            request.events.extend(event);
            request.standing = match request.standing.clone() {
                Standing::Running if answer.status == RequestStatus::Processing => Standing::Open { answer, after },
                Standing::Running => Standing::Final { answer, after, end: None },
                Standing::Open { answer: first, after } => Standing::Final { answer: first, after, end: Some(answer) },
                ended @ Standing::Final { .. } => ended,
            };
        }
        next
    }
}

/// The table: request kind × standing × outcome (design §1 idea 5, §3 "Requests have two endings").
fn next(kind: RequestKind, standing: &Standing, outcome: Outcome, grace_is_over: bool) -> Next {
    match (standing, outcome) {
        (Standing::Running | Standing::Open { .. }, Outcome::Approved(receipt)) => match kind {
            RequestKind::Authorization | RequestKind::PreAuthorization => Next::Success(receipt),
            // That somebody paid a code is a notice of its own, not an answer to its registration: ask again.
            RequestKind::Pending => open(standing),
        },
        (Standing::Running | Standing::Open { .. }, Outcome::Pending(receipt)) => match kind {
            RequestKind::Pending => Next::Success(receipt),
            RequestKind::Authorization | RequestKind::PreAuthorization => open(standing),
        },
        (Standing::Running | Standing::Open { .. }, Outcome::Declined(decline)) => Next::Failed(decline),
        (Standing::Running | Standing::Open { .. }, Outcome::NotFound) if grace_is_over => {
            Next::Failed(DeclineCode::ProcessingError.into())
        }
        (Standing::Running | Standing::Open { .. }, Outcome::Unknown | Outcome::NotFound) => open(standing),
        (Standing::Running, Outcome::NotSent) => Next::NeverSent,
        (Standing::Final { answer, end, .. }, Outcome::Approved(_)) => match end.as_ref().unwrap_or(answer).status {
            RequestStatus::Failed | RequestStatus::InternalError => Next::Late,
            RequestStatus::Success | RequestStatus::Running | RequestStatus::Processing => Next::Same,
        },
        (
            Standing::Final { .. },
            Outcome::Declined(_) | Outcome::Pending(_) | Outcome::Unknown | Outcome::NotFound | Outcome::NotSent,
        )
        | (Standing::Open { .. }, Outcome::NotSent) => Next::Same,
    }
}

/// Not known yet: said once.
const fn open(standing: &Standing) -> Next {
    match standing {
        Standing::Running => Next::Open,
        Standing::Open { .. } | Standing::Final { .. } => Next::Same,
    }
}
