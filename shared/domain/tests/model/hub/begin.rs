//! The first step of everything: what there is, is read, and what is to be done follows.

use domain::{
    charge::{
        Charge,
        command::{Abilities, Asker, Command},
        due::Task,
    },
    ids::RequestId,
    limits::STALE_INTENT,
    session::{Command as SessionCommand, Decision, SessionStatus},
};

use super::{Goal, Hub, KEYS, Next, Phase, SESSIONS};
use crate::{
    bank::Way,
    words::{self, payment_type},
};

impl Hub {
    pub(super) fn read(&mut self, goal: &Goal) -> Next {
        match *goal {
            Goal::Pay { slot, way, tries } => self.read_to_pay(slot, way, tries),
            Goal::Order { slot, command, key } => {
                let id = words::request_id(100 + slot * 10 + key);
                self.read_to_ask(slot, command, id, false)
            }
            Goal::GiveUp { slot, ends_session } => {
                let id = self.fresh();
                self.read_to_ask(slot, Command::Cancel, id, ends_session)
            }
            Goal::GiveBack { slot } => {
                let id = self.fresh();
                self.read_to_ask(slot, Command::Void(None), id, false)
            }
            Goal::Look { slot, task } => self.read_to_look(slot, task),
            Goal::Hear { note } => self.read_to_hear(note),
            Goal::End { session } => self.read_to_end(session),
            Goal::Switch { session, on } => self.read_to_switch(session, on),
        }
    }

    pub(super) fn fresh(&mut self) -> RequestId {
        self.ids += 1;
        words::request_id(self.ids)
    }

    pub(super) fn stored(&self, slot: usize) -> Option<&Charge> {
        self.slots[slot].charge.as_ref()
    }

    /// What the charge's provider can do: some give no Pix back and take none away.
    pub(crate) fn abilities(charge: &Charge) -> Abilities {
        let is_able = !words::slot(charge.id).is_multiple_of(3);
        match words::way(charge) {
            Way::Card | Way::CardReserved => Abilities { can_refund: true, can_supersede: false },
            Way::Pix => Abilities { can_refund: is_able, can_supersede: is_able },
            Way::Drip => Abilities { can_refund: true, can_supersede: is_able },
            Way::Boleto => Abilities { can_refund: false, can_supersede: false },
        }
    }

    fn read_to_pay(&self, slot: usize, way: Way, tries: u8) -> Next {
        if let Some(made) = self.stored(slot) {
            return self.repeat(slot, made);
        }
        let index = slot / KEYS;
        if index == SESSIONS {
            let charge = words::intent(slot, way, None, self.now);
            return charge.map_or(Next::Done, |charge| Next::Phase(Phase::Claim { read: None, charge }));
        }
        let (session, now) = (&self.sessions[index], words::at(self.now));
        match session.decide(SessionCommand::Pay(payment_type(way)), now) {
            Ok(Decision::Claim) => match words::intent(slot, way, Some((index, session)), self.now) {
                Some(charge) => Next::Phase(Phase::Claim { read: Some(session.clone()), charge }),
                None => Next::Done,
            },
            Ok(Decision::Held(holder)) if session.payable(payment_type(way), now).is_ok() && tries > 0 => {
                let Some(holder) = self.stored(words::slot(holder)) else { return Next::Done };
                let is_same_way = holder.method.kind() == payment_type(way);
                if is_same_way || (self.rules.decide)(holder, Command::Cancel, Self::abilities(holder)).is_err() {
                    return Next::Done;
                }
                let slot_of_holder = words::slot(holder.id);
                Next::Goals(vec![
                    Goal::GiveUp { slot: slot_of_holder, ends_session: false },
                    Goal::Pay { slot, way, tries: tries - 1 },
                ])
            }
            Ok(Decision::Held(_) | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing) | Err(_) => {
                Next::Done
            }
        }
    }

    /// The same key again: what was not answered for too long is asked about.
    fn repeat(&self, slot: usize, made: &Charge) -> Next {
        let number = made.creation();
        let is_stale = made.request(number).is_some_and(|request| {
            request.answered().is_none() && words::at(self.now) > request.created_at.plus(STALE_INTENT)
        });
        if is_stale { Next::Goals(vec![Goal::Look { slot, task: Task::Ask(number) }]) } else { Next::Done }
    }

    fn read_to_ask(&self, slot: usize, command: Command, id: RequestId, ends_session: bool) -> Next {
        let Some(charge) = self.stored(slot) else { return Next::Done };
        if charge.number_of(id).is_some() {
            return Next::Done;
        }
        match (self.rules.decide)(charge, command, Self::abilities(charge)) {
            Ok(ask) => {
                let asker = Asker { id, body: None, ends_session };
                let via = charge.request(charge.payment()).map_or_else(|| words::via(1), |payment| payment.via);
                let next = charge.asked(ask, asker, via, words::at(self.now));
                Next::Phase(Phase::Intend { read: charge.version, next })
            }
            Err(_) => Next::Done,
        }
    }

    fn read_to_look(&self, slot: usize, task: Task) -> Next {
        let Some(charge) = self.stored(slot).cloned() else { return Next::Done };
        let (number, expires) = match task {
            Task::Ask(number) => (number, false),
            Task::Expire => (charge.payment(), true),
            Task::AskHold => (charge.payment(), false),
            Task::GiveBack => return Next::Goals(vec![Goal::GiveBack { slot }]),
        };
        Next::Phase(Phase::Ask { charge, number, expires })
    }

    fn read_to_end(&self, index: usize) -> Next {
        let session = &self.sessions[index];
        match session.decide(SessionCommand::Cancel, words::at(self.now)) {
            Ok(Decision::Cancel) => Next::Phase(Phase::Change {
                read: session.version,
                session: index,
                status: SessionStatus::Canceled,
                is_active: session.is_active,
            }),
            Ok(Decision::Held(holder)) => {
                Next::Goals(vec![Goal::GiveUp { slot: words::slot(holder), ends_session: true }])
            }
            Ok(Decision::Claim | Decision::SetActive(_) | Decision::Nothing) | Err(_) => Next::Done,
        }
    }

    fn read_to_switch(&self, index: usize, on: bool) -> Next {
        let session = &self.sessions[index];
        let command = if on { SessionCommand::Enable } else { SessionCommand::Disable };
        match session.decide(command, words::at(self.now)) {
            Ok(Decision::SetActive(is_active)) => {
                Next::Phase(Phase::Change { read: session.version, session: index, status: session.status, is_active })
            }
            Ok(Decision::Claim | Decision::Held(_) | Decision::Cancel | Decision::Nothing) | Err(_) => Next::Done,
        }
    }
}
