//! What may happen in a life: commands, answers that are lost, notifications, crashes, and time.

use proptest::prelude::*;

use model::bank::{Event, PayMethod};

/// How a call to a provider fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives, and so does the answer.
    Answered,
    /// It arrives, and the answer is lost.
    Lost,
    /// No connection was made.
    NotSent,
    /// It arrives after the timeout.
    Slow,
    /// It arrives even after the grace of "not found".
    TooSlow,
}

/// How far a worker gets at once, one read, write or call at a time, and how its calls fare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) steps: u8,
    pub(crate) fate: Fate,
    /// The draw that decides the provider's answer.
    pub(crate) luck: u8,
    /// In which of two environments.
    pub(crate) env: usize,
    /// Whether the first read is stale.
    pub(crate) is_stale: bool,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Nothing,
    /// A worker goes on.
    Go {
        who: u8,
        run: Run,
    },
    /// Time passes: one of [`JUMPS`].
    Wait(u8),
    /// A shopper pays a session, or without one, under an idempotency key.
    Pay {
        session: u8,
        key: u8,
        pay_method: PayMethod,
        run: Run,
    },
    /// The merchant captures or voids, under an idempotency key: a part, or all.
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
    /// The merchant cancels a session.
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
    /// The sweeper runs.
    Sweep {
        run: Run,
    },
    /// Something happens at a provider; where it cannot, a shopper pays or a refund is done, if that can happen.
    Bank {
        event: Event,
        which: u8,
        part: u8,
    },
    /// A refund is made at a provider itself, if that can happen, and an operator records one of which the hub knows
    /// nothing: its notification comes later.
    Record {
        which: u8,
        part: u8,
    },
    /// A notification arrives: perhaps again, perhaps before others.
    Notification {
        which: u8,
        run: Run,
    },
    /// What was slow arrives.
    Arrive {
        which: u8,
    },
    /// A worker crashes between two steps.
    Crash {
        who: u8,
    },
}

/// How long time passes, in seconds.
pub(crate) const JUMPS: [i64; 14] = [1, 1, 12, 12, 25, 70, 70, 300, 300, 1_000, 3_600, 86_400, 300_000, 700_000];

/// A life of at most 40 steps, and whether at its end the notifications come before the sweeps.
pub(crate) fn lives() -> impl Strategy<Value = (Vec<Step>, bool)> {
    (prop::collection::vec(any::<[u8; 6]>().prop_map(step), 16..=40), any::<bool>())
}

/// The step that six bytes stand for: they are cheap to draw, and each gets smaller by itself where a life fails.
fn step([kind, who, what, steps, fate, luck]: [u8; 6]) -> Step {
    let (env, is_stale) = (usize::from(fate / 12 % 2), fate / 24 % 5 == 1);
    let fate = FATES[usize::from(fate) % FATES.len()];
    let run = Run { steps: if steps % 3 == 0 { steps % 7 } else { 12 }, fate, luck, env, is_stale };
    let (key, part) = (what % 6, what / 6 % 6);
    match kind {
        0..4 => Step::Nothing,
        4..8 => Step::Record { which: who, part: luck % 3 },
        8..34 => Step::Go { who, run },
        34..50 => Step::Wait(what),
        50..96 => {
            // Mostly the same session; the last is of charges that have none.
            let session = [0, 0, 0, 0, 1, 1, 2, 3][usize::from(who) % 8];
            Step::Pay {
                session,
                key: what % 5,
                pay_method: PAY_METHODS[usize::from(what / 5) % PAY_METHODS.len()],
                run,
            }
        }
        96..104 => Step::Capture { charge: who, key, part, run },
        104..128 => Step::Void { charge: who, key, part, run },
        128..136 => Step::Cancel { session: who % 3, run },
        136..141 => Step::Switch { session: who % 3, on: what.is_multiple_of(2), run },
        141..156 => Step::Sweep { run },
        156..212 => Step::Bank { event: EVENTS[usize::from(what) % EVENTS.len()], which: who, part: luck % 60 },
        212..244 => Step::Notification { which: who, run },
        244..252 => Step::Arrive { which: who },
        252..=255 => Step::Crash { who },
    }
}

const FATES: [Fate; 12] = {
    use Fate::{Answered, Lost, NotSent, Slow, TooSlow};
    [Answered, Answered, Answered, Answered, Answered, Answered, Answered, Answered, Lost, NotSent, Slow, TooSlow]
};

const PAY_METHODS: [PayMethod; 9] = {
    use PayMethod::{Boleto, Card, CardReserved, Drip, Pix};
    [Pix, Card, CardReserved, Boleto, Drip, Pix, Pix, Card, CardReserved]
};

const EVENTS: [Event; 42] = {
    use Event::{
        ApprovesAfterAll, CaptureDoneAfterAll, CaptureFails, Captures, CapturesReleased, ChargesBack, ClosesDispute,
        Credits, Disputes, Lapses, NotPaid, Pays, PaysLate, PaysTwice, RefundBegins, RefundComesBack, RefundDone,
        RefundDoneAfterAll, RefundFails,
    };
    [
        Pays,
        Pays,
        Pays,
        Pays,
        Pays,
        Pays,
        PaysLate,
        PaysLate,
        PaysLate,
        PaysLate,
        PaysLate,
        PaysTwice,
        NotPaid,
        ApprovesAfterAll,
        ApprovesAfterAll,
        ApprovesAfterAll,
        RefundDone,
        RefundDone,
        RefundFails,
        RefundFails,
        RefundDoneAfterAll,
        RefundDoneAfterAll,
        RefundComesBack,
        RefundComesBack,
        RefundComesBack,
        RefundBegins,
        RefundBegins,
        ChargesBack,
        ChargesBack,
        ChargesBack,
        Credits,
        Credits,
        Disputes,
        ClosesDispute,
        Lapses,
        Lapses,
        Captures,
        CapturesReleased,
        CapturesReleased,
        CaptureDoneAfterAll,
        CaptureFails,
        CaptureFails,
    ]
};
