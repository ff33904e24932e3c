//! Stored cards, and that none is stored in the clear.

use serde_json::json;
use tests::{
    samples::{APPROVED, DECLINED, with},
    worldline_shop::{Shop, encrypted, order, plain},
};

use crate::answers::{MASTERCARD, open, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_card_is_a_token_that_pays_in_the_clear_and_from_a_page() {
    let (hub, server) = open().await;
    let keep = with(plain(APPROVED), "/cardPaymentMethodSpecificInput/tokenize", json!(true));
    let made = server.post("/payments", &keep).await.expect(201);
    let token = made.text("/creationOutput/token").to_owned();
    assert_eq!(made.body["creationOutput"]["isNewToken"], true);
    assert_eq!(made.body["creationOutput"]["tokenizationSucceeded"], true);
    let declined = with(plain(DECLINED), "/cardPaymentMethodSpecificInput/tokenize", json!(true));
    let declined = server.post("/payments", &declined).await.expect(402);
    let output = &declined.body["paymentResult"]["creationOutput"];
    assert_eq!((output.get("token"), &output["tokenizationSucceeded"]), (None, &json!(false)));
    let by_token = json!({"cardPaymentMethodSpecificInput": {"token": token}, "order": order(100, "BRL")});
    // A token that pays is no new one, whatever is asked.
    let keep = with(by_token.clone(), "/cardPaymentMethodSpecificInput/tokenize", json!(true));
    let again = server.post("/payments", &keep).await.expect(201);
    let output = &again.body["creationOutput"];
    assert_eq!((output.get("isNewToken"), output.get("tokenizationSucceeded")), (None, None));
    server.pays(&by_token).await;
    for product in [3, 6105, 1503, 99_999] {
        let named = with(by_token.clone(), "/cardPaymentMethodSpecificInput/paymentProductId", json!(product));
        let field = ("1099", "cardPaymentMethodSpecificInput.paymentProductId");
        assert_eq!(refused(&server.post("/payments", &named).await, 400), field, "{product}");
    }
    server.pays(&with(by_token.clone(), "/cardPaymentMethodSpecificInput/paymentProductId", json!(1))).await;
    let page = server.opens(&json!({"tokens": [token]})).await;
    let chosen = json!({
        "clientSessionId": page.session,
        "nonce": "n1",
        "paymentProductId": 1,
        "accountOnFileId": 1,
        "paymentValues": [{"key": "cvv", "value": "123"}],
    });
    server.pays(&encrypted(&page.encrypts_input(&chosen))).await;
    // The page may send what it was shown of the card, and no other card.
    let sent = |nonce: &str, key: &str, value: &str| {
        let values = json!([{"key": key, "value": value}]);
        encrypted(&page.encrypts_input(&with(with(chosen.clone(), "/paymentValues", values), "/nonce", json!(nonce))))
    };
    server.pays(&sent("n3", "cardNumber", "************7814")).await;
    server.pays(&sent("n4", "expiryDate", "1230")).await;
    for (nonce, key, value) in
        [("n5", "cardNumber", MASTERCARD), ("n6", "cardNumber", "************4574"), ("n7", "expiryDate", "1231")]
    {
        let answer = server.post("/payments", &sent(nonce, key, value)).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.cardNumber"), "{key} {value}");
    }
    let other = with(with(chosen, "/accountOnFileId", json!(2)), "/nonce", json!("n2"));
    let answer = server.post("/payments", &encrypted(&page.encrypts_input(&other))).await;
    assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.accountOnFileId"));
    // Another account's card is no token.
    let stranger = Shop::of(&hub.another_merchant().await);
    let answer = stranger.post("/payments", &by_token).await;
    assert_eq!(refused(&answer, 400), ("1099", "cardPaymentMethodSpecificInput.token"));
    hub.assert_books_agree().await;
}

/// Nothing of a card is stored in the clear, however it came.
#[tokio::test(flavor = "multi_thread")]
async fn no_card_is_stored_in_the_clear() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    server.pays(&plain(APPROVED)).await;
    for item in hub.everything_stored().await {
        assert!(!item.contains(APPROVED), "{item}");
        assert!(!item.contains(&page.session), "the id of a client session opens it: {item}");
    }
}
