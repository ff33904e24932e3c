//! New payments: what each method needs, and what becomes of it.

use serde_json::{Value, json};
use tests::fakes::adyen::{
    CANCELLED_CARD, ERROR_CARD, Holding, PARTIAL_CARD, PENDING_CARD, RECEIVED_CARD, REDIRECT_CARD, REFUSED_CARD,
    Refusal, Stage, Verdict,
};

use super::{Merchant, boleto, card, card_captured_after, json_of, pix};

/// The body with this field changed; null removes it.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    body
}

/// Asserts that this payment is refused so, and that nothing is booked.
fn refused(merchant: &Merchant, body: &Value, status: u16, code: &str) {
    let payments = merchant.adyen.payments().len();
    let reply = merchant.ask("/v72/payments", body);
    let error = json_of(&reply);
    assert_eq!((reply.status, error["errorCode"].as_str()), (status, Some(code)), "{body} {error}");
    assert_eq!(error["errorType"], json!("validation"));
    assert!(!error.to_string().contains("4111"), "{error}");
    assert_eq!(merchant.adyen.payments().len(), payments);
}

#[test]
fn a_card_is_authorised_and_reserved() {
    let merchant = Merchant::new();
    let mut body = card("r1");
    body["installments"] = json!({"value": 3});
    let answer = merchant.asks("/v72/payments", &body);
    assert_eq!((&answer["resultCode"], &answer["merchantReference"]), (&json!("Authorised"), &json!("r1")));
    assert_eq!(answer["paymentMethod"], json!({"brand": "visa", "type": "scheme"}));
    assert_eq!(answer["additionalData"]["authCode"], json!("044925"));
    let holding = merchant.adyen.holding("r1");
    assert_eq!(holding, Holding { authorised: 1000, ..Holding::default() });
    assert_eq!((holding.reserved(), holding.net()), (1000, 0));
    assert_eq!(merchant.adyen.payments()[0].installments, Some(3));
    assert_eq!(merchant.codes(), ["AUTHORISATION"]);
}

#[test]
fn a_card_without_delay_is_captured_at_once() {
    let merchant = Merchant::new();
    merchant.pays(&card_captured_after("r1", 0));
    merchant.pays(&with(&card("r2"), "/additionalData", Value::Null));
    for reference in ["r1", "r2"] {
        let holding = merchant.adyen.holding(reference);
        assert_eq!((holding.captured, holding.reserved(), holding.net()), (1000, 0, 1000));
    }
    assert_eq!(merchant.codes(), ["AUTHORISATION", "AUTHORISATION"]);
}

#[test]
fn what_every_payment_needs_is_422_without() {
    let merchant = Merchant::new();
    for body in [card("r1"), pix("r1", &merchant.clock), boleto("r1", &merchant.clock)] {
        refused(&merchant, &with(&body, "/returnUrl", Value::Null), 422, "14_030");
        refused(&merchant, &with(&body, "/reference", Value::Null), 422, "130");
        refused(&merchant, &with(&body, "/reference", json!("r".repeat(81))), 422, "130");
        refused(&merchant, &with(&body, "/amount", Value::Null), 422, "702");
        refused(&merchant, &with(&body, "/amount/value", json!(-1)), 422, "137");
        refused(&merchant, &with(&body, "/amount/value", json!(1.5)), 400, "702");
        refused(&merchant, &with(&body, "/amount/value", json!("1000")), 400, "702");
        refused(&merchant, &with(&body, "/amount/currency", json!("real")), 422, "138");
        refused(&merchant, &with(&body, "/paymentMethod", Value::Null), 422, "14_004");
        refused(&merchant, &with(&body, "/paymentMethod/type", json!("ideal")), 422, "14_004");
        refused(&merchant, &with(&body, "/merchantAccount", Value::Null), 422, "702");
        refused(&merchant, &with(&body, "/instalments", json!({"value": 3})), 400, "702");
        refused(&merchant, &with(&body, "/shopperStatement", json!("LOJA É")), 422, "702");
        let pairs: serde_json::Map<_, _> = (0..21).map(|n| (n.to_string(), json!("x"))).collect();
        refused(&merchant, &with(&body, "/metadata", json!(pairs)), 422, "702");
        refused(&merchant, &with(&body, "/metadata", json!({"k": "x".repeat(81)})), 422, "702");
        refused(&merchant, &with(&body, "/metadata", json!({"k".repeat(21): "x"})), 422, "702");
    }
}

#[test]
fn what_a_card_needs_is_422_without() {
    let merchant = Merchant::new();
    let body = card("r1");
    for (name, code) in
        [("number", "101"), ("expiryMonth", "702"), ("expiryYear", "702"), ("holderName", "702"), ("cvc", "103")]
    {
        refused(&merchant, &with(&body, &format!("/paymentMethod/{name}"), Value::Null), 422, code);
    }
    refused(&merchant, &with(&body, "/paymentMethod/number", json!("4111111111111112")), 422, "101");
    refused(&merchant, &with(&body, "/paymentMethod/number", json!("4111 1111 1111 1111")), 422, "101");
    refused(&merchant, &with(&body, "/paymentMethod/cvc", json!("12")), 422, "103");
    refused(&merchant, &with(&body, "/paymentMethod/expiryMonth", json!("13")), 422, "702");
    refused(&merchant, &with(&body, "/paymentMethod/expiryMonth", json!(3)), 400, "702");
    refused(&merchant, &with(&body, "/paymentMethod/expiryYear", json!("30")), 422, "702");
    refused(&merchant, &with(&body, "/installments", json!({"value": 0})), 422, "702");
    refused(&merchant, &with(&body, "/installments", json!(3)), 400, "702");
    refused(&merchant, &with(&body, "/additionalData/manualCapture", json!(true)), 400, "702");
    refused(&merchant, &with(&body, "/additionalData/manualCapture", json!("yes")), 422, "702");
    refused(&merchant, &with(&body, "/captureDelayHours", json!(1)), 422, "702");
    refused(&merchant, &with(&body, "/shopperStatement", json!("x".repeat(23))), 422, "702");
    for (hours, status) in [(json!(-1), 422), (json!(673), 422), (json!(1.5), 400), (json!("1"), 400)] {
        refused(&merchant, &with(&card_captured_after("r1", 0), "/captureDelayHours", hours), status, "702");
    }
    assert_eq!(merchant.ask("/v72/payments", &card_captured_after("r1", 672)).status, 200);
}

#[test]
fn only_a_stored_credential_has_no_cvc() {
    let merchant = Merchant::new();
    let body = with(&card("r1"), "/paymentMethod/cvc", Value::Null);
    let stored = with(&body, "/shopperInteraction", json!("ContAuth"));
    refused(&merchant, &stored, 422, "702");
    merchant.pays(&with(&stored, "/recurringProcessingModel", json!("CardOnFile")));
}

#[test]
fn every_result_of_a_card_is_answered_and_notified() {
    let merchant = Merchant::new();
    let results = [
        (REFUSED_CARD, "Refused", Stage::Over, vec!["AUTHORISATION!"]),
        (ERROR_CARD, "Error", Stage::Over, vec!["AUTHORISATION!"]),
        (CANCELLED_CARD, "Cancelled", Stage::Over, vec!["AUTHORISATION!"]),
        (PENDING_CARD, "Pending", Stage::Open, vec![]),
        (RECEIVED_CARD, "Received", Stage::Open, vec![]),
        (REDIRECT_CARD, "RedirectShopper", Stage::Open, vec![]),
        (PARTIAL_CARD, "PartiallyAuthorised", Stage::Authorised, vec!["AUTHORISATION"]),
    ];
    for (number, result, stage, codes) in results {
        let answer = merchant.asks("/v72/payments", &with(&card(result), "/paymentMethod/number", json!(number)));
        assert_eq!(answer["resultCode"], json!(result));
        assert_eq!(answer["action"]["type"].as_str(), (result == "RedirectShopper").then_some("redirect"));
        assert_eq!(answer["refusalReason"].is_null(), stage != Stage::Over);
        assert_eq!(merchant.adyen.payments().last().unwrap().stage, stage);
        assert_eq!(merchant.codes(), codes);
        let authorised = if result == "PartiallyAuthorised" { 500 } else { 0 };
        assert_eq!(merchant.adyen.holding(result).authorised, authorised);
    }
}

#[test]
fn a_refusal_says_why() {
    let merchant = Merchant::new();
    merchant
        .adyen
        .expect([Verdict::Refused(Refusal::NOT_ENOUGH_BALANCE), Verdict::Refused(Refusal::of("20", "FRAUD"))]);
    let first = merchant.asks("/v72/payments", &card("r1"));
    assert_eq!((&first["refusalReason"], &first["refusalReasonCode"]), (&json!("Not enough balance"), &json!("12")));
    let more = json!({
        "refusalReasonRaw": "51 : Insufficient funds",
        "merchantAdviceCode": "01 : New account information available",
    });
    assert_eq!(first["additionalData"], more);
    assert_eq!(merchant.news().reason, "Not enough balance");
    let second = merchant.asks("/v72/payments", &card("r2"));
    assert_eq!((&second["refusalReasonCode"], second.get("additionalData")), (&json!("20"), None));
    assert_eq!(merchant.asks("/v72/payments", &card("r3"))["resultCode"], json!("Authorised"));
}

#[test]
fn a_pix_waits_and_is_paid() {
    let merchant = Merchant::new();
    let body = pix("r1", &merchant.clock);
    let answer = merchant.asks("/v72/payments", &body);
    assert_eq!(answer["resultCode"], json!("Pending"));
    let action = &answer["action"];
    assert_eq!((&action["type"], &action["paymentMethodType"]), (&json!("qrCode"), &json!("pix")));
    assert!(action["qrCodeData"].as_str().unwrap().contains("br.gov.bcb.pix"));
    let expiry: domain::time::Timestamp = action["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(expiry.since(merchant.clock.now()).as_secs().div_ceil(60), 60);
    assert!(merchant.codes().is_empty());

    merchant.adyen.pay(answer["pspReference"].as_str().unwrap());
    let paid = merchant.news();
    assert_eq!((paid.event_code.as_str(), paid.success, paid.value), ("AUTHORISATION", true, 1000));
    assert_eq!(paid.psp_reference, answer["pspReference"]);
    assert_eq!(merchant.adyen.holding("r1").net(), 1000);

    merchant.adyen.expect([Verdict::PresentToShopper]);
    let answer = merchant.asks("/v72/payments", &pix("r2", &merchant.clock));
    assert_eq!((&answer["resultCode"], &answer["action"]["type"]), (&json!("PresentToShopper"), &json!("qrCode")));
    merchant.adyen.decline(answer["pspReference"].as_str().unwrap(), Refusal::of("2", "Refused"));
    assert_eq!(merchant.codes(), ["AUTHORISATION!"]);
}

#[test]
fn what_a_pix_needs_is_422_without() {
    let merchant = Merchant::new();
    let body = pix("r1", &merchant.clock);
    for name in ["shopperName", "socialSecurityNumber", "sessionValidity"] {
        refused(&merchant, &with(&body, &format!("/{name}"), Value::Null), 422, "702");
    }
    refused(&merchant, &with(&body, "/shopperName/lastName", Value::Null), 422, "702");
    refused(&merchant, &with(&body, "/socialSecurityNumber", json!("123.456.789-09")), 422, "702");
    refused(&merchant, &with(&body, "/sessionValidity", json!("2099-01-01T00:00:00")), 422, "702");
    refused(&merchant, &with(&body, "/sessionValidity", json!("2020-01-01T00:00:00-03:00")), 422, "702");
    refused(&merchant, &with(&body, "/amount/currency", json!("USD")), 422, "138");
    refused(&merchant, &with(&body, "/amount/value", json!(0)), 422, "137");
    refused(&merchant, &with(&body, "/shopperStatement", json!("x".repeat(60))), 422, "702");
    refused(&merchant, &with(&body, "/installments", json!({"value": 2})), 400, "702");
    refused(&merchant, &with(&body, "/captureDelayHours", json!(1)), 400, "702");
}

#[test]
fn a_boleto_is_presented_and_paid() {
    let merchant = Merchant::new();
    let answer = merchant.asks("/v72/payments", &boleto("r1", &merchant.clock));
    assert_eq!(answer["resultCode"], json!("PresentToShopper"));
    let action = &answer["action"];
    assert_eq!((&action["type"], &action["paymentMethodType"]), (&json!("voucher"), &json!("boletobancario_itau")));
    assert!(action["reference"].as_str().unwrap().ends_with(" 00000000001000"), "{action}");
    assert_eq!(action["totalAmount"], json!({"currency": "BRL", "value": 1000}));
    merchant.adyen.pay(answer["pspReference"].as_str().unwrap());
    assert_eq!(merchant.codes(), ["AUTHORISATION"]);
    assert_eq!(merchant.adyen.holding("r1").net(), 1000);
}

#[test]
fn what_a_boleto_needs_is_422_without() {
    let merchant = Merchant::new();
    let body = boleto("r1", &merchant.clock);
    for name in ["shopperName", "socialSecurityNumber", "billingAddress", "deliverAt"] {
        refused(&merchant, &with(&body, &format!("/{name}"), Value::Null), 422, "702");
    }
    for name in ["street", "houseNumberOrName", "city", "postalCode", "stateOrProvince", "country"] {
        refused(&merchant, &with(&body, &format!("/billingAddress/{name}"), Value::Null), 422, "702");
    }
    // The deprecated field does not replace the new one.
    let deprecated = with(&body, "/deliveryDate", body["deliverAt"].clone());
    refused(&merchant, &with(&deprecated, "/deliverAt", Value::Null), 422, "702");
    refused(&merchant, &with(&body, "/deliverAt", json!("2020-01-01T00:00:00Z")), 422, "702");
}

#[test]
fn an_authorised_zero_moves_nothing() {
    let merchant = Merchant::new();
    merchant.pays(&with(&card_captured_after("r1", 0), "/amount/value", json!(0)));
    assert_eq!(merchant.adyen.holding("r1"), Holding::default());
    assert!(merchant.adyen.modifications().is_empty());
}
