//! Payment sources and providers of a payment: stored cards, stored customers, and the next provider.

use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    bank::BankReply,
    samples::{APPROVED, by_card, card, card_charge, pix_charge, session, with},
};

/// A card that is declined as canceled, which is a soft decline.
const CANCELED: &str = "4485406132091427";

/// A merchant with two accounts for cards.
async fn two_providers(client: &Merchant, retry_on_decline: bool) -> Merchant {
    let provider =
        |name: &str, priority: u8| json!({"name": name, "priority": priority, "credentials": {"type": "sandbox"}});
    let body = json!({
        "mcc": "5999", "providers": [provider("STRIPE", 1), provider("ADYEN", 2)], "retryOnDecline": retry_on_decline,
    });
    let made = client.post("/v1/merchants", &body).await.expect(201);
    let mut merchant = client.clone();
    made.text("/id").clone_into(&mut merchant.id);
    merchant
}

/// Provider and status of each request, oldest first.
fn attempts(answer: &Answer) -> Vec<(String, String)> {
    let requests = answer.body.pointer("/transactionRequests").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |request: &Value, name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    requests.iter().rev().map(|request| (text(request, "providerType"), text(request, "requestStatus"))).collect()
}

fn pair(provider: &str, status: &str) -> (String, String) {
    (provider.to_owned(), status.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_attempted_at_every_provider_if_none_can_be_reached() {
    let mut hub = TestHub::build().await;
    let merchant = two_providers(&hub.merchant, false).await;
    hub.kill_and_restart_without_bank().await;
    let merchant = merchant.at(hub.merchant.url());
    let charge = merchant.post_with_key("/v1/charges", &card_charge(&merchant.id, APPROVED), "k").await.expect(201);
    assert_eq!(charge.text("/status"), "failed");
    assert_eq!(attempts(&charge), [pair("STRIPE", "internal_error"), pair("ADYEN", "internal_error")]);
    let again = merchant.post_with_key("/v1/charges", &card_charge(&merchant.id, APPROVED), "k").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(again.body, charge.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_answer_is_lost_is_never_attempted_elsewhere() {
    let hub = TestHub::build().await;
    let merchant = two_providers(&hub.merchant, true).await;
    hub.bank.expect([BankReply::LoseAnswer]);
    let charge = merchant.creates_charge(&card_charge(&merchant.id, APPROVED)).await;
    assert_eq!((charge.text("/status"), attempts(&charge)), ("pending", vec![pair("STRIPE", "processing")]));
    assert_eq!(hub.bank.creates(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_is_attempted_elsewhere_only_if_the_merchant_says_so() {
    let hub = TestHub::build().await;
    for (retry, expected) in
        [(false, vec![pair("STRIPE", "failed")]), (true, vec![pair("STRIPE", "failed"), pair("ADYEN", "failed")])]
    {
        let merchant = two_providers(&hub.merchant, retry).await;
        let body = with(card_charge(&merchant.id, CANCELED), "/paymentSource/card/cardCvv", json!("170"));
        let charge = merchant.creates_charge(&body).await;
        assert_eq!((charge.text("/status"), attempts(&charge)), ("failed", expected));
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_card_pays_and_a_session_key_cannot_use_it() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let token = merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let stored = merchant.post("/v1/cards", &json!({"tokenId": token.text("/tokenId")})).await.expect(201);
    let source = json!({"sourceType": "card", "cardId": stored.text("/id"), "cardCvv": "320"});
    let charge = with(card_charge(&merchant.id, APPROVED), "/paymentSource", source.clone());
    let paid = merchant.creates_charge(&charge).await;
    assert_eq!((paid.text("/status"), paid.text("/paymentSource/cardId")), ("authorized", stored.text("/id")));

    let order = merchant.creates_session(&session(&merchant.id)).await;
    let body = with(by_card(APPROVED), "/paymentSource", source);
    let refused = merchant.with_key(&order.key).post(&order.path("/charge"), &body).await.expect(400);
    assert!(refused.text("/error/message").starts_with("cardId names no card"), "{}", refused.body);
    assert_eq!(merchant.post(&order.path("/charge"), &body).await.expect(201).text("/status"), "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_customer_pays_by_pix_and_with_the_card_that_was_linked_last() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let customer = json!({
        "name": "Maria", "email": "maria@example.com", "phoneNumber": "21 9", "document": {"type": "cpf", "number": "72912053013"},
    });
    let customer = merchant.post("/v1/customers", &customer).await.expect(201);
    let source = json!({"sourceType": "customer", "customerId": customer.text("/id")});
    let pix = with(pix_charge(&merchant.id), "/paymentSource", source.clone());
    assert_eq!(merchant.creates_charge(&pix).await.text("/customerId"), customer.text("/id"));

    let by_customer = with(card_charge(&merchant.id, APPROVED), "/paymentSource", source);
    let refused = merchant.post("/v1/charges", &by_customer).await.expect(400);
    assert!(refused.text("/error/message").starts_with("customerId names no customer"), "{}", refused.body);
    let token = merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let stored = merchant.post("/v1/cards", &json!({"tokenId": token.text("/tokenId")})).await.expect(201);
    let link = json!({"cardId": stored.text("/id")});
    merchant.post(&format!("/v1/customers/{}/cards", customer.text("/id")), &link).await.assert_status(204);
    let paid = merchant.creates_charge(&by_customer).await;
    assert_eq!((paid.text("/status"), paid.text("/paymentSource/cardId")), ("authorized", stored.text("/id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchants_key_goes_to_its_provider_and_nowhere_else() {
    let hub = TestHub::build().await;
    let credentials = json!({"type": "sandbox", "apiKey": "bank_key_1"});
    let body = json!({"mcc": "5999", "providers": [{"name": "STRIPE", "priority": 1, "credentials": credentials}]});
    let made = hub.merchant.post("/v1/merchants", &body).await.expect(201);
    hub.merchant.post("/v1/charges", &card_charge(&hub.merchant.id, APPROVED)).await.assert_status(201);
    hub.merchant.post("/v1/charges", &card_charge(made.text("/id"), APPROVED)).await.assert_status(201);
    assert_eq!(hub.bank.keys(), ["Bearer bank_key_1"]);
    assert!(!hub.everything_stored().await.iter().any(|item| item.contains("bank_key_1")));
}
