//! Payments that their shopper makes.

use std::time::Duration;

use serde_json::json;
use tests::{
    fakes::adyen::AUTHORISED_CARD,
    samples::{boleto_charge, by_card, by_pix, open_session, part, pix_charge, session, with},
};

use super::{HOUR, Shop, reference};

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_is_paid_refunded_or_runs_out_and_may_be_paid_late() {
    let shop = Shop::open().await;
    let body = pix_charge(&shop.hub.merchant.id);
    let (made, charge) = shop.charges(&body).await;
    assert_eq!(made.text("/status"), "pending");
    assert!(made.body.to_string().contains("br.gov.bcb.pix"), "{}", made.body);
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
    for amount in [50, 100] {
        shop.hub.merchant.voids(&charge, &part(amount)).await.assert_status(201);
        assert_eq!(shop.hub.merchant.charge_status(&charge).await, "refund_pending");
        shop.settles().await;
    }
    assert_eq!(
        (shop.agrees(&charge).await, shop.hub.merchant.charge_status(&charge).await.as_str()),
        ((0, 0), "voided")
    );

    let (_, unpaid) = shop.charges(&body).await;
    shop.hub.pass(2 * HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.hub.merchant.charge_status(&unpaid).await, "failed");
    shop.adyen.pay(&shop.adyen.payments()[1].psp_reference);
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&unpaid).await.1, 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pix_that_is_paid_beside_a_card_is_refunded() {
    let shop = Shop::open().await;
    let session = shop.hub.merchant.creates_session(&open_session(&shop.hub.merchant.id)).await;
    let pix = shop.hub.shopper.pays(&session, &by_pix()).await.expect(201).text("/chargeId").to_owned();
    // Adyen cancels no Pix: the shopper can still pay it, beside the card.
    let card =
        shop.hub.shopper.pays(&session, &by_card(AUTHORISED_CARD)).await.expect(201).text("/chargeId").to_owned();
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    shop.hub.pass(Duration::from_mins(1)).await;
    shop.settles().await;
    assert_eq!(shop.adyen.holding(&reference(&pix)).net(), 0);
    assert_eq!(shop.agrees(&card).await, (100, 0));
    assert_eq!(shop.hub.merchant.session_status(&session).await, "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pix_and_a_boleto_need_of_the_shopper_is_listed() {
    let shop = Shop::open().await;
    let methods = json!([{"paymentType": "credit"}, {"paymentType": "pix"}, {"paymentType": "boleto"}]);
    let body = with(session(&shop.hub.merchant.id), "/paymentMethods", methods);
    let order = shop.hub.merchant.creates_session(&body).await;
    let link = shop.hub.merchant.get(&order.path("/link")).await.expect(200);
    let needs = json!({"pix": ["name", "document"], "boleto": ["name", "document", "address"]});
    assert_eq!(link.body["shopperNeeds"], needs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boleto_is_shown_and_paid() {
    let shop = Shop::open().await;
    let address = json!({
        "street": "Rua A", "streetNumber": "1", "zipCode": "20000-140", "country": "BR", "state": "RJ",
        "district": "Centro", "city": "Rio de Janeiro",
    });
    let body = with(boleto_charge(&shop.hub.merchant.id), "/paymentSource/customer/address", address);
    let (made, charge) = shop.charges(&body).await;
    assert_eq!(made.text("/status"), "pending");
    shop.adyen.pay(&shop.adyen.payments()[0].psp_reference);
    shop.delivers_all().await;
    shop.hub.pass(HOUR).await;
    shop.delivers_all().await;
    assert_eq!(shop.agrees(&charge).await, (0, 150));
}
