//! Client sessions, as Worldline's page "Create session" describes them.

use std::time::Duration;

use domain::limits::UNSAVED_CARD_DAYS;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    hub::PUBLIC_URL,
    samples::{APPROVED, card, card_charge, with},
    worldline::{Server, error},
};

const UNKNOWN_ID: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";

/// The id of a new card of the account.
async fn card_of(merchant: &Merchant) -> String {
    let token = merchant.post("/v1/tokens", &card(APPROVED)).await.expect(201);
    merchant.post("/v1/cards", &json!({"tokenId": token.text("/tokenId")})).await.expect(201).text("/id").to_owned()
}

fn is_hexadecimal(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_says_where_the_client_api_is_and_what_opens_it() {
    let hub = TestHub::build().await;
    let server = Server::of(&hub.merchant);
    let made = server.makes_session(&json!({})).await.expect(200);
    let fields: Vec<&String> = made.body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["assetUrl", "clientApiUrl", "clientSessionId", "customerId", "region"]);
    assert!(is_hexadecimal(made.text("/clientSessionId")), "{}", made.body);
    let shopper = made.text("/customerId").strip_prefix(&format!("{}-", hub.merchant.id)).unwrap();
    assert!(is_hexadecimal(shopper) && shopper != made.text("/clientSessionId"), "{}", made.body);
    assert_eq!(made.text("/clientApiUrl"), format!("{PUBLIC_URL}/client"));
    assert_eq!((made.text("/assetUrl"), made.text("/region")), (format!("{PUBLIC_URL}/").as_str(), "EU"));
    assert!(!made.headers.contains_key("x-gcs-idempotence-request-timestamp"));
    let other = server.makes_session(&json!({})).await.expect(200);
    assert_ne!(other.body["clientSessionId"], made.body["clientSessionId"]);
    // What opens it is stored nowhere.
    let id = made.text("/clientSessionId");
    assert!(hub.everything_stored().await.iter().all(|item| !item.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_no_card_of_the_account_come_back() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let (own, theirs) = (card_of(&hub.merchant).await, card_of(&stranger).await);
    let expired =
        with(card_charge(&hub.merchant.id, APPROVED), "/paymentSource/card/cardExpirationDate", json!("01/2027"));
    let expired = hub.merchant.creates_charge(&expired).await.text("/paymentSource/cardId").to_owned();
    let send =
        async |tokens: &[&str]| Server::of(&hub.merchant).makes_session(&json!({"tokens": tokens})).await.expect(200);
    let one = send(&[&own, &own, &expired]).await;
    assert!(one.body.get("invalidTokens").is_none(), "{}", one.body);
    let made = send(&["126166b16ed04b3ab85fb06da1d7a167", &theirs, &own, UNKNOWN_ID, "", &theirs]).await;
    let invalid = json!(["126166b16ed04b3ab85fb06da1d7a167", theirs, UNKNOWN_ID, ""]);
    assert_eq!(made.body["invalidTokens"], invalid);
    hub.clock().advance(Duration::from_hours(24 * 400));
    assert_eq!(send(&[&expired, &own]).await.body["invalidTokens"], json!([expired]));
}

/// The number of a card that no customer keeps is erased half a year after its last use.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_number_was_erased_comes_back() {
    let hub = TestHub::build().await;
    let charge = hub.merchant.creates_charge(&card_charge(&hub.merchant.id, APPROVED)).await;
    let tokens = json!({"tokens": [charge.text("/paymentSource/cardId")]});
    let invalid =
        async || Server::of(&hub.merchant).makes_session(&tokens).await.expect(200).body["invalidTokens"].take();
    assert_eq!(invalid().await, Value::Null);
    hub.pass(Duration::from_hours(24 * (u64::from(UNSAVED_CARD_DAYS) + 1))).await;
    assert_eq!(invalid().await, tokens["tokens"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotence_key_gets_the_same_session_for_a_day_whatever_the_payload_is() {
    let hub = TestHub::build().await;
    let server = Server::of(&hub.merchant);
    let path = server.path("/sessions");
    let began = hub.clock().now().as_millis();
    let first = server.post_with_key(&path, &json!({"tokens": ["a"]}), "key, 1").await.expect(200);
    assert!(!first.headers.contains_key("x-gcs-idempotence-request-timestamp"));
    assert_eq!(first.body["invalidTokens"], json!(["a"]));
    for (hours, body) in
        [(0, json!({"tokens": ["a"]})), (3, json!({})), (20, json!({"tokens": ["b", "c"]})), (0, json!({"tokens": 5}))]
    {
        hub.clock().advance(Duration::from_hours(hours));
        let again = server.post_with_key(&path, &body, "key, 1").await.expect(200);
        assert_eq!(again.body, first.body);
        let since = again.headers["x-gcs-idempotence-request-timestamp"].to_str().unwrap().parse::<i64>().unwrap();
        assert!((began..began + 60_000).contains(&since), "{since}, and it began at {began}");
    }
    let other = server.post_with_key(&path, &json!({}), "key, 2").await.expect(200);
    assert_ne!(other.body["clientSessionId"], first.body["clientSessionId"]);
    let stranger = Server::of(&hub.another_merchant().await);
    let theirs = stranger.post_with_key(&stranger.path("/sessions"), &json!({}), "key, 1").await.expect(200);
    assert_ne!(theirs.body["clientSessionId"], first.body["clientSessionId"]);
    hub.clock().advance(Duration::from_hours(2));
    let new = server.post_with_key(&path, &json!({}), "key, 1").await.expect(200);
    assert!(!new.headers.contains_key("x-gcs-idempotence-request-timestamp"));
    assert_ne!(new.body["customerId"], first.body["customerId"]);
    assert_ne!(new.body["clientSessionId"], first.body["clientSessionId"]);
    // The new one is remembered in turn, and the first one never comes back.
    hub.clock().advance(Duration::from_hours(23));
    assert_eq!(server.post_with_key(&path, &json!({}), "key, 1").await.expect(200).body, new.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_with_the_place_of_each_problem() {
    let hub = TestHub::build().await;
    let server = Server::of(&hub.merchant);
    let stored = hub.everything_stored().await.len();
    let body = json!({"tokens": [7], "paymentProductFilters": {"exclude": {"products": ["1"], "groups": "cards"}}});
    let refused = server.makes_session(&body).await.expect(400);
    let errors = refused.body["errors"].as_array().unwrap();
    let places: Vec<&Value> = errors.iter().map(|error| &error["propertyName"]).collect();
    assert_eq!(
        places,
        ["paymentProductFilters.exclude.groups", "paymentProductFilters.exclude.products[0]", "tokens[0]"]
    );
    let first = &errors[0];
    assert_eq!((&first["code"], &first["id"]), (&json!("1099"), &json!("INVALID_VALUE")));
    assert_eq!(first["category"], "CONNECT_PLATFORM_ERROR");
    assert_eq!(first["requestId"], refused.body["errorId"]);
    for body in ["{", "[]", "{\"tokens\":[],\"tokens\":[]}"] {
        let refused = server.send(Method::POST, &server.path("/sessions"), &[], Some(body.to_owned())).await;
        assert_eq!(error(&refused), (400, "1099"), "{body}");
        assert!(refused.body["errors"][0].get("propertyName").is_none(), "{}", refused.body);
    }
    for key in ["", &"k".repeat(256)] {
        let refused = server.post_with_key(&server.path("/sessions"), &json!({}), key).await;
        assert_eq!(error(&refused), (400, "1099"), "{key}");
        assert_eq!(refused.text("/errors/0/propertyName"), "X-GCS-Idempotence-Key");
    }
    // Within the bound of a body, and above that of what is stored.
    let tokens: Vec<String> = (0..100).map(|token| format!("{token}{}", "x".repeat(700))).collect();
    let refused = server.makes_session(&json!({"tokens": tokens})).await;
    assert_eq!(error(&refused), (400, "1099"));
    assert!(refused.text("/errors/0/message").ends_with("must not be larger than 65536 bytes"), "{}", refused.body);
    let large = json!({"tokens": ["x".repeat(300_000)]});
    assert_eq!(error(&server.makes_session(&large).await), (413, "1099"));
    assert_eq!(hub.everything_stored().await.len(), stored);
    // No body at all is an empty one.
    server.send(Method::POST, &server.path("/sessions"), &[], None).await.assert_status(200);
}

/// A token that is none is stored and sent back, and so is a group that is none: the number of a card never is.
#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_a_card_is_no_token_and_no_group() {
    let hub = TestHub::build().await;
    let server = Server::of(&hub.merchant);
    let stored = hub.everything_stored().await.len();
    let number = "4929 5646 3798 7814";
    for (body, place) in [
        (json!({"tokens": ["a", APPROVED]}), "tokens[1]"),
        (json!({"tokens": [format!("card {number}")]}), "tokens[0]"),
        (
            json!({"paymentProductFilters": {"exclude": {"groups": [APPROVED]}}}),
            "paymentProductFilters.exclude.groups[0]",
        ),
        (
            json!({"paymentProductFilters": {"restrictTo": {"groups": [number]}}}),
            "paymentProductFilters.restrictTo.groups[0]",
        ),
    ] {
        let refused = server.makes_session(&body).await;
        assert_eq!((error(&refused), refused.text("/errors/0/propertyName")), ((400, "1099"), place));
        assert!(!refused.body.to_string().contains("4929"), "{}", refused.body);
    }
    assert_eq!(hub.everything_stored().await.len(), stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_is_not_found_in_the_dialect_of_its_caller() {
    let hub = TestHub::build().await;
    let server = Server::of(&hub.merchant);
    let path = server.path("/services/convert/amount");
    let refused = server.get(&path).await;
    assert_eq!(error(&refused), (404, "404"));
    assert!(refused.text("/errors/0/message").contains(&path), "{}", refused.body);
    let page = [("Authorization".to_owned(), "GCS v1Client:f084372052fb47d9a766ec35bfa0e6bd".to_owned())];
    for path in [
        "/products/809/directory?countryCode=NL&currencyCode=EUR",
        "/products/302/networks",
        "/services/convert/amount?source=USD&target=EUR&amount=1000",
        "/services/privacypolicy",
        "/payments/1/thirdpartystatus",
    ] {
        let path = format!("/client/v1/{}-0{path}", hub.merchant.id);
        assert_eq!(error(&server.send_as_is(Method::GET, &path, &page, None).await), (404, "404"), "{path}");
    }
    let malgas = hub.merchant.get("/client/v1/x/services/privacypolicy").await.expect(404);
    assert_eq!(malgas.text("/error/type"), "entity_not_found");
}
