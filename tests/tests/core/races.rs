//! Many sessions at once, in each of which a late payment races with declined cards. Whichever is first, the hub sends
//! no refund unasked, and a session whose payment is voided in full is `voided`.

use futures::{StreamExt, future::join_all, stream};
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::reference,
    samples::{DECLINED, by_card, by_pix, open_session, part, whole, with},
    session::Session,
};

use super::{DAY, LONG_EXPIRED, MINUTE, finish_refunds, voids};

/// How many sessions there are.
const SESSIONS: usize = 60;
/// How many declined cards race with each late payment.
const DECLINES: usize = 4;
/// How many sessions race at once.
const AT_A_TIME: usize = 8;

/// Runs `work` on all sessions, `AT_A_TIME`.
async fn all<T>(orders: &[(Session, String)], work: impl AsyncFn(&Session, &str) -> T) -> Vec<T> {
    stream::iter(orders).map(|(order, charge)| work(order, charge)).buffer_unordered(AT_A_TIME).collect().await
}

/// Sessions whose Pix has expired, after a race between its late payment and declined cards.
async fn raced(hub: &TestHub) -> Vec<(Session, String)> {
    let pix = with(by_pix(), "/paymentMethod/expiresIn", json!(60));
    let body: Value = with(open_session(&hub.merchant.id), "/paymentMethods/1", json!({"paymentType": "pix"}));
    let held = async |_: usize| {
        let order = hub.merchant.creates_session(&body).await;
        let charge = hub.shopper.pays(&order, &pix).await.expect(201).text("/chargeId").to_owned();
        (order, charge)
    };
    let orders: Vec<_> = stream::iter(0..SESSIONS).map(held).buffer_unordered(AT_A_TIME).collect().await;
    hub.pass(LONG_EXPIRED).await;
    all(&orders, async |order, charge| {
        let paid = hub.bank.pay(&reference(charge, 1), 100);
        let card = by_card(DECLINED);
        let shoppers = join_all((0..DECLINES).map(|_| hub.shopper.pays(order, &card)));
        let (answers, ()) = futures::future::join(shoppers, hub.provider.notifies(&paid)).await;
        assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)));
    })
    .await;
    for _ in 0..4 {
        hub.pass(MINUTE).await;
    }
    for statuses in all(&orders, async |order, charge| hub.merchant.sees(order, charge).await).await {
        assert_eq!(statuses, "authorized, paid");
    }
    orders
}

#[tokio::test(flavor = "multi_thread")]
async fn no_void_is_sent_unasked_when_a_partial_refund_is_reverted() {
    let hub = TestHub::with_every_ability().await;
    let orders = raced(&hub).await;
    all(&orders, async |_, charge| {
        hub.merchant.voids(charge, &part(10)).await.assert_status(201);
        finish_refunds(&hub, charge).await;
        let number = voids(&hub, charge)[0].reference.clone();
        hub.provider.notifies(&hub.bank.fail_refund(&number)).await;
    })
    .await;
    hub.pass(MINUTE).await;
    hub.pass(DAY).await;
    let unasked: Vec<_> = orders.iter().filter(|(_, charge)| voids(&hub, charge).len() > 1).collect();
    assert!(unasked.is_empty(), "{} of {SESSIONS} payments were refunded unasked", unasked.len());
    for (statuses, amount) in all(&orders, async |order, charge| {
        (hub.merchant.sees(order, charge).await, hub.merchant.reads_charge(charge).await.body["amount"].clone())
    })
    .await
    {
        assert_eq!((statuses.as_str(), amount), ("authorized, paid", json!(100)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_whose_payment_is_voided_in_full_is_voided() {
    let hub = TestHub::with_every_ability().await;
    let orders = raced(&hub).await;
    let all_statuses = all(&orders, async |order, charge| {
        hub.merchant.voids(charge, &whole()).await.assert_status(201);
        finish_refunds(&hub, charge).await;
        hub.merchant.sees(order, charge).await
    })
    .await;
    let wrong: Vec<_> = all_statuses.iter().filter(|statuses| statuses.as_str() != "voided, voided").collect();
    assert!(wrong.is_empty(), "{} of {SESSIONS}: {wrong:?}", wrong.len());
}
