//! Refunds that end later, at last, after all, or at the provider itself.

use std::time::Duration;

use domain::{
    charge::{
        Learned, Outcome, SessionEffect, Settled,
        command::Command,
        request::{RequestStatus, TransactionRequest},
    },
    limits::{MAX_OWED_VOIDS, NOT_FOUND_GRACE},
    refusal::Refusal,
};

use crate::{
    deadlines::{expired_pix, owing},
    life::{
        ABLE, Life, accepted, amount, approved, begun, changed, charged_back, paid, refund_failed, refunded, refused,
        reverted, void,
    },
};

/// Seed 001, "Exemplo de estorno do Pix" and the notice that ends it.
#[test]
fn a_pix_refund_prints_processing_for_ever_and_a_second_request_ends_it() {
    let asked = Life::paid_pix().done(Command::Void(None), accepted());
    assert_eq!(asked.stands(), ("refund_pending", 100));
    assert_eq!(asked.printed(), ["pending/success", "authorization/success", "void/processing"]);

    let (ended, effect) = changed(asked.hears(3, refunded(100)));
    assert_eq!(effect, SessionEffect::Void);
    let ended = Life { charge: ended, ..asked };
    assert_eq!(ended.stands(), ("voided", 0));
    assert_eq!(ended.printed(), ["pending/success", "authorization/success", "void/processing", "void/success"]);
    assert_eq!(ended.events(), ["pending", "authorized", "refund_pending", "voided"]);

    let [.., first, second] = ended.charge.requests.as_slice() else { return assert!(ended.printed().is_empty()) };
    assert_eq!((second.names, second.amount, second.via), (Some(3), amount(100), first.via));
    assert!(first.is_final(), "nobody asks about it any more");
    assert_eq!(ended.charge.due_at(), None);
}

#[test]
fn the_first_answer_of_a_refund_keeps_telling_the_charge_as_it_was_then() {
    let life = Life::paid_pix().done(void(30), accepted()).told(3, refunded(30));
    let told =
        life.charge.requests.iter().map(|request| request.answered().map(|(answer, after)| (answer.status, after)));
    let told: Vec<_> =
        told.flatten().map(|(status, after)| (status, after.status.name(), after.amount.minor())).collect();
    let expected = [
        (RequestStatus::Success, "pending", 100),
        (RequestStatus::Success, "authorized", 100),
        (RequestStatus::Processing, "refund_pending", 100),
        (RequestStatus::Success, "authorized", 70),
    ];
    assert_eq!(told, expected);
}

/// Seed 003: a Drip's refund ends where it began.
#[test]
fn a_drip_refund_is_one_request() {
    let life = Life::drip().told(1, paid(100)).done(Command::Void(None), approved());
    assert_eq!(life.stands(), ("voided", 0));
    assert_eq!(life.printed(), ["pending/success", "authorization/success", "void/success"]);
}

#[test]
fn a_pix_refund_that_fails_later_leaves_the_charge_authorized_and_tells_so() {
    let life = Life::paid_pix().done(void(30), accepted()).told(3, refund_failed());
    assert_eq!(life.stands(), ("authorized", 100));
    assert_eq!(life.printed(), ["pending/success", "authorization/success", "void/processing", "void/failed"]);
    assert_eq!(life.events(), ["pending", "authorized", "refund_pending", "authorized"]);
    assert_eq!(life.charge.available(), amount(100));
}

#[test]
fn a_refund_that_was_refused_and_done_after_all_is_a_request_of_its_own_and_counts_once() {
    let refused_later = Life::paid_pix().done(void(30), accepted()).answered(3, refused());
    for (life, number) in [(Life::paid_card().done(void(30), refused()), 2), (refused_later, 3)] {
        let done = life.clone().answered(number, approved());
        assert_eq!(done.stands(), ("authorized", 70));
        assert_eq!(done.charge.requests.last().map(|request| request.names), Some(Some(number)));
        assert_eq!(done.charge.settle(number, approved(), done.learned()), Settled::Unchanged);
        assert_eq!(done.hears(number, refunded(30)), Settled::Unchanged);
        assert_eq!(life.told(number, refunded(30)).stands(), ("authorized", 70));
    }
}

#[test]
fn a_refund_done_after_all_beyond_what_is_left_is_for_a_person() {
    let life = Life::paid_card().done(void(60), refused()).done(void(50), approved());
    assert_eq!(life.charge.settle(2, approved(), life.learned()), Settled::Alarm("refund_beyond_residual"));
    assert_eq!(life.hears(2, refunded(60)), Settled::Alarm("refund_beyond_residual"));

    // What is promised to others may be left yet: they may fail.
    let promised = Life::paid_card().done(void(60), refused()).asked(void(50));
    assert_eq!(promised.hears(2, refunded(60)), Settled::NotYet);
    let kept = promised.answered(3, refused());
    assert_eq!(kept.told(2, refunded(60)).stands(), ("authorized", 40));
}

#[test]
fn a_chargeback_keeps_the_amount_and_lets_open_refunds_end() {
    let open = Life::paid_pix().done(void(30), accepted()).done(void(20), accepted());
    let taken = open.told(1, charged_back());
    assert_eq!(taken.stands(), ("charged_back", 100));
    assert!(matches!(taken.charge.decide(void(10), ABLE), Err(Refusal::NotVoidable { .. })));

    let done = taken.told(3, refunded(30));
    assert_eq!(done.stands(), ("charged_back", 70));
    let failed = done.told(4, refund_failed());
    assert_eq!(failed.stands(), ("charged_back", 70));
    let back = failed.told(1, reverted(30));
    assert_eq!(back.stands(), ("charged_back", 100));
    let events = ["pending", "authorized", "refund_pending", "refund_pending", "charged_back", "voided", "revert_void"];
    assert_eq!(back.events(), events);
}

#[test]
fn a_refund_that_fails_long_after_it_was_done_comes_back_once() {
    let back = Life::paid_card().done(void(30), approved()).told(2, refund_failed());
    assert_eq!(
        (back.stands(), back.printed().last().map(String::as_str)),
        (("authorized", 100), Some("revert_void/success"))
    );
    assert_eq!(back.hears(2, refund_failed()), Settled::Unchanged);
}

/// What comes back is what was given back, whatever was asked for.
#[test]
fn a_refund_of_another_amount_comes_back_with_that_amount() {
    let life = Life::paid_pix().done(void(50), accepted()).told(3, refunded(30)).done(void(40), approved());
    assert_eq!(life.stands(), ("authorized", 30));
    assert_eq!(life.told(3, refund_failed()).stands(), ("authorized", 60));
}

#[test]
fn a_reversal_that_is_told_before_its_refund_waits_for_it() {
    let asked = Life::paid_pix().done(void(30), accepted());
    assert_eq!(asked.hears(1, reverted(30)), Settled::NotYet);
    assert_eq!(asked.told(3, refunded(30)).told(1, reverted(30)).stands(), ("authorized", 100));
}

#[test]
fn a_refund_that_began_at_the_provider_ends_by_its_notice_under_any_id() {
    for life in [Life::paid_pix(), Life::paid_card()] {
        let first = life.charge.requests.len() + 1;
        let begin = life.notice("refund-1", 1, begun(100));
        let (open, _) = changed(life.hear(&begin));
        let open = Life { charge: open, ..life };
        for id in ["refund-1", "refund-1 done"] {
            let notice = open.notice(id, 1, refunded(100));
            let (ended, effect) = changed(open.hear(&notice));
            let ended = Life { charge: ended, ..open.clone() };
            assert_eq!((ended.stands(), effect), (("voided", 0), SessionEffect::Void));
            assert!(ended.charge.request(first).is_some_and(TransactionRequest::is_final));
            assert_eq!(ended.hear(&notice), Settled::Unchanged);
            assert_eq!(ended.hear(&begin), Settled::Unchanged);
        }
        let failed = open.notice("refund-1", 1, refund_failed());
        let (charge, _) = changed(open.hear(&failed));
        let after = Life { charge, ..open };
        assert_eq!(after.stands(), ("authorized", 100));
        assert_eq!(after.hear(&failed), Settled::Unchanged);
    }
}

#[test]
fn of_two_equal_refunds_at_the_provider_neither_is_lost_or_counted_twice_in_any_order() {
    let news = [("one", begun(40)), ("one", refunded(40)), ("two", begun(40)), ("two", refunded(40))];
    for life in [Life::paid_pix(), Life::paid_card()] {
        for order in orders(&news) {
            let mut after = life.clone();
            for (id, news) in order.iter().chain(&order) {
                let settled = after.hear(&after.notice(id, 1, news.clone()));
                if let Settled::Changed(charge, _) = settled {
                    after = Life { charge: *charge, now: after.learned().at };
                }
            }
            assert_eq!(after.stands(), ("authorized", 20), "{order:?}");
            assert_eq!(after.charge.due_at(), None, "{order:?}");
        }
    }
}

/// All orders of these.
fn orders<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    of.iter().fold(vec![Vec::new()], |orders, next| {
        let with_next = |order: &Vec<T>| {
            let mut all = Vec::new();
            for place in 0..=order.len() {
                let mut longer = order.clone();
                longer.insert(place, next.clone());
                all.push(longer);
            }
            all
        };
        orders.iter().flat_map(with_next).collect()
    })
}

#[test]
fn a_refund_that_failed_at_the_provider_is_not_taken_for_another_one() {
    let open = Life::paid_pix().told(1, begun(30));
    let failed = open.notice("another", 1, refund_failed());
    assert_eq!(open.hear(&failed), Settled::NotYet);
    let both = Life { charge: changed(open.hear(&open.notice("another", 1, begun(20)))).0, ..open };
    let left = Life { charge: changed(both.hear(&failed)).0, ..both };
    assert_eq!((left.stands(), left.charge.available()), (("refund_pending", 100), amount(70)));
}

#[test]
fn a_refund_that_began_at_the_provider_does_not_fail_because_our_reference_is_not_found() {
    let life = Life::paid_pix().told(1, begun(30));
    let late = Learned { at: life.now.plus(NOT_FOUND_GRACE * 100), ..life.learned() };
    assert_eq!(life.charge.settle(3, Outcome::NotFound, late), Settled::Unchanged);

    // One that the hub asked for never came there.
    let asked = Life::paid_pix().done(void(30), accepted());
    let late = Learned { at: asked.now.plus(NOT_FOUND_GRACE * 100), ..asked.learned() };
    assert!(matches!(asked.charge.settle(3, Outcome::NotFound, late), Settled::Changed(..)));
}

#[test]
fn what_is_owed_is_tried_as_often_as_promised_whatever_the_way_to_pay() {
    for mut life in [owing(&Life::card().answered(1, refused())), owing(&expired_pix())] {
        let is_pix = life.charge.requests.len() == 3;
        for _ in 0..MAX_OWED_VOIDS {
            assert!(!life.charge.has_given_up_giving_back());
            life = life.later(Duration::from_hours(7));
            assert_eq!(life.charge.tasks(life.now).len(), 1);
            life = if is_pix {
                let asked = life.done(Command::Void(None), accepted());
                let number = asked.charge.requests.len();
                asked.answered(number, refused())
            } else {
                life.done(Command::Void(None), refused())
            };
        }
        assert!(life.charge.has_given_up_giving_back());
        assert_eq!(life.charge.due_at(), None);
    }
}
