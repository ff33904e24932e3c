//! Every refund goes to the provider account that holds the money, with the ids that this account uses.

use tests::{
    TestHub,
    bank::{BankReply, reference},
    hub::LONG_AFTER,
    samples::{APPROVED, by, by_card, charge_by, events, part, whole},
};

use super::{
    AT_ONCE, Boleto, Credit, DAY, Drip, Pix, alarmed, bookings, declined_by_both, entries, finish_refunds, hub,
    refunded_by_the_hub, retrying, voids,
};

/// The hub sent one void of this charge: to the account of attempt `number`, with this transaction id of the bank.
#[track_caller]
fn assert_voided_at(hub: &TestHub, charge: &str, number: usize, transaction_id: &str) {
    let voids = voids(hub, charge);
    assert_eq!(voids.len(), 1, "the hub sends one void: {voids:?}");
    let void = &voids[0];
    let account = (void.payment.as_str(), void.transaction_id.as_deref(), void.key.as_deref());
    let key = format!("Bearer key_{number}");
    assert_eq!(account, (reference(charge, number).as_str(), Some(transaction_id), Some(key.as_str())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_approval_of_any_attempt_after_the_failure_is_refunded_at_the_account_of_that_attempt() {
    let hub = hub().await;
    let merchant = retrying(&hub, Credit).await;
    for number in [1, 2] {
        let (order, charge) = declined_by_both(&hub, &merchant, Credit).await;
        hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, number), 100, "T-LATE")).await;
        assert_eq!(alarmed("late_payment", &charge), 1, "{number}");
        hub.pass(AT_ONCE).await;
        assert_voided_at(&hub, &charge, number, "T-LATE");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, created", "{number}");
        assert_eq!(events(&hub, &charge).await, ["pending", "failed", "authorized", "voided"]);
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/status"), "paid");
        assert_eq!(hub.bank.books()[&reference(&charge, number)].left(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_approval_of_any_attempt_after_another_payment_is_refunded_at_the_account_of_that_attempt() {
    let hub = hub().await;
    let merchant = retrying(&hub, Credit).await;
    for number in [1, 2] {
        let (order, charge) = declined_by_both(&hub, &merchant, Credit).await;
        let rival = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
        hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, number), 100, "T-LATE")).await;
        hub.pass(AT_ONCE).await;
        assert_voided_at(&hub, &charge, number, "T-LATE");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, paid");
        assert_eq!(hub.merchant.sees(&order, &rival).await, "authorized, paid");
        assert!(voids(&hub, &rival).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_of_any_attempt_pays_the_session_and_is_refunded_at_the_account_of_that_attempt() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let merchant = retrying(&hub, method).await;
        for number in [1, 2] {
            let (order, charge) = declined_by_both(&hub, &merchant, method).await;
            hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, number), 100, "T-LATE")).await;
            assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method} {number}");
            hub.merchant.voids(&charge, &whole()).await.assert_status(201);
            finish_refunds(&hub, &charge).await;
            assert_voided_at(&hub, &charge, number, "T-LATE");
            assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, voided", "{method} {number}");
            assert_eq!(hub.bank.books()[&reference(&charge, number)].left(), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_of_an_earlier_attempt_by_boleto_pays_the_session() {
    let hub = hub().await;
    let merchant = retrying(&hub, Boleto).await;
    let (order, charge) = declined_by_both(&hub, &merchant, Boleto).await;
    hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    hub.merchant.voids(&charge, &whole()).await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_of_an_earlier_attempt_for_a_paid_session_is_refunded_at_the_account_of_that_attempt() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let merchant = retrying(&hub, method).await;
        let (order, charge) = declined_by_both(&hub, &merchant, method).await;
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
        hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method}");
        refunded_by_the_hub(&hub, &charge).await;
        assert_voided_at(&hub, &charge, 1, "T-LATE");
        hub.pass(3 * DAY).await;
        assert_voided_at(&hub, &charge, 1, "T-LATE");
        assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, paid", "{method}");
    }
    let merchant = retrying(&hub, Boleto).await;
    let (order, charge) = declined_by_both(&hub, &merchant, Boleto).await;
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
    hub.pass(DAY).await;
    assert_eq!(
        (hub.merchant.sees(&order, &charge).await.as_str(), voids(&hub, &charge).len()),
        ("authorized, paid", 0)
    );
    assert!(alarmed("duplicate_payment", &charge) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_an_earlier_attempt_waits_for_the_outcome_of_a_later_one_and_is_applied_when_that_fails() {
    let hub = hub().await;
    for method in [Credit, Pix, Boleto, Drip] {
        let merchant = retrying(&hub, method).await;
        // The request of the second attempt is lost, which the hub does not know yet.
        hub.bank.expect([BankReply::Decline("try_again"), BankReply::LoseRequest]);
        let (order, charge) = merchant.opens_locked_session(&by(method)).await;
        assert_eq!(bookings(&hub, &charge, "create").len(), 1, "{method}");
        hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "pending, created", "{method}");
        assert_eq!((hub.waiting_updates().await.len(), alarmed("late_payment", &charge)), (1, 0), "{method}");

        hub.pass(LONG_AFTER).await;
        assert!(hub.waiting_updates().await.is_empty(), "{method}: the notification is applied at once");
        if method == Credit {
            hub.pass(AT_ONCE).await;
            assert_voided_at(&hub, &charge, 1, "T-LATE");
            assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, created");
        } else {
            assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method}");
            assert!(voids(&hub, &charge).is_empty(), "{method}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_two_attempts_by_card_were_approved_one_pays_and_the_other_is_refunded_at_its_account() {
    let hub = hub().await;
    let merchant = retrying(&hub, Credit).await;
    // The second attempt is approved, and its answer is lost.
    hub.bank.expect([BankReply::Decline("try_again"), BankReply::LoseAnswer]);
    let (order, charge) = merchant.opens_locked_session(&by_card(APPROVED)).await;
    hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "T-ONE")).await;
    hub.pass(LONG_AFTER).await;
    hub.pass(AT_ONCE).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    assert_eq!(hub.merchant.reads_charge(&charge).await.body["amount"], 100);
    assert_eq!(entries(&hub, &charge, "authorization success 100").await, 2);
    assert_eq!(entries(&hub, &charge, "void success 100").await, 1);
    let books = hub.bank.books();
    let left = [1, 2].map(|number| books[&reference(&charge, number)].left());
    assert_eq!(left.iter().sum::<u64>(), 100, "{left:?}");
    assert_eq!(voids(&hub, &charge).len(), 1);

    // The residual amount is refunded at the account that holds it.
    hub.merchant.voids(&charge, &part(40)).await.assert_status(201);
    assert_eq!(hub.merchant.voids(&charge, &whole()).await.expect(201).text("/status"), "voided");
    assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, voided");
    for (number, key) in [(1, "Bearer key_1"), (2, "Bearer key_2")] {
        assert_eq!(hub.bank.books()[&reference(&charge, number)].left(), 0);
        let there: Vec<_> =
            voids(&hub, &charge).into_iter().filter(|void| void.payment == reference(&charge, number)).collect();
        assert!(there.iter().all(|void| void.key.as_deref() == Some(key) && void.result == "approved"), "{there:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_two_attempts_by_pix_were_paid_the_other_is_refunded_at_its_account_outside_the_sums() {
    let hub = hub().await;
    let merchant = retrying(&hub, Pix).await;
    hub.bank.expect([BankReply::Decline("try_again")]);
    let (order, charge) = merchant.opens_locked_session(&by(Pix)).await;
    hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 2), 100, "T-TWO")).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "T-ONE")).await;
    refunded_by_the_hub(&hub, &charge).await;
    assert_voided_at(&hub, &charge, 1, "T-ONE");
    assert_eq!(
        (hub.merchant.charge_status(&charge).await.as_str(), hub.merchant.session_status(&order).await.as_str()),
        ("authorized", "paid")
    );
    assert_eq!(hub.merchant.reads_charge(&charge).await.body["amount"], 100);
    assert_eq!(entries(&hub, &charge, "authorization success 100").await, 2);
    assert_eq!(entries(&hub, &charge, "void success 100").await, 1);
    let books = hub.bank.books();
    assert_eq!([1, 2].map(|number| books[&reference(&charge, number)].left()), [0, 100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_without_a_session_is_refunded_at_the_account_of_the_attempt_that_was_paid() {
    let hub = hub().await;
    for method in [Credit, Pix, Drip] {
        let merchant = retrying(&hub, method).await;
        hub.bank.expect([BankReply::Decline("try_again"); 2]);
        let charge = hub.merchant.charges(&charge_by(&merchant.id, method)).await;
        assert_eq!(hub.merchant.charge_status(&charge).await, "failed");
        hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 150, "T-LATE")).await;
        assert_eq!(hub.merchant.charge_status(&charge).await, "authorized", "{method}");
        hub.pass(AT_ONCE).await;
        if method == Credit {
            assert_eq!(alarmed("late_payment", &charge), 1);
        } else {
            assert!(voids(&hub, &charge).is_empty(), "{method}: the hub refunds no late payment without a session");
            hub.merchant.voids(&charge, &whole()).await.assert_status(201);
        }
        finish_refunds(&hub, &charge).await;
        assert_voided_at(&hub, &charge, 1, "T-LATE");
        assert_eq!(hub.merchant.charge_status(&charge).await, "voided", "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_names_the_payment_as_the_bank_does_and_not_its_registration() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "END-TO-END")).await;
        hub.merchant.voids(&charge, &part(10)).await.assert_status(201);
        assert_eq!(voids(&hub, &charge)[0].transaction_id.as_deref(), Some("END-TO-END"), "{method}");
        assert_eq!(hub.merchant.session_status(&order).await, "paid");
    }
}
