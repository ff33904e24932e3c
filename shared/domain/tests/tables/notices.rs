//! Notices that come at the wrong time, again, or when there is little room left.

use domain::{
    charge::{
        Charge, LateMoney, Outcome, SessionEffect, Settled,
        command::Command,
        late::Late,
        notice::News,
        request::{Receipt, RequestKind, RequestStatus, TransactionRequest},
    },
    limits::{MAX_DOCUMENT, MAX_ORDERED_REQUESTS, MAX_REQUESTS},
    refusal::Refusal,
};

use crate::life::{
    ABLE, Life, accepted, amount, approved, begun, capture, changed, charged_back, id, paid, refunded, refused,
    reverted, via, void, why,
};

fn not_paid() -> News {
    News::NotPaid { why: why() }
}

/// As many requests as fit, by every way in which they come.
fn full(mut life: Life) -> Life {
    while life.charge.decide(void(1), ABLE).is_ok() {
        life = life.done(void(1), accepted());
    }
    let news = [begun(1), refunded(1), reverted(1), News::Disputed, News::DisputeClosed];
    while let Some(news) = news.iter().find(|news| matches!(life.hears(1, (*news).clone()), Settled::Changed(..))) {
        life = life.told(1, news.clone());
    }
    life
}

#[test]
fn room_is_kept_for_every_refunds_end_and_for_a_chargeback() {
    for life in [Life::paid_card(), Life::paid_pix()] {
        let mut life = full(life);
        assert!(matches!(life.charge.decide(void(1), ABLE), Err(Refusal::RequestsUsedUp)));
        assert_eq!(life.hears(1, refunded(1)), Settled::Alarm("no_room"));
        let open: Vec<_> = life.charge.under_way(RequestKind::Void).map(|(number, _)| number).collect();
        assert!(!open.is_empty());
        for number in open {
            life = life.answered(number, approved());
        }
        life = life.told(1, charged_back());
        assert_eq!(life.charge.status().name(), "charged_back");
        assert!(life.charge.requests.len() <= MAX_REQUESTS, "{}", life.charge.requests.len());
    }
}

#[test]
fn a_charge_at_its_limit_fits_its_document() {
    let life = full(Life::paid_pix()).told(1, charged_back());
    let length = serde_json::to_string(&life.charge).unwrap().len();
    assert!(length < MAX_DOCUMENT, "{length}");
}

#[test]
fn giving_up_is_not_tried_for_ever() {
    let mut life = Life::pix();
    while life.charge.decide(Command::Cancel, ABLE).is_ok() {
        life = life.done(Command::Cancel, refused());
    }
    assert_eq!(life.charge.requests.len(), MAX_ORDERED_REQUESTS);
    assert_eq!(life.told(1, paid(100)).stands(), ("authorized", 100));
}

/// The bank tells that nobody will pay because the hub has just had it given up.
#[test]
fn what_is_being_given_up_fails_by_no_notice_so_that_its_session_ends_with_it() {
    let asked = Life::pix().asked_as(Command::Cancel, true);
    assert_eq!(asked.hears(1, not_paid()), Settled::NotYet);
    assert_eq!(asked.charge.settle(1, refused(), asked.learned()), Settled::NotYet);
    let (canceled, effect) = changed(asked.charge.settle(2, approved(), asked.learned()));
    assert_eq!((canceled.status().name(), effect), ("canceled", SessionEffect::Cancel));

    let canceled = Life { charge: canceled, ..asked };
    assert_eq!(canceled.events(), ["pending", "canceled"]);
    assert_eq!(canceled.hears(1, not_paid()), Settled::Unchanged);
}

#[test]
fn what_was_paid_while_it_was_being_given_up_stays_paid_and_nobody_is_told_otherwise() {
    for outcome in [approved(), Outcome::Canceled, refused()] {
        let paid = Life::pix().asked_as(Command::Cancel, true).told(1, paid(100));
        assert_eq!(paid.stands(), ("authorized", 100));
        let (after, effect) = changed(paid.charge.settle(2, outcome, paid.learned()));
        assert_eq!(effect, SessionEffect::Keep);
        assert_eq!(after.request(2).map(TransactionRequest::status), Some(RequestStatus::Failed));
        let after = Life { charge: after, ..paid };
        assert_eq!(after.stands(), ("authorized", 100));
        assert_eq!(after.events(), ["pending", "authorized"]);
    }
}

#[test]
fn a_card_is_paid_as_much_as_was_asked_for_or_somebody_looks() {
    assert_eq!(Life::card().hears(1, paid(99)), Settled::Alarm("paid_another_amount"));
    assert_eq!(Life::card().told(1, paid(100)).stands(), ("authorized", 100));
}

#[test]
fn a_registration_that_is_approved_is_no_money() {
    let life = Life::new_pix().answered(1, refused());
    assert_eq!(life.charge.settle(1, approved(), life.learned()), Settled::Unchanged);
    assert!(matches!(life.hears(1, paid(100)), Settled::Late(_)));
}

#[test]
fn that_a_payment_was_made_says_nothing_of_its_refund_or_capture() {
    for (life, number) in [
        (Life::paid_card().done(void(30), refused()), 2),
        (Life::reserved().done(capture(60), refused()), 2),
        (Life::pix().done(Command::Cancel, refused()), 2),
    ] {
        let asked = Outcome::Paid(amount(100), Receipt::default());
        assert_eq!(life.charge.settle(number, asked, life.learned()), Settled::Unchanged);
    }
}

/// Whether it was let go of, or given back, is known once the capture has ended.
#[test]
fn a_refund_that_is_told_during_a_capture_waits_for_its_end() {
    let capturing = Life::reserved().asked(Command::Capture(None));
    for news in [refunded(100), begun(30), reverted(30)] {
        assert_eq!(capturing.hears(1, news), Settled::NotYet);
    }
    let captured = capturing.clone().answered(2, approved()).told(1, refunded(100));
    assert_eq!(captured.stands(), ("voided", 0));
    assert_eq!(captured.events(), ["pending", "pre_authorized", "authorized", "voided"]);
    let refused = capturing.answered(2, refused()).told(1, refunded(100));
    assert_eq!(refused.stands(), ("canceled", 0));
}

#[test]
fn a_contest_is_opened_and_closed_once_for_each_notice() {
    let life = Life::paid_card();
    let [opened, again] = ["case-1", "case-2"].map(|id| life.notice(id, 1, News::Disputed));
    let closed = life.notice("case-1 closed", 1, News::DisputeClosed);
    let after = |life: &Life, notice| Life { charge: changed(life.hear(notice)).0, ..life.clone() };
    assert_eq!(life.hear(&closed), Settled::NotYet);

    let contested = after(&life, &opened);
    assert!(contested.charge.is_dispute());
    let settled = after(&contested, &closed);
    assert_eq!(settled.hear(&opened), Settled::Unchanged, "an old notice, once more");
    let anew = after(&settled, &again);
    assert_eq!(anew.hear(&closed), Settled::Unchanged, "an old notice, once more");
    assert!(anew.charge.is_dispute());
    assert_eq!(anew.events(), ["pending", "authorized", "dispute", "dispute_closed", "dispute"]);
}

#[test]
fn a_release_at_the_provider_is_known_when_it_is_told_again() {
    let life = Life::reserved();
    let notice = life.notice("release-1", 1, refunded(100));
    let (released, effect) = changed(life.hear(&notice));
    assert_eq!((released.status().name(), effect), ("canceled", SessionEffect::Void));
    assert_eq!(Life { charge: released, ..life }.hear(&notice), Settled::Unchanged);
}

/// The sweeper asks about the payment's own reference, whichever request it was that took the money in the end.
#[test]
fn reserved_money_that_came_late_is_asked_about_until_it_is_let_go() {
    let declined = Life::hold().answered(1, refused());
    let late = LateMoney { amount: amount(100), receipt: Receipt::default() };
    let taken = match declined.charge.take_late(&late, None, None, true, declined.learned()) {
        Late::Taken(charge, _) => Some(Life { charge: *charge, ..declined }),
        _ => None,
    };
    let taken = taken.unwrap();
    assert_eq!(taken.stands(), ("pre_authorized", 100));
    let payment = taken.charge.payment();
    assert_eq!(taken.charge.settle(payment, approved(), taken.learned()), Settled::Unchanged);
    let (gone, effect) = changed(taken.charge.settle(payment, Outcome::Canceled, taken.learned()));
    assert_eq!((gone.status().name(), effect), ("canceled", SessionEffect::Release));
    assert_eq!(gone.due_at(), None);
}

#[test]
fn what_an_earlier_try_reserved_and_let_go_is_not_what_the_last_one_reserved() {
    let first = Life::hold().answered(1, refused());
    let charge = first.charge.try_again(via(), id(0x60), first.now);
    let second = Life { charge, ..first }.answered(2, approved());
    assert_eq!(second.charge.settle(1, Outcome::Canceled, second.learned()), Settled::Unchanged);
    assert_eq!(second.charge.settle(1, approved(), second.learned()), Settled::Alarm("late_money"));
}

#[test]
fn money_beside_its_session_leaves_the_session_alone() {
    let beside = |life: Life| Life { charge: Charge { beside_session: true, ..life.charge }, ..life };
    let given_back = beside(Life::paid_card()).asked(Command::Void(None));
    assert_eq!(changed(given_back.charge.settle(2, approved(), given_back.learned())).1, SessionEffect::Keep);
    let lapsed = beside(Life::reserved());
    assert_eq!(changed(lapsed.charge.settle(1, Outcome::Canceled, lapsed.learned())).1, SessionEffect::Keep);
}
