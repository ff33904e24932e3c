//! The end of a life: everything comes to rest.

use domain::{
    charge::{Charge, status::Status},
    time::Timestamp,
};
use model::bank::Millis;

use super::{Hub, Record};
use crate::{
    check::Broken,
    plan::{Fate, Run},
    seen, words,
};

const DAY: Millis = 24 * 3_600_000;
/// Rounds after which operators settle what cannot be reconciled.
const BEFORE_OPERATORS: usize = 30;
/// Rounds in which operators work on what is unresolved.
const LOOKS: usize = 12;
/// Rounds of due work in which every life must have come to rest.
const ROUNDS: usize = 300;

impl Hub {
    /// Everything that is late arrives, every notification is delivered, the hub does what is due, and operators settle
    /// what cannot be reconciled, until nothing is left to do: then the books must agree.
    pub(crate) fn settle_down(&mut self, notifications_first: bool) -> Result<(), Broken> {
        let run = Run { steps: u8::MAX, fate: Fate::Answered, luck: 0, env: 0, is_stale: false };
        let patient = if notifications_first { 0 } else { 8 };
        while let Some(who) = self.actors.len().checked_sub(1) {
            self.go(who, run)?;
        }
        for round in 0..ROUNDS {
            for sent in std::mem::take(&mut self.bank.in_flight) {
                self.bank.receive(&sent, self.now);
            }
            let known = self.known();
            self.bank.come_to_rest(self.now, &known);
            self.sweep(run)?;
            if round >= patient {
                self.deliver(run)?;
            }
            if round >= patient + BEFORE_OPERATORS {
                self.operate(run)?;
            }
            match self.next_deadline() {
                Some(due) => self.wait_until(due.max(self.now + 1_000)),
                None if round > patient && self.is_quiet() => return Ok(()),
                None if round > patient + BEFORE_OPERATORS + LOOKS => return Ok(()),
                None => self.wait_until(self.now + DAY),
            }
        }
        let is_open = |charge: &&Charge| !charge.is_at_rest() || charge.due().is_some();
        let open = self.slots.iter().filter_map(|slot| slot.charge.as_ref()).find(is_open);
        let open = open.map(|charge| (words::slot(charge.id), charge.status().name()));
        Err(Broken(format!("the hub does not come to rest: {open:?}")))
    }

    /// What the hub has and what the books say, for a life that fails.
    pub(crate) fn dump(&self) -> String {
        let mut text = String::new();
        for slot in self.slots.iter().filter(|slot| slot.charge.is_some()) {
            let charge = slot.charge.as_ref().unwrap();
            text += &format!("charge {} {} {:?}\n", words::slot(charge.id), seen::print(charge), slot.alarms);
        }
        for session in &self.sessions {
            text += &format!("session {:?} lock {:?}\n", session.status, session.lock.map(words::slot));
        }
        for (note, it) in self.bank.notes.iter().enumerate() {
            text += &format!("{it:?} {:?}\n", self.record(note));
        }
        for payment in &self.bank.payments {
            text += &format!("{payment:?}\n");
        }
        for refund in &self.bank.refunds {
            text += &format!("{refund:?}\n");
        }
        self.bank.disputes.iter().for_each(|dispute| text += &format!("{dispute:?}\n"));
        text
    }

    /// Whether everything was learned and has ended.
    fn is_quiet(&self) -> bool {
        let mut notes = self.bank.notes.iter().enumerate();
        let is_learned = notes.all(|(note, it)| it.is_withdrawn || self.record(note) == Record::Applied);
        let mut charges = self.slots.iter().filter_map(|slot| slot.charge.as_ref());
        is_learned && charges.all(|charge| charge.is_at_rest() && charge.status() != Status::Pending)
    }

    /// When a charge is due next, or a boleto is cleared.
    fn next_deadline(&self) -> Option<Millis> {
        let charges = self.slots.iter().filter_map(|slot| slot.due).map(Timestamp::as_millis);
        let cleared = self.bank.notes.iter().map(|note| note.from).filter(|from| *from > self.now);
        charges.chain(cleared).min()
    }
}
