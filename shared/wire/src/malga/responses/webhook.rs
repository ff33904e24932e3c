//! Webhooks.

use domain::{
    time::Timestamp,
    webhook::{ApiVersion, Subscription, Webhook},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::malga::schema;

/// A webhook endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub struct WebhookBody {
    /// Its id.
    pub id: Uuid,
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// What it receives; `*` is everything.
    #[schema(schema_with = schema::subscribed)]
    pub event: Subscription,
    /// The endpoint.
    #[schema(schema_with = schema::endpoint)]
    pub endpoint: String,
    /// The version of the events.
    #[schema(schema_with = schema::subscribed_version)]
    pub version: ApiVersion,
    /// What verifies the signatures of its events: an Ed25519 key, SPKI in PEM.
    pub public_key: String,
    /// Whether it receives events. The hub disables it when the last delivery attempt of an event fails.
    pub status: bool,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl From<&Webhook> for WebhookBody {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.uuid(),
            client_id: webhook.client.uuid(),
            event: webhook.event,
            endpoint: webhook.endpoint.clone(),
            version: webhook.api_version,
            public_key: webhook.key.public_key.clone(),
            status: webhook.is_active,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
        }
    }
}

/// What verifies the `v1` signatures of the events of a webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookSecret)]
pub struct WebhookSecretBody {
    /// The shared secret, as Standard Webhooks writes it: `whsec_` and 32 bytes in base64.
    #[schema(pattern = "^whsec_[0-9A-Za-z+/]{43}=$")]
    pub secret: String,
}
