//! What is due, and when.

use std::{fmt::Write as _, time::Duration};

use domain::{
    charge::{
        Charge,
        due::{Due, Lane, Task},
    },
    time::Timestamp,
};

use crate::{
    states::states,
    table::{Note, Table},
};

const NOTES: &[Note] = &[
    ("pending 100: card, running", "due", "the end of its call window"),
    ("pending 100: card, outcome unknown", "due", "a minute after the answer that said nothing"),
    ("pending 100: Pix that can be paid", "due", "asked early, then ever more rarely, and once more at its end"),
    ("pending 100: Pix, cancel with unknown outcome", "all in a year", "an open cancel does not stop the others"),
    ("pending 100: Pix, cancel refused", "due", "its shopper may still pay"),
    ("pending 100: boleto that can be paid", "due", "weekly until its date; a boleto delays nothing else"),
    ("pre_authorized 100: card", "due", "after 7 days the acquirer may release it"),
    (
        "pre_authorized 100: card, release of 30 accepted, its provider takes one at a time",
        "all in a year",
        "its reservations live for five days",
    ),
    ("authorized 100: Pix, its provider refunds none", "due", "nothing is asked that has no answer"),
    ("authorized 100: Pix, paid twice", "due", "the duplicate payment is refunded at once"),
    ("authorized 100: card, approved after it had failed", "due", "refunded at once"),
    (
        "refund_pending 100: Pix, refund of 30 begun at the provider",
        "due",
        "not found there is no answer; a notification ends it",
    ),
];

/// For every state: its nearest deadline, counted from the charge's creation, in its lane, and what is to be done then;
/// and all that is to be done when there is no sweep for a year.
#[test]
fn every_deadline() {
    let mut table = Table::new(NOTES);
    for state in states() {
        row(&mut table, &state.name, &state.life.charge);
    }
    insta::assert_snapshot!(table.end());
}

fn row(table: &mut Table, name: &str, charge: &Charge) {
    table.row(name);
    let nearest = charge.due().map_or("-".to_owned(), |Due { at, lane }| {
        assert_eq!(charge.tasks(Timestamp::from_millis(at.as_millis() - 1)), [], "nothing before it is due");
        format!("{}, lane {}: {}", span(at.since(charge.created_at)), lane_name(lane), tasks(&charge.tasks(at)))
    });
    table.cell("due", nearest);
    let later = charge.tasks(charge.updated_at.plus(Duration::from_hours(24 * 366)));
    table.cell("all in a year", tasks(&later));
}

const fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Unknown => "unknown",
        Lane::Refund => "refund",
        Lane::Query => "query",
        Lane::Expiry => "expiry",
        Lane::Boleto => "boleto",
    }
}

fn tasks(tasks: &[Task]) -> String {
    if tasks.is_empty() {
        "-".to_owned()
    } else {
        tasks.iter().map(|task| format!("{task:?}")).collect::<Vec<_>>().join(", ")
    }
}

/// As days, hours, minutes and seconds, without those that are none.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let mut text = String::new();
    for (count, unit) in parts.into_iter().filter(|(count, _)| *count > 0) {
        write!(text, "{count} {unit} ").unwrap();
    }
    text.trim_end().to_owned()
}
