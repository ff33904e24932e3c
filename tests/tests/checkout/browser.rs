//! The requests of a checkout in a browser, with only a session key, in their order.

use serde_json::json;
use tests::{
    TestHub,
    samples::{APPROVED, card, session},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_pays_a_session_with_a_card_that_it_stored_for_its_shopper() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let browser = hub.merchant.with_key(&order.key);

    let link = browser.get(&order.path("/link")).await.expect(200);
    assert_eq!(link.body.pointer("/paymentMethods/0/paymentType"), Some(&json!("credit")));
    assert!(link.body.pointer("/items/0/name").is_some());

    let token = browser.post("/v1/sessions/tokens", &card(APPROVED)).await.expect(201);
    let stored = browser.post("/v1/sessions/cards", &json!({"tokenId": token.text("/tokenId")})).await.expect(201);
    // The web component sends no document and a blank phone number where it knows only a name and an e-mail.
    let shopper = json!({
        "name": "Maria", "email": "maria@example.com", "phoneNumber": " ", "document": {"type": "noDocument"},
    });
    let shopper = browser.post("/v1/sessions/customers?force=true", &shopper).await.expect(201);
    let cards = format!("/v1/sessions/customers/{}/cards", shopper.text("/id"));
    browser.post(&cards, &json!({"cardId": stored.text("/id")})).await.assert_status(204);
    let linked = browser.get(&cards).await.expect(200);
    assert_eq!(linked.body.pointer("/0/id"), stored.body.pointer("/id"));

    let pay = json!({
        "paymentMethod": {"paymentType": "credit", "installments": 1},
        "paymentSource": {"sourceType": "card", "cardId": stored.text("/id"), "cardCvv": "320"},
        "customerId": shopper.text("/id"),
    });
    let paid = browser.post_with_key(&order.path("/charge"), &pay, "from the browser").await.expect(201);
    assert_eq!((paid.text("/status"), paid.text("/customerId")), ("paid", shopper.text("/id")));
    assert_eq!(paid.text("/paymentSource/cardId"), stored.text("/id"));
    assert!(browser.post_with_key(&order.path("/charge"), &pay, "from the browser").await.expect(201).is_replay());
    assert_eq!(hub.bank.approved().len(), 1);

    let other = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    for path in [&other.path(""), &other.path("/link"), "/v1/cards", "/v1/customers", "/v1/charges", "/v1/sessions"] {
        let _ = browser.get(path).await.expect(403);
    }
    let _ = browser.post(&other.path("/charge"), &pay).await.expect(403);
}
