//! The cards of a customer.

use serde_json::{Value, json};
use tests::{House, samples::APPROVED};

use crate::{NOBODY, assert_unknown, card, create, customer, delete, details, link, linked, other};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_one_card_of_each_number() {
    let house = House::build().await;
    let id = create(&house.client, &customer()).await;
    assert_eq!(linked(&house.client, &id).await, Vec::<String>::new());
    let visa = card(&house.client, APPROVED).await;
    let answer = link(&house.client, &id, &visa).await.expect(204);
    assert_eq!((&answer.body, answer.headers.get("content-type")), (&Value::Null, None));
    let _ = link(&house.client, &id, &visa).await.expect(204);
    assert_eq!(linked(&house.client, &id).await, std::slice::from_ref(&visa));
    let master = card(&house.client, "5261424250184574").await;
    let _ = link(&house.client, &id, &master).await.expect(204);
    // The same number under another id takes the first one's place.
    let newer = card(&house.client, APPROVED).await;
    assert_ne!(newer, visa);
    let _ = link(&house.client, &id, &newer).await.expect(204);
    assert_eq!(linked(&house.client, &id).await, [master, newer.clone()]);
    let cards = house.client.get(&format!("/v1/customers/{id}/cards")).await.expect(200);
    assert_eq!(cards.text("/1/customerId"), id);
    assert_eq!((cards.text("/1/first6digits"), cards.text("/1/last4digits")), ("492956", "7814"));
    assert!(!cards.body.to_string().contains(APPROVED));

    let another = create(&house.client, &other()).await;
    assert_eq!(link(&house.client, &another, &newer).await.expect(409).text("/error/type"), "conflict");
    let _ = link(&house.client, &another, &visa).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_foreign_cards_and_customers_are_not_found() {
    let house = House::build().await;
    let stranger = house.another_client().await;
    let (id, foreign) = (create(&house.client, &customer()).await, create(&stranger, &customer()).await);
    let (own, theirs) = (card(&house.client, APPROVED).await, card(&stranger, APPROVED).await);
    for card in [NOBODY, &theirs] {
        let answer = link(&house.client, &id, card).await.expect(404);
        assert_eq!(answer.text("/error/message"), "Resource not found");
    }
    for customer in [NOBODY, &foreign] {
        let path = format!("/v1/customers/{customer}");
        assert_unknown(&link(&house.client, customer, &own).await);
        assert_unknown(&house.client.get(&path).await);
        assert_unknown(&house.client.get(&format!("{path}/cards")).await);
        assert_unknown(&house.client.patch(&path, &json!({"name": "x"})).await);
        assert_unknown(&delete(&house.client, &path).await);
    }
    let _ = stranger.get(&format!("/v1/customers/{foreign}")).await.expect(200);
    let list = house.client.get("/v1/customers").await.expect(200);
    assert_eq!(list.body.pointer("/meta/totalItems"), Some(&json!(1)));
    let nothing = house.client.post(&format!("/v1/customers/{id}/cards"), &json!({})).await.expect(400);
    assert_eq!(details(&nothing), ["cardId must be a UUID", "cardId should not be empty"]);
    assert_eq!(linked(&house.client, &id).await, Vec::<String>::new());
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
    let house = House::build().await;
    let id = create(&house.client, &customer()).await;
    for number in 0..50 {
        let card = card(&house.client, &visa(number)).await;
        let _ = link(&house.client, &id, &card).await.expect(204);
    }
    let answer = link(&house.client, &id, &card(&house.client, &visa(50)).await).await.expect(400);
    assert_eq!(answer.text("/error/type"), "invalid_request_error");
    assert_eq!(linked(&house.client, &id).await.len(), 50);
    // One of its own numbers still finds its place, and the erasure reaches all.
    let _ = link(&house.client, &id, &card(&house.client, &visa(7)).await).await.expect(204);
    let _ = delete(&house.client, &format!("/v1/customers/{id}")).await.expect(200);
    let left = house.everything_stored().await.into_iter().filter(|item| item.contains("CARD#") && item.contains(&id));
    assert_eq!(left.count(), 0);
}
