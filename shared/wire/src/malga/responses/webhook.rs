//! Webhooks.

use domain::{refusal::Refusal, time::Timestamp, webhook::Webhook};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::malga::{
    schema,
    webhooks::{WrittenVersion, subscription_name},
};

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
    pub event: String,
    /// The endpoint.
    #[schema(schema_with = schema::endpoint)]
    pub endpoint: String,
    /// The version of the events, as it was sent.
    #[schema(schema_with = schema::written_version)]
    pub version: WrittenVersion,
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

impl TryFrom<&Webhook> for WebhookBody {
    type Error = Refusal;

    /// [`Refusal::Internal`] where its format is not of this API.
    fn try_from(webhook: &Webhook) -> Result<Self, Refusal> {
        Ok(Self {
            id: webhook.id.uuid(),
            client_id: webhook.client.uuid(),
            event: subscription_name(webhook.event),
            endpoint: webhook.endpoint.clone(),
            version: WrittenVersion::try_from(&webhook.format)?,
            public_key: webhook.key.public_key.clone(),
            status: webhook.is_active,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
        })
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
