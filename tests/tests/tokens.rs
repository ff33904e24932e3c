//! A card token pays once, for its own account, within two hours.

use std::time::Duration;

use serde_json::Value;
use tests::{
    Answer, Merchant, TestHub,
    samples::{APPROVED, by_card, card, card_charge, from_token, session},
};
use tokio::task::JoinSet;

/// Another card that the sandbox approves.
const OTHER: &str = "4111111111111111";
const CHARGES: &str = "/v1/charges";

async fn tokenize(merchant: &Merchant, number: &str) -> String {
    merchant.post("/v1/tokens", &card(number)).await.expect(201).text("/tokenId").to_owned()
}

fn charge(merchant: &Merchant, token: &str) -> Value {
    from_token(card_charge(&merchant.id, APPROVED), token)
}

/// The stored token, as text.
async fn stored(hub: &TestHub, token: &str) -> String {
    hub.everything_stored().await.into_iter().find(|item| item.contains(&format!("TOKEN#{token}"))).unwrap()
}

#[track_caller]
fn assert_spent(answer: &Answer) {
    answer.assert_status(400);
    assert_eq!(answer.text("/error/type"), "invalid_request_error");
    assert!(answer.text("/error/message").contains("already used"), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_charges_with_one_token_one_pays() {
    let hub = TestHub::build().await;
    let token = tokenize(&hub.merchant, APPROVED).await;
    let body = charge(&hub.merchant, &token);
    // All of them have read the token as unused.
    hub.engine.gather("TransactWriteItems CHARGE TOKEN", 20);
    let mut charges = JoinSet::new();
    for key in 0..20 {
        let (merchant, body) = (hub.merchant.clone(), body.clone());
        charges.spawn(async move {
            let key = key.to_string();
            (merchant.post_with_key(CHARGES, &body, &key).await, key)
        });
    }
    let (paid, refused): (Vec<_>, Vec<_>) =
        charges.join_all().await.into_iter().partition(|(answer, _)| answer.status == 201);
    assert_eq!((paid.len(), refused.len()), (1, 19));
    for (answer, _) in &refused {
        assert_spent(answer);
    }
    let (first, key) = &paid[0];
    assert_eq!(first.text("/status"), "authorized");
    let again = hub.merchant.post_with_key(CHARGES, &body, key).await.expect(201);
    assert_eq!((again.is_replay(), &again.body), (true, &first.body));
    // A refusal is not stored: the same key is refused anew.
    assert_spent(&hub.merchant.post_with_key(CHARGES, &body, &refused[0].1).await);
    assert_eq!(hub.bank.creates(), 1);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_with_a_new_token_of_the_same_card_is_an_idempotent_replay() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let session = merchant.post("/v1/sessions", &session(&merchant.id)).await.expect(201);
    let payment = format!("/v1/sessions/{}/charge", session.text("/id"));
    for (path, body) in [(CHARGES, card_charge(&merchant.id, APPROVED)), (&payment, by_card(APPROVED))] {
        let first = from_token(body.clone(), &tokenize(merchant, APPROVED).await);
        let first = merchant.post_with_key(path, &first, "key").await.expect(201);
        let fresh = tokenize(merchant, APPROVED).await;
        let again = merchant.post_with_key(path, &from_token(body.clone(), &fresh), "key").await.expect(201);
        assert_eq!((again.is_replay(), again.body), (true, first.body));
        let other = from_token(body, &tokenize(merchant, OTHER).await);
        merchant.post_with_key(path, &other, "key").await.assert_status(422);
        // The replay did not use the token that came with it.
        let unused = merchant.post(CHARGES, &charge(merchant, &fresh)).await.expect(201);
        assert_eq!(unused.text("/status"), "authorized");
    }
    assert_eq!(hub.bank.creates(), 4);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_does_not_get_the_lock_uses_no_token() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let session = merchant.post("/v1/sessions", &session(&merchant.id)).await.expect(201);
    let payment = format!("/v1/sessions/{}/charge", session.text("/id"));
    hub.engine.gather("TransactWriteItems CHARGE SESSION TOKEN", 5);
    let mut payments = JoinSet::new();
    for _ in 0..5 {
        let token = tokenize(merchant, APPROVED).await;
        let (merchant, payment) = (merchant.clone(), payment.clone());
        payments.spawn(
            async move { (merchant.post(&payment, &from_token(by_card(APPROVED), &token)).await.status, token) },
        );
    }
    let answers = payments.join_all().await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1);
    for (status, token) in answers {
        let elsewhere = merchant.post(CHARGES, &charge(merchant, &token)).await;
        if status == 201 {
            assert_spent(&elsewhere);
        } else {
            assert_eq!(status, 409);
            elsewhere.assert_status(201);
        }
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_token_keeps_no_card() {
    let hub = TestHub::build().await;
    let token = tokenize(&hub.merchant, APPROVED).await;
    let encrypted = [r#""number": S("#, r#""cvv": S("#];
    let unused = stored(&hub, &token).await;
    assert!(encrypted.iter().all(|part| unused.contains(part)), "{unused}");
    hub.merchant.post(CHARGES, &charge(&hub.merchant, &token)).await.assert_status(201);
    let used = stored(&hub, &token).await;
    assert!(used.contains("usedBy") && !encrypted.iter().any(|part| used.contains(part)), "{used}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_after_two_hours_although_it_is_still_stored() {
    let hub = TestHub::build().await;
    let (in_time, late) = (tokenize(&hub.merchant, APPROVED).await, tokenize(&hub.merchant, APPROVED).await);
    hub.pass(Duration::from_mins(119)).await;
    hub.merchant.post(CHARGES, &charge(&hub.merchant, &in_time)).await.assert_status(201);
    hub.clock().advance(Duration::from_mins(1));
    assert!(stored(&hub, &late).await.contains(&late));
    let refused = hub.merchant.post(CHARGES, &charge(&hub.merchant, &late)).await.expect(400);
    assert_eq!(refused.text("/error/type"), "invalid_request_error");
    assert!(refused.text("/error/message").contains("has expired"), "{}", refused.body);
    assert_eq!(hub.bank.creates(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_account_does_not_exist() {
    let hub = TestHub::build().await;
    let other = hub.another_merchant().await;
    let token = tokenize(&hub.merchant, APPROVED).await;
    let refused = other.post(CHARGES, &charge(&other, &token)).await.expect(400);
    let unknown = charge(&other, "6f1a7d0e-55c0-4a0f-9d1e-0a4b8f3b2c11");
    assert_eq!(refused.body, other.post(CHARGES, &unknown).await.expect(400).body);
    hub.merchant.post(CHARGES, &charge(&hub.merchant, &token)).await.assert_status(201);
}
