//! Public keys.

use domain::{
    ids::{ClientId, KeyId},
    public_key::ListedKey,
    scope::Scopes,
    time::Timestamp,
};
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

/// A public key in a list, which does not show the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ListedPublicKey)]
pub struct ListedKeyBody {
    /// Its id, which revokes it: `DELETE /v1/auth/{id}` takes it in place of the key.
    pub id: Uuid,
    /// The id of the public key with which it was made; none where that was the secret key.
    #[schema(required)]
    pub parent_id: Option<Uuid>,
    /// The last four characters of the key.
    pub last_four: String,
    /// What it may do, in the shape in which it was asked for.
    #[schema(schema_with = schema::scopes)]
    pub scope: Scopes,
    /// When it ends; none where it never does.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Whether it works: `revoked` too where a key that it descends from was revoked.
    #[schema(schema_with = schema::key_state)]
    pub status: &'static str,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<&ListedKey> for ListedKeyBody {
    fn from(key: &ListedKey) -> Self {
        Self {
            id: key.id.uuid(),
            parent_id: key.parent.map(KeyId::uuid),
            last_four: key.last_four.clone(),
            scope: key.scopes.clone(),
            expires_at: key.expires_at,
            status: key.state.name(),
            created_at: key.created_at,
        }
    }
}
