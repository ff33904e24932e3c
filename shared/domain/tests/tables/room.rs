//! What fits into one charge, and notifications that come too early or too late.

use domain::{
    alarm::Alarm,
    charge::{
        Decision, Outcome, SessionStep, SessionWrite, Superseding,
        command::Command,
        request::{Origin, Receipt, RequestKind, RequestStatus, TransactionRequest},
        settle::WaitReason,
        update::UpdateKind,
    },
    limits::{MAX_CANCELS, MAX_DOCUMENT, MAX_ORDERED_REQUESTS, MAX_REPORTED_REQUESTS, MAX_REQUESTS},
    refusal::Refusal,
};

use crate::life::{
    Life, able, accepted, amount, approved, begun, capture, charged_back, credited, debited, dispute_closed, disputed,
    not_paid, paid, refunded, refused, reverted, stored, void,
};

/// As many requests as fit, of every kind but the ends of disputes.
fn full(mut life: Life) -> Life {
    while life.charge.command(void(1), able).is_ok() {
        life = life.done(void(1), accepted());
    }
    loop {
        let kinds = [begun(2), refunded(3), reverted(2), disputed(None)];
        let grows = |kind: &&UpdateKind| match life.learn(1, (*kind).clone()) {
            Decision::Store(write) => write.charge.requests.len() > life.charge.requests.len(),
            _ => false,
        };
        let Some(kind) = kinds.iter().find(grows) else { return life };
        life = life.notified(1, kind.clone());
    }
}

#[test]
fn room_is_kept_for_every_refunds_end_and_for_chargebacks() {
    for life in [Life::paid_card(), Life::paid_pix()] {
        let mut life = full(life);
        assert_eq!(life.charge.command(void(1), able), Err(Refusal::RequestsUsedUp));
        assert_eq!(life.charge.requests.len(), MAX_REPORTED_REQUESTS);
        assert_eq!(life.learn(1, begun(2)), Decision::Contradiction(Alarm::NoRoom));
        assert_eq!(life.learn(1, refunded(3)), Decision::Contradiction(Alarm::NoRoom));
        let open: Vec<_> = life.charge.under_way(RequestKind::Void).map(|(number, _)| number).collect();
        assert!(!open.is_empty());
        for number in open {
            life = life.answered(number, approved());
        }
        while life.charge.is_dispute() {
            life = life.notified(1, dispute_closed(None));
        }
        let before = life.charge.requests.len();
        assert!(before <= MAX_REQUESTS - 10, "room for ten chargebacks: {before}");
        while life.charge.requests.len() < MAX_REQUESTS {
            life = life.notified(1, debited(1, None));
        }
        assert_eq!(life.charge.status().name(), "charged_back");
        assert_eq!(life.learn(1, debited(1, None)), Decision::Contradiction(Alarm::NoRoom));
        let length = serde_json::to_string(&life.charge).unwrap().len();
        assert!(length < MAX_DOCUMENT, "{length}");
    }
}

#[test]
fn a_pix_refund_takes_two_of_the_merchants_requests() {
    let count = |life: Life| {
        let mut life = life;
        while life.charge.command(void(1), able).is_ok() {
            life = life.done(void(1), accepted());
        }
        life.charge.requests.iter().filter(|request| request.kind == RequestKind::Void).count()
    };
    assert_eq!(count(Life::paid_card()), MAX_ORDERED_REQUESTS - 1);
    assert_eq!(count(Life::paid_pix()), (MAX_ORDERED_REQUESTS - 1) / 2);
}

#[test]
fn the_hub_cancels_at_most_five_times_and_takes_none_of_the_merchants_requests() {
    let mut life = Life::pix();
    for _ in 0..MAX_CANCELS {
        assert_eq!(life.charge.superseding(able), Superseding::CancelFirst);
        life = life.done_by_hub(Command::Cancel, refused());
    }
    let until = life.charge.ends_at();
    assert_eq!(Some(life.charge.superseding(able)), until.map(|until| Superseding::Never { until }));
    assert_eq!(life.charge.command(Command::Cancel, able), Err(Refusal::SessionLocked { until }));
    let mut paid = life.notified(1, paid(100));
    assert_eq!(paid.is(), ("authorized", 100));
    let mut voids = 0;
    while paid.charge.command(void(1), able).is_ok() {
        paid = paid.done(void(1), refused());
        voids += 1;
    }
    assert_eq!(voids, (MAX_ORDERED_REQUESTS - 1) / 2);
}

/// The bank reports that the Pix will not be paid because the hub has just canceled it.
#[test]
fn what_is_being_canceled_fails_by_no_notification_so_that_its_session_ends_with_it() {
    let asked = Life::pix().asked_by(Command::Cancel, Origin::Merchant, true);
    assert_eq!(asked.learn(1, not_paid()), Decision::Wait(WaitReason::RequestUnderWay));
    assert_eq!(asked.answer(1, &refused()), Decision::Wait(WaitReason::RequestUnderWay));
    let write = stored(asked.answer(2, &approved()));
    assert_eq!(
        (write.charge.status().name(), &write.session),
        ("canceled", &SessionWrite::IfLocked(SessionStep::Cancel))
    );
    let canceled = Life { charge: write.charge, ..asked };
    assert_eq!(canceled.events(), ["pending", "canceled"]);
    assert_eq!(canceled.learn(1, not_paid()), Decision::Nothing);
}

#[test]
fn what_was_paid_while_it_was_being_canceled_stays_paid() {
    for outcome in [approved(), Outcome::Canceled, refused()] {
        let paid = Life::pix().asked_by(Command::Cancel, Origin::Merchant, true).notified(1, paid(100));
        assert_eq!(paid.is(), ("authorized", 100));
        let write = stored(paid.answer(2, &outcome));
        assert_eq!(write.session, SessionWrite::None);
        let after = Life { charge: write.charge, ..paid };
        assert_eq!(after.charge.request(2).map(TransactionRequest::status), Some(RequestStatus::Failed));
        assert_eq!(after.is(), ("authorized", 100));
        assert_eq!(after.events(), ["pending", "authorized"]);
    }
}

#[test]
fn a_registration_that_is_approved_is_no_payment() {
    let life = Life::new_pix().answered(1, refused());
    assert_eq!(life.answer(1, &approved()), Decision::Nothing);
    assert_eq!(life.learn(1, paid(100)), Decision::ReadSession);
}

#[test]
fn that_a_payment_was_made_says_nothing_of_its_refund_or_capture() {
    for (life, number) in [
        (Life::paid_card().done(void(30), refused()), 2),
        (Life::reserved().done(capture(60), refused()), 2),
        (Life::pix().done(Command::Cancel, refused()), 2),
    ] {
        let asked = Outcome::Paid(amount(100), Receipt::default());
        assert_eq!(life.answer(number, &asked), Decision::Nothing);
    }
}

#[test]
fn a_notification_of_what_is_not_known_waits_as_long_as_something_is_open() {
    for unpaid in [Life::pix(), Life::boleto(), Life::card()] {
        for kind in [refunded(10), begun(10), reverted(10), charged_back(), credited(10, None), disputed(None)] {
            assert_eq!(unpaid.learn(1, kind), Decision::Wait(WaitReason::Payment));
        }
    }
    let ended = Life::card().answered(1, refused());
    assert_eq!(ended.learn(1, charged_back()), Decision::Wait(WaitReason::Nothing));
    assert_eq!(ended.learn(99, paid(100)), Decision::Wait(WaitReason::Nothing));
}
