//! Request kind × standing × outcome.

use std::time::Duration;

use domain::{
    charge::{
        Learned, Outcome,
        command::Command,
        request::{Receipt, RequestKind},
    },
    limits::NOT_FOUND_GRACE,
};

use crate::{
    life::{Life, accepted, amount, approved, begun, capture, charged_back, payable, refused, reverted, void},
    table::{Note, Table, said},
};

const NOTES: &[Note] = &[
    ("registration of a Pix, running", "Approved", "approving a registration is no answer: ask"),
    ("registration of a Pix, running", "Canceled", "nobody can pay it any more"),
    ("registration of a Pix, running", "NotFound late", "design §3 Due: failed 10 min after callBefore"),
    ("registration of a Pix, running", "Pending", "seed 001: pending once the code is stored"),
    ("registration of a Pix, running", "Paid 90", "seed 001: what is paid may differ from what was asked for"),
    ("registration of a Pix, running", "NotSent", "design §3 Create: claim released"),
    ("registration of a Pix, open", "NotSent", "only the first call can be one that was not sent"),
    (
        "registration of a Pix, ended: success",
        "Declined",
        "facts §5.3: expired unpaid is failed; what was registered stays printed",
    ),
    ("registration of a Pix, ended: success", "Paid 100", "seed 001: authorization/success beside pending/success"),
    ("registration of a Pix, ended: success", "NotFound late", "it was there: nobody loses a payment by that"),
    ("registration of a Pix, ended: failed", "Approved", "a registration is not a payment: only Paid is late money"),
    ("registration of a Pix, ended: failed", "Paid 100", "design §3 Late money"),
    ("card payment, running", "Pending", "a card pays at once or not at all: not known"),
    ("card payment, running", "Approved", "design §3 Pay once: authorized makes the session paid"),
    ("card payment, running", "NotSent", "design §3 Create: failed, internal_error"),
    ("card payment, ended: success", "Declined", "design §3: an outcome for a final request changes nothing"),
    ("card payment, ended: failed", "Approved", "design §3: Approved on a failed payment is late money"),
    ("reservation on a card, running", "Approved", "design §3 Pay once: pre_authorized keeps the claim"),
    (
        "reservation on a card, ended: success",
        "Canceled",
        "seed 002: undone by the acquirer after 7 days; not the merchant's void, so it may be paid again",
    ),
    ("capture of 60 of 100, running", "Approved", "facts §5.3: authorized, amount 60, originalAmount 100"),
    ("capture of 60 of 100, running", "Declined", "seed 002 Tratando erros: a failed request, the status stays"),
    ("capture of 60 of 100, running", "Unknown", "design §4 Unknown: 201, status unchanged"),
    ("capture of 60 of 100, ended: failed", "Approved", "the hub told that nothing was taken: somebody must look"),
    ("release of 30 of 100, running", "Approved", "design §4 events: every confirmed void, partial too, is voided"),
    ("release of 30 of 100, running", "Canceled", "Canceled is said of the payment, not of its release"),
    (
        "release of all, running",
        "Approved",
        "design §4 full void: not captured: canceled; §3 Pay once: the session ends",
    ),
    (
        "refund of 30 of 100 to a card, ended: failed",
        "Approved",
        "design §3: Approved on a failed void appends a void/success naming it",
    ),
    ("refund of all to a card, running", "Approved", "seed 002, table of the total refund, row 3"),
    ("refund of all to a card, running", "Declined", "seed 002 Tratando erros: a failed request, the status stays"),
    (
        "refund of 30 of a Pix of 100, running",
        "Pending",
        "seed 001: void/processing, refund_pending, amount kept; design §4: Unknown likewise",
    ),
    ("refund of 30 of a Pix of 100, running", "Declined", "it was never told as under way: no event"),
    (
        "refund of 30 of a Pix of 100, open",
        "Approved",
        "seed 001: void/success beside void/processing; authorized while something is left",
    ),
    ("refund of 30 of a Pix of 100, open", "Declined", "design §4 full void: void/failed, authorized again, its event"),
    ("refund of all of a Pix, open", "Approved", "seed 001: voided only when all of it was given back"),
    ("giving up a Pix, running", "Approved", "design §3 Superseding: canceled, claim free; amount kept"),
    (
        "giving up a Pix, running",
        "Paid 100",
        "design §3 Superseding: paid already; asking about the payment tells the rest",
    ),
    ("giving up a Pix, running", "NotFound late", "it never came: the Pix can still be paid"),
    ("giving up a Pix, ended: failed", "Approved", "that it can no longer be paid is learned at its end"),
    (
        "giving up a Pix and its session, running",
        "Approved",
        "design §3: charge and session canceled in one transaction",
    ),
    (
        "giving up a Pix and its session, open",
        "Approved",
        "design §3: Unknown was 409, nothing changed: the session is only free",
    ),
    ("refund of 30 of a Pix that began at the provider", "NotFound late", "our reference means nothing there"),
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
        ("giving up a Pix", Kind::Cancel, Life::pix().asked(Command::Cancel)),
        ("giving up a Pix and its session", Kind::Cancel, Life::pix().asked_as(Command::Cancel, true)),
    ]
}

/// The ways in which the request at `number`, which runs, may stand.
fn standings(kind: RequestKind, life: &Life, number: usize) -> Vec<(&'static str, Life)> {
    let done = if kind == RequestKind::Pending { Outcome::Pending(payable()) } else { approved() };
    vec![
        ("running", life.clone()),
        ("open", life.clone().answered(number, Outcome::Unknown)),
        ("ended: success", life.clone().answered(number, done)),
        ("ended: failed", life.clone().answered(number, refused())),
        ("ended: internal_error", life.clone().answered(number, Outcome::NotSent)),
    ]
}

/// What requests were told, and those that a Pix refund's end names: they have ended.
fn told() -> Vec<(&'static str, Life, usize)> {
    let accepted = Life::paid_pix().done(void(30), accepted());
    vec![
        ("refund of 30 of a Pix, done: the first request", accepted.clone().answered(3, approved()), 3),
        ("refund of 30 of a Pix, refused later: the first request", accepted.answered(3, refused()), 3),
        ("refund of 30 of a Pix that began at the provider", Life::paid_pix().told(1, begun(30)), 3),
        ("charge_back", Life::paid_card().told(1, charged_back()), 2),
        ("revert_void", Life::paid_card().done(void(30), approved()).told(2, reverted(30)), 3),
    ]
}

/// What each outcome makes of each request: two seconds after it was asked, unless it says late.
#[test]
fn every_outcome_of_every_request() {
    let mut table = Table::new(NOTES);
    for (name, kind, life) in running() {
        let number = life.charge.requests.len();
        for (standing, life) in standings(kind, &life, number) {
            table.row(&format!("{name}, {standing}"));
            outcomes_of(&life, number, &mut table);
        }
    }
    for (name, life, number) in told() {
        table.row(name);
        outcomes_of(&life, number, &mut table);
    }
    insta::assert_snapshot!(table.end());
}

fn outcomes_of(life: &Life, number: usize, table: &mut Table) {
    for (outcome_name, outcome) in outcomes() {
        table.cell(outcome_name, said(&life.charge, &life.charge.settle(number, outcome, life.learned())));
    }
    let last = life.charge.request(number).unwrap().call_before.plus(NOT_FOUND_GRACE);
    for (name, at) in [("NotFound at last", last), ("NotFound late", last.plus(Duration::from_millis(1)))] {
        let learned = Learned { at, ..life.learned() };
        table.cell(name, said(&life.charge, &life.charge.settle(number, Outcome::NotFound, learned)));
    }
}
