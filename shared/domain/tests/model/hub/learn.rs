//! A report is decided, and its effect is stored in one write.

use domain::charge::{
    Charge, Circumstances, Decision, Report, SessionView, SessionWrite, WaitReason, Write, due::Task, status::Status,
};
use model::bank::ACCOUNTS;

use super::{Answer, Goal, Hub, Next, Pair, Phase, Record, Word, store::Written};
use crate::{
    check::Broken,
    plan::Run,
    words::{self, abilities},
};

/// Attempts of one payment.
const MAX_TRIED: usize = 3;

impl Hub {
    /// Decides what `word` does to the charge as it was read, and stores the result.
    pub(super) fn learn(
        &mut self,
        goal: &Goal,
        charge: Charge,
        word: Word,
        session: Option<Pair>,
        run: Run,
    ) -> Result<Next, Broken> {
        if let Word::Answer(answer) = &word
            && let Some(write) = self.tried_elsewhere(&charge, answer, run)
        {
            let (number, tried) = (answer.number, write.charge.clone());
            return Ok(match self.write(charge.version, write, None)? {
                Written::Stored => Next::Phase(Phase::Call { charge: tried, number: number + 1 }),
                Written::Lost | Written::SessionLost | Written::Known => self.anew(&charge, word),
            });
        }
        let decision = self.decide(&charge, &word, session.as_ref());
        let slot = words::slot(charge.id);
        match decision {
            Decision::Nothing => {
                self.apply(&word);
                Ok(Self::after(goal, &charge, &word))
            }
            Decision::ReadSession => Ok(Next::Phase(Phase::ReadSession { slot, word })),
            Decision::Supersede => {
                let active = session.and_then(|(_, active)| active).map(|active| active.id);
                let Some(active) = active else { return Err(Broken("no active charge is superseded".to_owned())) };
                self.put_off(&charge, &word, WaitReason::ActiveCharge(active))?;
                let cancel = Goal::Cancel { slot: words::slot(active), ends_session: false };
                let again = if let Word::Note(note) = word { Some(Goal::Learn { note }) } else { None };
                Ok(Next::Goals(std::iter::once(cancel).chain(again).collect()))
            }
            Decision::Wait(reason) => {
                let is_put_off = self.put_off(&charge, &word, reason)?;
                Ok(match (is_put_off, reason) {
                    (false, _) => self.anew(&charge, word),
                    // The update presupposes a payment that the hub does not know of.
                    (true, WaitReason::Payment) => {
                        let creation = charge.creation();
                        let is_open = charge.request(creation).is_some_and(|request| !request.is_final());
                        let task = if is_open { Task::Reconcile(creation) } else { Task::ReconcilePayment };
                        Next::Goals(vec![Goal::Look { slot, task }])
                    }
                    (true, _) => Next::Done,
                })
            }
            Decision::Contradiction(name) => {
                if matches!(word, Word::Note(_)) && charge.status() == Status::Pending {
                    return Err(Broken(format!("operators are alarmed of {name} while the charge is pending")));
                }
                self.slots[slot].alarms.push(name);
                self.unresolved(&word);
                Ok(Next::Done)
            }
            Decision::Store(write) => {
                let note = if let Word::Note(note) = word { Some(note) } else { None };
                let is_read = session.is_some();
                let next = write.charge.clone();
                Ok(match self.write(charge.version, *write, note)? {
                    Written::Stored => {
                        self.apply(&word);
                        Self::after(goal, &next, &word)
                    }
                    Written::Known => Next::Done,
                    Written::Lost if !is_read => self.anew(&charge, word),
                    Written::Lost | Written::SessionLost => Next::Phase(Phase::ReadSession { slot, word }),
                })
            }
        }
    }

    fn circumstances(&mut self, word: &Word) -> Circumstances {
        let at = if let Word::Answer(answer) = word { answer.at } else { words::at(self.now) };
        Circumstances { at, took_ms: None, ask_after: None, not_sent: None, id: self.fresh() }
    }

    fn decide(&mut self, charge: &Charge, word: &Word, session: Option<&Pair>) -> Decision {
        let circumstances = self.circumstances(word);
        let view = match session {
            None => SessionView::Unread,
            Some((session, active)) => SessionView::Read { session: session.as_ref(), active: active.as_ref() },
        };
        match word {
            Word::Answer(Answer { number, outcome, .. }) => {
                let report = Report::Answer { number: *number, outcome };
                (self.rules.decide)(charge, &report, view, abilities, circumstances)
            }
            Word::Note(note) => {
                let update = words::update(&self.bank.notes[*note]);
                (self.rules.decide)(charge, &Report::Notification(&update), view, abilities, circumstances)
            }
        }
    }

    /// Reads the charge, its session, and the charge that holds the session's lock.
    pub(super) fn read_session(&mut self, slot: usize, word: Word, run: Run) -> Next {
        let Some(charge) = self.stored(slot).cloned() else { return Next::Done };
        let session = charge.session.map(|id| self.read_only_session(words::session_index(id), run));
        let others = session.as_ref().and_then(|session| session.lock).filter(|lock| *lock != charge.id);
        let active = others.and_then(|active| self.read_charge(words::slot(active), run));
        Next::Phase(Phase::Learn { charge, word, session: Some((session, active)) })
    }

    /// The charge with its next attempt, where the provider before it cannot have taken the money.
    fn tried_elsewhere(&mut self, charge: &Charge, answer: &Answer, run: Run) -> Option<Write> {
        let request = charge.request(answer.number)?;
        let is_in_time = words::at(self.now) < request.call_before;
        let may_go_on = answer.is_first && answer.is_soft && request.kind.is_payment() && request.first().is_none();
        if !may_go_on || !is_in_time || answer.number >= MAX_TRIED || charge.requests.len() != answer.number {
            return None;
        }
        let account = (words::account(request.via) + 1 + usize::from(run.luck / 64)) % ACCOUNTS;
        let id = words::request_id(words::slot(charge.id) * 100 + answer.number + 1);
        let tried = charge.retried(words::via(account), id, words::at(self.now));
        match self.decide(&tried, &Word::Answer(answer.clone()), None) {
            Decision::Store(write) => Some(*write),
            _ => None,
        }
    }

    /// The charge was written meanwhile: the report is applied to the newest charge.
    pub(super) fn anew(&self, charge: &Charge, word: Word) -> Next {
        match self.stored(words::slot(charge.id)).cloned() {
            Some(charge) => Next::Phase(Phase::Learn { charge, word, session: None }),
            None => Next::Done,
        }
    }

    /// The report waits: its record says so, and so does the charge whose change it waits for. Returns whether that was
    /// stored: not where the charge has changed meanwhile.
    fn put_off(&mut self, charge: &Charge, word: &Word, reason: WaitReason) -> Result<bool, Broken> {
        let Word::Note(note) = word else { return Ok(true) };
        let slot = words::slot(charge.id);
        if self.stored(slot).is_none_or(|stored| stored.version != charge.version) {
            return Ok(false);
        }
        let is_open = (self.rules.is_open)(reason);
        self.wait_longer(*note, slot, is_open)?;
        let target = if let WaitReason::ActiveCharge(active) = reason { words::slot(active) } else { slot };
        if let Some(stored) = self.stored(target).filter(|_| is_open) {
            let key = note.to_string();
            if !stored.waiting.contains(&key) {
                let mut next = stored.clone();
                next.waiting.push(key);
                next.version += 1;
                let (read, alarms) = (stored.version, Vec::new());
                self.write(read, Write { charge: next, session: SessionWrite::None, alarms }, None)?;
            }
        }
        Ok(true)
    }

    fn apply(&mut self, word: &Word) {
        if let Word::Note(note) = word {
            self.inbox[*note] = Record::Applied;
        }
    }

    /// The goals after an answer: a payment that could not be canceled is reconciled.
    fn after(goal: &Goal, charge: &Charge, word: &Word) -> Next {
        match (goal, word) {
            (Goal::Cancel { slot, .. }, Word::Answer(Answer { number, .. }))
                if charge.request(*number).is_some_and(|cancel| cancel.status().is_failure()) =>
            {
                Next::Goals(vec![Goal::Look { slot: *slot, task: Task::ReconcilePayment }])
            }
            _ => Next::Done,
        }
    }
}
