//! Request kind × how far it has come × outcome.

use std::time::Duration;

use domain::{
    charge::{
        Circumstances, Outcome, Report, SessionView,
        command::Command,
        request::{Origin, Receipt, RequestKind},
    },
    limits::NOT_FOUND_GRACE,
};

use crate::{
    life::{
        Life, accepted, amount, approved, begun, capture, charged_back, credited, payable, refused, reverted, void,
    },
    table::{Note, Table, said},
};

const NOTES: &[Note] = &[
    ("registration of a Pix, running", "Approved", "approving a registration is no answer: ask"),
    ("registration of a Pix, running", "Canceled", "its shopper cannot pay it any more"),
    ("registration of a Pix, running", "NotFound late", "failed 10 min after its call could begin"),
    ("registration of a Pix, running", "Pending", "pending once the code is stored"),
    ("registration of a Pix, running", "Paid 90", "what is paid may differ from what was asked for"),
    ("registration of a Pix, running", "NotSent", "the lock is released"),
    ("registration of a Pix, processing", "NotSent", "only the first call can be one that was not sent"),
    ("registration of a Pix, success", "Declined", "expired unpaid is failed; what was registered stays printed"),
    ("registration of a Pix, success", "Paid 100", "authorization/success beside pending/success"),
    ("registration of a Pix, success", "NotFound late", "it was there: no payment is lost by that"),
    ("registration of a Pix, failed", "Approved", "a registration is not a payment: only Paid is a late payment"),
    ("registration of a Pix, failed", "Paid 100", "a late payment depends on the session"),
    ("card payment, running", "Pending", "a card pays at once or not at all: unknown"),
    ("card payment, running", "Approved", "authorized makes the session paid"),
    ("card payment, running", "NotSent", "failed, internal_error"),
    ("card payment, success", "Declined", "an outcome of an ended request changes nothing"),
    ("card payment, failed", "Approved", "its shopper saw it fail: recorded, and refunded at once"),
    ("card payment, failed", "Paid 90", "of a card, any other amount alarms"),
    ("reservation on a card, running", "Approved", "pre_authorized keeps the lock"),
    ("reservation on a card, success", "Paid 100", "captured at the provider"),
    ("reservation on a card, success", "Canceled", "released by the acquirer: the session may be paid again"),
    ("reservation on a card, failed", "Approved", "its shopper saw it fail: the hub releases it"),
    ("capture of 60 of 100, running", "Approved", "authorized, amount 60, originalAmount 100"),
    ("capture of 60 of 100, running", "Declined", "a failed request, the status stays"),
    ("capture of 60 of 100, running", "Unknown", "201, status unchanged"),
    ("capture of 60 of 100, running", "Pending", "accepted: it is confirmed later; its id is kept"),
    ("capture of 60 of 100, failed", "Approved", "made after all: a second entry"),
    ("release of 30 of 100, running", "Approved", "every confirmed void, partial too, is voided"),
    ("release of 30 of 100, running", "Canceled", "Canceled is said of the payment, not of its release"),
    ("release of all, running", "Approved", "not captured: canceled; the session ends"),
    ("refund of 30 of 100 to a card, failed", "Approved", "made after all: a second entry void/success"),
    ("refund of all to a card, running", "Approved", "Malga: estorno total, row 3"),
    ("refund of all to a card, running", "Declined", "a failed request, the status stays"),
    (
        "refund of 30 of a Pix of 100, running",
        "Pending",
        "void/processing, refund_pending, amount kept; Unknown likewise",
    ),
    ("refund of 30 of a Pix of 100, running", "Declined", "it was never published as under way: no event"),
    (
        "refund of 30 of a Pix of 100, processing",
        "Approved",
        "void/success beside void/processing; authorized while something is left",
    ),
    ("refund of 30 of a Pix of 100, processing", "Declined", "void/failed, authorized again, its event"),
    ("refund of all of a Pix, processing", "Approved", "voided only when all of it was refunded"),
    ("cancel of a Pix, running", "Approved", "canceled, the lock is released; amount kept"),
    ("cancel of a Pix, running", "Paid 100", "paid already; asking about the payment says the rest"),
    ("cancel of a Pix, running", "NotFound late", "it never came: the Pix can still be paid"),
    ("cancel of a Pix, failed", "Approved", "that it can no longer be paid is learned at its end"),
    ("cancel of a Pix and its session, running", "Approved", "charge and session canceled in one write"),
    (
        "cancel of a Pix and its session, processing",
        "Approved",
        "its first answer was not this one: the session is only free",
    ),
    ("refund of 30 of a Pix that began at the provider", "NotFound late", "our reference is unknown there"),
];

fn outcomes() -> Vec<(&'static str, Outcome)> {
    vec![
        ("Approved", approved()),
        ("Declined", refused()),
        ("Pending", Outcome::Pending(payable())),
        ("Paid 100", Outcome::Paid(amount(100), Receipt::default())),
        ("Paid 90", Outcome::Paid(amount(90), Receipt::default())),
        ("Canceled", Outcome::Canceled),
        ("Unknown", Outcome::Unknown),
        ("NotFound", Outcome::NotFound),
        ("NotSent", Outcome::NotSent),
    ]
}

/// A request that runs, and its number, under each of these names.
fn running() -> Vec<(&'static str, RequestKind, Life)> {
    use RequestKind as Kind;

    vec![
        ("registration of a Pix", Kind::Pending, Life::new_pix()),
        ("card payment", Kind::Authorization, Life::card()),
        ("reservation on a card", Kind::PreAuthorization, Life::hold()),
        ("capture of 60 of 100", Kind::Capture, Life::reserved().asked(capture(60))),
        ("release of 30 of 100", Kind::Void, Life::reserved().asked(void(30))),
        ("release of all", Kind::Void, Life::reserved().asked(void(100))),
        ("refund of 30 of 100 to a card", Kind::Void, Life::paid_card().asked(void(30))),
        ("refund of all to a card", Kind::Void, Life::paid_card().asked(void(100))),
        ("refund of 30 of a Pix of 100", Kind::Void, Life::paid_pix().asked(void(30))),
        ("refund of all of a Pix", Kind::Void, Life::paid_pix().asked(void(100))),
        ("cancel of a Pix", Kind::Cancel, Life::pix().asked_by_hub(Command::Cancel)),
        ("cancel of a Pix and its session", Kind::Cancel, {
            Life::pix().asked_by(Command::Cancel, Origin::Merchant, true)
        }),
    ]
}

/// The running request at `number` in every status that it can reach.
fn progress(kind: RequestKind, life: &Life, number: usize) -> Vec<(&'static str, Life)> {
    let done = if kind == RequestKind::Pending { Outcome::Pending(payable()) } else { approved() };
    vec![
        ("running", life.clone()),
        ("processing", life.clone().answered(number, Outcome::Unknown)),
        ("success", life.clone().answered(number, done)),
        ("failed", life.clone().answered(number, refused())),
        ("internal_error", life.clone().answered(number, Outcome::NotSent)),
    ]
}

/// What providers reported, and refunds that have ended in an entry of their own.
fn reported() -> Vec<(&'static str, Life, usize)> {
    let accepted = Life::paid_pix().done(void(30), accepted());
    vec![
        ("refund of 30 of a Pix, accepted and done", accepted.clone().answered(3, approved()), 3),
        ("refund of 30 of a Pix, accepted and refused", accepted.answered(3, refused()), 3),
        ("refund of 30 of a Pix that began at the provider", Life::paid_pix().notified(1, begun(30)), 3),
        ("charge_back", Life::paid_card().notified(1, charged_back()), 2),
        ("charge_back_reversal", Life::paid_card().notified(1, charged_back()).notified(1, credited(100, None)), 3),
        ("revert_void", Life::paid_card().done(void(30), approved()).notified(1, reverted(30)), 3),
    ]
}

/// What each outcome does to each request, two seconds after it was sent, unless the name says late.
#[test]
fn every_outcome_of_every_request() {
    let mut table = Table::new(NOTES);
    for (name, kind, life) in running() {
        let number = life.charge.requests.len();
        for (status, life) in progress(kind, &life, number) {
            table.row(&format!("{name}, {status}"));
            outcomes_of(&life, number, &mut table);
        }
    }
    for (name, life, number) in reported() {
        table.row(name);
        outcomes_of(&life, number, &mut table);
    }
    insta::assert_snapshot!(table.end());
}

fn outcomes_of(life: &Life, number: usize, table: &mut Table) {
    for (outcome_name, outcome) in outcomes() {
        table.cell(outcome_name, said(&life.charge, &life.answer(number, &outcome)));
    }
    let last = life.charge.request(number).unwrap().call_before.plus(NOT_FOUND_GRACE);
    for (name, at) in [("NotFound at last", last), ("NotFound late", last.plus(Duration::from_millis(1)))] {
        let circumstances = Circumstances { at, ..life.circumstances() };
        let report = Report::Answer { number, outcome: &Outcome::NotFound };
        let decision = life.charge.decide(&report, SessionView::Unread, life.abilities, circumstances);
        table.cell(name, said(&life.charge, &decision));
    }
}
