//! An update is applied once, however often it arrives.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{ProviderUpdate, reference},
    samples::{events, summary, with},
};

use super::{pay, pix, update_of, with_updates};

#[tokio::test(flavor = "multi_thread")]
async fn one_notification_has_updates_of_many_payments() {
    let hub = TestHub::build().await;
    let (first, second, rejected, unpaid) = (pix(&hub).await, pix(&hub).await, pix(&hub).await, pix(&hub).await);
    let update = pay(&hub, &first);
    let all =
        [update_of(&update), update_of(&pay(&hub, &second)), update_of(&hub.bank.reject(&reference(&rejected, 1)))];
    hub.provider.notifies(&with_updates(&hub, &update, &all)).await;
    for (id, expected) in [(&first, "authorized"), (&second, "authorized"), (&rejected, "failed"), (&unpaid, "pending")]
    {
        assert_eq!(hub.merchant.charge_status(id).await, expected);
    }
    // At most a hundred updates, of one payment or of many; here all about one dispute.
    let contest = with(update_of(&hub.bank.dispute(&reference(&first, 1))), "/dispute", json!("dispute 1"));
    let many: Vec<Value> = (0..101).map(|no| with(contest.clone(), "/id", json!(format!("many {no}")))).collect();
    hub.refuses(hub.provider.sends(&with_updates(&hub, &update, &many)), 400).await;
    assert_eq!(hub.merchant.reads_charge(&first).await.body["isDispute"], false);
    hub.provider.notifies(&with_updates(&hub, &update, &many[..100])).await;
    assert!(
        summary(&hub.merchant.reads_charge(&first).await)
            .starts_with("authorized 150: dispute success 150, authorization")
    );
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_update_is_accepted_and_changes_nothing() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    hub.provider.notifies(&update).await;
    let paid = hub.merchant.reads_charge(&id).await;
    for _ in 0..3 {
        hub.provider.notifies(&update).await;
    }
    for answer in join_all((0..20).map(|_| hub.provider.sends(&update))).await {
        answer.assert_status(200);
    }
    hub.clock().advance(Duration::from_hours(24));
    hub.provider.notifies(&update.clone().signed_at(hub.clock().now())).await;
    assert_eq!(hub.merchant.reads_charge(&id).await.body, paid.body);
    assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
    // The hub recognises the same update with another id.
    hub.provider.notifies(&with_updates(&hub, &update, &[with(update_of(&update), "/id", json!("other"))])).await;
    assert_eq!(hub.merchant.reads_charge(&id).await.body, paid.body);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_arrives_many_times_at_once_is_applied_once() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    let update = pay(&hub, &id);
    hub.engine.gather("TransactWriteItems CHARGE CALLBACK", 10);
    for answer in join_all((0..10).map(|_| hub.provider.sends(&update))).await {
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.body);
    }
    assert_eq!(
        summary(&hub.merchant.reads_charge(&id).await),
        "authorized 150: authorization success 150, pending success 150"
    );
    assert_eq!(events(&hub, &id).await, ["pending", "authorized"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_updates_of_one_payment_at_once_are_all_applied() {
    let hub = TestHub::build().await;
    let id = pix(&hub).await;
    hub.provider.notifies(&pay(&hub, &id)).await;
    let refunds: Vec<ProviderUpdate> = (0..4).map(|_| hub.bank.refund(&reference(&id, 1), 30)).collect();
    hub.engine.gather("TransactWriteItems CHARGE CALLBACK", 4);
    for (update, answer) in refunds.iter().zip(join_all(refunds.iter().map(|update| hub.provider.sends(update))).await)
    {
        if answer.status != 200 {
            // Not accepted: the bank sends it again.
            answer.assert_status(409);
            hub.provider.notifies(update).await;
        }
    }
    assert_eq!(hub.merchant.reads_charge(&id).await.body["amount"], 30);
    assert_eq!(events(&hub, &id).await.len(), 6);
    hub.assert_books_agree().await;
}
