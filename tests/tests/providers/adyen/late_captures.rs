//! Captures of payments that the hub has ended, and ends of payments that were captured.

use std::collections::BTreeMap;

use tests::{
    fakes::adyen::{AUTHORISED_CARD, Kind, MERCHANT_ACCOUNT, Notification, Payment, Progress},
    hub::LONG_AFTER,
    log::{alarms, listen},
    samples::{by_card, open_session, whole},
};

use super::{DAY, HOUR, Shop, lose_answers, reference};

/// The payment that Adyen made for this charge.
fn payment(shop: &Shop, charge: &str) -> Payment {
    let mut payments = shop.adyen.payments().into_iter();
    payments.rfind(|payment| payment.reference == reference(charge)).unwrap()
}

/// What Adyen says of this payment, under the payment's reference.
fn news(shop: &Shop, charge: &str, event: &str, id: &str) -> Notification {
    let Payment { psp_reference, reference, currency, value, .. } = payment(shop, charge);
    Notification {
        event_code: event.to_owned(),
        success: true,
        psp_reference: id.to_owned(),
        original_reference: Some(psp_reference),
        merchant_account: MERCHANT_ACCOUNT.to_owned(),
        merchant_reference: reference,
        currency,
        value,
        event_date: shop.hub.clock().now(),
        payment_method: None,
        operations: Vec::new(),
        reason: String::new(),
        additional_data: BTreeMap::new(),
    }
}

/// Adyen knows the payment by the payment's id alone: its capture has another one. What Adyen refuses, an operator sees.
#[tokio::test(flavor = "multi_thread")]
async fn a_capture_after_a_cancel_is_given_back_under_the_payments_own_id_and_each_refusal_alarms() {
    listen("error");
    let shop = Shop::open().await;
    lose_answers(&shop);
    let session = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let paid = shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.expect(201);
    let lost = paid.text("/chargeId").to_owned();
    // Of its approval nothing is heard.
    drop(shop.adyen.take_notifications());
    shop.hub.pass(LONG_AFTER).await;
    shop.settles().await;
    assert_eq!(shop.hub.merchant.sees(&session, &lost).await, "failed, created");
    shop.server.treat_all_alike();
    shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.assert_status(201);
    let released = shop.reserves().await;
    shop.hub.merchant.voids(&released, &whole()).await.assert_status(201);
    shop.settles().await;

    let late = [(&lost, "993000000000001C"), (&released, "993000000000002C")];
    for (charge, id) in late {
        shop.delivers(&[news(&shop, charge, "CAPTURE", id)]).await;
        assert_eq!((alarms("late_payment", charge), alarms("duplicate_payment", charge)), (1, 0));
    }
    for days in 1..=2 {
        shop.hub.pass(DAY).await;
        shop.settles().await;
        for (charge, _) in late {
            let id = payment(&shop, charge).psp_reference;
            let is_back = |kind| matches!(kind, Kind::Refund | Kind::Reversal);
            let back =
                shop.adyen.modifications().into_iter().filter(|change| is_back(change.kind) && change.payment == id);
            // The books of this Adyen have no such capture.
            assert_eq!(back.map(|change| change.progress).collect::<Vec<_>>(), vec![Progress::Refused; days]);
            assert_eq!(alarms("duplicate_payment", charge), days, "{charge}");
        }
    }
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_was_captured_at_once_does_not_end_as_a_reservation() {
    listen("error");
    let shop = Shop::open().await;
    let session = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let paid = shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.expect(201);
    let charge = paid.text("/chargeId").to_owned();
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 100));
    let before = shop.sees(&charge).await;
    for (count, event) in ["EXPIRE", "CANCELLATION", "TECHNICAL_CANCEL"].into_iter().enumerate() {
        shop.delivers(&[news(&shop, &charge, event, &format!("993000000000001{count}"))]).await;
        assert_eq!(alarms("captured_reservation_ended", &charge), count + 1, "{event}");
        assert_eq!((shop.sees(&charge).await, alarms("capture_failed", &charge)), (before.clone(), 0), "{event}");
    }
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
    assert_eq!(shop.agrees(&charge).await, (0, 100));
}
