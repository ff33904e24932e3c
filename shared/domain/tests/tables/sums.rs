//! What a charge's requests add up to.

use domain::{
    charge::{
        Charge, Settled,
        command::Command,
        notice::News,
        request::{RequestKind, RequestStatus},
    },
    money::Amount,
    refusal::Refusal,
};

use crate::life::{
    ABLE, Life, accepted, amount, approved, begun, capture, changed, charged_back, refund_failed, refunded, refused,
    reverted, void,
};

/// Seed 002, "Exemplo estorno total". Row 4 reverts 10 of the 90 + 10 that were given back: the notice's amount counts.
#[test]
fn the_total_refund_of_the_source_document_adds_up_as_printed() {
    let authorized = Life::paid_card();
    assert_eq!(authorized.stands(), ("authorized", 100));
    let in_part = authorized.done(void(10), approved());
    assert_eq!(in_part.stands(), ("authorized", 90));
    let in_full = in_part.done(void(90), approved());
    assert_eq!(in_full.stands(), ("voided", 0));
    let back = in_full.told(1, reverted(10));
    assert_eq!(back.stands(), ("authorized", 10));
    assert_eq!(back.charge.original_amount, amount(100));
    assert_eq!(back.printed(), ["authorization/success", "void/success", "void/success", "revert_void/success"]);
    assert_eq!(back.events(), ["pending", "authorized", "voided", "voided", "revert_void"]);
}

/// Seed 002, "Exemplo estorno parcial". Row 4 reverts 10 although 20 were given back last: the notice's amount counts.
#[test]
fn the_partial_refund_of_the_source_document_adds_up_as_printed() {
    let in_part = Life::paid_card().done(void(10), approved());
    assert_eq!(in_part.stands(), ("authorized", 90));
    let further = in_part.done(void(20), approved());
    assert_eq!(further.stands(), ("authorized", 70));
    let back = further.told(1, reverted(10));
    assert_eq!(back.stands(), ("authorized", 80));
}

#[test]
fn more_than_was_given_back_never_comes_back() {
    let life = Life::paid_card().done(void(30), approved()).told(1, reverted(20));
    assert_eq!(life.stands(), ("authorized", 90));
    assert_eq!(life.hears(1, reverted(91)), Settled::Alarm("revert_beyond_refunds"));
    assert_eq!(life.told(1, reverted(10)).stands(), ("authorized", 100));
}

#[test]
fn what_is_let_go_before_a_capture_cannot_be_captured_and_counts_nowhere_after_it() {
    let held = Life::reserved().done(void(30), approved());
    assert_eq!(held.stands(), ("pre_authorized", 70));
    assert_eq!(held.charge.decide(capture(71), ABLE), Err(Refusal::AboveResidual { residual: amount(70) }));

    // A capture sets the base, and what is given back starts at nothing.
    let captured = held.done(capture(50), approved());
    assert_eq!(captured.stands(), ("authorized", 50));
    assert_eq!(captured.charge.original_amount, amount(100));
    assert_eq!(captured.hears(1, reverted(51)), Settled::Alarm("revert_beyond_refunds"));
    let in_part = captured.done(void(20), approved());
    assert_eq!(in_part.stands(), ("authorized", 30));
    assert_eq!(in_part.done(Command::Void(None), approved()).stands(), ("voided", 0));
}

#[test]
fn a_capture_that_is_refused_leaves_all_that_is_reserved() {
    let life = Life::reserved().done(capture(60), refused());
    assert_eq!((life.stands(), life.charge.available()), (("pre_authorized", 100), amount(100)));
    assert_eq!(life.done(Command::Capture(None), approved()).stands(), ("authorized", 100));
}

#[test]
fn refunds_side_by_side_never_promise_more_than_is_left() {
    for paid in [Life::paid_card(), Life::paid_pix(), Life::reserved()] {
        let two = paid.asked(void(40)).asked(void(50));
        assert_eq!(two.charge.available(), amount(10));
        assert_eq!(
            two.charge.decide(void(11), ABLE),
            Err(Refusal::ResidualPromised { available: amount(10) }),
            "a conflict, since 100 are not given back yet"
        );
        let three = two.asked(void(10));
        assert_eq!(three.charge.available(), Amount::ZERO);
        let numbers: Vec<_> = three.charge.under_way(RequestKind::Void).map(|(number, _)| number).collect();
        let (_, status, left) = numbers.into_iter().fold((three, "", 100), |(life, _, _), number| {
            let life = life.answered(number, approved());
            let (status, left) = life.stands();
            (life, status, left)
        });
        assert_eq!(left, 0, "{status}");
    }
}

#[test]
fn a_payment_that_was_never_made_keeps_its_amount_and_reserved_money_that_is_gone_does_not() {
    assert_eq!(Life::card().answered(1, refused()).stands(), ("failed", 100));
    assert_eq!(Life::pix().done(Command::Cancel, approved()).stands(), ("canceled", 100));
    assert_eq!(Life::reserved().done(Command::Void(None), approved()).stands(), ("canceled", 0));
}

/// Whatever happens in whatever order, five things long: the amount is what the list says, and within it.
#[test]
fn the_amount_is_never_below_zero_or_above_what_was_paid() {
    let mut lives = vec![Life::paid_card(), Life::paid_pix(), Life::reserved().done(capture(60), approved())];
    for _ in 0..5 {
        lives = lives.iter().flat_map(after_one_more).collect();
        for life in &lives {
            holds(&life.charge);
        }
    }
    assert!(lives.len() > 10_000, "{} ways were tried", lives.len());
}

fn after_one_more(life: &Life) -> Vec<Life> {
    let mut after = Vec::new();
    for (command, outcome) in [(void(40), approved()), (Command::Void(None), accepted()), (void(30), refused())] {
        if life.charge.decide(command, ABLE).is_ok() {
            after.push(life.clone().done(command, outcome));
        }
    }
    let last = life.charge.requests.len();
    let news: [(usize, News); 6] = [
        (1, refunded(40)),
        (1, begun(50)),
        (last, refunded(30)),
        (last, refund_failed()),
        (1, reverted(40)),
        (1, charged_back()),
    ];
    for (number, news) in news {
        if let Settled::Changed(..) = life.hears(number, news.clone()) {
            after.push(life.clone().told(number, news));
        }
    }
    after
}

fn holds(charge: &Charge) {
    let sum = |kind| {
        let done = charge.requests.iter().filter(|request| request.status() == RequestStatus::Success);
        done.filter(|request| request.kind == kind).map(|request| request.amount.minor()).sum::<u64>()
    };
    let base = sum(RequestKind::Authorization) + sum(RequestKind::Capture);
    let (refunded, reverted) = (sum(RequestKind::Void), sum(RequestKind::RevertVoid));
    assert!(reverted <= refunded && refunded <= base + reverted, "{:?}", charge.requests);
    assert_eq!(charge.amount().minor(), base + reverted - refunded);
    assert!(charge.amount().minor() <= base && charge.available() <= charge.amount());
}

#[test]
fn a_change_is_one_more_version_and_leaves_the_one_before_as_it_was() {
    let before = Life::paid_card();
    let asked = before.clone().asked(void(30));
    assert_eq!(asked.charge.version, before.charge.version + 1);
    let (after, _) = changed(asked.charge.settle(2, approved(), asked.learned()));
    assert_eq!((after.version, asked.charge.amount()), (asked.charge.version + 1, amount(100)));
}
