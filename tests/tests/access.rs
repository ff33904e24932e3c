//! Access: every route, with every kind of key.

use std::time::Duration;

use reqwest::Method;
use seal::digest;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    samples::{APPROVED, by_card, card, card_charge, session, with},
    session::Session,
};

/// A caller, by the headers that it sends.
struct Caller {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// A request to one route, and the keys that open it.
struct Request {
    method: Method,
    path: String,
    body: Option<Value>,
    /// The status for the account's secret key.
    answers: u16,
    /// Whether the session's own key opens it.
    is_sessions_own: bool,
}

/// Every route of the template, for an account with one reserved charge and the session `order`.
fn requests(merchant: &Merchant, order: &Session, charge: &str) -> Vec<Request> {
    let secret = |method, path: String, body, answers| Request { method, path, body, answers, is_sessions_own: false };
    let own = |method, path: String, body, answers| Request { method, path, body, answers, is_sessions_own: true };
    vec![
        secret(Method::POST, "/v1/charges".to_owned(), Some(card_charge(&merchant.id, APPROVED)), 201),
        secret(Method::GET, "/v1/charges".to_owned(), None, 200),
        secret(Method::GET, format!("/v1/charges/{charge}"), None, 200),
        secret(Method::POST, format!("/v1/charges/{charge}/capture"), Some(json!({})), 201),
        secret(Method::POST, format!("/v1/charges/{charge}/void"), Some(json!({"amount": 1})), 201),
        secret(Method::POST, format!("/v1/charges/{charge}"), Some(json!({"status": "charged_back"})), 200),
        // The charge has no fraud analysis.
        secret(Method::PATCH, format!("/v1/charges/{charge}/antifraud"), Some(json!({"status": "approved"})), 400),
        secret(Method::POST, "/v1/sessions".to_owned(), Some(session(&merchant.id)), 201),
        secret(Method::GET, "/v1/sessions".to_owned(), None, 200),
        secret(Method::PATCH, order.path(""), Some(json!({"isActive": true})), 200),
        secret(Method::POST, "/v1/tokens".to_owned(), Some(card(APPROVED)), 201),
        own(Method::GET, order.path(""), None, 200),
        own(Method::POST, order.path("/charge"), Some(by_card(APPROVED)), 201),
        secret(Method::POST, order.path("/cancel"), None, 409),
    ]
}

/// A charge that only reserves.
fn reserving(merchant: &Merchant) -> Value {
    with(card_charge(&merchant.id, APPROVED), "/capture", json!(false))
}

async fn send(merchant: &Merchant, request: &Request, headers: &[(&'static str, String)]) -> Answer {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = request.body.as_ref().map(|body| body.to_string().into_bytes());
    merchant.send_with(request.method.clone(), &request.path, &headers, body).await.unwrap()
}

fn with_keys(name: &'static str, client: &str, key: &str) -> Caller {
    Caller { name, headers: vec![("x-client-id", client.to_owned()), ("x-api-key", key.to_owned())] }
}

#[track_caller]
fn assert_forbidden(answer: &Answer, who: &str, request: &Request) {
    let forbidden = (403, &json!({"message": "Forbidden"}));
    assert_eq!((answer.status, &answer.body), forbidden, "{who}: {} {}", request.method, request.path);
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_that_opens_it_every_route_is_forbidden() {
    let hub = TestHub::build().await;
    let (merchant, stranger) = (&hub.merchant, hub.another_merchant().await);
    let charge = merchant.creates_charge(&reserving(merchant)).await;
    let order = merchant.creates_session(&session(&merchant.id)).await;
    let other = merchant.creates_session(&session(&merchant.id)).await;
    let theirs = stranger.creates_session(&session(&stranger.id)).await;
    let (stored, asked) = (hub.everything_stored().await.len(), hub.bank.operations());

    let (id, key) = (merchant.client_id.as_str(), merchant.api_key.as_str());
    let callers = [
        Caller { name: "no headers", headers: Vec::new() },
        Caller { name: "no key", headers: vec![("x-client-id", id.to_owned())] },
        Caller { name: "no account", headers: vec![("x-api-key", key.to_owned())] },
        with_keys("an empty key", id, ""),
        with_keys("a wrong key", id, "sk_wrong"),
        with_keys("a key with another character at the end", id, &format!("{key}x")),
        with_keys("the key's digest", id, &digest(key)),
        with_keys("an account that is no id", "me", key),
        with_keys("an account that does not exist", "00000000-0000-4000-8000-000000000000", key),
        with_keys("another account's id and the own key", &stranger.client_id, key),
        with_keys("the own id and another account's key", id, &stranger.api_key),
        with_keys("another session's key", id, &other.key),
        with_keys("the key of another account's session", id, &theirs.key),
        with_keys("the session's key under another account's id", &stranger.client_id, &order.key),
    ];
    let secret_requests = requests(merchant, &order, charge.text("/id"));
    let others = other_requests(&secret_requests, &order, charge.text("/id"));
    for request in secret_requests.into_iter().chain(others) {
        let is_same_registration = is_same_registration(&request);
        for caller in callers.iter().filter(|caller| !(is_same_registration && caller.name == "another session's key"))
        {
            assert_forbidden(&send(merchant, &request, &caller.headers).await, caller.name, &request);
        }
        if !request.is_sessions_own && !is_same_registration {
            let caller = with_keys("the session's key", id, &order.key);
            assert_forbidden(&send(merchant, &request, &caller.headers).await, caller.name, &request);
        }
    }
    assert_eq!((hub.everything_stored().await.len(), hub.bank.operations()), (stored, asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_key_opens_every_route_and_the_sessions_key_its_own() {
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let charge = merchant.creates_charge(&reserving(merchant)).await;
    let order = merchant.creates_session(&session(&merchant.id)).await;
    let secret = with_keys("the secret key", &merchant.client_id, &merchant.api_key);
    for request in requests(merchant, &order, charge.text("/id")) {
        send(merchant, &request, &secret.headers).await.assert_status(request.answers);
    }
    let order = merchant.creates_session(&session(&merchant.id)).await;
    let own = with_keys("the session's key", &merchant.client_id, &order.key);
    for request in requests(merchant, &order, charge.text("/id")).iter().filter(|request| request.is_sessions_own) {
        send(merchant, request, &own.headers).await.assert_status(request.answers);
    }
    // Header names have no case.
    let shouted = [("X-CLIENT-ID", merchant.client_id.as_str()), ("X-Api-Key", merchant.api_key.as_str())];
    merchant.send_with(Method::GET, "/v1/charges", &shouted, None).await.unwrap().assert_status(200);
}

/// The routes that a session key opens without the session's id.
fn is_same_registration(request: &Request) -> bool {
    ["/v1/sessions/tokens", "/v1/sessions/cards", "/v1/sessions/customers"]
        .iter()
        .any(|prefix| request.path.starts_with(prefix))
}

/// Every other route of the template that requires a key, so that none is left out. Only a merchant's logo, the image of
/// a charge, the pages of the checkout, and the addresses for providers and their browsers require none.
fn other_requests(known: &[Request], order: &Session, charge: &str) -> Vec<Request> {
    use aws_local::template::{TEXT, Template};
    let known: Vec<String> = known
        .iter()
        .map(|request| {
            format!("{} {}", request.method, request.path.replace(&order.id, "{id}").replace(charge, "{id}"))
        })
        .collect();
    let mut routes = Template::parse(TEXT).unwrap().routes;
    // Those of Worldline's dialect are walked in tests/worldline.
    routes.retain(|route| route.function.name != "worldline");
    assert!(
        known.iter().all(|request| routes.iter().any(|route| *request == format!("{} {}", route.method, route.path)))
    );
    let open = ["/v1/settings/logo/{id}", "/v1/charges/{id}/image/{signature}"];
    let is_open = |path: &str| {
        open.contains(&path) || ["/v1/callbacks/", "/pay/", "/checkout/"].iter().any(|start| path.starts_with(start))
    };
    let is_own = |route: &str| {
        ["GET /v1/sessions/{id}/link", "GET /v1/sessions/{id}/status", "GET /v1/sessions/{id}/charge"].contains(&route)
    };
    let others = routes
        .into_iter()
        .filter(|route| !known.contains(&format!("{} {}", route.method, route.path)) && !is_open(&route.path));
    others
        .map(|route| {
            let is_sessions_own = is_own(&format!("{} {}", route.method, route.path));
            Request {
                method: route.method.parse().unwrap(),
                path: route.path.replace("{id}", if is_sessions_own { &order.id } else { charge }),
                body: Some(json!({})),
                answers: 0,
                is_sessions_own,
            }
        })
        .collect()
}

/// A public key of the account with these scopes, for so many seconds; 0 never expires.
async fn public_key(hub: &TestHub, scopes: &[&str], seconds: u64) -> Merchant {
    let scope = if scopes == ["*"] { json!("*") } else { json!(scopes) };
    let made = hub.merchant.post("/v1/auth", &json!({"scope": scope, "expires": seconds})).await.expect(201);
    hub.merchant.with_key(made.text("/publicKey"))
}

/// Whether a public key with this scope opens the route of the request.
fn is_opened_by(scope: &str, request: &Request) -> bool {
    match scope {
        "charges" => match request.path.strip_prefix("/v1/charges") {
            Some("") => request.method == Method::POST,
            // The key may read a charge, and nothing more.
            Some(_) => request.method == Method::GET,
            None => false,
        },
        "tokens" => request.path == "/v1/tokens",
        "sessions" => request.path.starts_with("/v1/sessions"),
        "*" => ["charges", "tokens", "sessions"].iter().any(|scope| is_opened_by(scope, request)),
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_does_what_its_scopes_say_and_no_more() {
    let hub = TestHub::build().await;
    for scopes in
        [vec!["charges"], vec!["tokens"], vec!["customers", "tokens", "charges"], vec!["*"], vec!["sessions", "cards"]]
    {
        let caller = public_key(&hub, &scopes, 0).await;
        // A key opens what was made with it.
        let maker = |scope| if scopes.contains(&scope) || scopes == ["*"] { &caller } else { &hub.merchant };
        let order = maker("sessions").creates_session(&session(&hub.merchant.id)).await;
        let charge = maker("charges").creates_charge(&reserving(&hub.merchant)).await;
        let headers = with_keys("-", &caller.client_id, &caller.api_key).headers;
        for request in requests(&hub.merchant, &order, charge.text("/id")) {
            let answer = send(&caller, &request, &headers).await;
            if scopes.iter().any(|scope| is_opened_by(scope, &request)) {
                let expected = if request.path.ends_with("/cancel") { [201, 409] } else { [request.answers; 2] };
                assert!(expected.contains(&answer.status), "{scopes:?} {} {}", request.method, request.path);
            } else {
                assert_forbidden(&answer, &format!("{scopes:?}"), &request);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_ends_when_it_expires_and_belongs_to_one_account() {
    let hub = TestHub::build().await;
    let hour = public_key(&hub, &["tokens"], 3600).await;
    let stranger = hub.another_merchant().await;
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
async fn an_unknown_route_is_not_found_with_any_key() {
    let hub = TestHub::build().await;
    for headers in [Vec::new(), with_keys("-", &hub.merchant.client_id, &hub.merchant.api_key).headers] {
        for (method, path) in [
            (Method::GET, "/v1/charge"),
            (Method::DELETE, "/v1/charges"),
            (Method::POST, "/v1/sessions/"),
            (Method::GET, "/"),
            (Method::GET, "/v1/charges/a/b/c"),
        ] {
            let request = Request { method, path: path.to_owned(), body: None, answers: 404, is_sessions_own: false };
            let answer = send(&hub.merchant, &request, &headers).await.expect(404);
            assert_eq!(answer.text("/error/type"), "entity_not_found");
            assert_eq!(answer.body["error"]["code"], 404);
        }
    }
}
