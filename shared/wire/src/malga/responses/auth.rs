//! Public keys.

use domain::{ids::ClientId, scope::Scopes, time::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::malga::schema;

/// A public key that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicKey)]
pub struct PublicKeyBody {
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// The key.
    pub public_key: Uuid,
    /// What it may do, in the shape in which it was asked for.
    #[schema(schema_with = schema::scopes)]
    pub scope: Scopes,
    /// After how many seconds it ends; 0 means never.
    #[schema(schema_with = schema::key_life)]
    pub expires: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl PublicKeyBody {
    /// The key of `client` that ends at `expires_at`.
    #[must_use]
    pub fn new(
        client: ClientId,
        key: Uuid,
        scope: Scopes,
        expires_at: Option<Timestamp>,
        created_at: Timestamp,
    ) -> Self {
        let expires = expires_at.map_or(0, |end| end.since(created_at).as_secs());
        Self { client_id: client.uuid(), public_key: key, scope, expires, created_at }
    }
}
