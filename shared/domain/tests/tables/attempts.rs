//! A payment with attempts at several providers: what an earlier attempt does during, and after, a later one.

use domain::{
    alarm::Alarm,
    charge::{
        Decision, Outcome, SessionStep, SessionWrite, Superseding,
        command::Command,
        due::Task,
        request::{RequestStatus, TransactionRequest},
        settle::WaitReason,
    },
};

use crate::life::{
    Life, accepted, approved, debited, other_via, paid, paid_as, payable, refund_failed, refunded, refused, reverted,
    stored, transaction, via,
};

/// The first attempt was declined, and the second one runs.
fn second_attempt(life: Life) -> Life {
    life.retried().answered(1, refused())
}

fn waits(decision: &Decision) {
    assert_eq!(*decision, Decision::Wait(WaitReason::OtherAttempt));
}

#[test]
fn an_approval_of_an_earlier_attempt_waits_while_a_later_one_is_open() {
    for life in [Life::card(), Life::hold()] {
        let open = second_attempt(life);
        for open in [open.clone(), open.answered(2, Outcome::Unknown)] {
            waits(&open.answer(1, &approved()));
            waits(&open.learn(1, paid(100)));
        }
    }
    for life in [Life::new_pix(), Life::new_boleto()] {
        let running = second_attempt(life);
        waits(&running.learn(1, paid(100)));
        waits(&running.answered(2, Outcome::Pending(payable())).learn(1, paid(100)));
    }
}

#[test]
fn an_approval_of_an_earlier_card_attempt_after_another_was_paid_is_refunded_at_its_own_account() {
    let paid = second_attempt(Life::card()).answered(2, approved());
    let write = stored(paid.answer(1, &Outcome::Approved(transaction("t-1"))));
    assert_eq!(write.session, SessionWrite::None);
    assert_eq!(write.alarms, [Alarm::DuplicatePayment]);
    let both = Life { charge: write.charge, ..paid };
    assert_eq!(both.is(), ("authorized", 100));
    assert_eq!(both.events(), ["pending", "authorized", "authorized"]);
    assert_eq!(
        both.charge.request(3).map(|second| (second.about, second.is_duplicate, second.via)),
        Some((Some(1), true, via()))
    );
    assert_eq!(both.charge.tasks(both.circumstances().at), [Task::Refund(3)]);

    let refunding = both.asked_by_hub(Command::RefundUnkept(3));
    assert_eq!(refunding.charge.payment_of(4), 1, "its account and reference are those of the first attempt");
    assert_eq!(refunding.charge.transaction_of(4), Some("t-1"));
    assert_eq!(refunding.charge.payment(), 2, "the merchant's refunds go to the second one");
    let refunded = stored(refunding.answer(4, &approved()));
    assert_eq!(refunded.session, SessionWrite::None, "the session stays paid");
    let refunded = Life { charge: refunded.charge, ..refunding };
    assert_eq!(refunded.is(), ("authorized", 100), "the amount is that of the payment that is kept");
    assert_eq!(
        refunded.printed(),
        ["authorization/failed", "authorization/success", "authorization/success", "void/success",]
    );
    assert_eq!(refunded.charge.due(), None);

    // The merchant refunds the payment that is kept.
    let voided = refunded.done(Command::Void(None), approved());
    assert_eq!(voided.is(), ("voided", 0));
}

#[test]
fn an_approval_of_an_earlier_reservation_after_another_was_made_is_released() {
    let reserved = second_attempt(Life::hold()).answered(2, approved());
    let both = reserved.answered(1, approved());
    assert_eq!(both.is(), ("pre_authorized", 100));
    let released = both.done_by_hub(Command::RefundUnkept(3), approved());
    assert_eq!(released.is(), ("pre_authorized", 100));
    let captured = released.done(Command::Capture(None), approved());
    assert_eq!(captured.is(), ("authorized", 100));
    assert_eq!(captured.charge.payment_of(5), 2);
}

#[test]
fn one_attempt_of_a_card_is_one_payment_whatever_ids_it_has() {
    let paid = second_attempt(Life::card()).answered(2, Outcome::Approved(transaction("t-2")));
    for id in ["t-2", "another"] {
        assert_eq!(paid.learn(2, paid_as(id, 100)), Decision::Nothing);
    }
    for first in [approved(), Outcome::Approved(transaction("t-1"))] {
        let both = paid.clone().answered(1, first.clone());
        for id in ["t-1", "another"] {
            assert_eq!(both.learn(1, paid_as(id, 100)), Decision::Nothing, "{first:?}, {id}");
        }
        assert_eq!(both.answer(1, &approved()), Decision::Nothing);
    }
}

#[test]
fn a_card_that_is_approved_after_all_its_attempts_failed_is_refunded_at_the_account_of_that_attempt() {
    let failed = second_attempt(Life::card()).answered(2, refused());
    for (number, at, life) in [(1, via(), failed.clone()), (2, other_via(), failed)] {
        let write = stored(life.answer(number, &Outcome::Approved(transaction("t-9"))));
        assert_eq!((&write.session, write.alarms.as_slice()), (&SessionWrite::None, [Alarm::LatePayment].as_slice()));
        let late = Life { charge: write.charge, ..life };
        assert_eq!(late.is(), ("authorized", 100));
        assert_eq!(late.events(), ["pending", "failed", "authorized"]);
        let refunding = late.asked_by_hub(Command::RefundUnkept(3));
        assert_eq!((refunding.charge.payment_of(4), refunding.charge.transaction_of(4)), (number, Some("t-9")));
        assert_eq!(refunding.charge.request(4).map(|refund| refund.via), Some(at));
        let refunded = stored(refunding.answer(4, &approved()));
        assert_eq!(refunded.session, SessionWrite::None, "the session was not paid and does not end");
        assert_eq!(refunded.charge.status().name(), "voided");
    }
}

#[test]
fn a_reservation_that_is_approved_late_pays_no_session_even_where_it_was_captured() {
    let late = second_attempt(Life::hold()).answered(2, refused()).answered(2, approved());
    assert_eq!(late.is(), ("pre_authorized", 100));
    assert_eq!(late.answer(2, &approved()), Decision::Nothing);
    let captured = stored(late.learn(2, paid(100)));
    assert_eq!((captured.session, captured.charge.status().name()), (SessionWrite::None, "authorized"));
    let captured = Life { charge: captured.charge, ..late.clone() };
    let refunding = captured.asked_by_hub(Command::RefundUnkept(3));
    let refunded = stored(refunding.answer(5, &approved()));
    assert_eq!((refunded.session, refunded.charge.status().name()), (SessionWrite::None, "voided"));

    // Released, and approved by another answer: known already.
    let released = late.done_by_hub(Command::RefundUnkept(3), approved());
    assert_eq!(released.is(), ("canceled", 0));
    assert_eq!(released.answer(2, &approved()), Decision::Nothing);
}

#[test]
fn an_earlier_pix_attempt_that_is_paid_after_all_failed_is_a_late_payment_at_its_account() {
    let failed = second_attempt(Life::new_pix()).answered(2, refused());
    assert_eq!(failed.learn(1, paid(100)), Decision::ReadSession);
    let write = stored(failed.clone().alone().learn(1, paid(100)));
    let late = Life { charge: write.charge, ..failed };
    assert_eq!((late.is(), late.charge.payment(), write.session), (("authorized", 100), 1, SessionWrite::None));
}

#[test]
fn an_earlier_pix_attempt_that_is_paid_after_another_was_paid_is_refunded_at_its_own_account() {
    let paid =
        second_attempt(Life::new_pix()).answered(2, Outcome::Pending(payable())).notified(2, paid_as("e-2", 100));
    assert_eq!(paid.charge.payment(), 2);
    let both = stored(paid.learn(1, paid_as("e-1", 100)));
    assert_eq!(both.alarms, [Alarm::DuplicatePayment]);
    let both = Life { charge: both.charge, ..paid };
    assert_eq!(both.learn(1, paid_as("e-1", 100)), Decision::Nothing);
    let refunding = both.asked_by_hub(Command::RefundUnkept(4));
    assert_eq!((refunding.charge.payment_of(5), refunding.charge.transaction_of(5)), (1, Some("e-1")));
    let refunded = refunding.answered(5, accepted()).answered(5, approved());
    assert_eq!(refunded.is(), ("authorized", 100));
    // That refund comes back, by either update: the duplicate payment is refunded again, and the charge's own sums stay.
    for back in [refunded.clone().notified(5, refund_failed()), refunded.clone().notified(1, reverted(100))] {
        assert_eq!(back.is(), ("authorized", 100));
        assert_eq!(back.charge.tasks(back.now), [Task::Refund(4)]);
        assert_eq!(back.events()[3..], ["voided", "revert_void"]);
        assert_eq!(back.printed().last().map(String::as_str), Some("revert_void/success"));
    }
}

#[test]
fn a_waiting_approval_is_applied_when_the_other_attempt_ends() {
    let open = second_attempt(Life::card());
    let first_only = open.clone().answered(2, refused()).answered(1, approved());
    assert_eq!(first_only.is(), ("authorized", 100));
    assert_eq!(first_only.charge.request(3).map(|late| late.hub_refund.is_some()), Some(true));
    let both = open.answered(2, approved()).answered(1, approved());
    assert_eq!(both.charge.request(3).map(TransactionRequest::status), Some(RequestStatus::Success));
    assert_eq!(both.charge.request(3).map(|second| second.is_duplicate), Some(true));
}

#[test]
fn the_last_attempt_is_the_payment_that_its_session_waits_for() {
    let second = second_attempt(Life::new_pix()).answered(2, Outcome::Pending(payable()));
    assert_eq!(second.charge.superseding(second.abilities), Superseding::CancelFirst);
    let canceled = stored(second.clone().asked_by_hub(Command::Cancel).answer(3, &approved()));
    assert_eq!(canceled.session, SessionWrite::IfLocked(SessionStep::Release));
    assert_eq!(second.charge.via().map(|via| via.id), Some(other_via().id));
}

#[test]
fn changes_of_a_duplicate_payment_leave_the_reservation_and_its_session_alone() {
    let reserved = second_attempt(Life::hold()).answered(2, approved());
    let both = reserved.notified(1, paid(100));
    assert_eq!(both.is(), ("pre_authorized", 100));
    // The provider reports a refund of it, in full or in part.
    for minor in [100, 40] {
        let write = stored(both.learn(1, refunded(minor)));
        assert_eq!(write.session, SessionWrite::None);
        let after = Life { charge: write.charge, ..both.clone() };
        assert_eq!(after.is(), ("pre_authorized", 100));
        // The merchant's release ends the session, as ever.
        let released = after.charge.command(Command::Void(None), crate::life::able).unwrap();
        assert_eq!(released.amount, crate::life::amount(100));
        let releasing = after.asked(Command::Void(None));
        let number = releasing.charge.requests.len();
        let ended = stored(releasing.answer(number, &approved()));
        assert_eq!(ended.session, SessionWrite::IfLocked(SessionStep::Void));
    }
}

#[test]
fn a_dispute_of_a_duplicate_payment_is_no_debit_of_the_payment_that_is_kept() {
    let both = second_attempt(Life::card()).answered(2, approved()).notified(1, paid(100));
    assert_eq!(both.learn(1, debited(100, Some("d-1"))), Decision::Contradiction(Alarm::DisputeOfADuplicatePayment));
    assert_eq!(stored(both.learn(2, debited(100, Some("d-1")))).charge.available(), crate::life::amount(0));
}
