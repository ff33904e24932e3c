//! Webhooks that are refused, and webhooks of another account.

use domain::limits::MAX_ENDPOINT;
use flows::{Hub, Outbound, Parts};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestHub, engine::Call};

use crate::{ENDPOINT, PATH, UNKNOWN_ID, assert_refused, count, path, register, registration};

#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_webhook_does_not_exist() {
    let hub = TestHub::build().await;
    let made = register(&hub.merchant, "*", ENDPOINT).await;
    let stranger = hub.another_merchant().await;
    for (merchant, path) in [(&stranger, path(&made)), (&hub.merchant, format!("{PATH}/{UNKNOWN_ID}"))] {
        let change = json!({"status": false}).to_string().into_bytes();
        for (method, path, body) in [
            (Method::GET, path.clone(), None),
            (Method::PATCH, path.clone(), Some(change)),
            (Method::DELETE, path.clone(), None),
            (Method::GET, format!("{path}/secret"), None),
            (Method::POST, format!("{path}/rotate"), None),
        ] {
            let answer = merchant.send(method, &path, body, None).await.unwrap();
            assert_refused(&answer, 404, "entity_not_found", "webhook not found");
        }
    }
    assert_eq!(stranger.get(PATH).await.expect(200).body["items"], json!([]));
    assert_eq!(hub.merchant.get(&path(&made)).await.expect(200).body, made.body);
    let refused = hub.merchant.get(&format!("{PATH}/1")).await.expect(400);
    assert_eq!(refused.body["error"]["details"], json!(["id must be a UUID"]));
}

/// Endpoints that are refused, with the problem of each.
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
async fn an_invalid_webhook_is_refused_with_every_problem_and_writes_nothing() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let made = register(merchant, "voided", "https://shop.example/").await;
    let _ = hub.engine.take_calls();
    let refuse = async |body: &Value, problems: &[&str]| {
        for answer in [merchant.post(PATH, body).await, merchant.patch(&path(&made), body).await] {
            assert_refused(&answer, 400, "bad_request", "Bad Request Exception");
            assert_eq!(answer.body["error"]["details"], json!(problems), "{body}");
        }
        assert!(!hub.engine.take_calls().iter().any(Call::is_write), "{body} wrote something");
    };
    for (endpoint, problem) in bad_endpoints() {
        refuse(&registration("*", &endpoint), &[&format!("endpoint {problem}")]).await;
    }
    let event = "event must be * or the name of an event, such as transaction.authorized";
    for name in ["", "transaction.paid", "transaction.", "AUTHORIZED", "seller.active", "**", "authorized,failed"] {
        refuse(&registration(name, ENDPOINT), &[event]).await;
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
    let empty = merchant.post(PATH, &json!({})).await.expect(400);
    let missing = [event, "event should not be empty", "endpoint must be a string", "endpoint should not be empty"];
    assert_eq!(empty.body["error"]["details"], json!(missing));
    merchant.post_bytes(PATH, b"[]".to_vec()).await.assert_status(400);
    merchant.post_bytes(PATH, b"{".to_vec()).await.assert_status(400);
    merchant.get("/v1/webhooks?limit=101&page=0").await.assert_status(400);
    merchant.post_with_key(PATH, &registration("*", ENDPOINT), &"k".repeat(256)).await.assert_status(400);
    assert_eq!(merchant.get(&path(&made)).await.expect(200).body, made.body);
    assert_eq!(count(merchant).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_in_the_cloud_accepts_neither_local_nor_unencrypted_endpoints() {
    let hub = TestHub::build().await;
    let public = Hub::from(Parts { outbound: Outbound::public().unwrap().into(), ..hub.parts() });
    let cloud = hub.merchant_at(&public).await;
    let made = register(&cloud, "voided", ENDPOINT).await;
    for (endpoint, problem, on_one_machine) in [
        ("http://shop.example/", "must be an https URL address", 400),
        ("http://127.0.0.1:9/", "must be an https URL address", 201),
        ("http://localhost:9/", "must be an https URL address", 201),
        ("https://localhost/", "must be at a public address", 201),
        ("https://127.0.0.1/", "must be at a public address", 201),
        ("https://[::1]/", "must be at a public address", 201),
    ] {
        for refused in [
            cloud.post(PATH, &registration("*", endpoint)).await,
            cloud.patch(&path(&made), &registration("*", endpoint)).await,
        ] {
            assert_refused(&refused, 400, "bad_request", "Bad Request Exception");
            assert_eq!(refused.body["error"]["details"], json!([format!("endpoint {problem}")]), "{endpoint}");
        }
        // A hub on one machine accepts loopback, also without TLS.
        hub.merchant.post(PATH, &registration("*", endpoint)).await.assert_status(on_one_machine);
    }
    assert_eq!(cloud.get(&path(&made)).await.expect(200).body, made.body);
}
