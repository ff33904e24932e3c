//! The store: a write succeeds only where nothing was written since the read, and is made wholly or not at all.

use domain::{
    charge::{Charge, SessionStep, SessionWrite, Write, request::RequestKind, status::Status},
    session::{Session, SessionStatus},
};
use model::bank::Key;

use super::{Goal, Hub, Next, Phase, Record};
use crate::{
    check::{self, Broken},
    words,
};

/// The result of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Stored,
    /// The charge was written since it was read.
    Lost,
    /// Another charge has the session's lock, or the session was written.
    SessionLost,
    /// The notification was applied before.
    Known,
}

impl Hub {
    /// Puts a new charge and locks its session for it.
    pub(super) fn lock(&mut self, read: Option<&Session>, charge: Charge, then: Vec<Goal>) -> Result<Next, Broken> {
        let slot = words::slot(charge.id);
        if self.slots[slot].charge.is_some() {
            return Ok(Next::Done);
        }
        if let Some(read) = read {
            let index = words::session_index(read.id);
            let session = &self.sessions[index];
            if session.version != read.version {
                return Ok(Next::Done);
            }
            let mut next = Session { lock: Some(charge.id), version: session.version + 1, ..session.clone() };
            next.attempts.push(charge.id);
            self.put_session(index, next)?;
        }
        self.seen.opened(&charge)?;
        self.put_charge(charge.clone());
        // The superseded payment is canceled after this one, where that is possible: its own worker does that.
        for goal in then {
            let since = self.now;
            self.actors.push(super::Actor { since, goal, phase: Phase::Begin, then: Vec::new() });
        }
        Ok(Next::Phase(Phase::Call { charge, number: 1 }))
    }

    /// Stores the intent of a request.
    pub(super) fn intend(&mut self, read: u64, next: Charge) -> Result<Next, Broken> {
        let write = Write { charge: next.clone(), session: SessionWrite::None, alarms: Vec::new() };
        match self.write(read, write, None)? {
            Written::Stored => {
                let number = next.requests.len();
                if let Some(asked) = next.requests.last().filter(|asked| asked.kind == RequestKind::Void) {
                    let payment = Key { charge: words::slot(next.id), number: next.payment_of(number) };
                    self.bank.void_is_asked(payment, asked.amount.minor());
                }
                Ok(Next::Phase(Phase::Call { charge: next, number }))
            }
            Written::Lost | Written::SessionLost | Written::Known => Ok(Next::Done),
        }
    }

    /// Stores a session that a caller changed.
    pub(super) fn change(&mut self, next: Session, then: Vec<Goal>) -> Result<Next, Broken> {
        let index = words::session_index(next.id);
        let before = &self.sessions[index];
        if before.version + 1 != next.version {
            return Ok(Next::Done);
        }
        if let Some(alias) = next.aliases.get(before.aliases.len()) {
            let (slot, step) = (words::slot(alias.charge), alias.step);
            if let Some(active) = self.slots[slot].charge.as_ref() {
                self.seen.answered(&(self.rules.as_of)(active, step), step);
            }
        }
        let is_canceled = next.status == SessionStatus::Canceled;
        self.put_session(index, next)?;
        if is_canceled {
            self.bank.canceled_sessions.push(index);
        }
        Ok(Next::Goals(then))
    }

    /// Stores the next state of the charge at version `read`, with its effect on the session and the record of the
    /// notification that caused it.
    pub(super) fn write(&mut self, read: u64, write: Write, note: Option<usize>) -> Result<Written, Broken> {
        let Write { charge: next, session, alarms } = write;
        let slot = words::slot(next.id);
        let Some(stored) = self.stored(slot) else { return Ok(Written::Lost) };
        if note.is_some_and(|note| self.record(note) == Record::Applied) {
            return Ok(Written::Known);
        }
        if stored.version != read {
            return Ok(Written::Lost);
        }
        let index = next.session.map(words::session_index);
        let session = match (session, index.map(|index| &self.sessions[index])) {
            (SessionWrite::None | SessionWrite::IfLocked(SessionStep::Keep), _) | (_, None) => None,
            (SessionWrite::IfLocked(step), Some(session)) => {
                if session.lock != Some(next.id) {
                    return Ok(Written::SessionLost);
                }
                Some(session.after(step, words::at(self.now)))
            }
            (SessionWrite::Next(after), Some(session)) => {
                if session.version + 1 != after.version {
                    return Ok(Written::SessionLost);
                }
                Some(*after)
            }
        };
        let old = stored.clone();
        check::changed(self, &old, &next)?;
        if let (Some(index), Some(session)) = (index, session) {
            let is_canceled = session.status == SessionStatus::Canceled;
            self.put_session(index, session)?;
            if is_canceled {
                self.bank.canceled_sessions.push(index);
            }
        }
        self.seen.changed(&old, &next, self.rules.as_of)?;
        if matches!(next.status(), Status::Failed | Status::Canceled) {
            self.bank.published.push(slot);
        }
        if next.was_paid() {
            self.bank.known_as_paid.push(slot);
        }
        self.slots[slot].alarms.extend(alarms);
        if next.waiting.is_empty() {
            self.wake(&old.waiting);
        }
        self.put_charge(next);
        if let Some(note) = note {
            self.inbox[note] = Record::Applied;
        }
        Ok(Written::Stored)
    }

    fn put_charge(&mut self, charge: Charge) {
        let slot = &mut self.slots[words::slot(charge.id)];
        slot.due = (self.rules.due)(&charge).map(|due| due.at);
        slot.before = slot.charge.replace(charge);
    }

    fn put_session(&mut self, index: usize, next: Session) -> Result<(), Broken> {
        check::session_changed(&self.sessions[index], &next)?;
        self.before[index] = std::mem::replace(&mut self.sessions[index], next);
        Ok(())
    }
}
