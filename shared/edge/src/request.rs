//! What comes in.

use std::{str::FromStr, sync::Arc};

use domain::{
    card::Pan,
    ids::ClientId,
    limits::MAX_BODY,
    refusal::{Refusal, Unreadable},
};
use flows::provider::notification::CallbackRequest;
use lambda_http::{
    Body, RequestExt,
    http::{HeaderMap, HeaderValue, header::GetAll},
    request::RequestContext,
};
use serde_json::Value;
use uuid::Uuid;
use wire::NormalBody;

use crate::{
    audit::Audit,
    dialect::Dialect,
    form::{self, Form},
};

/// The route of what no other route answers.
const DEFAULT: &str = "$default";

/// One request of a public API.
///
/// Path and query come from the event's own fields: a URI made of them may be another one.
#[derive(Debug)]
pub struct Request {
    dialect: Dialect,
    inner: lambda_http::Request,
    audit: Arc<Audit>,
}

impl Request {
    /// A request in this dialect.
    #[must_use]
    pub fn new(dialect: Dialect, inner: lambda_http::Request) -> Self {
        let audit = Arc::new(match inner.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => Audit::new(
                context.request_id.clone().unwrap_or_default(),
                context.route_key.clone().unwrap_or_else(|| DEFAULT.to_owned()),
                context.http.source_ip.clone(),
            ),
            _ => Audit::new(String::new(), DEFAULT.to_owned(), None),
        });
        Self { dialect, inner, audit }
    }

    /// The line that the log gets of it.
    pub(crate) fn audit(&self) -> Arc<Audit> {
        Arc::clone(&self.audit)
    }

    /// The route that the gateway chose, as the template writes it: `POST /v1/sessions/{id}/charge`.
    #[must_use]
    pub fn route(&self) -> &str {
        match self.inner.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.route_key.as_deref().unwrap_or(DEFAULT),
            _ => DEFAULT,
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
    /// [`Refusal::Unreadable`] where it is no UUID.
    pub fn id<T: FromStr>(&self) -> Result<T, Refusal> {
        self.uuid("id")
    }

    /// The UUID in the part of the path that the route names so.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where it is no UUID.
    pub fn uuid<T: FromStr>(&self, name: &str) -> Result<T, Refusal> {
        let text = self.inner.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default();
        text.parse().map_err(|_| Refusal::Unreadable(Unreadable::Uuid(name.to_owned())))
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

    /// The body as a form (`multipart/form-data`) whose one file has the field name `file`, or else as JSON.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], [`Refusal::Unreadable`] or [`Refusal::Invalid`] where it is neither.
    pub async fn form(&self, file: &str) -> Result<Form, Refusal> {
        match self.header("content-type").and_then(form::boundary) {
            Some(boundary) => form::read(self.body()?, boundary, file).await.map_err(Refusal::Unreadable),
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

    /// The body byte for byte.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn body(&self) -> Result<&[u8], Refusal> {
        let body: &[u8] = match self.inner.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        if body.len() > MAX_BODY { Err(Refusal::TooLarge) } else { Ok(body) }
    }

    /// The address from which the request came, as the gateway saw it: no header of the request changes it.
    #[must_use]
    pub fn source_ip(&self) -> Option<&str> {
        match self.inner.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => context.http.source_ip.as_deref(),
            _ => None,
        }
    }

    /// The `User-Agent` of the request.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.header("user-agent")
    }

    /// The `Accept-Language` of the request.
    #[must_use]
    pub fn languages(&self) -> Option<&str> {
        self.header("accept-language")
    }

    /// The method.
    pub(crate) fn method(&self) -> &str {
        self.inner.method().as_str()
    }

    /// The path, which the gateway may have decoded.
    pub(crate) fn path(&self) -> &str {
        self.inner.raw_http_path()
    }

    /// The query as it was sent.
    #[expect(clippy::disallowed_methods, reason = "its query alone, which no gateway decodes")]
    pub(crate) fn raw_query(&self) -> &str {
        self.inner.uri().query().unwrap_or_default()
    }

    /// Every header.
    pub(crate) fn all_headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The header of this name, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Every header of this name.
    pub(crate) fn headers(&self, name: &str) -> GetAll<'_, HeaderValue> {
        self.inner.headers().get_all(name)
    }

    /// The idempotency key.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where it is empty, too long, no text, or not one key.
    pub fn idempotency_key(&self) -> Result<Option<&str>, Refusal> {
        self.dialect.idempotency_key(self)
    }

    /// The account that the request names, and the key that proves it.
    pub(crate) fn credentials(&self) -> Option<(ClientId, &str)> {
        self.dialect.credentials(self)
    }

    /// The card whose number `body` holds.
    pub(crate) fn typed_card(&self, body: &Value) -> Option<Pan> {
        self.dialect.typed_card(body)
    }

    /// The normal form of the request's `body`.
    #[must_use]
    pub fn normal_form(&self, body: &Value) -> NormalBody {
        self.dialect.normal_form(body)
    }

    /// The id of the charge that a payment makes whose identity is `id`.
    pub(crate) fn charge_id(&self, id: Uuid) -> Uuid {
        self.dialect.charge_id(id)
    }

    /// The gateway's id of this request, for the logs.
    #[must_use]
    pub fn request_id(&self) -> String {
        match self.inner.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }
}
