//! What must hold of every write, and after every step.

use domain::{
    charge::{Charge, request::TransactionRequest, status::Status},
    session::{Session, SessionStatus},
};
use model::bank::{PayMethod, State, ZOOP};

use crate::{hub::Hub, words};

/// A rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

impl Broken {
    pub(crate) fn new(what: &str) -> Self {
        Self(what.to_owned())
    }
}

pub(crate) fn must(holds: bool, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(what())) }
}

/// One write of a charge.
pub(crate) fn changed(hub: &Hub, old: &Charge, new: &Charge) -> Result<(), Broken> {
    let id = words::slot(new.id);
    must(new.version > old.version, || format!("charge {id} was written without a new version"))?;
    must(new.requests.len() >= old.requests.len(), || format!("charge {id} lost a request"))?;
    for (number, (before, after)) in (1..).zip(old.requests.iter().zip(&new.requests)) {
        let facts =
            |it: &TransactionRequest| (it.id, it.kind, it.amount, it.via, it.created_at, it.origin, it.about, it.step);
        let is_kept = after.answers.starts_with(&before.answers);
        must(facts(before) == facts(after) && is_kept, || format!("request {number} of charge {id} was rewritten"))?;
    }
    let has_learned = new.requests.iter().map(|request| request.answers.len()).sum::<usize>()
        != old.requests.iter().map(|request| request.answers.len()).sum::<usize>();
    must(!has_learned || new.waiting.is_empty(), || {
        format!("charge {id} has changed, and what waits for that was not tried again")
    })?;
    is_published(hub, old, new)?;
    has_due_date(hub, new)
}

/// What is published as failed or canceled was not paid in its time.
fn is_published(hub: &Hub, old: &Charge, new: &Charge) -> Result<(), Broken> {
    let (from, to) = (old.status(), new.status());
    let slot = words::slot(new.id);
    if from != Status::Pending || !matches!(to, Status::Failed | Status::Canceled) {
        return Ok(());
    }
    for (place, payment) in hub.bank.payments.iter().enumerate() {
        let is_lost = payment.key.charge == slot && payment.state == State::Money && !payment.is_late;
        let was_asked = payment.account != ZOOP && hub.bank.net(place) > 0;
        must(!is_lost || !was_asked, || format!("charge {slot} is published as {to} although it was paid in time"))?;
    }
    Ok(())
}

/// Whatever is open has a due date.
fn has_due_date(hub: &Hub, charge: &Charge) -> Result<(), Broken> {
    let is_over = charge.is_at_rest() && charge.status() != Status::Pending;
    let due = (hub.rules.due)(charge).and((hub.rules.due_after)(charge, words::at(hub.now)));
    must(is_over || due.is_some_and(|due| due.at.as_millis() >= hub.now), || {
        format!("charge {} is {} and has no due date: {due:?}", words::slot(charge.id), charge.status())
    })
}

/// One write of a session: what has ended stays ended.
pub(crate) fn session_changed(old: &Session, new: &Session) -> Result<(), Broken> {
    let is_next = match (old.status, new.status) {
        (SessionStatus::Created, _) | (SessionStatus::Paid, SessionStatus::Voided) => true,
        (from, to) => from == to,
    };
    let is_kept = old.status == SessionStatus::Created || old.lock == new.lock;
    must(is_next && is_kept, || format!("a session went from {} to {}", old.status, new.status))
}

/// After every step.
pub(crate) fn holds(hub: &Hub) -> Result<(), Broken> {
    if let Some(fault) = hub.bank.fault {
        return Err(Broken::new(fault));
    }
    for (index, session) in hub.sessions.iter().enumerate() {
        let active = session.lock.and_then(|lock| hub.stored(words::slot(lock)));
        let status = active.map(Charge::status);
        let is_right = match session.status {
            SessionStatus::Created => matches!(status, None | Some(Status::Pending | Status::PreAuthorized)),
            SessionStatus::Paid => {
                // Pre-authorized again, where its capture failed after it had been published as paid.
                matches!(
                    status,
                    Some(Status::Authorized | Status::PreAuthorized | Status::RefundPending | Status::ChargedBack)
                )
            }
            SessionStatus::Voided => matches!(
                status,
                Some(
                    Status::Voided
                        | Status::Canceled
                        | Status::Authorized
                        | Status::RefundPending
                        | Status::ChargedBack
                )
            ),
            SessionStatus::Canceled => status.is_none(),
        };
        must(is_right, || format!("session {index} is {}, and its active charge {status:?}", session.status))?;
    }
    Ok(())
}

/// Whether the shopper pays later.
pub(crate) const fn is_asynchronous(pay_method: PayMethod) -> bool {
    !pay_method.is_card()
}
