//! The hub in memory: stored sessions and charges with versions, and workers that do one read, one write or one call at
//! a time.
//!
//! Between any two steps of a worker, all others may go on, and the worker may crash. What a worker has read may be
//! stale; every write is conditioned on what was read.

mod begin;
mod call;
mod inbox;
mod learn;
mod rest;
mod store;

use domain::{
    alarm::Alarm,
    charge::{Charge, Outcome, command::Command, due::Task},
    session::Session,
    time::Timestamp,
};
use model::bank::{ACCOUNTS, Bank, Event, Millis, PayMethod, pick};

use crate::{
    check::Broken,
    plan::{JUMPS, Run, Step},
    rules::Rules,
    seen::Seen,
    words::{self, START},
};
pub(crate) use inbox::Record;

/// How long a function works at most: half a minute.
const FUNCTION: Millis = 28_000;
/// Sessions; there are charges without a session, too.
pub(crate) const SESSIONS: usize = 3;
/// Idempotency keys that a shopper may use for one session.
pub(crate) const KEYS: usize = 5;

/// What a worker is to do.
#[derive(Clone, Debug)]
enum Goal {
    Pay {
        slot: usize,
        pay_method: PayMethod,
        attempts: u8,
    },
    Order {
        slot: usize,
        command: Command,
        key: usize,
    },
    Cancel {
        slot: usize,
        ends_session: bool,
    },
    HubRefund {
        slot: usize,
        payment: usize,
    },
    Look {
        slot: usize,
        task: Task,
    },
    Learn {
        note: usize,
    },
    /// Cancels the session; where `is_last`, whatever the outcome of the cancel of its payment.
    End {
        session: usize,
        is_last: bool,
    },
    Switch {
        session: usize,
        on: bool,
    },
}

/// An answer that is not in the charge yet.
#[derive(Clone, Debug)]
struct Answer {
    number: usize,
    outcome: Outcome,
    at: Timestamp,
    /// Whether it is the answer to the call itself: then another provider may be tried.
    is_first: bool,
    /// Whether it allows an attempt at another provider.
    is_soft: bool,
}

/// What the hub learns from: an answer, or a notification.
#[derive(Clone, Debug)]
enum Word {
    Answer(Answer),
    Note(usize),
}

/// The session of a charge and the charge that holds its lock, as they were read.
type Pair = (Option<Session>, Option<Charge>);

/// How far a worker has come. What was read is kept as it was then.
#[derive(Clone, Debug)]
enum Phase {
    Begin,
    Lock { read: Option<Session>, charge: Charge, then: Vec<Goal> },
    Intend { read: u64, next: Charge },
    Call { charge: Charge, number: usize },
    Query { charge: Charge, number: usize, expires: bool },
    Learn { charge: Charge, word: Word, session: Option<Pair> },
    ReadSession { slot: usize, word: Word },
    Change { next: Session, then: Vec<Goal> },
}

/// A worker.
#[derive(Clone, Debug)]
struct Actor {
    since: Millis,
    goal: Goal,
    phase: Phase,
    /// What comes after that.
    then: Vec<Goal>,
}

/// The result of one step.
enum Next {
    Phase(Phase),
    /// The goal is reached, or cannot be.
    Done,
    /// Other goals first, or instead.
    Goals(Vec<Goal>),
}

/// A charge's place in the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) charge: Option<Charge>,
    /// As it was before its last write.
    before: Option<Charge>,
    /// When it is due, or leased until.
    due: Option<Timestamp>,
    /// Its alarms.
    pub(crate) alarms: Vec<Alarm>,
}

/// The hub, its providers, and the time.
pub(crate) struct Hub {
    pub(crate) rules: Rules,
    pub(crate) bank: Bank,
    pub(crate) now: Millis,
    pub(crate) sessions: Vec<Session>,
    /// As each was before its last write.
    before: Vec<Session>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) seen: Seen,
    actors: Vec<Actor>,
    inbox: Vec<Record>,
    /// The refunds in the books that an operator recorded.
    recorded: Vec<usize>,
    /// Which of the merchant's accounts each environment has in its cache.
    cached: [[bool; ACCOUNTS]; 2],
    ids: usize,
}

impl Hub {
    pub(crate) fn new(rules: Rules) -> Self {
        const HOUR: Millis = 3_600_000;
        let lives = [4_000 * HOUR, HOUR / 2, 4_000 * HOUR];
        let sessions: Vec<_> = (0..SESSIONS).zip(lives).map(|(index, life)| words::session(index, life)).collect();
        Self {
            rules,
            bank: Bank::default(),
            now: START,
            before: sessions.clone(),
            sessions,
            slots: vec![Slot::default(); (SESSIONS + 1) * KEYS],
            seen: Seen::default(),
            actors: Vec::new(),
            inbox: Vec::new(),
            recorded: Vec::new(),
            cached: [[true; ACCOUNTS], [true, false, false, true, false]],
            ids: 1_000_000,
        }
    }

    /// Lets one thing happen.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), Broken> {
        match step {
            Step::Go { who, run } if !self.actors.is_empty() => {
                let who = usize::from(who) % self.actors.len();
                self.go(who, run)
            }
            Step::Nothing | Step::Go { .. } => Ok(()),
            Step::Wait(jump) => {
                self.wait_until(self.now + JUMPS[usize::from(jump) % JUMPS.len()] * 1_000);
                Ok(())
            }
            Step::Pay { session, key, pay_method, run } => {
                let slot = usize::from(session) * KEYS + usize::from(key);
                self.begin(vec![Goal::Pay { slot, pay_method, attempts: 2 }], run)
            }
            Step::Capture { charge, key, part, run } => self.order(charge, key, part, Command::Capture, run),
            Step::Void { charge, key, part, run } => self.order(charge, key, part, Command::Void, run),
            Step::Cancel { session, run } => {
                let session = session.into();
                self.begin(vec![Goal::End { session, is_last: false }], run)
            }
            Step::Switch { session, on, run } => self.begin(vec![Goal::Switch { session: session.into(), on }], run),
            Step::Sweep { run } => self.sweep(run),
            Step::Bank { event, which, part } => {
                self.happen(event, which.into(), part.into());
                Ok(())
            }
            Step::Record { which, part } => self.record_refund(which.into(), part.into()),
            Step::Notification { which, run } => self.notify(which.into(), run),
            Step::Arrive { which } => {
                if !self.bank.in_flight.is_empty() {
                    let sent = self.bank.in_flight.swap_remove(usize::from(which) % self.bank.in_flight.len());
                    self.bank.receive(&sent, self.now);
                }
                Ok(())
            }
            Step::Crash { who } => {
                if !self.actors.is_empty() {
                    self.actors.swap_remove(usize::from(who) % self.actors.len());
                }
                Ok(())
            }
        }
    }

    /// Lets something happen at a provider, or else the next that can.
    fn happen(&mut self, event: Event, which: usize, part: u64) {
        let known = self.known();
        for event in [event, Event::Pays, Event::RefundDone, Event::PaysLate] {
            if self.bank.happen(event, which, part, self.now, &known) {
                break;
            }
        }
    }

    /// Whether the hub has recorded the end of each refund.
    fn known(&self) -> Vec<bool> {
        (0..self.bank.refunds.len()).map(|refund| self.knows_of(refund)).collect()
    }

    fn order(
        &mut self,
        which: u8,
        key: u8,
        part: u8,
        command: fn(Option<domain::money::Amount>) -> Command,
        run: Run,
    ) -> Result<(), Broken> {
        let known = (0..self.slots.len()).filter(|slot| self.slots[*slot].charge.is_some());
        let Some(slot) = pick(known, which.into()) else { return Ok(()) };
        let part = [None, Some(1), Some(30), Some(50), Some(100), Some(101)][usize::from(part)];
        self.begin(vec![Goal::Order { slot, command: command(part.map(words::amount)), key: key.into() }], run)
    }

    /// A worker begins with the first of `goals`, and gets as far as `run` says.
    fn begin(&mut self, mut goals: Vec<Goal>, run: Run) -> Result<(), Broken> {
        if goals.is_empty() {
            return Ok(());
        }
        let goal = goals.remove(0);
        self.actors.push(Actor { since: self.now, goal, phase: Phase::Begin, then: goals });
        self.go(self.actors.len() - 1, run)
    }

    fn go(&mut self, who: usize, run: Run) -> Result<(), Broken> {
        for _ in 0..run.steps {
            let actor = &mut self.actors[who];
            let phase = std::mem::replace(&mut actor.phase, Phase::Begin);
            let goal = actor.goal.clone();
            let next = self.advance(&goal, phase, run)?;
            let actor = &mut self.actors[who];
            match next {
                Next::Phase(phase) => actor.phase = phase,
                Next::Goals(goals) => actor.then.splice(..0, goals).for_each(drop),
                Next::Done => {}
            }
            let is_done = matches!(actor.phase, Phase::Begin);
            if is_done && actor.then.is_empty() {
                self.actors.swap_remove(who);
                return Ok(());
            }
            if is_done {
                actor.goal = actor.then.remove(0);
            }
        }
        Ok(())
    }

    fn advance(&mut self, goal: &Goal, phase: Phase, run: Run) -> Result<Next, Broken> {
        match phase {
            Phase::Begin => Ok(self.read(goal, run)),
            Phase::Lock { read, charge, then } => self.lock(read.as_ref(), charge, then),
            Phase::Intend { read, next } => self.intend(read, next),
            Phase::Call { charge, number } => Ok(self.call(charge, number, run)),
            Phase::Query { charge, number, expires } => Ok(self.ask(charge, number, expires, run)),
            Phase::Learn { charge, word, session } => self.learn(goal, charge, word, session, run),
            Phase::ReadSession { slot, word } => Ok(self.read_session(slot, word, run)),
            Phase::Change { next, then } => self.change(next, then),
        }
    }

    /// The hub finds what is due, leases it, and begins with it.
    fn sweep(&mut self, run: Run) -> Result<(), Broken> {
        let now = words::at(self.now);
        for slot in 0..self.slots.len() {
            let stored = &mut self.slots[slot];
            let Some(charge) = stored.charge.as_ref().filter(|_| stored.due.is_some_and(|due| due <= now)) else {
                continue;
            };
            stored.due = (self.rules.due_after)(charge, now).map(|due| due.at);
            let goals = (self.rules.tasks)(charge, now).into_iter().map(|task| Goal::Look { slot, task }).collect();
            self.begin(goals, run)?;
        }
        for note in 0..self.inbox.len() {
            if matches!(self.inbox[note], Record::Waiting { due, .. } if due <= self.now) {
                self.begin(vec![Goal::Learn { note }], run)?;
            }
        }
        Ok(())
    }

    /// Time passes: whoever works longer than a function may is stopped, and what had to arrive has arrived.
    pub(crate) fn wait_until(&mut self, then: Millis) {
        let arrived =
            self.bank.in_flight.extract_if(.., |sent| sent.by.is_some_and(|by| by < then)).collect::<Vec<_>>();
        for sent in arrived {
            self.bank.receive(&sent, sent.by.unwrap_or(self.now).max(self.now));
        }
        self.now = then;
        self.actors.retain(|actor| then - actor.since <= FUNCTION);
    }
}
