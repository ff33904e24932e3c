//! Sums that contradict each other, and other amounts than were asked for.

use domain::{
    alarm::Alarm,
    charge::{Charge, Decision, Write, command::Command},
    refusal::Refusal,
};

use crate::life::{
    Life, able, amount, approved, capture, charged_back, paid, paid_as, refunded, refused, reverted, stored, void,
};

/// The list has a capture and a release of more than that, and the provider reports both as done.
fn contradictory() -> (Life, Write) {
    let mut life = Life::reserved().notified(1, paid(50));
    life.charge.requests.extend(Life::reserved().asked(void(60)).charge.requests.pop());
    let write = stored(life.answer(3, &approved()));
    (Life { charge: write.charge.clone(), ..life }, write)
}

#[test]
fn a_contradiction_alarms_once_and_the_last_consistent_sums_are_shown() {
    let (life, write) = contradictory();
    assert_eq!(write.alarms, [Alarm::Ledger]);
    assert_eq!((life.is(), life.charge.is_consistent()), (("authorized", 50), false));
    assert_eq!(life.printed(), ["pre_authorization/success", "void/success", "capture/success"]);
    let later = stored(life.learn(1, charged_back()));
    assert!(!later.alarms.contains(&Alarm::Ledger), "it is known");
}

#[test]
fn nothing_is_asked_of_a_charge_whose_sums_contradict_each_other() {
    let (life, _) = contradictory();
    for command in [Command::Void(None), void(1), capture(1), Command::Cancel, Command::RefundUnkept(1)] {
        assert_eq!(life.charge.command(command, able), Err(Refusal::ChargeInconsistent), "{command:?}");
    }
}

/// A defect of the hub, or of an operator: what is in the list twice counts once.
#[test]
fn a_payment_that_is_in_the_list_twice_counts_once() {
    let paid = Life::paid_card();
    let twice = [paid.charge.requests.clone(), paid.charge.requests.clone()].concat();
    let charge = Charge { requests: twice, ..paid.charge };
    assert_eq!((charge.amount(), charge.status().name(), charge.is_consistent()), (amount(100), "authorized", false));
}

#[test]
fn a_paid_amount_that_differs_is_recorded_and_less_than_asked_alarms() {
    for (life, minor, alarms) in [
        (Life::pix(), 90, vec![Alarm::Underpaid]),
        (Life::boleto(), 110, vec![]),
        (Life::drip(), 100, vec![]),
        (Life::card(), 90, vec![Alarm::Underpaid]),
        (Life::card(), 110, vec![Alarm::Underpaid]),
        (Life::card(), 100, vec![]),
        (Life::hold(), 90, vec![Alarm::CapturedAnotherAmount]),
        (Life::reserved(), 60, vec![Alarm::CapturedAnotherAmount]),
        (Life::reserved(), 100, vec![]),
        (Life::reserved().asked(capture(60)), 50, vec![Alarm::CapturedAnotherAmount]),
        (Life::reserved().asked(capture(60)), 60, vec![]),
    ] {
        let write = stored(life.learn(1, paid(minor)));
        assert_eq!((write.charge.amount(), write.alarms), (amount(minor), alarms));
    }
    let late = Life::hold().answered(1, refused());
    assert_eq!(
        stored(late.learn(1, paid(90))).alarms,
        [Alarm::LatePayment, Alarm::Underpaid],
        "reserved, of another amount"
    );
}

#[test]
fn what_cannot_be_is_not_written() {
    let life = Life::paid_card();
    for (kind, name) in [(refunded(101), Alarm::RefundAboveResidual), (reverted(101), Alarm::ReversalAboveRefunds)] {
        assert_eq!(life.learn(1, kind), Decision::Contradiction(name));
    }
    assert_eq!(life.learn(1, paid_as("t-2", 100)), Decision::Nothing);
}
