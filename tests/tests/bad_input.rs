//! Invalid requests are refused in the published format and leave no trace.

use domain::limits::{MAX_BODY, MAX_DEPTH};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    fixture::{Fixture, details},
    samples::{APPROVED, boleto_charge, by_card, drip_charge, with},
};

const UNKNOWN_ID: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_object_is_refused_on_every_route() {
    let fixture = Fixture::open().await;
    let deep = [vec![b'['; 5000], vec![b']'; 5000]].concat();
    let deep_object = [br#"{"a":"#.repeat(5000), b"1".to_vec(), vec![b'}'; 5000]].concat();
    let just_too_deep = [br#"{"a":"#.to_vec(), vec![b'['; MAX_DEPTH], vec![b']'; MAX_DEPTH], b"}".to_vec()].concat();
    let not_json: &[&[u8]] = &[
        b"{",
        b"}",
        b"nonsense",
        b"{'a':1}",
        br#"{"a":1,}"#,
        br#"{"a":1}{"b":2}"#,
        br#"{"a" 1}"#,
        br#"{"a":NaN}"#,
        br#"{"a":1e999}"#,
        br#"{"a":"\ud800"}"#,
        br#"{"a":01}"#,
        b"{\"a\":\"\x01\"}",
        b"\xef\xbb\xbf{}",
        b"a=1&b=2",
    ];
    let no_object: &[&[u8]] = &[b"[]", b"null", b"true", b"7", br#""text""#, br#"[{"a":1}]"#];
    let not_utf8: &[&[u8]] = &[b"\xff\xfe", b"{\"a\":\"\xc3\x28\"}", b"{\"a\":\"\xed\xa0\x80\"}"];
    let too_deep: &[&[u8]] = &[&deep, &deep_object, &just_too_deep];
    for (bodies, problem) in [
        (not_json, "the request body is not valid JSON: line "),
        (no_object, "the request body must be a JSON object"),
        (not_utf8, "the request body is not UTF-8"),
        (too_deep, "the request body is nested deeper than 64 levels"),
    ] {
        for good in fixture.all() {
            for body in bodies {
                let answer = fixture.refuse(&good.method, &good.path, Some(body.to_vec()), 400).await;
                let problems = details(&answer);
                let is_expected = problems.len() == 1 && problems.iter().all(|found| found.starts_with(problem));
                assert!(is_expected, "{}: {problems:?}", String::from_utf8_lossy(body.get(..40).unwrap_or(body)));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_have_256_kib_and_not_a_byte_more() {
    let fixture = Fixture::open().await;
    let padded = |body: &Value, size: usize| {
        let mut bytes = body.to_string().into_bytes();
        bytes.resize(size, b' ');
        bytes
    };
    for good in fixture.all() {
        for size in [MAX_BODY + 1, 1024 * 1024] {
            let answer = fixture.refuse(&good.method, &good.path, Some(padded(&good.body, size)), 413).await;
            assert_eq!(answer.text("/error/message"), "the request body is larger than 262144 bytes; nothing was done");
        }
        if good.path == "/v1/charges" || good.path == "/v1/sessions" || good.path == "/v1/tokens" {
            fixture.hub.merchant.post_bytes(&good.path, padded(&good.body, MAX_BODY)).await.assert_status(201);
        }
    }
    assert_eq!(fixture.hub.merchant.session_status(&fixture.order).await, "created");
}

/// A body within the limit can still hold more than a list can show; the hub never stores a part of it.
#[tokio::test(flavor = "multi_thread")]
async fn items_that_are_larger_than_a_list_can_show_are_refused() {
    let fixture = Fixture::open().await;
    let too_large = "items must not be larger than 16384 bytes of JSON";
    let item = json!({"id": "i".repeat(255), "title": "t".repeat(255), "unitPrice": 1, "quantity": 1});
    for body in [boleto_charge(&fixture.hub.merchant.id), drip_charge(&fixture.hub.merchant.id)] {
        let many = with(body.clone(), "/paymentMethod/items", json!(vec![item.clone(); 30]));
        let refused = fixture.refuse(&Method::POST, "/v1/charges", Some(many.to_string().into_bytes()), 400).await;
        assert_eq!(refused.body["error"]["details"], json!([format!("paymentMethod.{too_large}")]));
        let fewer = with(body, "/paymentMethod/items", json!(vec![item.clone(); 29]));
        fixture.hub.merchant.post("/v1/charges", &fewer).await.assert_status(201);
    }
    let item = json!({"name": "n".repeat(255), "description": "d".repeat(1000), "unitPrice": 1, "quantity": 1});
    let many = with(fixture.session(), "/items", json!(vec![item.clone(); 100]));
    assert!(many.to_string().len() < MAX_BODY);
    let stored = fixture.hub.everything_stored().await.len();
    let refused = fixture.refuse(&Method::POST, "/v1/sessions", Some(many.to_string().into_bytes()), 400).await;
    assert_eq!(refused.body["error"]["details"], json!([too_large]));
    assert_eq!(fixture.hub.everything_stored().await.len(), stored);
    let fewer = with(fixture.session(), "/items", json!(vec![item; 12]));
    fixture.hub.merchant.post("/v1/sessions", &fewer).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_ids_and_unknown_ids_are_distinguished() {
    let fixture = Fixture::open().await;
    for id in ["abc", "7", "00000000-0000-4000-8000-00000000000", "00000000_0000_4000_8000_000000000000", "%20", "null"]
    {
        for (method, path, body) in [
            (Method::GET, format!("/v1/charges/{id}"), "{}"),
            (Method::POST, format!("/v1/charges/{id}/capture"), "{}"),
            (Method::POST, format!("/v1/charges/{id}/void"), "{}"),
            (Method::POST, format!("/v1/charges/{id}"), r#"{"status":"voided"}"#),
            (Method::PATCH, format!("/v1/charges/{id}/antifraud"), r#"{"status":"approved"}"#),
            (Method::GET, format!("/v1/sessions/{id}"), "{}"),
            (Method::PATCH, format!("/v1/sessions/{id}"), "{}"),
            (Method::POST, format!("/v1/sessions/{id}/cancel"), "{}"),
            (Method::POST, format!("/v1/sessions/{id}/charge"), "{}"),
        ] {
            let problems = details(&fixture.refuse(&method, &path, Some(body.as_bytes().to_vec()), 400).await);
            assert_eq!(problems, ["id must be a UUID"], "{method} {path}");
        }
    }
    for (method, path, body) in [
        (Method::GET, format!("/v1/charges/{UNKNOWN_ID}"), None),
        (Method::POST, format!("/v1/charges/{UNKNOWN_ID}/capture"), None),
        (Method::POST, format!("/v1/charges/{UNKNOWN_ID}/void"), None),
        (Method::POST, format!("/v1/charges/{UNKNOWN_ID}"), Some(json!({"status": "voided"}))),
        (Method::PATCH, format!("/v1/charges/{UNKNOWN_ID}/antifraud"), Some(json!({"status": "approved"}))),
        (Method::GET, format!("/v1/sessions/{UNKNOWN_ID}"), None),
        (Method::PATCH, format!("/v1/sessions/{UNKNOWN_ID}"), Some(json!({"isActive": true}))),
        (Method::POST, format!("/v1/sessions/{UNKNOWN_ID}/cancel"), None),
        (Method::POST, format!("/v1/sessions/{UNKNOWN_ID}/charge"), Some(by_card(APPROVED))),
    ] {
        let answer = fixture.refuse(&method, &path, body.map(|body| body.to_string().into_bytes()), 404).await;
        assert_eq!(answer.text("/error/type"), "entity_not_found", "{method} {path}");
    }
    let token = json!({"sourceType": "token", "tokenId": UNKNOWN_ID});
    for (path, body, message) in [
        (
            "/v1/charges",
            with(fixture.charge(), "/merchantId", json!(UNKNOWN_ID)),
            "merchantId names no merchant of this account; nothing was charged",
        ),
        (
            "/v1/sessions",
            with(fixture.session(), "/merchantId", json!(UNKNOWN_ID)),
            "merchantId names no merchant of this account; nothing was charged",
        ),
        (
            "/v1/charges",
            with(fixture.charge(), "/paymentSource", token.clone()),
            "tokenId does not exist or has expired; create another token. Nothing was done",
        ),
        (
            &fixture.order.path("/charge"),
            with(by_card(APPROVED), "/paymentSource", token),
            "tokenId does not exist or has expired; create another token. Nothing was done",
        ),
    ] {
        let answer = fixture.refuse(&Method::POST, path, Some(body.to_string().into_bytes()), 400).await;
        assert_eq!((answer.text("/error/type"), answer.text("/error/message")), ("invalid_request_error", message));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_of_lists_are_checked() {
    let fixture = Fixture::open().await;
    let page = "page must be a positive number";
    let limit = "limit must not be greater than 100";
    for (query, expected) in [
        ("page=0", vec![page]),
        ("page=-1", vec!["page must be an integer number"]),
        ("page=1.5", vec!["page must be an integer number"]),
        ("page=10001", vec!["page must not be greater than 10000"]),
        ("page=99999999999999999999999999", vec!["page must not be greater than 10000"]),
        ("limit=0", vec!["limit must be a positive number"]),
        ("limit=101", vec![limit]),
        ("limit=10.5", vec!["limit must be an integer number"]),
        ("limit=all", vec!["limit must be an integer number"]),
        ("sort=asc", vec!["sort must be one of the following values: ASC, DESC"]),
        ("created.gt=yesterday", vec!["created.gt must be a valid ISO 8601 date string"]),
        ("created=2026-13-01", vec!["created must be a valid ISO 8601 date string"]),
        (
            "page=0&limit=1000&sort=UP&created.lt=x",
            vec![
                page,
                limit,
                "sort must be one of the following values: ASC, DESC",
                "created.lt must be a valid ISO 8601 date string",
            ],
        ),
    ] {
        for path in ["/v1/charges", "/v1/sessions"] {
            let answer = fixture.refuse(&Method::GET, &format!("{path}?{query}"), None, 400).await;
            assert_eq!(details(&answer), expected, "{path}?{query}");
        }
    }
    for (query, expected) in [
        ("id=7", "id must be a UUID"),
        ("merchantId=me", "merchantId must be a UUID"),
        ("sessionId=-", "sessionId must be a UUID"),
        ("originalAmount=1.5", "originalAmount must be an integer number"),
        ("originalAmount=1000000000000", "originalAmount must not be greater than 999999999999"),
        ("created.gte=2026-01-01", "created must be one of the following filters: created, created.gt, created.lt"),
        ("orderId=1&orderId=2", "orderId must not come twice"),
        ("splitRules=maybe", "splitRules must be a boolean value"),
        ("splitRules=true", "splitRules is not served by this hub"),
    ] {
        let answer = fixture.refuse(&Method::GET, &format!("/v1/charges?{query}"), None, 400).await;
        assert_eq!(details(&answer), [expected], "{query}");
    }
    let several = fixture.refuse(&Method::GET, "/v1/charges?originalAmount=x&merchantId=x&id=1", None, 400).await;
    assert_eq!(details(&several).len(), 3);
    let sessions = fixture.refuse(&Method::GET, "/v1/sessions?isActive=yes&status=expired", None, 400).await;
    assert_eq!(details(&sessions), ["isActive must be one of the following values: true, false"]);
}
