//! A charge that is paid twice: the duplicate payment is outside its sums.

use domain::{
    alarm::Alarm,
    charge::{
        Decision, Outcome, SessionWrite,
        command::Command,
        due::{Lane, Task},
        request::Receipt,
        settle::WaitReason,
        update::{ProviderUpdate, UpdateKind},
    },
};

use crate::life::{
    Life, accepted, amount, approved, charged_back, disputed, no_refund, paid, paid_as, payable, refund_failed,
    refunded, reverted, stored, transaction, void,
};

fn registered(life: Life) -> Life {
    let receipt = Receipt { transaction_id: Some("registration".to_owned()), ..payable() };
    life.answered(1, Outcome::Pending(receipt))
}

#[test]
fn a_payment_with_another_transaction_id_is_a_second_one() {
    for life in [registered(Life::new_pix()), Life::boleto(), Life::drip()] {
        let once = life.notified(1, paid_as("e-1", 100));
        let write = stored(once.learn(1, paid_as("e-2", 90)));
        assert_eq!(
            (&write.session, write.alarms.as_slice()),
            (&SessionWrite::None, [Alarm::DuplicatePayment].as_slice())
        );
        let twice = Life { charge: write.charge, ..once };
        assert_eq!(twice.is(), ("authorized", 100));
        assert_eq!(twice.printed()[1..], ["authorization/success", "authorization/success"]);
        assert_eq!(twice.events(), ["pending", "authorized", "authorized"]);
        for known in [paid_as("e-1", 100), paid_as("e-2", 90), paid(100)] {
            assert_eq!(twice.learn(1, known), Decision::Nothing);
        }

        let refunding = twice.asked_by_hub(Command::RefundUnkept(3));
        assert_eq!(refunding.charge.request(4).map(|refund| refund.amount), Some(amount(90)));
        assert_eq!((refunding.charge.payment_of(4), refunding.charge.transaction_of(4)), (1, Some("e-2")));
        let refunded = refunding.answered(4, approved());
        assert_eq!(refunded.is(), ("authorized", 100));
        assert_eq!(refunded.events(), ["pending", "authorized", "authorized", "voided"]);
        assert_eq!(refunded.charge.due(), None);
        assert_eq!(refunded.learn(1, paid_as("e-2", 90)), Decision::Nothing, "known after its refund, too");
    }
}

#[test]
fn a_payment_without_an_id_or_with_a_known_one_is_no_duplicate_payment() {
    let paid_pix = registered(Life::new_pix()).notified(1, paid_as("e-1", 100));
    for kind in [paid(100), paid_as("e-1", 100), paid_as("registration", 100)] {
        assert_eq!(paid_pix.learn(1, kind), Decision::Nothing);
    }
    for kind in [paid(90), paid_as("e-1", 90), paid_as("registration", 90)] {
        assert_eq!(paid_pix.learn(1, kind), Decision::Contradiction(Alarm::PaidAnotherAmount));
    }
    for outcome in [Outcome::Paid(amount(100), transaction("e-1")), Outcome::Paid(amount(100), payable())] {
        assert_eq!(paid_pix.answer(1, &outcome), Decision::Nothing);
    }
}

/// The hub learned of the payment by asking, and the notification came after it.
#[test]
fn the_first_id_of_a_payment_that_was_learned_without_one_is_its_own() {
    for life in [registered(Life::new_pix()), Life::pix()] {
        let asked = life.answered(1, Outcome::Paid(amount(100), Receipt::default()));
        let named = stored(asked.learn(1, paid_as("e-1", 100)));
        assert_eq!((named.charge.requests.len(), named.alarms.len()), (asked.charge.requests.len(), 0));
        let named = Life { charge: named.charge, ..asked.clone() };
        assert_eq!(named.charge.transaction_of(named.charge.payment()), Some("e-1"), "its refund names it");
        assert_eq!(named.events(), asked.events());
        assert_eq!(named.learn(1, paid_as("e-1", 100)), Decision::Nothing);
        assert_eq!(stored(named.learn(1, paid_as("e-2", 100))).alarms, [Alarm::DuplicatePayment]);
    }
}

/// A provider may give a payment the id of its registration; asked, it may give that to any payment.
#[test]
fn the_registrations_id_is_the_payments_where_a_notification_gives_it() {
    let registered = registered(Life::new_pix());
    let asked = registered.clone().answered(1, Outcome::Paid(amount(100), transaction("registration")));
    assert_eq!(stored(asked.learn(1, paid_as("e-1", 100))).alarms.as_slice(), [] as [Alarm; 0], "a name of its own");
    for once in [asked.notified(1, paid_as("registration", 100)), registered.notified(1, paid_as("registration", 100))]
    {
        assert_eq!(once.learn(1, paid_as("registration", 100)), Decision::Nothing);
        assert_eq!(stored(once.learn(1, paid_as("e-2", 100))).alarms, [Alarm::DuplicatePayment]);
    }
}

#[test]
fn an_id_names_no_payment_of_another_amount() {
    let asked = registered(Life::new_pix()).answered(1, Outcome::Paid(amount(100), Receipt::default()));
    let another = Decision::Contradiction(Alarm::PaidAnotherAmount);
    assert_eq!(asked.learn(1, paid_as("e-2", 50)), another, "which of two is it?");
    let named = asked.notified(1, paid_as("e-1", 100));
    assert_eq!(stored(named.learn(1, paid_as("e-2", 50))).alarms, [Alarm::DuplicatePayment]);
}

#[test]
fn a_duplicate_payment_that_its_provider_does_not_refund_stays_and_alarms() {
    let once = Life::boleto().at(no_refund).notified(1, paid_as("e-1", 100));
    let write = stored(once.learn(1, paid_as("e-2", 100)));
    assert_eq!((write.alarms.as_slice(), write.charge.due()), ([Alarm::DuplicatePayment].as_slice(), None));
    assert_eq!(write.charge.amount(), amount(100));
}

#[test]
fn refunds_of_the_duplicate_payment_and_of_the_first_one_are_apart() {
    let twice = registered(Life::new_pix()).notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 100));
    let both = twice.asked_by_hub(Command::RefundUnkept(3)).answered(4, accepted()).done(void(30), accepted());
    assert_eq!((both.is(), both.charge.available()), (("refund_pending", 100), amount(70)));
    let ended = both.clone().notified(4, refunded(100));
    assert_eq!(ended.is(), ("refund_pending", 100), "that of the duplicate payment is not the merchant's");
    let ended = ended.notified(5, refunded(30));
    assert_eq!(ended.is(), ("authorized", 70));

    let refused = both.notified(4, refund_failed());
    assert_eq!(refused.is(), ("refund_pending", 100));
    assert_eq!(refused.charge.due_after(refused.now).map(|due| due.lane), Some(Lane::Query));
    let next_day = refused.now.plus(std::time::Duration::from_hours(24));
    assert!(refused.charge.tasks(next_day).contains(&Task::Refund(3)));
}

/// An update under the reference that both payments have, which says of which payment it is.
fn of(life: &Life, payment: &str, id: &str, kind: UpdateKind) -> ProviderUpdate {
    ProviderUpdate { payment: Some(payment.to_owned()), ..life.update(id, 1, kind) }
}

fn outside(minor: u64) -> UpdateKind {
    UpdateKind::RefundedOutside { amount: amount(minor) }
}

#[test]
fn what_a_provider_reports_of_a_payment_by_its_id_is_of_that_payment() {
    let twice = registered(Life::new_pix()).notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 100));
    let ended = twice.clone().became(twice.notify(&of(&twice, "e-2", "r-2", outside(100))));
    assert_eq!((ended.is(), ended.charge.due()), (("authorized", 100), None), "nothing is left for the hub to refund");
    let returned = UpdateKind::RefundReverted { amount: amount(100), refund: Some("r-2".to_owned()) };
    let back = ended.clone().became(ended.notify(&of(&ended, "e-2", "b-1", returned)));
    assert_eq!(back.is(), ("authorized", 100));
    assert!(back.charge.tasks(back.now.plus(std::time::Duration::from_hours(24))).contains(&Task::Refund(3)));

    for kind in [charged_back(), disputed(None)] {
        let contradiction = Decision::Contradiction(Alarm::DisputeOfADuplicatePayment);
        assert_eq!(twice.notify(&of(&twice, "e-2", "d-1", kind.clone())), contradiction);
        assert!(matches!(twice.notify(&of(&twice, "e-1", "d-1", kind.clone())), Decision::Store(_)));
        assert!(matches!(twice.learn(1, kind), Decision::Store(_)), "without an id it is of the payment that is kept");
    }
    for (payment, left) in [("e-1", 70), ("e-2", 100)] {
        let partly = twice.clone().became(twice.notify(&of(&twice, payment, "r-3", outside(30))));
        assert_eq!(partly.is(), ("authorized", left), "{payment}");
    }
    assert_eq!(twice.notified(1, outside(100)).is(), ("voided", 0), "without an id it is of the one that is kept");
}

#[test]
fn a_report_of_a_payment_that_the_hub_does_not_know_waits_for_it() {
    let once = registered(Life::new_pix()).notified(1, paid_as("e-1", 100));
    for kind in [outside(100), charged_back(), reverted(100)] {
        assert_eq!(once.notify(&of(&once, "e-2", "r-2", kind)), Decision::Wait(WaitReason::Nothing));
    }
    let twice = once.notified(1, paid_as("e-2", 100));
    let ended = twice.clone().became(twice.notify(&of(&twice, "e-2", "r-2", outside(100))));
    assert_eq!(ended.is(), ("authorized", 100));
    // The hub knows no id of the payment: its reference alone names it.
    let nameless = Life::pix().answered(1, Outcome::Paid(amount(100), Receipt::default()));
    assert_eq!(
        nameless.clone().became(nameless.notify(&of(&nameless, "e-1", "r-1", outside(100)))).is(),
        ("voided", 0)
    );
}

#[test]
fn a_refund_that_an_operator_recorded_of_one_payment_is_not_reported_by_one_of_the_other() {
    let twice = registered(Life::new_pix()).notified(1, paid_as("e-1", 100)).notified(1, paid_as("e-2", 100));
    for (recorded, other, after) in [(3, "e-1", ("voided", 0)), (1, "e-2", ("voided", 0))] {
        let one = twice.clone().notified_as("operator-1", recorded, outside(100));
        let both = one.clone().became(one.notify(&of(&one, other, "r-1", outside(100))));
        assert_eq!((both.is(), both.charge.due()), (after, None), "{recorded}");
        let own = if other == "e-1" { "e-2" } else { "e-1" };
        let same = one.clone().became(one.notify(&of(&one, own, "r-1", outside(100))));
        assert_eq!((same.is(), same.printed()), (one.is(), one.printed()), "{recorded}");
    }
}
