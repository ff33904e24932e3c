//! The keys that sign events.

use std::{collections::BTreeSet, time::Duration};

use domain::webhook::{FORMER_KEY_LIFE, Webhook};
use flows::webhook::endpoint;
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use tests::{TestHub, engine::Fault};

use crate::{
    ENDPOINT, PATH, REGISTRATION, ROTATION, assert_refused, client_id, count, path, register, registration, rotate,
    signers, stored,
};

/// The beginning of every private Ed25519 key in PKCS#8, in base64, up to the key itself.
const PRIVATE: &str = "MFECAQEwBQYDK2VwBCIEI";

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_signs_for_another_day() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let made = register(merchant, "*", ENDPOINT).await;
    let [before, path] = [made.text("/publicKey").to_owned(), path(&made)];
    assert_eq!(signers(&hub, &made).await, (before.clone(), None));

    hub.clock().advance(Duration::from_secs(1));
    let rotated = rotate(merchant, &made, "first").await.expect(201);
    let new = rotated.text("/publicKey").to_owned();
    assert!(new != before && rotated.text("/updatedAt") != made.text("/updatedAt"));
    assert_eq!(rotated.body["id"], made.body["id"]);
    assert_eq!(merchant.get(&path).await.expect(200).body, rotated.body);
    assert_eq!(signers(&hub, &made).await, (new.clone(), Some(before.clone())));
    // A replay, another key or no key does not rotate again: the merchant may not know the new key yet.
    let again = rotate(merchant, &made, "first").await.expect(201);
    assert_eq!((again.is_replay(), &again.body), (true, &rotated.body));
    for refused in [rotate(merchant, &made, "second").await, merchant.post(&format!("{path}/rotate"), &json!({})).await]
    {
        assert_refused(&refused, 409, "conflict", "less than 24 hours ago");
    }
    // No other change replaces the keys.
    merchant.patch(&path, &json!({"status": false, "endpoint": "https://shop.example/2"})).await.assert_status(200);
    assert_eq!(signers(&hub, &made).await, (new.clone(), Some(before.clone())));

    hub.clock().advance(FORMER_KEY_LIFE.saturating_sub(Duration::from_mins(1)));
    assert_eq!(signers(&hub, &made).await, (new.clone(), Some(before)));
    hub.clock().advance(Duration::from_mins(1));
    assert_eq!(signers(&hub, &made).await, (new.clone(), None));
    let third = rotate(merchant, &made, "second").await.expect(201);
    assert_eq!(signers(&hub, &made).await, (third.text("/publicKey").to_owned(), Some(new)));
    let again = rotate(merchant, &made, "first").await.expect(201);
    assert_eq!((again.is_replay(), &again.body), (true, &rotated.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_rotations_at_once_one_is_made() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let made = register(merchant, "*", ENDPOINT).await;
    hub.engine.gather(ROTATION, 4);
    let keys = ["a", "a", "b", "c"];
    let answers = join_all(keys.iter().map(|key| rotate(merchant, &made, key))).await;
    let done: BTreeSet<&str> =
        answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.text("/publicKey")).collect();
    assert_eq!(done.into_iter().collect::<Vec<_>>(), [signers(&hub, &made).await.0]);
    assert_eq!(signers(&hub, &made).await.1.as_deref(), Some(made.text("/publicKey")));
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_refused(refused, 409, "conflict", "less than 24 hours ago");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_key_is_encrypted_for_its_webhook_and_never_sent() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let first = register(merchant, "*", ENDPOINT).await;
    let second = register(merchant, "voided", ENDPOINT).await;
    let rotated = rotate(merchant, &first, "r").await.expect(201);
    let texts =
        [first.body.to_string(), rotated.body.to_string(), merchant.get(PATH).await.expect(200).body.to_string()];
    let items = hub.everything_stored().await;
    let stored_texts = [items.clone(), hub.engine.files()].concat();
    assert!(stored_texts.iter().any(|text| text.contains("sealed")));
    for text in stored_texts.iter().chain(&texts) {
        assert!(!text.contains(PRIVATE), "{text}");
    }
    assert!(texts.iter().all(|text| !text.contains("sealed") && !text.contains("former")));
    // The stored answer for replays, which outlives the webhook, has no private key.
    let answers: Vec<_> = items.iter().filter(|item| item.contains("ANSWER#")).collect();
    let is_bare = |item: &&String| item.contains(r#"\"sealed\":\"\""#);
    assert!(answers.len() == 3 && answers.iter().all(is_bare), "{answers:?}");
    // The ciphertext cannot be decrypted for another webhook.
    let (first, second) = (stored(&hub, &first).await, stored(&hub, &second).await);
    let flows = hub.flows();
    assert!(endpoint::signing_key(flows, &second).await.is_ok());
    assert!(endpoint::signing_key(flows, &Webhook { key: first.key.clone(), ..second.clone() }).await.is_err());
    let stranger = client_id(&hub.another_merchant().await);
    assert!(endpoint::signing_key(flows, &Webhook { client: stranger, ..second }).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_and_a_rotation_are_made_once_however_they_fail() {
    let mut hub = TestHub::build().await;
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        let (endpoint, key) = (format!("https://shop.example/{fault:?}"), format!("{fault:?}"));
        let body = registration("*", &endpoint);
        hub.engine.fail_write_of(REGISTRATION, 1, fault);
        let died = tokio::select! {
            () = hub.engine.has_killed() => true,
            _ = hub.merchant.send(Method::POST, PATH, Some(body.to_string().into_bytes()), Some(&key)) => false,
        };
        assert!(died);
        hub.kill_and_restart().await;
        let made = hub.merchant.post_with_key(PATH, &body, &key).await.expect(201);
        assert_eq!(made.is_replay(), fault == Fault::DieAfter);
        assert_eq!(signers(&hub, &made).await, (made.text("/publicKey").to_owned(), None));

        hub.engine.fail_write_of(ROTATION, 1, fault);
        let rotation = format!("{}/rotate", path(&made));
        let died = tokio::select! {
            () = hub.engine.has_killed() => true,
            _ = hub.merchant.send(Method::POST, &rotation, None, Some(&key)) => false,
        };
        assert!(died);
        hub.kill_and_restart().await;
        let rotated = rotate(&hub.merchant, &made, &key).await.expect(201);
        assert_eq!(rotated.is_replay(), fault == Fault::DieAfter);
        let signers = signers(&hub, &made).await;
        assert_eq!(signers, (rotated.text("/publicKey").to_owned(), Some(made.text("/publicKey").to_owned())));
    }
    for fault in [Fault::LoseAnswer, Fault::LoseRequest, Fault::Conflict, Fault::Throttle] {
        hub.engine.fail_write(1, fault);
        let made = register(&hub.merchant, "*", &format!("https://shop.example/{fault:?}")).await;
        hub.engine.fail_write(1, fault);
        hub.merchant.patch(&path(&made), &json!({"event": "failed"})).await.assert_status(200);
        hub.engine.fail_write(1, fault);
        let rotated = rotate(&hub.merchant, &made, "r").await.expect(201);
        assert!(!rotated.is_replay(), "{fault:?}");
        hub.engine.fail_write(1, fault);
        hub.merchant.delete(&path(&made)).await.assert_status(200);
    }
    assert_eq!(count(&hub.merchant).await, 2);
}
