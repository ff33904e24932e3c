//! What a charge's requests add up to.

use domain::{
    alarm::Alarm,
    charge::{
        Charge, Decision,
        command::Command,
        request::{RequestKind, RequestStatus},
        update::UpdateKind,
    },
    money::Amount,
    refusal::Refusal,
};

use crate::life::{
    Life, able, accepted, amount, approved, begun, capture, charged_back, refund_failed, refunded, refused, reverted,
    stored, void,
};

/// Malga, "Exemplo estorno total". Row 4 reverts 10 of the 90 + 10 that were refunded: the notification's amount
/// counts.
#[test]
fn the_total_refund_of_the_source_document_adds_up_as_printed() {
    let authorized = Life::paid_card();
    assert_eq!(authorized.is(), ("authorized", 100));
    let in_part = authorized.done(void(10), approved());
    assert_eq!(in_part.is(), ("authorized", 90));
    let in_full = in_part.done(void(90), approved());
    assert_eq!(in_full.is(), ("voided", 0));
    let back = in_full.notified(1, reverted(10));
    assert_eq!(back.is(), ("authorized", 10));
    assert_eq!(back.charge.original_amount, amount(100));
    assert_eq!(back.printed(), ["authorization/success", "void/success", "void/success", "revert_void/success"]);
    assert_eq!(back.events(), ["pending", "authorized", "voided", "voided", "revert_void"]);
}

/// Malga, "Exemplo estorno parcial". Row 4 reverts 10 although 20 were refunded last: the notification's amount counts.
#[test]
fn the_partial_refund_of_the_source_document_adds_up_as_printed() {
    let in_part = Life::paid_card().done(void(10), approved());
    assert_eq!(in_part.is(), ("authorized", 90));
    let further = in_part.done(void(20), approved());
    assert_eq!(further.is(), ("authorized", 70));
    let back = further.notified(1, reverted(10));
    assert_eq!(back.is(), ("authorized", 80));
}

#[test]
fn more_than_was_refunded_never_comes_back() {
    let life = Life::paid_card().done(void(30), approved()).notified(1, reverted(20));
    assert_eq!(life.is(), ("authorized", 90));
    assert_eq!(life.learn(1, reverted(91)), Decision::Contradiction(Alarm::ReversalAboveRefunds));
    assert_eq!(life.notified(1, reverted(10)).is(), ("authorized", 100));
}

#[test]
fn what_is_released_before_a_capture_cannot_be_captured_and_counts_nowhere_after_it() {
    let reserved = Life::reserved().done(void(30), approved());
    assert_eq!(reserved.is(), ("pre_authorized", 70));
    assert_eq!(reserved.charge.command(capture(71), able), Err(Refusal::AboveResidual { residual: amount(70) }));

    // A capture sets the base, and what is refunded starts at nothing.
    let captured = reserved.done(capture(50), approved());
    assert_eq!(captured.is(), ("authorized", 50));
    assert_eq!(captured.charge.original_amount, amount(100));
    assert_eq!(captured.learn(1, reverted(51)), Decision::Contradiction(Alarm::ReversalAboveRefunds));
    let in_part = captured.done(void(20), approved());
    assert_eq!(in_part.is(), ("authorized", 30));
    assert_eq!(in_part.done(Command::Void(None), approved()).is(), ("voided", 0));
}

#[test]
fn a_capture_that_is_refused_leaves_all_that_is_reserved() {
    let life = Life::reserved().done(capture(60), refused());
    assert_eq!((life.is(), life.charge.available()), (("pre_authorized", 100), amount(100)));
    assert_eq!(life.done(Command::Capture(None), approved()).is(), ("authorized", 100));
}

#[test]
fn refunds_side_by_side_never_promise_more_than_is_left() {
    for paid in [Life::paid_card(), Life::paid_pix(), Life::reserved()] {
        let two = paid.asked(void(40)).asked(void(50));
        assert_eq!(two.charge.available(), amount(10));
        assert_eq!(
            two.charge.command(void(11), able),
            Err(Refusal::ResidualPromised { available: amount(10) }),
            "a conflict, since 100 are not refunded yet"
        );
        let three = two.asked(void(10));
        assert_eq!(three.charge.available(), Amount::ZERO);
        let numbers: Vec<_> = three.charge.under_way(RequestKind::Void).map(|(number, _)| number).collect();
        let (_, status, left) = numbers.into_iter().fold((three, "", 100), |(life, _, _), number| {
            let life = life.answered(number, approved());
            let (status, left) = life.is();
            (life, status, left)
        });
        assert_eq!(left, 0, "{status}");
    }
}

#[test]
fn a_payment_that_was_never_made_keeps_its_amount_and_released_money_does_not() {
    assert_eq!(Life::card().answered(1, refused()).is(), ("failed", 100));
    assert_eq!(Life::pix().done(Command::Cancel, approved()).is(), ("canceled", 100));
    assert_eq!(Life::reserved().done(Command::Void(None), approved()).is(), ("canceled", 0));
}

/// After any five steps in any order the amount is what the list adds up to.
#[test]
fn the_amount_is_never_below_zero_or_above_what_was_paid() {
    let mut lives = vec![Life::paid_card(), Life::paid_pix(), Life::reserved().done(capture(60), approved())];
    for _ in 0..5 {
        lives = lives.iter().flat_map(after_one_more).collect();
        for life in &lives {
            holds(&life.charge);
        }
    }
    assert!(lives.len() > 10_000, "{} lives were tried", lives.len());
}

fn after_one_more(life: &Life) -> Vec<Life> {
    let mut after = Vec::new();
    for (command, outcome) in [(void(40), approved()), (Command::Void(None), accepted()), (void(30), refused())] {
        if life.charge.command(command, able).is_ok() {
            after.push(life.clone().done(command, outcome));
        }
    }
    let last = life.charge.requests.len();
    let kinds: [(usize, UpdateKind); 6] = [
        (1, refunded(40)),
        (1, begun(50)),
        (last, refunded(30)),
        (last, refund_failed()),
        (1, reverted(40)),
        (1, charged_back()),
    ];
    for (number, kind) in kinds {
        if let Decision::Store(_) = life.learn(number, kind.clone()) {
            after.push(life.clone().notified(number, kind));
        }
    }
    after
}

fn holds(charge: &Charge) {
    let sum = |kind| {
        let done = charge.requests.iter().filter(|request| request.status() == RequestStatus::Success);
        done.filter(|request| request.kind == kind).map(|request| request.amount().minor()).sum::<u64>()
    };
    let base = sum(RequestKind::Authorization) + sum(RequestKind::Capture);
    let (refunded, reverted) = (sum(RequestKind::Void), sum(RequestKind::RevertVoid));
    assert!(reverted <= refunded && refunded <= base + reverted, "{:?}", charge.requests);
    assert_eq!(charge.amount().minor(), base + reverted - refunded);
    assert!(charge.amount().minor() <= base && charge.available() <= charge.amount() && charge.is_consistent());
}

#[test]
fn a_change_is_one_more_version_and_leaves_the_one_before_as_it_was() {
    let before = Life::paid_card();
    let asked = before.clone().asked(void(30));
    assert_eq!(asked.charge.version, before.charge.version + 1);
    let after = stored(asked.answer(2, &approved())).charge;
    assert_eq!((after.version, asked.charge.amount()), (asked.charge.version + 1, amount(100)));
}
