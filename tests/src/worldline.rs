//! A merchant's server that speaks Worldline's dialect: it signs each request as Worldline's libraries do. It shares no
//! code with the hub.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::time::Timestamp;
use flows::Clock;
use reqwest::Method;
use ring::hmac;
use serde_json::Value;

use crate::{Answer, Merchant};

/// A server with one key.
#[derive(Clone, Debug)]
pub struct Server {
    /// The merchant whose server it is.
    pub merchant: Merchant,
    /// The id of its key.
    pub key: String,
    /// The secret of its key.
    pub secret: String,
}

impl Server {
    /// The server of a merchant, with the key of its account.
    #[must_use]
    pub fn of(merchant: &Merchant) -> Self {
        let (key, secret) = merchant.server_key.clone();
        Self { merchant: merchant.clone(), key, secret }
    }

    /// `/v1/{merchantId}` and `more`.
    #[must_use]
    pub fn path(&self, more: &str) -> String {
        format!("/v1/{}{more}", self.merchant.id)
    }

    /// Makes a client session.
    pub async fn makes_session(&self, body: &Value) -> Answer {
        self.post(&self.path("/sessions"), body).await
    }

    /// POST with a body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    /// POST with a body and an idempotence key.
    pub async fn post_with_key(&self, path: &str, body: &Value, key: &str) -> Answer {
        self.send(Method::POST, path, &[("X-GCS-Idempotence-Key", key)], Some(body.to_string())).await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Signs a request with these headers besides, and sends it.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        let signed = self.signed(method.as_str(), path, headers);
        self.send_as_is(method, path, &signed, body).await
    }

    /// Sends a request with these headers and no others, but those of the HTTP client.
    ///
    /// # Panics
    /// Where the hub breaks the connection.
    pub async fn send_as_is(
        &self,
        method: Method,
        path: &str,
        headers: &[(String, String)],
        body: Option<String>,
    ) -> Answer {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.merchant.file(method, path, &headers, body.map(String::into_bytes)).await.unwrap().0
    }

    /// The headers of a signed request: these, and those of every request.
    #[must_use]
    pub fn signed(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<(String, String)> {
        self.signed_at(Clock::system().real_time(), method, path, headers)
    }

    /// The same of a request that was signed then.
    ///
    /// # Panics
    /// Where HTTP cannot write that instant.
    #[must_use]
    pub fn signed_at(
        &self,
        date: Timestamp,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        let date = jiff::Timestamp::from_millisecond(date.as_millis()).unwrap();
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap();
        let mut all: Vec<(String, String)> = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Date".to_owned(), date.clone()),
            ("X-GCS-ServerMetaInfo".to_owned(), STANDARD.encode("{}")),
        ];
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let lower = all.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
        let gcs: BTreeMap<String, String> = lower.filter(|(name, _)| name.starts_with("x-gcs")).collect();
        let mut text = format!("{method}\napplication/json\n{date}\n");
        for (name, value) in gcs {
            text.extend([&name, ":", &value, "\n"]);
        }
        text.extend([path, "\n"]);
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = hmac::sign(&key, text.as_bytes());
        all.push(("Authorization".to_owned(), format!("GCS v1HMAC:{}:{}", self.key, STANDARD.encode(signature))));
        all
    }
}

/// The code of the one error of an answer, and the status code that it repeats.
///
/// # Panics
/// Where the answer is no error of Worldline's dialect, or has several.
#[must_use]
#[track_caller]
pub fn error(answer: &Answer) -> (u16, &str) {
    let errors = answer.body["errors"].as_array().unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    assert_eq!(errors.len(), 1, "{}", answer.body);
    assert_eq!(errors[0]["httpStatusCode"], answer.status, "{}", answer.body);
    assert!(!answer.text("/errorId").is_empty() && !answer.text("/errors/0/message").is_empty(), "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
    (answer.status, answer.text("/errors/0/code"))
}
