//! Which key opens which route, and which customers a shopper may read.

use reqwest::Method;
use serde_json::json;
use tests::{
    TestHub,
    samples::{APPROVED, by_pix, pix_charge, session, with},
};

use crate::{UNKNOWN_ID, assert_unknown, card, create, customer, other, public_key, shopper};

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_key_opens_its_routes() {
    let hub = TestHub::build().await;
    let id = create(&hub.merchant, &customer()).await;
    let card = card(&hub.merchant, APPROVED).await;
    let (secret, public) = (hub.merchant.clone(), public_key(&hub.merchant, "customers").await);
    let (charges, shopper) = (public_key(&hub.merchant, "charges").await, shopper(&hub.merchant).await);
    let wrong = hub.merchant.with_key("sk_wrong");
    let stranger = hub.another_merchant().await.with_key(&hub.merchant.api_key);
    let body = |route: &str| match route {
        "create" => {
            Some(with(with(other(), "/email", json!("k@example.com")), "/document", json!({"type": "noDocument"})))
        }
        "patch" => Some(json!({"phoneNumber": "2"})),
        "link" => Some(json!({"cardId": card})),
        _ => None,
    };
    let paths = [
        ("create", Method::POST, "/v1/customers?force=true".to_owned(), [true, true, false]),
        ("list", Method::GET, "/v1/customers".to_owned(), [true, false, false]),
        ("show", Method::GET, format!("/v1/customers/{id}"), [true, false, false]),
        ("patch", Method::PATCH, format!("/v1/customers/{id}"), [true, false, false]),
        ("link", Method::POST, format!("/v1/customers/{id}/cards"), [true, true, false]),
        ("cards", Method::GET, format!("/v1/customers/{id}/cards"), [true, false, false]),
        ("create", Method::POST, "/v1/sessions/customers?force=true".to_owned(), [true, false, true]),
        ("show", Method::GET, format!("/v1/sessions/customers/{id}"), [true, false, true]),
        ("link", Method::POST, format!("/v1/sessions/customers/{id}/cards"), [true, false, true]),
        ("cards", Method::GET, format!("/v1/sessions/customers/{id}/cards"), [true, false, true]),
        ("delete", Method::DELETE, format!("/v1/customers/{id}"), [true, false, false]),
    ];
    for (what, method, path, may) in paths {
        let keys = [
            (&charges, false),
            (&wrong, false),
            (&stranger, false),
            (&shopper, may[2]),
            (&public, may[1]),
            (&secret, may[0]),
        ];
        for (number, (merchant, may)) in keys.into_iter().enumerate() {
            let bytes = body(what).map(|body| body.to_string().into_bytes());
            let answer = merchant.send(method.clone(), &path, bytes, None).await.unwrap();
            let (status, body) = (answer.status, answer.body);
            assert_eq!(status != 403, may, "{what} {path} by key {number}: {status} {body}");
            if !may {
                assert_eq!(body, json!({"message": "Forbidden"}));
            } else if what != "create" && number != 5 {
                assert_eq!(status, 404, "{what} {path} by key {number}: the customer is the account's");
            } else {
                assert!(status < 400, "{what} {path} by key {number}: {status} {body}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_reads_the_customers_that_its_own_session_registered() {
    let hub = TestHub::build().await;
    let (mine, theirs) = (shopper(&hub.merchant).await, shopper(&hub.merchant).await);
    let made = mine.post("/v1/sessions/customers?force=true", &customer()).await.expect(201);
    let path = format!("/v1/sessions/customers/{}", made.text("/id"));
    assert_eq!(mine.get(&path).await.expect(200).body, made.body);
    let _ = hub.merchant.get(&format!("/v1/customers/{}", made.text("/id"))).await.expect(200);
    let card = card(&hub.merchant, APPROVED).await;
    let linking = json!({"cardId": card});
    assert_unknown(&theirs.get(&path).await);
    assert_unknown(&theirs.get(&format!("{path}/cards")).await);
    assert_unknown(&theirs.post(&format!("{path}/cards"), &linking).await);
    // The card is the account's.
    let _ = mine.post(&format!("{path}/cards"), &linking).await.expect(404);
    assert_eq!(mine.get(&format!("{path}/cards")).await.expect(200).body, json!([]));

    // Of a customer that the merchant registered it knows nothing, unless the merchant names it in the session.
    let registered = create(&hub.merchant, &other()).await;
    for id in [registered.as_str(), UNKNOWN_ID] {
        assert_unknown(&mine.get(&format!("/v1/sessions/customers/{id}")).await);
        assert_unknown(&mine.get(&format!("/v1/sessions/customers/{id}/cards")).await);
    }
    // Only the merchant reads a customer that a payment created.
    let pix = with(pix_charge(&hub.merchant.id), "/paymentSource/customer/document/number", json!("11111111111"));
    let charge = hub.merchant.creates_charge(&pix).await;
    let inline = format!("/v1/sessions/customers/{}", charge.text("/paymentSource/customerId"));
    assert_unknown(&mine.get(&inline).await);
    let _ = hub.merchant.get(&inline).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_learns_nothing_of_others_by_creating_a_customer() {
    let hub = TestHub::build().await;
    let first = create(&hub.merchant, &customer()).await;
    let (one, two) = (shopper(&hub.merchant).await, shopper(&hub.merchant).await);
    for merchant in [&one, &two] {
        let made = merchant.post("/v1/sessions/customers", &customer()).await.expect(201);
        assert_ne!(made.text("/id"), first);
    }
    // Two shoppers may use the same idempotency key.
    let (a, b) = (
        one.post_with_key("/v1/sessions/customers?force=true", &other(), "1").await.expect(201),
        two.post_with_key("/v1/sessions/customers?force=true", &other(), "1").await.expect(201),
    );
    assert_ne!(a.text("/id"), b.text("/id"));
    let again = one.post_with_key("/v1/sessions/customers?force=true", &other(), "1").await.expect(201);
    assert!(again.is_replay());
    assert_eq!(again.body, a.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_routes_of_sessions_are_not_taken_for_sessions() {
    let hub = TestHub::build().await;
    let shopper = shopper(&hub.merchant).await;
    // `customers` is not the id of a session.
    let _ = hub.merchant.get("/v1/sessions/customers").await.expect(400);
    let _ = shopper.post("/v1/sessions/customers?force=true", &customer()).await.expect(201);
    let paid = hub.merchant.post("/v1/sessions", &session(&hub.merchant.id)).await.expect(201);
    let shopper = hub.merchant.with_key(paid.text("/publicKey"));
    let _ = shopper.post(&format!("/v1/sessions/{}/charge", paid.text("/id")), &by_pix()).await.expect(201);
}
