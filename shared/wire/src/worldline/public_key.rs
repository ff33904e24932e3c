//! `GET /client/v1/{customerId}/crypto/publickey` (Worldline, "Get public key").

use serde::Serialize;
use uuid::Uuid;

/// The key with which a page encrypts a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKey {
    /// Its id, which comes with what was encrypted.
    pub key_id: Uuid,
    /// Its SPKI in base64.
    pub public_key: String,
}
