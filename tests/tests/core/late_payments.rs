//! A late payment pays a free session, and is then a payment like any other. Where another charge has paid the session,
//! the late payment is a duplicate payment and is refunded.

use domain::{merchant::ProviderType, method::PaymentType};
use serde_json::json;
use tests::{
    TestHub,
    bank::{BankReply, Treatment, reference},
    engine::Fault,
    hub::LONG_AFTER,
    samples::{
        APPROVED, DECLINED, by, by_card, by_pix, card_charge, charge_by, events, open_session, part, whole, with,
    },
    session::{Session, in_millis},
};

use super::{
    AT_ONCE, Boleto, DAY, Drip, HOUR, LONG_EXPIRED, Pix, alarm_lines, alarmed, answers_no_query, entries, expired,
    finish_refunds, hub, hub_at, refunded_by_the_hub, voids,
};

/// A late payment that paid its session: a partial refund is reverted, and then all is refunded.
async fn is_a_payment_like_any_other(hub: &TestHub, order: &Session, charge: &str) {
    assert_eq!(hub.merchant.sees(order, charge).await, "authorized, paid");
    hub.merchant.voids(charge, &part(10)).await.assert_status(201);
    finish_refunds(hub, charge).await;
    hub.provider.notifies(&hub.bank.revert_refund(&reference(charge, 1), 10)).await;
    for _ in 0..3 {
        hub.pass(DAY).await;
    }
    assert_eq!((hub.merchant.sees(order, charge).await.as_str(), voids(hub, charge).len()), ("authorized, paid", 1));
    assert_eq!(hub.merchant.reads_charge(charge).await.body["amount"], 100);
    hub.merchant.voids(charge, &whole()).await.assert_status(201);
    finish_refunds(hub, charge).await;
    assert_eq!(hub.merchant.sees(order, charge).await, "voided, voided");
    // The refund is reverted: the hub sends no other void.
    hub.provider.notifies(&hub.bank.revert_refund(&reference(charge, 1), 100)).await;
    hub.pass(DAY).await;
    assert_eq!((hub.merchant.charge_status(charge).await.as_str(), voids(hub, charge).len()), ("authorized", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_that_pays_its_session_is_a_payment_like_any_other() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge) = expired(&hub, method).await;
        hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
        is_a_payment_like_any_other(&hub, &order, &charge).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_is_a_late_payment_of_a_session_that_is_disabled_or_past_due() {
    let hub = hub().await;
    let (disabled, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.merchant.switches(&disabled, false).await.assert_status(200);
    hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
    is_a_payment_like_any_other(&hub, &disabled, &charge).await;

    let due = json!(in_millis(&hub, 600_000).to_string());
    let past_due = hub.merchant.creates_session(&with(open_session(&hub.merchant.id), "/dueDate", due)).await;
    let charge = hub.shopper.pays(&past_due, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(LONG_AFTER).await;
    hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
    is_a_payment_like_any_other(&hub, &past_due, &charge).await;
}

/// While the hub applies the late payment, declined cards take the session's lock and release it.
#[tokio::test(flavor = "multi_thread")]
async fn so_is_a_late_payment_that_lost_the_lock_of_its_session_to_a_declined_card() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge) = expired(&hub, method).await;
        let paid = hub.bank.pay(&reference(&charge, 1), 100);
        // The first notification has read the free session. It writes when the second one does, after the declines.
        hub.engine.gather("TransactWriteItems CHARGE SESSION CALLBACK", 2);
        let notified = tokio::spawn({
            let (provider, paid) = (hub.provider.clone(), paid.clone());
            async move { provider.sends(&paid).await }
        });
        hub.engine.have_arrived(1).await;
        for _ in 0..4 {
            hub.shopper.pays(&order, &by_card(DECLINED)).await.assert_status(201);
        }
        hub.provider.notifies(&paid).await;
        notified.await.unwrap().assert_status(200);
        is_a_payment_like_any_other(&hub, &order, &charge).await;
    }
}

/// The first write of the late payment fails as a conflict, as if the session had changed meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn so_is_a_late_payment_whose_write_was_in_conflict() {
    let hub = hub().await;
    let (order, charge) = expired(&hub, Pix).await;
    let before = hub.engine.faults();
    hub.engine.fail_write_of("TransactWriteItems CHARGE SESSION CALLBACK", 1, Fault::Conflict);
    hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
    hub.engine.heal();
    assert_eq!(hub.engine.faults(), before + 1);
    is_a_payment_like_any_other(&hub, &order, &charge).await;
}

/// The late payment supersedes an unpaid Pix that its provider cannot cancel.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_takes_the_session_from_an_unpaid_pix_that_cannot_be_canceled() {
    use ProviderType::{Adyen, Getnet, Pagseguro, Safrapay, Zoop};
    for provider in [Adyen, Zoop, Pagseguro, Safrapay, Getnet] {
        let hub = hub_at(Pix, provider).await;
        let (order, late) = expired(&hub, Pix).await;
        let active = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
        hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
        assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid", "{provider}");
        assert!(hub.waiting_updates().await.is_empty());

        // The active charge is paid as well: a duplicate payment.
        hub.provider.notifies(&hub.bank.pay(&reference(&active, 1), 100)).await;
        refunded_by_the_hub(&hub, &active).await;
        if provider == Getnet {
            assert_eq!(
                (hub.merchant.charge_status(&active).await.as_str(), voids(&hub, &active).len()),
                ("authorized", 0)
            );
            assert!(alarmed("duplicate_payment", &active) > 0, "{provider}");
        } else {
            assert_eq!((hub.merchant.charge_status(&active).await.as_str(), voids(&hub, &active).len()), ("voided", 1));
        }
        assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid", "{provider}");
        assert!(voids(&hub, &late).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_takes_the_session_from_an_unpaid_page_of_drip_that_cannot_be_canceled() {
    let hub = hub_at(Drip, ProviderType::Drip).await;
    let (order, late) = expired(&hub, Drip).await;
    let active = hub.shopper.pays(&order, &by(Drip)).await.expect(201).text("/chargeId").to_owned();
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
    hub.pass(LONG_EXPIRED).await;
    assert_eq!(hub.merchant.sees(&order, &active).await, "failed, paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_waits_as_long_as_a_cards_outcome_is_unknown_and_is_applied_when_it_is_known() {
    for (reply, paid_by) in [(BankReply::LoseRequest, "late"), (BankReply::LoseAnswer, "card")] {
        let hub = hub().await;
        let (order, late) = expired(&hub, Pix).await;
        hub.bank.treat(answers_no_query);
        hub.bank.expect([reply]);
        let card = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
        hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
        for _ in 0..12 {
            hub.pass(DAY).await;
        }
        assert_eq!(
            (hub.merchant.sees(&order, &late).await.as_str(), hub.waiting_updates().await.len()),
            ("failed, created", 1)
        );
        assert_eq!(alarmed("unknown_notification", &late), 0);

        hub.bank.treat_all_alike();
        // The next query is due within a day, and applies the waiting notification.
        hub.pass(DAY).await;
        assert!(hub.waiting_updates().await.is_empty(), "{paid_by}");
        if paid_by == "late" {
            assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
            assert_eq!(hub.merchant.charge_status(&card).await, "failed");
        } else {
            assert_eq!(hub.merchant.sees(&order, &card).await, "authorized, paid");
            refunded_by_the_hub(&hub, &late).await;
            assert_eq!(hub.merchant.sees(&order, &late).await, "voided, paid");
        }
    }
}

/// A session that has ended as `how` says since its payment by `method` expired, and the expired charge.
async fn ended(hub: &TestHub, method: PaymentType, how: &str) -> (Session, String) {
    let body = with(open_session(&hub.merchant.id), "/capture", json!(how != "pre-authorized"));
    let order = hub.merchant.creates_session(&body).await;
    let late = hub.shopper.pays(&order, &by(method)).await.expect(201).text("/chargeId").to_owned();
    hub.pass(if method == Boleto { 40 * DAY } else { LONG_EXPIRED }).await;
    if how == "canceled" {
        hub.merchant.cancels(&order).await.assert_status(201);
        return (order, late);
    }
    let rival = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).text("/chargeId").to_owned();
    if how == "voided" {
        hub.merchant.voids(&rival, &whole()).await.assert_status(201);
    }
    (order, late)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_is_refunded_by_the_hub_and_changes_no_session() {
    let hub = hub().await;
    for how in ["paid", "pre-authorized", "voided", "canceled"] {
        for method in [Pix, Drip, Boleto] {
            let (order, late) = ended(&hub, method, how).await;
            let before = hub.merchant.reads_session(&order).await.body;
            hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
            assert_eq!(hub.merchant.charge_status(&late).await, "authorized", "{how} {method}");
            refunded_by_the_hub(&hub, &late).await;
            hub.pass(DAY).await;
            if method == Boleto {
                assert_eq!(
                    (hub.merchant.charge_status(&late).await.as_str(), voids(&hub, &late).len()),
                    ("authorized", 0)
                );
                assert!(alarmed("duplicate_payment", &late) > 0, "{how}");
            } else {
                assert_eq!((hub.merchant.charge_status(&late).await.as_str(), voids(&hub, &late).len()), ("voided", 1));
            }
            assert_eq!(hub.merchant.reads_session(&order).await.body, before, "{how} {method}");
        }
    }
}

/// The bank refuses to refund 991 minor units.
#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_whose_refund_is_refused_is_refunded_daily_until_it_is_done() {
    let hub = hub().await;
    let body = with(open_session(&hub.merchant.id), "/amount", json!(991));
    let order = hub.merchant.creates_session(&body).await;
    let late = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.pass(LONG_EXPIRED).await;
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 991)).await;
    hub.pass(AT_ONCE).await;
    for hours in 0..(15 * 4) {
        hub.pass(6 * HOUR).await;
        let most = 2 + hours / 4;
        assert!(voids(&hub, &late).len() <= most, "more than one a day: {}", voids(&hub, &late).len());
    }
    let refused = voids(&hub, &late).len();
    assert!(refused >= 14, "fewer than one a day: {refused}");
    assert_eq!(hub.merchant.sees(&order, &late).await, "authorized, paid");
    assert_eq!(events(&hub, &late).await, ["pending", "failed", "authorized"]);

    hub.bank.treat(|request| {
        let done = json!({"result": "approved", "transactionId": "refund"});
        (request["operation"] == "void").then_some(Treatment::Answer(done))
    });
    hub.pass(2 * DAY).await;
    assert_eq!(hub.merchant.sees(&order, &late).await, "voided, paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_without_a_session_is_never_refunded_by_the_hub() {
    let hub = hub().await;
    for method in [Pix, Drip, Boleto] {
        let id = hub.merchant.charges(&charge_by(&hub.merchant.id, method)).await;
        hub.provider.notifies(&hub.bank.reject(&reference(&id, 1))).await;
        hub.provider.notifies(&hub.bank.pay(&reference(&id, 1), 150)).await;
        hub.pass(DAY).await;
        hub.pass(DAY).await;
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), voids(&hub, &id).len()),
            ("authorized", 0),
            "{method}"
        );
    }
}

/// The shopper saw the card fail, so the hub refunds whatever the bank takes for it later.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_approval_after_the_failure_is_always_refunded() {
    let hub = hub().await;
    for is_captured in [true, false] {
        let body = with(open_session(&hub.merchant.id), "/capture", json!(is_captured));
        let order = hub.merchant.creates_session(&body).await;
        let charge = hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/chargeId").to_owned();
        hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
        assert_eq!(
            (hub.merchant.session_status(&order).await.as_str(), alarmed("late_payment", &charge)),
            ("created", 1)
        );
        hub.pass(AT_ONCE).await;
        let ends = ["voided", "canceled"];
        assert!(
            ends.contains(&hub.merchant.charge_status(&charge).await.as_str()),
            "{}",
            hub.merchant.charge_status(&charge).await
        );
        assert_eq!((voids(&hub, &charge).len(), hub.bank.books()[&reference(&charge, 1)].left()), (1, 0));
        assert_eq!(hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201).status, 201);
    }
    let declined = hub.merchant.charges(&card_charge(&hub.merchant.id, DECLINED)).await;
    hub.provider.notifies(&hub.bank.pay(&reference(&declined, 1), 150)).await;
    assert_eq!(events(&hub, &declined).await, ["pending", "failed", "authorized"]);
    assert_eq!(entries(&hub, &declined, "authorization success 150").await, 1);
    hub.pass(AT_ONCE).await;
    assert_eq!(
        (hub.merchant.charge_status(&declined).await.as_str(), alarmed("late_payment", &declined)),
        ("voided", 1)
    );
    assert!(alarm_lines("late_payment", &declined)[0].contains("the hub refunds it by itself"));
}
