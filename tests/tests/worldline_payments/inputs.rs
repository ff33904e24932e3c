//! What a shopper's page encrypted: it pays once, for its own session and merchant.

use std::{collections::HashMap, time::Duration};

use domain::limits::{CLIENT_SESSION_LIFE, CLIENT_SESSION_MEMORY, MAX_SESSION_INPUTS};
use futures::future::join_all;
use serde_json::json;
use tests::{
    samples::{APPROVED, with},
    worldline_shop::{Shop, encrypted},
};

use crate::answers::{MASTERCARD, open, refused, without_request};

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_input_pays_once_also_in_a_race() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let body = encrypted(&page.encrypts(APPROVED));
    let answers = join_all((0..8).map(|_| server.post("/payments", &body))).await;
    let (paid, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((paid.len(), others.len()), (1, 7));
    for other in others {
        assert_eq!(refused(other, 400), ("1099", "encryptedCustomerInput"));
        assert!(other.text("/errors/0/message").contains("was used before"), "{}", other.body);
    }
    // A nonce is used up whatever is encrypted under it.
    let under = |nonce: &str| encrypted(&page.encrypts_input(&with(page.input(MASTERCARD), "/nonce", json!(nonce))));
    server.pays(&under("n1")).await;
    assert_eq!(refused(&server.post("/payments", &under("n1")).await, 400), ("1099", "encryptedCustomerInput"));
    // Encrypted once more, the same card pays again in the same session.
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    assert_eq!(hub.bank.approved().len(), 3);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_session_pays_so_often_and_no_more() {
    let (_hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let last = encrypted(&page.encrypts(APPROVED));
    for _ in 1..MAX_SESSION_INPUTS {
        server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    }
    server.post("/payments", &last).await.assert_status(201);
    let above = server.post("/payments", &encrypted(&page.encrypts(APPROVED))).await;
    assert!(above.text("/errors/0/message").contains("has had all its payments"), "{}", above.body);
    assert_eq!(refused(&above, 400), ("1099", "encryptedCustomerInput"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_is_bound_to_its_session_its_merchant_and_its_account() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let stranger = hub.another_merchant().await;
    let strangers_server = Shop::of(&stranger);
    let second = json!({"mcc": "5912", "providers": [{"name": "STRIPE", "credentials": {"type": "sandbox", "apiKey": "bank_key_1"}}]});
    let second = hub.merchant.post("/v1/merchants", &second).await.expect(201).text("/id").to_owned();
    let input = encrypted(&page.encrypts(APPROVED));
    for other in [&strangers_server, &server.paying(&second)] {
        let answer = other.post("/payments", &input).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
        assert!(answer.text("/errors/0/message").contains("no open client session"), "{}", answer.body);
    }
    let unknown = with(page.input(APPROVED), "/clientSessionId", json!("f084372052fb47d9a766ec35bfa0e6bd"));
    let answer = server.post("/payments", &encrypted(&page.encrypts_input(&unknown))).await;
    assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
    // None of them used it up. A payment of one account, or of another merchant, is not there for the other.
    let id = server.pays(&input).await;
    for other in [&strangers_server, &server.paying(&second)] {
        for path in [format!("/payments/{id}"), format!("/payments/{id}/refunds")] {
            assert_eq!(refused(&other.get(&path).await, 404), ("1002", "paymentId"));
        }
        for action in ["approve", "cancel", "refund"] {
            let answer = other.post_nothing(&format!("/payments/{id}/{action}")).await;
            assert_eq!(refused(&answer, 404), ("1002", "paymentId"), "{action}");
        }
    }
    hub.clock().advance(CLIENT_SESSION_LIFE);
    let late = server.post("/payments", &encrypted(&page.encrypts(APPROVED))).await;
    assert_eq!(refused(&late, 400), ("1099", "encryptedCustomerInput"));
    assert_eq!(hub.bank.approved().len(), 1);
    hub.assert_books_agree().await;
}

/// The number in an input is compared with the texts of its request for its own merchant alone, and once.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_is_compared_with_nothing_before_it_is_used_up() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let stranger = Shop::of(&hub.another_merchant().await);
    let reference = "/order/references/merchantReference";
    let guess = |jwe: &str, text: &str| with(encrypted(jwe), reference, json!(text));
    let (right, wrong) = (format!("x{APPROVED}"), format!("x{MASTERCARD}"));
    let jwe = page.encrypts(APPROVED);
    let unreadable = page.encrypts("4929564637987815");
    for input in [guess(&jwe, &right), guess(&jwe, &wrong), encrypted(&unreadable)] {
        let answer = stranger.post("/payments", &input).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
        assert!(answer.text("/errors/0/message").contains("no open client session"), "{}", answer.body);
    }
    // Its own merchant learns it once.
    let answer = server.post("/payments", &guess(&jwe, &right)).await;
    assert_eq!(refused(&answer, 400), ("1099", "order.references.merchantReference"));
    for input in [guess(&jwe, &right), guess(&jwe, &wrong), encrypted(&jwe)] {
        let answer = server.post("/payments", &input).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
        assert!(answer.text("/errors/0/message").contains("was used before"), "{}", answer.body);
    }
    assert_eq!(refused(&server.post("/payments", &encrypted(&unreadable)).await, 400).0, "21000020");
    assert!(hub.charges().await.is_empty());
}

/// An idempotency key that is used again a day later makes another session, under another id.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_of_a_session_that_ended_pays_in_no_later_one() {
    let (hub, server) = open().await;
    let (page, was_made_before) = server.opens_with_key("cart-1").await;
    assert!(!was_made_before);
    let (paid, unpaid) = (encrypted(&page.encrypts(APPROVED)), encrypted(&page.encrypts(APPROVED)));
    server.pays(&paid).await;
    hub.clock().advance(Duration::from_hours(1));
    let (again, is_replay) = server.opens_with_key("cart-1").await;
    assert_eq!((again.session == page.session, is_replay), (true, true));
    for (hours, is_a_replay) in [(23, false), (1, true), (24, false)] {
        hub.clock().advance(Duration::from_hours(hours));
        let (later, is_replay) = server.opens_with_key("cart-1").await;
        assert_eq!((later.session == page.session, is_replay), (false, is_a_replay));
        for input in [&paid, &unpaid] {
            assert_eq!(refused(&server.post("/payments", input).await, 400), ("1099", "encryptedCustomerInput"));
        }
    }
    hub.clock().advance(CLIENT_SESSION_MEMORY);
    let (later, _) = server.opens_with_key("cart-1").await;
    server.pays(&encrypted(&later.encrypts(APPROVED))).await;
    assert_eq!(hub.bank.approved().len(), 2);
    hub.assert_books_agree().await;
}

/// Time alone changes nothing of an input: within its session's life it pays.
#[tokio::test(flavor = "multi_thread")]
async fn an_input_pays_until_its_session_ends() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    hub.clock().advance(CLIENT_SESSION_LIFE.saturating_sub(Duration::from_mins(1)));
    server.pays(&encrypted(&page.encrypts(APPROVED))).await;
    hub.assert_books_agree().await;
}

/// One error for every cause: it says neither which part was changed nor how far the hub came.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_input_is_refused_with_the_same_words_whatever_was_changed() {
    let (hub, server) = open().await;
    let page = server.opens(&json!({})).await;
    let jwe = page.encrypts(APPROVED);
    let parts: Vec<&str> = jwe.split('.').collect();
    let mut said = HashMap::new();
    for part in 1..parts.len() {
        for place in [0, parts[part].len() / 2] {
            let mut changed: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let other = if &parts[part][place..=place] == "A" { "B" } else { "A" };
            changed[part].replace_range(place..=place, other);
            let answer = server.post("/payments", &encrypted(&changed.join("."))).await;
            assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
            *said.entry(without_request(&answer.body).to_string()).or_insert(0) += 1;
        }
    }
    assert_eq!(said.len(), 1, "{said:?}");
    // What is no JWE, or not what the library encrypts.
    for other in [json!(""), json!("a.b.c.d.e"), json!(7), json!(page.encrypts_bytes(b"{}")), json!(APPROVED)] {
        let body = with(encrypted(""), "/encryptedCustomerInput", other);
        let answer = server.post("/payments", &body).await;
        answer.assert_status(400);
        assert!(answer.text("/errors/0/propertyName").starts_with("encryptedCustomerInput"), "{}", answer.body);
        assert!(!answer.body.to_string().contains(APPROVED));
    }
    // None of them used it up.
    server.pays(&encrypted(&jwe)).await;
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filters_of_the_session_bound_what_it_pays_with() {
    let (hub, server) = open().await;
    for (filters, visa, mastercard) in [
        (json!({"exclude": {"products": [3]}}), 201, 400),
        (json!({"restrictTo": {"products": [3]}}), 400, 201),
        (json!({"restrictTo": {"groups": ["cards"]}, "exclude": {"groups": ["cards"]}}), 400, 400),
        (json!({"restrictTo": {"groups": ["cards"]}}), 201, 201),
    ] {
        let page = server.opens(&json!({"paymentProductFilters": filters})).await;
        for (number, status) in [(APPROVED, visa), (MASTERCARD, mastercard)] {
            let answer = server.post("/payments", &encrypted(&page.encrypts(number))).await;
            assert_eq!(answer.status, status, "{filters} {}", answer.body);
            if status == 400 {
                assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput"));
            }
        }
        // Another product than that of the card does not help.
        let named = with(page.input(MASTERCARD), "/paymentProductId", json!(1));
        let answer = server.post("/payments", &encrypted(&page.encrypts_input(&named))).await;
        assert_eq!(refused(&answer, 400), ("1099", "encryptedCustomerInput.paymentProductId"));
        // Nor does that of its brand's debit cards: the page names it, and the hub knows the brand alone.
        let debit = with(page.input(APPROVED), "/paymentProductId", json!(114));
        let answer = server.post("/payments", &encrypted(&page.encrypts_input(&debit))).await;
        let is_admitted = visa == 201 && filters["restrictTo"].get("products").is_none();
        assert_eq!(answer.status, if is_admitted { 201 } else { 400 }, "{filters} {}", answer.body);
    }
    hub.assert_books_agree().await;
}
