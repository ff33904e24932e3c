//! The call, and what its answer does.

use domain::{
    charge::{
        Charge, LateMoney, Learned, Outcome, SessionEffect, Settled,
        decline::DeclineCode,
        request::{RequestKind, Standing, TransactionRequest},
    },
    limits::NOT_FOUND_GRACE,
};

use super::{Answer, Goal, Hub, Next, Phase, Record, Word, store::Written};
use crate::{
    bank::{Key, Order, Said, Sent, Way},
    check::{Broken, Cause},
    plan::{Fate, Run},
    words,
};

/// Providers at which a payment is tried.
const PROVIDERS: usize = 2;

impl Hub {
    /// Sends what was stored, unless its time is over.
    pub(super) fn call(&mut self, charge: Charge, number: usize, run: Run) -> Next {
        let Some(request) = charge.request(number) else { return Next::Done };
        let key = Key { charge: words::slot(charge.id), number };
        let payment = Key { charge: key.charge, number: charge.payment() };
        let amount = request.amount.minor();
        let order = match request.kind {
            RequestKind::Capture => Order::Capture { payment, amount },
            RequestKind::Void => Order::Void { payment, amount },
            RequestKind::Cancel => Order::Cancel { payment },
            _ => Order::Create {
                way: words::way(&charge),
                amount,
                session: charge.session.map(|_| key.charge / super::KEYS),
                expires: charge.expires_at().map_or(i64::MAX, domain::time::Timestamp::as_millis),
            },
        };
        let fate = if words::at(self.now) < request.call_before { run.fate } else { Fate::NotSent };
        let grace = request.call_before.plus(NOT_FOUND_GRACE).as_millis();
        let mut sent = Sent { key, order, luck: run.luck, by: Some(grace) };
        let said = match fate {
            Fate::Answered => Some(self.bank.receive(&sent, self.now)),
            Fate::Lost => {
                self.bank.receive(&sent, self.now);
                None
            }
            Fate::NotSent => None,
            Fate::Slow | Fate::TooSlow => {
                // A bank that captures or gives up what it said it never heard of does what nobody would ever learn; and
                // of a late release nobody could tell whether it came before a capture.
                let may_surprise = match order {
                    Order::Create { .. } => true,
                    Order::Void { .. } => words::way(&charge) != Way::CardReserved,
                    Order::Capture { .. } | Order::Cancel { .. } => false,
                };
                sent.by = sent.by.filter(|_| fate == Fate::Slow || !may_surprise);
                self.bank.on_the_way.push(sent);
                None
            }
        };
        let outcome = match said {
            Some(said) => words::outcome(said, request.kind, words::way(&charge)),
            None if fate == Fate::NotSent => Outcome::NotSent,
            None => Outcome::Unknown,
        };
        let answer = Answer { number, said, outcome, at: words::at(self.now), is_first: true };
        Next::Phase(Phase::Settle { charge, word: Word::Answer(answer) })
    }

    /// Asks how a request, or its payment, stands. Of a payment that nobody has made in its time, that is its end.
    pub(super) fn ask(&mut self, charge: Charge, number: usize, expires: bool, fate: Fate) -> Next {
        let Some(request) = charge.request(number) else { return Next::Done };
        let said = (fate == Fate::Answered).then(|| self.bank.tell(&Key { charge: words::slot(charge.id), number }));
        let is_over = charge.expires_at().is_some_and(|at| at <= words::at(self.now));
        let is_registered = matches!(request.standing, Standing::Final { .. });
        let (said, outcome) = match said {
            None => (None, Outcome::Unknown),
            Some(Said::Registered) if expires && is_over && is_registered => {
                (None, Outcome::Declined(DeclineCode::Timeout.into()))
            }
            Some(said) => (Some(said), words::outcome(said, request.kind, words::way(&charge))),
        };
        let answer = Answer { number, said, outcome, at: words::at(self.now), is_first: false };
        Next::Phase(Phase::Settle { charge, word: Word::Answer(answer) })
    }

    /// Applies what was learned to the charge as it was read, and stores that.
    pub(super) fn settle(&mut self, goal: &Goal, charge: Charge, word: Word) -> Result<Next, Broken> {
        if let Word::Answer(answer) = &word
            && let Some((tried, effect)) = self.tried_elsewhere(&charge, answer)
        {
            let (read, number) = (charge.version, answer.number);
            if let Written::Stored = self.write(read, &tried, effect, None, Cause::Learned)? {
                return Ok(Next::Phase(Phase::Call { charge: tried, number: number + 1 }));
            }
        }
        let (settled, note) = match &word {
            Word::Answer(Answer { number, outcome, at, .. }) => {
                let learned = Learned { at: *at, took_ms: None, id: self.fresh() };
                ((self.rules.settle)(&charge, *number, outcome.clone(), learned), None)
            }
            Word::Note(note, paid) => {
                let notice = words::notice(&self.bank.notes[*note], *paid);
                let learned = Learned { at: words::at(self.now), took_ms: None, id: self.fresh() };
                ((self.rules.hear)(&charge, &notice, learned), Some(*note))
            }
        };
        match settled {
            Settled::Unchanged => {
                self.note_taken(&charge, &word, false);
                Ok(Self::after(goal, &charge, &word))
            }
            Settled::NotYet => Ok(self.put_off(&word)),
            Settled::Alarm(_) => self.give_to_somebody(&charge, &word),
            Settled::Late(late) => Ok(Next::Phase(Phase::Late { charge, word, late })),
            Settled::Changed(next, effect) => match self.write(charge.version, &next, effect, note, Cause::Learned)? {
                Written::Stored => {
                    self.note_taken(&charge, &word, true);
                    Ok(Self::after(goal, &next, &word))
                }
                Written::Known => Ok(Next::Done),
                Written::Lost => Ok(self.anew(&charge, word)),
                Written::SessionLost => self.without_session(charge, &next, effect, word),
            },
        }
    }

    /// The charge with its next try, where the first provider cannot have taken the money.
    fn tried_elsewhere(&mut self, charge: &Charge, answer: &Answer) -> Option<(Charge, SessionEffect)> {
        let request = charge.request(answer.number)?;
        let is_creation = !matches!(request.kind, RequestKind::Capture | RequestKind::Void | RequestKind::Cancel);
        let may_go_on = answer.outcome == Outcome::NotSent || answer.said == Some(Said::TryAgain);
        let is_in_time = words::at(self.now) <= request.call_before;
        if !answer.is_first || !is_creation || !may_go_on || !is_in_time || answer.number >= PROVIDERS {
            return None;
        }
        let number = answer.number + 1;
        let tried = charge.try_again(words::via(number), words::request_id(number), words::at(self.now));
        let learned = Learned { at: answer.at, took_ms: None, id: self.fresh() };
        match (self.rules.settle)(&tried, answer.number, answer.outcome.clone(), learned) {
            Settled::Changed(next, effect) => Some((*next, effect)),
            Settled::Unchanged | Settled::NotYet | Settled::Late(_) | Settled::Alarm(_) => None,
        }
    }

    /// Somebody was faster: what was learned is applied to the newest charge.
    pub(super) fn anew(&self, charge: &Charge, word: Word) -> Next {
        match self.stored(words::slot(charge.id)).cloned() {
            Some(charge) => Next::Phase(Phase::Settle { charge, word }),
            None => Next::Done,
        }
    }

    /// The session is not the charge's any more: what it paid is late money, and what it gives up is nothing.
    fn without_session(
        &mut self,
        charge: Charge,
        next: &Charge,
        effect: SessionEffect,
        word: Word,
    ) -> Result<Next, Broken> {
        match (effect, next.requests.last()) {
            (SessionEffect::Pay, Some(paid)) => {
                let receipt = paid.latest().map(|answer| answer.receipt.clone()).unwrap_or_default();
                let late = LateMoney { amount: paid.amount, receipt };
                Ok(Next::Phase(Phase::Late { charge, word, late }))
            }
            (SessionEffect::Release, _) if words::way(next) == Way::Boleto => {
                let note = if let Word::Note(note, _) = word { Some(note) } else { None };
                match self.write(charge.version, next, SessionEffect::Keep, note, Cause::Learned)? {
                    Written::Stored => {
                        self.note_taken(&charge, &word, true);
                        Ok(Next::Done)
                    }
                    Written::Lost => Ok(self.anew(&charge, word)),
                    Written::SessionLost | Written::Known => Ok(Next::Done),
                }
            }
            _ => Err(Broken::new(&format!("a charge without its session wants to {effect:?} it"))),
        }
    }

    /// The books note what the hub has taken note of.
    pub(super) fn note_taken(&mut self, charge: &Charge, word: &Word, has_changed: bool) {
        match word {
            Word::Answer(answer) => {
                let key = Key { charge: words::slot(charge.id), number: answer.number };
                if let Some(said) = answer.said {
                    self.bank.noted(&key, said, has_changed);
                }
                let asked = |request: &&TransactionRequest| request.kind == RequestKind::Void && !request.was_told();
                if let Some(request) = charge.request(answer.number).filter(asked) {
                    let may_be_slow = answer.at <= request.call_before.plus(NOT_FOUND_GRACE);
                    match answer.outcome {
                        Outcome::Pending(_) | Outcome::Unknown => self.bank.doubt(key, true),
                        Outcome::NotFound => self.bank.doubt(key, may_be_slow),
                        Outcome::NotSent if self.bank.doubts.contains_key(&key) => {}
                        _ => self.bank.doubt(key, false),
                    }
                }
            }
            Word::Note(note, _) => {
                self.bank.heard(self.bank.notes[*note].fact);
                self.inbox[*note] = Record::Applied;
            }
        }
    }

    /// What comes after a request was answered: a payment that could not be given up is asked about.
    pub(super) fn after(goal: &Goal, charge: &Charge, word: &Word) -> Next {
        match (goal, word) {
            (Goal::GiveUp { slot, .. }, Word::Answer(Answer { said: Some(Said::Declined), .. })) => {
                let task = domain::charge::due::Task::Ask(charge.payment());
                Next::Goals(vec![Goal::Look { slot: *slot, task }])
            }
            _ => Next::Done,
        }
    }
}
