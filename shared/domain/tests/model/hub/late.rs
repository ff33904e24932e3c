//! Late money: the session and whoever holds it are read, and then what becomes of it is decided.

use domain::{
    charge::{Charge, LateMoney, Learned, SessionEffect, late::Late},
    ids::ChargeId,
    session::Session,
};

use super::{Goal, Hub, Next, Phase, Word, store::Written};
use crate::{
    check::{Broken, Cause},
    words,
};

impl Hub {
    pub(super) fn read_for_late(&self, charge: Charge, word: Word, late: LateMoney) -> Next {
        let session = charge.session.map(|id| self.sessions[words::slot(ChargeId::new(id.uuid()))].clone());
        let holder = session.as_ref().and_then(|session| session.claim);
        let holder = holder.and_then(|holder| self.stored(words::slot(holder)).cloned());
        Next::Phase(Phase::TakeLate { charge, word, late, session, holder })
    }

    pub(super) fn take_late(
        &mut self,
        goal: &Goal,
        charge: Charge,
        word: Word,
        late: &LateMoney,
        session: Option<&Session>,
        holder: Option<&Charge>,
    ) -> Result<Next, Broken> {
        let learned = Learned { at: words::at(self.now), took_ms: None, id: self.fresh() };
        let can_refund = Self::abilities(&charge).can_refund;
        let (next, effect) = match (self.rules.take_late)(&charge, late, session, holder, can_refund, learned) {
            Late::Taken(next, effect) => (next, effect),
            Late::Owed(next) | Late::Stuck(next) => (next, SessionEffect::Keep),
            Late::GiveUpFirst => {
                let Some(holder) = holder else { return Ok(self.put_off(&word)) };
                if (self.rules.decide)(holder, domain::charge::command::Command::Cancel, Self::abilities(holder))
                    .is_err()
                {
                    return Ok(self.put_off(&word));
                }
                self.put_off(&word);
                let give_up = Goal::GiveUp { slot: words::slot(holder.id), ends_session: false };
                return Ok(Next::Goals(vec![give_up, goal.clone()]));
            }
            Late::Wait => return Ok(self.put_off(&word)),
            Late::Nothing => {
                self.note_taken(&charge, &word, false);
                return Ok(Next::Done);
            }
        };
        let note = if let Word::Note(note, _) = word { Some(note) } else { None };
        match self.write(charge.version, &next, effect, note, Cause::LateMoney)? {
            Written::Stored => {
                self.note_taken(&charge, &word, true);
                Ok(Next::Done)
            }
            Written::Known => Ok(Next::Done),
            Written::Lost | Written::SessionLost => Ok(self.anew(&charge, word)),
        }
    }
}
