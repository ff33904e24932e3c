//! A late payment takes the session where that is free, and is then a payment like any other; where the session was paid
//! another way, it is a duplicate and is refunded.

use domain::{merchant::ProviderType, method::PaymentType};
use serde_json::json;
use tests::{
    House,
    bank::{Mood, Treatment, reference},
    engine::Fault,
    house::LONG_AFTER,
    order::{Order, in_millis},
    samples::{APPROVED, DECLINED, by_card, by_pix, card_charge, events, open_session, with},
};

use super::{
    AT_ONCE, Boleto, DAY, Drip, HOUR, LONG_EXPIRED, Pix, alarm_lines, alarmed, answers_no_query, by, create, entries,
    expired, finish_refunds, house, house_at, notify, read, refunded_by_the_hub, status, void, void_all, voids,
};

/// Of a charge that took its session late, a part is refunded and comes back, and then all is refunded.
async fn is_a_payment_like_any_other(house: &House, order: &Order, charge: &str) {
    assert_eq!(order.stand(charge).await, "authorized, paid");
    void(house, charge, 10).await.assert_status(201);
    finish_refunds(house, charge).await;
    notify(house, &house.bank.revert_refund(&reference(charge, 1), 10)).await;
    for _ in 0..3 {
        house.pass(DAY).await;
    }
    assert_eq!((order.stand(charge).await.as_str(), voids(house, charge).len()), ("authorized, paid", 1));
    assert_eq!(read(house, charge).await.body["amount"], 100);
    void_all(house, charge).await.assert_status(201);
    finish_refunds(house, charge).await;
    assert_eq!(order.stand(charge).await, "voided, voided");
    // All of it comes back: no other void is asked for.
    notify(house, &house.bank.revert_refund(&reference(charge, 1), 100)).await;
    house.pass(DAY).await;
    assert_eq!((status(house, charge).await.as_str(), voids(house, charge).len()), ("authorized", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_took_its_session_late_is_a_payment_like_any_other() {
    let house = house().await;
    for method in [Pix, Drip] {
        let (order, charge) = expired(&house, method).await;
        notify(&house, &house.bank.pay(&reference(&charge, 1), 100)).await;
        is_a_payment_like_any_other(&house, &order, &charge).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_one_whose_session_was_disabled_or_past_due() {
    let house = house().await;
    let (disabled, charge) = Order::held(&house.client, &by_pix()).await;
    disabled.activate(false).await.assert_status(200);
    notify(&house, &house.bank.pay(&reference(&charge, 1), 100)).await;
    is_a_payment_like_any_other(&house, &disabled, &charge).await;

    let due = json!(in_millis(&house, 600_000).to_string());
    let past = Order::create(&house.client, &with(open_session(&house.client.merchant_id), "/dueDate", due)).await;
    let charge = past.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    house.pass(LONG_AFTER).await;
    notify(&house, &house.bank.pay(&reference(&charge, 1), 100)).await;
    is_a_payment_like_any_other(&house, &past, &charge).await;
}

/// While the late payment is applied, a declining payer takes the lock and lets it go again.
#[tokio::test(flavor = "multi_thread")]
async fn so_is_one_that_lost_its_session_to_a_payment_that_was_declined() {
    let house = house().await;
    for method in [Pix, Drip] {
        let (order, charge) = expired(&house, method).await;
        let paid = house.bank.pay(&reference(&charge, 1), 100);
        // One notification has read the free session and writes when the other does, after the payers.
        house.engine.gather("TransactWriteItems CHARGE SESSION CALLBACK", 2);
        let notified = tokio::spawn({
            let client = house.client.clone();
            let paid = paid.clone();
            async move { client.tell(&paid).await }
        });
        house.engine.have_arrived(1).await;
        for _ in 0..4 {
            order.pay(&by_card(DECLINED)).await.assert_status(201);
        }
        notify(&house, &paid).await;
        notified.await.unwrap().assert_status(200);
        is_a_payment_like_any_other(&house, &order, &charge).await;
    }
}

/// The write of the late payment is refused once, as if the session had changed meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn so_is_one_whose_write_was_in_conflict() {
    let house = house().await;
    let (order, charge) = expired(&house, Pix).await;
    let before = house.engine.faults();
    house.engine.fail_write_of("TransactWriteItems CHARGE SESSION CALLBACK", 1, Fault::Conflict);
    notify(&house, &house.bank.pay(&reference(&charge, 1), 100)).await;
    house.engine.heal();
    assert_eq!(house.engine.faults(), before + 1);
    is_a_payment_like_any_other(&house, &order, &charge).await;
}

/// Decision: an unpaid Pix that its provider cannot cancel is overtaken by the late payment.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_takes_the_session_from_an_unpaid_pix_that_cannot_be_canceled() {
    use ProviderType::{Adyen, Getnet, Pagseguro, Safrapay, Zoop};
    for provider in [Adyen, Zoop, Pagseguro, Safrapay, Getnet] {
        let house = house_at(Pix, provider).await;
        let (order, late) = expired(&house, Pix).await;
        let active = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
        notify(&house, &house.bank.pay(&reference(&late, 1), 100)).await;
        assert_eq!(order.stand(&late).await, "authorized, paid", "{provider}");
        assert!(house.waiting_notices().await.is_empty());

        // The other one is paid as well: a duplicate payment.
        notify(&house, &house.bank.pay(&reference(&active, 1), 100)).await;
        refunded_by_the_hub(&house, &active).await;
        if provider == Getnet {
            assert_eq!((status(&house, &active).await.as_str(), voids(&house, &active).len()), ("authorized", 0));
            assert!(alarmed("second_payment", &active) > 0, "{provider}");
        } else {
            assert_eq!((status(&house, &active).await.as_str(), voids(&house, &active).len()), ("voided", 1));
        }
        assert_eq!(order.stand(&late).await, "authorized, paid", "{provider}");
        assert!(voids(&house, &late).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_takes_the_session_from_an_unpaid_page_of_drip_that_cannot_be_canceled() {
    let house = house_at(Drip, ProviderType::Drip).await;
    let (order, late) = expired(&house, Drip).await;
    let active = order.pay(&by(Drip)).await.expect(201).text("/chargeId").to_owned();
    notify(&house, &house.bank.pay(&reference(&late, 1), 100)).await;
    assert_eq!(order.stand(&late).await, "authorized, paid");
    house.pass(LONG_EXPIRED).await;
    assert_eq!(order.stand(&active).await, "failed, paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_waits_as_long_as_a_cards_outcome_is_unknown_and_is_applied_when_it_is_known() {
    for (mood, paid_by) in [(Mood::LoseRequest, "late"), (Mood::LoseAnswer, "card")] {
        let house = house().await;
        let (order, late) = expired(&house, Pix).await;
        house.bank.treat(answers_no_query);
        house.bank.expect([mood]);
        let card = order.pay(&by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
        notify(&house, &house.bank.pay(&reference(&late, 1), 100)).await;
        for _ in 0..12 {
            house.pass(DAY).await;
        }
        assert_eq!((order.stand(&late).await.as_str(), house.waiting_notices().await.len()), ("failed, created", 1));
        assert_eq!(alarmed("unknown_notification", &late), 0);

        house.bank.treat_all_alike();
        // The next question is asked within a day, and what waits needs no more time than that.
        house.pass(DAY).await;
        assert!(house.waiting_notices().await.is_empty(), "{paid_by}");
        if paid_by == "late" {
            assert_eq!(order.stand(&late).await, "authorized, paid");
            assert_eq!(status(&house, &card).await, "failed");
        } else {
            assert_eq!(order.stand(&card).await, "authorized, paid");
            refunded_by_the_hub(&house, &late).await;
            assert_eq!(order.stand(&late).await, "voided, paid");
        }
    }
}

/// A session that is over for its expired payment by `method`, the payment, and how the session ended.
async fn over(house: &House, method: PaymentType, how: &str) -> (Order, String) {
    let body = with(open_session(&house.client.merchant_id), "/capture", json!(how != "pre-authorized"));
    let order = Order::create(&house.client, &body).await;
    let late = order.pay(&by(method)).await.expect(201).text("/chargeId").to_owned();
    house.pass(if method == Boleto { 40 * DAY } else { LONG_EXPIRED }).await;
    if how == "canceled" {
        order.cancel().await.assert_status(201);
        return (order, late);
    }
    let rival = order.pay(&by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    if how == "voided" {
        void_all(house, &rival).await.assert_status(201);
    }
    (order, late)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_is_refunded_by_the_hub_and_changes_no_session() {
    let house = house().await;
    for how in ["paid", "pre-authorized", "voided", "canceled"] {
        for method in [Pix, Drip, Boleto] {
            let (order, late) = over(&house, method, how).await;
            let before = order.read().await.body;
            notify(&house, &house.bank.pay(&reference(&late, 1), 100)).await;
            assert_eq!(status(&house, &late).await, "authorized", "{how} {method}");
            refunded_by_the_hub(&house, &late).await;
            house.pass(DAY).await;
            if method == Boleto {
                assert_eq!((status(&house, &late).await.as_str(), voids(&house, &late).len()), ("authorized", 0));
                assert!(alarmed("second_payment", &late) > 0, "{how}");
            } else {
                assert_eq!((status(&house, &late).await.as_str(), voids(&house, &late).len()), ("voided", 1));
            }
            assert_eq!(order.read().await.body, before, "{how} {method}");
        }
    }
}

/// The bank refuses to refund 991 minor units.
#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_whose_refund_is_refused_is_refunded_daily_until_it_is_done() {
    let house = house().await;
    let body = with(open_session(&house.client.merchant_id), "/amount", json!(991));
    let order = Order::create(&house.client, &body).await;
    let late = order.pay(&by_pix()).await.expect(201).text("/chargeId").to_owned();
    house.pass(LONG_EXPIRED).await;
    order.pay(&by_card(APPROVED)).await.assert_status(201);
    notify(&house, &house.bank.pay(&reference(&late, 1), 991)).await;
    house.pass(AT_ONCE).await;
    for hours in 0..(15 * 4) {
        house.pass(6 * HOUR).await;
        let most = 2 + hours / 4;
        assert!(voids(&house, &late).len() <= most, "more than one a day: {}", voids(&house, &late).len());
    }
    let refused = voids(&house, &late).len();
    assert!(refused >= 14, "fewer than one a day: {refused}");
    assert_eq!(order.stand(&late).await, "authorized, paid");
    assert_eq!(events(&house, &late).await, ["pending", "failed", "authorized"]);

    house.bank.treat(|request| {
        let done = json!({"result": "approved", "transactionId": "refund"});
        (request["operation"] == "void").then_some(Treatment::Say(done))
    });
    house.pass(2 * DAY).await;
    assert_eq!(order.stand(&late).await, "voided, paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_without_a_session_is_never_refunded_by_the_hub() {
    let house = house().await;
    for method in [Pix, Drip, Boleto] {
        let id = create(&house, &super::charge_by(&house.client.merchant_id, method)).await;
        notify(&house, &house.bank.reject(&reference(&id, 1))).await;
        notify(&house, &house.bank.pay(&reference(&id, 1), 150)).await;
        house.pass(DAY).await;
        house.pass(DAY).await;
        assert_eq!((status(&house, &id).await.as_str(), voids(&house, &id).len()), ("authorized", 0), "{method}");
    }
}

/// Its shopper saw it fail: whatever the bank takes for it after that is given back.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_approval_after_the_failure_is_always_refunded() {
    let house = house().await;
    for is_captured in [true, false] {
        let body = with(open_session(&house.client.merchant_id), "/capture", json!(is_captured));
        let order = Order::create(&house.client, &body).await;
        let charge = order.pay(&by_card(DECLINED)).await.expect(201).text("/chargeId").to_owned();
        notify(&house, &house.bank.pay(&reference(&charge, 1), 100)).await;
        assert_eq!((order.status().await.as_str(), alarmed("late_approval", &charge)), ("created", 1));
        house.pass(AT_ONCE).await;
        let ends = ["voided", "canceled"];
        assert!(ends.contains(&status(&house, &charge).await.as_str()), "{}", status(&house, &charge).await);
        assert_eq!((voids(&house, &charge).len(), house.bank.books()[&reference(&charge, 1)].left()), (1, 0));
        assert_eq!(order.pay(&by_card(APPROVED)).await.expect(201).status, 201);
    }
    let declined = create(&house, &card_charge(&house.client.merchant_id, DECLINED)).await;
    notify(&house, &house.bank.pay(&reference(&declined, 1), 150)).await;
    assert_eq!(events(&house, &declined).await, ["pending", "failed", "authorized"]);
    assert_eq!(entries(&house, &declined, "authorization success 150").await, 1);
    house.pass(AT_ONCE).await;
    assert_eq!((status(&house, &declined).await.as_str(), alarmed("late_approval", &declined)), ("voided", 1));
    assert!(alarm_lines("late_approval", &declined)[0].contains("the hub refunds it by itself"));
}
