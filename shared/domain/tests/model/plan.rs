//! What may happen in a life: commands, answers that are lost, notices, deaths, and time.

use proptest::prelude::*;

use crate::bank::{Event, Way};

/// How a call to the bank fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives, and so does the answer.
    Answered,
    /// It arrives, and the answer is lost.
    Lost,
    /// No connection was made.
    NotSent,
    /// It arrives when nobody waits for the answer any more.
    Slow,
    /// It arrives even after the time for which "not found" is not believed.
    TooSlow,
}

/// How far somebody gets at once, one read, write or call at a time, and how the calls on this way fare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) steps: u8,
    pub(crate) fate: Fate,
    /// What the bank makes of it.
    pub(crate) luck: u8,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Somebody goes on.
    Go {
        who: u8,
        run: Run,
    },
    /// Time passes: one of [`JUMPS`].
    Wait(u8),
    /// Somebody pays a session, or without one, under an idempotency key.
    Pay {
        session: u8,
        key: u8,
        way: Way,
        run: Run,
    },
    /// The merchant captures or gives back, under an idempotency key: a part, or all.
    Capture {
        charge: u8,
        key: u8,
        part: u8,
        run: Run,
    },
    Void {
        charge: u8,
        key: u8,
        part: u8,
        run: Run,
    },
    /// The merchant gives a session up.
    Cancel {
        session: u8,
        run: Run,
    },
    /// The merchant stops a session's payment, or allows it again.
    Switch {
        session: u8,
        on: bool,
        run: Run,
    },
    /// The hub looks after what is due.
    Sweep {
        run: Run,
    },
    /// Something happens at the bank; where it cannot, somebody pays or a refund is done, if that can happen.
    Bank {
        event: Event,
        which: u8,
        part: u8,
    },
    /// A notice arrives: perhaps again, perhaps before others.
    Notice {
        which: u8,
        run: Run,
    },
    /// The bank tells of more money than there is.
    Exaggerate {
        which: u8,
    },
    /// What was slow arrives.
    Arrive {
        which: u8,
    },
    /// Somebody dies between two steps.
    Die {
        who: u8,
    },
}

/// How long time passes, in seconds.
pub(crate) const JUMPS: [i64; 8] = [1, 12, 25, 70, 700, 3_600, 86_400, 700_000];

/// A life of at most 40 steps, and whether at its end the notices come before the hub looks by itself.
pub(crate) fn lives() -> impl Strategy<Value = (Vec<Step>, bool)> {
    (prop::collection::vec(steps(), 1..=40), any::<bool>())
}

fn steps() -> impl Strategy<Value = Step> {
    let pay = (sessions(), 0_u8..5, ways(), runs());
    let order = || (any::<u8>(), 0_u8..6, 0_u8..6, runs());
    let jumps = prop_oneof![4 => 0_u8..4, 3 => 4_u8..6, 1 => 6_u8..8];
    prop_oneof![
        10 => (any::<u8>(), runs()).prop_map(|(who, run)| Step::Go { who, run }),
        7 => jumps.prop_map(Step::Wait),
        18 => pay.prop_map(|(session, key, way, run)| Step::Pay { session, key, way, run }),
        3 => order().prop_map(|(charge, key, part, run)| Step::Capture { charge, key, part, run }),
        9 => order().prop_map(|(charge, key, part, run)| Step::Void { charge, key, part, run }),
        3 => (0_u8..2, runs()).prop_map(|(session, run)| Step::Cancel { session, run }),
        2 => (0_u8..2, any::<bool>(), runs()).prop_map(|(session, on, run)| Step::Switch { session, on, run }),
        6 => runs().prop_map(|run| Step::Sweep { run }),
        24 => (events(), any::<u8>(), 0_u8..60).prop_map(|(event, which, part)| Step::Bank { event, which, part }),
        14 => (any::<u8>(), runs()).prop_map(|(which, run)| Step::Notice { which, run }),
        1 => any::<u8>().prop_map(|which| Step::Exaggerate { which }),
        1 => any::<u8>().prop_map(|which| Step::Arrive { which }),
        1 => any::<u8>().prop_map(|who| Step::Die { who }),
    ]
}

/// Mostly the same one; the last is none.
fn sessions() -> impl Strategy<Value = u8> {
    prop_oneof![5 => Just(0_u8), 2 => Just(1_u8), 1 => Just(2_u8)]
}

fn runs() -> impl Strategy<Value = Run> {
    let fates = prop_oneof![
        16 => Just(Fate::Answered),
        3 => Just(Fate::Lost),
        2 => Just(Fate::NotSent),
        2 => Just(Fate::Slow),
        1 => Just(Fate::TooSlow),
    ];
    let steps = prop_oneof![1 => 0_u8..6, 2 => Just(12_u8)];
    (steps, fates, any::<u8>()).prop_map(|(steps, fate, luck)| Run { steps, fate, luck })
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![
        3 => Just(Way::Pix),
        2 => Just(Way::Card),
        2 => Just(Way::CardReserved),
        1 => Just(Way::Boleto),
        1 => Just(Way::Drip),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => Just(Event::Pays),
        6 => Just(Event::PaysLate),
        1 => Just(Event::NotPaid),
        3 => Just(Event::RefundDone),
        3 => Just(Event::RefundFails),
        2 => Just(Event::RefundDoneAfterAll),
        3 => Just(Event::RefundComesBack),
        3 => Just(Event::RefundBegins),
        1 => Just(Event::ChargesBack),
        1 => Just(Event::Disputes),
        1 => Just(Event::ClosesDispute),
        1 => Just(Event::Lapses),
    ]
}
