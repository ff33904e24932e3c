//! A merchant: it calls the public API, and checks every answer against `openapi.json`.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use domain::method::PaymentType;
use jsonschema::Validator;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use serde_json::{Value, json};

use crate::{
    samples::{capture_path, charge_by, open_session, reservation, void_path, with},
    session::Session,
    shopper::Shopper,
};

/// The committed description of the API.
static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../shared/wire/openapi.json")).unwrap());

/// The validators of its schemas, each made once.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null where it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The field at a JSON pointer, as text; empty where there is none.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether this is an idempotent replay.
    #[must_use]
    pub fn is_replay(&self) -> bool {
        self.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
    }

    /// Fails where the answer has another status.
    #[track_caller]
    pub fn assert_status(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.body);
    }

    /// The answer itself, if it has this status.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        self.assert_status(status);
        self
    }
}

/// A merchant, who calls with one account's keys.
#[derive(Clone, Debug)]
pub struct Merchant {
    http: reqwest::Client,
    url: String,
    /// `X-Client-Id`.
    pub client_id: String,
    /// `X-Api-Key`.
    pub api_key: String,
    /// The merchant's id.
    pub id: String,
    /// The key with which its server signs requests of Worldline's API: id and secret.
    pub server_key: (String, String),
}

impl Merchant {
    /// A merchant who calls the hub at `url`.
    #[must_use]
    pub fn new(url: &str, client_id: &str, api_key: &str, id: &str) -> Self {
        // The error is another caller that has installed the same crypto provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            http,
            url: url.to_owned(),
            client_id: client_id.to_owned(),
            api_key: api_key.to_owned(),
            id: id.to_owned(),
            server_key: (String::new(), String::new()),
        }
    }

    /// The same merchant, whose server signs with this key: id and secret.
    #[must_use]
    pub fn with_server_key(&self, id: &str, secret: &str) -> Self {
        Self { server_key: (id.to_owned(), secret.to_owned()), ..self.clone() }
    }

    /// The same merchant with another key: one of its public keys, or the key of one of its sessions.
    #[must_use]
    pub fn with_key(&self, api_key: &str) -> Self {
        Self { api_key: api_key.to_owned(), ..self.clone() }
    }

    /// The same merchant, calling from another address of this machine.
    #[must_use]
    pub fn from_address(&self, address: IpAddr) -> Self {
        let http = reqwest::Client::builder().no_proxy().local_address(address).build().unwrap();
        Self { http, ..self.clone() }
    }

    /// The same merchant at another hub, or at one that was started again.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The hub's address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The merchant's shoppers.
    #[must_use]
    pub fn shopper(&self) -> Shopper {
        Shopper::of(self)
    }

    /// Creates a session.
    pub async fn creates_session(&self, body: &Value) -> Session {
        let made = self.post("/v1/sessions", body).await.expect(201);
        Session { id: made.text("/id").to_owned(), key: made.text("/publicKey").to_owned() }
    }

    /// Creates a session of 100 minor units that accepts every payment method.
    pub async fn opens_session(&self) -> Session {
        self.creates_session(&open_session(&self.id)).await
    }

    /// Creates the same session, which the payment in `body` locks. Returns also the id of its charge.
    pub async fn opens_locked_session(&self, body: &Value) -> (Session, String) {
        let session = self.opens_session().await;
        let charge = self.shopper().pays(&session, body).await.expect(201).text("/chargeId").to_owned();
        (session, charge)
    }

    /// Asks to cancel a session.
    pub async fn cancels(&self, session: &Session) -> Answer {
        self.post(&session.path("/cancel"), &Value::Null).await
    }

    /// Asks to enable or disable a session.
    pub async fn switches(&self, session: &Session, is_active: bool) -> Answer {
        self.patch(&session.path(""), &json!({"isActive": is_active})).await
    }

    /// Reads a session.
    pub async fn reads_session(&self, session: &Session) -> Answer {
        self.get(&session.path("")).await.expect(200)
    }

    /// The status of a session.
    pub async fn session_status(&self, session: &Session) -> String {
        self.reads_session(session).await.text("/status").to_owned()
    }

    /// The statuses of a charge and of its session: `canceled, paid`.
    pub async fn sees(&self, session: &Session, charge: &str) -> String {
        format!("{}, {}", self.charge_status(charge).await, self.session_status(session).await)
    }

    /// Creates a charge.
    pub async fn creates_charge(&self, body: &Value) -> Answer {
        self.post("/v1/charges", body).await.expect(201)
    }

    /// Creates a charge, and returns its id.
    pub async fn charges(&self, body: &Value) -> String {
        self.creates_charge(body).await.text("/id").to_owned()
    }

    /// Creates a charge of `amount` minor units, and returns its id. Only a card pays it at once.
    pub async fn charges_by(&self, method: PaymentType, amount: u64) -> String {
        self.charges(&with(charge_by(&self.id, method), "/amount", json!(amount))).await
    }

    /// Creates a pre-authorized charge of `amount` minor units, and returns its id.
    pub async fn reserves(&self, amount: u64) -> String {
        let made = self.creates_charge(&with(reservation(&self.id), "/amount", json!(amount))).await;
        assert_eq!(made.text("/status"), "pre_authorized");
        made.text("/id").to_owned()
    }

    /// Reads a charge.
    pub async fn reads_charge(&self, id: &str) -> Answer {
        self.get(&format!("/v1/charges/{id}")).await.expect(200)
    }

    /// The status of a charge.
    pub async fn charge_status(&self, id: &str) -> String {
        self.reads_charge(id).await.text("/status").to_owned()
    }

    /// Asks to capture a charge.
    pub async fn captures(&self, charge: &str, body: &Value) -> Answer {
        self.post(&capture_path(charge), body).await
    }

    /// Asks to void a charge.
    pub async fn voids(&self, charge: &str, body: &Value) -> Answer {
        self.post(&void_path(charge), body).await
    }

    /// POST with a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string().into_bytes()), None).await.unwrap()
    }

    /// POST with a body and an idempotency key.
    pub async fn post_with_key(&self, path: &str, body: &Value, key: &str) -> Answer {
        self.send(Method::POST, path, Some(body.to_string().into_bytes()), Some(key)).await.unwrap()
    }

    /// POST with these bytes.
    pub async fn post_bytes(&self, path: &str, body: Vec<u8>) -> Answer {
        self.send(Method::POST, path, Some(body), None).await.unwrap()
    }

    /// PATCH with a body.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body.to_string().into_bytes()), None).await.unwrap()
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, None).await.unwrap()
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await.unwrap()
    }

    /// Moves the hub's clock.
    pub async fn advance(&self, seconds: u64) -> Answer {
        self.post("/_local/clock", &json!({"advanceSeconds": seconds})).await
    }

    /// Sends one request as it is; an error where the hub breaks the connection.
    ///
    /// # Errors
    /// What the HTTP client says.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        key: Option<&str>,
    ) -> Result<Answer, reqwest::Error> {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("x-idempotency-key", key)));
        self.send_beside(method, path, &headers, body).await
    }

    /// Sends one request with these headers and the caller's keys.
    ///
    /// # Errors
    /// What the HTTP client says.
    pub async fn send_beside(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, reqwest::Error> {
        let keys = [("x-client-id", self.client_id.as_str()), ("x-api-key", self.api_key.as_str())];
        self.send_bare(method, path, &[&keys, headers].concat(), body).await
    }

    /// Sends one request with a JSON content type and these headers, without the caller's keys.
    ///
    /// # Errors
    /// What the HTTP client says.
    pub async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, reqwest::Error> {
        self.send_bare(method, path, &[&[("content-type", "application/json")], headers].concat(), body).await
    }

    async fn send_bare(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer, reqwest::Error> {
        Ok(self.file(method, path, headers, body).await?.0)
    }

    /// The answer to one request with these headers, and its body byte for byte.
    pub(crate) async fn file(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<(Answer, Vec<u8>), reqwest::Error> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await?.to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        check_against_description(method.as_str(), path, status, &body);
        Ok((Answer { status, headers, body }, bytes))
    }
}

/// Fails where the description does not have this status of this route, or the body does not match its schema.
#[track_caller]
fn check_against_description(method: &str, path: &str, status: u16, body: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(route) = described_route(path) else { return };
    let place = format!("/paths/{}/{}", route.replace('~', "~0").replace('/', "~1"), method.to_lowercase());
    let Some(operation) = DESCRIPTION.pointer(&place) else { return };
    let response = operation.pointer(&format!("/responses/{status}"));
    assert!(response.is_some(), "{method} {route} answered {status}, which openapi.json does not know: {body}");
    let Some(schema) = response.and_then(|response| response.pointer("/content/application~1json/schema")) else {
        return;
    };
    let validator = validator(schema);
    let problems: Vec<String> =
        validator.iter_errors(body).map(|problem| format!("{}: {problem}", problem.instance_path)).collect();
    assert!(problems.is_empty(), "{method} {route} answered {status} with {body}, but openapi.json says: {problems:?}");
}

fn validator(schema: &Value) -> Arc<Validator> {
    let mut made = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = made.entry(schema.to_string()).or_insert_with(|| {
        let mut document = schema.clone();
        document.as_object_mut().unwrap().insert("components".to_owned(), DESCRIPTION["components"].clone());
        Arc::new(jsonschema::validator_for(&document).unwrap())
    });
    Arc::clone(validator)
}

/// The path of the description that matches this path; literal segments win.
fn described_route(path: &str) -> Option<&'static str> {
    let segments: Vec<&str> = path.split('/').collect();
    let routes: HashMap<usize, &str> = DESCRIPTION["paths"]
        .as_object()
        .unwrap()
        .keys()
        .filter_map(|route| {
            let parts: Vec<&str> = route.split('/').collect();
            let fits = parts.len() == segments.len()
                && parts.iter().zip(&segments).all(|(part, segment)| part.starts_with('{') || part == segment);
            let literal = parts.iter().filter(|part| !part.starts_with('{')).count();
            fits.then_some((literal, route.as_str()))
        })
        .collect();
    routes.into_iter().max_by_key(|(literal, _)| *literal).map(|(_, route)| route)
}
