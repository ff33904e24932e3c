//! Many sessions at once, each contested by a late payment and by payers whose card is declined. Whoever wins, a refund
//! that was not asked for is never sent, and a session whose payment was voided in full is `voided`.

use domain::{merchant::ProviderType, method::PaymentType};
use futures::{StreamExt, future::join_all, stream};
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::reference,
    order::Order,
    samples::{DECLINED, by_card, by_pix, open_session, with},
};

use super::{DAY, LONG_EXPIRED, MINUTE, finish_refunds, notify, read, void, void_all, voids};

/// How many sessions are contested.
const SESSIONS: usize = 60;
/// How many payers whose card is declined meet each late payment.
const PAYERS: usize = 4;
/// How many sessions are worked on at once.
const AT_A_TIME: usize = 8;

/// What is done `AT_A_TIME` with all sessions.
async fn all<T>(orders: &[(Order, String)], work: impl AsyncFn(&Order, &str) -> T) -> Vec<T> {
    stream::iter(orders).map(|(order, charge)| work(order, charge)).buffer_unordered(AT_A_TIME).collect().await
}

/// Sessions whose Pix has expired, contested by its late payment and by payers whose card is declined.
async fn contested(hub: &TestHub) -> Vec<(Order, String)> {
    let pix = with(by_pix(), "/paymentMethod/expiresIn", json!(60));
    let body: Value = with(open_session(&hub.client.merchant_id), "/paymentMethods/1", json!({"paymentType": "pix"}));
    let held = async |_: usize| {
        let order = Order::create(&hub.client, &body).await;
        let charge = order.pay(&pix).await.expect(201).text("/chargeId").to_owned();
        (order, charge)
    };
    let orders: Vec<_> = stream::iter(0..SESSIONS).map(held).buffer_unordered(AT_A_TIME).collect().await;
    hub.pass(LONG_EXPIRED).await;
    all(&orders, async |order, charge| {
        let paid = hub.bank.pay(&reference(charge, 1), 100);
        let card = by_card(DECLINED);
        let shoppers = join_all((0..PAYERS).map(|_| order.pay(&card)));
        let (answers, ()) = futures::future::join(shoppers, notify(hub, &paid)).await;
        assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)));
    })
    .await;
    for _ in 0..4 {
        hub.pass(MINUTE).await;
    }
    for stand in all(&orders, async |order, charge| order.stand(charge).await).await {
        assert_eq!(stand, "authorized, paid");
    }
    orders
}

async fn hub() -> TestHub {
    TestHub::with(&PaymentType::ALL.map(|method| (method, ProviderType::Sandbox))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_void_is_sent_that_was_not_asked_for_when_a_partial_refund_comes_back() {
    let hub = hub().await;
    let orders = contested(&hub).await;
    all(&orders, async |_, charge| {
        void(&hub, charge, 10).await.assert_status(201);
        finish_refunds(&hub, charge).await;
        let number = voids(&hub, charge)[0].reference.clone();
        notify(&hub, &hub.bank.fail_refund(&number)).await;
    })
    .await;
    hub.pass(MINUTE).await;
    hub.pass(DAY).await;
    let unasked: Vec<_> = orders.iter().filter(|(_, charge)| voids(&hub, charge).len() > 1).collect();
    assert!(unasked.is_empty(), "{} of {SESSIONS} payments were refunded unasked", unasked.len());
    for (stand, amount) in
        all(&orders, async |order, charge| (order.stand(charge).await, read(&hub, charge).await.body["amount"].clone()))
            .await
    {
        assert_eq!((stand.as_str(), amount), ("authorized, paid", json!(100)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_whose_payment_is_voided_in_full_is_voided() {
    let hub = hub().await;
    let orders = contested(&hub).await;
    let stands = all(&orders, async |order, charge| {
        void_all(&hub, charge).await.assert_status(201);
        finish_refunds(&hub, charge).await;
        order.stand(charge).await
    })
    .await;
    let wrong: Vec<_> = stands.iter().filter(|stand| stand.as_str() != "voided, voided").collect();
    assert!(wrong.is_empty(), "{} of {SESSIONS}: {wrong:?}", wrong.len());
}
