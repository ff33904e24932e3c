//! Transition → event.

use std::collections::BTreeSet;

use domain::{
    charge::{
        change::{Change, event},
        request::{RequestKind, RequestStatus},
        status::Status,
    },
    method::PaymentType,
};

use crate::table::{Note, Table, kind};

const NOTES: &[Note] = &[
    ("a charge is created", "credit", "pending when it is created"),
    ("a charge is created", "pix", "not before it can be paid"),
    (
        "pending/*, authorization/*, pre_authorization/*",
        "any -> pending, can be paid now",
        "a code, a barcode or a page is there",
    ),
    (
        "pending/*, authorization/*, pre_authorization/*",
        "another -> authorized",
        "from failed or canceled: a late payment",
    ),
    ("cancel/*", "any -> canceled", "canceled before it was paid"),
    ("dispute/*", "any -> any", "published without a change of status"),
    ("charge_back_reversal/*, dispute_closed/*", "any -> any", "a chargeback that is credited closes its dispute"),
    ("capture/success", "any -> any", "paid now, also where only a part was captured"),
    (
        "capture/failed, capture/internal_error",
        "another -> pre_authorized",
        "it had been published as authorized; a capture that is refused before is no event",
    ),
    ("void/success", "any -> voided", "every confirmed void, partial too, with the status that it leads to"),
    ("void/success", "any -> canceled", "canceled before it was captured"),
    ("void/processing", "any -> refund_pending", "only a Pix has this status"),
    (
        "void/failed, void/internal_error",
        "refund_pending -> authorized",
        "only a refund that was published as under way",
    ),
    ("revert_void/*", "any -> any", "Malga: reversão automática"),
];

const STATUSES: [RequestStatus; 5] = [
    RequestStatus::Running,
    RequestStatus::Processing,
    RequestStatus::Success,
    RequestStatus::Failed,
    RequestStatus::InternalError,
];

/// A transition with an event, and the event.
type Line = (String, String);

/// What the event of an answer depends on: what was asked, the answer, the charge's status before and after, and
/// whether its shopper can pay from now on. Transitions without an event are left out; answers with the same events are
/// one row.
#[test]
fn every_transition_and_its_event() {
    let mut table = Table::new(NOTES);
    table.row("a charge is created");
    for method in PaymentType::ALL {
        table.cell(method.name(), event(method, Change::Created).map_or("-", |name| name.name()).to_owned());
    }
    for (answers, lines) in answers() {
        table.row(&names(&answers));
        for (transition, event) in lines {
            table.cell(&transition, event);
        }
    }
    insta::assert_snapshot!(table.end());
}

type Answer = (RequestKind, RequestStatus);

/// The answers that have the same events, and these events.
fn answers() -> Vec<(Vec<Answer>, Vec<Line>)> {
    let mut rows: Vec<(Vec<Answer>, Vec<Line>)> = Vec::new();
    for asked in RequestKind::ALL.iter().copied() {
        for answer in STATUSES {
            let lines = lines(asked, answer);
            match rows.iter_mut().find(|(_, known)| *known == lines) {
                Some((answers, _)) => answers.push((asked, answer)),
                None => rows.push((vec![(asked, answer)], lines)),
            }
        }
    }
    rows
}

/// As `void/success`, and `void/*` for every answer to a void.
fn names(answers: &[Answer]) -> String {
    let mut names = Vec::new();
    for asked in RequestKind::ALL.iter().copied() {
        let of_kind: Vec<_> = answers.iter().filter(|(kind, _)| *kind == asked).collect();
        if of_kind.len() == STATUSES.len() {
            names.push(format!("{}/*", kind(asked)));
        } else {
            names.extend(of_kind.into_iter().map(|(_, answer)| format!("{}/{}", kind(asked), answer.name())));
        }
    }
    names.join(", ")
}

fn lines(asked: RequestKind, answer: RequestStatus) -> Vec<Line> {
    let mut lines = Vec::new();
    for to in Status::ALL.iter().copied() {
        let (without, with) = (to_status(asked, answer, to, false), to_status(asked, answer, to, true));
        if without == with {
            lines.extend(without);
        } else {
            lines.extend(without);
            lines.extend(with.into_iter().map(|(transition, event)| (format!("{transition}, can be paid now"), event)));
        }
    }
    let events: BTreeSet<_> = lines.iter().map(|(_, event)| event.clone()).collect();
    match events.into_iter().next() {
        None => vec![("any -> any".to_owned(), "-".to_owned())],
        Some(event) if lines == of_any(&event) => vec![("any -> any".to_owned(), event)],
        Some(_) => lines,
    }
}

/// This event, wherever it goes.
fn of_any(event: &str) -> Vec<Line> {
    Status::ALL.iter().map(|to| (format!("any -> {to}"), event.to_owned())).collect()
}

/// The transitions to `to` that have an event.
fn to_status(asked: RequestKind, answer: RequestStatus, to: Status, payable: bool) -> Vec<Line> {
    let from = |from| (from, event_of(asked, answer, from, to, payable));
    let (own, others): (Vec<_>, Vec<_>) = Status::ALL.iter().copied().map(from).partition(|(from, _)| *from == to);
    let events: BTreeSet<_> = others.iter().map(|(_, event)| event.clone()).collect();
    let is_own_the_same = own.iter().all(|(_, event)| events.contains(event));
    let lines: Vec<Line> = match (events.len(), events.into_iter().next()) {
        (1, Some(event)) if is_own_the_same => vec![(format!("any -> {to}"), event)],
        (1, Some(event)) => {
            let own = own.into_iter().map(|(_, event)| (format!("{to} -> {to}"), event));
            own.chain([(format!("another -> {to}"), event)]).collect()
        }
        _ => own.into_iter().chain(others).map(|(from, event)| (format!("{from} -> {to}"), event)).collect(),
    };
    lines.into_iter().filter(|(_, event)| event != "-").collect()
}

/// The event of one answer, which is the same for every payment method.
fn event_of(kind: RequestKind, request: RequestStatus, from: Status, to: Status, payable: bool) -> String {
    let change = Change::Settled { kind, request, from, to, payable };
    let by_method = PaymentType::ALL.map(|method| event(method, change));
    assert!(by_method.iter().all(|event| *event == by_method[0]), "the payment method makes a difference");
    by_method[0].map_or("-", |name| name.name()).to_owned()
}
