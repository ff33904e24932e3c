//! Late payment: its charge × its session × the active charge.

use domain::{
    charge::{
        Charge, Decision, Outcome, Report, SessionStep, SessionView, SessionWrite, command::Command, request::Origin,
        update::UpdateKind,
    },
    session::{Session, SessionStatus},
};

use crate::{
    life::{
        Life, WINDOW, approved, id, no_cancel, no_cancel_or_refund, no_refund, not_paid, paid, payable, refused,
        reverted, stored, void,
    },
    sessions::session,
    table::{Note, Table, said},
};

const NOTES: &[Note] = &[
    ("Pix, expired", "no session", "authorized, never refunded by itself"),
    ("Pix, expired", "free", "inactive, past due, used up: all the same, the charge takes it"),
    ("Pix, expired", "locked by a boleto", "the payment takes the session over it"),
    ("Pix, expired", "locked by a card, running", "waits as long as that lasts"),
    ("Pix, expired", "locked by a charge not found", "read again"),
    ("Pix, expired", "paid", "authorized, and refunded by the hub"),
    ("Pix, expired", "locked by a reservation", "pre-authorized counts as paid"),
    ("Pix, expired", "locked by a Pix", "that one is canceled first; then the session is free"),
    ("Pix, expired; its provider does not refund", "paid", "it stays authorized"),
    ("card, declined", "free", "its shopper saw it fail: never kept, whatever its session"),
    ("card to be reserved, declined", "free", "captured although it had failed: refunded"),
    ("card, reservation released", "paid", "captured although it was released: refunded"),
    ("boleto that was superseded", "free", "an ordinary payment of the session from then on"),
    ("boleto that was superseded", "locked by itself", "it was not superseded"),
    ("Pix that is paid already", "paid", "another amount than is known: an operator looks"),
];

/// A session, and its active charge.
struct Found {
    name: &'static str,
    session: Option<Session>,
    active: Option<Life>,
}

fn found() -> Vec<Found> {
    let created = || session(SessionStatus::Created);
    let locked = |name, life: Life| {
        let active = Life { charge: Charge { id: id(9), ..life.charge }, ..life };
        Found { name, session: Some(Session { lock: Some(id(9)), ..created() }), active: Some(active) }
    };
    let alone = |name, session| Found { name, session, active: None };
    let ended = |name, status| alone(name, Some(Session { lock: Some(id(9)), ..session(status) }));
    let past_due = Session { due_date: "2025-01-01T00:00:00Z".parse().unwrap(), ..created() };
    vec![
        alone("no session", None),
        alone("free", Some(created())),
        alone("free, inactive", Some(Session { is_active: false, ..created() })),
        alone("free, past due", Some(past_due)),
        alone("free, ten attempts", Some(Session { attempts: (0..10).map(id).collect(), ..created() })),
        alone("locked by itself", Some(Session { lock: Some(id(1)), ..created() })),
        alone("locked by a charge not found", Some(Session { lock: Some(id(9)), ..created() })),
        locked("locked by a card, running", Life::card()),
        locked("locked by a card, unknown", Life::card().answered(1, Outcome::Unknown)),
        locked("locked by a reservation", Life::reserved()),
        locked("locked by a reservation, capture running", Life::reserved().asked(Command::Capture(None))),
        locked("locked by a Pix, being registered", Life::new_pix()),
        locked("locked by a Pix", Life::pix()),
        locked("locked by a Pix, second attempt", {
            Life::new_pix().retried().answered(1, refused()).answered(2, Outcome::Pending(payable()))
        }),
        locked("locked by a Pix, cancel running", Life::pix().asked(Command::Cancel)),
        locked("locked by a Pix, cancel refused", Life::pix().done(Command::Cancel, refused())),
        locked("locked by a Drip", Life::drip()),
        locked("locked by a boleto, being registered", Life::new_boleto()),
        locked("locked by a boleto", Life::boleto()),
        locked("locked by a card that has just failed", Life::card().answered(1, refused())),
        ended("paid", SessionStatus::Paid),
        ended("voided", SessionStatus::Voided),
        Found { name: "canceled", session: Some(session(SessionStatus::Canceled)), active: None },
    ]
}

fn latecomers() -> Vec<(&'static str, Life)> {
    let expired = || Life::pix().notified(1, not_paid());
    vec![
        ("Pix, expired", expired()),
        ("Pix, expired; its provider does not refund", expired().at(no_refund)),
        ("Pix, expired; its provider does not cancel", expired().at(no_cancel)),
        ("Pix, expired; its provider does neither", expired().at(no_cancel_or_refund)),
        ("Pix, canceled", Life::pix().done(Command::Cancel, Outcome::Canceled)),
        ("Drip, expired", Life::drip().notified(1, not_paid())),
        ("boleto, expired", Life::boleto().notified(1, not_paid())),
        ("boleto that was superseded", Life::boleto()),
        ("card, declined", Life::card().answered(1, refused())),
        ("card to be reserved, declined", Life::hold().answered(1, refused())),
        ("card, reservation released", Life::reserved().done(Command::Void(None), approved())),
        ("Pix that is paid already", Life::paid_pix()),
    ]
}

/// A late payment of 90 for each of these charges, by the session, its active charge, and what the provider can do.
#[test]
fn every_late_payment_by_every_session() {
    let mut table = Table::new(NOTES);
    for (name, life) in latecomers() {
        table.row(name);
        table.cell("session not read", said(&life.charge, &life.learn(1, paid(90))));
        for found in found() {
            let active = found.active.as_ref().map(|active| &active.charge);
            let decision = life.learn_with(1, paid(90), found.session.as_ref(), active);
            due_at_once(&life, &decision);
            table.cell(found.name, said(&life.charge, &decision));
        }
    }
    insta::assert_snapshot!(table.end());
}

/// What is not kept is refunded at once.
fn due_at_once(life: &Life, decision: &Decision) {
    let Decision::Store(write) = decision else { return };
    let charge = &write.charge;
    if charge.requests.iter().any(|request| request.hub_refund.is_some()) {
        assert_eq!(charge.due().map(|due| due.at), Some(life.circumstances().at));
    }
}

/// The charge and the session after this update, by which the charge takes the session.
fn taken(life: &Life, kind: UpdateKind, session: &Session) -> (Life, Session) {
    let write = stored(life.learn_with(1, kind, Some(session), None));
    let session = match write.session {
        SessionWrite::Next(session) => Ok(*session),
        other @ (SessionWrite::None | SessionWrite::IfLocked(_)) => Err(other),
    };
    (Life { charge: write.charge, now: life.circumstances().at, ..life.clone() }, session.unwrap())
}

#[test]
fn a_late_payment_that_took_its_session_is_an_ordinary_payment_of_it() {
    let (life, session) = taken(&Life::pix().notified(1, not_paid()), paid(100), &session(SessionStatus::Created));
    assert_eq!((session.status, session.lock), (SessionStatus::Paid, Some(life.charge.id)));
    assert_eq!(life.is(), ("authorized", 100));
    assert_eq!(life.charge.tasks(life.now.plus(WINDOW)), [], "nothing of it is refunded by itself");

    let refunding = life.asked(Command::Void(None));
    let number = refunding.charge.requests.len();
    let refunded = stored(refunding.answer(number, &approved()));
    let step = SessionStep::Void;
    assert_eq!(refunded.session, SessionWrite::IfLocked(step));
    let voided = session.after(step, refunding.now);
    assert_eq!((voided.status, voided.lock), (SessionStatus::Voided, Some(refunded.charge.id)));

    // The refund comes back: the charge is authorized, and nothing else.
    let refunded = Life { charge: refunded.charge, ..refunding };
    let back = stored(refunded.learn(1, reverted(100)));
    assert_eq!((back.session, back.charge.status().name()), (SessionWrite::None, "authorized"));
    assert_eq!(back.charge.due(), None);
}

const LOCKED: &str = "the charge holds its lock";

/// What a charge does to its session, by what is known of the session.
#[test]
fn every_step_of_a_session_by_every_session() {
    let locked_by = |last| Some(Session { lock: Some(id(last)), ..session(SessionStatus::Created) });
    let views = [
        (LOCKED, locked_by(1)),
        ("another charge holds its lock", locked_by(9)),
        ("free", Some(session(SessionStatus::Created))),
        ("paid by another charge", Some(Session { lock: Some(id(9)), ..session(SessionStatus::Paid) })),
        ("canceled", Some(session(SessionStatus::Canceled))),
        ("there is none", None),
    ];
    let canceling = |ends_session| Life::pix().asked_by(Command::Cancel, Origin::Merchant, ends_session);
    let steps = [
        ("card, declined", Life::card(), 1, refused()),
        ("card, approved", Life::card(), 1, approved()),
        ("card, reserved", Life::hold(), 1, approved()),
        ("Pix, expired", Life::pix(), 1, refused()),
        ("Pix, canceled", canceling(false), 2, approved()),
        ("Pix, canceled with its session", canceling(true), 2, approved()),
        ("reservation, captured", Life::reserved().asked(Command::Capture(None)), 2, approved()),
        ("reservation, released", Life::reserved().asked(Command::Void(None)), 2, approved()),
        ("reservation, released by the acquirer", Life::reserved(), 1, Outcome::Canceled),
        ("card, refunded", Life::paid_card().asked(Command::Void(None)), 2, approved()),
        ("card, refunded in part", Life::paid_card().asked(void(30)), 2, approved()),
    ];
    let mut table = Table::new(STEP_NOTES);
    for (name, life, number, outcome) in steps {
        table.row(name);
        let report = Report::Answer { number, outcome: &outcome };
        table.cell("not read", said(&life.charge, &life.decide(&report, SessionView::Unread)));
        let paid = Some(Session { lock: Some(id(1)), ..session(SessionStatus::Paid) });
        let own = [("paid by the charge", paid)].into_iter().filter(|_| life.charge.was_paid());
        let others = views.clone().into_iter().filter(|(view, _)| !life.charge.was_paid() || *view != LOCKED);
        for (view, session) in own.chain(others) {
            let view_of = SessionView::Read { session: session.as_ref(), active: None };
            table.cell(view, said(&life.charge, &life.decide(&report, view_of)));
        }
        table.cell("a charge without a session", said(&life.charge, &life.clone().alone().answer(number, &outcome)));
    }
    insta::assert_snapshot!(table.end());
}

const STEP_NOTES: &[Note] = &[
    ("card, declined", "not read", "on the condition that the charge holds the lock"),
    ("card, declined", "another charge holds its lock", "what ends without the lock leaves the session alone"),
    ("card, approved", "the charge holds its lock", "read: on the condition of its version"),
    ("card, refunded in part", "not read", "the session stays paid"),
    ("reservation, released by the acquirer", "the charge holds its lock", "free again, never voided"),
];
