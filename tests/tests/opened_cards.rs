//! The number of a card that the hub opens for a request, of a token or a stored card, is in no other field of it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    leak::Searched,
    samples::{by_card, card, card_charge, from_token, pix_charge, session, with},
};

/// It has 14 digits: only the comparison with the card finds it.
const NUMBER: &str = "36757624613710";
const HIDDEN: [&str; 4] = ["x36757624613710", "pay-3675.7624.6137.10-a", "36757624613710", "3675  7624/6137_10"];
const HEADERS: [&str; 2] = ["x-idempotency-key", "idempotency-key"];
/// The texts of a card payment.
const TEXTS: [&str; 3] = ["orderId", "description", "statementDescriptor"];

async fn token(caller: &Merchant, root: &str) -> String {
    let made = caller.post(&format!("{root}/tokens"), &card(NUMBER)).await.expect(201);
    made.text("/tokenId").to_owned()
}

async fn code(caller: &Merchant, root: &str) -> String {
    let made = caller.post(&format!("{root}/tokens"), &json!({"cvvUpdate": "320"})).await.expect(201);
    made.text("/tokenId").to_owned()
}

async fn stored(caller: &Merchant, root: &str) -> String {
    let token = token(caller, root).await;
    let made = caller.post(&format!("{root}/cards"), &json!({"tokenId": token})).await.expect(201);
    made.text("/id").to_owned()
}

/// A request for which the hub opens the card.
#[derive(Clone)]
struct Opening {
    caller: Merchant,
    path: String,
    body: Value,
}

async fn charges(merchant: &Merchant) -> Vec<Opening> {
    let by = |source: Value| with(card_charge(&merchant.id, NUMBER), "/paymentSource", source);
    let card = stored(merchant, "/v1").await;
    let customer = pix_charge(&merchant.id)["paymentSource"]["customer"].clone();
    let customer = merchant.post("/v1/customers", &customer).await.expect(201).text("/id").to_owned();
    let linked = merchant.post(&format!("/v1/customers/{customer}/cards"), &json!({"cardId": card})).await;
    linked.assert_status(204);
    let sources = [
        json!({"sourceType": "token", "tokenId": token(merchant, "/v1").await}),
        json!({"sourceType": "card", "cardId": card}),
        json!({"sourceType": "card", "cardId": card, "cardCvv": "320"}),
        json!({"sourceType": "card", "cardId": card, "tokenCvv": code(merchant, "/v1").await}),
        // The card that is typed beside it is another, and pays nothing.
        json!({"sourceType": "card", "cardId": card, "card": {"cardNumber": "4929564637987814"}}),
        json!({"sourceType": "customer", "customerId": customer}),
    ];
    let charge = |source| Opening { caller: merchant.clone(), path: "/v1/charges".to_owned(), body: by(source) };
    sources.into_iter().map(charge).collect()
}

async fn in_sessions(merchant: &Merchant) -> Vec<Opening> {
    let mut openings = Vec::new();
    for is_browser in [true, false] {
        for is_token in [true, false] {
            let sale = merchant.creates_session(&session(&merchant.id)).await;
            let shopper = merchant.with_key(&sale.key);
            let root = "/v1/sessions";
            let body = if is_token {
                from_token(by_card(NUMBER), &token(&shopper, root).await)
            } else {
                let (card, code) = (stored(&shopper, root).await, code(&shopper, root).await);
                let source = json!({"sourceType": "card", "cardId": card, "tokenCvv": code});
                with(by_card(NUMBER), "/paymentSource", source)
            };
            let caller = if is_browser { shopper } else { merchant.clone() };
            openings.push(Opening { caller, path: sale.path("/charge"), body });
        }
    }
    openings
}

async fn cards(merchant: &Merchant) -> Vec<Opening> {
    let sale = merchant.creates_session(&session(&merchant.id)).await;
    let shopper = merchant.with_key(&sale.key);
    let mut openings = Vec::new();
    for (caller, root) in [(merchant.clone(), "/v1"), (shopper, "/v1/sessions")] {
        let body = json!({"tokenId": token(&caller, root).await});
        openings.push(Opening { caller, path: format!("{root}/cards"), body });
    }
    openings
}

/// Fails unless the request is refused with this problem alone, before anything is stored or sent.
async fn is_refused(hub: &TestHub, opening: &Opening, body: &Value, header: (&str, &str), field: &str) -> String {
    let body = Some(body.to_string().into_bytes());
    let asked = async { opening.caller.send_beside(Method::POST, &opening.path, &[header], body).await.unwrap() };
    let answer = hub.refuses(asked, 400).await;
    let problem = format!("{field} must not contain a card number");
    assert_eq!(answer.body["error"]["details"], json!([problem]), "{} {header:?} {}", opening.path, opening.body);
    format!("{:?} {}", answer.headers, answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_a_token_or_a_stored_card_is_refused_in_the_key_and_the_texts_of_its_request() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let payments = [charges(merchant).await, in_sessions(merchant).await].concat();
    let mut answers = Vec::new();
    for (index, payment) in payments.iter().enumerate() {
        for (field, text) in TEXTS.into_iter().flat_map(|field| HIDDEN.map(|text| (field, text))) {
            let body = with(payment.body.clone(), &format!("/{field}"), json!(text));
            let key = format!("order-{index}");
            answers.push(is_refused(&hub, payment, &body, ("x-idempotency-key", &key), field).await);
        }
    }
    let openings = [payments, cards(merchant).await].concat();
    assert_eq!(openings.len(), 12);
    for opening in &openings {
        for header in HEADERS.into_iter().flat_map(|name| HIDDEN.map(|key| (name, key))) {
            answers.push(is_refused(&hub, opening, &opening.body, header, "X-Idempotency-Key").await);
        }
    }
    // Tokens are unspent, sessions unpaid, and keys free.
    for (index, opening) in openings.iter().enumerate() {
        let made = opening.caller.post_with_key(&opening.path, &opening.body, &format!("order-{index}")).await;
        answers.push(made.expect(201).body.to_string());
    }
    let stored = Searched::new(&[hub.everything_stored().await, answers].concat());
    assert_eq!(stored.occurrences(NUMBER), 0);
}

/// Keys of digits alone are usual, and one in many looks like a card number.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_payment_by_token_may_look_like_the_number_of_another_card() {
    let hub = TestHub::build().await;
    let body = from_token(card_charge(&hub.merchant.id, NUMBER), &token(&hub.merchant, "/v1").await);
    hub.merchant.post_with_key("/v1/charges", &body, "5424181860913909").await.assert_status(201);
}
