//! Public keys and the secret key: the routes that each opens, and for how long.

use std::time::Duration;

use aws_local::engine::{HUB_TABLE, TOKENS_TABLE};
use flows::account::provision;
use seal::digest;
use serde_json::{Value, json};
use store::Store;
use tests::{
    Answer, Merchant, TestHub,
    samples::{APPROVED, by_card, card, card_charge, session},
};

/// The longest time for which a function may cache a key.
const CACHED: Duration = Duration::from_mins(1);

async fn public_key(merchant: &Merchant, body: &Value) -> Answer {
    merchant.post("/v1/auth", body).await.expect(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_does_what_its_scopes_say_and_nothing_else() {
    let hub = TestHub::build().await;
    let (merchant, client) = (&hub.merchant.id, &hub.merchant);
    let made = public_key(client, &json!({"scope": ["charges", "tokens"], "expires": 3600})).await;
    assert_eq!(made.body["scope"], json!(["charges", "tokens"]));
    assert_eq!((made.text("/clientId"), &made.body["expires"]), (client.client_id.as_str(), &json!(3600)));
    let browser = client.with_key(made.text("/publicKey"));
    let token = browser.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    let mut charge = card_charge(merchant, APPROVED);
    charge["paymentSource"] = json!({"sourceType": "token", "tokenId": token.text("/tokenId")});
    let paid = browser.post("/v1/charges", &charge).await.expect(201);
    browser.get(&format!("/v1/charges/{}", paid.text("/id"))).await.assert_status(200);
    for refused in [
        browser.get("/v1/charges").await,
        browser.get("/v1/sessions").await,
        browser.post("/v1/sessions", &session(merchant)).await,
        browser.get("/v1/merchants").await,
        browser.post("/v1/merchants", &json!({})).await,
        browser.post("/v1/auth", &json!({"scope": "charges"})).await,
        browser.get("/v1/settings").await,
    ] {
        assert_eq!((refused.status, &refused.body), (403, &json!({"message": "Forbidden"})));
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scope_of_everything_opens_what_any_scope_opens_but_no_more() {
    let hub = TestHub::build().await;
    let made = public_key(&hub.merchant, &json!({"scope": "*"})).await;
    assert_eq!((&made.body["scope"], &made.body["expires"]), (&json!("*"), &json!(0)));
    let all = hub.merchant.with_key(made.text("/publicKey"));
    let session = all.post("/v1/sessions", &session(&hub.merchant.id)).await.expect(201);
    let path = format!("/v1/sessions/{}", session.text("/id"));
    all.get(&path).await.assert_status(200);
    all.post(&format!("{path}/charge"), &by_card(APPROVED)).await.assert_status(201);
    all.get("/v1/merchants").await.assert_status(403);
    // It never expires.
    hub.clock().advance(Duration::from_hours(24 * 365));
    all.get(&path).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_expires() {
    let hub = TestHub::build().await;
    let made = public_key(&hub.merchant, &json!({"scope": "tokens", "expires": 120})).await;
    let browser = hub.merchant.with_key(made.text("/publicKey"));
    for _ in 0..2 {
        hub.clock().advance(Duration::from_secs(59));
        browser.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    }
    hub.clock().advance(Duration::from_secs(2));
    browser.post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_key_is_refused_at_the_latest_when_the_cache_expires() {
    let hub = TestHub::build().await;
    let key = public_key(&hub.merchant, &json!({"scope": "tokens"})).await.text("/publicKey").to_owned();
    // Another function, with its own cache, has seen the key.
    let other = Store::new(hub.engine.direct(), HUB_TABLE, TOKENS_TABLE);
    let (digest, seen) = (digest(&key), hub.clock().now());
    assert!(other.key(&digest, seen).await.unwrap().is_some());

    hub.merchant.delete(&format!("/v1/auth/{key}")).await.assert_status(204);
    hub.merchant.with_key(&key).post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
    let almost = seen.plus(CACHED.checked_sub(Duration::from_millis(1)).unwrap());
    assert!(other.key(&digest, almost).await.unwrap().is_some(), "a cache of a minute spares a read");
    assert!(other.key(&digest, seen.plus(CACHED)).await.unwrap().is_none());
    hub.merchant.delete(&format!("/v1/auth/{key}")).await.assert_status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_public_keys_of_the_own_account_are_removed() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let theirs = public_key(&stranger, &json!({"scope": "tokens"})).await;
    let of_session = hub.merchant.post("/v1/sessions", &session(&hub.merchant.id)).await.expect(201);
    for (key, status) in [
        (theirs.text("/publicKey"), 404),
        (of_session.text("/publicKey"), 404),
        ("c1db83fa-723c-4e1f-9722-bc19d1be6791", 404),
        (hub.merchant.api_key.as_str(), 400),
    ] {
        let refused = hub.merchant.delete(&format!("/v1/auth/{key}")).await;
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    hub.clock().advance(CACHED);
    stranger.with_key(theirs.text("/publicKey")).post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    hub.merchant.get("/v1/charges").await.assert_status(200);
    let path = format!("/v1/sessions/{}", of_session.text("/id"));
    hub.merchant.with_key(of_session.text("/publicKey")).get(&path).await.assert_status(200);
    // A key of one account opens nothing of another.
    let mixed = Merchant::new(hub.merchant.url(), &hub.merchant.client_id, theirs.text("/publicKey"), "");
    mixed.post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_gets_the_same_key_and_does_not_restore_a_removed_one() {
    let hub = TestHub::build().await;
    let body = json!({"scope": ["tokens"], "expires": 600});
    let first = hub.merchant.post_with_key("/v1/auth", &body, "key-1").await.expect(201);
    hub.clock().advance(Duration::from_secs(5));
    let again = hub.merchant.post_with_key("/v1/auth", &body, "key-1").await.expect(201);
    assert!(!first.is_replay() && again.is_replay());
    assert_eq!(first.body, again.body);
    hub.merchant.post_with_key("/v1/auth", &json!({"scope": "tokens"}), "key-1").await.assert_status(422);
    let other = hub.merchant.post("/v1/auth", &body).await.expect(201);
    assert_ne!(other.text("/publicKey"), first.text("/publicKey"));

    hub.merchant.delete(&format!("/v1/auth/{}", first.text("/publicKey"))).await.assert_status(204);
    let after = hub.merchant.post_with_key("/v1/auth", &body, "key-1").await.expect(201);
    assert_eq!(after.body, first.body);
    hub.merchant.with_key(first.text("/publicKey")).post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_grants_no_more_than_it_has() {
    let hub = TestHub::build().await;
    let made = public_key(&hub.merchant, &json!({"scope": ["auth", "tokens"], "expires": 600})).await;
    let granter = hub.merchant.with_key(made.text("/publicKey"));
    let part = public_key(&granter, &json!({"scope": "tokens", "expires": 60})).await;
    hub.merchant.with_key(part.text("/publicKey")).post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    for more in [
        json!({"scope": "*", "expires": 60}),
        json!({"scope": ["tokens", "charges"], "expires": 60}),
        json!({"scope": "tokens", "expires": 6000}),
        json!({"scope": "tokens"}),
    ] {
        assert_eq!(granter.post("/v1/auth", &more).await.status, 403, "{more}");
    }
    granter.delete(&format!("/v1/auth/{}", part.text("/publicKey"))).await.assert_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_key_is_refused_and_nothing_is_stored() {
    let hub = TestHub::build().await;
    let before = hub.everything_stored().await.len();
    for body in [
        json!({}),
        json!({"scope": "all"}),
        json!({"scope": "*", "expires": -1}),
        json!({"scope": "*", "expires": 1e12}),
    ] {
        let refused = hub.merchant.post("/v1/auth", &body).await.expect(400);
        assert!(!refused.body["error"]["details"].as_array().unwrap().is_empty(), "{}", refused.body);
    }
    assert_eq!(hub.everything_stored().await.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_stored_in_the_clear() {
    let hub = TestHub::build().await;
    let key = public_key(&hub.merchant, &json!({"scope": "*"})).await.text("/publicKey").to_owned();
    for item in hub.everything_stored().await {
        assert!(!item.contains(&key) && !item.contains(&hub.merchant.api_key), "{item}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_secret_key_works_at_once_and_the_old_one_ends() {
    let hub = TestHub::build().await;
    let id = hub.merchant.client_id.parse().unwrap();
    let rotated = provision::rotate_key(hub.flows(), id).await.unwrap().unwrap();
    let renewed = hub.merchant.with_key(rotated.reveal());
    renewed.get("/v1/charges").await.assert_status(200);
    hub.clock().advance(CACHED);
    hub.merchant.get("/v1/charges").await.assert_status(403);
    renewed.get("/v1/charges").await.assert_status(200);
    // After another rotation the key in between ends too.
    let last = provision::rotate_key(hub.flows(), id).await.unwrap().unwrap();
    hub.clock().advance(CACHED);
    renewed.get("/v1/charges").await.assert_status(403);
    hub.merchant.with_key(last.reveal()).get("/v1/charges").await.assert_status(200);
    let unknown = "c1db83fa-723c-4e1f-9722-bc19d1be6791".parse().unwrap();
    assert!(provision::rotate_key(hub.flows(), unknown).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rotations_at_once_leave_one_key() {
    let hub = TestHub::build().await;
    let id = hub.merchant.client_id.parse().unwrap();
    let both = [provision::rotate_key(hub.flows(), id), provision::rotate_key(hub.flows(), id)];
    let [one, other] = both;
    let (one, other) = tokio::join!(one, other);
    let keys: Vec<_> = [one, other].into_iter().filter_map(Result::ok).flatten().collect();
    hub.clock().advance(CACHED);
    let mut opening = 0;
    for key in &keys {
        opening += usize::from(hub.merchant.with_key(key.reveal()).get("/v1/charges").await.status == 200);
    }
    assert_eq!(opening, 1, "{} keys were issued", keys.len());
    hub.merchant.get("/v1/charges").await.assert_status(403);
}
