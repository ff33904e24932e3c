//! What is due, and when.

use std::{fmt::Write as _, time::Duration};

use domain::{
    charge::{Charge, LateMoney, Outcome, command::Command, due::Task, late::Late, notice::News, request::Receipt},
    session::SessionStatus,
    time::Timestamp,
};

use crate::{
    life::{Life, accepted, amount, approved, charged_back, refused, reverted, void, why},
    sessions::session,
    states::states,
    table::{Note, Table},
};

const NOTES: &[Note] = &[
    ("pending 100: card, running", "due at", "the end of its call window"),
    (
        "pending 100: card, outcome unknown",
        "due at",
        "a minute after the answer that told nothing; then the sweeper's lease",
    ),
    ("pending 100: Pix, being registered", "then also", "it expires even if its registration stays unknown"),
    ("pending 100: Pix that could not be given up", "due at", "nothing sooner: its buyer may still pay"),
    ("pending 100: boleto that can be paid", "due at", "the end of 8 January in Brazil"),
    ("pre_authorized 100: card", "due at", "seed 002: after 7 days the acquirer may undo it"),
    ("authorized 100: Pix, paid; its provider refunds none", "due at", "nothing is asked that nobody will answer"),
    ("refund_pending 100: Pix, 30 begun at the provider", "due at", "not found there is no answer; a notice ends it"),
    ("card, beside its session, nothing refused", "due at", "design §3 Late money: dueAt = now"),
    ("card, beside its session, its refund running", "due at", "one refund at a time"),
    ("card, beside its session, 1 refused", "due at", "the pauses double, up to 6 h"),
    ("card, beside its session, 10 refused", "due at", "limits: a person must"),
    ("Pix, beside its session, 1 refused", "due at", "told as under way, then refused: one try, not two"),
];

/// For every state: its nearest deadline, counted from the charge's creation, and what is to be done then; and all
/// that is to be done when nobody looks for a year.
#[test]
fn every_deadline() {
    let mut table = Table::new(NOTES);
    for state in states() {
        row(&mut table, &state.name, &state.life.charge);
    }
    for (name, charge) in debts() {
        row(&mut table, &name, &charge);
    }
    insta::assert_snapshot!(table.end());
}

fn row(table: &mut Table, name: &str, charge: &Charge) {
    table.row(name);
    let nearest = charge.due_at().map_or("-".to_owned(), |at| {
        assert_eq!(charge.tasks(Timestamp::from_millis(at.as_millis() - 1)), [], "nothing before it is due");
        format!("{}: {}", span(at.since(charge.created_at)), tasks(&charge.tasks(at)))
    });
    let later = charge.tasks(charge.updated_at.plus(Duration::from_hours(24 * 366)));
    let gives_up = if charge.has_given_up_giving_back() { "; ALARM: gives up giving back" } else { "" };
    table.cell("due at", format!("{nearest}{gives_up}"));
    if charge.due_at().is_none_or(|at| charge.tasks(at) != later) {
        table.cell("then also", tasks(&later));
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
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let mut text = String::new();
    for (count, unit) in parts.into_iter().filter(|(count, _)| *count > 0) {
        write!(text, "{count} {unit} ").unwrap();
    }
    text.trim_end().to_owned()
}

/// Money that came beside its session, after so many refunds that were refused.
fn debts() -> Vec<(String, Charge)> {
    let mut debts = Vec::new();
    for (method, mut life) in [("card", owing(&Life::card().answered(1, refused()))), ("Pix", owing(&expired_pix()))] {
        for tries in 0..=10_u32 {
            let count = if tries == 0 { "nothing".to_owned() } else { tries.to_string() };
            debts.push((format!("{method}, beside its session, {count} refused"), life.charge.clone()));
            let under_way = life.clone().asked(Command::Void(None));
            let number = under_way.charge.requests.len();
            if tries == 0 {
                debts.push((format!("{method}, beside its session, its refund running"), under_way.charge.clone()));
            }
            life = match method {
                "Pix" => under_way.answered(number, accepted()).answered(number, refused()),
                _ => under_way.answered(number, refused()),
            };
        }
    }
    debts
}

pub(crate) fn expired_pix() -> Life {
    Life::pix().told(1, News::NotPaid { why: why() })
}

/// After its money has come, and its session was paid by somebody else.
pub(crate) fn owing(life: &Life) -> Life {
    let late = LateMoney { amount: amount(100), receipt: Receipt::default() };
    let paid = session(SessionStatus::Paid);
    let owed = match life.charge.take_late(&late, Some(&paid), None, true, life.learned()) {
        Late::Owed(charge) => Some(*charge),
        _ => None,
    };
    Life { now: life.learned().at, charge: owed.unwrap() }
}

#[test]
fn pauses_between_questions_double_from_the_last_change_or_request() {
    let minutes = |life: &Life, later: u64| {
        let now = life.now.plus(Duration::from_mins(later));
        life.charge.question_pause(now).as_secs() / 60
    };
    let unknown = Life::card().answered(1, Outcome::Unknown);
    let pauses = [0, 1, 3, 7, 60, 10_000].map(|later| minutes(&unknown, later));
    assert_eq!(pauses, [1, 1, 3, 7, 60, 360]);

    // Its refund is a new question, however old the payment is.
    let old = Life::paid_card().later(Duration::from_hours(24 * 90)).asked(void(30));
    assert_eq!(minutes(&old, 1), 1);
}

#[test]
fn a_debt_is_paid_once_the_money_is_given_back_or_taken_back() {
    let life = owing(&expired_pix());
    assert!(life.charge.owes_void.is_some());
    let refunded = life.clone().done(Command::Void(None), accepted()).answered(4, approved());
    assert_eq!((refunded.stands(), refunded.charge.owes_void), (("voided", 0), None));
    assert_eq!(refunded.charge.due_at(), None);

    // The refund comes back, and is owed anew.
    let returned = refunded.told(1, reverted(100));
    assert_eq!((returned.stands(), returned.charge.owes_void), (("authorized", 100), Some(returned.now)));
    assert_eq!(returned.charge.tasks(returned.now), [Task::GiveBack]);

    let taken = life.told(1, charged_back());
    assert_eq!((taken.charge.owes_void, taken.charge.due_at()), (None, None));
}
