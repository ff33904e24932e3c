//! The hub in memory, as the design has it: stored sessions and charges with versions, and people and machines that
//! work on them one read, one write and one call at a time.
//!
//! Between any two steps of one, all others may go on, and it may die. What it has read may be stale by then; every
//! write is conditioned on the version that was read.

mod begin;
mod call;
mod inbox;
mod late;
mod store;

use domain::{
    charge::{Charge, LateMoney, Outcome, command::Command, due::Task},
    session::{Session, SessionStatus},
    time::Timestamp,
};

use crate::{
    bank::{Bank, Event, Millis, Said, Way, pick},
    check::Broken,
    plan::{JUMPS, Run, Step},
    rules::Rules,
    words::{self, START},
};

/// How long somebody works at most: a function has half a minute.
const FUNCTION: Millis = 28_000;
/// Sessions; charges beside them have none.
pub(crate) const SESSIONS: usize = 3;
/// Idempotency keys that a payer may use for one session.
const KEYS: usize = 5;

/// What somebody wants.
#[derive(Clone, Debug)]
enum Goal {
    Pay { slot: usize, way: Way, tries: u8 },
    Order { slot: usize, command: Command, key: usize },
    GiveUp { slot: usize, ends_session: bool },
    GiveBack { slot: usize },
    Look { slot: usize, task: Task },
    Hear { note: usize },
    End { session: usize },
    Switch { session: usize, on: bool },
}

/// An answer on its way into the charge.
#[derive(Clone, Debug)]
struct Answer {
    number: usize,
    /// What the bank said; none where the hub knows by itself, or knows nothing.
    said: Option<Said>,
    outcome: Outcome,
    at: Timestamp,
    /// Whether it came from the call itself: then another provider may be tried.
    is_first: bool,
}

/// From what the hub learned something.
#[derive(Clone, Debug)]
enum Word {
    Answer(Answer),
    /// A notice, and how much the bank said when it was asked again.
    Note(usize, Option<u64>),
}

/// How far somebody has come. What was read is kept as it was then.
#[derive(Clone, Debug)]
enum Phase {
    Begin,
    Claim { read: Option<Session>, charge: Charge },
    Intend { read: u64, next: Charge },
    Call { charge: Charge, number: usize },
    Ask { charge: Charge, number: usize, expires: bool },
    AskAgain { charge: Charge, note: usize },
    Settle { charge: Charge, word: Word },
    Late { charge: Charge, word: Word, late: LateMoney },
    TakeLate { charge: Charge, word: Word, late: LateMoney, session: Option<Session>, holder: Option<Charge> },
    Change { read: u64, session: usize, status: SessionStatus, is_active: bool },
}

/// Somebody at work.
#[derive(Clone, Debug)]
struct Actor {
    since: Millis,
    goal: Goal,
    phase: Phase,
    /// What comes after that.
    then: Vec<Goal>,
}

/// What comes of one step.
enum Next {
    Phase(Phase),
    /// The goal is reached, or given up.
    Done,
    /// Something else first, or instead.
    Goals(Vec<Goal>),
}

/// How far a notice has come in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Record {
    None,
    /// Looked at again at the first instant, and since the second.
    Waiting(Millis, Millis),
    /// It contradicts what the hub knows.
    Unresolved,
    Applied,
}

/// A charge's place in the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) charge: Option<Charge>,
    /// When it is due, or leased until.
    due: Option<Timestamp>,
}

/// The hub, its bank, and the time.
pub(crate) struct Hub {
    rules: Rules,
    pub(crate) bank: Bank,
    pub(crate) now: Millis,
    pub(crate) sessions: Vec<Session>,
    pub(crate) slots: Vec<Slot>,
    actors: Vec<Actor>,
    inbox: Vec<Record>,
    ids: usize,
}

impl Hub {
    pub(crate) fn new(rules: Rules) -> Self {
        const HOUR: Millis = 3_600_000;
        let lives = [2_400 * HOUR, HOUR / 2, 2_400 * HOUR];
        Self {
            rules,
            bank: Bank::default(),
            now: START,
            sessions: (0..SESSIONS).zip(lives).map(|(index, life)| words::session(index, life)).collect(),
            slots: vec![Slot::default(); (SESSIONS + 1) * KEYS],
            actors: Vec::new(),
            inbox: Vec::new(),
            ids: 1_000,
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
            Step::Pay { session, key, way, run } => {
                let slot = usize::from(session) * KEYS + usize::from(key);
                self.begin(vec![Goal::Pay { slot, way, tries: 2 }], run)
            }
            Step::Capture { charge, key, part, run } => self.order(charge, key, part, Command::Capture, run),
            Step::Void { charge, key, part, run } => self.order(charge, key, part, Command::Void, run),
            Step::Cancel { session, run } => self.begin(vec![Goal::End { session: session.into() }], run),
            Step::Switch { session, on, run } => self.begin(vec![Goal::Switch { session: session.into(), on }], run),
            Step::Sweep { run } => self.sweep(run),
            Step::Bank { event, which, part } => {
                for event in [event, Event::Lapses, Event::Pays, Event::RefundDone, Event::PaysLate] {
                    if self.bank.happen(event, which.into(), part.into(), self.now) {
                        break;
                    }
                }
                Ok(())
            }
            Step::Notice { which, run } => {
                let is_again = which.is_multiple_of(4);
                let is_news = |note: &usize| is_again || self.record(*note) != Record::Applied;
                match pick((0..self.bank.notes.len()).filter(is_news), which.into()) {
                    Some(note) => {
                        self.forget(note);
                        self.begin(vec![Goal::Hear { note }], run)
                    }
                    None => Ok(()),
                }
            }
            Step::Exaggerate { which } if !self.bank.notes.is_empty() => {
                self.ids += 1;
                let note = self.bank.notes[usize::from(which) % self.bank.notes.len()];
                self.bank.notes.extend(note.exaggerated(u64::try_from(self.ids).unwrap()));
                Ok(())
            }
            Step::Exaggerate { .. } => Ok(()),
            Step::Arrive { which } => {
                if !self.bank.on_the_way.is_empty() {
                    let sent = self.bank.on_the_way.swap_remove(usize::from(which) % self.bank.on_the_way.len());
                    self.bank.receive(&sent, self.now);
                }
                Ok(())
            }
            Step::Die { who } => {
                if !self.actors.is_empty() {
                    self.actors.swap_remove(usize::from(who) % self.actors.len());
                }
                Ok(())
            }
        }
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

    /// Somebody begins with the first of `goals`, and gets as far as `run` says.
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
            Phase::Begin => Ok(self.read(goal)),
            Phase::Claim { read, charge } => self.claim(read.as_ref(), charge),
            Phase::Intend { read, next } => self.intend(read, next),
            Phase::Call { charge, number } => Ok(self.call(charge, number, run)),
            Phase::Ask { charge, number, expires } => Ok(self.ask(charge, number, expires, run.fate)),
            Phase::AskAgain { charge, note } => self.ask_again(charge, note, run.fate),
            Phase::Settle { charge, word } => self.settle(goal, charge, word),
            Phase::Late { charge, word, late } => Ok(self.read_for_late(charge, word, late)),
            Phase::TakeLate { charge, word, late, session, holder } => {
                self.take_late(goal, charge, word, &late, session.as_ref(), holder.as_ref())
            }
            Phase::Change { read, session, status, is_active } => self.change(read, session, status, is_active),
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
            stored.due = Some(now.plus(charge.question_pause(now)));
            let goals = charge.tasks(now).into_iter().map(|task| Goal::Look { slot, task }).collect();
            self.begin(goals, run)?;
        }
        for note in 0..self.inbox.len() {
            if matches!(self.inbox[note], Record::Waiting(due, _) if due <= self.now) {
                self.begin(vec![Goal::Hear { note }], run)?;
            }
        }
        Ok(())
    }

    /// Time passes: whoever works longer than a function may is dead, and what had to arrive has arrived.
    pub(crate) fn wait_until(&mut self, then: Millis) {
        let arrived =
            self.bank.on_the_way.extract_if(.., |sent| sent.by.is_some_and(|by| by < then)).collect::<Vec<_>>();
        for sent in arrived {
            self.bank.receive(&sent, sent.by.unwrap_or(self.now).max(self.now));
        }
        self.now = then;
        self.actors.retain(|actor| then - actor.since <= FUNCTION);
    }

    /// Everything that is late arrives, everything that was told is heard, and the hub looks after what is due until
    /// nothing is: then the books must agree.
    pub(crate) fn settle_down(&mut self, notices_first: bool) -> Result<(), Broken> {
        let run = Run { steps: u8::MAX, fate: crate::plan::Fate::Answered, luck: 0 };
        let patient = if notices_first { 0 } else { 8 };
        for round in 0..ROUNDS {
            while !self.actors.is_empty() {
                self.go(0, run)?;
            }
            for sent in std::mem::take(&mut self.bank.on_the_way) {
                self.bank.receive(&sent, self.now);
            }
            self.bank.come_to_rest(self.now);
            self.sweep(run)?;
            if round >= patient {
                for note in 0..self.bank.notes.len() {
                    self.begin(vec![Goal::Hear { note }], run)?;
                }
            }
            match self.next_deadline() {
                Some(due) => self.wait_until(due.max(self.now + 1_000)),
                // Somebody looks at what waited in vain: what others say of it may have come since.
                None if round > patient && (self.unheard().next().is_none() || round > patient + LOOKS) => {
                    return Ok(());
                }
                None => {}
            }
        }
        Err(Broken::new("the hub does not come to rest"))
    }

    /// When a charge is due next, or else when the last notice has waited in vain. What is owed and cannot be given back
    /// stays due for ever.
    fn next_deadline(&self) -> Option<Millis> {
        let is_stuck = |charge: &Charge| charge.owes_void.is_some() && !Self::abilities(charge).can_refund;
        let slots = self.slots.iter().filter(|slot| !slot.charge.as_ref().is_some_and(is_stuck));
        let charges = slots.filter_map(|slot| slot.due).map(Timestamp::as_millis);
        let notes = self.inbox.iter().filter_map(|record| match record {
            Record::Waiting(_, since) => Some(since + inbox::PATIENCE),
            Record::None | Record::Unresolved | Record::Applied => None,
        });
        charges.min().or_else(|| notes.min())
    }
}

/// How often somebody looks.
const LOOKS: usize = 8;
/// Rounds of looking after what is due in which every life must have come to rest.
const ROUNDS: usize = 200;
