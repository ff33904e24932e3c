//! How a charge's list of requests grows: a request is answered in its place, or what a provider tells is appended.

use super::{
    Charge, Learned, SessionEffect, Settled,
    decline::Decline,
    event::{Change, Event, event},
    request::{After, Answer, Receipt, RequestKind, RequestStatus, Standing, TransactionRequest},
    status::Status,
};
use crate::money::Amount;

/// What a provider tells that no request of this house asked for: a request of its own in the list.
pub(super) struct Told {
    pub(super) kind: RequestKind,
    pub(super) amount: Amount,
    /// The number of the request that it ends.
    pub(super) names: Option<usize>,
    pub(super) status: RequestStatus,
    pub(super) receipt: Receipt,
    pub(super) decline: Option<Decline>,
}

impl Told {
    pub(super) const fn done(kind: RequestKind, amount: Amount, receipt: Receipt) -> Self {
        Self { kind, amount, names: None, status: RequestStatus::Success, receipt, decline: None }
    }
}

impl Charge {
    /// Writes `answer` into the request at `number`, which has not ended.
    pub(super) fn answer(&self, number: usize, answer: Answer) -> Settled {
        let mut next = self.clone();
        let Some(request) = number.checked_sub(1).and_then(|index| next.requests.get_mut(index)) else {
            return Settled::Unchanged;
        };
        let was_running = matches!(request.standing, Standing::Running);
        request.standing = self.after_answer(&request.standing, answer);
        self.changed(next, number, was_running)
    }

    /// Appends what a provider tells, and ends the request that it names.
    pub(super) fn append(&self, told: Told, learned: Learned) -> Settled {
        let Some(payment) = self.request(self.payment()) else { return Settled::Unchanged };
        let mut next = self.clone();
        if let Some(named) = told.names.and_then(|number| next.requests.get_mut(number.checked_sub(1)?))
            && let Standing::Open { answer, after } = named.standing.clone()
        {
            named.standing = Standing::Final { answer, after, end: None };
        }
        let (at, took_ms) = (learned.at, None);
        let answer = Answer { status: told.status, at, took_ms, receipt: told.receipt, decline: told.decline };
        next.requests.push(TransactionRequest {
            id: learned.id,
            kind: told.kind,
            amount: told.amount,
            via: payment.via,
            created_at: at,
            call_before: at,
            standing: self.after_answer(&Standing::Running, answer),
            is_retry: false,
            names: told.names,
            ends_session: false,
            body: None,
            events: Vec::new(),
        });
        let number = next.requests.len();
        self.changed(next, number, true)
    }

    /// The standing after one more answer. What it made of the charge is known once the list is added up.
    fn after_answer(&self, standing: &Standing, answer: Answer) -> Standing {
        let after = After { status: self.status(), amount: self.amount() };
        match standing.clone() {
            Standing::Running if answer.status == RequestStatus::Processing => Standing::Open { answer, after },
            Standing::Running => Standing::Final { answer, after, end: None },
            Standing::Open { answer: first, after } => Standing::Final { answer: first, after, end: Some(answer) },
            ended @ Standing::Final { .. } => ended,
        }
    }

    /// Completes the change from this charge to `next`, whose request at `number` was answered: what that made of the
    /// charge, which event it is, and what it does to the session.
    fn changed(&self, mut next: Self, number: usize, is_first_answer: bool) -> Settled {
        let after = After { status: next.status(), amount: next.amount() };
        let Some((kind, answer)) = next.request(number).and_then(|told| Some((told.kind, told.latest()?.clone())))
        else {
            return Settled::Unchanged;
        };
        let payable = answer.receipt.is_payable();
        let change = Change::Settled { kind, request: answer.status, from: self.status(), to: after.status, payable };
        let event = event(self.method.kind(), change).map(|name| Event { no: self.event_no.saturating_add(1), name });
        next.updated_at = answer.at;
        next.version = self.version.saturating_add(1);
        next.event_no = event.map_or(self.event_no, |event| event.no);
        next.owes_void = match after.status {
            // What came back after it had been given back is owed again.
            Status::Authorized if self.beside_session && kind == RequestKind::RevertVoid => Some(answer.at),
            Status::Authorized | Status::PreAuthorized | Status::RefundPending => self.owes_void,
            Status::Pending | Status::Failed | Status::Canceled | Status::Voided | Status::ChargedBack => None,
        };
        let mut ends_session = false;
        if let Some(request) = number.checked_sub(1).and_then(|index| next.requests.get_mut(index)) {
            ends_session = request.ends_session && is_first_answer;
            request.events.extend(event);
            if is_first_answer
                && let Standing::Open { after: told, .. } | Standing::Final { after: told, .. } = &mut request.standing
            {
                *told = after;
            }
        }
        let effect = if self.beside_session {
            SessionEffect::Keep
        } else {
            effect(self.status(), after.status, kind, ends_session)
        };
        Settled::Changed(Box::new(next), effect)
    }
}

/// What going from one status to another does to the session that the charge holds (design §3, "Pay once").
const fn effect(from: Status, to: Status, kind: RequestKind, ends_session: bool) -> SessionEffect {
    match (from, to) {
        (Status::Pending | Status::PreAuthorized, Status::Authorized) => SessionEffect::Pay,
        (Status::Pending, Status::Canceled) if ends_session => SessionEffect::Cancel,
        (Status::Pending, Status::Failed | Status::Canceled) => SessionEffect::Release,
        (Status::PreAuthorized, Status::Canceled)
        | (Status::PreAuthorized | Status::Authorized | Status::RefundPending, Status::Voided)
            if matches!(kind, RequestKind::Void) =>
        {
            SessionEffect::Void
        }
        (
            Status::Pending
            | Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending,
            Status::Pending
            | Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending,
        ) => SessionEffect::Keep,
    }
}
