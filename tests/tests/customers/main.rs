//! Customers: two of an account share a document only by `force`, no other account reads them, and an erasure is final.

mod keys;
mod linked;
mod registered;
mod written;

use serde_json::{Value, json};
use tests::{
    Answer, Merchant,
    samples::{card_charge, session},
};

pub(crate) const CPF: &str = "72912053013";
pub(crate) const UNKNOWN_ID: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";

pub(crate) fn customer() -> Value {
    json!({
        "name": "Maria Quitéria", "email": "maria@example.com", "phoneNumber": "21 98889999099",
        "document": {"type": "cpf", "number": CPF},
        "address": {
            "street": "Rua das Flores", "streetNumber": "12", "complement": "Ap 3", "zipCode": "00000-140",
            "country": "BR", "state": "RJ", "city": "Niterói", "district": "Centro",
        },
    })
}

pub(crate) fn other() -> Value {
    json!({
        "name": "Ana Néri", "email": "ana@example.com", "phoneNumber": "11 1234",
        "document": {"type": "dni", "number": "30.123.456", "country": "ar"},
    })
}

pub(crate) fn details(answer: &Answer) -> Vec<&str> {
    answer.body.pointer("/error/details").unwrap().as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

pub(crate) async fn create(merchant: &Merchant, body: &Value) -> String {
    merchant.post("/v1/customers", body).await.expect(201).text("/id").to_owned()
}

/// The id of a card that a payment stores.
pub(crate) async fn card(merchant: &Merchant, number: &str) -> String {
    let charge = merchant.creates_charge(&card_charge(&merchant.id, number)).await;
    charge.text("/paymentSource/cardId").to_owned()
}

pub(crate) async fn link(merchant: &Merchant, customer: &str, card: &str) -> Answer {
    merchant.post(&format!("/v1/customers/{customer}/cards"), &json!({"cardId": card})).await
}

pub(crate) async fn linked(merchant: &Merchant, customer: &str) -> Vec<String> {
    let cards = merchant.get(&format!("/v1/customers/{customer}/cards")).await.expect(200);
    let id = |card: &Value| card.pointer("/id").unwrap().as_str().unwrap().to_owned();
    cards.body.as_array().unwrap().iter().map(id).collect()
}

/// A client with the session key of a new session.
pub(crate) async fn shopper(merchant: &Merchant) -> Merchant {
    let made = merchant.post("/v1/sessions", &session(&merchant.id)).await.expect(201);
    merchant.with_key(made.text("/publicKey"))
}

pub(crate) async fn public_key(merchant: &Merchant, scope: &str) -> Merchant {
    let made = merchant.post("/v1/auth", &json!({"scope": [scope], "expires": 0})).await.expect(201);
    merchant.with_key(made.text("/publicKey"))
}

#[track_caller]
pub(crate) fn assert_unknown(answer: &Answer) {
    let body = json!({"error": {"type": "api_error", "code": 404, "message": "Unexpected error"}});
    assert_eq!((answer.status, &answer.body), (404, &body));
}

#[track_caller]
pub(crate) fn assert_taken(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.text("/error/type")), (409, "conflict"), "{}", answer.body);
    let message = answer.text("/error/message");
    assert!(message.contains(&format!("has this {what};")), "{message}");
}
