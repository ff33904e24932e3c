//! A payment that is not kept: the hub refunds it, and retries daily after a refusal, as long as its provider refunds.

use std::time::Duration;

use domain::{
    alarm::Alarm,
    charge::{
        Outcome, SessionWrite,
        command::Command,
        due::{Due, Lane, Task},
    },
    limits::MAX_DOCUMENT,
    refusal::Refusal,
    session::SessionStatus,
};

use crate::{
    life::{
        Life, WINDOW, able, accepted, amount, approved, charged_back, no_refund, not_paid, paid, paid_as, refused,
        reverted, stored, void,
    },
    sessions::session,
};

const A_DAY: Duration = Duration::from_hours(24);

/// A Pix that was paid after it had expired, and whose session was paid by another charge.
fn not_kept() -> Life {
    let expired = Life::pix().notified(1, not_paid());
    let paid_session = session(SessionStatus::Paid);
    let decision = expired.learn_with(1, paid(100), Some(&paid_session), None);
    let life = expired.became(decision);
    assert_eq!(life.charge.request(3).map(|payment| payment.hub_refund.is_some()), Some(true));
    life
}

/// A card that was approved after it had failed.
fn late_card() -> Life {
    Life::card().answered(1, refused()).answered(1, approved())
}

#[test]
fn a_refund_is_sent_at_once_and_a_day_after_each_refusal_until_its_window_ends() {
    for (mut life, number) in [(not_kept(), 3), (late_card(), 2)] {
        let since = life.now;
        assert_eq!(life.charge.due(), Some(Due { at: since, lane: Lane::Refund }));
        let mut attempts = 0;
        while let Some(Due { at, lane }) = life.charge.due() {
            assert_eq!((lane, life.charge.tasks(at)), (Lane::Refund, vec![Task::Refund(number)]));
            assert!(at >= life.now && at <= since.plus(WINDOW));
            life.now = at;
            life = life.done_by_hub(Command::RefundUnkept(number), refused());
            assert!(attempts == 0 || life.now.since(at) < Duration::from_mins(1));
            assert_eq!(life.charge.due_after(life.now).map(|due| due.at), life.charge.due().map(|due| due.at));
            attempts += 1;
        }
        assert_eq!(attempts, 90, "daily for 90 days");
        assert!(life.charge.has_a_payment_that_cannot_be_refunded());
        assert_eq!(life.is(), ("authorized", 100));

        // The last refusal is printed, a chargeback fits, and so does the document.
        let refusals = life.printed().iter().filter(|entry| *entry == "void/failed").count();
        assert_eq!(refusals, 1);
        let taken = life.notified(1, charged_back());
        assert_eq!(taken.is(), ("charged_back", 100));
        let length = serde_json::to_string(&taken.charge).unwrap().len();
        assert!(length < MAX_DOCUMENT, "{length}");
    }
}

/// The shopper's money stays where it is until an operator finds out why.
#[test]
fn each_refusal_of_a_refund_of_the_hubs_own_alarms_and_none_of_the_merchants() {
    for (life, number) in [(not_kept(), 3), (late_card(), 2)] {
        let asked = life.clone().asked_by_hub(Command::RefundUnkept(number));
        let refund = asked.charge.requests.len();
        for outcome in [Outcome::Unknown, accepted(), approved(), Outcome::NotSent] {
            assert_eq!(stored(asked.answer(refund, &outcome)).alarms, []);
        }
        for under_way in [asked.clone(), asked.clone().answered(refund, accepted())] {
            assert_eq!(stored(under_way.answer(refund, &refused())).alarms, [Alarm::DuplicatePayment]);
        }
        let again = asked.answered(refund, refused()).asked_by_hub(Command::RefundUnkept(number));
        assert_eq!(stored(again.answer(refund + 1, &refused())).alarms, [Alarm::DuplicatePayment]);
        let merchants = life.asked(Command::Void(None));
        assert_eq!(stored(merchants.answer(refund, &refused())).alarms, []);
    }
}

#[test]
fn a_refund_that_was_not_sent_is_retried_sooner() {
    let mut life = not_kept();
    for minutes in [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440] {
        life = life.done_by_hub(Command::RefundUnkept(3), Outcome::NotSent);
        let due = life.charge.due().unwrap();
        assert_eq!(due, Due { at: life.now.plus(Duration::from_mins(minutes)), lane: Lane::Refund });
        life.now = due.at;
    }
}

#[test]
fn one_refund_at_a_time() {
    let asked = not_kept().asked_by_hub(Command::RefundUnkept(3));
    for under_way in [asked.clone(), asked.clone().answered(4, Outcome::Unknown), asked.answered(4, accepted())] {
        assert_eq!(under_way.charge.tasks(under_way.now.plus(A_DAY)), [Task::Reconcile(4)]);
        let refusal = Err(Refusal::ResidualPromised { available: amount(0) });
        assert_eq!(under_way.charge.command(Command::RefundUnkept(3), able), refusal);
        assert!(!under_way.charge.has_a_payment_that_cannot_be_refunded());
    }
}

#[test]
fn what_is_refunded_or_charged_back_is_due_no_more_and_what_comes_back_is_due_again() {
    let refunded = not_kept().done_by_hub(Command::RefundUnkept(3), accepted()).answered(4, approved());
    assert_eq!((refunded.is(), refunded.charge.due()), (("voided", 0), None));
    assert!(!refunded.charge.has_a_payment_that_cannot_be_refunded());
    let back = refunded.notified(1, reverted(100));
    assert_eq!(back.is(), ("authorized", 100));
    assert_eq!(back.charge.tasks(back.now), [Task::Refund(3)]);
    assert_eq!(back.charge.due().map(|due| due.lane), Some(Lane::Refund));

    let taken = not_kept().notified(1, charged_back());
    assert_eq!((taken.charge.due(), taken.charge.tasks(taken.now.plus(A_DAY))), (None, Vec::new()));
}

#[test]
fn the_merchant_may_refund_a_part_of_it_and_the_hub_refunds_the_rest() {
    let part = not_kept().done(void(30), accepted()).answered(4, approved());
    assert_eq!(part.charge.command(Command::RefundUnkept(3), able).map(|ask| ask.amount), Ok(amount(70)));
    let rest = part.done_by_hub(Command::RefundUnkept(3), accepted()).answered(5, approved());
    assert_eq!((rest.is(), rest.charge.due()), (("voided", 0), None));
}

#[test]
fn a_payment_that_is_kept_is_refunded_by_its_merchant_alone() {
    let refusal = Life::paid_card().charge.command(Command::RefundUnkept(1), able);
    assert!(matches!(refusal, Err(Refusal::NotVoidable { .. })));
    let twice = Life::pix().notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 100));
    assert!(matches!(twice.charge.command(Command::RefundUnkept(2), able), Err(Refusal::NotVoidable { .. })));
}

#[test]
fn its_refund_leaves_the_session_alone() {
    let asked = late_card().asked_by_hub(Command::RefundUnkept(2));
    assert_eq!(stored(asked.answer(3, &approved())).session, SessionWrite::None);
    let asked = not_kept().asked_by_hub(Command::RefundUnkept(3));
    assert_eq!(stored(asked.answer(4, &approved())).session, SessionWrite::None);
}

#[test]
fn the_refund_of_a_duplicate_payment_is_retried_daily_outside_the_sums() {
    let mut life = Life::pix().notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 60));
    for _ in 0..3 {
        assert_eq!(life.charge.due().map(|due| due.lane), Some(Lane::Refund));
        life.now = life.charge.due().unwrap().at;
        life = life.done_by_hub(Command::RefundUnkept(3), refused());
        assert_eq!((life.is(), life.charge.available()), (("authorized", 100), amount(100)));
    }
    let voided = life.done(Command::Void(None), accepted());
    let number = voided.charge.requests.len();
    let voided = voided.answered(number, approved());
    assert_eq!(voided.is(), ("voided", 0));
    assert_eq!(voided.charge.command(Command::RefundUnkept(3), able).map(|ask| ask.amount), Ok(amount(60)));
}

#[test]
fn the_hub_sends_no_refund_to_a_provider_that_does_not_refund() {
    let expired = Life::pix().at(no_refund).notified(1, not_paid());
    let paid_session = session(SessionStatus::Paid);
    let write = stored(expired.learn_with(1, paid(100), Some(&paid_session), None));
    assert_eq!((write.alarms.as_slice(), write.charge.due()), ([Alarm::DuplicatePayment].as_slice(), None));
    let refusal = write.charge.command(Command::RefundUnkept(3), no_refund);
    assert!(matches!(refusal, Err(Refusal::RefundNotServed { .. })));
}
