//! The notifications: their form, their signatures, and how they lie.

use serde_json::{Value, json};
use tests::fakes::adyen::{HMAC_KEY, MERCHANT_ACCOUNT, Notification, signature};

use super::{Merchant, card, change_of};

/// A key that Adyen publishes with its vectors.
const PUBLISHED_KEY: &str = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
/// The key of its documentation's example.
const DOCUMENTED_KEY: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";

#[test]
fn the_published_signatures_are_made() {
    let vectors = [
        (
            PUBLISHED_KEY,
            "pspReference:originalReference:merchantAccount:reference:1000:EUR:EVENT:true",
            "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=",
        ),
        (
            PUBLISHED_KEY,
            "pspReference:originalReference:merchantAccount:reference:1000:EUR:REPORT_AVAILABLE:true",
            "ZNBPtI+oDyyRrLyD1XirkKnQgIAlFc07Vj27TeHsDRE=",
        ),
        (
            DOCUMENTED_KEY,
            "7914073381342284::TestMerchant:TestPayment-1407325143704:1130:EUR:AUTHORISATION:true",
            "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=",
        ),
    ];
    for (key, text, expected) in vectors {
        assert_eq!(signature(key, text), expected);
    }
}

#[test]
fn a_notification_of_the_published_fields_has_the_published_signature() {
    let merchant = Merchant::new();
    merchant.pays(&card("r1"));
    let published = Notification {
        psp_reference: "7914073381342284".to_owned(),
        merchant_account: "TestMerchant".to_owned(),
        merchant_reference: "TestPayment-1407325143704".to_owned(),
        value: 1130,
        currency: "EUR".to_owned(),
        ..merchant.news()
    };
    let body = published.signed_by(DOCUMENTED_KEY);
    assert_eq!(item(&body)["additionalData"]["hmacSignature"], json!("coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="));
}

fn item(body: &Value) -> &Value {
    &body["notificationItems"][0]["NotificationRequestItem"]
}

/// Whether the signature of this item is right, from the fields as they were sent.
fn is_signed(item: &Value) -> bool {
    let text = |pointer: &str| match item.pointer(pointer) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let signed = [
        "/pspReference",
        "/originalReference",
        "/merchantAccountCode",
        "/merchantReference",
        "/amount/value",
        "/amount/currency",
        "/eventCode",
        "/success",
    ];
    let signed = signed.map(text).join(":");
    item["additionalData"]["hmacSignature"] == signature(HMAC_KEY, &signed).as_str()
}

#[test]
fn the_fields_are_those_that_are_published() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let body = merchant.news().body();
    let sent = item(&body);
    let expected = json!({
        "live": "false",
        "notificationItems": [{"NotificationRequestItem": {
            "additionalData": {"hmacSignature": sent["additionalData"]["hmacSignature"]},
            "amount": {"currency": "BRL", "value": 1000},
            "eventCode": "AUTHORISATION",
            "eventDate": sent["eventDate"],
            "merchantAccountCode": MERCHANT_ACCOUNT,
            "merchantReference": "r1",
            "operations": ["CANCEL", "CAPTURE", "REFUND"],
            "paymentMethod": "visa",
            "pspReference": payment,
            "reason": "null",
            "success": "true",
        }}],
    });
    assert_eq!(body, expected);
    assert!(is_signed(sent));
    let date: domain::time::Timestamp = sent["eventDate"].as_str().unwrap().parse().unwrap();
    assert_eq!(date.as_seconds(), merchant.clock.now().as_seconds());
    assert!(sent["eventDate"].as_str().unwrap().ends_with("+01:00"));

    let (_, capture) = merchant.modifies_now(&payment, "captures", &change_of("c1", 1000));
    let body = capture.body();
    assert_eq!(item(&body)["originalReference"], json!(payment));
    assert!(is_signed(item(&body)));
    let (_, refused) = merchant.modifies_now(&payment, "captures", &change_of("c2", 1000));
    let body = refused.body();
    assert_eq!(item(&body)["success"], json!("false"));
    assert!(is_signed(item(&body)));
}

#[test]
fn what_is_taken_is_delivered_as_the_test_likes() {
    let merchant = Merchant::new();
    merchant.pays(&card("r1"));
    merchant.pays(&card("r2"));
    let taken = merchant.adyen.take_notifications();
    assert!(merchant.adyen.take_notifications().is_empty());
    // A duplicate is the same to the byte.
    assert_eq!(taken[0].body(), taken[0].clone().body());
    let both = Notification::body_of_all(&[taken[1].clone(), taken[0].clone()]);
    let references: Vec<_> =
        both["notificationItems"].as_array().unwrap().iter().map(|item| &item["NotificationRequestItem"]).collect();
    assert_eq!(
        (&references[0]["merchantReference"], &references[1]["merchantReference"]),
        (&json!("r2"), &json!("r1"))
    );
    assert!(references.into_iter().all(is_signed));
}

#[test]
fn a_lie_is_signed_and_a_forgery_is_not() {
    let merchant = Merchant::new();
    merchant.pays(&card("r1"));
    let truth = merchant.news();
    let lie = Notification { value: 1, event_code: "REFUND".to_owned(), ..truth.clone() };
    assert!(is_signed(item(&lie.body())));
    assert!(!is_signed(item(&truth.signed_by(DOCUMENTED_KEY))));
    let mut altered = truth.body();
    altered["notificationItems"][0]["NotificationRequestItem"]["amount"]["value"] = json!(1);
    assert!(!is_signed(item(&altered)));
    // No signature covers the reason.
    let mut altered = truth.body();
    altered["notificationItems"][0]["NotificationRequestItem"]["reason"] = json!("Refused");
    assert!(is_signed(item(&altered)));
}
