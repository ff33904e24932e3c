//! Who may use the API: OAuth client credentials, and the tokens that they bring.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::time::Timestamp;
use serde_json::json;

use super::{Account, Asked, BcbPix, Profile, Refusal, Reply};

/// How many calls for a token BS2 answers in a minute.
const CALLS_A_MINUTE: usize = 10;

/// The tokens that open the API.
#[derive(Default)]
pub(super) struct Access {
    tokens: Vec<Token>,
    issued: u64,
    /// When a token was asked for.
    calls: Vec<Timestamp>,
}

struct Token {
    text: String,
    scopes: Vec<String>,
    expires_at: Timestamp,
    /// The certificate of the client that got it: with mutual TLS the token opens nothing for another one (RFC 8705).
    certificate: Option<Vec<u8>>,
}

impl Access {
    /// Answers a call of the token endpoint.
    pub(super) fn issue(&mut self, bank: &BcbPix, asked: &Asked, now: Timestamp) -> Reply {
        if bank.profile == Profile::Bs2 && !self.is_within_rate(now) {
            return Reply::json(429, &json!({ "message": "Limite de requisições excedido" }));
        }
        let scopes = match granted(&bank.account, asked) {
            Ok(scopes) => scopes,
            Err((status, error)) => {
                return Reply::json(status, &json!({ "error": error, "error_description": "Requisição recusada" }));
            }
        };
        if bank.profile == Profile::Bs2 {
            self.tokens.clear();
        }
        self.issued += 1;
        let (text, life) = (format!("token{:08}", self.issued), bank.profile.token_life());
        let seconds = if bank.is_life_text { json!(life.as_secs().to_string()) } else { json!(life.as_secs()) };
        let body =
            json!({ "access_token": text, "token_type": "Bearer", "expires_in": seconds, "scope": scopes.join(" ") });
        let certificate = asked.certificate.clone();
        self.tokens.push(Token { text, scopes, expires_at: now.plus(life), certificate });
        Reply::json(200, &body)
    }

    /// Whether the request's token opens an operation of this scope.
    pub(super) fn admit(&self, asked: &Asked, scope: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
        let shown = asked.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
        let shown = shown.ok_or(Refusal::Unauthorized("Token ausente"))?;
        let token = self.tokens.iter().find(|token| token.text == shown && token.expires_at > now);
        let token = token.ok_or(Refusal::Unauthorized("Token desconhecido ou expirado"))?;
        if token.certificate != asked.certificate {
            return Err(Refusal::Unauthorized("Token de outro certificado"));
        }
        let is_open = scope.is_none_or(|scope| token.scopes.iter().any(|granted| granted == scope));
        if is_open { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    pub(super) fn revoke(&mut self) {
        self.tokens.clear();
    }

    fn is_within_rate(&mut self, now: Timestamp) -> bool {
        self.calls.retain(|at| now.since(*at) < Duration::from_mins(1));
        self.calls.push(now);
        self.calls.len() <= CALLS_A_MINUTE
    }
}

/// Banco do Brasil's gateway wants the key of the customer's application in every query.
pub(super) fn knows_app(account: &Account, asked: &Asked) -> Result<(), Refusal> {
    let is_known = account.app_key.as_deref().is_none_or(|key| asked.parameter("gw-dev-app-key") == Some(key));
    if is_known { Ok(()) } else { Err(Refusal::Unauthorized("gw-dev-app-key inválida")) }
}

/// The scopes that the client asks for and may have; or a status and an error of OAuth.
fn granted(account: &Account, asked: &Asked) -> Result<Vec<String>, (u16, &'static str)> {
    let kind = asked.header("content-type").unwrap_or_default();
    if asked.method != "POST" {
        return Err((405, "invalid_request"));
    }
    if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
        return Err((415, "invalid_request"));
    }
    let pair = format!("{}:{}", account.client_id, account.client_secret);
    let expected = format!("Basic {}", BASE64_STANDARD.encode(pair));
    if asked.header("authorization") != Some(&expected) {
        return Err((401, "invalid_client"));
    }
    let form = asked.form();
    let field = |name: &str| form.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    match field("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err((400, "unsupported_grant_type")),
        None => return Err((400, "invalid_request")),
    }
    let wanted = field("scope").unwrap_or_default();
    let scopes = account.scopes.iter().filter(|scope| wanted.split(' ').any(|one| one == scope.as_str()));
    let scopes: Vec<String> = scopes.cloned().collect();
    if scopes.is_empty() { Err((400, "invalid_scope")) } else { Ok(scopes) }
}
