//! Refunds that end later, are done after all, or begin at the provider itself.

use domain::{
    alarm::Alarm,
    charge::{
        Circumstances, Decision, Outcome, Report, SessionStep, SessionView, SessionWrite,
        command::Command,
        due::Task,
        request::{RequestStatus, TransactionRequest},
        settle::WaitReason,
        update::UpdateKind,
    },
    limits::NOT_FOUND_GRACE,
    refusal::Refusal,
};

use crate::life::{
    Life, able, accepted, amount, approved, begun, charged_back, one_at_a_time, paid, paid_as, refund_failed, refunded,
    refused, reverted, stored, transaction, void,
};

/// Malga, "Exemplo de estorno do Pix" and the notification that ends it.
#[test]
fn a_pix_refund_is_one_request_and_prints_processing_for_ever_beside_its_end() {
    let asked = Life::paid_pix().done(Command::Void(None), accepted());
    assert_eq!(asked.is(), ("refund_pending", 100));
    assert_eq!(asked.printed(), ["pending/success", "authorization/success", "void/processing"]);

    let write = stored(asked.learn(3, refunded(100)));
    assert_eq!(write.session, SessionWrite::IfLocked(SessionStep::Void));
    let ended = Life { charge: write.charge, ..asked };
    assert_eq!(ended.is(), ("voided", 0));
    assert_eq!(ended.printed(), ["pending/success", "authorization/success", "void/processing", "void/success"]);
    assert_eq!(ended.events(), ["pending", "authorized", "refund_pending", "voided"]);
    assert_eq!((ended.charge.requests.len(), ended.charge.due()), (3, None));

    let entries = ended.charge.entries();
    let ids: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.id.to_string()).collect();
    assert_eq!(ids.len(), entries.len(), "each entry has an id of its own");
}

#[test]
fn the_first_answer_of_a_refund_keeps_showing_the_charge_as_it_was_then() {
    let life = Life::paid_pix().done(void(30), accepted()).notified(3, refunded(30));
    let first = life.charge.as_of(life.charge.answered_at(3).unwrap());
    assert_eq!((first.status().name(), first.amount().minor()), ("refund_pending", 100));
    let first = Life { charge: first, ..life.clone() };
    assert_eq!(first.printed(), ["pending/success", "authorization/success", "void/processing"]);
    assert_eq!(life.is(), ("authorized", 70));
}

/// A Drip's refund is confirmed at once.
#[test]
fn a_drip_refund_is_one_request() {
    let life = Life::drip().notified(1, paid(100)).done(Command::Void(None), approved());
    assert_eq!(life.is(), ("voided", 0));
    assert_eq!(life.printed(), ["pending/success", "authorization/success", "void/success"]);
}

#[test]
fn a_pix_refund_that_fails_later_leaves_the_charge_authorized_with_an_event() {
    let life = Life::paid_pix().done(void(30), accepted()).notified(3, refund_failed());
    assert_eq!(life.is(), ("authorized", 100));
    assert_eq!(life.printed(), ["pending/success", "authorization/success", "void/processing", "void/failed"]);
    assert_eq!(life.events(), ["pending", "authorized", "refund_pending", "authorized"]);
    assert_eq!(life.charge.available(), amount(100));
}

#[test]
fn a_refund_that_was_refused_and_made_after_all_prints_a_second_entry_and_counts_once() {
    let refused_later = Life::paid_pix().done(void(30), accepted()).answered(3, refused());
    let ends = [vec!["void/failed", "void/success"], vec!["void/processing", "void/failed", "void/success"]];
    for ((life, number), end) in
        [(Life::paid_card().done(void(30), refused()), 2), (refused_later, 3)].into_iter().zip(ends)
    {
        let done = life.clone().answered(number, approved());
        assert_eq!(done.is(), ("authorized", 70));
        assert_eq!(done.printed()[number - 1..], end);
        assert_eq!(done.charge.requests.len(), number);
        assert_eq!(done.answer(number, &approved()), Decision::Nothing);
        let again = done.clone().notified(number, refunded(30));
        assert_eq!((again.is(), again.events()), (done.is(), done.events()), "it has one more id");
        assert_eq!(life.notified(number, refunded(30)).is(), ("authorized", 70));
    }
}

#[test]
fn a_refund_made_after_all_above_what_is_left_is_for_an_operator() {
    let life = Life::paid_card().done(void(60), refused()).done(void(50), approved());
    assert_eq!(life.answer(2, &approved()), Decision::Contradiction(Alarm::RefundAboveResidual));
    assert_eq!(life.learn(2, refunded(60)), Decision::Contradiction(Alarm::RefundAboveResidual));

    // Other refunds under way may fail and leave the amount.
    let promised = Life::paid_card().done(void(60), refused()).asked(void(50));
    assert!(matches!(promised.learn(2, refunded(60)), Decision::Wait(reason) if reason.can_end()));
    let kept = promised.answered(3, refused());
    assert_eq!(kept.notified(2, refunded(60)).is(), ("authorized", 40));
}

#[test]
fn a_chargeback_keeps_the_amount_and_lets_open_refunds_end() {
    let open = Life::paid_pix().done(void(30), accepted()).done(void(20), accepted());
    let taken = open.notified(1, charged_back());
    assert_eq!(taken.is(), ("charged_back", 100));
    assert_eq!(taken.charge.command(void(10), able), Err(Refusal::ResidualPromised { available: amount(0) }));

    let done = taken.notified(3, refunded(30));
    assert_eq!(done.is(), ("charged_back", 70));
    let failed = done.notified(4, refund_failed());
    assert_eq!(failed.is(), ("charged_back", 70));
    let back = failed.notified(1, reverted(30));
    assert_eq!(back.is(), ("charged_back", 100));
    let events = ["pending", "authorized", "refund_pending", "refund_pending", "charged_back", "voided", "revert_void"];
    assert_eq!(back.events(), events);
}

#[test]
fn a_refund_that_fails_long_after_it_was_made_comes_back_once() {
    let back = Life::paid_card().done(void(30), approved()).notified(2, refund_failed());
    assert_eq!(
        (back.is(), back.printed().last().map(String::as_str)),
        (("authorized", 100), Some("revert_void/success"))
    );
    let again = back.clone().notified(2, refund_failed());
    assert_eq!((again.is(), again.events()), (back.is(), back.events()), "the reversal has one more id");
}

#[test]
fn two_updates_about_one_reversal_count_once_in_either_order() {
    let refunded = || Life::paid_card().done(void(30), approved());
    let [named, about_the_payment] = [(2, refund_failed()), (1, reverted(30))];
    for updates in [[named.clone(), about_the_payment.clone()], [about_the_payment, named]] {
        let once = updates.iter().cloned().fold(refunded(), |life, (number, kind)| life.notified(number, kind));
        assert_eq!(once.is(), ("authorized", 100));
        assert_eq!(once.printed(), ["authorization/success", "void/success", "revert_void/success"]);
        assert_eq!(once.events(), ["pending", "authorized", "voided", "revert_void"]);
        assert_eq!(once.charge.command(Command::Void(None), able).map(|ask| ask.amount), Ok(amount(100)));
    }
    // Two refunds of the same amount that come back are two reversals.
    let both = refunded().done(void(30), approved()).notified(2, refund_failed()).notified(3, refund_failed());
    assert_eq!(both.is(), ("authorized", 100));
}

#[test]
fn a_reversal_that_is_reported_again_under_its_id_changes_nothing() {
    let back = Life::paid_card().done(void(30), approved()).notified_as("r-1", 1, reverted(10));
    assert_eq!(back.is(), ("authorized", 80));
    assert_eq!(back.notify(&back.update("r-1", 1, reverted(10))), Decision::Nothing);
    assert_eq!(back.notified_as("r-2", 1, reverted(10)).is(), ("authorized", 90));
}

/// What comes back is what was refunded, whatever was asked for.
#[test]
fn a_refund_of_another_amount_comes_back_with_that_amount() {
    let life = Life::paid_pix().done(void(50), accepted()).notified(3, refunded(30)).done(void(40), approved());
    assert_eq!(life.is(), ("authorized", 30));
    assert_eq!(life.notified(3, refund_failed()).is(), ("authorized", 60));
}

#[test]
fn a_reversal_that_is_reported_before_its_refund_waits_for_it() {
    let asked = Life::paid_pix().done(void(30), accepted());
    assert!(matches!(asked.learn(1, reverted(30)), Decision::Wait(reason) if reason.can_end()));
    assert_eq!(asked.notified(3, refunded(30)).notified(1, reverted(30)).is(), ("authorized", 100));
}

#[test]
fn a_notification_that_names_the_payment_ends_the_refund_that_the_hub_asked_for() {
    for life in [Life::paid_pix(), Life::paid_card()] {
        let open = life.clone().done(void(30), Outcome::Pending(transaction("r-1")));
        let number = open.charge.requests.len();
        // By the provider's id, whatever the amount; by the amount, whatever the id.
        for (id, minor, left) in [("r-1", 30, 70), ("r-1", 20, 80), ("another", 30, 70)] {
            let ended = open.clone().notified_as(id, 1, refunded(minor));
            assert_eq!((ended.is(), ended.charge.requests.len()), (("authorized", left), number), "{id}, {minor}");
            assert_eq!(ended.answer(number, &approved()), Decision::Nothing);
        }
        // Done already, and without an id: the same refund. With an id: another one.
        let done = life.clone().done(void(30), approved()).notified_as("r-1", 1, refunded(30));
        assert_eq!((done.is(), done.charge.requests.len()), (("authorized", 70), number));
        assert_eq!(done.notify(&done.update("r-1", 1, refunded(30))), Decision::Nothing);
        let other = done.notified_as("r-2", 1, refunded(30));
        assert_eq!((other.is(), other.charge.requests.len()), (("authorized", 40), number + 1));
    }
}

#[test]
fn a_refund_that_the_hub_asked_for_and_its_provider_reports_as_begun_is_one_refund() {
    for accepted in [accepted(), Outcome::Pending(transaction("r-1")), Outcome::Unknown] {
        let open = Life::paid_pix().done(void(30), accepted);
        let begun_too = open.notified_as("evt-1", 1, begun(30));
        assert_eq!((begun_too.charge.requests.len(), begun_too.charge.available()), (3, amount(70)));
        assert_eq!(begun_too.clone().notified_as("evt-1", 1, refunded(30)).is(), ("authorized", 70));
        // Another one began at the provider itself.
        let both = begun_too.notified_as("evt-2", 1, begun(30));
        assert_eq!((both.charge.requests.len(), both.charge.available()), (4, amount(40)));
        let ended = both.notified_as("evt-2", 1, refunded(30)).notified_as("evt-1", 1, refunded(30));
        assert_eq!(ended.is(), ("authorized", 40));
    }
}

#[test]
fn of_two_open_refunds_of_one_amount_the_one_without_an_id_is_the_one_with_another_id() {
    let open = Life::paid_pix().done(void(30), Outcome::Pending(transaction("r-1"))).done(void(30), accepted());
    let ended = open.notified_as("r-2", 1, refunded(30));
    let status = |number| ended.charge.request(number).map(TransactionRequest::status);
    assert_eq!((status(3), status(4)), (Some(RequestStatus::Processing), Some(RequestStatus::Success)));
}

#[test]
fn a_refund_that_began_at_the_provider_ends_by_its_notification_under_any_id() {
    for life in [Life::paid_pix(), Life::paid_card()] {
        let first = life.charge.requests.len() + 1;
        let begin = life.update("refund-1", 1, begun(100));
        let open = life.clone().became(life.notify(&begin));
        for id in ["refund-1", "refund-1 done"] {
            let update = open.update(id, 1, refunded(100));
            let write = stored(open.notify(&update));
            assert_eq!(write.session, SessionWrite::IfLocked(SessionStep::Void));
            let ended = Life { charge: write.charge, ..open.clone() };
            assert_eq!(ended.is(), ("voided", 0));
            assert!(ended.charge.request(first).is_some_and(TransactionRequest::is_final));
            assert_eq!(ended.notify(&update), Decision::Nothing);
            assert_eq!(ended.notify(&begin), Decision::Nothing);
        }
        let failed = open.update("refund-1", 1, refund_failed());
        let after = open.clone().became(open.notify(&failed));
        assert_eq!(after.is(), ("authorized", 100));
        assert_eq!(after.notify(&failed), Decision::Nothing);
    }
}

#[test]
fn of_two_equal_refunds_at_the_provider_neither_is_lost_or_counted_twice_in_any_order() {
    let updates = [("one", begun(40)), ("one", refunded(40)), ("two", begun(40)), ("two", refunded(40))];
    for life in [Life::paid_pix(), Life::paid_card()] {
        for order in orders(&updates) {
            let mut after = life.clone();
            for (id, kind) in order.iter().chain(&order) {
                let decision = after.notify(&after.update(id, 1, kind.clone()));
                if let Decision::Store(_) = decision {
                    after = after.became(decision);
                }
            }
            assert_eq!(after.is(), ("authorized", 20), "{order:?}");
            assert_eq!(after.charge.due(), None, "{order:?}");
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
    let open = Life::paid_pix().notified(1, begun(30));
    let failed = open.update("another", 1, refund_failed());
    assert!(matches!(open.notify(&failed), Decision::Wait(reason) if reason.can_end()));
    let both = open.notified_as("another", 1, begun(20));
    let left = both.clone().became(both.notify(&failed));
    assert_eq!((left.is(), left.charge.available()), (("refund_pending", 100), amount(70)));
}

#[test]
fn a_refund_that_began_at_the_provider_does_not_fail_because_our_reference_is_not_found() {
    let not_found_late = |life: &Life| {
        let circumstances = Circumstances { at: life.now.plus(NOT_FOUND_GRACE * 100), ..life.circumstances() };
        let report = Report::Answer { number: 3, outcome: &Outcome::NotFound };
        life.charge.decide(&report, SessionView::Unread, able, circumstances)
    };
    assert_eq!(not_found_late(&Life::paid_pix().notified(1, begun(30))), Decision::Nothing);
    // A refund that the hub asked for never reached the provider.
    assert!(matches!(not_found_late(&Life::paid_pix().done(void(30), accepted())), Decision::Store(_)));
}

fn refunded_as(transaction: &str, minor: u64) -> UpdateKind {
    UpdateKind::Refunded { amount: amount(minor), transaction: Some(transaction.to_owned()) }
}

/// The answer to the hub's refund has an id, and the notification names the payment.
#[test]
fn a_refund_that_is_done_and_notified_by_its_payment_counts_once() {
    for (life, left) in [(Life::paid_card(), 50), (Life::drip().notified(1, paid(100)), 50), (Life::reserved(), 60)] {
        let part = 100 - left;
        let done = life.done(void(part), Outcome::Approved(transaction("r-1")));
        for kind in [refunded(part), refunded_as("r-1", part)] {
            let notified = done.clone().notified(1, kind);
            assert_eq!((notified.is().1, notified.printed().len()), (left, done.printed().len()));
            // The next one is of a refund that the hub did not ask for.
            let another = notified.notified_as("another", 1, refunded(part.min(left)));
            assert_eq!(another.is().1, left - part.min(left));
        }
        // The update names a refund that the hub did not ask for.
        assert_eq!(done.notified(1, refunded_as("r-2", part.min(left))).is().1, left - part.min(left));
    }
}

#[test]
fn that_a_refund_of_a_duplicate_payment_is_done_leaves_the_first_one_alone() {
    let twice = Life::drip().notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 100));
    let done = twice.asked_by_hub(Command::RefundUnkept(3)).answered(4, Outcome::Approved(transaction("r-1")));
    for kind in [refunded(100), refunded_as("r-1", 100)] {
        assert_eq!(done.clone().notified(1, kind).is(), ("authorized", 100));
    }
}

#[test]
fn a_notification_of_a_refund_that_was_done_with_another_amount_is_a_contradiction() {
    let done = Life::paid_card().done(void(50), approved());
    assert_eq!(done.learn(2, refunded(80)), Decision::Contradiction(Alarm::RefundedAnotherAmount));
}

#[test]
fn each_of_two_equal_refunds_that_come_back_counts() {
    let both = Life::paid_card().done(void(50), approved()).done(void(50), approved());
    let one = both.notified(2, refund_failed());
    assert_eq!(one.is(), ("authorized", 50));
    assert_eq!(one.notified(3, reverted(50)).is(), ("authorized", 100));
}

#[test]
fn a_refund_of_a_duplicate_payment_that_comes_back_by_its_own_name_is_due_again() {
    let twice = Life::drip().notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 100));
    let refunded = twice.asked_by_hub(Command::RefundUnkept(3)).answered(4, approved());
    let both = refunded.done(Command::Void(None), approved());
    let back = both.notified(4, reverted(100));
    assert_eq!(back.is(), ("voided", 0));
    assert!(back.charge.tasks(back.now.plus(std::time::Duration::from_hours(24))).contains(&Task::Refund(3)));
}

fn outside(minor: u64) -> UpdateKind {
    UpdateKind::RefundedOutside { amount: amount(minor) }
}

/// A refund that an operator found is one that the hub does not know, whatever its amount.
#[test]
fn a_refund_outside_the_hub_is_one_more() {
    let done = Life::paid_card().done(void(50), approved());
    assert_eq!(done.clone().notified_as("operator-1", 1, outside(50)).is(), ("voided", 0));
    assert_eq!(done.clone().notified(1, outside(50)).is(), ("voided", 0));
    assert_eq!(done.learn(1, outside(51)), Decision::Contradiction(Alarm::RefundAboveResidual));
    let again = done.update("operator-1", 2, outside(50));
    assert_eq!(done.notify(&again), Decision::Nothing, "the refund is done");
    // By the number of a refund it is that refund.
    assert_eq!(Life::paid_card().done(void(50), Outcome::Unknown).notified(2, outside(50)).is(), ("authorized", 50));
    // Of a duplicate payment, by its own number.
    let twice = Life::boleto().notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 100));
    assert_eq!(twice.clone().notified(3, outside(100)).is(), ("authorized", 100));
    assert_eq!(twice.notified(1, outside(100)).is(), ("voided", 0));
    assert_eq!(Life::reserved().notified(1, outside(100)).is(), ("canceled", 0));
}

/// What a provider's sum says before a refund is what was refunded and has not come back.
#[test]
fn what_came_back_of_a_refund_is_not_refunded_beside_another() {
    let life = Life::paid_pix().done(void(30), accepted()).notified(3, refunded(30));
    assert_eq!([1, 3].map(|number| life.charge.refunded_beside(number).minor()), [30, 0]);
    let life = life.notified(1, reverted(30)).done(void(40), accepted());
    let number = life.charge.requests.len();
    assert_eq!(life.charge.refunded_beside(number).minor(), 0);
    let life = life.notified(number, refunded(40));
    assert_eq!(life.charge.refunded_beside(1).minor(), 40);
}

/// The hub never knew the provider's id of a refund that an operator recorded.
#[test]
fn a_refund_that_an_operator_recorded_comes_back_under_any_id_once() {
    let comes_back = |minor| UpdateKind::RefundReverted { amount: amount(minor), refund: Some("r-9".to_owned()) };
    let life = Life::paid_card();
    let recorded = life.notified_as("operator-1", 1, outside(40));
    assert_eq!(recorded.is(), ("authorized", 60));
    assert_eq!(recorded.learn(1, comes_back(39)), Decision::Wait(WaitReason::Nothing), "another amount");
    let first = recorded.update("b-1", 1, comes_back(40));
    let back = recorded.clone().became(recorded.notify(&first));
    assert_eq!((back.is(), back.printed().last().unwrap().as_str()), (("authorized", 100), "revert_void/success"));
    assert_eq!(back.notify(&first), Decision::Nothing);
    let again = back.clone().notified(1, comes_back(40));
    assert_eq!((again.is(), again.printed()), (back.is(), back.printed()), "the same under another id");
}

/// Whatever its provider reports of it, and however often.
#[test]
fn a_refund_that_an_operator_recorded_is_the_one_that_is_reported_and_counts_once() {
    let ways = [
        vec![refunded(40)],
        vec![refunded_as("r-1", 40)],
        vec![outside(40)],
        vec![begun(40), refunded(40)],
        vec![begun(40), refunded_as("r-1", 40)],
    ];
    for (life, kinds) in
        [Life::paid_card(), Life::paid_pix()].iter().flat_map(|life| ways.iter().map(move |way| (life, way)))
    {
        let recorded = life.clone().notified_as("operator-1", 1, outside(40));
        let mut after = recorded.clone();
        for kind in kinds.iter().chain(kinds) {
            let decision = after.notify(&after.update("r-1", 1, kind.clone()));
            if let Decision::Store(_) = decision {
                after = after.became(decision);
            }
        }
        assert_eq!((after.is(), after.printed()), (recorded.is(), recorded.printed()), "{kinds:?}");
        // Another one of this amount, reported or recorded, is one more.
        for id in ["r-2", "operator-2"] {
            assert_eq!(after.clone().notified_as(id, 1, outside(40)).is(), ("authorized", 20), "{kinds:?}");
        }
        // That the provider's id names it: it comes back as itself.
        let back = UpdateKind::RefundReverted { amount: amount(40), refund: Some("r-1".to_owned()) };
        assert_eq!(after.notified(1, back).is(), ("authorized", 100));
    }
}

#[test]
fn an_operators_second_record_of_an_equal_refund_is_a_refund_of_its_own() {
    let both = Life::paid_card().notified_as("operator-1", 1, outside(40)).notified_as("operator-2", 1, outside(40));
    assert_eq!(both.is(), ("authorized", 20));
    let reported = both.notified_as("r-1", 1, refunded(40)).notified_as("r-2", 1, refunded(40));
    assert_eq!(reported.is(), ("authorized", 20));
    assert_eq!(reported.learn(1, refunded(40)), Decision::Contradiction(Alarm::RefundAboveResidual));
}

#[test]
fn a_refund_of_all_that_an_operator_recorded_is_reported_without_an_alarm() {
    let recorded = Life::paid_card().notified_as("operator-1", 1, outside(100));
    for kind in [refunded(100), outside(100)] {
        assert_eq!(recorded.clone().notified(1, kind).is(), ("voided", 0));
    }
    let released = Life::reserved().notified_as("operator-1", 1, outside(100));
    assert_eq!(released.notified(1, refunded(100)).is(), ("canceled", 0));
}

/// The provider's sum is compared with what was recorded: what it says beside that is another refund.
#[test]
fn what_a_provider_says_beside_a_sum_is_no_refund_that_an_operator_recorded() {
    let recorded = Life::paid_card().at(one_at_a_time).notified_as("operator-1", 1, outside(40));
    assert_eq!(recorded.notified(1, refunded_as("r-1", 40)).is(), ("authorized", 20));
}

/// What an operator recorded of a refund that the hub asked for is no notification of it.
#[test]
fn a_refund_of_the_hub_that_an_operator_recorded_and_is_reported_by_its_payment_counts_once() {
    let open = Life::paid_card().done(void(40), Outcome::Unknown);
    let recorded = open.notified_as("operator-1", 2, outside(40));
    for kind in [refunded(40), refunded_as("r-1", 40)] {
        assert_eq!(recorded.clone().notified(1, kind).is(), ("authorized", 60));
    }
}

#[test]
fn a_refund_that_the_provider_names_is_not_an_equal_one_of_the_hub_under_another_id() {
    for life in [Life::paid_card(), Life::paid_pix()] {
        let number = life.charge.requests.len() + 1;
        let open = life.done(void(30), Outcome::Pending(transaction("r-1")));
        for there in [refunded_as("r-2", 30), outside(30)] {
            let both = open.clone().notified_as("r-2", 1, there);
            assert_eq!((both.charge.amount(), both.charge.available()), (amount(70), amount(40)));
            assert_eq!(both.clone().notified_as("r-1", number, refunded_as("r-1", 30)).is(), ("authorized", 40));
            assert_eq!(both.notified_as("r-1", number, refund_failed()).is(), ("authorized", 70));
        }
    }
}

/// The answer to the hub's refund was lost, and with it its id.
#[test]
fn a_refund_outside_the_hub_ends_none_of_the_hub_whose_id_is_not_known() {
    for life in [Life::paid_card(), Life::paid_pix()] {
        let number = life.charge.requests.len() + 1;
        let open = life.done(void(30), Outcome::Unknown).notified_as("r-2", 1, outside(30));
        assert_eq!((open.charge.amount(), open.charge.available()), (amount(70), amount(40)));
        let both = open.clone().notified_as("r-1", number, outside(30));
        assert_eq!(both.is(), ("authorized", 40));
        for (id, number) in [("r-1", number), ("r-1", 1), ("r-2", 1)] {
            assert_eq!(both.notify(&both.update(id, number, outside(30))), Decision::Nothing, "{id} {number}");
        }
        assert_eq!(open.notified_as("r-1", number, refund_failed()).is(), ("authorized", 70));
    }
    // Of all that is left, only one of the two can be done.
    let open = Life::paid_card().done(void(100), Outcome::Unknown);
    let waits = Decision::Wait(WaitReason::RequestUnderWay);
    assert_eq!(open.notify(&open.update("r-2", 1, outside(100))), waits);
    let done = open.notified_as("r-1", 2, outside(100));
    assert_eq!(done.learn(1, outside(100)), Decision::Contradiction(Alarm::RefundAboveResidual));
}
