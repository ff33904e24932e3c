//! Adyen carries out a change once under its key: one without an answer is sent again as long as the key is known.

use std::collections::BTreeSet;

use domain::{
    charge::update::{ProviderUpdate, UpdateKind},
    method::PaymentType::{Credit, Pix},
    money::Amount,
};
use flows::{
    account::provider::{self, Checked},
    charge::{
        conclude,
        operator::{self, Verdict},
    },
};
use serde_json::json;
use store::inbox::{Record, RecordKey, State};
use tests::{
    fakes::{
        Fault, Reply,
        adyen::{Adyen, Notification},
    },
    log::{alarms, listen, logged},
    samples::{APPROVED, card_charge, charge_by, part, pix_charge, reservation, whole},
    shop::{Shop, of_a_customer, reference},
};

use super::{DAY, HOUR, MINUTE};

/// How often Adyen was asked for something at a path that ends so, and under how many keys. A key has one body.
fn asked(shop: &Shop<Adyen>, ends: &str) -> (usize, usize) {
    let asked = shop.account.server.asked();
    let meant: Vec<_> = asked.iter().filter(|asked| asked.path.ends_with(ends)).collect();
    let keys: BTreeSet<_> = meant.iter().map(|asked| asked.header("idempotency-key").unwrap()).collect();
    let bodies: BTreeSet<_> =
        meant.iter().map(|asked| (asked.header("idempotency-key").unwrap(), &asked.body)).collect();
    assert_eq!(bodies.len(), keys.len(), "a retry is the same request");
    (meant.len(), keys.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_never_received_is_made_by_the_next_sweep() {
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let captured = merchant.charges(&reservation(&merchant.id)).await;
    let released = merchant.charges(&reservation(&merchant.id)).await;
    let refunded = merchant.charges(&card_charge(&merchant.id, APPROVED)).await;
    let pix = merchant.charges(&of_a_customer(pix_charge(&merchant.id))).await;
    shop.account.is_paid(&shop.hub, &pix, 150).await;
    shop.pass(HOUR).await;
    shop.account.server.treat(|_| Some(Fault::LoseRequest));
    merchant.captures(&captured, &part(100)).await.assert_status(201);
    merchant.voids(&released, &whole()).await.assert_status(201);
    merchant.voids(&refunded, &part(50)).await.assert_status(201);
    merchant.voids(&pix, &whole()).await.assert_status(201);
    assert_eq!(shop.fake().modifications().iter().filter(|change| !change.reference.ends_with("001")).count(), 0);
    shop.account.server.treat_all_alike();
    shop.pass(2 * MINUTE).await;
    for (charge, end) in [
        (&captured, "authorized 100: capture success 100, pre_authorization success 150"),
        (&released, "canceled 0: void success 150, pre_authorization success 150"),
        (&refunded, "authorized 100: void success 50, authorization success 150"),
    ] {
        assert_eq!(shop.sees(charge).await, end);
    }
    assert_eq!(merchant.charge_status(&pix).await, "voided");
    shop.assert_books_agree().await;
    for ends in ["/captures", "/cancels"] {
        let (times, keys) = asked(&shop, ends);
        assert!(times > 2 && keys == 1, "{ends}: {times} {keys}");
    }
    assert_eq!(asked(&shop, "/refunds").1, 2);
}

/// The key of the account is refused: the charge says so, and each call has its line, also one of a check.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_the_provider_refuses_the_account_says_so() {
    listen(super::LEVELS);
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let refusal = Reply::json(
        401,
        &json!({"status": 401, "errorCode": "000", "message": "HTTP Status Response - Unauthorized", "errorType": "security"}),
    );
    shop.account.server.treat(move |_| Some(Fault::Refuse(refusal.clone())));
    let made = merchant.creates_charge(&card_charge(&merchant.id, APPROVED)).await;
    let request = &made.body["transactionRequests"][0];
    assert_eq!((made.text("/status"), &request["requestStatus"]), ("failed", &json!("internal_error")));
    assert_eq!(request["providerError"]["declinedCode"], "invalid_merchant", "{request}");
    let client = merchant.client_id.parse().unwrap();
    let account = shop.hub.charge(made.text("/id")).await.requests[0].via.id;
    assert_eq!(provider::check(shop.hub.flows(), client, account).await, Ok(Checked::Refused));
    let account = account.to_string();
    let line = |line: &&str| line.contains("\"operation\":\"check\"") && line.contains(&account);
    assert_eq!(logged().lines().filter(line).count(), 1);
}

/// A shop with a payment of which a part is refunded, and the answers to that get lost.
async fn with_a_refund_whose_answers_are_lost() -> (Shop<Adyen>, String) {
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let charge = merchant.charges(&charge_by(&merchant.id, Credit)).await;
    shop.pass(HOUR).await;
    shop.account.server.treat(|asked| asked.path.ends_with("/refunds").then_some(Fault::LoseAnswer));
    merchant.voids(&charge, &part(50)).await.assert_status(201);
    (shop, charge)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_received_is_not_made_twice_however_often_it_is_sent() {
    let (shop, charge) = with_a_refund_whose_answers_are_lost().await;
    // Adyen takes its time, and the hub asks again and again.
    for _ in 0..4 {
        shop.hub.pass(HOUR).await;
    }
    let (times, keys) = asked(&shop, "/refunds");
    assert!(times > 3 && keys == 1, "{times} {keys}");
    shop.pass(MINUTE).await;
    assert_eq!(shop.sees(&charge).await, "authorized 100: void success 50, authorization success 150");
    assert_eq!(shop.held(&charge).given_back, 50);
    shop.assert_books_agree().await;
    assert_eq!(asked(&shop, "/refunds"), (times, 1));
}

/// The account's key is refused when the change is sent again: that says nothing of the first time.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_change_that_is_sent_again_is_no_answer_to_the_first() {
    use tests::fakes::adyen::configuration_error;

    let (shop, charge) = with_a_refund_whose_answers_are_lost().await;
    for refusal in [configuration_error(), Reply::empty(403)] {
        shop.account.server.treat(move |_| Some(Fault::Refuse(refusal.clone())));
        shop.hub.pass(HOUR).await;
        assert_eq!(shop.sees(&charge).await, "authorized 150: void processing 50, authorization success 150");
    }
    shop.pass(MINUTE).await;
    assert_eq!(shop.sees(&charge).await, "authorized 100: void success 50, authorization success 150");
    shop.assert_books_agree().await;
}

/// A refund that the provider began has no reference of the hub's: to carry it out again would be another refund.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_provider_began_is_never_carried_out_by_the_hub() {
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let id = merchant.charges(&charge_by(&merchant.id, Credit)).await;
    shop.pass(HOUR).await;
    let charge = shop.hub.charge(&id).await;
    let via = charge.request(1).unwrap().via;
    let begun = ProviderUpdate {
        reference: charge.reference(1),
        id: "993000000000009X".to_owned(),
        payment: None,
        currency: None,
        kind: UpdateKind::RefundBegun { amount: Amount::new(50).unwrap() },
    };
    let record = Record {
        key: RecordKey { provider: via.kind, hash: "a hash of it".to_owned() },
        client: charge.client,
        account: via.id,
        update: begun,
        received_at: shop.hub.flows().now(),
        state: State::Applied,
        due_at: None,
    };
    conclude::update(shop.hub.flows(), record).await.unwrap();
    assert!(shop.sees(&id).await.contains("void processing 50"), "{}", shop.sees(&id).await);
    for _ in 0..3 {
        shop.hub.pass(HOUR).await;
    }
    assert_eq!((asked(&shop, "/refunds").0, asked(&shop, "/reversals").0), (0, 0));
}

/// The kept reservation was captured, the other was not: to refund what was never captured would be refused each day.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_reservation_is_canceled_although_the_first_was_captured_meanwhile() {
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let charge = merchant.charges(&reservation(&merchant.id)).await;
    let approved = shop.fake().take_notifications().pop().unwrap();
    let second = Notification { psp_reference: "993000000000005X".to_owned(), ..approved.clone() };
    shop.delivers(&[approved.into(), second.into()]).await;
    merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.pass(HOUR).await;
    shop.pass(HOUR).await;
    assert_eq!((asked(&shop, "/captures").0, shop.held(&charge).net), (1, 150));
    let asked = shop.account.server.asked();
    let second = asked.iter().filter(|asked| asked.path.contains("993000000000005X"));
    let ways: BTreeSet<_> = second.map(|asked| asked.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(ways, BTreeSet::from(["cancels"]), "{}", shop.sees(&charge).await);
}

/// Adyen forgets a key after seven days: a change that was lost for so long is not sent again. The operator ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_not_sent_again_once_its_key_may_be_forgotten() {
    listen(super::LEVELS);
    let shop = Shop::<Adyen>::open().await;
    let merchant = &shop.hub.merchant;
    let charge = merchant.charges(&of_a_customer(charge_by(&merchant.id, Pix))).await;
    shop.account.is_paid(&shop.hub, &charge, 150).await;
    shop.account.server.treat(|_| Some(Fault::LoseRequest));
    merchant.voids(&charge, &whole()).await.assert_status(201);
    let refund = u16::try_from(shop.hub.charge(&charge).await.requests.len()).unwrap();
    for _ in 0..6 {
        shop.hub.pass(DAY).await;
    }
    shop.account.server.treat_all_alike();
    let times = asked(&shop, "/refunds");
    shop.pass(5 * DAY).await;
    assert_eq!((asked(&shop, "/refunds"), times.1), (times, 1));
    assert!(alarms("unknown_outcome", &reference(&charge, refund)) > 0);
    operator::settle(shop.hub.flows(), charge.parse().unwrap(), refund.into(), Verdict::Declined).await.unwrap();
    assert_eq!(merchant.charge_status(&charge).await, "authorized");
    shop.assert_books_agree().await;
    merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.pass(MINUTE).await;
    assert_eq!(merchant.charge_status(&charge).await, "voided");
    shop.assert_books_agree().await;
}
