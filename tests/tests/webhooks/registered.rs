//! Webhooks are registered, shown, changed and removed.

use std::{collections::BTreeSet, time::Duration};

use domain::{charge::event::EventName, limits::MAX_WEBHOOKS, webhook::Webhook};
use futures::future::join_all;
use serde_json::json;
use tests::TestHub;

use crate::{
    ENDPOINT, PATH, REGISTRATION, ROTATION, assert_duplicate, assert_refused, count, path, register, registration,
    rotate, stored,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_registered_shown_listed_changed_and_removed() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let first = register(merchant, "voided", ENDPOINT).await;
    assert_eq!((first.text("/event"), first.text("/endpoint")), ("transaction.voided", ENDPOINT));
    assert_eq!((first.text("/version"), &first.body["status"]), ("1.0", &json!(true)));
    assert_eq!(
        (first.text("/clientId"), &first.body["createdAt"]),
        (merchant.client_id.as_str(), &first.body["updatedAt"])
    );
    let public_key = first.text("/publicKey");
    assert!(public_key.starts_with("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"), "{public_key}");
    assert!(public_key.ends_with("=\n-----END PUBLIC KEY-----\n"), "{public_key}");
    hub.clock().advance(Duration::from_secs(1));
    let all = json!({"event": "*", "endpoint": ENDPOINT, "version": "1.1", "status": false});
    let second = merchant.post(PATH, &all).await.expect(201);
    assert_eq!((second.text("/event"), second.text("/version"), &second.body["status"]), ("*", "1.1", &json!(false)));
    assert_ne!(second.text("/publicKey"), public_key);

    assert_eq!(merchant.get(&path(&first)).await.expect(200).body, first.body);
    assert_eq!(merchant.get(PATH).await.expect(200).body["items"], json!([first.body, second.body]));
    let newest = merchant.get("/v1/webhooks?limit=1&sort=DESC").await.expect(200);
    assert_eq!((&newest.body["items"], &newest.body["meta"]["totalItems"]), (&json!([second.body]), &json!(2)));

    hub.clock().advance(Duration::from_secs(1));
    let change = json!({"event": "authorized", "endpoint": "https://shop.example/", "version": "1.1", "status": false});
    let changed = merchant.patch(&path(&first), &change).await.expect(200);
    assert_eq!(
        (changed.text("/event"), changed.text("/endpoint"), changed.text("/version"), &changed.body["status"]),
        ("transaction.authorized", "https://shop.example/", "1.1", &json!(false))
    );
    for kept in ["id", "publicKey", "createdAt"] {
        assert_eq!(changed.body[kept], first.body[kept]);
    }
    assert_ne!(changed.body["updatedAt"], first.body["updatedAt"]);
    let nothing = merchant.patch(&path(&first), &json!({})).await.expect(200);
    assert_eq!((nothing.text("/event"), &nothing.body["status"]), ("transaction.authorized", &json!(false)));
    assert_eq!(merchant.get(&path(&first)).await.expect(200).body, nothing.body);

    assert_eq!(merchant.delete(&path(&first)).await.expect(200).body, nothing.body);
    assert_refused(&merchant.delete(&path(&first)).await, 404, "entity_not_found", "webhook not found");
    merchant.get(&path(&first)).await.assert_status(404);
    assert_eq!(merchant.get(PATH).await.expect(200).body["items"], json!([second.body]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_printed_as_it_was_sent() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    for (number, version) in
        [json!("1"), json!("1.0"), json!("1.1"), json!(1), json!(1.0), json!(1.1)].iter().enumerate()
    {
        let endpoint = format!("https://shop.example/{number}");
        let new = json!({"event": "*", "endpoint": endpoint, "version": version});
        let first = merchant.post_with_key(PATH, &new, &endpoint).await.expect(201);
        assert_eq!(&first.body["version"], version);
        assert_eq!(merchant.get(&path(&first)).await.expect(200).body, first.body);
        let changed = merchant.patch(&path(&first), &json!({"version": 1.1})).await.expect(200);
        assert_eq!(changed.body["version"], json!(1.1));
        let back = merchant.patch(&path(&first), &json!({"version": version})).await.expect(200);
        assert_eq!(&back.body["version"], version);
        assert_eq!(merchant.post_with_key(PATH, &new, &endpoint).await.expect(201).body, first.body, "a replay");
    }
    let other = json!({"event": "*", "endpoint": "https://shop.example/", "version": 2});
    merchant.post(PATH, &other).await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_can_be_chosen_by_either_of_its_names() {
    let hub = TestHub::build().await;
    for event in EventName::ALL {
        let dotted = format!("transaction.{}", event.name());
        assert_eq!(register(&hub.merchant, &dotted, ENDPOINT).await.text("/event"), dotted);
        assert_duplicate(&hub.merchant.post(PATH, &registration(event.name(), ENDPOINT)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_returns_the_first_answer_whatever_became_of_the_webhook() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let first = merchant.post_with_key(PATH, &registration("*", ENDPOINT), "key").await.expect(201);
    assert!(!first.is_replay());
    let replay = async || {
        let again = merchant.post_with_key(PATH, &registration("*", ENDPOINT), "key").await.expect(201);
        assert_eq!((again.is_replay(), &again.body), (true, &first.body));
    };
    replay().await;
    merchant.patch(&path(&first), &json!({"status": false, "event": "failed"})).await.assert_status(200);
    replay().await;
    rotate(merchant, &first, "r").await.assert_status(201);
    replay().await;
    // A duplicate does not refuse a replay.
    register(merchant, "*", ENDPOINT).await.assert_status(201);
    replay().await;
    merchant.delete(&path(&first)).await.assert_status(200);
    replay().await;
    merchant.get(&path(&first)).await.assert_status(404);
    for other in
        [registration("failed", ENDPOINT), registration("*", "https://shop.example/other"), json!({"version": "1.1"})]
    {
        let mut body = registration("*", ENDPOINT);
        body.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let refused = merchant.post_with_key(PATH, &body, "key").await;
        assert_refused(&refused, 422, "invalid_request_error", "another request body");
    }
    // A key belongs to its account.
    let stranger = hub.another_merchant().await;
    let theirs = stranger.post_with_key(PATH, &registration("*", ENDPOINT), "key").await.expect(201);
    assert_ne!((theirs.is_replay(), theirs.text("/id")), (true, first.text("/id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_has_two_webhooks_for_the_same_event() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let first = register(merchant, "voided", ENDPOINT).await;
    assert_duplicate(&merchant.post(PATH, &registration("transaction.voided", ENDPOINT)).await);
    assert_duplicate(
        &merchant.post_with_key(PATH, &json!({"event": "voided", "endpoint": ENDPOINT, "version": "1.1"}), "k").await,
    );
    // Another event, another endpoint, another account.
    let second = register(merchant, "*", ENDPOINT).await;
    register(merchant, "voided", "https://shop.example/payments?of=2").await.assert_status(201);
    register(&hub.another_merchant().await, "voided", ENDPOINT).await.assert_status(201);

    assert_duplicate(&merchant.patch(&path(&second), &json!({"event": "voided"})).await);
    assert_eq!(merchant.get(&path(&second)).await.expect(200).body, second.body);
    merchant.patch(&path(&first), &registration("voided", ENDPOINT)).await.assert_status(200);
    // A change and a removal free the event and endpoint. A refused request can then succeed with the same key.
    merchant.patch(&path(&first), &json!({"endpoint": "https://shop.example/3"})).await.assert_status(200);
    merchant.patch(&path(&second), &json!({"event": "voided"})).await.assert_status(200);
    merchant.delete(&path(&second)).await.assert_status(200);
    merchant.post_with_key(PATH, &registration("voided", ENDPOINT), "k").await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_equal_registrations_at_once_one_succeeds() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    // All requests have read that there is no such webhook before the first one writes.
    hub.engine.gather(REGISTRATION, 8);
    let body = registration("*", ENDPOINT);
    let answers = join_all((0..8).map(|_| merchant.post(PATH, &body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 7));
    for answer in refused {
        assert_duplicate(answer);
    }

    hub.engine.gather(REGISTRATION, 8);
    let body = registration("voided", ENDPOINT);
    let answers = join_all((0..8).map(|_| merchant.post_with_key(PATH, &body, "one key"))).await;
    let keys: BTreeSet<&str> = answers.iter().map(|answer| answer.text("/publicKey")).collect();
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    assert_eq!((keys.len(), answers.iter().filter(|answer| !answer.is_replay()).count()), (1, 1));
    assert_eq!(count(merchant).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_webhooks_that_move_to_one_endpoint_at_once_one_succeeds() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let (first, second) =
        (register(merchant, "*", "https://a.example").await, register(merchant, "*", "https://b.example").await);
    hub.engine.gather(ROTATION, 2);
    let (change, paths) = (json!({"endpoint": ENDPOINT}), [path(&first), path(&second)]);
    let mut answers = join_all(paths.iter().map(|path| merchant.patch(path, &change))).await;
    answers.sort_by_key(|answer| answer.status);
    answers[0].assert_status(200);
    assert_duplicate(&answers[1]);
    // A webhook that moves there, and a registration.
    let (change, body) = (json!({"endpoint": "https://c.example"}), registration("*", "https://c.example"));
    let (moved, made) = tokio::join!(merchant.patch(&paths[0], &change), merchant.post(PATH, &body));
    let mut statuses = [moved.status, made.status];
    statuses.sort_unstable();
    assert!(statuses == [200, 409] || statuses == [201, 409], "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_never_exceeds_its_limit_of_webhooks_however_many_are_registered_at_once() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let first = register(merchant, "*", ENDPOINT).await;
    for number in 1..MAX_WEBHOOKS - 3 {
        register(merchant, "*", &format!("https://shop.example/{number}")).await.assert_status(201);
    }
    hub.engine.gather(REGISTRATION, 6);
    let bodies: Vec<_> =
        (0..6).map(|number| registration("voided", &format!("https://shop.example/{number}"))).collect();
    let answers = join_all(bodies.iter().map(|body| merchant.post(PATH, body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), count(merchant).await), (3, MAX_WEBHOOKS));
    for answer in refused {
        assert_refused(answer, 400, "invalid_request_error", "this account has its 50 webhooks");
    }
    assert_duplicate(&merchant.post(PATH, &registration("*", ENDPOINT)).await);
    merchant.patch(&path(&first), &json!({"event": "failed"})).await.assert_status(200);
    merchant.delete(&path(&first)).await.assert_status(200);
    register(merchant, "*", ENDPOINT).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_was_deactivated_is_activated_again() {
    let hub = TestHub::build().await;
    let made = register(&hub.merchant, "*", ENDPOINT).await;
    let read = stored(&hub, &made).await;
    let off = Webhook { is_active: false, version: read.version + 1, ..read.clone() };
    assert!(hub.store().change_webhook(&off).await.unwrap());
    // The optimistic lock refuses a change by a reader of the old version.
    assert!(!hub.store().change_webhook(&off).await.unwrap());
    assert_eq!(hub.merchant.get(&path(&made)).await.expect(200).body["status"], false);
    let on = hub.merchant.patch(&path(&made), &json!({"status": true})).await.expect(200);
    assert_eq!((&on.body["status"], stored(&hub, &made).await.is_active), (&json!(true), true));
    // A change does not restore a deleted webhook.
    hub.merchant.delete(&path(&made)).await.assert_status(200);
    let late = Webhook { version: read.version + 3, ..read };
    assert!(!hub.store().change_webhook(&late).await.unwrap());
    assert_eq!(count(&hub.merchant).await, 0);
}
