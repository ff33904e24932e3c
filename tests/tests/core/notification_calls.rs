//! A notification that cannot be recorded does not delay the others of its call.

use serde_json::json;
use tests::{
    TestHub,
    bank::{ProviderUpdate, reference},
    engine::Fault,
};

use super::{Boleto, Drip, Pix, hub, shown};

/// One call of the bank with a paid notification for each of these charges.
fn call(hub: &TestHub, charges: &[String]) -> ProviderUpdate {
    let updates: Vec<ProviderUpdate> = charges.iter().map(|charge| hub.bank.pay(&reference(charge, 1), 150)).collect();
    ProviderUpdate::of_all(&updates, hub.bank.clock().now())
}

/// Every write that names this charge is throttled.
fn lose_writes_of(hub: &TestHub, charge: &str) {
    let charge = charge.to_owned();
    hub.engine.fail(move |operation, body| {
        let is_write = matches!(operation, "PutItem" | "UpdateItem" | "TransactWriteItems");
        let is_of_charge = is_write && body.to_string().contains(&charge);
        if is_of_charge { Fault::Throttle } else { Fault::None }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_the_hub_cannot_record_now_is_answered_503_and_the_others_are_recorded() {
    let hub = hub().await;
    for method in [Pix, Boleto, Drip] {
        for broken in 0..3 {
            let mut charges = Vec::new();
            for _ in 0..3 {
                charges.push(hub.merchant.charges_by(method, 150).await);
            }
            let call = call(&hub, &charges);
            lose_writes_of(&hub, &charges[broken]);
            let answer = hub.provider.sends(&call).await;
            assert_eq!(answer.status, 503, "{method} {broken}: {}", answer.body);
            hub.engine.heal();
            for (number, charge) in charges.iter().enumerate() {
                let expected = if number == broken { "pending" } else { "authorized" };
                assert_eq!(hub.merchant.charge_status(charge).await, expected, "{method} {broken} {number}");
            }
            // The bank repeats its call, which changes no charge that is recorded.
            hub.provider.notifies(&call).await;
            for charge in &charges {
                assert_eq!(hub.merchant.charge_status(charge).await, "authorized");
                assert_eq!(tests::samples::events(&hub, charge).await, ["pending", "authorized"]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_must_wait_delays_no_other() {
    let hub = hub().await;
    let (first, last) = (hub.merchant.charges_by(Pix, 150).await, hub.merchant.charges_by(Pix, 150).await);
    let early = hub.bank.update(&reference(&first, 1), &json!({"news": "refund_reverted", "amount": 10}));
    let updates = [hub.bank.pay(&reference(&first, 1), 150), early, hub.bank.pay(&reference(&last, 1), 150)];
    hub.provider.notifies(&ProviderUpdate::of_all(&updates, hub.bank.clock().now())).await;
    assert_eq!(
        [hub.merchant.charge_status(&first).await, hub.merchant.charge_status(&last).await],
        ["authorized", "authorized"]
    );
    assert_eq!(hub.waiting_updates().await.len(), 1);
}

/// The hub records nothing of an unreadable notification, and answers the bank with 400.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_cannot_be_read_leaves_the_others_of_its_call() {
    let hub = hub().await;
    let id = hub.merchant.charges_by(Pix, 150).await;
    let updates = [
        hub.bank.update(&reference(&id, 1), &json!({"news": "no such kind", "amount": 10})),
        hub.bank.pay(&reference(&id, 1), 150),
    ];
    let call = ProviderUpdate::of_all(&updates, hub.bank.clock().now());
    for _ in 0..2 {
        assert_eq!(hub.provider.sends(&call).await.status, 200);
        assert_eq!(shown(&hub, &id).await, "authorized 150: authorization success 150, pending success 150");
    }
}
