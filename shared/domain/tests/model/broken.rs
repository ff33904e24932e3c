//! Decisions that are wrong in one thing each. The property must find every one of them.

use domain::{
    charge::{
        Charge, LateMoney, Learned, Outcome, SessionEffect, Settled,
        command::{Abilities, Ask, Command},
        decline::DeclineCode,
        late::Late,
        notice::{News, Notice},
        request::{Receipt, RequestKind},
        status::Status,
    },
    limits::LAST_QUESTION,
    refusal::Refusal,
    session::Session,
};

use crate::rules::{RIGHT, Rules};

/// What is wrong, and by what it is found.
pub(crate) const BROKEN: [(&str, Rules, &str); 12] = [
    (
        "a refund may take what is promised to another",
        Rules { decide: promises_twice, ..RIGHT },
        "more was to be given back than there was",
    ),
    ("money is captured twice", Rules { decide: captures_again, ..RIGHT }, "reserved money was to be taken twice"),
    ("a refused refund counts as done", Rules { settle: refused_is_done, ..RIGHT }, "by the books it is"),
    ("an accepted refund counts as done", Rules { settle: accepted_is_done, ..RIGHT }, "by the books it is"),
    ("an unknown outcome is a failure", Rules { settle: unknown_is_failure, ..RIGHT }, ""),
    ("what is not found at once is a failure", Rules { settle: not_found_is_failure, ..RIGHT }, ""),
    ("a payment is given up although it was paid", Rules { settle: given_up_anyway, ..RIGHT }, ""),
    ("a failed payment keeps its session", Rules { settle: keeps_session, ..RIGHT }, "the charge that holds it"),
    ("a change is told twice", Rules { settle: tells_twice, ..RIGHT }, "and tells"),
    ("money that came beside its session is kept", Rules { take_late: keeps_late_money, ..RIGHT }, "keeps money"),
    ("late money takes a session that is paid", Rules { take_late: takes_anyway, ..RIGHT }, "does not hold"),
    ("late money is not heard of", Rules { hear: ignores_late_money, ..RIGHT }, "by the books it is"),
];

fn promises_twice(charge: &Charge, command: Command, can: Abilities) -> Result<Ask, Refusal> {
    match (charge.decide(command, can), command) {
        (Err(Refusal::ResidualPromised { .. }), Command::Void(amount)) => {
            Ok(Ask { kind: RequestKind::Void, amount: amount.unwrap_or(charge.amount()) })
        }
        (decided, _) => decided,
    }
}

fn captures_again(charge: &Charge, command: Command, can: Abilities) -> Result<Ask, Refusal> {
    match (charge.decide(command, can), command) {
        (Err(Refusal::NotCapturable { status: Status::Authorized }), Command::Capture(_)) => {
            Ok(Ask { kind: RequestKind::Capture, amount: charge.amount() })
        }
        (decided, _) => decided,
    }
}

fn asked(charge: &Charge, number: usize) -> Option<RequestKind> {
    charge.request(number).map(|request| request.kind)
}

fn refused_is_done(charge: &Charge, number: usize, outcome: Outcome, learned: Learned) -> Settled {
    let outcome = match (asked(charge, number), outcome) {
        (Some(RequestKind::Void), Outcome::Declined(_)) => Outcome::Approved(Receipt::default()),
        (_, outcome) => outcome,
    };
    charge.settle(number, outcome, learned)
}

fn accepted_is_done(charge: &Charge, number: usize, outcome: Outcome, learned: Learned) -> Settled {
    let outcome = match (asked(charge, number), outcome) {
        (Some(RequestKind::Void), Outcome::Pending(receipt)) => Outcome::Approved(receipt),
        (_, outcome) => outcome,
    };
    charge.settle(number, outcome, learned)
}

fn unknown_is_failure(charge: &Charge, number: usize, outcome: Outcome, learned: Learned) -> Settled {
    let outcome = match outcome {
        Outcome::Unknown => Outcome::Declined(DeclineCode::Timeout.into()),
        outcome => outcome,
    };
    charge.settle(number, outcome, learned)
}

fn not_found_is_failure(charge: &Charge, number: usize, outcome: Outcome, learned: Learned) -> Settled {
    let at = if outcome == Outcome::NotFound { learned.at.plus(LAST_QUESTION) } else { learned.at };
    charge.settle(number, outcome, Learned { at, ..learned })
}

fn given_up_anyway(charge: &Charge, number: usize, outcome: Outcome, learned: Learned) -> Settled {
    let outcome = match (asked(charge, number), outcome) {
        (Some(RequestKind::Cancel), Outcome::Declined(_) | Outcome::Paid(..)) => Outcome::Canceled,
        (_, outcome) => outcome,
    };
    charge.settle(number, outcome, learned)
}

fn keeps_session(charge: &Charge, number: usize, outcome: Outcome, learned: Learned) -> Settled {
    match charge.settle(number, outcome, learned) {
        Settled::Changed(next, SessionEffect::Release) => Settled::Changed(next, SessionEffect::Keep),
        settled => settled,
    }
}

fn tells_twice(charge: &Charge, number: usize, outcome: Outcome, learned: Learned) -> Settled {
    match charge.settle(number, outcome, learned) {
        Settled::Changed(mut next, effect) if next.event_no > charge.event_no => {
            next.event_no += 1;
            let told = next.requests.iter_mut().rfind(|request| !request.events.is_empty()).unwrap();
            let last = *told.events.last().unwrap();
            told.events.push(domain::charge::event::Event { no: next.event_no, ..last });
            Settled::Changed(next, effect)
        }
        settled => settled,
    }
}

fn keeps_late_money(
    charge: &Charge,
    late: &LateMoney,
    session: Option<&Session>,
    holder: Option<&Charge>,
    can_refund: bool,
    learned: Learned,
) -> Late {
    match charge.take_late(late, session, holder, can_refund, learned) {
        Late::Owed(mut next) => {
            next.owes_void = None;
            Late::Owed(next)
        }
        late => late,
    }
}

fn takes_anyway(
    charge: &Charge,
    late: &LateMoney,
    session: Option<&Session>,
    holder: Option<&Charge>,
    can_refund: bool,
    learned: Learned,
) -> Late {
    match charge.take_late(late, session, holder, can_refund, learned) {
        Late::Owed(mut next) => {
            (next.owes_void, next.beside_session) = (None, false);
            Late::Taken(next, SessionEffect::Keep)
        }
        late => late,
    }
}

fn ignores_late_money(charge: &Charge, notice: &Notice, learned: Learned) -> Settled {
    match (charge.hear(notice, learned), &notice.news) {
        (Settled::Late(_), News::Paid { .. }) => Settled::Unchanged,
        (settled, _) => settled,
    }
}
