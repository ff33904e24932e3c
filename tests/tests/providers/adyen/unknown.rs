//! Payments whose answers are lost: repeated under their keys, known by notification, or undone by reference.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use domain::merchant::ProviderType;
use flows::charge::operator::{self, NotRecorded, Verdict, What};
use serde_json::{Value, json};
use tests::{
    fakes::{
        Fault, Reply,
        adyen::{API_KEY, AUTHORISED_CARD, HMAC_KEY, MERCHANT_ACCOUNT, configuration_error, internal_error},
    },
    hub::LONG_AFTER,
    log::{alarms, lines_of, listen},
    samples::{by_card, open_session, part, whole},
};

use super::{DAY, HOUR, Shop, lose_answers, reference};

/// For so long an operator leaves a payment to its provider.
const LEFT_ALONE: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_clear_answer_is_made_once_more_under_its_key() {
    let shop = Shop::open().await;
    let html = Reply { status: 502, headers: Vec::new(), body: b"<html>Bad gateway</html>".to_vec() };
    let faults = [
        Fault::LoseRequest,
        Fault::LoseAnswer,
        Fault::HalfAnswer,
        Fault::Instead(internal_error()),
        Fault::Instead(Reply::empty(200)),
        Fault::Instead(html.clone()),
        Fault::Refuse(html),
    ];
    for (count, fault) in faults.into_iter().enumerate() {
        let label = format!("{fault:?}");
        shop.server.treat_next("POST", "/payments", fault);
        let charge = shop.by_card(AUTHORISED_CARD).await;
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized", "{label}");
        assert_eq!(
            (shop.adyen.payments().len(), shop.server.count("POST", "/payments")),
            (count + 1, 2 * (count + 1)),
            "{label}"
        );
        let asked = shop.server.asked();
        let [.., first, retry] = asked.as_slice() else { panic!("{label}") };
        let same = |name: &str| first.header(name) == retry.header(name);
        assert!(
            first.body == retry.body && same("idempotency-key") && same("content-type"),
            "{label}: another request"
        );
        shop.delivers_all().await;
        assert_eq!(shop.agrees(&charge).await, (150, 0), "{label}");
    }
    let charge = shop.reserves().await;
    shop.server.treat_next("POST", "/captures", Fault::LoseAnswer);
    shop.hub.merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    assert_eq!(shop.adyen.modifications().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_answers_are_lost_is_known_by_its_notification() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.by_card(AUTHORISED_CARD).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    assert_eq!(shop.server.count("POST", "/payments"), 2);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.pass(DAY).await;
    shop.delivers_all().await;
    assert_eq!((shop.agrees(&charge).await, shop.server.count("POST", "/cancels")), ((0, 150), 0));
    // Its refund names what the notification has named.
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_which_nothing_is_heard_is_undone_by_its_reference() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let session = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let paid = shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.expect(201);
    let charge = paid.text("/chargeId").to_owned();
    let late = shop.adyen.take_notifications();
    shop.hub.pass(LONG_AFTER).await;
    assert!(shop.server.count("POST", "/cancels") >= 1);
    // That it was asked proves nothing: the session stays locked.
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.assert_status(409);
    shop.settles().await;
    assert_eq!(shop.hub.merchant.sees(&session, &charge).await, "failed, created");
    // The approval comes after its end.
    shop.delivers(&late).await;
    assert_eq!(shop.hub.merchant.sees(&session, &charge).await, "failed, created");
    assert_eq!(shop.adyen.holding(&reference(&charge)).reserved(), 0);
    shop.server.treat_all_alike();
    shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.assert_status(201);
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_finds_nothing_is_no_answer_and_is_tried_again_under_another_key() {
    let shop = Shop::open().await;
    // The payment still runs: its repeat is answered so, and a cancel overtakes it.
    shop.adyen.run_long_next();
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(Duration::from_mins(3)).await;
    shop.settles().await;
    let tries = shop.server.count("POST", "/cancels");
    assert!(tries >= 1);
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    shop.adyen.finish_running();
    let late = shop.adyen.take_notifications();
    shop.hub.pass(LONG_AFTER).await;
    assert!(shop.server.count("POST", "/cancels") > tries);
    shop.settles().await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
    shop.delivers(&late).await;
    assert_eq!(shop.agrees(&charge).await, (0, 0));
    let keys: BTreeSet<_> = shop
        .server
        .asked()
        .iter()
        .filter(|asked| asked.path.ends_with("/cancels"))
        .map(|asked| asked.header("idempotency-key").unwrap().to_owned())
        .collect();
    assert_eq!(keys.len(), shop.server.count("POST", "/cancels"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_comes_while_the_payment_is_undone_is_released_with_it() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(Duration::from_mins(3)).await;
    assert!(shop.server.count("POST", "/cancels") >= 1);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 0));
    assert_eq!(shop.sees(&charge).await, "canceled 0: void success 150, authorization success 150");
}

/// The first of these calls is carried out and its answer lost; the retry under the same key is refused.
fn lose_the_first_and_refuse_the_retry(shop: &Shop, ends: &'static str) {
    let is_first = AtomicBool::new(true);
    shop.server.treat(move |asked| {
        let fault = || {
            let is_first = is_first.swap(false, Ordering::SeqCst);
            if is_first { Fault::LoseAnswer } else { Fault::Refuse(configuration_error()) }
        };
        asked.path.ends_with(ends).then(fault)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_a_retry_says_nothing_of_the_first_try() {
    let shop = Shop::open().await;
    lose_the_first_and_refuse_the_retry(&shop, "/payments");
    let charge = shop.by_card(AUTHORISED_CARD).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));

    shop.server.treat_all_alike();
    let reserved = shop.reserves().await;
    lose_the_first_and_refuse_the_retry(&shop, "/captures");
    shop.hub.merchant.captures(&reserved, &whole()).await.assert_status(201);
    assert!(shop.sees(&reserved).await.contains("capture processing 150"));
    shop.settles().await;
    assert_eq!(shop.agrees(&reserved).await, (0, 150));

    lose_the_first_and_refuse_the_retry(&shop, "/refunds");
    shop.hub.merchant.voids(&reserved, &part(50)).await.assert_status(201);
    assert!(shop.sees(&reserved).await.contains("void processing 50"));
    shop.settles().await;
    assert_eq!(shop.agrees(&reserved).await, (0, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_not_made_once_more_before_the_pause_that_the_provider_asks_for() {
    let shop = Shop::open().await;
    let throttled = Reply { headers: vec![("retry-after", "600".to_owned())], ..Reply::empty(429) };
    shop.server.treat_next("POST", "/payments", Fault::Refuse(throttled));
    let charge = shop.by_card(AUTHORISED_CARD).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    assert_eq!(shop.server.count("POST", "/payments"), 1);
    shop.hub.pass(Duration::from_mins(8)).await;
    assert_eq!(shop.server.count("POST", "/cancels"), 0, "nor is it undone before");
    shop.hub.pass(Duration::from_mins(10)).await;
    assert!(shop.server.count("POST", "/cancels") > 0);
}

/// Records that this payment was approved, under Adyen's own id of it.
async fn records(shop: &Shop, charge: &str, id: Option<&str>) -> Result<What, NotRecorded> {
    let recorded = operator::settle(shop.hub.flows(), charge.parse().unwrap(), 1, Verdict::Approved { id }).await;
    recorded.map(|recorded| recorded.what)
}

/// Its webhook is broken, so that an operator looks the payment up. Adyen changes a payment by its own id alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_an_operator_records_has_adyens_id_and_is_captured_and_refunded() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let (paid, reserved) = (shop.by_card(AUTHORISED_CARD).await, shop.reserves().await);
    shop.server.treat_all_alike();
    drop(shop.adyen.take_notifications());
    shop.hub.clock().advance(LEFT_ALONE);
    for (number, charge) in [&paid, &reserved].into_iter().enumerate() {
        let psp = shop.adyen.payments()[number].psp_reference.clone();
        for none in [None, Some("no-id-of-adyens")] {
            assert_eq!(records(&shop, charge, none).await, Err(NotRecorded::NoId(ProviderType::Adyen)));
        }
        assert_eq!(shop.hub.merchant.charge_status(charge).await, "pending");
        assert_eq!(records(&shop, charge, Some(&psp)).await, Ok(What::Outcome));
    }
    shop.hub.merchant.captures(&reserved, &whole()).await.assert_status(201);
    shop.hub.clock().advance(HOUR);
    shop.settles().await;
    for charge in [&paid, &reserved] {
        shop.hub.merchant.voids(charge, &part(50)).await.assert_status(201);
        shop.settles().await;
        assert_eq!(shop.agrees(charge).await, (0, 100), "{}", shop.sees(charge).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_the_hub_cannot_refund_alarms_until_it_can() {
    listen("error");
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.server.treat_all_alike();
    let late = shop.adyen.take_notifications();
    shop.hub.clock().advance(LEFT_ALONE);
    operator::settle(shop.hub.flows(), charge.parse().unwrap(), 1, Verdict::Declined).await.unwrap();
    shop.delivers(&late).await;
    let path = format!("/v1/merchants/{}", shop.hub.merchant.id);
    let account = shop.hub.merchant.get(&path).await.expect(200).text("/providers/0/id").to_owned();
    let mut fields = json!({"merchantAccount": MERCHANT_ACCOUNT, "apiKey": API_KEY, "hmacKey": HMAC_KEY});
    let whole = fields.clone();
    fields.as_object_mut().and_then(|fields| fields.remove("merchantAccount")).unwrap();
    let stores = async |fields: &Value| shop.hub.stores_unchecked(&account, fields).await;
    stores(&fields).await;
    shop.hub.pass(LEFT_ALONE).await;
    assert_eq!(shop.adyen.modifications().len(), 0);
    assert!(alarms("duplicate_payment", &charge) > 0);
    let looked_up = format!("look for the reference {}", reference(&charge));
    assert!(lines_of("duplicate_payment").iter().any(|line| line.contains(&looked_up)));
    stores(&whole).await;
    shop.hub.pass(DAY).await;
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 0), "{}", shop.sees(&charge).await);
}
