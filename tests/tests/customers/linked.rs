//! The cards of a customer.

use serde_json::{Value, json};
use tests::{TestHub, samples::APPROVED};

use crate::{UNKNOWN_ID, assert_unknown, card, create, customer, details, link, linked, other};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_one_card_of_each_number() {
    let hub = TestHub::build().await;
    let id = create(&hub.merchant, &customer()).await;
    assert_eq!(linked(&hub.merchant, &id).await, Vec::<String>::new());
    let visa = card(&hub.merchant, APPROVED).await;
    let answer = link(&hub.merchant, &id, &visa).await.expect(204);
    assert_eq!((&answer.body, answer.headers.get("content-type")), (&Value::Null, None));
    let _ = link(&hub.merchant, &id, &visa).await.expect(204);
    assert_eq!(linked(&hub.merchant, &id).await, std::slice::from_ref(&visa));
    let master = card(&hub.merchant, "5261424250184574").await;
    let _ = link(&hub.merchant, &id, &master).await.expect(204);
    // A card with the same number replaces the first card.
    let newer = card(&hub.merchant, APPROVED).await;
    assert_ne!(newer, visa);
    let _ = link(&hub.merchant, &id, &newer).await.expect(204);
    assert_eq!(linked(&hub.merchant, &id).await, [master, newer.clone()]);
    let cards = hub.merchant.get(&format!("/v1/customers/{id}/cards")).await.expect(200);
    assert_eq!(cards.text("/1/customerId"), id);
    assert_eq!((cards.text("/1/first6digits"), cards.text("/1/last4digits")), ("492956", "7814"));
    assert!(!cards.body.to_string().contains(APPROVED));

    let another = create(&hub.merchant, &other()).await;
    assert_eq!(link(&hub.merchant, &another, &newer).await.expect(409).text("/error/type"), "conflict");
    let _ = link(&hub.merchant, &another, &visa).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_foreign_cards_and_customers_are_not_found() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let (id, foreign) = (create(&hub.merchant, &customer()).await, create(&stranger, &customer()).await);
    let (own, theirs) = (card(&hub.merchant, APPROVED).await, card(&stranger, APPROVED).await);
    for card in [UNKNOWN_ID, &theirs] {
        let answer = link(&hub.merchant, &id, card).await.expect(404);
        assert_eq!(answer.text("/error/message"), "Resource not found");
    }
    for customer in [UNKNOWN_ID, &foreign] {
        let path = format!("/v1/customers/{customer}");
        assert_unknown(&link(&hub.merchant, customer, &own).await);
        assert_unknown(&hub.merchant.get(&path).await);
        assert_unknown(&hub.merchant.get(&format!("{path}/cards")).await);
        assert_unknown(&hub.merchant.patch(&path, &json!({"name": "x"})).await);
        assert_unknown(&hub.merchant.delete(&path).await);
    }
    let _ = stranger.get(&format!("/v1/customers/{foreign}")).await.expect(200);
    let list = hub.merchant.get("/v1/customers").await.expect(200);
    assert_eq!(list.body.pointer("/meta/totalItems"), Some(&json!(1)));
    let nothing = hub.merchant.post(&format!("/v1/customers/{id}/cards"), &json!({})).await.expect(400);
    assert_eq!(details(&nothing), ["cardId must be a UUID", "cardId should not be empty"]);
    assert_eq!(linked(&hub.merchant, &id).await, Vec::<String>::new());
}

/// A Visa number whose check digit holds.
fn visa(number: u32) -> String {
    let body = format!("400000{number:09}");
    let sum: u32 = body
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fifty_first_card_is_refused() {
    let hub = TestHub::build().await;
    let id = create(&hub.merchant, &customer()).await;
    for number in 0..50 {
        let card = card(&hub.merchant, &visa(number)).await;
        let _ = link(&hub.merchant, &id, &card).await.expect(204);
    }
    let answer = link(&hub.merchant, &id, &card(&hub.merchant, &visa(50)).await).await.expect(400);
    assert_eq!(answer.text("/error/type"), "invalid_request_error");
    assert_eq!(linked(&hub.merchant, &id).await.len(), 50);
    // A number that is linked already can still be linked, and the erasure removes every link.
    let _ = link(&hub.merchant, &id, &card(&hub.merchant, &visa(7)).await).await.expect(204);
    let _ = hub.merchant.delete(&format!("/v1/customers/{id}")).await.expect(200);
    let left = hub.everything_stored().await.into_iter().filter(|item| item.contains("CARD#") && item.contains(&id));
    assert_eq!(left.count(), 0);
}
