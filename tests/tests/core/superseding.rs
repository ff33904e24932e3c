//! Another payment supersedes an unpaid one: at once, after a cancel, or not at all.

use std::time::Duration;

use domain::{limits::MAX_ORDERED_REQUESTS, merchant::ProviderType, method::PaymentType};
use serde_json::json;
use tests::{
    Answer, TestHub,
    bank::{BankReply, Treatment, reference},
    samples::{APPROVED, DECLINED, by, by_boleto, by_card, by_drip, by_pix, events, open_session, part, whole, with},
    session::Session,
};

use super::{
    AT_ONCE, Boleto, DAY, Drip, HOUR, LONG_EXPIRED, Pix, alarmed, answers_no_query, bookings, hub, hub_at,
    refunded_by_the_hub, voids,
};

/// A session, its unpaid payment by `method`, and the card that supersedes the payment.
async fn superseded(hub: &TestHub, method: PaymentType) -> (Session, String, String) {
    let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
    let card = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(201);
    assert_eq!(card.text("/status"), "paid");
    (order, charge, card.text("/chargeId").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_boleto_is_superseded_at_once() {
    let hub = hub().await;
    for other in [by_card(APPROVED), by_pix(), by_drip()] {
        let (order, boleto) = hub.merchant.opens_locked_session(&by_boleto()).await;
        let paid = hub.shopper.pays(&order, &other).await.expect(201);
        assert_ne!(paid.text("/chargeId"), boleto);
        if paid.text("/status") != "paid" {
            hub.provider.notifies(&hub.bank.pay(&reference(paid.text("/chargeId"), 1), 100)).await;
        }
        assert_eq!(hub.merchant.sees(&order, paid.text("/chargeId")).await, "authorized, paid");
        // The shopper can still pay the boleto. This is a duplicate payment, which no provider refunds.
        hub.provider.notifies(&hub.bank.pay(&reference(&boleto, 1), 100)).await;
        hub.pass(DAY).await;
        assert_eq!(
            (hub.merchant.sees(&order, &boleto).await.as_str(), voids(&hub, &boleto).len()),
            ("authorized, paid", 0)
        );
        assert!(alarmed("duplicate_payment", &boleto) > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_a_declined_card_superseded_pays_the_session_that_is_free_again() {
    let hub = hub().await;
    let (order, boleto) = hub.merchant.opens_locked_session(&by_boleto()).await;
    assert_eq!(hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201).text("/status"), "failed");
    hub.provider.notifies(&hub.bank.pay(&reference(&boleto, 1), 100)).await;
    assert_eq!(hub.merchant.sees(&order, &boleto).await, "authorized, paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_pix_that_can_be_refunded_but_not_canceled_is_superseded_at_once() {
    use ProviderType::{Adyen, Pagseguro, Safrapay, Zoop};
    for provider in [Adyen, Zoop, Pagseguro, Safrapay] {
        let hub = hub_at(Pix, provider).await;
        let (order, pix, card) = superseded(&hub, Pix).await;
        assert!(bookings(&hub, &pix, "cancel").is_empty(), "{provider}");
        hub.provider.notifies(&hub.bank.pay(&reference(&pix, 1), 100)).await;
        refunded_by_the_hub(&hub, &pix).await;
        assert_eq!(
            (hub.merchant.sees(&order, &pix).await.as_str(), voids(&hub, &pix).len()),
            ("voided, paid", 1),
            "{provider}"
        );
        assert_eq!(
            (hub.merchant.sees(&order, &card).await.as_str(), voids(&hub, &card).len()),
            ("authorized, paid", 0)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_page_of_drip_that_can_be_refunded_but_not_canceled_is_superseded_at_once() {
    let hub = hub_at(Drip, ProviderType::Drip).await;
    let (order, drip, _) = superseded(&hub, Drip).await;
    hub.provider.notifies(&hub.bank.pay(&reference(&drip, 1), 100)).await;
    refunded_by_the_hub(&hub, &drip).await;
    assert_eq!((hub.merchant.sees(&order, &drip).await.as_str(), voids(&hub, &drip).len()), ("voided, paid", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_pix_that_can_be_neither_canceled_nor_refunded_holds_the_session_and_says_until_when() {
    let hub = hub_at(Pix, ProviderType::Getnet).await;
    let (order, pix) = hub.merchant.opens_locked_session(&by_pix()).await;
    let refused = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409);
    assert_eq!(refused.text("/error/type"), "conflict");
    let year = &hub.bank.clock().now().to_string()[..4];
    assert!(refused.text("/error/message").contains(&format!("{year}-")), "until when: {}", refused.body);
    assert_eq!(bookings(&hub, &pix, "cancel").len(), 0);
    hub.pass(LONG_EXPIRED).await;
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_pix_or_page_that_can_be_canceled_is_canceled_first() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge, _) = superseded(&hub, method).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "canceled, paid", "{method}");
        assert_eq!(bookings(&hub, &charge, "cancel").len(), 1);
        assert_eq!(events(&hub, &charge).await, ["pending", "canceled"]);
    }
    hub.assert_books_agree().await;
}

/// The answer is a conflict, and the session has no more than `charges` charges.
async fn assert_nothing_of_it_is_stored(hub: &TestHub, order: &Session, refused: &Answer, charges: usize) {
    assert_eq!(refused.text("/error/type"), "conflict", "{}", refused.body);
    let listed = hub.merchant.get(&format!("/v1/charges?sessionId={}", order.id)).await.expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), charges);
    assert_eq!(hub.charges().await.len(), charges, "something of the new payment is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_of_unknown_outcome_is_a_conflict_and_nothing_of_the_new_payment_is_stored() {
    for reply in [BankReply::LoseRequest, BankReply::LoseAnswer, BankReply::Babble, BankReply::Stumble] {
        let hub = hub().await;
        let (order, _) = hub.merchant.opens_locked_session(&by_pix()).await;
        hub.bank.expect([reply]);
        hub.bank.treat(answers_no_query);
        let refused = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409);
        assert_nothing_of_it_is_stored(&hub, &order, &refused, 1).await;
        assert_eq!(hub.bank.creates(), 1);
    }
}

/// The timeout of a cancel is six seconds, because a shopper waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_takes_too_long_is_a_conflict_within_six_seconds() {
    let hub = hub().await;
    let (order, _) = hub.merchant.opens_locked_session(&by_pix()).await;
    hub.bank.expect([BankReply::HoldAfterBooking]);
    let begun = std::time::Instant::now();
    let refused = hub.shopper.pays(&order, &by_card(APPROVED)).await.expect(409);
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    assert_nothing_of_it_is_stored(&hub, &order, &refused, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_is_refused_because_it_was_paid_is_a_conflict_and_the_session_is_paid() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        drop(hub.bank.pay(&reference(&charge, 1), 100));
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid", "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_cancels_five_times_at_most_and_leaves_the_merchants_requests_alone() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        hub.bank.treat(|request| {
            (request["operation"] == "cancel").then_some(Treatment::Reply(BankReply::Decline("generic")))
        });
        for _ in 0..45 {
            hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(409);
        }
        assert_eq!(bookings(&hub, &charge, "cancel").len(), 5, "{method}");
        assert_eq!(hub.charges().await.iter().filter(|it| it.id.to_string() == charge).count(), 1);
        hub.bank.treat_all_alike();

        hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
        // The merchant has all ordered requests left but the payment's. The refund of a Pix takes two.
        let left = (MAX_ORDERED_REQUESTS - 1) / if method == Pix { 2 } else { 1 };
        for _ in 0..left {
            hub.merchant.voids(&charge, &part(1)).await.assert_status(201);
            super::finish_refunds(&hub, &charge).await;
        }
        hub.merchant.voids(&charge, &part(1)).await.assert_status(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_cancels_a_session_whatever_unpaid_payment_holds_it() {
    for (method, provider) in [
        (Pix, ProviderType::Sandbox),
        (Pix, ProviderType::Adyen),
        (Pix, ProviderType::Getnet),
        (Pix, ProviderType::Bs2),
        (Boleto, ProviderType::MercadoPago),
        (Drip, ProviderType::Drip),
        (Drip, ProviderType::Sandbox),
    ] {
        let hub = hub_at(method, provider).await;
        let (order, charge) = hub.merchant.opens_locked_session(&by(method)).await;
        for _ in 0..2 {
            let canceled = hub.merchant.cancels(&order).await.expect(201);
            assert_eq!(canceled.text("/status"), "canceled", "{method} {provider}");
        }
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(400);
        // A payment after the cancel is a late payment of a canceled session.
        hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
        refunded_by_the_hub(&hub, &charge).await;
        let is_refunded = method != Boleto && ![ProviderType::Getnet, ProviderType::Bs2].contains(&provider);
        let expected = if is_refunded { "voided, canceled" } else { "authorized, canceled" };
        assert_eq!(hub.merchant.sees(&order, &charge).await, expected, "{method} {provider}");
        assert_eq!(alarmed("duplicate_payment", &charge) > 0, !is_refunded, "{method} {provider}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_cancel_succeeds_whatever_the_provider_answers() {
    for reply in [BankReply::LoseRequest, BankReply::LoseAnswer, BankReply::Stumble, BankReply::Decline("generic")] {
        let hub = hub().await;
        let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
        hub.bank.expect([reply]);
        hub.merchant.cancels(&order).await.assert_status(201);
        assert_eq!(hub.merchant.session_status(&order).await, "canceled", "{reply:?}");
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(400);
        hub.pass(HOUR).await;
        hub.pass(LONG_EXPIRED).await;
        let ends = ["canceled", "failed"];
        assert!(ends.contains(&hub.merchant.charge_status(&charge).await.as_str()), "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_cancel_of_a_session_whose_payment_is_found_paid_is_a_conflict() {
    let hub = hub().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_pix()).await;
    drop(hub.bank.pay(&reference(&charge, 1), 100));
    for _ in 0..2 {
        hub.merchant.cancels(&order).await.assert_status(409);
        assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_cancel_leaves_cards_under_way_and_pre_authorized_cards() {
    let hub = hub().await;
    let reserving = with(open_session(&hub.merchant.id), "/capture", json!(false));
    let reserved = hub.merchant.creates_session(&reserving).await;
    hub.shopper.pays(&reserved, &by_card(APPROVED)).await.assert_status(201);
    hub.bank.expect([BankReply::LoseAnswer]);
    let (unknown, _) = hub.merchant.opens_locked_session(&by_card(APPROVED)).await;
    for order in [&reserved, &unknown] {
        hub.merchant.cancels(order).await.assert_status(409);
        assert_eq!(hub.merchant.session_status(order).await, "created");
    }
    hub.pass(AT_ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_payment_that_was_paid_after_all_is_refunded_once() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge, card) = superseded(&hub, method).await;
        hub.provider.notifies(&hub.bank.pay(&reference(&charge, 1), 100)).await;
        refunded_by_the_hub(&hub, &charge).await;
        hub.pass(DAY).await;
        assert_eq!(
            (hub.merchant.sees(&order, &charge).await.as_str(), voids(&hub, &charge).len()),
            ("voided, paid", 1),
            "{method}"
        );
        hub.merchant.voids(&card, &whole()).await.assert_status(201);
        assert_eq!(hub.merchant.sees(&order, &card).await, "voided, voided");
    }
}
