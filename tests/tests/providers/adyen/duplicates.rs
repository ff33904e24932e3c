//! A Pix that is paid twice under one reference: what Adyen says of one of the two payments, by its id.

use serde_json::json;
use tests::{
    fakes::adyen::Notification,
    log::{alarms, listen},
    samples::pix_charge,
};

use super::{DAY, Shop};

/// What Adyen calls the second payment, and its refund in the Customer Area.
const SECOND: &str = "993617895204DUPL";
const REFUND: &str = "993617895204REFU";

/// A Pix of 150 minor units that was paid; its approval, and that of the second payment, which is not delivered.
async fn paid_once(shop: &Shop) -> (String, Notification, Notification) {
    let (_, charge) = shop.charges(&pix_charge(&shop.hub.merchant.id)).await;
    shop.adyen.pay(&shop.adyen.payments().pop().unwrap().psp_reference);
    let approvals = shop.adyen.take_notifications();
    shop.delivers(&approvals).await;
    let first = approvals.into_iter().find(|one| one.event_code == "AUTHORISATION").unwrap();
    let second = Notification { psp_reference: SECOND.to_owned(), ..first.clone() };
    (charge, first, second)
}

/// What Adyen says of the payment that it calls so, under the reference of both.
fn of(payment: &str, event: &str, id: &str, first: &Notification) -> Notification {
    Notification {
        event_code: event.to_owned(),
        psp_reference: id.to_owned(),
        original_reference: Some(payment.to_owned()),
        ..first.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_the_duplicate_payment_leaves_the_first_one_and_is_not_made_again() {
    listen("error");
    let shop = Shop::open().await;
    for refund_first in [false, true] {
        let (charge, first, second) = paid_once(&shop).await;
        let refund = of(SECOND, "REFUND", REFUND, &first);
        let reports = if refund_first { [refund, second] } else { [second, refund] };
        shop.delivers(&reports).await;
        shop.delivers(&reports).await;
        shop.hub.pass(3 * DAY).await;
        let shown = shop.hub.merchant.reads_charge(&charge).await;
        assert_eq!((shown.text("/status"), &shown.body["amount"]), ("authorized", &json!(150)), "{}", shown.body);
        assert_eq!((shop.server.count("POST", "/refunds"), shop.server.count("POST", "/reversals")), (0, 0));
        assert_eq!((alarms("duplicate_payment", &charge), alarms("unknown_notification", &charge)), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_the_first_payment_leaves_the_duplicate_one_to_the_hub() {
    let shop = Shop::open().await;
    let (charge, first, second) = paid_once(&shop).await;
    shop.delivers(&[second, of(&first.psp_reference, "REFUND", REFUND, &first)]).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "voided");
    shop.hub.pass(DAY).await;
    let asked = shop.server.asked();
    assert!(asked.iter().any(|asked| asked.method == "POST" && asked.path.contains(SECOND)), "the hub refunds it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_of_the_duplicate_payment_alarms_and_debits_nothing() {
    listen("error");
    let shop = Shop::open().await;
    let (charge, first, second) = paid_once(&shop).await;
    shop.delivers(&[second, of(SECOND, "CHARGEBACK", REFUND, &first)]).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "authorized");
    assert_eq!(alarms("dispute_of_a_duplicate_payment", &charge), 1);
    shop.delivers(&[of(&first.psp_reference, "CHARGEBACK", "993617895204CHBK", &first)]).await;
    assert_eq!(shop.hub.merchant.charge_status(&charge).await, "charged_back");
}
