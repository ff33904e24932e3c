//! Reserved money that is captured or released, by the merchant or by the acquirer.

use std::time::Duration;

use domain::{
    alarm::Alarm,
    charge::{
        Circumstances, Decision, Outcome, Report, SessionStep, SessionView, SessionWrite, command::Command, due::Task,
        request::Receipt, settle::WaitReason, update::UpdateKind,
    },
};

use crate::life::{
    Life, amount, approved, begun, capture, not_paid, paid, paid_as, refunded, refused, reverted, stored, transaction,
    void,
};

#[test]
fn a_reservation_that_its_acquirer_captured_is_paid() {
    for number in [1, 2] {
        let life = if number == 1 { Life::reserved() } else { Life::reserved().asked(capture(60)) };
        let write = stored(life.learn(number, paid(60)));
        assert_eq!(write.session, SessionWrite::IfLocked(SessionStep::Pay));
        let captured = Life { charge: write.charge, ..life };
        assert_eq!(captured.is(), ("authorized", 60));
        assert_eq!(captured.printed(), ["pre_authorization/success", "capture/success"]);
        assert_eq!(captured.events(), ["pending", "pre_authorized", "authorized"]);
        assert_eq!(captured.learn(number, paid_as("c-1", 60)), Decision::Nothing, "the same capture");
        assert_eq!(captured.answer(2, &approved()), Decision::Nothing);
    }
}

#[test]
fn a_capture_of_another_amount_is_recorded_and_alarms() {
    let (another, none) = ([Alarm::CapturedAnotherAmount].as_slice(), [].as_slice());
    let released = Life::reserved().done(void(30), approved());
    for (captured, alarms) in [(70, none), (71, another), (100, another), (69, another)] {
        let write = stored(released.learn(1, paid(captured)));
        assert_eq!((write.charge.amount(), write.alarms.as_slice()), (amount(captured), alarms));
    }
    let capturing = Life::reserved().asked(capture(60));
    for (captured, alarms) in [(60, none), (59, another), (100, another)] {
        assert_eq!(stored(capturing.learn(2, paid(captured))).alarms, alarms);
    }
}

#[test]
fn what_is_captured_while_the_reservation_is_unknown_is_reserved_and_paid() {
    for life in [Life::hold(), Life::hold().answered(1, Outcome::Unknown)] {
        for paid_life in
            [life.clone().notified(1, paid(100)), life.answered(1, Outcome::Paid(amount(100), Receipt::default()))]
        {
            assert_eq!(paid_life.is(), ("authorized", 100));
            assert_eq!(paid_life.printed(), ["pre_authorization/success", "capture/success"]);
            assert_eq!(paid_life.events(), ["pending", "pre_authorized", "authorized"]);
            assert_eq!(paid_life.learn(1, paid(100)), Decision::Nothing);
        }
    }
}

#[test]
fn a_capture_that_failed_and_was_made_after_all_prints_a_second_entry() {
    let failed = Life::reserved().done(capture(60), refused());
    for after_all in [failed.clone().notified(2, paid(60)), failed.clone().answered(2, approved())] {
        assert_eq!(after_all.is(), ("authorized", 60));
        let printed = ["pre_authorization/success 100", "capture/failed 60", "capture/success 60"];
        assert_eq!(after_all.printed_amounts(), printed);
        assert_eq!(after_all.events(), ["pending", "pre_authorized", "authorized"]);
    }
    // Another one is under way: its end comes first.
    let another = failed.clone().asked(Command::Capture(None));
    assert_eq!(another.learn(2, paid(60)), Decision::Wait(WaitReason::RequestUnderWay));
    let twice = another.answered(3, approved());
    assert_eq!(twice.learn(2, paid(60)), Decision::Contradiction(Alarm::SecondCapture));
    // Released meanwhile: captured although it was released.
    let released = failed.done(Command::Void(None), approved());
    assert_eq!(stored(released.learn(2, paid(60))).alarms, [Alarm::LatePayment]);
}

#[test]
fn a_canceled_reservation_that_is_captured_is_recorded_and_refunded() {
    for canceled in [
        Life::reserved().done(Command::Void(None), approved()),
        Life::reserved().answered(1, Outcome::Canceled),
        Life::reserved().notified(1, refunded(100)),
    ] {
        assert_eq!(canceled.is(), ("canceled", 0));
        let write = stored(canceled.learn(1, paid(100)));
        assert_eq!((&write.session, write.alarms.as_slice()), (&SessionWrite::None, [Alarm::LatePayment].as_slice()));
        let late = Life { charge: write.charge, ..canceled };
        assert_eq!(late.is(), ("authorized", 100));
        assert_eq!(late.printed().last().map(String::as_str), Some("authorization/success"));
        assert_eq!(late.charge.tasks(late.circumstances().at), [Task::Refund(3)]);
        assert_eq!(late.learn(1, paid(100)), Decision::Nothing);
        let refunding = late.asked_by_hub(Command::RefundUnkept(3));
        let refunded = stored(refunding.answer(4, &approved()));
        assert_eq!((refunded.session, refunded.charge.status().name()), (SessionWrite::None, "voided"));
    }
}

#[test]
fn what_the_acquirer_releases_is_canceled_and_its_session_free_by_either_report() {
    for number in [1, 2] {
        let life = if number == 1 { Life::reserved() } else { Life::reserved().done(void(30), approved()) };
        let left = life.is().1;
        for decision in [life.learn(1, refunded(left)), life.answer(1, &Outcome::Canceled)] {
            let write = stored(decision);
            assert_eq!(write.session, SessionWrite::IfLocked(SessionStep::Release));
            let lapsed = Life { charge: write.charge, ..life.clone() };
            assert_eq!((lapsed.is(), lapsed.charge.due()), (("canceled", 0), None));
            assert_eq!(lapsed.events().last(), Some(&"canceled"));
            assert_eq!(lapsed.answer(1, &Outcome::Canceled), Decision::Nothing);
        }
    }
    // What the merchant releases ends the session, also where the acquirer had released a part before.
    for life in [Life::reserved(), Life::reserved().notified(1, refunded(30))] {
        let released = life.asked(Command::Void(None));
        let number = released.charge.requests.len();
        assert_eq!(stored(released.answer(number, &approved())).session, SessionWrite::IfLocked(SessionStep::Void));
    }
}

#[test]
fn a_release_by_the_acquirer_is_known_when_it_is_reported_again() {
    let life = Life::reserved();
    let update = life.update("release-1", 1, refunded(100));
    let lapsed = life.clone().became(life.notify(&update));
    assert_eq!(lapsed.notify(&update), Decision::Nothing);
}

#[test]
fn a_release_by_the_acquirer_waits_for_the_end_of_a_release() {
    let releasing = Life::reserved().asked(void(30));
    assert_eq!(releasing.learn(1, refunded(100)), Decision::Wait(WaitReason::RequestUnderWay));
    let refused = releasing.clone().answered(2, refused()).notified(1, refunded(100));
    assert_eq!(refused.is(), ("canceled", 0));
    let released = releasing.answered(2, approved()).notified(1, refunded(70));
    assert_eq!(released.is(), ("canceled", 0));
}

/// Only the end of the capture says whether money was released or refunded.
#[test]
fn a_refund_that_is_reported_during_a_capture_waits_for_its_end() {
    let capturing = Life::reserved().asked(Command::Capture(None));
    for kind in [refunded(100), begun(30), reverted(30)] {
        assert_eq!(capturing.learn(1, kind), Decision::Wait(WaitReason::RequestUnderWay));
    }
    let captured = capturing.clone().answered(2, approved()).notified(1, refunded(100));
    assert_eq!(captured.is(), ("voided", 0));
    assert_eq!(captured.events(), ["pending", "pre_authorized", "authorized", "voided"]);
    let refused = capturing.answered(2, refused()).notified(1, refunded(100));
    assert_eq!(refused.is(), ("canceled", 0));
}

#[test]
fn a_release_of_an_earlier_attempt_leaves_the_reservation_of_the_last_one() {
    let second = Life::hold().retried().answered(1, refused()).answered(2, approved());
    assert_eq!(second.answer(1, &Outcome::Canceled), Decision::Nothing);
    assert_eq!(second.learn(1, not_paid()), Decision::Nothing);
    assert_eq!(stored(second.answer(1, &approved())).alarms, [Alarm::DuplicatePayment]);
}

#[test]
fn a_second_approval_under_one_reference_is_a_duplicate_payment_that_the_hub_refunds() {
    let approved_as = |id: &str| UpdateKind::Reserved { amount: amount(100), receipt: transaction(id) };
    for (life, status) in [(Life::card(), "authorized"), (Life::hold(), "pre_authorized")] {
        let once = life.answered(1, Outcome::Approved(transaction("p-1")));
        assert_eq!(once.learn(1, approved_as("p-1")), Decision::Nothing);
        let write = stored(once.learn(1, approved_as("p-2")));
        assert_eq!(
            (&write.session, write.alarms.as_slice()),
            (&SessionWrite::None, [Alarm::DuplicatePayment].as_slice())
        );
        let twice = Life { charge: write.charge, ..once };
        assert_eq!(twice.is(), (status, 100), "the duplicate is outside the sums");
        assert_eq!(twice.learn(1, approved_as("p-2")), Decision::Nothing, "once for each id");
        assert_eq!(twice.charge.tasks(twice.circumstances().at), [Task::Refund(2)]);
        let thrice = twice.clone().notified(1, approved_as("p-3"));
        assert_eq!(thrice.charge.tasks(thrice.circumstances().at), [Task::Refund(2), Task::Refund(3)]);
        let refunding = twice.asked_by_hub(Command::RefundUnkept(2));
        assert_eq!((refunding.charge.payment_of(3), refunding.charge.transaction_of(3)), (1, Some("p-2")));
        assert_eq!(refunding.answered(3, approved()).is(), (status, 100));
    }
}

/// A query that the provider throttles leaves the outcome unknown, and is not made again before the pause is over.
#[test]
fn a_pause_is_kept_also_where_the_outcome_is_as_unknown_as_before() {
    let unknown = Life::card().answered(1, Outcome::Unknown);
    let pause = unknown.now.plus(Duration::from_mins(20));
    let report = Report::Answer { number: 1, outcome: &Outcome::Unknown };
    let asked = |life: &Life, ask_after| {
        let circumstances = Circumstances { ask_after, ..life.circumstances() };
        life.charge.decide(&report, SessionView::Unread, life.abilities, circumstances)
    };
    assert_eq!(asked(&unknown, None), Decision::Nothing);
    let write = stored(asked(&unknown, Some(pause)));
    assert_eq!((&write.session, write.charge.requests[0].answers.len()), (&SessionWrite::None, 1));
    let paused = Life { charge: write.charge, ..unknown.clone() };
    assert!(unknown.charge.tasks(unknown.now.plus(Duration::from_mins(19))).contains(&Task::Reconcile(1)));
    assert!(!paused.charge.tasks(unknown.now.plus(Duration::from_mins(19))).contains(&Task::Reconcile(1)));
    assert!(paused.charge.tasks(pause).contains(&Task::Reconcile(1)));
    assert_eq!(asked(&paused, Some(unknown.now)), Decision::Nothing, "no shorter pause");
}
