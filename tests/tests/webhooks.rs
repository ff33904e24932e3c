//! Webhooks: registered, shown, changed, removed, and the keys that sign what they are told; and what they were told,
//! as their owner sees it.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that finds nothing there has failed")]

use std::{collections::BTreeSet, time::Duration};

use domain::{
    charge::event::EventName,
    ids::{ChargeId, ClientId},
    limits::{MAX_ENDPOINT, MAX_WEBHOOKS},
    webhook::{FORMER_KEY_LIFE, Webhook},
};
use flows::{Hub, Outbound};
use futures::future::join_all;
use reqwest::Method;
use seal::signing::SigningKey;
use serde_json::{Value, json};
use tests::{
    Answer, Client, House,
    engine::{Call, Fault},
    receiver::{Behaviour, Receiver},
    samples::{APPROVED, card_charge},
};

const PATH: &str = "/v1/webhooks";
const ENDPOINT: &str = "https://shop.example/payments?of=1";
const NOBODYS: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
/// How every private Ed25519 key in PKCS#8 begins, in base64, up to the key itself.
const PRIVATE: &str = "MFECAQEwBQYDK2VwBCIEI";
/// The writes of a registration and of a rotation.
const REGISTRATION: &str = "TransactWriteItems CLIENT CLIENT CLIENT";
const ROTATION: &str = "TransactWriteItems CLIENT CLIENT";

fn told(event: &str, endpoint: &str) -> Value {
    json!({"event": event, "endpoint": endpoint})
}

async fn register(client: &Client, event: &str, endpoint: &str) -> Answer {
    client.post(PATH, &told(event, endpoint)).await.expect(201)
}

async fn delete(client: &Client, path: &str) -> Answer {
    client.send(Method::DELETE, path, None, None).await.unwrap()
}

fn path(webhook: &Answer) -> String {
    format!("{PATH}/{}", webhook.text("/id"))
}

async fn rotate(client: &Client, webhook: &Answer, key: &str) -> Answer {
    client.post_with_key(&format!("{}/rotate", path(webhook)), &json!({}), key).await
}

fn client_id(client: &Client) -> ClientId {
    client.client_id.parse().unwrap()
}

/// The webhook as it is stored.
async fn stored(house: &House, webhook: &Answer) -> Webhook {
    house.hub().webhook(client_id(&house.client), webhook.text("/id").parse().unwrap()).await.unwrap()
}

async fn count(client: &Client) -> usize {
    usize::try_from(client.get(PATH).await.expect(200).body["meta"]["totalItems"].as_u64().unwrap()).unwrap()
}

#[track_caller]
fn assert_duplicate(answer: &Answer) {
    let message = json!("this account already has a webhook for this event at this endpoint; nothing was changed");
    assert_eq!((answer.status, &answer.body), (409, &json!({"statusCode": 409, "message": message})));
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, kind: &str, message: &str) {
    assert_eq!((answer.status, answer.text("/error/type")), (status, kind), "{}", answer.body);
    assert!(answer.text("/error/message").contains(message), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_registered_shown_listed_changed_and_removed() {
    let house = House::build().await;
    let client = &house.client;
    let first = register(client, "voided", ENDPOINT).await;
    assert_eq!((first.text("/event"), first.text("/endpoint")), ("transaction.voided", ENDPOINT));
    assert_eq!((first.text("/version"), &first.body["status"]), ("1.0", &json!(true)));
    assert_eq!(
        (first.text("/clientId"), &first.body["createdAt"]),
        (client.client_id.as_str(), &first.body["updatedAt"])
    );
    let public_key = first.text("/publicKey");
    assert!(public_key.starts_with("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA"), "{public_key}");
    assert!(public_key.ends_with("=\n-----END PUBLIC KEY-----\n"), "{public_key}");
    house.hub().clock.advance(Duration::from_secs(1));
    let all = json!({"event": "*", "endpoint": ENDPOINT, "version": "1.1", "status": false});
    let second = client.post(PATH, &all).await.expect(201);
    assert_eq!((second.text("/event"), second.text("/version"), &second.body["status"]), ("*", "1.1", &json!(false)));
    assert_ne!(second.text("/publicKey"), public_key);

    assert_eq!(client.get(&path(&first)).await.expect(200).body, first.body);
    assert_eq!(client.get(PATH).await.expect(200).body["items"], json!([first.body, second.body]));
    let newest = client.get("/v1/webhooks?limit=1&sort=DESC").await.expect(200);
    assert_eq!((&newest.body["items"], &newest.body["meta"]["totalItems"]), (&json!([second.body]), &json!(2)));

    house.hub().clock.advance(Duration::from_secs(1));
    let change = json!({"event": "authorized", "endpoint": "https://shop.example/", "version": "1.1", "status": false});
    let changed = client.patch(&path(&first), &change).await.expect(200);
    assert_eq!(
        (changed.text("/event"), changed.text("/endpoint"), changed.text("/version"), &changed.body["status"]),
        ("transaction.authorized", "https://shop.example/", "1.1", &json!(false))
    );
    for kept in ["id", "publicKey", "createdAt"] {
        assert_eq!(changed.body[kept], first.body[kept]);
    }
    assert_ne!(changed.body["updatedAt"], first.body["updatedAt"]);
    let nothing = client.patch(&path(&first), &json!({})).await.expect(200);
    assert_eq!((nothing.text("/event"), &nothing.body["status"]), ("transaction.authorized", &json!(false)));
    assert_eq!(client.get(&path(&first)).await.expect(200).body, nothing.body);

    assert_eq!(delete(client, &path(&first)).await.expect(200).body, nothing.body);
    assert_refused(&delete(client, &path(&first)).await, 404, "entity_not_found", "webhook not found");
    client.get(&path(&first)).await.assert(404);
    assert_eq!(client.get(PATH).await.expect(200).body["items"], json!([second.body]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_can_be_asked_for_by_either_of_its_names() {
    let house = House::build().await;
    for event in EventName::ALL {
        let dotted = format!("transaction.{}", event.name());
        assert_eq!(register(&house.client, &dotted, ENDPOINT).await.text("/event"), dotted);
        assert_duplicate(&house.client.post(PATH, &told(event.name(), ENDPOINT)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_answered_as_the_first_request_was_whatever_became_of_the_webhook() {
    let house = House::build().await;
    let client = &house.client;
    let first = client.post_with_key(PATH, &told("*", ENDPOINT), "key").await.expect(201);
    assert!(!first.is_replay());
    let repeat = async || {
        let again = client.post_with_key(PATH, &told("*", ENDPOINT), "key").await.expect(201);
        assert_eq!((again.is_replay(), &again.body), (true, &first.body));
    };
    repeat().await;
    client.patch(&path(&first), &json!({"status": false, "event": "failed"})).await.assert(200);
    repeat().await;
    rotate(client, &first, "r").await.assert(201);
    repeat().await;
    // Neither a limit nor a twin says no to what was done before.
    register(client, "*", ENDPOINT).await.assert(201);
    repeat().await;
    delete(client, &path(&first)).await.assert(200);
    repeat().await;
    client.get(&path(&first)).await.assert(404);
    for other in [told("failed", ENDPOINT), told("*", "https://shop.example/other"), json!({"version": "1.1"})] {
        let mut body = told("*", ENDPOINT);
        body.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let refused = client.post_with_key(PATH, &body, "key").await;
        assert_refused(&refused, 422, "invalid_request_error", "another request body");
    }
    // A key belongs to its account.
    let stranger = house.another_client().await;
    let theirs = stranger.post_with_key(PATH, &told("*", ENDPOINT), "key").await.expect(201);
    assert_ne!((theirs.is_replay(), theirs.text("/id")), (true, first.text("/id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_the_same_twice_at_the_same_place() {
    let house = House::build().await;
    let client = &house.client;
    let first = register(client, "voided", ENDPOINT).await;
    assert_duplicate(&client.post(PATH, &told("transaction.voided", ENDPOINT)).await);
    assert_duplicate(
        &client.post_with_key(PATH, &json!({"event": "voided", "endpoint": ENDPOINT, "version": "1.1"}), "k").await,
    );
    // Another event, another place, another account.
    let second = register(client, "*", ENDPOINT).await;
    register(client, "voided", "https://shop.example/payments?of=2").await.assert(201);
    register(&house.another_client().await, "voided", ENDPOINT).await.assert(201);

    assert_duplicate(&client.patch(&path(&second), &json!({"event": "voided"})).await);
    assert_eq!(client.get(&path(&second)).await.expect(200).body, second.body);
    client.patch(&path(&first), &told("voided", ENDPOINT)).await.assert(200);
    // What is given up is free, by a change as by a removal; and what was refused can be had with the same key.
    client.patch(&path(&first), &json!({"endpoint": "https://shop.example/3"})).await.assert(200);
    client.patch(&path(&second), &json!({"event": "voided"})).await.assert(200);
    delete(client, &path(&second)).await.assert(200);
    client.post_with_key(PATH, &told("voided", ENDPOINT), "k").await.assert(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_is_registered() {
    let house = House::build().await;
    let client = &house.client;
    // All have read that nobody is there before any of them writes.
    house.engine.gather(REGISTRATION, 8);
    let body = told("*", ENDPOINT);
    let answers = join_all((0..8).map(|_| client.post(PATH, &body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 7));
    for answer in refused {
        assert_duplicate(answer);
    }

    house.engine.gather(REGISTRATION, 8);
    let body = told("voided", ENDPOINT);
    let answers = join_all((0..8).map(|_| client.post_with_key(PATH, &body, "one key"))).await;
    let keys: BTreeSet<&str> = answers.iter().map(|answer| answer.text("/publicKey")).collect();
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    assert_eq!((keys.len(), answers.iter().filter(|answer| !answer.is_replay()).count()), (1, 1));
    assert_eq!(count(client).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_move_to_one_place_one_arrives() {
    let house = House::build().await;
    let client = &house.client;
    let (first, second) =
        (register(client, "*", "https://a.example").await, register(client, "*", "https://b.example").await);
    house.engine.gather(ROTATION, 2);
    let (change, paths) = (json!({"endpoint": ENDPOINT}), [path(&first), path(&second)]);
    let mut answers = join_all(paths.iter().map(|path| client.patch(path, &change))).await;
    answers.sort_by_key(|answer| answer.status);
    answers[0].assert(200);
    assert_duplicate(&answers[1]);
    // One that moves, and one that is registered there.
    let (change, body) = (json!({"endpoint": "https://c.example"}), told("*", "https://c.example"));
    let (moved, made) = tokio::join!(client.patch(&paths[0], &change), client.post(PATH, &body));
    let mut statuses = [moved.status, made.status];
    statuses.sort_unstable();
    assert!(statuses == [200, 409] || statuses == [201, 409], "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_no_more_webhooks_than_it_may_have_however_many_come_at_once() {
    let house = House::build().await;
    let client = &house.client;
    let first = register(client, "*", ENDPOINT).await;
    for number in 1..MAX_WEBHOOKS - 3 {
        register(client, "*", &format!("https://shop.example/{number}")).await.assert(201);
    }
    house.engine.gather(REGISTRATION, 6);
    let bodies: Vec<_> = (0..6).map(|number| told("voided", &format!("https://shop.example/{number}"))).collect();
    let answers = join_all(bodies.iter().map(|body| client.post(PATH, body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((made.len(), count(client).await), (3, MAX_WEBHOOKS));
    for answer in refused {
        assert_refused(answer, 400, "invalid_request_error", "this account has its 50 webhooks");
    }
    assert_duplicate(&client.post(PATH, &told("*", ENDPOINT)).await);
    client.patch(&path(&first), &json!({"event": "failed"})).await.assert(200);
    delete(client, &path(&first)).await.assert(200);
    register(client, "*", ENDPOINT).await.assert(201);
}

/// The signers as PEM texts: the new one, and the former one while it signs.
async fn signers(house: &House, webhook: &Answer) -> (String, Option<String>) {
    let (key, former) = house.hub().signing_key(&stored(house, webhook).await).await.unwrap();
    (key.public_key(), former.as_ref().map(SigningKey::public_key))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_and_signs_for_a_day_more() {
    let house = House::build().await;
    let client = &house.client;
    let made = register(client, "*", ENDPOINT).await;
    let [before, path] = [made.text("/publicKey").to_owned(), path(&made)];
    assert_eq!(signers(&house, &made).await, (before.clone(), None));

    house.hub().clock.advance(Duration::from_secs(1));
    let rotated = rotate(client, &made, "first").await.expect(201);
    let new = rotated.text("/publicKey").to_owned();
    assert!(new != before && rotated.text("/updatedAt") != made.text("/updatedAt"));
    assert_eq!(rotated.body["id"], made.body["id"]);
    assert_eq!(client.get(&path).await.expect(200).body, rotated.body);
    assert_eq!(signers(&house, &made).await, (new.clone(), Some(before.clone())));
    // Sent again, or without its key, it does not replace what the merchant has not learned yet.
    let again = rotate(client, &made, "first").await.expect(201);
    assert_eq!((again.is_replay(), &again.body), (true, &rotated.body));
    for refused in [rotate(client, &made, "second").await, client.post(&format!("{path}/rotate"), &json!({})).await] {
        assert_refused(&refused, 409, "conflict", "less than 24 hours ago");
    }
    // Nor does a change of something else.
    client.patch(&path, &json!({"status": false, "endpoint": "https://shop.example/2"})).await.assert(200);
    assert_eq!(signers(&house, &made).await, (new.clone(), Some(before.clone())));

    house.hub().clock.advance(FORMER_KEY_LIFE.saturating_sub(Duration::from_mins(1)));
    assert_eq!(signers(&house, &made).await, (new.clone(), Some(before)));
    house.hub().clock.advance(Duration::from_mins(1));
    assert_eq!(signers(&house, &made).await, (new.clone(), None));
    let third = rotate(client, &made, "second").await.expect(201);
    assert_eq!(signers(&house, &made).await, (third.text("/publicKey").to_owned(), Some(new)));
    let again = rotate(client, &made, "first").await.expect(201);
    assert_eq!((again.is_replay(), &again.body), (true, &rotated.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_rotations_at_once_one_is_made() {
    let house = House::build().await;
    let client = &house.client;
    let made = register(client, "*", ENDPOINT).await;
    house.engine.gather(ROTATION, 4);
    let keys = ["a", "a", "b", "c"];
    let answers = join_all(keys.iter().map(|key| rotate(client, &made, key))).await;
    let done: BTreeSet<&str> =
        answers.iter().filter(|answer| answer.status == 201).map(|answer| answer.text("/publicKey")).collect();
    assert_eq!(done.into_iter().collect::<Vec<_>>(), [signers(&house, &made).await.0]);
    assert_eq!(signers(&house, &made).await.1.as_deref(), Some(made.text("/publicKey")));
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_refused(refused, 409, "conflict", "less than 24 hours ago");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_key_is_sealed_for_its_webhook_and_told_to_nobody() {
    let house = House::build().await;
    let client = &house.client;
    let first = register(client, "*", ENDPOINT).await;
    let second = register(client, "voided", ENDPOINT).await;
    let rotated = rotate(client, &first, "r").await.expect(201);
    let texts = [first.body.to_string(), rotated.body.to_string(), client.get(PATH).await.expect(200).body.to_string()];
    let items = house.everything_stored().await;
    let stored_texts = [items.clone(), house.engine.files()].concat();
    assert!(stored_texts.iter().any(|text| text.contains("sealed")));
    for text in stored_texts.iter().chain(&texts) {
        assert!(!text.contains(PRIVATE), "{text}");
    }
    assert!(texts.iter().all(|text| !text.contains("sealed") && !text.contains("former")));
    // What repeats are answered holds none: it outlives the webhook.
    let answers: Vec<_> = items.iter().filter(|item| item.contains("ANSWER#")).collect();
    let is_bare = |item: &&String| item.contains(r#"\"sealed\":\"\""#);
    assert!(answers.len() == 3 && answers.iter().all(is_bare), "{answers:?}");
    // Put elsewhere it opens nowhere.
    let (first, second) = (stored(&house, &first).await, stored(&house, &second).await);
    let hub = house.hub();
    assert!(hub.signing_key(&second).await.is_ok());
    assert!(hub.signing_key(&Webhook { key: first.key.clone(), ..second.clone() }).await.is_err());
    let stranger = client_id(&house.another_client().await);
    assert!(hub.signing_key(&Webhook { client: stranger, ..second }).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_was_switched_off_is_switched_on_again() {
    let house = House::build().await;
    let made = register(&house.client, "*", ENDPOINT).await;
    let read = stored(&house, &made).await;
    let off = Webhook { is_active: false, version: read.version + 1, ..read.clone() };
    assert!(house.hub().store.change_webhook(&off).await.unwrap());
    // Whoever has read it before that does not undo it.
    assert!(!house.hub().store.change_webhook(&off).await.unwrap());
    assert_eq!(house.client.get(&path(&made)).await.expect(200).body["status"], false);
    let on = house.client.patch(&path(&made), &json!({"status": true})).await.expect(200);
    assert_eq!((&on.body["status"], stored(&house, &made).await.is_active), (&json!(true), true));
    // What is gone is not brought back by a change.
    delete(&house.client, &path(&made)).await.assert(200);
    let late = Webhook { version: read.version + 3, ..read };
    assert!(!house.hub().store.change_webhook(&late).await.unwrap());
    assert_eq!(count(&house.client).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_webhook_does_not_exist() {
    let house = House::build().await;
    let made = register(&house.client, "*", ENDPOINT).await;
    let stranger = house.another_client().await;
    for (client, path) in [(&stranger, path(&made)), (&house.client, format!("{PATH}/{NOBODYS}"))] {
        let change = json!({"status": false}).to_string().into_bytes();
        for (method, path, body) in [
            (Method::GET, path.clone(), None),
            (Method::PATCH, path.clone(), Some(change)),
            (Method::DELETE, path.clone(), None),
            (Method::GET, format!("{path}/secret"), None),
            (Method::POST, format!("{path}/rotate"), None),
        ] {
            let answer = client.send(method, &path, body, None).await.unwrap();
            assert_refused(&answer, 404, "entity_not_found", "webhook not found");
        }
    }
    assert_eq!(stranger.get(PATH).await.expect(200).body["items"], json!([]));
    assert_eq!(house.client.get(&path(&made)).await.expect(200).body, made.body);
    let refused = house.client.get(&format!("{PATH}/1")).await.expect(400);
    assert_eq!(refused.body["error"]["details"], json!(["id must be a UUID"]));
}

/// Endpoints, and what is wrong with them.
fn bad_endpoints() -> Vec<(String, &'static str)> {
    let address = "must be at a public address";
    let named = "must not contain a user name or a password";
    let https = "must be an https URL address";
    let mut bad: Vec<(String, &'static str)> = vec![
        (format!("https://shop.example/{}", "x".repeat(10_240)), "must be shorter than or equal to 2048 characters"),
        (
            format!("{:x<1$}", "https://shop.example/", MAX_ENDPOINT + 1),
            "must be shorter than or equal to 2048 characters",
        ),
    ];
    for (endpoint, problem) in [
        ("", "must be a URL address"),
        ("shop.example", "must be a URL address"),
        ("/payments", "must be a URL address"),
        ("https://", "must be a URL address"),
        ("ftp://shop.example", https),
        ("javascript:alert(1)", https),
        ("file:///etc/passwd", https),
        ("https://user@shop.example", named),
        ("https://user:password@shop.example/", named),
        ("https://@shop.example/", named),
        ("https://shop.example/#part", "must not contain a fragment"),
        ("https://shop.example/#", "must not contain a fragment"),
        (" https://shop.example", "must not contain spaces or control characters"),
        ("https://shop.example/\n", "must not contain spaces or control characters"),
        ("https://10.0.0.1", address),
        ("https://169.254.169.254/latest/meta-data", address),
        ("https://0x0a000001/", address),
        ("https://[::ffff:10.0.0.1]/", address),
        ("https://[fd00::1]/", address),
        ("https://0.0.0.0/", address),
    ] {
        bad.push((endpoint.to_owned(), problem));
    }
    bad
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_every_problem_and_leaves_no_trace() {
    let house = House::build().await;
    let client = &house.client;
    let made = register(client, "voided", "https://shop.example/").await;
    let _ = house.engine.take_calls();
    let refuse = async |body: &Value, problems: &[&str]| {
        for answer in [client.post(PATH, body).await, client.patch(&path(&made), body).await] {
            assert_refused(&answer, 400, "bad_request", "Bad Request Exception");
            assert_eq!(answer.body["error"]["details"], json!(problems), "{body}");
        }
        assert!(!house.engine.take_calls().iter().any(Call::is_write), "{body} left a trace");
    };
    for (endpoint, problem) in bad_endpoints() {
        refuse(&told("*", &endpoint), &[&format!("endpoint {problem}")]).await;
    }
    let event = "event must be * or the name of an event, such as transaction.authorized";
    for name in ["", "transaction.paid", "transaction.", "AUTHORIZED", "seller.active", "**", "authorized,failed"] {
        refuse(&told(name, ENDPOINT), &[event]).await;
    }
    let version = "version must be one of the following values: 1, 1.0, 1.1";
    for wrong in [json!("2"), json!("1.2"), json!("v1"), json!(""), json!(1), json!(1.1), json!(["1"])] {
        refuse(&json!({"event": "*", "endpoint": ENDPOINT, "version": wrong}), &[version]).await;
    }
    let status = "status must be a boolean value";
    refuse(
        &json!({"event": ["*"], "endpoint": {"url": ENDPOINT}, "version": true, "status": "on"}),
        &[event, "endpoint must be a string", version, status],
    )
    .await;
    refuse(&json!({"event": "x", "endpoint": "x", "status": 1}), &[event, "endpoint must be a URL address", status])
        .await;
    let empty = client.post(PATH, &json!({})).await.expect(400);
    let missing = [event, "event should not be empty", "endpoint must be a string", "endpoint should not be empty"];
    assert_eq!(empty.body["error"]["details"], json!(missing));
    client.post_bytes(PATH, b"[]".to_vec()).await.assert(400);
    client.post_bytes(PATH, b"{".to_vec()).await.assert(400);
    client.get("/v1/webhooks?limit=101&page=0").await.assert(400);
    client.post_with_key(PATH, &told("*", ENDPOINT), &"k".repeat(256)).await.assert(400);
    assert_eq!(client.get(&path(&made)).await.expect(200).body, made.body);
    assert_eq!(count(client).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_in_the_cloud_takes_neither_this_machine_nor_what_is_not_encrypted() {
    let house = House::build().await;
    let public = Hub { outbound: Outbound::public().unwrap().into(), ..house.hub().clone() };
    let cloud = house.client_at(&public).await;
    let made = register(&cloud, "voided", ENDPOINT).await;
    for (endpoint, problem) in [
        ("http://shop.example/", "must be an https URL address"),
        ("http://127.0.0.1:9/", "must be an https URL address"),
        ("http://localhost:9/", "must be an https URL address"),
        ("https://localhost/", "must be at a public address"),
        ("https://127.0.0.1/", "must be at a public address"),
        ("https://[::1]/", "must be at a public address"),
    ] {
        for refused in
            [cloud.post(PATH, &told("*", endpoint)).await, cloud.patch(&path(&made), &told("*", endpoint)).await]
        {
            assert_refused(&refused, 400, "bad_request", "Bad Request Exception");
            assert_eq!(refused.body["error"]["details"], json!([format!("endpoint {problem}")]), "{endpoint}");
        }
        // On one machine they may all be called.
        register(&house.client, "*", endpoint).await.assert(201);
    }
    assert_eq!(cloud.get(&path(&made)).await.expect(200).body, made.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_and_a_rotation_are_made_once_however_they_fail() {
    let mut house = House::build().await;
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        let (endpoint, key) = (format!("https://shop.example/{fault:?}"), format!("{fault:?}"));
        let body = told("*", &endpoint);
        house.engine.fail_write_of(REGISTRATION, 1, fault);
        let died = tokio::select! {
            () = house.engine.has_killed() => true,
            _ = house.client.send(Method::POST, PATH, Some(body.to_string().into_bytes()), Some(&key)) => false,
        };
        assert!(died);
        house.kill_and_restart().await;
        let made = house.client.post_with_key(PATH, &body, &key).await.expect(201);
        assert_eq!(made.is_replay(), fault == Fault::DieAfter);
        assert_eq!(signers(&house, &made).await, (made.text("/publicKey").to_owned(), None));

        house.engine.fail_write_of(ROTATION, 1, fault);
        let rotation = format!("{}/rotate", path(&made));
        let died = tokio::select! {
            () = house.engine.has_killed() => true,
            _ = house.client.send(Method::POST, &rotation, None, Some(&key)) => false,
        };
        assert!(died);
        house.kill_and_restart().await;
        let rotated = rotate(&house.client, &made, &key).await.expect(201);
        assert_eq!(rotated.is_replay(), fault == Fault::DieAfter);
        let signers = signers(&house, &made).await;
        assert_eq!(signers, (rotated.text("/publicKey").to_owned(), Some(made.text("/publicKey").to_owned())));
    }
    for fault in [Fault::LoseAnswer, Fault::LoseRequest, Fault::Conflict, Fault::Throttle] {
        house.engine.fail_write(1, fault);
        let made = register(&house.client, "*", &format!("https://shop.example/{fault:?}")).await;
        house.engine.fail_write(1, fault);
        house.client.patch(&path(&made), &json!({"event": "failed"})).await.assert(200);
        house.engine.fail_write(1, fault);
        let rotated = rotate(&house.client, &made, "r").await.expect(201);
        assert!(!rotated.is_replay(), "{fault:?}");
        house.engine.fail_write(1, fault);
        delete(&house.client, &path(&made)).await.assert(200);
    }
    assert_eq!(count(&house.client).await, 2);
}

/// A charge is paid, and relayed; its id.
async fn sell(house: &House) -> String {
    let paid = house.client.post("/v1/charges", &card_charge(&house.client.merchant_id, APPROVED)).await.expect(201);
    let id: ChargeId = paid.text("/id").parse().unwrap();
    let charge = house.hub().store.charge(client_id(&house.client), id).await.unwrap().unwrap();
    house.hub().relay(None, &charge).await.unwrap();
    house.deliver().await;
    paid.text("/id").to_owned()
}

/// The sweeper's turn, and the deliveries' after it.
async fn minute(house: &House) {
    house.pass(Duration::from_mins(1)).await;
    house.deliver().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_listed_and_told_again_to_who_asks() {
    let house = House::build().await;
    let (client, receiver) = (&house.client, Receiver::open(house.hub().clock.clone()).await);
    let made = register(client, "authorized", &receiver.endpoint("/a")).await;
    receiver.expect("/a", [Behaviour::status(500), Behaviour::status(201)]);
    let charge = sell(&house).await;

    let events = client.get("/v1/events").await.expect(200);
    let names: Vec<_> = events.body["items"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!((names, &events.body["meta"]["totalItems"]), (vec![&json!("authorized"), &json!("pending")], &json!(2)));
    let event = events.body["items"][0].clone();
    assert_eq!((&event["data"]["id"], &event["apiVersion"]), (&json!(charge), &json!("1.1")));
    let shown = client.get(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(shown.body, event);
    assert_eq!(client.get("/v1/events?sort=ASC&limit=1").await.expect(200).body["items"][0]["event"], "pending");
    assert_eq!(client.get("/v1/events?created.lt=2020-01-01").await.expect(200).body["items"], json!([]));

    let deliveries = format!("{}/deliveries", path(&made));
    let told = client.get(&deliveries).await.expect(200);
    let [only] = told.body["items"].as_array().unwrap().as_slice() else { unreachable!("{}", told.body) };
    assert_eq!((&only["webhookId"], &only["eventId"]), (&made.body["id"], &event["id"]));
    assert_eq!((&only["status"], &only["attemptCount"]), (&json!("pending"), &json!(1)));
    assert!(only["nextAttemptAt"].is_string());
    let tried = &only["attempts"][0];
    assert_eq!((&tried["number"], &tried["statusCode"], &tried["problem"]), (&json!(1), &json!(500), &json!(null)));
    assert_eq!(tried["response"], "{\"received\":true}");

    let resend = format!("{deliveries}/{}/resend", event["id"].as_str().unwrap());
    let again = client.post(&resend, &json!({})).await.expect(201);
    assert_eq!((&again.body["status"], &again.body["eventId"]), (&json!("pending"), &event["id"]));
    minute(&house).await;
    let told = client.get(&deliveries).await.expect(200);
    let only = &told.body["items"][0];
    assert_eq!(
        (&only["status"], &only["attemptCount"], &only["nextAttemptAt"]),
        (&json!("delivered"), &json!(2), &json!(null))
    );
    assert_eq!((&only["attempts"][1]["statusCode"], receiver.posts_to("/a").len()), (&json!(201), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_tried_out_by_its_account_and_by_keys_that_may() {
    let house = House::build().await;
    let (client, receiver) = (&house.client, Receiver::open(house.hub().clock.clone()).await);
    let made = register(client, "authorized", &receiver.endpoint("/a")).await;
    let _ = sell(&house).await;
    let event = client.get("/v1/events").await.expect(200).body["items"][0]["id"].as_str().unwrap().to_owned();
    let [ping, deliveries] = ["test", "deliveries"].map(|part| format!("{}/{part}", path(&made)));
    let resend = format!("{deliveries}/{event}/resend");
    let scope = json!({"scope": ["webhooks"]});
    let public = client.with_key(client.post("/v1/auth", &scope).await.expect(201).text("/publicKey"));
    let pinged = public.post_with_key(&ping, &json!({}), "ping").await.expect(201);
    let again = public.post_with_key(&ping, &json!({}), "ping").await.expect(201);
    assert_eq!((pinged.is_replay(), again.is_replay(), again.body), (false, true, pinged.body));
    public.post(&resend, &json!({})).await.assert(201);
    minute(&house).await;
    let bodies: Vec<Value> =
        receiver.posts_to("/a").iter().map(|post| serde_json::from_str(&post.body).unwrap()).collect();
    let names: BTreeSet<&str> = bodies.iter().map(|body| body["event"].as_str().unwrap()).collect();
    assert_eq!((bodies.len(), names), (3, BTreeSet::from(["ping", "transaction.authorized"])));

    // Nobody reads, or has sent elsewhere, what happens to an account with a key that stands in a page.
    let forbidden = json!({"message": "Forbidden"});
    let secret = format!("{}/secret", path(&made));
    for path in [PATH, &path(&made), &secret, &deliveries, "/v1/events", &format!("/v1/events/{event}")] {
        assert_eq!(public.get(path).await.expect(403).body, forbidden, "{path}");
    }
    for path in [PATH, &format!("{}/rotate", path(&made))] {
        assert_eq!(public.post(path, &told("*", ENDPOINT)).await.expect(403).body, forbidden, "{path}");
    }
    assert_eq!(public.patch(&path(&made), &json!({})).await.expect(403).body, forbidden);
    assert_eq!(delete(&public, &path(&made)).await.expect(403).body, forbidden);
    // And nothing of another account's.
    let stranger = house.another_client().await;
    for path in [&ping, &resend] {
        assert_refused(&stranger.post(path, &json!({})).await, 404, "entity_not_found", "webhook not found");
    }
    for path in [deliveries.clone(), format!("/v1/events/{event}")] {
        stranger.get(&path).await.assert(404);
    }
    assert_eq!(stranger.get("/v1/events").await.expect(200).body["items"], json!([]));
    client.post(&format!("{deliveries}/{NOBODYS}/resend"), &json!({})).await.assert(404);
    let refused = client.post(&format!("{deliveries}/1/resend"), &json!({})).await.expect(400);
    assert_eq!(refused.body["error"]["details"], json!(["event must be a UUID"]));
    client.patch(&path(&made), &json!({"status": false})).await.assert(200);
    assert_refused(&client.post(&ping, &json!({})).await, 400, "invalid_request_error", "is not active");
}
