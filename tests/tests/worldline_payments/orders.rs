//! What a request orders: capture, installments, amounts.

use serde_json::{Value, json};
use tests::{
    samples::{APPROVED, with},
    worldline_shop::plain,
};

use crate::answers::{charge_of, open, refused, standing};

#[tokio::test(flavor = "multi_thread")]
async fn only_a_payment_that_asks_for_it_is_captured_at_once() {
    let (hub, server) = open().await;
    let input = "/cardPaymentMethodSpecificInput";
    let of = |mode: Value, approval: Value| {
        let body = with(plain(APPROVED), &format!("{input}/authorizationMode"), mode);
        with(body, &format!("{input}/requiresApproval"), approval)
    };
    for (mode, approval, status) in [
        (json!("SALE"), Value::Null, "CAPTURE_REQUESTED"),
        (json!("SALE"), json!(false), "CAPTURE_REQUESTED"),
        (json!("PRE_AUTHORIZATION"), json!(false), "CAPTURE_REQUESTED"),
        (json!("PRE_AUTHORIZATION"), Value::Null, "PENDING_APPROVAL"),
        (json!("FINAL_AUTHORIZATION"), json!(true), "PENDING_APPROVAL"),
        (Value::Null, Value::Null, "PENDING_APPROVAL"),
    ] {
        let made = server.post("/payments", &of(mode.clone(), approval.clone())).await.expect(201);
        assert_eq!(made.text("/payment/status"), status, "{mode} {approval}");
    }
    for (mode, approval) in [(json!("SALE"), json!(true)), (json!("sale"), Value::Null), (json!(7), Value::Null)] {
        let answer = server.post("/payments", &of(mode.clone(), approval)).await;
        let field = ("1099", "cardPaymentMethodSpecificInput.authorizationMode");
        assert_eq!(refused(&answer, 400), field, "{mode}");
    }
    hub.assert_books_agree().await;
}

/// Bodies that name an amount in another place than that of this action, each with the field that is refused.
fn elsewhere(action: &str) -> Vec<(Value, &'static str)> {
    let money = || json!({"amount": 30, "currencyCode": "BRL"});
    let mut bodies = vec![
        (json!({"order": {"amountOfMoney": money()}}), "order.amountOfMoney"),
        (json!({"order": money()}), "order.amount"),
        (json!({"order": {"AmountOfMoney": money()}}), "order.AmountOfMoney"),
        (json!({"order": {"additionalInput": {"amount": 30}}}), "order.additionalInput.amount"),
        (json!({"order": {"references": {"amount": 30}}}), "order.references.amount"),
        (json!({"directDebitPaymentMethodSpecificInput": money()}), "directDebitPaymentMethodSpecificInput.amount"),
        (
            json!({"bankRefundMethodSpecificInput": {"amountOfMoney": money()}}),
            "bankRefundMethodSpecificInput.amountOfMoney",
        ),
        (json!({"refundReferences": {"merchantReference": "x", "amount": 30}}), "refundReferences.amount"),
        (json!({"customer": {"amountOfMoney": null}}), "customer.amountOfMoney"),
        (json!({"capture": [{"no 1": money()}]}), "capture.amount"),
        (json!({"Amount": 30}), "Amount"),
        (json!({"amountofmoney": money()}), "amountofmoney"),
        (json!({"currencyCode": null}), "currencyCode"),
    ];
    bodies.extend(match action {
        "refund" => vec![
            (money(), "amount"),
            (json!({"amount": null}), "amount"),
            (json!({"amountOfMoney": money(), "amount": 30}), "amount"),
            (json!({"amountOfMoney": null}), "amountOfMoney"),
            (json!({"refundAmount": null}), "amountOfMoney"),
            (json!({"order": {"totalAmount": 30}}), "amountOfMoney"),
        ],
        "approve" => vec![
            (money(), "currencyCode"),
            (json!({"amountOfMoney": money()}), "amountOfMoney"),
            (json!({"amount": 30, "order": {"amount": 30}}), "order.amount"),
            (json!({"amount": null}), "amount"),
            (json!({"captureAmount": 30}), "amount"),
            (json!({"order": {"totalAmount": 30}}), "order"),
        ],
        _ => vec![
            (money(), "amount"),
            (json!({"amountOfMoney": money()}), "amountOfMoney"),
            (json!({"releaseAmount": 30}), ""),
            (json!({"isFinal": false}), ""),
            (json!({"order": {"totalAmount": 30}}), ""),
        ],
    });
    bodies
}

/// Without an amount a change moves the whole: one that would not be read is never ignored.
#[tokio::test(flavor = "multi_thread")]
async fn an_amount_in_any_other_place_is_refused_and_moves_nothing() {
    let (hub, server) = open().await;
    let path = format!("/payments/{}", server.pays(&plain(APPROVED)).await);
    let mut before = "PENDING_APPROVAL 600 t/t/f";
    for action in ["cancel", "approve", "refund"] {
        for (body, field) in elsewhere(action) {
            let answer = server.post(&format!("{path}/{action}"), &body).await;
            assert_eq!(refused(&answer, 400), ("1099", field), "{action} {body}");
            assert_eq!(standing(&server.get(&path).await.body), before, "{action} {body}");
        }
        if action == "cancel" {
            continue;
        }
        let references = json!({"references": {"merchantReference": "x"}});
        let besides = json!({"order": references, "sepaDirectDebitPaymentMethodSpecificInput": null});
        let besides =
            if action == "refund" { json!({"refundDate": "20261129", "refundReason": "OTHER"}) } else { besides };
        let made = server.post_with_key(&format!("{path}/{action}"), &besides, "key").await;
        assert!(made.status < 300, "{}", made.body);
        // A replay is one whatever it orders.
        for (body, _) in elsewhere(action).into_iter().chain([(json!({"amount": "x", "amountOfMoney": 7}), "")]) {
            let again = server.post_with_key(&format!("{path}/{action}"), &body, "key").await;
            assert_eq!((again.status, &again.body), (made.status, &made.body), "{action} {body}");
        }
        before = "CAPTURED 900 t/f/t";
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn installments_are_bounded() {
    let (hub, server) = open().await;
    for (input, field) in [
        (json!({"numberOfInstallments": 100}), "numberOfInstallments"),
        (json!({"numberOfInstallments": 0}), "numberOfInstallments"),
        (json!({"installments": {"numberOfInstallments": 100}}), "installments.numberOfInstallments"),
    ] {
        let answer = server.post("/payments", &with(plain(APPROVED), "/order/additionalInput", input)).await;
        assert_eq!(refused(&answer, 400), ("1099", format!("order.additionalInput.{field}").as_str()));
        assert!(answer.text("/errors/0/message").contains("must be 1 to 99"), "{}", answer.body);
    }
    let both = json!({"numberOfInstallments": 2, "installments": {"numberOfInstallments": 3}});
    let answer = server.post("/payments", &with(plain(APPROVED), "/order/additionalInput", both)).await;
    assert_eq!(refused(&answer, 400), ("1099", "order.additionalInput.numberOfInstallments"));
    let body = with(plain(APPROVED), "/order/additionalInput", json!({"numberOfInstallments": "3"}));
    let charge = hub.merchant.reads_charge(&server.pays(&body).await).await;
    assert_eq!(charge.body["paymentMethod"]["installments"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_currency_is_counted_in_hundredths() {
    let (hub, server) = open().await;
    for (hundredths, currency, minor) in [(2345, "USD", 2345), (230_000, "JPY", 2300), (2345, "KWD", 23_450)] {
        let body =
            with(plain(APPROVED), "/order/amountOfMoney", json!({"amount": hundredths, "currencyCode": currency}));
        let made = server.post("/payments", &body).await.expect(201);
        assert_eq!(made.body["payment"]["paymentOutput"]["amountOfMoney"]["amount"], hundredths);
        let charge = hub.merchant.reads_charge(&charge_of(made.text("/payment/id"))).await.expect(200);
        assert_eq!(charge.body["amount"], minor, "{currency}");
    }
    let whole = "must be a whole number, in hundredths";
    for (amount, currency, problem) in [
        (json!(50.3), "BRL", whole),
        (json!(0), "BRL", "must be at least 1, in hundredths"),
        (json!(-1), "BRL", whole),
        (json!("1,00"), "BRL", whole),
        (json!(2350), "JPY", "must be a multiple of 100: it is in hundredths"),
        (json!(0), "JPY", "must be at least 100, in hundredths"),
        (json!(1_000_000_000_000_u64), "BRL", "must be at most 999999999999, in hundredths"),
    ] {
        let body = with(plain(APPROVED), "/order/amountOfMoney", json!({"amount": amount, "currencyCode": currency}));
        let answer = server.post("/payments", &body).await;
        assert_eq!(refused(&answer, 400), ("1099", "order.amountOfMoney.amount"), "{amount} {currency}");
        assert!(answer.text("/errors/0/message").contains(problem), "{}", answer.body);
    }
    let texts = with(plain(APPROVED), "/order/amountOfMoney/amount", json!("100"));
    let texts = with(texts, "/cardPaymentMethodSpecificInput/paymentProductId", json!("1"));
    server.pays(&with(texts, "/cardPaymentMethodSpecificInput/requiresApproval", json!("true"))).await;
    hub.assert_books_agree().await;
}
