//! Chargebacks: one state per dispute. A debit does not change the amount, and the residual amount can be voided.

use domain::method::PaymentType;
use serde_json::{Value, json};
use tests::{
    Answer, TestHub,
    bank::reference,
    samples::{APPROVED, by_card, events, part, whole},
};

use super::{Boleto, Credit, Drip, Pix, alarmed, entries, finish_refunds, hub, shown, voids};

const REFUNDABLE: [PaymentType; 3] = [Credit, Pix, Drip];

async fn amount(hub: &TestHub, id: &str) -> Value {
    hub.merchant.reads_charge(id).await.body["amount"].clone()
}

/// The merchant refunds `amount` of a charge, and the bank completes the refund.
async fn refund(hub: &TestHub, id: &str, amount: u64) {
    hub.merchant.voids(id, &part(amount)).await.assert_status(201);
    finish_refunds(hub, id).await;
}

/// The void exceeds what is available: it is invalid, or it is a conflict where more may be available later.
#[track_caller]
fn assert_refused(answer: &Answer) {
    assert!([400, 409].contains(&answer.status), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chargeback_of_another_dispute_is_recorded() {
    let hub = hub().await;
    for method in [Credit, Pix, Boleto, Drip] {
        let id = hub.sells(method, 1000).await;
        for (debit, dispute) in [(300, "d-1"), (500, "d-2"), (200, "d-3")] {
            hub.provider.notifies(&hub.bank.charge_back_in(&reference(&id, 1), debit, dispute)).await;
            assert_eq!(
                (hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await),
                ("charged_back", json!(1000))
            );
        }
        let expected = "charged_back 1000: charge_back success 200, charge_back success 500, charge_back success 300, ";
        let shown = shown(&hub, &id).await;
        assert!(shown.starts_with(expected), "{method}: {shown}");
        assert_eq!(events(&hub, &id).await.iter().filter(|event| **event == "charged_back").count(), 3);
        assert_eq!(alarmed("chargeback_above_payment", &id), 0, "{method}");
        assert_refused(&hub.merchant.voids(&id, &whole()).await);
    }
}

/// Where a notification names no dispute, its own id is the dispute's id.
#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_without_a_disputes_id_is_a_dispute_of_its_own() {
    let hub = hub().await;
    let id = hub.sells(Credit, 1000).await;
    let first = hub.bank.charge_back(&reference(&id, 1), 300);
    let second = hub.bank.charge_back(&reference(&id, 1), 700);
    for update in [&first, &second, &first, &second] {
        hub.provider.notifies(update).await;
    }
    assert!(shown(&hub, &id).await.starts_with("charged_back 1000: charge_back success 700, charge_back success 300"));
    assert_eq!(entries(&hub, &id, "charge_back success 300").await, 1);
    hub.provider.notifies(&hub.bank.reverse_charge_back(&reference(&id, 1), 300, &first.id())).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "charged_back");
    hub.provider.notifies(&hub.bank.reverse_charge_back(&reference(&id, 1), 700, &second.id())).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_dispute_notified_under_another_id_counts_once() {
    let hub = hub().await;
    let id = hub.sells(Pix, 1000).await;
    hub.provider.notifies(&hub.bank.charge_back_in(&reference(&id, 1), 300, "d-1")).await;
    let again = json!({"news": "charged_back", "amount": 300, "dispute": "d-1"});
    hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &again)).await;
    assert_eq!(entries(&hub, &id, "charge_back success 300").await, 1);
    assert_refused(&hub.merchant.voids(&id, &part(701)).await);
    refund(&hub, &id, 700).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_debited_can_be_voided() {
    let hub = hub().await;
    for method in REFUNDABLE {
        let id = hub.sells(method, 1000).await;
        hub.provider.notifies(&hub.bank.charge_back_in(&reference(&id, 1), 300, "d-1")).await;
        assert_refused(&hub.merchant.voids(&id, &part(701)).await);
        refund(&hub, &id, 200).await;
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await),
            ("charged_back", json!(800))
        );
        assert_refused(&hub.merchant.voids(&id, &part(501)).await);
        // A void without an amount is a void of all that is available.
        hub.merchant.voids(&id, &whole()).await.assert_status(201);
        finish_refunds(&hub, &id).await;
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await),
            ("charged_back", json!(300))
        );
        assert_eq!(voids(&hub, &id).iter().map(|void| void.amount).sum::<u64>(), 700, "{method}");
        assert_refused(&hub.merchant.voids(&id, &whole()).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_under_way_and_a_debit_are_both_unavailable() {
    let hub = hub().await;
    let id = hub.sells(Pix, 1000).await;
    hub.merchant.voids(&id, &part(400)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.charge_back_in(&reference(&id, 1), 300, "d-1")).await;
    assert_refused(&hub.merchant.voids(&id, &part(301)).await);
    hub.merchant.voids(&id, &part(300)).await.assert_status(201);
    assert_refused(&hub.merchant.voids(&id, &part(1)).await);
    finish_refunds(&hub, &id).await;
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await), ("charged_back", json!(300)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_that_is_reversed_leaves_the_status_of_the_rest() {
    let hub = hub().await;
    for method in REFUNDABLE {
        let id = hub.sells(method, 1000).await;
        for (debit, dispute) in [(300, "d-1"), (200, "d-2")] {
            hub.provider.notifies(&hub.bank.charge_back_in(&reference(&id, 1), debit, dispute)).await;
        }
        hub.provider.notifies(&hub.bank.reverse_charge_back(&reference(&id, 1), 300, "d-1")).await;
        assert_eq!(
            hub.merchant.charge_status(&id).await,
            "charged_back",
            "{method}: the other chargeback is not reversed"
        );
        let reversed = hub.bank.reverse_charge_back(&reference(&id, 1), 200, "d-2");
        hub.provider.notifies(&reversed).await;
        hub.provider.notifies(&reversed).await;
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await),
            ("authorized", json!(1000))
        );
        assert!(shown(&hub, &id).await.starts_with("authorized 1000: dispute_closed success"), "{method}");
        assert_eq!(events(&hub, &id).await.iter().filter(|event| **event == "dispute_closed").count(), 2);
        // The merchant has the amount again, and may refund it.
        refund(&hub, &id, 1000).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "voided", "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_that_is_reversed_after_the_rest_was_refunded_is_refunded_too() {
    let hub = hub().await;
    let id = hub.sells(Credit, 1000).await;
    refund(&hub, &id, 600).await;
    hub.provider.notifies(&hub.bank.charge_back_in(&reference(&id, 1), 400, "d-1")).await;
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await), ("charged_back", json!(400)));
    hub.provider.notifies(&hub.bank.reverse_charge_back(&reference(&id, 1), 400, "d-1")).await;
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await), ("authorized", json!(400)));
    refund(&hub, &id, 400).await;
    assert_eq!(hub.merchant.charge_status(&id).await, "voided");
}

#[tokio::test(flavor = "multi_thread")]
async fn debits_above_what_was_paid_are_recorded_and_alarm() {
    let hub = hub().await;
    for method in [Credit, Pix, Boleto, Drip] {
        let id = hub.sells(method, 1000).await;
        let too_much = json!({"news": "charged_back", "amount": 5000, "dispute": "d-1"});
        hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &too_much)).await;
        assert!(shown(&hub, &id).await.starts_with("charged_back 1000: charge_back success 5000"), "{method}");
        assert_eq!(alarmed("chargeback_above_payment", &id), 1, "{method}");
    }
    let id = hub.sells(Pix, 1000).await;
    for (dispute, alarms) in [("d-1", 0), ("d-2", 1)] {
        let debit = json!({"news": "charged_back", "amount": 600, "dispute": dispute});
        hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &debit)).await;
        assert_eq!(alarmed("chargeback_above_payment", &id), alarms);
    }
    assert_eq!(entries(&hub, &id, "charge_back success 600").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_open_debited_and_credited_under_its_id() {
    let hub = hub().await;
    let id = hub.sells(Credit, 1000).await;
    let payment = reference(&id, 1);
    let update = async |kind: &str, amount: Option<u64>, dispute: &str| {
        let mut kind = json!({"news": kind, "dispute": dispute});
        if let Some(amount) = amount {
            kind["amount"] = json!(amount);
        }
        hub.provider.notifies(&hub.bank.update(&payment, &kind)).await;
    };
    update("disputed", None, "d-1").await;
    update("disputed", None, "d-2").await;
    assert_eq!(
        (hub.merchant.charge_status(&id).await.as_str(), &hub.merchant.reads_charge(&id).await.body["isDispute"]),
        ("authorized", &json!(true))
    );
    update("charged_back", Some(1000), "d-1").await;
    update("dispute_closed", None, "d-2").await;
    assert_eq!(hub.merchant.charge_status(&id).await, "charged_back");
    update("chargeback_reversed", Some(1000), "d-1").await;
    assert_eq!(
        (hub.merchant.charge_status(&id).await.as_str(), &hub.merchant.reads_charge(&id).await.body["isDispute"]),
        ("authorized", &json!(false))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_is_recorded_however_much_was_recorded_before() {
    let hub = hub().await;
    let id = hub.sells(Credit, 10_000).await;
    for _ in 0..60 {
        hub.merchant.voids(&id, &part(10)).await;
    }
    for number in 0..12 {
        hub.provider.notifies(&hub.bank.refund(&reference(&id, 1), 20 + number)).await;
    }
    for dispute in ["d-1", "d-2"] {
        hub.provider.notifies(&hub.bank.charge_back_in(&reference(&id, 1), 700, dispute)).await;
    }
    assert_eq!(
        (hub.merchant.charge_status(&id).await.as_str(), entries(&hub, &id, "charge_back success 700").await),
        ("charged_back", 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_leaves_its_session_paid() {
    let hub = hub().await;
    let (order, charge) = hub.merchant.opens_locked_session(&by_card(APPROVED)).await;
    hub.provider.notifies(&hub.bank.charge_back_in(&reference(&charge, 1), 60, "d-1")).await;
    assert_eq!(hub.merchant.sees(&order, &charge).await, "charged_back, paid");
    hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    assert_eq!(hub.merchant.sees(&order, &charge).await, "charged_back, paid");
}
