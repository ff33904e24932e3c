//! What is refused: it names its field, and repeats no card.

use reqwest::Method;
use serde_json::json;
use tests::{
    samples::{APPROVED, card_charge, with},
    worldline::{Server, error},
    worldline_shop::{encrypted, order, plain},
};

use crate::answers::{MASTERCARD, open, refused, standing};

/// They are listed for pages that show them. What Worldline's pages do not say of their payments is not made up.
#[tokio::test(flavor = "multi_thread")]
async fn pix_and_boleto_are_refused_with_the_product_that_was_chosen() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    for product in [6105, 1503] {
        let chosen = json!({
            "clientSessionId": page.session,
            "nonce": product.to_string(),
            "paymentProductId": product,
            "paymentValues": [{"key": "fiscalNumber", "value": "72912053013"}],
        });
        let answer = server.post("/payments", &encrypted(&page.encrypts_input(&chosen))).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.paymentProductId"));
        assert!(answer.text("/errors/0/message").contains("POST /v1/charges"), "{}", answer.body);
        for input in ["redirectPaymentMethodSpecificInput", "cashPaymentMethodSpecificInput"] {
            let body = json!({(input): {"paymentProductId": product}, "order": order(100, "BRL")});
            let answer = server.post("/payments", &body).await;
            answer.assert_status(400);
            assert_eq!(error(&answer), (400, "1099"));
            assert_eq!(answer.text("/errors/0/propertyName"), input);
        }
    }
    assert!(hub.charges().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_names_its_field_and_repeats_no_card() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let card = "/cardPaymentMethodSpecificInput/card";
    let of_card = |name: &str, value: &str| with(plain(APPROVED), &format!("{card}/{name}"), json!(value));
    let reference = "/order/references/merchantReference";
    for (body, code, field) in [
        (json!({}), "20000000", "order"),
        (json!({"order": order(1, "BRL")}), "20000000", "encryptedCustomerInput"),
        (of_card("cardNumber", "4929564637987815"), "21000020", "cardPaymentMethodSpecificInput.card.cardNumber"),
        (of_card("expiryDate", "1220"), "21000120", "cardPaymentMethodSpecificInput.card.expiryDate"),
        (of_card("cvv", "1"), "1099", "cardPaymentMethodSpecificInput.card.cvv"),
        (with(plain(APPROVED), reference, json!(APPROVED)), "1099", "order.references.merchantReference"),
        (
            with(plain(APPROVED), reference, json!("order 4567350000427977")),
            "1099",
            "order.references.merchantReference",
        ),
        (
            with(encrypted(&page.encrypts(APPROVED)), reference, json!(format!("x{APPROVED}"))),
            "1099",
            "order.references.merchantReference",
        ),
        (
            with(
                encrypted(&page.encrypts(APPROVED)),
                "/cashPaymentMethodSpecificInput",
                json!({"paymentProductId": 1503}),
            ),
            "1099",
            "cashPaymentMethodSpecificInput",
        ),
        (
            with(plain(APPROVED), "/cardPaymentMethodSpecificInput/threeDSecure", json!({"skipAuthentication": false})),
            "1099",
            "cardPaymentMethodSpecificInput.threeDSecure.skipAuthentication",
        ),
        (
            with(plain(APPROVED), "/cardPaymentMethodSpecificInput/skipAuthentication", json!(false)),
            "1099",
            "cardPaymentMethodSpecificInput.skipAuthentication",
        ),
        (
            with(plain(APPROVED), "/cardPaymentMethodSpecificInput/paymentProductId", json!(3)),
            "1099",
            "cardPaymentMethodSpecificInput.paymentProductId",
        ),
        (
            with(plain(APPROVED), "/order/amountOfMoney/currencyCode", json!("brl")),
            "1099",
            "order.amountOfMoney.currencyCode",
        ),
    ] {
        let answer = server.post("/payments", &body).await;
        assert_eq!(refused(&answer, 400), (code, field), "{}", answer.body);
        let said = answer.body.to_string();
        assert!(!said.contains(APPROVED) && !said.contains("4567350000427977"), "{said}");
    }
    for path in ["/payments/1", "/payments/000000000000000000000000000000", "/refunds/000000000000000000000000000001"] {
        let field = if path.starts_with("/refunds") { "refundId" } else { "paymentId" };
        assert_eq!(refused(&server.get(path).await, 404), ("1002", field), "{path}");
    }
    // A charge of the other API has no number here.
    let charge = hub.merchant.post("/v1/charges", &card_charge(&hub.merchant.id, APPROVED)).await.expect(201);
    assert_eq!(refused(&server.get(&format!("/payments/{}", charge.text("/id"))).await, 404).0, "1002");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_a_path_repeat_no_card_and_one_problem_is_one_error() {
    let (hub, server) = open().await;
    // Any card's number, also one with which nothing is paid: the key is stored, and shown. Between letters it is found
    // by the card that pays.
    let page = server.opens(&json!({})).await;
    for key in [APPROVED, MASTERCARD, &format!("x{APPROVED}y")] {
        for body in [encrypted(&page.encrypts(APPROVED)), plain(APPROVED)] {
            let in_key = server.post_with_key("/payments", &body, key).await;
            assert_eq!(refused(&in_key, 400), ("1099", "X-GCS-Idempotence-Key"), "{key}");
            assert!(!in_key.body.to_string().contains(APPROVED), "{}", in_key.body);
        }
    }
    assert!(!server.get(&format!("/tokens/{MASTERCARD}")).await.expect(404).body.to_string().contains(MASTERCARD));
    // One problem is one error.
    let token = json!({"cardPaymentMethodSpecificInput": {"token": ""}, "order": order(1, "BRL")});
    for (body, field) in [
        (encrypted("a.b.c.d.e"), "encryptedCustomerInput"),
        (
            with(token.clone(), "/cardPaymentMethodSpecificInput/token", json!(5)),
            "cardPaymentMethodSpecificInput.token",
        ),
        (token, "cardPaymentMethodSpecificInput.token"),
    ] {
        let answer = server.post("/payments", &body).await;
        assert_eq!((error(&answer), answer.text("/errors/0/propertyName")), ((400, "1099"), field));
    }
    assert!(hub.charges().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_on_every_route_and_changes_nothing() {
    let (hub, shop) = open().await;
    let server = Server::of(&hub.merchant);
    let payment = format!("/payments/{}", shop.pays(&plain(APPROVED)).await);
    let bodies = [
        "{",
        "[]",
        "7",
        "\"text\"",
        "{\"amount\":1,\"amount\":2}",
        "\u{feff}{}",
        "{\"order\":[],\"amount\":{},\"amountOfMoney\":7}",
    ];
    let deep = "[".repeat(100_000);
    let changes = ["approve", "cancel", "refund"].map(|action| format!("{payment}/{action}"));
    for path in ["/payments".to_owned()].into_iter().chain(changes) {
        for body in bodies.into_iter().chain([deep.as_str()]) {
            let answer = server.send(Method::POST, &server.path(&path), &[], Some(body.to_owned())).await;
            let code = refused(&answer, 400).0;
            assert!(["1099", "20000000"].contains(&code), "{path}: {}", answer.body);
        }
    }
    assert_eq!(standing(&shop.get(&payment).await.body), "PENDING_APPROVAL 600 t/t/f");
    hub.assert_books_agree().await;
}
