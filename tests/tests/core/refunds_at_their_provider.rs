//! Every refund goes to the account that holds the money, under the names that account has for it.

use tests::{
    House,
    bank::{Mood, reference},
    house::LONG_AFTER,
    order::Order,
    samples::{APPROVED, by_card, events},
};

use super::{
    AT_ONCE, Boleto, Credit, DAY, Drip, Pix, alarmed, bookings, by, charge_by, create, declined_by_both, entries,
    finish_refunds, house, notify, read, refunded_by_the_hub, retrying, status, void, void_all, voids,
};

/// The one void of this charge was asked for at the account with this key, about this try, under this id of the bank.
#[track_caller]
fn assert_voided_at(house: &House, charge: &str, number: usize, transaction_id: &str) {
    let voids = voids(house, charge);
    assert_eq!(voids.len(), 1, "one void was to be asked for: {voids:?}");
    let void = &voids[0];
    let account = (void.payment.as_str(), void.transaction_id.as_deref(), void.key.as_deref());
    let key = format!("Bearer key_{number}");
    assert_eq!(account, (reference(charge, number).as_str(), Some(transaction_id), Some(key.as_str())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_approval_of_any_try_after_the_failure_is_refunded_at_the_account_of_that_try() {
    let house = house().await;
    let merchant = retrying(&house, Credit).await;
    for number in [1, 2] {
        let (order, charge) = declined_by_both(&house, &merchant, Credit).await;
        notify(&house, &house.bank.pay_as(&reference(&charge, number), 100, "T-LATE")).await;
        assert_eq!(alarmed("late_approval", &charge), 1, "{number}");
        house.pass(AT_ONCE).await;
        assert_voided_at(&house, &charge, number, "T-LATE");
        assert_eq!(order.stand(&charge).await, "voided, created", "{number}");
        assert_eq!(events(&house, &charge).await, ["pending", "failed", "authorized", "voided"]);
        assert_eq!(order.pay(&by_card(APPROVED)).await.expect(201).text("/status"), "paid");
        assert_eq!(house.bank.books()[&reference(&charge, number)].left(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_approval_of_any_try_after_another_payment_is_refunded_at_the_account_of_that_try() {
    let house = house().await;
    let merchant = retrying(&house, Credit).await;
    for number in [1, 2] {
        let (order, charge) = declined_by_both(&house, &merchant, Credit).await;
        let rival = order.pay(&by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
        notify(&house, &house.bank.pay_as(&reference(&charge, number), 100, "T-LATE")).await;
        house.pass(AT_ONCE).await;
        assert_voided_at(&house, &charge, number, "T-LATE");
        assert_eq!(order.stand(&charge).await, "voided, paid");
        assert_eq!(order.stand(&rival).await, "authorized, paid");
        assert!(voids(&house, &rival).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_of_any_try_pays_the_session_and_is_refunded_at_the_account_of_that_try() {
    let house = house().await;
    for method in [Pix, Drip] {
        let merchant = retrying(&house, method).await;
        for number in [1, 2] {
            let (order, charge) = declined_by_both(&house, &merchant, method).await;
            notify(&house, &house.bank.pay_as(&reference(&charge, number), 100, "T-LATE")).await;
            assert_eq!(order.stand(&charge).await, "authorized, paid", "{method} {number}");
            void_all(&house, &charge).await.assert_status(201);
            finish_refunds(&house, &charge).await;
            assert_voided_at(&house, &charge, number, "T-LATE");
            assert_eq!(order.stand(&charge).await, "voided, voided", "{method} {number}");
            assert_eq!(house.bank.books()[&reference(&charge, number)].left(), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_of_an_earlier_try_by_boleto_pays_the_session() {
    let house = house().await;
    let merchant = retrying(&house, Boleto).await;
    let (order, charge) = declined_by_both(&house, &merchant, Boleto).await;
    notify(&house, &house.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    void_all(&house, &charge).await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_of_an_earlier_try_for_a_paid_session_is_refunded_at_the_account_of_that_try() {
    let house = house().await;
    for method in [Pix, Drip] {
        let merchant = retrying(&house, method).await;
        let (order, charge) = declined_by_both(&house, &merchant, method).await;
        order.pay(&by_card(APPROVED)).await.assert_status(201);
        notify(&house, &house.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
        assert_eq!(order.stand(&charge).await, "authorized, paid", "{method}");
        refunded_by_the_hub(&house, &charge).await;
        assert_voided_at(&house, &charge, 1, "T-LATE");
        house.pass(3 * DAY).await;
        assert_voided_at(&house, &charge, 1, "T-LATE");
        assert_eq!(order.stand(&charge).await, "voided, paid", "{method}");
    }
    let merchant = retrying(&house, Boleto).await;
    let (order, charge) = declined_by_both(&house, &merchant, Boleto).await;
    order.pay(&by_card(APPROVED)).await.assert_status(201);
    notify(&house, &house.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
    house.pass(DAY).await;
    assert_eq!((order.stand(&charge).await.as_str(), voids(&house, &charge).len()), ("authorized, paid", 0));
    assert!(alarmed("second_payment", &charge) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_an_earlier_try_waits_while_a_later_one_is_open_and_is_applied_when_that_fails() {
    let house = house().await;
    for method in [Credit, Pix, Boleto, Drip] {
        let merchant = retrying(&house, method).await;
        // The second try never arrives, and the hub does not know that yet.
        house.bank.expect([Mood::Decline("try_again"), Mood::LoseRequest]);
        let (order, charge) = Order::held(&merchant, &by(method)).await;
        assert_eq!(bookings(&house, &charge, "create").len(), 1, "{method}");
        notify(&house, &house.bank.pay_as(&reference(&charge, 1), 100, "T-LATE")).await;
        assert_eq!(order.stand(&charge).await, "pending, created", "{method}");
        assert_eq!((house.waiting_notices().await.len(), alarmed("late_approval", &charge)), (1, 0), "{method}");

        house.pass(LONG_AFTER).await;
        assert!(house.waiting_notices().await.is_empty(), "{method}: it was to be applied at once");
        if method == Credit {
            house.pass(AT_ONCE).await;
            assert_voided_at(&house, &charge, 1, "T-LATE");
            assert_eq!(order.stand(&charge).await, "voided, created");
        } else {
            assert_eq!(order.stand(&charge).await, "authorized, paid", "{method}");
            assert!(voids(&house, &charge).is_empty(), "{method}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_two_tries_by_card_were_approved_one_pays_and_the_other_is_refunded_at_its_account() {
    let house = house().await;
    let merchant = retrying(&house, Credit).await;
    // The second try is approved, and its answer is lost.
    house.bank.expect([Mood::Decline("try_again"), Mood::LoseAnswer]);
    let (order, charge) = Order::held(&merchant, &by_card(APPROVED)).await;
    notify(&house, &house.bank.pay_as(&reference(&charge, 1), 100, "T-ONE")).await;
    house.pass(LONG_AFTER).await;
    house.pass(AT_ONCE).await;
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    assert_eq!(read(&house, &charge).await.body["amount"], 100);
    assert_eq!(entries(&house, &charge, "authorization success 100").await, 2);
    assert_eq!(entries(&house, &charge, "void success 100").await, 1);
    let books = house.bank.books();
    let left = [1, 2].map(|number| books[&reference(&charge, number)].left());
    assert_eq!(left.iter().sum::<u64>(), 100, "{left:?}");
    assert_eq!(voids(&house, &charge).len(), 1);

    // What is left is refunded where it is.
    void(&house, &charge, 40).await.assert_status(201);
    assert_eq!(void_all(&house, &charge).await.expect(201).text("/status"), "voided");
    assert_eq!(order.stand(&charge).await, "voided, voided");
    for (number, key) in [(1, "Bearer key_1"), (2, "Bearer key_2")] {
        assert_eq!(house.bank.books()[&reference(&charge, number)].left(), 0);
        let there: Vec<_> =
            voids(&house, &charge).into_iter().filter(|void| void.payment == reference(&charge, number)).collect();
        assert!(there.iter().all(|void| void.key.as_deref() == Some(key) && void.result == "approved"), "{there:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_two_tries_by_pix_were_paid_the_other_is_refunded_at_its_account_outside_the_sums() {
    let house = house().await;
    let merchant = retrying(&house, Pix).await;
    house.bank.expect([Mood::Decline("try_again")]);
    let (order, charge) = Order::held(&merchant, &by(Pix)).await;
    notify(&house, &house.bank.pay_as(&reference(&charge, 2), 100, "T-TWO")).await;
    assert_eq!(order.stand(&charge).await, "authorized, paid");
    notify(&house, &house.bank.pay_as(&reference(&charge, 1), 100, "T-ONE")).await;
    refunded_by_the_hub(&house, &charge).await;
    assert_voided_at(&house, &charge, 1, "T-ONE");
    assert_eq!((status(&house, &charge).await.as_str(), order.status().await.as_str()), ("authorized", "paid"));
    assert_eq!(read(&house, &charge).await.body["amount"], 100);
    assert_eq!(entries(&house, &charge, "authorization success 100").await, 2);
    assert_eq!(entries(&house, &charge, "void success 100").await, 1);
    let books = house.bank.books();
    assert_eq!([1, 2].map(|number| books[&reference(&charge, number)].left()), [0, 100]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_without_a_session_is_refunded_at_the_account_of_the_try_that_was_paid() {
    let house = house().await;
    for method in [Credit, Pix, Drip] {
        let merchant = retrying(&house, method).await;
        house.bank.expect([Mood::Decline("try_again"); 2]);
        let charge = create(&house, &charge_by(&merchant.merchant_id, method)).await;
        assert_eq!(status(&house, &charge).await, "failed");
        notify(&house, &house.bank.pay_as(&reference(&charge, 1), 150, "T-LATE")).await;
        assert_eq!(status(&house, &charge).await, "authorized", "{method}");
        house.pass(AT_ONCE).await;
        if method == Credit {
            assert_eq!(alarmed("late_approval", &charge), 1);
        } else {
            assert!(voids(&house, &charge).is_empty(), "{method}: without a session it is never refunded by itself");
            void_all(&house, &charge).await.assert_status(201);
        }
        finish_refunds(&house, &charge).await;
        assert_voided_at(&house, &charge, 1, "T-LATE");
        assert_eq!(status(&house, &charge).await, "voided", "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_names_the_payment_as_the_bank_does_and_not_its_registration() {
    let house = house().await;
    for method in [Pix, Drip] {
        let (order, charge) = Order::held(&house.client, &by(method)).await;
        notify(&house, &house.bank.pay_as(&reference(&charge, 1), 100, "END-TO-END")).await;
        void(&house, &charge, 10).await.assert_status(201);
        assert_eq!(voids(&house, &charge)[0].transaction_id.as_deref(), Some("END-TO-END"), "{method}");
        assert_eq!(order.status().await, "paid");
    }
}
