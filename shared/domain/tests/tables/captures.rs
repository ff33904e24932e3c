//! Captures that are confirmed later, captures that fail after they were made, and reservations that end at the provider.

use domain::{
    alarm::Alarm,
    charge::{
        Abilities, Decision, Outcome, PartialRelease, SessionStep, SessionWrite, command::Command, due::Task,
        settle::WaitReason, update::UpdateKind,
    },
    limits::HOLD_LIFE,
    refusal::Refusal,
};

use crate::life::{
    FIVE_DAYS, Life, able, accepted, amount, approved, capture, capture_failed, captured_as, charged_back, credited,
    held, no_parts, one_at_a_time, paid, paid_as, refund_failed, refunded, refused, reverted, stored, transaction,
    void,
};

const ENDED: UpdateKind = UpdateKind::ReservationEnded;

/// 100 on a card that were authorized, and whose capture by the provider failed.
fn reserved_again() -> Life {
    Life::paid_card().notified_as("cap-1", 1, capture_failed())
}

#[test]
fn a_notification_that_proves_nothing_changes_nothing() {
    for life in [Life::card(), Life::pix(), Life::reserved(), Life::paid_card(), Life::card().answered(1, refused())] {
        assert_eq!(life.learn(1, UpdateKind::Look), Decision::Nothing);
        assert_eq!(life.learn(9, UpdateKind::Look), Decision::Nothing);
    }
}

#[test]
fn a_card_is_approved_by_a_notification_as_it_was_asked_for() {
    for (life, status) in [(Life::hold(), "pre_authorized"), (Life::card(), "authorized")] {
        for life in [life.clone(), life.answered(1, Outcome::Unknown)] {
            let approved =
                life.notified(1, UpdateKind::Reserved { amount: amount(100), receipt: transaction("psp-1") });
            assert_eq!(approved.is(), (status, 100));
            assert_eq!(approved.charge.transaction_of(1), Some("psp-1"));
            assert_eq!(approved.learn(1, held(100)), Decision::Nothing, "the same approval");
            assert_eq!(approved.answer(1, &Outcome::Unknown), Decision::Nothing, "the answer comes later");
            assert_eq!(approved.learn(1, held(90)), Decision::Contradiction(Alarm::PaidAnotherAmount));
        }
        assert_eq!(stored(Life::hold().learn(1, held(90))).alarms, [Alarm::Underpaid]);
    }
}

#[test]
fn a_reservation_that_had_failed_and_was_made_is_released_by_the_hub() {
    let failed = Life::hold().answered(1, refused());
    let late = failed.clone().notified(1, held(100));
    assert_eq!(
        (late.is(), late.charge.tasks(late.circumstances().at)),
        (("pre_authorized", 100), vec![Task::Refund(2)])
    );
    assert_eq!(stored(failed.learn(1, held(100))).alarms, [Alarm::LatePayment]);
    assert_eq!(late.learn(1, held(100)), Decision::Nothing, "the same approval");
    let releasing = late.asked_by_hub(Command::RefundUnkept(2));
    for ended in [releasing.clone().notified(3, ENDED), releasing.answered(3, approved())] {
        assert_eq!((ended.is(), ended.charge.due()), (("canceled", 0), None));
        assert_eq!(ended.learn(1, held(100)), Decision::Nothing, "the same approval");
    }
    let second = Life::hold().retried().answered(1, refused());
    assert_eq!(second.learn(1, held(100)), Decision::Wait(WaitReason::OtherAttempt));
}

#[test]
fn a_capture_that_is_confirmed_later_keeps_its_id_and_ends_by_its_reference() {
    let answer = Outcome::Pending(transaction("cap-1"));
    let capturing = Life::reserved().done(capture(60), answer);
    assert_eq!(capturing.is(), ("pre_authorized", 100));
    assert_eq!(capturing.printed(), ["pre_authorization/success", "capture/processing"]);
    assert!(capturing.charge.request(2).unwrap().is_known_as("cap-1"));
    assert_eq!(capturing.charge.command(void(10), able), Err(Refusal::ChargeBusy));

    let captured = capturing.clone().notified(2, paid_as("cap-1", 60));
    assert_eq!(
        (captured.is(), captured.events()),
        (("authorized", 60), vec!["pending", "pre_authorized", "authorized"])
    );
    assert_eq!(captured.learn(2, paid(60)), Decision::Nothing);

    let refused = capturing.notified(2, capture_failed());
    assert_eq!(refused.is(), ("pre_authorized", 100));
    assert_eq!(refused.printed(), ["pre_authorization/success", "capture/failed"]);
    assert_eq!(refused.events(), ["pending", "pre_authorized"], "it changes nothing that was published");
    assert_eq!(refused.learn(2, capture_failed()), Decision::Nothing);
    assert_eq!(refused.done(capture(70), approved()).is(), ("authorized", 70));
}

/// The session stays locked by it: its shopper has paid, and the merchant's money is still reserved.
#[test]
fn what_its_provider_did_not_capture_by_itself_is_reserved_and_may_be_captured_or_released() {
    let write = stored(Life::paid_card().learn(1, capture_failed()));
    assert_eq!((&write.session, write.alarms.as_slice()), (&SessionWrite::None, [Alarm::CaptureFailed].as_slice()));
    let again = reserved_again();
    assert_eq!((again.is(), again.charge.available()), (("pre_authorized", 100), amount(100)));
    assert_eq!(again.printed_amounts(), ["authorization/success 100", "capture/failed 100"]);
    assert_eq!(again.events(), ["pending", "authorized", "pre_authorized"]);
    assert_eq!(again.charge.superseding(able), domain::charge::Superseding::Reserved);
    assert_eq!(again.charge.as_of(3).amount(), amount(100));
    assert!(!again.charge.was_paid(), "nothing is refundable");

    let captured = again.clone().asked(Command::Capture(None));
    let write = stored(captured.answer(3, &approved()));
    assert_eq!(write.session, SessionWrite::IfLocked(SessionStep::Pay));
    assert_eq!(captured.answered(3, approved()).done(void(40), approved()).is(), ("authorized", 60));

    let releasing = again.clone().asked(Command::Void(None));
    let write = stored(releasing.answer(3, &approved()));
    assert_eq!((write.session, write.charge.status().name()), (SessionWrite::IfLocked(SessionStep::Void), "canceled"));

    // Captured by the provider after all.
    assert_eq!(again.notified(1, paid_as("cap-2", 100)).is(), ("authorized", 100));
}

#[test]
fn a_capture_that_fails_after_it_was_made_leaves_what_was_reserved() {
    for number in [1, 3] {
        let captured = Life::reserved().done(void(30), approved()).done(capture(50), approved());
        let number = if number == 1 { 1 } else { captured.charge.requests.len() };
        let write = stored(captured.learn(number, capture_failed()));
        assert_eq!(write.alarms, [Alarm::CaptureFailed]);
        let again = Life { charge: write.charge, ..captured };
        assert_eq!((again.is(), again.charge.available()), (("pre_authorized", 70), amount(70)));
        assert_eq!(again.printed_amounts().last().map(String::as_str), Some("capture/failed 50"));
        assert_eq!(again.learn(number, capture_failed()), Decision::Nothing);
        assert_eq!(again.answer(3, &approved()), Decision::Nothing, "an older answer to the capture that failed");
        assert_eq!(again.learn(3, paid(50)), Decision::Nothing, "an older notification of it");
        assert_eq!(again.done(capture(70), approved()).is(), ("authorized", 70));
    }
}

#[test]
fn a_failed_capture_counts_once_in_any_order() {
    let again = reserved_again();
    assert_eq!(again.learn(1, held(100)), Decision::Nothing, "an older notification of the approval");
    assert_eq!(again.learn(1, paid_as("cap-1", 100)), Decision::Nothing, "an older notification of the capture");
    assert_eq!(again.answer(1, &approved()), Decision::Nothing);
    let captured = again.done(capture(100), approved());
    assert_eq!(captured.notify(&captured.update("cap-1", 1, capture_failed())), Decision::Nothing, "a repeat");
    assert_eq!(captured.notified_as("cap-2", 1, capture_failed()).is(), ("pre_authorized", 100), "another one");
    assert_eq!(Life::card().learn(1, capture_failed()), Decision::Wait(WaitReason::Payment), "before the approval");
}

#[test]
fn a_capture_that_fails_after_a_refund_or_a_dispute_is_for_an_operator() {
    let too_late = Decision::Contradiction(Alarm::CaptureFailedTooLate);
    let refunded = Life::paid_card().done(void(30), approved());
    assert_eq!(refunded.learn(1, capture_failed()), too_late);
    assert_eq!(Life::paid_card().notified(1, charged_back()).learn(1, capture_failed()), too_late);
    assert_eq!(Life::paid_pix().learn(1, capture_failed()), too_late);
    // What came back leaves nothing that contradicts it.
    let back = refunded.notified(2, refund_failed());
    assert_eq!(back.notified(1, capture_failed()).is(), ("pre_authorized", 100));
    let credited = Life::paid_card().notified(1, charged_back()).notified(1, credited(100, None));
    assert_eq!(credited.notified(1, capture_failed()).is(), ("pre_authorized", 100));
    // A refund under way ends first.
    let refunding = Life::paid_card().done(void(30), accepted());
    assert_eq!(refunding.learn(1, capture_failed()), Decision::Wait(WaitReason::RequestUnderWay));
    assert_eq!(refunding.notified(2, refund_failed()).notified(1, capture_failed()).is(), ("pre_authorized", 100));
}

#[test]
fn a_reservation_that_ends_frees_its_session_unless_it_had_been_paid() {
    let lapsed = stored(Life::reserved().learn(1, ENDED));
    assert_eq!((lapsed.session, lapsed.alarms.len()), (SessionWrite::IfLocked(SessionStep::Release), 0));
    let ended = Life::reserved().notified(1, ENDED);
    assert_eq!((ended.is(), ended.events()), (("canceled", 0), vec!["pending", "pre_authorized", "canceled"]));
    assert_eq!(ended.learn(1, ENDED), Decision::Nothing);
    assert_eq!(ended.learn(1, held(100)), Decision::Nothing, "an older notification");

    let write = stored(reserved_again().learn(1, ENDED));
    assert_eq!((write.session, write.charge.status().name()), (SessionWrite::IfLocked(SessionStep::Void), "canceled"));
    assert_eq!(reserved_again().notified(1, ENDED).learn(1, ENDED), Decision::Nothing);
}

/// What its provider was to capture by itself was only reserved: no money was refunded.
#[test]
fn an_authorized_payment_whose_reservation_ends_before_its_capture_is_canceled_and_alarms() {
    let write = stored(Life::paid_card().learn(1, ENDED));
    assert_eq!(
        (&write.session, write.alarms.as_slice()),
        (&SessionWrite::IfLocked(SessionStep::Void), [Alarm::CaptureFailed].as_slice())
    );
    let gone = Life::paid_card().notified(1, ENDED);
    assert_eq!((gone.is(), gone.charge.available()), (("canceled", 0), amount(0)));
    assert_eq!(gone.events(), ["pending", "authorized", "canceled"]);
    assert_eq!(
        gone.charge.command(Command::Void(None), able),
        Err(Refusal::NotVoidable { status: gone.charge.status() })
    );
    for kind in [ENDED, held(100), capture_failed()] {
        assert_eq!(gone.learn(1, kind), Decision::Nothing);
    }
}

/// What its provider captures by itself is captured once the provider says so, also before the hub knows of the payment.
#[test]
fn a_payment_that_was_captured_at_once_remembers_its_capture() {
    let approved = Life::card().answered(1, Outcome::Approved(transaction("p-1")));
    let known = approved.clone().notified(1, captured_as("p-1", "cap-1", 100));
    assert_eq!((known.is(), known.printed(), known.events()), (approved.is(), approved.printed(), approved.events()));
    assert_eq!(known.learn(1, captured_as("p-1", "cap-1", 100)), Decision::Nothing, "once");
    let first = Life::card().answered(1, Outcome::Unknown).notified(1, captured_as("p-1", "cap-1", 100));
    for captured in [known, first] {
        assert_eq!(captured.charge.transaction_of(1), Some("p-1"));
        assert_eq!(captured.learn(1, ENDED), Decision::Contradiction(Alarm::CapturedReservationEnded));
        assert_eq!(captured.is(), ("authorized", 100));
        let failed = captured.notified_as("cap-1", 1, capture_failed());
        assert_eq!(failed.is(), ("pre_authorized", 100));
        assert_eq!(failed.learn(1, captured_as("p-1", "cap-1", 100)), Decision::Nothing, "an older notification");
        assert_eq!(failed.notified(1, ENDED).is(), ("canceled", 0));
    }
}

/// The provider changes a payment by the payment's own id, which its capture has not.
#[test]
fn what_is_captured_after_its_end_is_given_back_under_the_payments_own_id() {
    let late = captured_as("p-1", "cap-1", 100);
    let reserved = Life::hold().answered(1, Outcome::Approved(transaction("p-1")));
    let releasing = reserved.clone().done(Command::Void(None), Outcome::Pending(transaction("v-1")));
    let not_captured = reserved.done(Command::Capture(None), accepted()).answered(2, refused());
    for (ended, number) in [
        (Life::card().answered(1, Outcome::Unknown).notified_as("undo-1", 1, ENDED), 1),
        (Life::hold().answered(1, Outcome::Unknown).notified_as("undo-1", 1, ENDED), 1),
        (Life::card().answered(1, refused()), 1),
        (releasing.notified(2, ENDED), 1),
        (not_captured.done(Command::Void(None), approved()), 2),
    ] {
        assert_eq!(stored(ended.learn(number, late.clone())).alarms, [Alarm::LatePayment]);
        let paid = ended.notified(number, late.clone());
        assert_eq!((paid.is(), paid.learn(1, late.clone())), (("authorized", 100), Decision::Nothing));
        let payment = paid.charge.requests.len();
        let refunding = paid.asked_by_hub(Command::RefundUnkept(payment));
        assert_eq!(refunding.charge.transaction_of(payment + 1), Some("p-1"));
        assert_eq!(refunding.learn(1, ENDED), Decision::Contradiction(Alarm::CapturedReservationEnded));
    }
    // So is the second payment of one charge.
    let twice = Life::card().retried().answered(1, refused()).answered(2, approved());
    let duplicate = twice.notified(1, late);
    let refunding = duplicate.asked_by_hub(Command::RefundUnkept(3));
    assert_eq!(refunding.charge.transaction_of(4), Some("p-1"));
}

#[test]
fn the_capture_of_a_reservation_keeps_an_id_of_its_own() {
    let reserved = Life::hold().answered(1, Outcome::Approved(transaction("p-1")));
    let asked = reserved.clone().done(Command::Capture(None), accepted());
    for (life, number) in [(asked, 2), (reserved, 1), (Life::hold().answered(1, Outcome::Unknown), 1)] {
        let captured = life.notified(number, captured_as("p-1", "cap-1", 100));
        assert_eq!(captured.is(), ("authorized", 100));
        assert_eq!((captured.charge.id_of(1), captured.charge.id_of(2)), (Some("p-1"), Some("cap-1")));
    }
}

#[test]
fn a_captured_reservation_cannot_end() {
    let contradiction = Decision::Contradiction(Alarm::CapturedReservationEnded);
    let captured = Life::reserved().done(capture(60), approved());
    assert_eq!(captured.learn(1, ENDED), contradiction);
    assert_eq!(captured.learn(2, ENDED), contradiction);
    assert_eq!(Life::paid_pix().learn(1, ENDED), contradiction);
    assert_eq!(Life::paid_card().done(void(30), approved()).learn(1, ENDED), contradiction);
    assert_eq!(Life::paid_card().notified(1, charged_back()).learn(1, ENDED), contradiction);
    let released = Life::reserved().notified_as("release-1", 1, ENDED).notified(1, paid(100));
    assert_eq!(released.learn(1, ENDED), contradiction, "captured although it had been released");
    assert_eq!(released.notify(&released.update("release-1", 1, ENDED)), Decision::Nothing, "an older notification");
    // The end of a capture under way says what it took.
    let capturing = Life::reserved().done(capture(60), accepted());
    assert_eq!(capturing.learn(1, ENDED), Decision::Wait(WaitReason::RequestUnderWay));
    assert_eq!(capturing.notified(2, capture_failed()).notified(1, ENDED).is(), ("canceled", 0));
}

#[test]
fn an_unknown_card_payment_that_its_provider_canceled_has_failed_whatever_comes_later() {
    for life in [Life::hold(), Life::card()] {
        for life in [life.clone(), life.answered(1, Outcome::Unknown)] {
            let write = stored(life.learn(1, ENDED));
            assert_eq!(write.session, SessionWrite::IfLocked(SessionStep::Release));
            let failed = Life { charge: write.charge, ..life };
            assert_eq!(failed.is(), ("failed", 100));
            assert_eq!(failed.learn(1, held(100)), Decision::Nothing, "an older notification of the approval");
            assert_eq!(failed.learn(1, ENDED), Decision::Nothing);
            assert_eq!(stored(failed.learn(1, paid(100))).alarms, [Alarm::LatePayment], "captured all the same");
        }
    }
    let second = Life::hold().retried().answered(1, refused());
    assert_eq!(second.learn(1, ENDED), Decision::Nothing, "about the attempt before");
}

#[test]
fn a_release_that_is_confirmed_later_ends_by_any_report_about_it() {
    let releasing = Life::reserved().done(Command::Void(None), Outcome::Pending(transaction("void-1")));
    assert_eq!((releasing.is(), releasing.charge.available()), (("pre_authorized", 100), amount(0)));
    assert_eq!(releasing.printed(), ["pre_authorization/success", "void/processing"]);
    assert!(releasing.charge.request(2).unwrap().is_known_as("void-1"));
    assert_eq!(releasing.charge.command(Command::Capture(None), able), Err(Refusal::ChargeBusy));
    for (number, kind) in [(2, ENDED), (1, ENDED), (2, refunded(100)), (1, refunded(100))] {
        let write = stored(releasing.learn(number, kind.clone()));
        assert_eq!(write.session, SessionWrite::IfLocked(SessionStep::Void), "{kind:?}");
        let released = Life { charge: write.charge, ..releasing.clone() };
        assert_eq!((released.is(), released.printed().len()), (("canceled", 0), 2));
        assert_eq!(released.learn(number, ENDED), Decision::Nothing);
        assert_eq!(released.answer(2, &approved()), Decision::Nothing);
    }
    let refused = releasing.clone().notified(2, refund_failed());
    assert_eq!((refused.is(), refused.charge.available()), (("pre_authorized", 100), amount(100)));
    assert_eq!(refused.events(), ["pending", "pre_authorized"]);
    // It was done after all.
    let late = refused.notified(2, ENDED);
    assert_eq!((late.is(), late.printed().len()), (("canceled", 0), 3));
    assert_eq!(late.learn(2, ENDED), Decision::Nothing);
}

#[test]
fn a_release_of_a_part_ends_by_itself_before_the_reservation_ends() {
    let releasing = Life::reserved().done(void(30), accepted());
    assert_eq!(releasing.learn(1, ENDED), Decision::Wait(WaitReason::RequestUnderWay));
    assert_eq!(releasing.clone().notified(2, refunded(30)).notified(1, ENDED).is(), ("canceled", 0));
    assert_eq!(releasing.clone().notified(2, refund_failed()).notified(1, ENDED).is(), ("canceled", 0));
    // All ended by the one that is named, by its reference or by its provider's id of it.
    let known = Life::reserved().done(void(30), Outcome::Pending(transaction("void-1")));
    assert_eq!(known.clone().notified_as("void-1", 1, ENDED).is(), ("canceled", 0));
    assert_eq!(releasing.notified(2, ENDED).is(), ("canceled", 0));
    let two = Life::reserved().done(void(30), accepted()).done(void(50), accepted());
    assert_eq!(two.learn(1, ENDED), Decision::Wait(WaitReason::RequestUnderWay));
}

#[test]
fn a_refund_of_what_was_only_reserved_is_done_where_the_reservation_ended() {
    let reversing = Life::paid_card().done(Command::Void(None), accepted());
    assert_eq!(reversing.is(), ("authorized", 100));
    for number in [1, 2] {
        let write = stored(reversing.learn(number, ENDED));
        assert_eq!((write.session, write.alarms.len()), (SessionWrite::IfLocked(SessionStep::Void), 0));
        assert_eq!(write.charge.status().name(), "voided");
    }
}

#[test]
fn a_duplicate_reservation_that_ends_is_not_released_by_the_hub() {
    let twice = Life::hold().retried().answered(1, refused()).answered(2, approved()).notified(1, held(100));
    let duplicate = twice.charge.requests.len();
    assert_eq!(twice.charge.tasks(twice.circumstances().at), [Task::Refund(duplicate)]);
    let ended = twice.clone().notified(1, ENDED);
    assert_eq!((ended.is(), ended.charge.tasks(ended.circumstances().at)), (("pre_authorized", 100), Vec::new()));
    assert_eq!(ended.learn(1, ENDED), Decision::Nothing);
    let releasing = twice.asked_by_hub(Command::RefundUnkept(duplicate));
    assert_eq!(releasing.learn(1, ENDED), Decision::Wait(WaitReason::RequestUnderWay));
    let released = releasing.notified(duplicate + 1, ENDED);
    assert_eq!((released.is(), released.charge.due().is_some()), (("pre_authorized", 100), true));
    assert_eq!(released.charge.left_of_payment(duplicate), amount(0));
}

#[test]
fn what_was_published_as_paid_is_asked_about_like_a_reservation() {
    let again = reserved_again();
    let at = again.charge.created_at.plus(HOLD_LIFE);
    assert_eq!(again.charge.due().map(|due| due.at), Some(at));
    assert_eq!(again.charge.tasks(at), [Task::ReconcileReservation]);
    let canceled = again.clone().answered(1, Outcome::Canceled);
    assert_eq!(canceled.is(), ("canceled", 0));
    let captured = again.answered(1, Outcome::Paid(amount(100), transaction("cap-2")));
    assert_eq!(captured.is(), ("authorized", 100));
    assert_eq!(captured.learn(1, reverted(20)), Decision::Wait(WaitReason::Nothing));
}

#[test]
fn a_provider_that_captures_and_releases_no_part_is_asked_for_all() {
    let reserved = Life::reserved_at(no_parts);
    let commands = |command| reserved.charge.command(command, reserved.abilities).map(|intent| intent.amount);
    assert_eq!(commands(capture(99)), Err(Refusal::PartialCaptureNotServed { reserved: amount(100) }));
    assert_eq!(commands(void(99)), Err(Refusal::PartialReleaseNotServed { reserved: amount(100) }));
    assert_eq!(commands(capture(101)), Err(Refusal::AboveResidual { residual: amount(100) }));
    assert_eq!(commands(void(101)), Err(Refusal::AboveResidual { residual: amount(100) }));
    for all in [capture(100), Command::Capture(None), void(100), Command::Void(None)] {
        assert_eq!(commands(all), Ok(amount(100)));
    }
    // A refund is no release.
    let paid = reserved.done(Command::Capture(None), approved());
    assert_eq!(paid.charge.command(void(10), no_parts).map(|intent| intent.amount), Ok(amount(10)));
}

/// What a release did not release is not captured either.
#[test]
fn a_release_that_lowers_the_capture_is_recorded_like_any_other() {
    let lowered =
        |provider, method| Abilities { partial_release: PartialRelease::LowersCapture, ..able(provider, method) };
    let life = Life::reserved_at(lowered).done(void(30), approved());
    assert_eq!(life.is(), ("pre_authorized", 70));
    assert_eq!(life.charge.command(Command::Capture(None), lowered).map(|intent| intent.amount), Ok(amount(70)));
}

#[test]
fn a_provider_whose_reads_say_sums_alone_has_one_refund_or_release_at_a_time() {
    for life in [Life::reserved_at(one_at_a_time), Life::paid_card().at(one_at_a_time)] {
        let busy = life.done(void(30), accepted());
        assert_eq!(busy.charge.command(void(10), busy.abilities), Err(Refusal::ChargeBusy));
        assert_eq!(busy.charge.command(void(10), able).map(|intent| intent.amount), Ok(amount(10)), "elsewhere");
        let number = busy.charge.requests.len();
        assert_eq!(busy.clone().notified(number, refunded(30)).done(void(10), approved()).is().1, 60);
        assert_eq!(busy.notified(number, refund_failed()).done(void(10), approved()).is().1, 90);
    }
    // A late payment that the hub refunds is no exception.
    let late = Life::card().answered(1, refused()).at(one_at_a_time).answered(1, approved());
    let refunding = late.asked_by_hub(Command::RefundUnkept(2));
    let again = refunding.charge.command(Command::RefundUnkept(2), one_at_a_time);
    assert_eq!(again, Err(Refusal::ChargeBusy));
}

#[test]
fn a_reservation_is_asked_about_when_its_own_provider_may_let_it_lapse() {
    let start = Life::hold().charge.created_at;
    let short = Life::reserved_at(one_at_a_time);
    assert_eq!(short.charge.due().map(|due| due.at), Some(start.plus(FIVE_DAYS)));
    assert_eq!(short.charge.tasks(start.plus(FIVE_DAYS)), [Task::ReconcileReservation]);
    assert_eq!(short.charge.reserved_until(), Some(start.plus(FIVE_DAYS)));
    assert_eq!(Life::reserved().charge.reserved_until(), Some(start.plus(HOLD_LIFE)));
    // One that was captured by its provider alone, and was not.
    let again = Life::paid_card().at(one_at_a_time).notified(1, capture_failed());
    assert_eq!(again.charge.reserved_until(), Some(start.plus(FIVE_DAYS)));
    assert_eq!(again.done(Command::Capture(None), approved()).charge.reserved_until(), None);
    let late = Life::hold().at(one_at_a_time).answered(1, refused()).notified(1, held(100));
    let recorded = late.charge.request(2).unwrap().created_at;
    assert_eq!(late.charge.reserved_until(), Some(recorded.plus(FIVE_DAYS)));
}
