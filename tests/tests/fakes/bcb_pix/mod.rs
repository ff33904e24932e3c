//! A bank with the Central Bank's API Pix.

mod access;
mod bs2;
mod cobs;
mod devolucoes;
mod fields;
mod mutual_tls;
mod notifications;
mod payments;

use std::sync::Arc;

use domain::time::Timestamp;
use flows::Clock;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tests::fakes::{
    Server,
    bcb_pix::{BcbPix, Profile},
};
use tokio::sync::Mutex;

/// A txid, an id of a devolução and a DICT key.
pub(crate) const TXID: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f001";
const ID: &str = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f002";
const KEY: &str = "7d9f0335-8dcc-4054-9bf9-0dbd61d36906";
const SCOPES: &str = "cob.write cob.read pix.write pix.read webhook.write webhook.read";

/// One bank, and a customer who asks it.
pub(crate) struct Customer {
    pub(crate) bank: Arc<BcbPix>,
    pub(crate) server: Server,
    clock: Clock,
    http: Client,
    /// The token of this instant: the clock moves only where a test moves it.
    token: Mutex<Option<(Timestamp, String)>>,
}

/// One answer of the bank.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: Value,
}

impl Customer {
    pub(crate) async fn of(profile: Profile) -> Self {
        Self::of_bank(|clock| BcbPix::new(profile, clock)).await
    }

    async fn of_bank(bank: impl FnOnce(Clock) -> BcbPix) -> Self {
        let clock = Clock::still();
        let bank = Arc::new(bank(clock.clone()));
        let server = Server::open(Arc::clone(&bank) as _).await;
        Self::at(bank, server, clock, client(|builder| builder))
    }

    fn at(bank: Arc<BcbPix>, server: Server, clock: Clock, http: Client) -> Self {
        Self { bank, server, clock, http, token: Mutex::default() }
    }

    /// Asks for a token; the caller spoils the form's fields or the client's secret.
    async fn asks_token(&self, secret: &str, form: &[(&str, &str)]) -> Answer {
        let url = format!("{}{}", self.server.url(), self.bank.profile().token_path());
        let request = self.http.post(url).basic_auth(&self.bank.account().client_id, Some(secret)).form(form);
        answer(request).await.unwrap()
    }

    /// A token for these scopes.
    async fn token(&self, scopes: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", scopes)];
        let issued = self.asks_token(&self.bank.account().client_secret, &form).await;
        assert_eq!(issued.status, 200, "{issued:?}");
        issued.body["access_token"].as_str().unwrap().to_owned()
    }

    /// One request with the customer's token for everything.
    pub(crate) async fn asks(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.tries(method, path, body).await.unwrap()
    }

    /// One request whose answer may be lost.
    pub(crate) async fn tries(&self, method: &str, path: &str, body: Option<&Value>) -> reqwest::Result<Answer> {
        let now = self.clock.now();
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_none_or(|(at, _)| *at != now) {
            *kept = Some((now, self.token(SCOPES).await));
        }
        let token = kept.as_ref().unwrap().1.clone();
        drop(kept);
        answer(self.request(&token, method, path, body)).await
    }

    /// One request with this token.
    async fn asks_with(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        answer(self.request(token, method, path, body)).await.unwrap()
    }

    pub(crate) fn request(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}{}{path}", self.server.url(), self.bank.profile().prefix());
        let mut request = self.http.request(method.parse::<Method>().unwrap(), url).bearer_auth(token);
        if let Some(key) = &self.bank.account().app_key {
            request = request.query(&[("gw-dev-app-key", key)]);
        }
        match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        }
    }

    /// Creates a cob as [`wanted`] by the standard.
    async fn creates(&self, txid: &str) -> Answer {
        let created = self.asks("PUT", &format!("/cob/{txid}"), Some(&wanted())).await;
        assert!([200, 201].contains(&created.status), "{created:?}");
        created
    }

    /// Asks to give back so much of a Pix.
    async fn gives_back(&self, end_to_end_id: &str, id: &str, amount: &str) -> Answer {
        let path = format!("/pix/{end_to_end_id}/devolucao/{id}");
        self.asks("PUT", &path, Some(&json!({ "valor": amount }))).await
    }

    async fn reads(&self, path: &str) -> Value {
        let read = self.asks("GET", path, None).await;
        assert_eq!(read.status, 200, "{read:?}");
        read.body
    }
}

/// A client of the bank, built further by `build`.
fn client(build: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Client {
    // The error is a provider that is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    build(Client::builder().no_proxy()).build().unwrap()
}

async fn answer(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = response.bytes().await?;
    Ok(Answer { status, kind: kind.unwrap_or_default(), body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// A Pix of 1.50 for one hour.
pub(crate) fn wanted() -> Value {
    json!({
        "calendario": { "expiracao": 3600 },
        "devedor": { "cpf": "12345678909", "nome": "Maria da Silva" },
        "valor": { "original": "1.50" },
        "chave": KEY,
        "solicitacaoPagador": "Pedido 42",
    })
}

/// The body with one field changed, or removed where the value is null.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    body
}

/// Asserts an error of the standard, with the fields that it names.
#[track_caller]
fn is_problem(answer: &Answer, status: u16, name: &str, fields: &[&str]) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.kind, "application/problem+json", "{answer:?}");
    assert_eq!(answer.body["type"], format!("https://pix.bcb.gov.br/api/v2/error/{name}"));
    assert_eq!(answer.body["status"], status);
    assert!(answer.body["title"].is_string() && answer.body["detail"].is_string());
    let violations = answer.body["violacoes"].as_array().cloned().unwrap_or_default();
    let named: Vec<&str> = violations.iter().map(|one| one["propriedade"].as_str().unwrap()).collect();
    assert_eq!(named, fields, "{answer:?}");
}
