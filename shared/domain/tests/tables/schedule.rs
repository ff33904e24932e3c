//! When an unpaid payment is reconciled, and when it ends.

use std::time::Duration;

use domain::{
    charge::{
        Charge, Outcome,
        command::Command,
        due::{Due, Lane, Task},
    },
    ids::ChargeId,
    method::{Boleto, Drip, Method, Penalty, Rate},
    time::Timestamp,
};

use crate::{
    deadlines::span,
    life::{Life, accepted, approved, paid, payable, refused, start, void},
};

/// All deadlines of a charge of which every sweep learns nothing.
fn dues(life: &Life, until: Duration) -> Vec<(Timestamp, Lane, Vec<Task>)> {
    let mut dues = Vec::new();
    let mut next = life.charge.due();
    while let Some(Due { at, lane }) = next.filter(|due| due.at.since(start()) <= until) {
        dues.push((at, lane, life.charge.tasks(at)));
        next = life.charge.due_after(at);
        assert!(next.is_none_or(|next| next.at > at), "time goes on");
    }
    dues
}

fn spans(life: &Life, until: Duration) -> Vec<String> {
    let dues = dues(life, until);
    dues.iter().map(|(at, lane, tasks)| format!("{} {lane:?} {tasks:?}", span(at.since(start())))).collect()
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

fn pix(seconds: u32) -> Life {
    Life::opened(Method::Pix { expires_in: seconds }, true, 100).answered(1, Outcome::Pending(payable()))
}

#[test]
fn a_pix_is_asked_about_early_then_ever_more_rarely_and_at_its_end() {
    let expected = [
        "5 min Query [ReconcilePayment]",
        "1 h Query [ReconcilePayment]",
        "2 h Query [ReconcilePayment]",
        "4 h Query [ReconcilePayment]",
        "8 h Query [ReconcilePayment]",
        "16 h Query [ReconcilePayment]",
        "1 d 8 h Query [ReconcilePayment]",
        "2 d 8 h Query [ReconcilePayment]",
        "3 d Expiry [Expire]",
    ];
    assert_eq!(spans(&pix(3 * 86_400), days(3)), expected);
    assert_eq!(spans(&pix(3600), Duration::from_hours(1)), ["5 min Query [ReconcilePayment]", "1 h Expiry [Expire]"]);
    assert_eq!(spans(&pix(60), Duration::from_hours(1))[..1], ["1 min Expiry [Expire]"]);
}

#[test]
fn what_did_not_expire_at_its_end_is_asked_about_again() {
    let after = &spans(&pix(3600), days(4))[1..];
    assert!(after.iter().all(|due| due.ends_with("Expiry [Expire]")), "{after:?}");
    assert!(after.len() > 5, "{after:?}");
    let last_two: Vec<_> = dues(&pix(3600), days(40)).into_iter().rev().take(2).map(|(at, ..)| at).collect();
    assert_eq!(last_two[0].since(last_two[1]), days(1), "daily after a day");
}

#[test]
fn an_open_cancel_does_not_stop_the_questions_about_the_payment() {
    let open = pix(86_400).done(Command::Cancel, Outcome::Unknown);
    let dues = dues(&open, days(1));
    let asks = |task: Task| dues.iter().filter(|(.., tasks)| tasks.contains(&task)).count();
    assert!(asks(Task::Reconcile(2)) > 5 && asks(Task::ReconcilePayment) > 5, "{dues:?}");
    assert_eq!(asks(Task::Expire), 1);
}

#[test]
fn a_drip_is_asked_about_like_a_pix() {
    let Method::Drip(drip) = Life::drip().charge.method else {
        return assert!(dues(&Life::drip(), days(1)).is_empty());
    };
    let drip = Life::opened(Method::Drip(Drip { expires_in: 7200, ..drip }), true, 100);
    let drip = drip.answered(1, Outcome::Pending(payable()));
    let expected = ["5 min Query [ReconcilePayment]", "1 h Query [ReconcilePayment]", "2 h Expiry [Expire]"];
    assert_eq!(spans(&drip, Duration::from_hours(2)), expected);
}

/// A boleto that was made on the last evening of the year in Brazil. Its id puts its questions at midnight in Brazil.
fn boleto(boleto: Boleto) -> Life {
    let life = Life::opened(Method::Boleto(boleto), true, 100).answered(1, Outcome::Pending(payable()));
    let id: ChargeId = "c1db83fa-723c-4e1f-9722-bc19d1be0000".parse().unwrap();
    Life { charge: Charge { id, ..life.charge }, ..life }
}

fn plain(expires: &str, clearing_days: u8) -> Boleto {
    Boleto {
        expires_date: expires.parse().unwrap(),
        max_days_past_due: None,
        instructions: None,
        interest: None,
        fine: None,
        items: Vec::new(),
        clearing_days,
    }
}

fn boleto_dues(life: &Life) -> Vec<String> {
    let all = dues(life, days(400));
    let end = all.iter().position(|(.., tasks)| tasks.contains(&Task::Expire)).unwrap();
    let print = |(at, lane, what): &(Timestamp, Lane, Vec<Task>)| {
        assert_eq!(*lane, Lane::Boleto, "a boleto is in no other lane");
        format!("{at} {what:?}")
    };
    all[..=end].iter().map(print).collect()
}

#[test]
fn a_boleto_is_asked_about_weekly_until_its_date_and_then_after_each_banking_day() {
    let expected = [
        "2026-01-08T03:00:00.000Z [ReconcilePayment]",
        "2026-01-15T03:00:00.000Z [ReconcilePayment]",
        // Its date, a Saturday, and the banking days after it: it is cleared until the third one.
        "2026-01-18T03:00:00.000Z [ReconcilePayment]",
        "2026-01-20T03:00:00.000Z [ReconcilePayment]",
        "2026-01-21T03:00:00.000Z [ReconcilePayment]",
        "2026-01-22T03:00:00.000Z [ReconcilePayment]",
        "2026-01-23T03:00:00.000Z [Expire]",
    ];
    assert_eq!(boleto_dues(&boleto(plain("2026-01-17", 3))), expected);
}

#[test]
fn a_boleto_ends_after_the_last_day_on_which_it_is_taken_and_its_clearing() {
    let cost = Some(Penalty { days: 1, rate: Rate::Percentage("2".parse().unwrap()) });
    for (order, end) in [
        (plain("2026-01-08", 0), "2026-01-09"),
        (plain("2026-01-08", 3), "2026-01-14"),
        (Boleto { fine: cost, ..plain("2026-01-08", 3) }, "2026-02-13"),
        (Boleto { interest: cost, ..plain("2026-01-08", 3) }, "2026-02-13"),
        (Boleto { interest: cost, max_days_past_due: Some(0), ..plain("2026-01-08", 3) }, "2026-01-14"),
        (Boleto { max_days_past_due: Some(1), ..plain("2026-01-08", 3) }, "2026-01-15"),
    ] {
        let last = boleto_dues(&boleto(order)).pop().unwrap();
        assert_eq!(last, format!("{end}T03:00:00.000Z [Expire]"));
    }
}

#[test]
fn boletos_that_end_at_one_midnight_are_due_in_the_hour_after_it() {
    let at = |last: &str| {
        let life = boleto(plain("2026-01-08", 0));
        let id: ChargeId = format!("c1db83fa-723c-4e1f-9722-bc19d1be{last}").parse().unwrap();
        let charge = Charge { id, ..life.charge };
        charge.due_after(start().plus(days(8))).map(|due| due.at.to_string())
    };
    assert_eq!(at("0000").as_deref(), Some("2026-01-09T03:00:00.000Z"));
    assert_eq!(at("8000").as_deref(), Some("2026-01-09T03:30:00.000Z"));
    assert_eq!(at("ffff").as_deref(), Some("2026-01-09T03:59:59.000Z"));
}

#[test]
fn what_is_paid_or_has_ended_is_asked_about_no_more() {
    for ended in [
        pix(3600).notified(1, paid(100)),
        pix(3600).done(Command::Cancel, approved()),
        boleto(plain("2026-01-08", 3)).answered(1, refused()),
    ] {
        assert_eq!((ended.charge.due(), ended.charge.tasks(start().plus(days(400)))), (None, Vec::new()));
    }
}

#[test]
fn the_pauses_of_an_unknown_outcome_double_up_to_six_hours_and_are_a_day_after_a_day() {
    for (life, lane) in [
        (Life::card().answered(1, Outcome::Unknown), Lane::Unknown),
        (Life::paid_pix().done(void(30), accepted()), Lane::Query),
    ] {
        let dues = dues(&life, days(6));
        let instants: Vec<Timestamp> = std::iter::once(life.now).chain(dues.iter().map(|(at, ..)| *at)).collect();
        let pauses: Vec<u64> = instants.windows(2).map(|pair| pair[1].since(pair[0]).as_secs() / 60).collect();
        let expected = [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 1440, 1440, 1440];
        assert_eq!(pauses[..expected.len()], expected);
        assert!(dues.iter().all(|(_, of, tasks)| *of == lane && matches!(tasks[..], [Task::Reconcile(_)])));
    }
    // A refund is a question of its own, however old the payment is.
    let old = Life::paid_pix().later(days(90)).done(void(30), accepted());
    assert_eq!(old.charge.due().map(|due| due.at.since(old.now)), Some(Duration::from_mins(1)));
}

#[test]
fn a_reservation_is_asked_about_after_seven_days() {
    let first = spans(&Life::reserved(), days(9));
    assert_eq!(first[0], "7 d Query [ReconcileReservation]");
    assert!(first.len() > 1, "and again while nothing is learned: {first:?}");
}
