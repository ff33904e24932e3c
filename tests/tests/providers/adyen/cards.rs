//! The life of a card payment.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    fakes::{
        Fault, Reply,
        adyen::{AUTHORISED_CARD, PARTIAL_CARD, PENDING_CARD, REDIRECT_CARD, REFUSED_CARD},
    },
    hub::LONG_AFTER,
    samples::{card_charge, part, whole},
};

use super::{DAY, HOUR, Shop, reference};

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_authorized_at_once_and_captured_by_adyen_within_the_hour() {
    let shop = Shop::open().await;
    let (made, charge) = shop.charges(&card_charge(&shop.hub.merchant.id, AUTHORISED_CARD)).await;
    assert_eq!(made.text("/status"), "authorized");
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    assert_eq!(shop.sees(&charge).await, "authorized 150: authorization success 150");
    assert!(shop.hub.waiting_updates().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_card_and_one_that_needs_its_shopper_at_a_page_take_nothing() {
    let shop = Shop::open().await;
    for (number, code) in [(REFUSED_CARD, "insufficient_funds"), (REDIRECT_CARD, "card_not_supported")] {
        let charge = shop.by_card(number).await;
        shop.delivers_all().await;
        let read = shop.hub.merchant.reads_charge(&charge).await;
        assert_eq!(read.text("/status"), "failed");
        assert_eq!(read.text("/transactionRequests/0/providerError/declinedCode"), code, "{}", read.body);
        assert_eq!(shop.agrees(&charge).await, (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_captured_in_part_and_its_rest_is_released() {
    let shop = Shop::open().await;
    let charge = shop.reserves().await;
    shop.delivers_all().await;
    assert_eq!(shop.sees(&charge).await, "pre_authorized 150: pre_authorization success 150");
    shop.hub.merchant.captures(&charge, &part(100)).await.assert_status(201);
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 100));
    assert_eq!(shop.sees(&charge).await, "authorized 100: capture success 100, pre_authorization success 150");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_is_refused_or_fails_later_leaves_a_reservation_that_can_be_captured_or_released() {
    let shop = Shop::open().await;
    let refused = shop.reserves().await;
    shop.hub.merchant.captures(&refused, &whole()).await.assert_status(201);
    let capture = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.settle_as_refused(&capture, "Insufficient balance on payment");
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&refused).await, (150, 0));
    assert_eq!(shop.sees(&refused).await, "pre_authorized 150: capture failed 150, pre_authorization success 150");

    let charge = shop.reserves().await;
    shop.hub.merchant.captures(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    let capture = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.fail_capture(&capture);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "canceled")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_void_cancels_what_is_not_captured_and_refunds_what_is() {
    let shop = Shop::open().await;
    let (reserved, early, late) =
        (shop.reserves().await, shop.by_card(AUTHORISED_CARD).await, shop.by_card(AUTHORISED_CARD).await);
    for charge in [&reserved, &early] {
        shop.hub.merchant.voids(charge, &whole()).await.assert_status(201);
    }
    shop.settles().await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&late).await, (0, 150));
    shop.hub.merchant.voids(&late, &whole()).await.assert_status(201);
    shop.settles().await;
    for (charge, status) in [(&reserved, "canceled"), (&early, "voided"), (&late, "voided")] {
        assert_eq!(shop.agrees(charge).await, (0, 0));
        assert_eq!(shop.hub.merchant.charge_status(charge).await, status, "{}", shop.sees(charge).await);
    }
    assert_eq!(
        (shop.adyen.holding(&reference(&early)).captured, shop.adyen.holding(&reference(&late)).given_back),
        (0, 150)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_in_parts_may_fail_before_and_after_they_succeed() {
    let shop = Shop::open().await;
    let charge = shop.by_card(AUTHORISED_CARD).await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    for amount in [50, 40] {
        shop.hub.merchant.voids(&charge, &part(amount)).await.assert_status(201);
        shop.settles().await;
    }
    assert_eq!(shop.agrees(&charge).await, (0, 60));
    let [first, second] = shop
        .adyen
        .modifications()
        .into_iter()
        .filter(|change| change.value < 60)
        .map(|change| change.psp_reference)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    shop.adyen.fail_refund(&first);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 110));
    shop.adyen.reverse_refund(&second);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    let seen = shop.sees(&charge).await;
    assert!(seen.contains("revert_void success 50") && seen.contains("revert_void success 40"), "{seen}");

    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    let refund = shop.adyen.modifications().pop().unwrap().psp_reference;
    shop.adyen.settle_as_refused(&refund, "Refund period is over");
    shop.delivers_all().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 150), "authorized")
    );
    shop.hub.merchant.voids(&charge, &whole()).await.assert_status(201);
    shop.settles().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "voided")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_not_decided_waits_for_its_notification() {
    let shop = Shop::open().await;
    let charge = shop.by_card(PENDING_CARD).await;
    shop.hub.pass(LONG_AFTER).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "pending");
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_was_authorized_is_not_kept() {
    let shop = Shop::open().await;
    let charge = shop.by_card(PARTIAL_CARD).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "failed");
    shop.delivers_all().await;
    shop.hub.pass(Duration::from_mins(1)).await;
    shop.settles().await;
    assert_eq!(shop.adyen.holding(&reference(&charge)).reserved(), 0);
    assert_eq!(shop.adyen.holding(&reference(&charge)).net(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_that_runs_out_is_canceled() {
    let shop = Shop::open().await;
    let charge = shop.reserves().await;
    shop.delivers_all().await;
    shop.hub.pass(8 * DAY).await;
    assert_eq!(shop.agrees(&charge).await, (150, 0));
    shop.hub.pass(21 * DAY).await;
    shop.delivers_all().await;
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "canceled")
    );
}

/// What a provider echoes of the card has no place among what is kept of its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_card_number_in_the_place_of_an_id_or_a_code_is_not_kept() {
    for (field, status) in [("authCode", "authorized"), ("pspReference", "pending")] {
        let shop = Shop::open().await;
        shop.server.treat(move |asked| {
            let body = asked.json();
            let mut said = json!({
                "pspReference": "993617895204576J", "resultCode": "Authorised", "merchantReference": body["reference"],
                "amount": body["amount"], "additionalData": {"authCode": "044925"},
            });
            let place = if field == "authCode" { &mut said["additionalData"] } else { &mut said };
            place[field] = json!(AUTHORISED_CARD);
            asked.path.ends_with("/payments").then(|| Fault::Instead(Reply::json(200, &said)))
        });
        let (made, charge) = shop.charges(&card_charge(&shop.hub.merchant.id, AUTHORISED_CARD)).await;
        assert_eq!(made.text("/status"), status, "{field}");
        let code = made.body.pointer("/transactionRequests/0/authorizationCode").and_then(Value::as_str);
        assert_eq!(code.unwrap_or_default(), "", "{field}");
        let stored = shop.hub.everything_stored().await.join("\n");
        assert!(!stored.contains(AUTHORISED_CARD) && !made.body.to_string().contains(AUTHORISED_CARD), "{field}");
        // Its notification has the right id; the other payment has an id of this test.
        if status == "pending" {
            shop.delivers_all().await;
            assert_eq!(shop.agrees(&charge).await, (150, 0));
        }
    }
}
