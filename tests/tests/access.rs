//! Who may do what: every route, with every kind of key.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap, or finds nothing where it looks, has failed"
)]

use std::time::Duration;

use reqwest::Method;
use seal::digest;
use serde_json::{Value, json};
use tests::{
    Answer, Client, TestHub,
    order::Order,
    samples::{APPROVED, by_card, card, card_charge, session, with},
};

/// Somebody at the door.
struct Caller {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// One way to ask the hub for something, and what it answers to whom.
struct Door {
    method: Method,
    path: String,
    body: Option<Value>,
    /// To the account's secret key.
    answers: u16,
    /// Whether a session's own key opens it.
    is_sessions_own: bool,
}

/// Every route of the template, for an account with one reserved charge and the session `order`.
fn doors(client: &Client, order: &Order, charge: &str) -> Vec<Door> {
    let door = |method, path: String, body, answers| Door { method, path, body, answers, is_sessions_own: false };
    let own = |method, path: String, body, answers| Door { method, path, body, answers, is_sessions_own: true };
    vec![
        door(Method::POST, "/v1/charges".to_owned(), Some(card_charge(&client.merchant_id, APPROVED)), 201),
        door(Method::GET, "/v1/charges".to_owned(), None, 200),
        door(Method::GET, format!("/v1/charges/{charge}"), None, 200),
        door(Method::POST, format!("/v1/charges/{charge}/capture"), Some(json!({})), 201),
        door(Method::POST, format!("/v1/charges/{charge}/void"), Some(json!({"amount": 1})), 201),
        door(Method::POST, format!("/v1/charges/{charge}"), Some(json!({"status": "charged_back"})), 200),
        // Nobody has analysed it.
        door(Method::PATCH, format!("/v1/charges/{charge}/antifraud"), Some(json!({"status": "approved"})), 400),
        door(Method::POST, "/v1/sessions".to_owned(), Some(session(&client.merchant_id)), 201),
        door(Method::GET, "/v1/sessions".to_owned(), None, 200),
        door(Method::PATCH, order.path(""), Some(json!({"isActive": true})), 200),
        door(Method::POST, "/v1/tokens".to_owned(), Some(card(APPROVED)), 201),
        own(Method::GET, order.path(""), None, 200),
        own(Method::POST, order.path("/charge"), Some(by_card(APPROVED)), 201),
        door(Method::POST, order.path("/cancel"), None, 409),
    ]
}

/// A charge that only reserves.
fn reserving(client: &Client) -> Value {
    with(card_charge(&client.merchant_id, APPROVED), "/capture", json!(false))
}

async fn knock(client: &Client, door: &Door, headers: &[(&'static str, String)]) -> Answer {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = door.body.as_ref().map(|body| body.to_string().into_bytes());
    client.send_with(door.method.clone(), &door.path, &headers, body).await.unwrap()
}

fn with_keys(name: &'static str, client: &str, key: &str) -> Caller {
    Caller { name, headers: vec![("x-client-id", client.to_owned()), ("x-api-key", key.to_owned())] }
}

#[track_caller]
fn assert_forbidden(answer: &Answer, who: &str, door: &Door) {
    let forbidden = (403, &json!({"message": "Forbidden"}));
    assert_eq!((answer.status, &answer.body), forbidden, "{who}: {} {}", door.method, door.path);
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_that_opens_it_every_route_is_forbidden() {
    let hub = TestHub::build().await;
    let (client, stranger) = (&hub.client, hub.another_client().await);
    let charge = client.post("/v1/charges", &reserving(client)).await.expect(201);
    let order = Order::create(client, &session(&client.merchant_id)).await;
    let other = Order::create(client, &session(&client.merchant_id)).await;
    let theirs = Order::create(&stranger, &session(&stranger.merchant_id)).await;
    let (stored, asked) = (hub.everything_stored().await.len(), hub.bank.operations());

    let (id, key) = (client.client_id.as_str(), client.api_key.as_str());
    let nobodies = [
        Caller { name: "no headers", headers: Vec::new() },
        Caller { name: "no key", headers: vec![("x-client-id", id.to_owned())] },
        Caller { name: "no account", headers: vec![("x-api-key", key.to_owned())] },
        with_keys("an empty key", id, ""),
        with_keys("a wrong key", id, "sk_wrong"),
        with_keys("a key with a space behind", id, &format!("{key}x")),
        with_keys("the key's digest", id, &digest(key)),
        with_keys("an account that is no id", "me", key),
        with_keys("an account that does not exist", "00000000-0000-4000-8000-000000000000", key),
        with_keys("another account's id and the own key", &stranger.client_id, key),
        with_keys("the own id and another account's key", id, &stranger.api_key),
        with_keys("another session's key", id, &other.key),
        with_keys("the key of another account's session", id, &theirs.key),
        with_keys("the session's key under another account's id", &stranger.client_id, &order.key),
    ];
    let tried = doors(client, &order, charge.text("/id"));
    let others = other_doors(&tried, &order, charge.text("/id"));
    for door in tried.into_iter().chain(others) {
        let is_same_registration = is_same_registration(&door);
        for caller in nobodies.iter().filter(|caller| !(is_same_registration && caller.name == "another session's key"))
        {
            assert_forbidden(&knock(client, &door, &caller.headers).await, caller.name, &door);
        }
        if !door.is_sessions_own && !is_same_registration {
            let caller = with_keys("the session's key", id, &order.key);
            assert_forbidden(&knock(client, &door, &caller.headers).await, caller.name, &door);
        }
    }
    assert_eq!((hub.everything_stored().await.len(), hub.bank.operations()), (stored, asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_key_opens_every_route_and_the_sessions_key_its_own() {
    let hub = TestHub::build().await;
    let client = &hub.client;
    let charge = client.post("/v1/charges", &reserving(client)).await.expect(201);
    let order = Order::create(client, &session(&client.merchant_id)).await;
    let secret = with_keys("the secret key", &client.client_id, &client.api_key);
    for door in doors(client, &order, charge.text("/id")) {
        knock(client, &door, &secret.headers).await.assert_status(door.answers);
    }
    let order = Order::create(client, &session(&client.merchant_id)).await;
    let own = with_keys("the session's key", &client.client_id, &order.key);
    for door in doors(client, &order, charge.text("/id")).iter().filter(|door| door.is_sessions_own) {
        knock(client, door, &own.headers).await.assert_status(door.answers);
    }
    // Header names have no case.
    let shouted = [("X-CLIENT-ID", client.client_id.as_str()), ("X-Api-Key", client.api_key.as_str())];
    client.send_with(Method::GET, "/v1/charges", &shouted, None).await.unwrap().assert_status(200);
}

/// What a session's key opens without naming its session.
fn is_same_registration(door: &Door) -> bool {
    ["/v1/sessions/tokens", "/v1/sessions/cards", "/v1/sessions/customers"]
        .iter()
        .any(|twin| door.path.starts_with(twin))
}

/// Every other route of the template that wants a key, so that none can be left out. Those that want none are few: a
/// merchant's logo, and the addresses at which providers call and to which they send browsers.
fn other_doors(tried: &[Door], order: &Order, charge: &str) -> Vec<Door> {
    use catraca::template::{TEXT, Template};
    let tried: Vec<String> = tried
        .iter()
        .map(|door| format!("{} {}", door.method, door.path.replace(&order.id, "{id}").replace(charge, "{id}")))
        .collect();
    let routes = Template::parse(TEXT).unwrap().routes;
    assert!(tried.iter().all(|door| routes.iter().any(|route| *door == format!("{} {}", route.method, route.path))));
    let is_open = |path: &str| path == "/v1/settings/logo/{id}" || path.starts_with("/v1/callbacks/");
    let others = routes
        .into_iter()
        .filter(|route| !tried.contains(&format!("{} {}", route.method, route.path)) && !is_open(&route.path));
    others
        .map(|route| Door {
            method: route.method.parse().unwrap(),
            path: if route.path == "/v1/sessions/{id}/link" {
                order.path("/link")
            } else {
                route.path.replace("{id}", charge)
            },
            body: Some(json!({})),
            answers: 0,
            is_sessions_own: route.path == "/v1/sessions/{id}/link",
        })
        .collect()
}

/// A public key of the account with these scopes, for so many seconds; 0 is for ever.
async fn public_key(hub: &TestHub, scopes: &[&str], seconds: u64) -> Client {
    let scope = if scopes == ["*"] { json!("*") } else { json!(scopes) };
    let made = hub.client.post("/v1/auth", &json!({"scope": scope, "expires": seconds})).await.expect(201);
    hub.client.with_key(made.text("/publicKey"))
}

/// Whether a public key with this scope opens the door.
fn is_opened_by(scope: &str, door: &Door) -> bool {
    match scope {
        "charges" => match door.path.strip_prefix("/v1/charges") {
            Some("") => door.method == Method::POST,
            // What was made it may read, and nothing more.
            Some(_) => door.method == Method::GET,
            None => false,
        },
        "tokens" => door.path == "/v1/tokens",
        "sessions" => door.path.starts_with("/v1/sessions"),
        "*" => ["charges", "tokens", "sessions"].iter().any(|scope| is_opened_by(scope, door)),
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_does_what_its_scopes_say_and_no_more() {
    let hub = TestHub::build().await;
    let charge = hub.client.post("/v1/charges", &reserving(&hub.client)).await.expect(201);
    for scopes in
        [vec!["charges"], vec!["tokens"], vec!["customers", "tokens", "charges"], vec!["*"], vec!["sessions", "cards"]]
    {
        let order = Order::create(&hub.client, &session(&hub.client.merchant_id)).await;
        let caller = public_key(&hub, &scopes, 0).await;
        let headers = with_keys("-", &caller.client_id, &caller.api_key).headers;
        for door in doors(&hub.client, &order, charge.text("/id")) {
            let answer = knock(&caller, &door, &headers).await;
            if scopes.iter().any(|scope| is_opened_by(scope, &door)) {
                let expected = if door.path.ends_with("/cancel") { [201, 409] } else { [door.answers; 2] };
                assert!(expected.contains(&answer.status), "{scopes:?} {} {}", door.method, door.path);
            } else {
                assert_forbidden(&answer, &format!("{scopes:?}"), &door);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_ends_when_it_expires_and_belongs_to_one_account() {
    let hub = TestHub::build().await;
    let hour = public_key(&hub, &["tokens"], 3600).await;
    let stranger = hub.another_client().await;
    let forbidden = json!({"message": "Forbidden"});
    let mut elsewhere = hour.clone();
    elsewhere.client_id = stranger.client_id;
    assert_eq!(elsewhere.post("/v1/tokens", &card(APPROVED)).await.expect(403).body, forbidden);
    hour.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    hub.clock().advance(Duration::from_mins(59));
    hour.post("/v1/tokens", &card(APPROVED)).await.assert_status(201);
    hub.clock().advance(Duration::from_mins(1));
    assert_eq!(hour.post("/v1/tokens", &card(APPROVED)).await.expect(403).body, forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_is_not_found_whoever_asks() {
    let hub = TestHub::build().await;
    for headers in [Vec::new(), with_keys("-", &hub.client.client_id, &hub.client.api_key).headers] {
        for (method, path) in [
            (Method::GET, "/v1/charge"),
            (Method::DELETE, "/v1/charges"),
            (Method::POST, "/v1/sessions/"),
            (Method::GET, "/"),
            (Method::GET, "/v1/charges/a/b/c"),
        ] {
            let door = Door { method, path: path.to_owned(), body: None, answers: 404, is_sessions_own: false };
            let answer = knock(&hub.client, &door, &headers).await.expect(404);
            assert_eq!(answer.text("/error/type"), "entity_not_found");
            assert_eq!(answer.body["error"]["code"], 404);
        }
    }
}
