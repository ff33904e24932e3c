//! The inbox: one record for each notification, written together with its effect.

use domain::{
    alarm::Alarm,
    charge::{Circumstances, Decision, Report, SessionView, status::Status},
    limits::{LAST_NOTIFICATION_LOOK, NOTIFICATION_PATIENCE},
};
use model::{
    bank::{Event, Key, Millis, Refund, RefundState, ZOOP, pick},
    notes::UpdateKind,
};

use super::{Answer, Goal, Hub, Next, Phase, Word, store::Written};
use crate::{
    check::Broken,
    plan::Run,
    words::{self, abilities},
};

/// The first pause before a waiting notification is tried again.
const FIRST_LOOK: Millis = 60_000;

/// The state of a notification in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    None,
    Waiting {
        since: Millis,
        due: Millis,
        pause: Millis,
    },
    /// It contradicts what the hub knows, or waited in vain: operators were alarmed.
    Unresolved,
    Applied,
}

impl Hub {
    pub(crate) fn record(&self, note: usize) -> Record {
        self.inbox.get(note).copied().unwrap_or(Record::None)
    }

    /// A notification arrives, perhaps again; not where it was withdrawn.
    pub(super) fn notify(&mut self, which: usize, run: Run) -> Result<(), Broken> {
        let is_again = which.is_multiple_of(4);
        let is_next = |note: &usize| {
            let it = &self.bank.notes[*note];
            let may_come = it.from <= self.now && !it.is_withdrawn;
            may_come && (self.record(*note) != Record::Applied || (is_again && it.kind != UpdateKind::RefundFailed))
        };
        let Some(note) = pick((0..self.bank.notes.len()).filter(is_next), which) else { return Ok(()) };
        if self.record(note) == Record::Applied {
            self.inbox[note] = Record::None;
        }
        self.begin(vec![Goal::Learn { note }], run)
    }

    pub(super) fn read_to_learn(&mut self, note: usize, run: Run) -> Next {
        if self.inbox.len() <= note {
            self.inbox.resize(note + 1, Record::None);
        }
        if self.inbox[note] == Record::Applied || self.bank.notes[note].is_withdrawn {
            return Next::Done;
        }
        match self.read_charge(self.bank.notes[note].about.charge, run) {
            Some(charge) => Next::Phase(Phase::Learn { charge, word: Word::Note(note), session: None }),
            None => Next::Done,
        }
    }

    /// Tries again after a minute, then after pauses that double to an hour. After seven days operators must look,
    /// unless what it waits for is open.
    pub(super) fn wait_longer(&mut self, note: usize, slot: usize, is_open: bool) -> Result<(), Broken> {
        let hour = i64::try_from(LAST_NOTIFICATION_LOOK.as_millis()).unwrap();
        let week = i64::try_from(NOTIFICATION_PATIENCE.as_millis()).unwrap();
        self.inbox[note] = match self.inbox[note] {
            Record::Waiting { since, .. } if !is_open && self.now - since >= week => {
                self.slots[slot].alarms.push(Alarm::UnknownNotification);
                let session = self.stored(slot).and_then(|charge| charge.session).map(words::session_index);
                // A late payment waits for the charge that holds the lock of its session.
                let is_payment = matches!(self.bank.notes[note].kind, UpdateKind::Paid { .. });
                let session = session.filter(|_| is_payment);
                let lock = session.and_then(|index| self.sessions[index].lock).map(words::slot);
                let active = lock.and_then(|active| self.stored(active));
                let mut awaited = [self.stored(slot), active].into_iter().flatten();
                if awaited.any(|charge| charge.status() == Status::Pending) {
                    return Err(Broken::new("a notification was dropped while what it waits for is open"));
                }
                Record::Unresolved
            }
            Record::Waiting { since, pause, .. } => {
                let pause = (pause * 2).min(hour);
                Record::Waiting { since, due: self.now + pause, pause }
            }
            Record::None => Record::Waiting { since: self.now, due: self.now + FIRST_LOOK, pause: FIRST_LOOK },
            other @ (Record::Unresolved | Record::Applied) => other,
        };
        Ok(())
    }

    pub(super) fn unresolved(&mut self, word: &Word) {
        if let Word::Note(note) = word
            && self.inbox[*note] != Record::Applied
        {
            self.inbox[*note] = Record::Unresolved;
        }
    }

    /// What waits for a charge that has changed is due at once.
    pub(super) fn wake(&mut self, waiting: &[String]) {
        for note in waiting.iter().filter_map(|key| key.parse::<usize>().ok()) {
            if let Record::Waiting { since, pause, .. } = self.inbox[note] {
                self.inbox[note] = Record::Waiting { since, due: self.now, pause };
            }
        }
    }

    /// Delivers every notification that has not arrived.
    pub(super) fn deliver(&mut self, run: Run) -> Result<(), Broken> {
        for note in 0..self.bank.notes.len() {
            if self.bank.notes[note].from <= self.now && self.record(note) == Record::None {
                self.begin(vec![Goal::Learn { note }], run)?;
            }
        }
        Ok(())
    }

    /// Operators apply again what is unresolved, and settle what the hub cannot reconcile.
    pub(super) fn operate(&mut self, run: Run) -> Result<(), Broken> {
        for note in 0..self.inbox.len() {
            if self.inbox[note] == Record::Unresolved {
                self.begin(vec![Goal::Learn { note }], run)?;
            }
        }
        for slot in 0..self.slots.len() {
            let Some(charge) = self.stored(slot).cloned() else { continue };
            for (number, request) in (1..).zip(&charge.requests).filter(|(_, request)| !request.is_final()) {
                let account = words::account(request.via);
                let truth = self.bank.truth(Key { charge: slot, number }, account, self.now);
                let Some(said) = truth.filter(|_| account == ZOOP) else { continue };
                let (outcome, at) =
                    (words::outcome(said, request.kind, words::pay_method(&charge)), words::at(self.now));
                let word = Word::Answer(Answer { number, outcome, at, is_first: false, is_soft: false });
                let Some(charge) = self.stored(slot).cloned() else { continue };
                let goal = Goal::Look { slot, task: domain::charge::due::Task::Reconcile(number) };
                let phase = Phase::Learn { charge, word, session: None };
                self.actors.push(super::Actor { since: self.now, goal, phase, then: Vec::new() });
                self.go(self.actors.len() - 1, run)?;
            }
        }
        Ok(())
    }

    /// A refund is made at a provider itself, where one can be, and an operator records one that is neither recorded nor
    /// reported so far.
    pub(super) fn record_refund(&mut self, which: usize, part: u64) -> Result<(), Broken> {
        let known = self.known();
        self.bank.happen(Event::RefundBegins, which, part, self.now, &known);
        let is_unknown = |place: &usize| {
            let refund = &self.bank.refunds[*place];
            let is_made = refund.own.is_none() && refund.state == RefundState::Done && !refund.is_release;
            is_made && !self.recorded.contains(place) && !self.is_reported(refund)
        };
        let Some(place) = pick((0..self.bank.refunds.len()).filter(is_unknown), which) else { return Ok(()) };
        let Refund { of, amount, .. } = self.bank.refunds[place];
        let key = self.bank.payments[of].key;
        let Some(charge) = self.stored(key.charge).cloned() else { return Ok(()) };
        let update = words::recorded(key, amount, place);
        let at = words::at(self.now);
        let circumstances = Circumstances { at, took_ms: None, ask_after: None, not_sent: None, id: self.fresh() };
        let report = Report::Notification(&update);
        let decision = (self.rules.decide)(&charge, &report, SessionView::Unread, abilities, circumstances);
        if let Decision::Store(write) = decision
            && self.write(charge.version, *write, None)? == Written::Stored
        {
            self.recorded.push(place);
        }
        Ok(())
    }

    /// Whether the hub knows the refund by its provider's id.
    fn is_reported(&self, refund: &Refund) -> bool {
        let charge = self.stored(self.bank.payments[refund.of].key.charge);
        let id = format!("t{}", refund.id);
        charge.is_some_and(|charge| charge.requests.iter().any(|request| request.is_known_as(&id)))
    }

    /// Whether the hub has recorded how a refund ended.
    pub(super) fn knows_of(&self, refund: usize) -> bool {
        let refund = &self.bank.refunds[refund];
        let Some(charge) = self.stored(self.bank.payments[refund.of].key.charge) else { return false };
        let id = format!("t{}", refund.id);
        match refund.own {
            Some(own) => charge.request(own.number).is_some_and(|request| match refund.state {
                model::bank::RefundState::Failed => request.status().is_failure(),
                _ => request.has_succeeded(),
            }),
            None => charge.requests.iter().any(|request| request.has_succeeded() && request.is_known_as(&id)),
        }
    }
}
