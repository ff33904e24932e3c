//! What comes in.

use std::str::FromStr;

use domain::{
    ids::{ClientId, MerchantId},
    limits::{MAX_BODY, MAX_IDEMPOTENCY_KEY},
    refusal::Refusal,
};
use flows::provider::notification::CallbackRequest;
use lambda_http::{Body, RequestExt, http::HeaderValue, request::RequestContext};
use serde_json::Value;

use crate::form::{self, Form};

/// One request of the public API.
///
/// Path and query come from the event's own fields: a URI made of them may be another one.
#[derive(Debug)]
pub struct Request {
    inner: lambda_http::Request,
}

impl From<lambda_http::Request> for Request {
    fn from(inner: lambda_http::Request) -> Self {
        Self { inner }
    }
}

impl Request {
    /// The route that the gateway chose, as the template writes it: `POST /v1/sessions/{id}/charge`.
    #[must_use]
    pub fn route(&self) -> &str {
        match self.inner.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.route_key.as_deref().unwrap_or("$default"),
            _ => "$default",
        }
    }

    /// What was asked for, for an answer that nothing is there.
    #[must_use]
    pub fn asked(&self) -> String {
        format!("{} {}", self.inner.method(), self.inner.raw_http_path())
    }

    /// The id in the path.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where it is no UUID.
    pub fn id<T: FromStr>(&self) -> Result<T, Refusal> {
        self.uuid("id")
    }

    /// The UUID in the part of the path that the route names so.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where it is no UUID.
    pub fn uuid<T: FromStr>(&self, name: &str) -> Result<T, Refusal> {
        let text = self.inner.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default();
        text.parse().map_err(|_| Refusal::Invalid(vec![format!("{name} must be a UUID")]))
    }

    /// The part of the path that the route names so, decoded.
    ///
    /// # Errors
    /// [`Refusal::NoRoute`] where the route names no such part.
    pub fn parameter(&self, name: &str) -> Result<&str, Refusal> {
        let part = self.inner.path_parameters_ref().and_then(|parameters| parameters.first(name));
        part.ok_or_else(|| Refusal::NoRoute(self.asked()))
    }

    /// The request as a provider's call: its body byte for byte, which signatures are over.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn callback(&self) -> Result<CallbackRequest<'_>, Refusal> {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = self.inner.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
        Ok(CallbackRequest { headers: headers.collect(), query: self.query(), body: self.body()? })
    }

    /// The query's pairs, decoded.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        let Some(query) = self.inner.query_string_parameters_ref() else { return Vec::new() };
        query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The merchant that `X-Merchant-Id` names.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where it is missing or no UUID.
    pub fn merchant(&self) -> Result<MerchantId, Refusal> {
        let named = self.header("x-merchant-id").and_then(|text| text.parse().ok());
        named.ok_or_else(|| Refusal::Invalid(vec!["X-Merchant-Id must be a UUID".to_owned()]))
    }

    /// Where the hub answers, as the caller sees it: `https://pay.example`.
    #[must_use]
    pub fn hub_url(&self) -> String {
        let host = match self.inner.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.domain_name.as_deref().unwrap_or_default(),
            _ => "",
        };
        format!("{}://{host}", self.header("x-forwarded-proto").unwrap_or("https"))
    }

    /// The body as a form (`multipart/form-data`) whose one file has the field name `file`, or else as JSON.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], or [`Refusal::Invalid`] where it is neither.
    pub async fn form(&self, file: &str) -> Result<Form, Refusal> {
        match self.header("content-type").and_then(form::boundary) {
            Some(boundary) => form::read(self.body()?, boundary, file).await,
            None => Ok(Form { fields: self.json()?, file: None }),
        }
    }

    /// The body as JSON; an empty one is an empty object.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], or [`Refusal::Invalid`] where it is not JSON.
    pub fn json(&self) -> Result<Value, Refusal> {
        self.body().and_then(wire::reader::parse)
    }

    fn body(&self) -> Result<&[u8], Refusal> {
        let body: &[u8] = match self.inner.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if body.len() > MAX_BODY { Err(Refusal::TooLarge) } else { Ok(body) }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// The idempotency key: `X-Idempotency-Key`, or `Idempotency-Key`. Both may come where they say the same.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where it is empty, too long, no text, or not one key.
    pub fn idempotency_key(&self) -> Result<Option<&str>, Refusal> {
        let headers = self.inner.headers();
        let values = ["x-idempotency-key", "idempotency-key"].map(|name| headers.get_all(name));
        let mut keys = values.into_iter().flatten().map(idempotency_key);
        let Some(key) = keys.next().transpose()? else { return Ok(None) };
        for other in keys {
            if other? != key {
                return Err(Refusal::Invalid(vec![
                    "X-Idempotency-Key and Idempotency-Key must not contradict each other".to_owned(),
                ]));
            }
        }
        Ok(Some(key))
    }

    /// `X-Client-Id` and `X-Api-Key`.
    pub(crate) fn credentials(&self) -> Option<(ClientId, &str)> {
        Some((self.header("x-client-id")?.parse().ok()?, self.header("x-api-key")?))
    }

    /// The gateway's id of this request, for the logs.
    pub(crate) fn request_id(&self) -> String {
        match self.inner.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// The key in one header. The gateway joins a header that is sent twice with a comma, so a comma is no part of a key.
fn idempotency_key(value: &HeaderValue) -> Result<&str, Refusal> {
    let problem = match value.to_str() {
        Ok(key) if key.contains(',') => {
            "X-Idempotency-Key must not contain a comma: a header that is sent twice arrives with one".to_owned()
        }
        Ok(key) if (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) => return Ok(key),
        Ok(_) | Err(_) => format!("X-Idempotency-Key must be 1 to {MAX_IDEMPOTENCY_KEY} ASCII characters"),
    };
    Err(Refusal::Invalid(vec![problem]))
}
