//! Disputes and chargebacks: one state for each dispute id.

use domain::{
    alarm::Alarm,
    charge::{Decision, SessionWrite, command::Command, request::RequestKind, settle::WaitReason, update::UpdateKind},
    refusal::Refusal,
};

use crate::life::{
    Life, able, accepted, amount, approved, charged_back, credited, debited, dispute_closed, disputed, refunded,
    stored, void,
};

#[test]
fn each_dispute_that_is_debited_is_an_entry_and_what_is_left_can_be_refunded() {
    let one = Life::paid_card().notified(1, debited(40, Some("d-1")));
    assert_eq!((one.is(), one.charge.available()), (("charged_back", 100), amount(60)));
    assert_eq!(one.learn(1, debited(40, Some("d-1"))), Decision::Nothing, "the same dispute");
    let two = one.notified(1, debited(30, Some("d-2")));
    assert_eq!((two.is(), two.charge.available()), (("charged_back", 100), amount(30)));
    let printed = ["authorization/success 100", "charge_back/success 40", "charge_back/success 30"];
    assert_eq!(two.printed_amounts(), printed);
    assert_eq!(two.events(), ["pending", "authorized", "charged_back", "charged_back"]);

    assert_eq!(two.charge.command(void(31), able), Err(Refusal::ResidualPromised { available: amount(30) }));
    assert_eq!(two.charge.command(void(101), able), Err(Refusal::AboveResidual { residual: amount(100) }));
    assert_eq!(two.charge.command(Command::Void(None), able).map(|ask| ask.amount), Ok(amount(30)));
    let rest = two.done(Command::Void(None), approved());
    assert_eq!((rest.is(), rest.charge.available()), (("charged_back", 70), amount(0)));
}

#[test]
fn a_notification_without_a_dispute_is_a_dispute_of_its_own() {
    let one = Life::paid_card().notified_as("case-1", 1, debited(40, None));
    assert_eq!(one.notify(&one.update("case-1", 1, debited(40, None))), Decision::Nothing);
    let two = one.notified_as("case-2", 1, debited(40, None));
    assert_eq!((two.charge.requests.len(), two.charge.available()), (3, amount(20)));
    // The update does not say which of the two was credited.
    assert_eq!(two.learn(1, credited(40, None)), Decision::Wait(WaitReason::Nothing));
    let credited_one = two.notified(1, credited(40, Some("case-1")));
    assert_eq!(credited_one.notified(1, credited(40, None)).is(), ("authorized", 100), "the only one that is debited");
}

#[test]
fn the_status_follows_from_the_rest_once_all_disputes_are_credited() {
    let two = Life::paid_card().notified(1, debited(40, Some("d-1"))).notified(1, debited(30, Some("d-2")));
    let write = stored(two.learn(1, credited(40, Some("d-1"))));
    assert_eq!(write.session, SessionWrite::None);
    let one = Life { charge: write.charge, ..two.clone() };
    assert_eq!((one.is(), one.charge.available()), (("charged_back", 100), amount(70)));
    assert_eq!(one.printed().last().map(String::as_str), Some("dispute_closed/success"));
    assert_eq!(one.learn(1, credited(40, Some("d-1"))), Decision::Nothing);
    let none = one.notified(1, credited(30, Some("d-2")));
    assert_eq!((none.is(), none.charge.available()), (("authorized", 100), amount(100)));
    assert_eq!(none.events()[2..], ["charged_back", "charged_back", "dispute_closed", "dispute_closed"]);

    // All that was not disputed was refunded.
    let refunded = two.done(Command::Void(None), approved());
    let credited = refunded.notified(1, credited(40, Some("d-1"))).notified(1, credited(30, Some("d-2")));
    assert_eq!(credited.is(), ("authorized", 70));
    assert_eq!(credited.done(Command::Void(None), approved()).is(), ("voided", 0));
}

#[test]
fn a_dispute_that_was_credited_may_be_debited_again() {
    let again = Life::paid_card()
        .notified(1, debited(40, Some("d-1")))
        .notified(1, credited(40, Some("d-1")))
        .notified(1, debited(40, Some("d-1")));
    assert_eq!((again.is(), again.charge.available()), (("charged_back", 100), amount(60)));
}

#[test]
fn a_credit_that_is_reported_before_its_debit_waits() {
    let life = Life::paid_card();
    assert_eq!(life.learn(1, credited(40, Some("d-1"))), Decision::Wait(WaitReason::Nothing));
    let late = life.notified(1, debited(40, Some("d-1"))).notified(1, credited(40, Some("d-1")));
    assert_eq!(late.is(), ("authorized", 100));
    assert_eq!(Life::card().learn(1, credited(40, None)), Decision::Wait(WaitReason::Payment));
    assert_eq!(Life::card().learn(1, charged_back()), Decision::Wait(WaitReason::Payment));
}

#[test]
fn disputes_above_what_was_paid_are_recorded_and_alarm() {
    let all = Life::paid_card().notified(1, debited(100, Some("d-1")));
    let write = stored(all.learn(1, debited(1, Some("d-2"))));
    assert_eq!(write.alarms, [Alarm::ChargebackAbovePayment]);
    assert_eq!((write.charge.amount(), write.charge.available()), (amount(100), amount(0)));
    assert!(write.charge.is_consistent());
    // A credit of a part alarms no more.
    let above = Life { charge: write.charge, ..all };
    assert_eq!(stored(above.learn(1, credited(1, Some("d-2")))).alarms, Vec::<Alarm>::new());
}

#[test]
fn a_dispute_after_a_full_refund_leaves_the_session_as_it_is() {
    let voided = Life::paid_card().done(Command::Void(None), approved());
    let write = stored(voided.learn(1, charged_back()));
    assert_eq!((write.session, write.charge.status().name()), (SessionWrite::None, "charged_back"));
    let back = Life { charge: write.charge, ..voided };
    let credited = stored(back.learn(1, credited(100, None)));
    assert_eq!((credited.session, credited.charge.status().name()), (SessionWrite::None, "voided"));
}

#[test]
fn a_refund_under_way_ends_beside_a_dispute() {
    let open = Life::paid_pix().done(void(30), accepted()).notified(1, debited(50, Some("d-1")));
    assert_eq!((open.is(), open.charge.available()), (("charged_back", 100), amount(20)));
    assert_eq!(open.notified(3, refunded(30)).is(), ("charged_back", 70));
}

#[test]
fn a_dispute_is_opened_and_closed_once_for_each_id() {
    let life = Life::paid_card();
    let [opened, again] = ["case-1", "case-2"].map(|id| life.update(id, 1, disputed(None)));
    let closed = life.update("case-1 closed", 1, dispute_closed(None));
    let after = |life: &Life, update| life.clone().became(life.notify(update));
    assert_eq!(life.notify(&closed), Decision::Wait(WaitReason::Nothing));

    let open = after(&life, &opened);
    assert!(open.charge.is_dispute());
    let settled = after(&open, &closed);
    assert_eq!(settled.notify(&opened), Decision::Nothing, "an old notification, once more");
    let anew = after(&settled, &again);
    assert_eq!(anew.notify(&closed), Decision::Nothing, "an old notification, once more");
    assert!(anew.charge.is_dispute());
    assert_eq!(anew.events(), ["pending", "authorized", "dispute", "dispute_closed", "dispute"]);
}

#[test]
fn of_several_open_disputes_the_named_one_is_closed_else_the_last() {
    let both = Life::paid_card().notified(1, disputed(Some("d-1"))).notified(1, disputed(Some("d-2")));
    let first = both.clone().notified(1, dispute_closed(Some("d-1")));
    assert!(first.charge.is_dispute());
    assert_eq!(first.learn(1, dispute_closed(Some("d-1"))), Decision::Nothing);
    assert!(!first.notified(1, dispute_closed(None)).charge.is_dispute());
    assert_eq!(both.learn(1, dispute_closed(Some("d-3"))), Decision::Wait(WaitReason::Nothing));
    // A debit and its credit close it too.
    let debited = both.notified(1, dispute_closed(None)).notified(1, debited(40, Some("d-1")));
    assert!(!debited.notified(1, credited(40, Some("d-1"))).charge.is_dispute());
}

#[test]
fn a_debit_of_a_dispute_that_is_credited_in_part_or_of_another_amount_is_one_more_and_alarms() {
    let debited_once = Life::paid_card().notified(1, debited(100, Some("d-1")));
    assert_eq!(debited_once.learn(1, debited(100, Some("d-1"))), Decision::Nothing, "the same debit");
    let above = stored(debited_once.learn(1, debited(60, Some("d-1"))));
    assert_eq!(above.alarms, [Alarm::ChargebackAbovePayment, Alarm::DebitedAgain]);
    assert_eq!(above.charge.available(), amount(0));
    let credited_in_part = debited_once.notified(1, credited(40, Some("d-1")));
    assert_eq!(credited_in_part.charge.available(), amount(40));
    let again = stored(credited_in_part.learn(1, debited(40, Some("d-1"))));
    assert_eq!((again.charge.available(), again.alarms), (amount(0), vec![Alarm::DebitedAgain]));
    let part = Life::paid_card().notified(1, debited(40, Some("d-1")));
    let more = stored(part.learn(1, debited(60, Some("d-1"))));
    assert_eq!((more.charge.available(), more.alarms), (amount(0), vec![Alarm::DebitedAgain]));
}

/// What is refunded and debited is lost twice.
#[test]
fn a_refund_and_a_debit_above_the_payment_alarm_in_either_order() {
    let refunding = Life::paid_pix().done(Command::Void(None), accepted());
    let (number, above) = (refunding.charge.requests.len(), [Alarm::ChargebackAbovePayment]);
    let debited_first = refunding.clone().notified(1, debited(100, Some("d-1")));
    assert_eq!(stored(debited_first.learn(number, refunded(100))).alarms, above);
    let refunded_first = refunding.notified(number, refunded(100));
    assert_eq!(stored(refunded_first.learn(1, debited(100, Some("d-1")))).alarms, above);
}

#[test]
fn a_dispute_that_is_opened_after_its_debit_is_open() {
    let debited_first = Life::paid_card().notified(1, debited(100, Some("d-1")));
    let open = debited_first.notified(1, disputed(Some("d-1")));
    assert!(open.charge.is_dispute());
    assert_eq!(open.learn(1, disputed(Some("d-1"))), Decision::Nothing);
    assert!(!open.notified(1, dispute_closed(Some("d-1"))).charge.is_dispute());
}

#[test]
fn a_dispute_that_was_credited_again_is_not_opened_by_an_older_notification() {
    let credited = Life::paid_card().notified(1, debited(40, Some("d-1"))).notified(1, credited(40, Some("d-1")));
    assert_eq!(credited.learn(1, disputed(Some("d-1"))), Decision::Nothing);
}

/// Its steps as a card network names them: chargeback, reversed, second chargeback, pre-arbitration lost.
#[test]
fn a_dispute_debits_at_most_once_net_whatever_its_steps_are_called() {
    let debit = || debited(40, Some("d-1"));
    let first = Life::paid_card().notified_as("chargeback", 1, debit());
    assert_eq!((first.is(), first.charge.available()), (("charged_back", 100), amount(60)));
    let credited = first.notified_as("reversed", 1, credited(40, Some("d-1")));
    assert_eq!((credited.is(), credited.charge.available()), (("authorized", 100), amount(100)));
    let second = credited.notified_as("second chargeback", 1, debit());
    assert_eq!((second.is(), second.charge.available()), (("charged_back", 100), amount(60)));
    let lost = second.update("pre-arbitration lost", 1, debit());
    assert_eq!(second.notify(&lost), Decision::Nothing, "the same debit");
    for id in ["chargeback", "reversed", "second chargeback"] {
        let kind = if id == "reversed" { self::credited(40, Some("d-1")) } else { debit() };
        assert_eq!(second.notify(&second.update(id, 1, kind)), Decision::Nothing, "{id}, once more");
    }
}

/// The steps of a dispute that have an order, in whichever order they are reported: each with its repeats.
#[test]
fn a_dispute_whose_steps_have_an_order_ends_alike_in_whichever_order_they_come() {
    let dispute = || Some("d-1".to_owned());
    let step = |place: u8| match place {
        1 | 3 => UpdateKind::ChargedBack { amount: amount(40), dispute: dispute(), place: Some(place) },
        _ => UpdateKind::ChargebackReversed { amount: amount(40), dispute: dispute(), place: Some(place) },
    };
    for last in 1..=4 {
        for order in orders(&(1..=last).collect::<Vec<_>>()) {
            let mut life = Life::paid_card();
            let mut waiting: Vec<u8> = order.clone();
            while !waiting.is_empty() {
                // What waits is applied again after each change.
                let next = waiting
                    .iter()
                    .position(|place| !matches!(life.learn(1, step(*place)), Decision::Wait(WaitReason::Nothing)));
                let place = waiting.remove(next.unwrap_or_else(|| panic!("{order:?}: {waiting:?} wait for ever")));
                let update = life.update(&format!("step {place}"), 1, step(place));
                let decision = life.notify(&update);
                if decision != Decision::Nothing {
                    life = life.became(decision);
                }
                assert_eq!(life.notify(&update), Decision::Nothing, "{order:?}: {place} once more");
                assert!(life.charge.available() >= amount(60), "{order:?}: debited twice");
            }
            let is_debited = last % 2 == 1;
            let end = if is_debited { (("charged_back", 100), amount(60)) } else { (("authorized", 100), amount(100)) };
            assert_eq!((life.is(), life.charge.available()), end, "{order:?}");
            assert!(order.iter().all(|place| life.learn(1, step(*place)) == Decision::Nothing), "{order:?}");
        }
    }
}

/// Every order of these.
fn orders(of: &[u8]) -> Vec<Vec<u8>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let first = |first: &u8| {
        let rest: Vec<u8> = of.iter().copied().filter(|other| other != first).collect();
        orders(&rest).into_iter().map(|rest| [vec![*first], rest].concat()).collect::<Vec<_>>()
    };
    of.iter().flat_map(first).collect()
}

/// A second debit of another amount comes after the credit of the first one.
#[test]
fn a_second_debit_of_another_amount_waits_for_the_credit_of_the_first() {
    let debited = |minor, place| UpdateKind::ChargedBack {
        amount: amount(minor),
        dispute: Some("d-1".to_owned()),
        place: Some(place),
    };
    let first = Life::paid_card().notified(1, debited(100, 1));
    assert_eq!(first.learn(1, debited(60, 3)), Decision::Wait(WaitReason::Nothing));
    let credit =
        UpdateKind::ChargebackReversed { amount: amount(100), dispute: Some("d-1".to_owned()), place: Some(2) };
    let second = first.notified(1, credit).notified(1, debited(60, 3));
    assert_eq!((second.is(), second.charge.available()), (("charged_back", 100), amount(40)));
}

#[test]
fn the_end_of_a_dispute_keeps_who_won_it() {
    for won in [Some(true), Some(false), None] {
        let closed = UpdateKind::DisputeClosed { dispute: Some("d-1".to_owned()), won };
        let life = Life::paid_card().notified(1, disputed(Some("d-1"))).notified(1, closed);
        assert_eq!(life.charge.requests.last().map(|request| request.won), Some(won));
        assert_eq!((life.is(), life.charge.available()), (("authorized", 100), amount(100)), "no money moves by it");
    }
    // Notifications that were stored before that was known.
    let stored: UpdateKind = serde_json::from_str(r#"{"is":"dispute_closed"}"#).unwrap();
    assert_eq!(stored, dispute_closed(None));
}

/// Banks take a Pix back by refunds with ids of their own, whole or in parts, as often as they like.
#[test]
fn what_banks_took_back_of_a_pix_and_what_was_refunded_have_one_limit() {
    let life = Life::paid_pix()
        .notified(1, debited(20, Some("med-1")))
        .done(void(30), accepted())
        .notified(1, debited(10, Some("med-2")));
    assert_eq!((life.is(), life.charge.available()), (("charged_back", 100), amount(40)));
    assert_eq!(life.learn(1, debited(20, Some("med-1"))), Decision::Nothing, "the same refund by the bank");
    assert_eq!(life.charge.command(void(41), able), Err(Refusal::ResidualPromised { available: amount(40) }));
    let refund = life.charge.requests.iter().position(|request| request.kind == RequestKind::Void).unwrap() + 1;
    let refunded = life.notified(refund, refunded(30)).done(void(40), approved());
    assert_eq!((refunded.is(), refunded.charge.available()), (("charged_back", 30), amount(0)));
    assert_eq!(refunded.charge.command(void(1), able), Err(Refusal::ResidualPromised { available: amount(0) }));
    let above = stored(refunded.learn(1, debited(1, Some("med-3"))));
    assert_eq!(above.alarms, [Alarm::ChargebackAbovePayment]);
}
