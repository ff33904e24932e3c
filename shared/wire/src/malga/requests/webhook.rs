//! Webhooks.

use domain::{limits::MAX_ENDPOINT, refusal::Refusal, webhook::Subscription};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    malga::{
        schema,
        webhooks::{ApiVersion, subscription},
    },
    reader::{self, Fields},
    rules,
};

/// The words for versions: the first two are the same one.
pub(crate) const VERSIONS: [(&str, ApiVersion); 3] =
    [("1", ApiVersion::V1_0), ("1.0", ApiVersion::V1_0), ("1.1", ApiVersion::V1_1)];

/// A webhook to be registered.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({
    "event": "transaction.authorized",
    "endpoint": "https://shop.example/payments",
    "version": "1.1",
}))]
pub struct CreateWebhook {
    /// What it receives: the name of an event, with or without `transaction.`, or `*` for all of them.
    #[schema(schema_with = schema::subscription)]
    pub event: String,
    /// The endpoint: an address of https, without a user name and without a fragment.
    #[schema(schema_with = schema::endpoint)]
    pub endpoint: String,
    /// The version of the events; `1` is `1.0`.
    #[schema(schema_with = schema::webhook_version_or_first, required = false)]
    pub version: String,
    /// Whether it receives events.
    #[schema(default = true, required = false)]
    pub status: bool,
}

/// A webhook to be registered, checked field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhook {
    /// What it receives.
    pub event: Subscription,
    /// The endpoint.
    pub endpoint: String,
    /// The version of the events.
    pub version: ApiVersion,
    /// Whether it receives events.
    pub is_active: bool,
}

impl CreateWebhook {
    /// The webhook that `body` asks for; `check` knows which endpoints the hub may call.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, check: impl FnOnce(&str) -> Result<(), String>) -> Result<NewWebhook, Refusal> {
        reader::read(body, |body| {
            let event = body.required("event", event);
            let endpoint = body.required("endpoint", endpoint(check));
            let version = version(body).unwrap_or(ApiVersion::V1_0);
            let is_active = body.optional("status", rules::boolean).unwrap_or(true);
            Some(NewWebhook { event: event?, endpoint: endpoint?, version, is_active })
        })
    }
}

/// A change of a webhook: a field that is absent stays as it is.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"status": true}))]
pub struct PatchWebhook {
    /// What it receives: the name of an event, with or without `transaction.`, or `*` for all of them.
    #[schema(schema_with = schema::subscription, required = false)]
    pub event: Option<String>,
    /// The endpoint: an address of https, without a user name and without a fragment.
    #[schema(schema_with = schema::endpoint, required = false)]
    pub endpoint: Option<String>,
    /// The version of the events; `1` is `1.0`.
    #[schema(schema_with = schema::webhook_version, required = false)]
    pub version: Option<String>,
    /// Whether it receives events. The hub disables it when the last delivery attempt of an event fails.
    pub status: Option<bool>,
}

/// A change of a webhook, checked field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookPatch {
    /// What it receives.
    pub event: Option<Subscription>,
    /// The endpoint.
    pub endpoint: Option<String>,
    /// The version of the events.
    pub version: Option<ApiVersion>,
    /// Whether it receives events.
    pub is_active: Option<bool>,
}

impl PatchWebhook {
    /// The change that `body` asks for; `check` knows which endpoints the hub may call.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value, check: impl FnOnce(&str) -> Result<(), String>) -> Result<WebhookPatch, Refusal> {
        reader::read(body, |body| {
            Some(WebhookPatch {
                event: body.optional("event", event),
                endpoint: body.optional("endpoint", endpoint(check)),
                version: version(body),
                is_active: body.optional("status", rules::boolean),
            })
        })
    }
}

fn event(value: &Value) -> Result<Subscription, String> {
    let problem = || "must be * or the name of an event, such as transaction.authorized".to_owned();
    value.as_str().and_then(subscription).ok_or_else(problem)
}

fn endpoint(check: impl FnOnce(&str) -> Result<(), String>) -> impl FnOnce(&Value) -> Result<String, String> {
    move |value| {
        let endpoint = rules::text(MAX_ENDPOINT)(value)?;
        check(&endpoint).map(|()| endpoint)
    }
}

fn version(body: &mut Fields<'_>) -> Option<ApiVersion> {
    let word = body.optional("version", rules::one_of(&VERSIONS, |(word, _)| word));
    word.map(|(_, version)| version)
}
