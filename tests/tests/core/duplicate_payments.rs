//! A charge that is paid twice: another transaction id is another payment.

use domain::merchant::ProviderType;
use serde_json::json;
use tests::{
    TestHub,
    bank::{ProviderUpdate, reference},
    samples::{by, events, part, whole},
};

use super::{
    AT_ONCE, Boleto, DAY, Drip, Pix, alarm_lines, alarmed, entries, finish_refunds, hub, hub_at, refunded_by_the_hub,
    shown, voids,
};

/// The charge is paid twice; the second notification.
async fn pay_twice(hub: &TestHub, id: &str) -> ProviderUpdate {
    hub.provider.notifies(&hub.bank.pay_as(&reference(id, 1), 150, "E2E-1")).await;
    assert_eq!(alarmed("duplicate_payment", id), 0);
    let second = hub.bank.pay_again(&reference(id, 1), 150, "E2E-2");
    hub.provider.notifies(&second).await;
    second
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_that_is_paid_twice_shows_both_payments_and_alarms() {
    let hub = hub().await;
    let id = hub.merchant.charges_by(Boleto, 150).await;
    let second = pay_twice(&hub, &id).await;
    let both = "authorized 150: authorization success 150, authorization success 150, pending success 150";
    assert_eq!(shown(&hub, &id).await, both);
    assert_eq!(alarmed("duplicate_payment", &id), 1);
    // The same notification again is the same payment.
    hub.provider.notifies(&second).await;
    hub.pass(DAY).await;
    assert_eq!((shown(&hub, &id).await.as_str(), alarmed("duplicate_payment", &id)), (both, 1));
    assert!(voids(&hub, &id).is_empty(), "no provider refunds a boleto");
    // A third payment is recorded and alarms as well.
    hub.provider.notifies(&hub.bank.pay_again(&reference(&id, 1), 150, "E2E-3")).await;
    assert_eq!((entries(&hub, &id, "authorization success 150").await, alarmed("duplicate_payment", &id)), (3, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_by_pix_or_drip_is_refunded_under_its_own_id_outside_the_sums() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let id = hub.merchant.charges_by(method, 150).await;
        pay_twice(&hub, &id).await;
        assert_eq!(alarmed("duplicate_payment", &id), 1, "{method}");
        refunded_by_the_hub(&hub, &id).await;
        let sent = voids(&hub, &id);
        let refunds: Vec<_> = sent.iter().map(|void| (void.amount, void.transaction_id.as_deref())).collect();
        assert_eq!(refunds, [(150, Some("E2E-2"))], "{method}");
        let books = hub.bank.books()[&reference(&id, 1)].clone();
        assert_eq!((books.left(), books.duplicates[0].ledger.refunded), (150, 150), "{method}");
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), &hub.merchant.reads_charge(&id).await.body["amount"]),
            ("authorized", &json!(150))
        );
        assert_eq!(entries(&hub, &id, "authorization success 150").await, 2);
        assert_eq!(entries(&hub, &id, "void success 150").await, 1);

        // The first payment is refunded like any other.
        hub.merchant.voids(&id, &part(50)).await.assert_status(201);
        finish_refunds(&hub, &id).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 100, "{method}");
        assert_eq!(voids(&hub, &id).last().unwrap().transaction_id.as_deref(), Some("E2E-1"));
        hub.merchant.voids(&id, &whole()).await.assert_status(201);
        finish_refunds(&hub, &id).await;
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), hub.bank.books()[&reference(&id, 1)].left()),
            ("voided", 0)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_at_a_provider_that_refunds_no_pix_stays_and_alarms() {
    let hub = hub_at(Pix, ProviderType::Getnet).await;
    let id = hub.merchant.charges_by(Pix, 150).await;
    pay_twice(&hub, &id).await;
    hub.pass(3 * DAY).await;
    assert_eq!((entries(&hub, &id, "authorization success 150").await, voids(&hub, &id).len()), (2, 0));
    assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 150);
    // The alarm says what to do about which request.
    let alarms = alarm_lines("duplicate_payment", &id);
    let advice = "refund it at its provider, then record that with `catraca charge settle … refunded`";
    assert!(alarms.iter().all(|line| line.contains(advice) && line.contains("\"request\":3")), "{alarms:?}");
    assert!(!alarms.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_payment_of_a_sessions_charge_leaves_its_session_paid() {
    let hub = hub().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by(Pix)).await;
    hub.provider.notifies(&hub.bank.pay_as(&reference(&charge, 1), 100, "E2E-1")).await;
    hub.provider.notifies(&hub.bank.pay_again(&reference(&charge, 1), 100, "E2E-2")).await;
    refunded_by_the_hub(&hub, &charge).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "authorized, paid");
    assert_eq!(voids(&hub, &charge).len(), 1);
    hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    finish_refunds(&hub, &charge).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "voided, voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_payment_notified_again_is_no_second_one() {
    let hub = hub().await;
    for method in [Pix, Boleto, Drip] {
        let id = hub.merchant.charges_by(method, 150).await;
        hub.provider.notifies(&hub.bank.pay_as(&reference(&id, 1), 150, "E2E-1")).await;
        let before = shown(&hub, &id).await;
        for again in [
            json!({"news": "paid", "amount": 150, "transactionId": "E2E-1"}),
            json!({"news": "paid", "amount": 150}),
            json!({"news": "paid", "amount": 150, "transactionId": "E2E-1", "id": "another"}),
        ] {
            hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &again)).await;
        }
        hub.pass(AT_ONCE).await;
        assert_eq!((shown(&hub, &id).await, alarmed("duplicate_payment", &id)), (before, 0), "{method}");
        assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_found_and_then_notified_under_its_id_is_no_second_one() {
    let hub = hub().await;
    for method in [Pix, Boleto, Drip] {
        let id = hub.merchant.charges_by(method, 150).await;
        let update = hub.bank.pay_as(&reference(&id, 1), 150, "E2E-1");
        hub.pass(if method == Boleto { 8 * DAY } else { 2 * super::HOUR }).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "authorized", "{method}: found by asking");
        hub.provider.notifies(&update.signed_at(hub.bank.clock().now())).await;
        assert_eq!((entries(&hub, &id, "authorization success 150").await, alarmed("duplicate_payment", &id)), (1, 0));
    }
}
