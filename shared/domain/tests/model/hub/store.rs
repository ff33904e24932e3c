//! The store: a write holds where what was read is still so, and goes wholly or not at all.

use domain::{
    charge::{Charge, SessionEffect},
    session::{Session, SessionStatus},
};

use super::{Goal, Hub, Next, Phase, Record};
use crate::{
    check::{self, Broken, Cause},
    words,
};

/// What became of a write.
pub(super) enum Written {
    Stored,
    /// Somebody wrote the charge since it was read.
    Lost,
    /// Somebody else holds the session, or wrote it.
    SessionLost,
    /// The notice was applied before.
    Known,
}

impl Hub {
    /// Puts a new charge and takes its session for it.
    pub(super) fn claim(&mut self, read: Option<&Session>, charge: Charge) -> Result<Next, Broken> {
        let slot = words::slot(charge.id);
        if self.slots[slot].charge.is_some() {
            return Ok(Next::Done);
        }
        if let Some(read) = read {
            let index = words::slot(domain::ids::ChargeId::new(read.id.uuid()));
            let session = &self.sessions[index];
            if session.version != read.version {
                return Ok(Next::Done);
            }
            let mut next = Session { claim: Some(charge.id), version: session.version + 1, ..session.clone() };
            next.attempts.push(charge.id);
            self.put_session(index, next)?;
        }
        check::opened(&charge)?;
        self.put_charge(charge.clone());
        Ok(Next::Phase(Phase::Call { charge, number: 1 }))
    }

    /// Stores the intent of what somebody asks for.
    pub(super) fn intend(&mut self, read: u64, next: Charge) -> Result<Next, Broken> {
        match self.write(read, &next, SessionEffect::Keep, None, Cause::Asked)? {
            Written::Stored => {
                let number = next.requests.len();
                Ok(Next::Phase(Phase::Call { charge: next, number }))
            }
            Written::Lost | Written::SessionLost | Written::Known => Ok(Next::Done),
        }
    }

    /// Cancels a session, or switches it on or off: then who holds it is given up behind that.
    pub(super) fn change(
        &mut self,
        read: u64,
        index: usize,
        status: SessionStatus,
        is_active: bool,
    ) -> Result<Next, Broken> {
        let session = &self.sessions[index];
        if session.version != read {
            return Ok(Next::Done);
        }
        let next = Session { status, is_active, version: read + 1, ..session.clone() };
        let holder = next.claim.filter(|_| !is_active);
        self.put_session(index, next)?;
        let give_up = |holder| Goal::GiveUp { slot: words::slot(holder), ends_session: false };
        Ok(Next::Goals(holder.map(give_up).into_iter().collect()))
    }

    /// Stores `next`, which was made of the charge at version `read`, with what it does to the session and with the
    /// record of the notice that caused it.
    pub(super) fn write(
        &mut self,
        read: u64,
        next: &Charge,
        effect: SessionEffect,
        note: Option<usize>,
        cause: Cause,
    ) -> Result<Written, Broken> {
        let Some(stored) = self.stored(words::slot(next.id)) else { return Ok(Written::Lost) };
        if note.is_some_and(|note| self.record(note) == Record::Applied) {
            return Ok(Written::Known);
        }
        if stored.version != read {
            return Ok(Written::Lost);
        }
        let session = next.session.filter(|_| effect != SessionEffect::Keep);
        let session = session.map(|id| words::slot(domain::ids::ChargeId::new(id.uuid())));
        let changed = session.map(|index| (index, after(effect, &self.sessions[index], next)));
        if let Some((_, None)) = changed {
            return Ok(Written::SessionLost);
        }
        check::changed(stored, next, cause)?;
        check::ended(stored, next, changed.as_ref().and_then(|(_, session)| session.as_ref()))?;
        if let Some((index, Some(session))) = changed {
            self.put_session(index, session)?;
        }
        self.put_charge(next.clone());
        if let Some(note) = note {
            self.inbox[note] = Record::Applied;
        }
        Ok(Written::Stored)
    }

    fn put_charge(&mut self, charge: Charge) {
        let slot = &mut self.slots[words::slot(charge.id)];
        slot.due = charge.due_at();
        slot.charge = Some(charge);
    }

    fn put_session(&mut self, index: usize, next: Session) -> Result<(), Broken> {
        check::session_changed(&self.sessions[index], &next)?;
        self.sessions[index] = next;
        Ok(())
    }

    pub(super) fn record(&self, note: usize) -> Record {
        self.inbox.get(note).copied().unwrap_or(Record::None)
    }
}

/// The session after `effect`; none where it is not as the effect needs it.
fn after(effect: SessionEffect, session: &Session, charge: &Charge) -> Option<Session> {
    let is_held = session.claim == Some(charge.id);
    let mut next = Session { version: session.version + 1, ..session.clone() };
    match effect {
        SessionEffect::Keep => {}
        SessionEffect::Take { read, pays } => {
            next.claim = Some(charge.id);
            next.status = if pays { SessionStatus::Paid } else { next.status };
            return Some(next).filter(|_| session.version == read);
        }
        SessionEffect::Release => next.claim = None,
        SessionEffect::Pay => next.status = SessionStatus::Paid,
        SessionEffect::Void => next.status = SessionStatus::Voided,
        SessionEffect::Cancel => (next.claim, next.status) = (None, SessionStatus::Canceled),
    }
    Some(next).filter(|_| is_held)
}
