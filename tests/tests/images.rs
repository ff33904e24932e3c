//! The images that a shopper scans, at addresses that a browser opens without a key.

use std::time::Duration;

use domain::method::PaymentType;
use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::reference,
    engine::Call,
    hub::PUBLIC_URL,
    samples::{APPROVED, boleto_charge, by_boleto, by_card, by_pix, open_session, pix_charge, session},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Longer than any Pix code is valid.
const LONG_EXPIRED: Duration = Duration::from_hours(25);

/// The addresses in an answer that a browser shows as an image.
fn addresses(answer: &Value) -> Vec<&str> {
    match answer {
        Value::Object(fields) => {
            let images =
                fields.iter().filter(|(name, _)| name.ends_with("ImageUrl")).filter_map(|(_, url)| url.as_str());
            images.chain(fields.values().flat_map(addresses)).collect()
        }
        Value::Array(entries) => entries.iter().flat_map(addresses).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_opens_an_image_in_a_tab_and_keeps_it() {
    let hub = TestHub::build().await;
    for (body, pointer) in [
        (pix_charge(&hub.merchant.id), "/paymentMethod/qrCodeImageUrl"),
        (boleto_charge(&hub.merchant.id), "/paymentMethod/barcodeImageUrl"),
    ] {
        let made = hub.merchant.creates_charge(&body).await;
        let address = made.text(pointer);
        assert!(address.starts_with(&format!("{PUBLIC_URL}/v1/charges/{}/image/", made.text("/id"))), "{address}");
        let (shown, file) = hub.shopper.opens(address, &[]).await;
        shown.assert_status(200);
        assert!(file.starts_with(PNG));
        for (name, value) in [
            ("content-type", "image/png"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
            ("cache-control", "public, max-age=300"),
        ] {
            assert_eq!(shown.headers[name], value);
        }
        let tag = shown.headers["etag"].to_str().unwrap();
        let (again, nothing) = hub.shopper.opens(address, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, nothing.as_slice(), &again.headers["etag"]), (304, &b""[..], &shown.headers["etag"]));
        assert_eq!(hub.shopper.opens(address, &[("if-none-match", "\"other\"")]).await.1, file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_same_address_and_the_table_none() {
    let hub = TestHub::build().await;
    let (merchant, shopper) = (&hub.merchant, &hub.shopper);
    let order = merchant.creates_session(&session(&merchant.id)).await;
    for (made, path) in [
        (merchant.creates_charge(&pix_charge(&merchant.id)).await, "/id"),
        (merchant.creates_charge(&boleto_charge(&merchant.id)).await, "/id"),
        (shopper.pays_with_key(&order, &by_pix(), "first").await.expect(201), "/chargeId"),
    ] {
        let charge = made.text(path);
        let own = addresses(&made.body)[0].to_owned();
        let listed = merchant.get(&format!("/v1/charges?id={charge}")).await.expect(200);
        for other in [&merchant.reads_charge(charge).await.body, &listed.body] {
            assert_eq!(addresses(other)[0], own);
        }
        let paid = merchant.post(&format!("/v1/charges/{charge}"), &json!({"status": "authorized"})).await.expect(200);
        assert!(addresses(&paid.body).iter().all(|address| *address == own), "{}", paid.body);
        assert_eq!(addresses(&merchant.reads_charge(charge).await.body), [own.as_str()], "it was paid by this");
        assert!(shopper.opens(&own, &[]).await.1.starts_with(PNG), "a paid one stays");
        let events = merchant.get("/v1/events").await.expect(200);
        assert!(addresses(&events.body).contains(&own.as_str()), "{}", events.body);
    }
    let again = shopper.pays_with_key(&order, &by_pix(), "first").await;
    assert!(again.is_replay() && !addresses(&again.body).is_empty(), "{}", again.body);
    let stored = hub.everything_stored().await.concat();
    assert!(!stored.contains("/image/") && !stored.contains("data:image"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_a_404_without_a_read() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let own = merchant.creates_charge(&pix_charge(&merchant.id)).await;
    let other = merchant.creates_charge(&pix_charge(&merchant.id)).await;
    let stranger = hub.another_merchant().await;
    let card = merchant.charges_by(PaymentType::Credit, 100).await;
    let address = own.text("/paymentMethod/qrCodeImageUrl");
    let (path, signature) = address.rsplit_once('/').unwrap();
    let (_, of_other) = other.text("/paymentMethod/qrCodeImageUrl").rsplit_once('/').unwrap();
    let changed = |at: usize| {
        let mut bytes = signature.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let wrong = [
        of_other.to_owned(),
        changed(0),
        changed(21),
        changed(41),
        signature[..42].to_owned(),
        format!("{signature}A"),
        format!("{signature}="),
        signature.to_lowercase(),
        "x".to_owned(),
        "%00".to_owned(),
        own.text("/id").to_owned(),
    ];
    let _ = hub.engine.take_calls();
    let mut refused = Vec::new();
    for address in wrong.iter().map(|signature| format!("{path}/{signature}")).chain([
        format!("{PUBLIC_URL}/v1/charges/{card}/image/{signature}"),
        format!("{PUBLIC_URL}/v1/charges/{}/image/{signature}", stranger.id),
    ]) {
        let (answer, _) = hub.shopper.opens(&address, &[("if-none-match", "*")]).await;
        assert_eq!((answer.status, answer.text("/error/message")), (404, "image not found"), "{address}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        refused.push(answer.body);
    }
    assert!(refused.iter().all(|body| *body == refused[0]), "{refused:?}");
    assert!(hub.engine.take_calls().is_empty());
    hub.shopper.opens(address, &[]).await.0.assert_status(200);
    assert_eq!(hub.engine.take_calls().iter().map(Call::what).collect::<Vec<_>>(), ["GetItem CHARGE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_no_longer_be_paid_has_no_image() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let expired = merchant.creates_charge(&pix_charge(&merchant.id)).await;
    let rejected = merchant.creates_charge(&boleto_charge(&merchant.id)).await;
    let mut addresses_of_old = vec![
        expired.text("/paymentMethod/qrCodeImageUrl").to_owned(),
        rejected.text("/paymentMethod/barcodeImageUrl").to_owned(),
    ];
    for way in [by_pix(), by_boleto()] {
        let order = merchant.creates_session(&open_session(&merchant.id)).await;
        let unpaid = hub.shopper.pays(&order, &way).await.expect(201);
        addresses_of_old.push(addresses(&unpaid.body)[0].to_owned());
        hub.shopper.pays(&order, &by_card(APPROVED)).await.assert_status(201);
        hub.sweep().await;
    }
    hub.provider.notifies(&hub.bank.reject(&reference(rejected.text("/id"), 1))).await;
    hub.pass(LONG_EXPIRED).await;
    for address in addresses_of_old {
        let (answer, _) = hub.shopper.opens(&address, &[]).await;
        assert_eq!((answer.status, answer.text("/error/message")), (404, "image not found"), "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unregistered_payment_and_a_card_have_no_image() {
    let hub = TestHub::build().await;
    let charge = hub.merchant.charges_by(PaymentType::Credit, 100).await;
    assert!(addresses(&hub.merchant.reads_charge(&charge).await.body).is_empty());
    let urls = flows::charge::image::urls(hub.flows()).unwrap();
    let (answer, _) = hub.shopper.opens(&urls(charge.parse().unwrap()), &[]).await;
    assert_eq!((answer.status, answer.text("/error/message")), (404, "image not found"));
}
