//! A refund counts once, whichever id names it. The transaction requests show its answer and its end.

use domain::method::PaymentType;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{BankReply, reference},
    hub::LONG_AFTER,
    samples::{events, part},
};

use super::{
    AT_ONCE, Credit, DAY, Drip, HOUR, Pix, alarmed, answers_no_query, entries, finish_refunds, hub, shown, voids,
};

const REFUNDABLE: [PaymentType; 3] = [Credit, Pix, Drip];

async fn amount(hub: &TestHub, id: &str) -> Value {
    hub.merchant.reads_charge(id).await.body["amount"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_was_lost_and_which_is_notified_by_its_payment_counts_once() {
    let hub = hub().await;
    for method in REFUNDABLE {
        let id = hub.sells(method, 10_000).await;
        hub.bank.treat(answers_no_query);
        hub.bank.expect([BankReply::LoseAnswer]);
        hub.merchant.voids(&id, &part(3001)).await.assert_status(201);
        let done = json!({"news": "refunded", "amount": 3001, "id": "R1"});
        hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &done)).await;
        assert_eq!(amount(&hub, &id).await, 6999, "{method}");
        hub.bank.treat_all_alike();
        for _ in 0..3 {
            hub.pass(HOUR).await;
        }
        finish_refunds(&hub, &id).await;
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), amount(&hub, &id).await),
            ("authorized", json!(6999))
        );
        assert_eq!(entries(&hub, &id, "void success 3001").await, 1, "{method}: {}", shown(&hub, &id).await);
        // The whole residual amount can be refunded.
        hub.merchant.voids(&id, &part(6999)).await.assert_status(201);
        finish_refunds(&hub, &id).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "voided", "{method}");
    }
    hub.assert_books_agree().await;
}

/// The provider names the refund by its own id, which the hub knows from the provider's answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_notified_by_its_payment_and_the_providers_id_counts_once() {
    let hub = hub().await;
    for method in REFUNDABLE {
        let id = hub.sells(method, 10_000).await;
        hub.merchant.voids(&id, &part(3000)).await.assert_status(201);
        finish_refunds(&hub, &id).await;
        let before = hub.merchant.reads_charge(&id).await;
        let transaction_id = before.text("/transactionRequests/0/transactionId").to_owned();
        assert!(!transaction_id.is_empty(), "{method}");
        let said = json!({"news": "refunded", "amount": 3000, "id": transaction_id});
        hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &said)).await;
        assert_eq!(hub.merchant.reads_charge(&id).await.body, before.body, "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_refund_under_way_that_is_notified_by_its_payment_ends() {
    let hub = hub().await;
    let id = hub.sells(Pix, 10_000).await;
    hub.merchant.voids(&id, &part(3000)).await.assert_status(201);
    hub.merchant.voids(&id, &part(2000)).await.assert_status(201);
    for (refund, left) in [(2000, 8000), (3000, 5000)] {
        hub.provider
            .notifies(&hub.bank.update(&reference(&id, 1), &json!({"news": "refunded", "amount": refund})))
            .await;
        assert_eq!(amount(&hub, &id).await, left);
    }
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
    assert_eq!(voids(&hub, &id).len(), 2);
    let list = "authorized 5000: void success 3000, void success 2000, void processing 2000, void processing 3000, ";
    assert!(shown(&hub, &id).await.starts_with(list), "{}", shown(&hub, &id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_hub_did_not_ask_for_is_recorded_as_another_refund() {
    let hub = hub().await;
    for method in REFUNDABLE {
        let id = hub.sells(method, 10_000).await;
        hub.merchant.voids(&id, &part(3000)).await.assert_status(201);
        finish_refunds(&hub, &id).await;
        let own = json!({"news": "refunded", "amount": 3000, "id": "backoffice-1", "transactionId": "BACKOFFICE-1"});
        let update = hub.bank.update(&reference(&id, 1), &own);
        for _ in 0..2 {
            hub.provider.notifies(&update).await;
        }
        assert_eq!((amount(&hub, &id).await, entries(&hub, &id, "void success 3000").await), (json!(4000), 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reversal_in_notifications_of_two_kinds_counts_once() {
    let hub = hub().await;
    for method in REFUNDABLE {
        for payment_first in [false, true] {
            let id = hub.sells(method, 10_000).await;
            for _ in 0..2 {
                hub.merchant.voids(&id, &part(3000)).await.assert_status(201);
                finish_refunds(&hub, &id).await;
            }
            let first = voids(&hub, &id)[0].reference.clone();
            let failed = json!({"news": "refund_failed", "reference": first});
            let reverted = json!({"news": "refund_reverted", "amount": 3000});
            let mut kinds = [failed, reverted];
            if payment_first {
                kinds.reverse();
            }
            for kind in kinds {
                hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &kind)).await;
            }
            hub.pass(AT_ONCE).await;
            assert_eq!(amount(&hub, &id).await, 7000, "{method} {payment_first}");
            assert_eq!(entries(&hub, &id, "revert_void success 3000").await, 1);
            // The other refund is reverted as well: that is another reversal.
            let second = voids(&hub, &id)[1].reference.clone();
            let other = json!({"news": "refund_failed", "reference": second});
            hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &other)).await;
            assert_eq!(amount(&hub, &id).await, 10_000, "{method} {payment_first}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transaction_requests_show_a_refunds_answer_and_its_end() {
    let hub = hub().await;
    let id = hub.sells(Pix, 150).await;
    hub.merchant.voids(&id, &part(50)).await.assert_status(201);
    let paid_list = "authorization success 150, pending success 150";
    assert_eq!(shown(&hub, &id).await, format!("refund_pending 150: void processing 50, {paid_list}"));
    finish_refunds(&hub, &id).await;
    let done = format!("void success 50, void processing 50, {paid_list}");
    assert_eq!(shown(&hub, &id).await, format!("authorized 100: {done}"));
    hub.merchant.voids(&id, &part(30)).await.assert_status(201);
    let open = voids(&hub, &id).into_iter().find(|void| void.result == "processing").unwrap();
    hub.provider.notifies(&hub.bank.fail_refund(&open.reference)).await;
    assert_eq!(shown(&hub, &id).await, format!("authorized 100: void failed 30, void processing 30, {done}"));
    assert_eq!(
        events(&hub, &id).await,
        ["pending", "authorized", "refund_pending", "voided", "refund_pending", "authorized"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_succeeds_after_it_failed_is_a_second_transaction_request() {
    let hub = hub().await;
    for method in [Credit, Drip] {
        let id = hub.sells(method, 150).await;
        hub.bank.expect([BankReply::LoseRequest]);
        hub.merchant.voids(&id, &part(50)).await.assert_status(201);
        hub.pass(LONG_AFTER).await;
        assert_eq!(entries(&hub, &id, "void failed 50").await, 1, "{method}");
        let made = json!({"news": "refunded", "amount": 50, "reference": reference(&id, voided_number(&hub, &id))});
        hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &made)).await;
        assert!(shown(&hub, &id).await.starts_with("authorized 100: void success 50, void failed 50, "), "{method}");
    }
}

/// The number of the charge's newest void, with which its reference at the bank ends.
fn voided_number(hub: &TestHub, id: &str) -> usize {
    let hex = id.replace('-', "");
    let asked = hub.bank.asked();
    let of_void = asked.iter().rev().find(|asked| {
        asked["reference"].as_str().is_some_and(|it| it.starts_with(&hex)) && asked["operation"] == "void"
    });
    of_void.unwrap()["reference"].as_str().unwrap()[32..].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_refund_beyond_the_residual_amount_alarms_and_is_not_counted() {
    let hub = hub().await;
    let id = hub.sells(Credit, 150).await;
    hub.bank.expect([BankReply::LoseRequest]);
    hub.merchant.voids(&id, &part(50)).await.assert_status(201);
    hub.pass(LONG_AFTER).await;
    let number = voided_number(&hub, &id);
    hub.merchant.voids(&id, &part(120)).await.assert_status(201);
    let made = json!({"news": "refunded", "amount": 50, "reference": reference(&id, number)});
    hub.provider.notifies(&hub.bank.update(&reference(&id, 1), &made)).await;
    assert_eq!((amount(&hub, &id).await, alarmed("refund_above_residual", &id)), (json!(30), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_is_a_transaction_request_of_its_own() {
    let hub = hub().await;
    for method in REFUNDABLE {
        let id = hub.sells(method, 150).await;
        hub.merchant.voids(&id, &part(150)).await.assert_status(201);
        finish_refunds(&hub, &id).await;
        assert_eq!(hub.merchant.charge_status(&id).await, "voided");
        hub.provider.notifies(&hub.bank.revert_refund(&reference(&id, 1), 150)).await;
        assert!(shown(&hub, &id).await.starts_with("authorized 150: revert_void success 150, void success 150, "));
        hub.pass(DAY).await;
        assert_eq!(voids(&hub, &id).len(), 1, "{method}");
    }
    hub.assert_books_agree().await;
}
