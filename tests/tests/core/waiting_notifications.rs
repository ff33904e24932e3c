//! A provider notification that arrives before the event it presupposes waits as long as that event can happen, and no
//! waiting notification is dropped.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{
    TestHub,
    bank::{BankReply, ProviderUpdate, Treatment, reference},
    hub::LONG_AFTER,
    samples::{APPROVED, by_card, by_pix, charge_by, part, with},
};

use super::{
    AT_ONCE, Boleto, Credit, DAY, Drip, HOUR, MINUTE, Pix, alarmed, asks, entries, finish_refunds, hub, shown,
    sweeping::{Item, item_of},
};

/// A valid BR Code.
const CODE: &str = "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd4415204000053039865802\
                    BR5913Fulano de Tal6008BRASILIA62070503***630464E4";

/// Creates a Pix that can be paid for 30 days and returns its id.
async fn long_pix(hub: &TestHub) -> String {
    hub.merchant.charges(&with(charge_by(&hub.merchant.id, Pix), "/paymentMethod/expiresIn", json!(2_592_000))).await
}

/// The bank is paid; the notification, which is lost unless the test sends it.
fn lost(hub: &TestHub, charge: &str) -> ProviderUpdate {
    hub.bank.pay(&reference(charge, 1), 150)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_presupposes_a_payment_makes_the_hub_reconcile_the_payment_at_once() {
    let hub = hub().await;
    for method in [Pix, Boleto, Drip] {
        for kind in ["charged_back", "refunded", "disputed"] {
            let id = hub.merchant.charges_by(method, 150).await;
            let payment = reference(&id, 1);
            drop(lost(&hub, &id));
            let update = match kind {
                "charged_back" => hub.bank.charge_back(&payment, 150),
                "refunded" => hub.bank.refund(&payment, 50),
                _ => hub.bank.dispute(&payment),
            };
            hub.provider.notifies(&update).await;
            // No time passes.
            hub.pass(AT_ONCE).await;
            let expected = match kind {
                "charged_back" => "charged_back 150: charge_back success 150, authorization success 150, ",
                "refunded" => "authorized 100: void success 50, authorization success 150, ",
                _ => "authorized 150: dispute success 150, authorization success 150, ",
            };
            let shown = shown(&hub, &id).await;
            assert!(shown.starts_with(expected), "{method} {kind}: {shown}");
            assert!(hub.bank.queries_of(&payment) > 0);
            assert!(hub.waiting_updates().await.is_empty(), "{method} {kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_a_notification_about_an_expired_payment() {
    let hub = hub().await;
    for method in [Pix, Drip] {
        let (order, charge) = super::expired(&hub, method).await;
        drop(hub.bank.pay(&reference(&charge, 1), 100));
        hub.provider.notifies(&hub.bank.charge_back(&reference(&charge, 1), 100)).await;
        hub.pass(AT_ONCE).await;
        hub.pass(MINUTE).await;
        assert_eq!(hub.merchant.sees(&order, &charge).await, "charged_back, paid", "{method}");
        assert!(hub.waiting_updates().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_about_a_charge_that_can_still_be_paid_waits_without_an_alarm() {
    let hub = hub().await;
    let unpaid = |request: &serde_json::Value| {
        let still = json!({"result": "pending", "transactionId": "t", "pixCode": CODE});
        asks(request, "pending", 150).then_some(Treatment::Answer(still))
    };
    for kind in ["charged_back", "refunded", "disputed"] {
        hub.bank.treat_all_alike();
        let id = long_pix(&hub).await;
        let payment = reference(&id, 1);
        let paid = lost(&hub, &id);
        hub.bank.treat(unpaid);
        let early = hub.bank.update(&payment, &json!({"news": kind, "amount": 50}));
        hub.provider.notifies(&early).await;
        for _ in 0..20 {
            hub.pass(DAY).await;
        }
        assert_eq!(
            (hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()),
            ("pending", 1),
            "{kind}"
        );
        assert_eq!(alarmed("unknown_notification", &id), 0, "{kind}");

        // The payment arrives, and the notification is applied at once.
        hub.provider.notifies(&paid.signed_at(hub.bank.clock().now())).await;
        hub.pass(AT_ONCE).await;
        let kind = ["charge_back", "void", "dispute"]
            [["charged_back", "refunded", "disputed"].iter().position(|one| *one == kind).unwrap()];
        let shown = shown(&hub, &id).await;
        assert!(shown.contains(&format!(": {kind} success ")), "{kind}: {shown}");
        assert!(hub.waiting_updates().await.is_empty(), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_nothing_can_explain_alarms_after_seven_days_and_stays_unresolved() {
    let hub = hub().await;
    let id = hub.merchant.charges_by(Pix, 150).await;
    hub.provider.notifies(&lost(&hub, &id)).await;
    // The reversal of a refund that no refund of the charge explains.
    let strange = hub.bank.update(&reference(&id, 1), &json!({"news": "refund_reverted", "amount": 70}));
    hub.provider.notifies(&strange).await;
    for _ in 0..6 {
        hub.pass(DAY).await;
    }
    assert_eq!((hub.waiting_updates().await.len(), alarmed("unknown_notification", &id)), (1, 0));
    hub.pass(DAY + HOUR).await;
    hub.pass(HOUR).await;
    assert_eq!((hub.waiting_updates().await.len(), alarmed("unknown_notification", &id)), (0, 1));
    let kept = hub.everything_stored().await.into_iter().filter(|item| item.contains("S(\"CALLBACK\")"));
    assert_eq!(kept.filter(|item| item.contains("S(\"unresolved\")")).count(), 1);
    hub.pass(10 * DAY).await;
    assert_eq!(alarmed("unknown_notification", &id), 1, "once");
    assert_eq!(hub.merchant.charge_status(&id).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_about_a_charge_that_does_not_exist_alarms_after_seven_days() {
    let hub = hub().await;
    let id = hub.merchant.charges_by(Pix, 150).await;
    let update = lost(&hub, &id);
    hub.provider.notifies(&update).await;
    let unknown = "00000000000040008000000000000001001";
    let strange = hub.bank.update(&reference(&id, 1), &json!({"news": "paid", "amount": 150, "reference": unknown}));
    hub.provider.notifies(&strange).await;
    for _ in 0..6 {
        hub.pass(DAY).await;
    }
    assert_eq!(alarmed("unknown_notification", unknown), 0);
    hub.pass(DAY + 2 * HOUR).await;
    hub.pass(HOUR).await;
    assert_eq!((hub.waiting_updates().await.len(), alarmed("unknown_notification", unknown)), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_notification_is_applied_at_once_when_its_charge_or_session_changes() {
    let hub = hub().await;
    // Its charge: the bank reports the reversal of a refund before the hub knows the refund.
    let id = hub.sells(Pix, 150).await;
    hub.provider
        .notifies(&hub.bank.update(&reference(&id, 1), &json!({"news": "refund_reverted", "amount": 40})))
        .await;
    assert_eq!(hub.waiting_updates().await.len(), 1);
    hub.merchant.voids(&id, &part(40)).await.assert_status(201);
    assert_eq!(entries(&hub, &id, "revert_void success 40").await, 0);
    finish_refunds(&hub, &id).await;
    hub.pass(AT_ONCE).await;
    assert_eq!(entries(&hub, &id, "revert_void success 40").await, 1);
    assert_eq!(
        (hub.merchant.charge_status(&id).await.as_str(), &hub.merchant.reads_charge(&id).await.body["amount"]),
        ("authorized", &json!(150))
    );

    // Its session: the sweeper finds the outcome of the card that locks it.
    let (order, late) = super::expired(&hub, Pix).await;
    hub.bank.expect([BankReply::LoseRequest]);
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    assert_eq!(hub.waiting_updates().await.len(), 1);
    hub.pass(LONG_AFTER).await;
    assert_eq!(
        (hub.merchant.sees(&order, &late).await.as_str(), hub.waiting_updates().await.len()),
        ("authorized, paid", 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_notification_is_retried_after_a_minute_and_then_with_a_backoff_that_doubles_to_an_hour() {
    let hub = hub().await;
    let (order, late) = super::expired(&hub, Pix).await;
    hub.bank.treat(super::answers_no_query);
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    let _ = hub.engine.take_calls();
    // Every retry writes the record, with the instant of the next retry.
    let (mut retries, mut minute) = (Vec::new(), 0);
    while minute < 4 * 60 {
        let step = if minute < 16 { 1 } else { 4 };
        minute += step;
        hub.pass(step * MINUTE).await;
        let calls = hub.engine.take_calls();
        let of_record = |call: &tests::engine::Call| call.is_write() && call.body.to_string().contains("CALLBACK#");
        if calls.iter().any(of_record) {
            retries.push(minute);
        }
    }
    let pauses: Vec<u32> = retries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(retries.first().is_some_and(|first| *first <= 2), "{retries:?}");
    assert!((6..=10).contains(&retries.len()), "{retries:?}");
    assert!(pauses.iter().all(|pause| *pause <= 64) && pauses.iter().any(|pause| *pause >= 56), "{retries:?}");
    assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1] + 4), "{retries:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_of_a_card_whose_outcome_is_unknown_waits_for_the_outcome() {
    let hub = hub().await;
    hub.bank.treat(super::answers_no_query);
    hub.bank.expect([BankReply::LoseAnswer]);
    let id = hub.merchant.charges_by(Credit, 150).await;
    hub.provider.notifies(&hub.bank.charge_back(&reference(&id, 1), 150)).await;
    for _ in 0..10 {
        hub.pass(DAY).await;
    }
    assert_eq!((hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()), ("pending", 1));
    hub.bank.treat_all_alike();
    hub.pass(DAY).await;
    assert_eq!(
        (hub.merchant.charge_status(&id).await.as_str(), hub.waiting_updates().await.len()),
        ("charged_back", 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_waits_for_a_cancel_of_unknown_outcome() {
    let hub = hub().await;
    let (order, late) = super::expired(&hub, Pix).await;
    let active = hub.shopper.pays(&order, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    hub.bank.treat(super::answers_no_query);
    hub.bank.expect([BankReply::LoseAnswer]);
    hub.provider.notifies(&hub.bank.pay(&reference(&late, 1), 100)).await;
    for _ in 0..10 {
        hub.pass(DAY).await;
    }
    hub.bank.treat_all_alike();
    hub.pass(DAY).await;
    hub.pass(HOUR).await;
    assert_eq!(
        (hub.merchant.sees(&order, &late).await.as_str(), hub.waiting_updates().await.len()),
        ("authorized, paid", 0)
    );
    assert_eq!(hub.merchant.charge_status(&active).await, "canceled");
}

/// A stored item as the table's stream shows it.
fn image(item: &Item) -> serde_json::Value {
    fn shown(value: &AttributeValue) -> serde_json::Value {
        match value {
            AttributeValue::S(text) => json!({"S": text}),
            AttributeValue::N(digits) => json!({"N": digits}),
            AttributeValue::L(entries) => json!({"L": entries.iter().map(shown).collect::<Vec<_>>()}),
            other => unreachable!("a charge has no such attribute: {other:?}"),
        }
    }
    item.iter().map(|(name, value)| (name.clone(), shown(value))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_charge_with_a_waiting_notification_are_relayed() {
    let hub = hub().await;
    let id = hub.sells(Pix, 150).await;
    let early = hub.bank.update(&reference(&id, 1), &json!({"news": "refund_reverted", "amount": 40}));
    hub.provider.notifies(&early).await;
    let waits = item_of(&hub, &id).await;
    assert!(waits.contains_key("waiting"));
    hub.merchant.voids(&id, &part(40)).await.assert_status(201);
    let (old, new) = (image(&waits), image(&item_of(&hub, &id).await));
    let keys = json!({"PK": new["PK"], "SK": new["SK"]});
    let change = json!({"Keys": keys, "OldImage": old, "NewImage": new, "SequenceNumber": "1"});
    let first = json!({"Keys": keys, "NewImage": old, "SequenceNumber": "0"});
    let records =
        [("INSERT", first), ("MODIFY", change)].map(|(name, change)| json!({"eventName": name, "dynamodb": change}));
    assert!(hub.relay(records.to_vec()).await.batch_item_failures.is_empty());
    assert!(hub.dead_letters.waiting().is_empty(), "the relay could not read a change");
    let listed = hub.merchant.get("/v1/events").await.expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 3, "{}", listed.body);
}
