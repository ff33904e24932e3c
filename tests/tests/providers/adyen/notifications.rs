//! Notifications that are reordered, forged, of another amount, or several in one call.

use serde_json::json;
use tests::{
    fakes::adyen::{AUTHORISED_CARD, HMAC_KEY, Notification},
    log::{alarms, lines_of, listen},
    samples::{card_charge, part, whole, with},
};

use super::{HOUR, Shop, lose_answers};

/// Adyen refunds by the id of the payment, which its capture has not.
#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_overtakes_its_authorisation_leaves_the_payment_its_own_id() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.server.treat_all_alike();
    let approved = shop.adyen.take_notifications();
    shop.hub.clock().advance(HOUR);
    shop.adyen.settle_all();
    let captured = shop.adyen.take_notifications();
    shop.delivers(&captured).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized", "{}", shop.sees(&charge).await);
    shop.delivers(&approved).await;
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.adyen.settle_all();
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 100), "{}", shop.sees(&charge).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_is_forged_or_of_another_payment_changes_nothing_and_what_is_forged_alarms() {
    listen("error");
    let shop = Shop::open().await;
    let charge = shop.reserves().await;
    let approved = shop.adyen.take_notifications().pop().unwrap();
    let before = shop.hub.charge(&charge).await;
    let forged = Notification { event_code: "CAPTURE".to_owned(), ..approved.clone() };
    let other_key = HMAC_KEY.replace('F', "E");
    shop.sends(&forged.signed_by(&other_key)).await.assert_status(403);
    let mut changed = approved.body();
    changed["notificationItems"][0]["NotificationRequestItem"]["eventCode"] = json!("CAPTURE");
    shop.sends(&changed).await.assert_status(403);
    let mut live = approved.body();
    live["live"] = json!("true");
    shop.sends(&live).await.assert_status(403);
    shop.sends(&json!({})).await.assert_status(400);
    assert_eq!(alarms("forged_notification", &shop.hub.merchant.client_id), 3);
    for one in [
        Notification { merchant_reference: "pedido 12".to_owned(), ..forged.clone() },
        Notification { merchant_account: "OutraLoja".to_owned(), ..forged.clone() },
        Notification { event_code: "REPORT_AVAILABLE".to_owned(), ..forged.clone() },
        Notification { event_code: "TECHNICAL_CANCEL".to_owned(), success: false, ..forged.clone() },
    ] {
        shop.delivers(&[one]).await;
    }
    assert_eq!(shop.hub.charge(&charge).await, before);
}

/// Only its notification says so: Adyen has no read.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_made_at_adyen_under_another_reference_alarms_and_an_operator_records_it() {
    listen("error");
    let shop = Shop::open().await;
    let (charge, payment) = shop.sells().await;
    let refund = shop.refunds_there(&payment, 40, "devolver pedido 12");
    let before = shop.sees(&charge).await;
    shop.adyen.settle_as_refused(&refund, "Insufficient balance on payment");
    shop.delivers_all().await;
    assert_eq!(lines_of("unknown_payment"), [""; 0], "nothing moved");
    let refund = shop.refunds_there(&payment, 40, "devolver pedido 12");
    shop.delivers(&shop.says_done(&refund)).await;
    assert_eq!(shop.sees(&charge).await, before);
    let lines = lines_of("unknown_payment");
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    for (field, value) in [
        ("client", json!(shop.hub.merchant.client_id)),
        ("provider", json!("ADYEN")),
        ("event", json!("REFUND")),
        ("id", json!(refund)),
        ("payment", json!(payment)),
        ("amount", json!(40)),
        ("currency", json!("BRL")),
    ] {
        assert!(line.contains(&format!("\"{field}\":{value}")), "{field}: {line}");
    }
    shop.records_refund(&charge, 40).await;
    assert_eq!(shop.agrees(&charge).await, (0, 110), "{}", shop.sees(&charge).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_of_another_amount_is_left_to_an_operator() {
    let shop = Shop::open().await;
    let charge = shop.by_card(AUTHORISED_CARD).await;
    let approved = shop.adyen.take_notifications().pop().unwrap();
    let before = shop.sees(&charge).await;
    for value in [149, 151] {
        shop.delivers(&[Notification { value, ..approved.clone() }]).await;
        assert_eq!(shop.sees(&charge).await, before);
    }
}

/// Adyen sends one notification after another, and nothing else before one is accepted.
#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_cannot_be_read_or_is_of_another_currency_is_accepted_and_holds_up_no_other() {
    listen("error");
    let shop = Shop::open().await;
    // The merchant was paid in dollars before, and takes reais alone today.
    let earlier = with(card_charge(&shop.hub.merchant.id, AUTHORISED_CARD), "/currency", json!("USD"));
    let (dollars, reais) = (shop.charges(&earlier).await.1, shop.by_card(AUTHORISED_CARD).await);
    shop.delivers_all().await;
    let path = format!("/v1/merchants/{}", shop.hub.merchant.id);
    let shown = shop.hub.merchant.get(&path).await.expect(200);
    let account = json!({"id": shown.text("/providers/0/id"), "name": "ADYEN", "currencies": ["BRL"]});
    shop.hub.merchant.patch(&path, &json!({"providers": [account]})).await.assert_status(200);
    shop.hub.clock().advance(HOUR);
    shop.settles().await;
    for charge in [&dollars, &reais] {
        shop.hub.merchant.voids(charge, &part(50)).await.assert_status(201);
    }
    shop.adyen.settle_all();
    let refunds = shop.adyen.take_notifications();
    let unreadable = lines_of("unreadable_notification").len();
    let nothing = Notification { value: 0, ..refunds[0].clone() };
    let euros = Notification { currency: "EUR".to_owned(), psp_reference: "EUROS".to_owned(), ..refunds[1].clone() };
    shop.delivers(&[nothing, euros]).await;
    assert_eq!(lines_of("unreadable_notification").len(), unreadable + 1);
    assert_eq!(alarms("another_currency", &reais), 1);
    shop.delivers(&refunds).await;
    for charge in [&dollars, &reais] {
        assert_eq!(shop.agrees(charge).await, (0, 100), "{}", shop.sees(charge).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_in_any_order_come_to_the_same() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charge = shop.reserves().await;
    let approved = shop.adyen.take_notifications();
    let psp = shop.adyen.payments()[0].psp_reference.clone();
    shop.delivers(&approved).await;
    shop.hub.merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.adyen.settle_all();
    let captured = shop.adyen.take_notifications();
    let capture = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.fail_capture(&capture);
    let failed = shop.adyen.take_notifications();
    // The failure overtakes the capture that it undoes.
    shop.delivers(&failed).await;
    shop.delivers(&captured).await;
    shop.delivers(&approved).await;
    shop.hub.pass(HOUR).await;
    assert_eq!(shop.agrees(&charge).await, (150, 0), "{psp}: {}", shop.sees(&charge).await);

    shop.server.treat_all_alike();
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    shop.hub.merchant.voids(&charge, &part(50)).await.assert_status(201);
    shop.adyen.settle_all();
    let refunded = shop.adyen.take_notifications();
    let refund = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.fail_refund(&refund);
    let failed = shop.adyen.take_notifications();
    shop.delivers(&failed).await;
    shop.delivers(&refunded).await;
    shop.hub.pass(HOUR).await;
    assert_eq!(shop.agrees(&charge).await, (0, 150), "{}", shop.sees(&charge).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_items_of_one_call_are_all_applied() {
    let shop = Shop::open().await;
    lose_answers(&shop);
    let charges = [shop.by_card(AUTHORISED_CARD).await, shop.reserves().await];
    let all = Notification::body_of_all(&shop.adyen.take_notifications());
    shop.sends(&all).await.assert_status(200);
    for charge in &charges {
        assert_eq!(shop.agrees(charge).await, (150, 0));
    }
}
