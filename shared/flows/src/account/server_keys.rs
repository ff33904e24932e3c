//! The keys with which merchants' servers sign their requests.
//!
//! An account is made with one. The operator lists, replaces and revokes them; no API shows a secret.

use domain::{
    ids::{ClientId, ServerKeyId},
    limits::FORMER_SERVER_KEY_LIFE,
    refusal::Refusal,
    time::Timestamp,
};
use seal::{DataKey, Secret, random_key_text};
use store::server_keys::ServerKey;

use crate::{
    account,
    hub::Hub,
    vault::{self, Purpose, random_id, refused},
};

/// A key and its secret.
#[derive(Debug)]
pub struct NewServerKey {
    /// Its id.
    pub id: ServerKeyId,
    /// The secret with which it signs.
    pub secret: Secret<String>,
}

/// A key that a request names.
#[derive(Debug)]
pub enum FoundKey {
    /// It signs.
    Live {
        /// Its account.
        client: ClientId,
        /// The secret with which it signs.
        secret: Secret<String>,
    },
    /// It was replaced or revoked, and signs no more.
    Ended,
    /// There is none.
    None,
}

/// The key of this id.
///
/// # Errors
/// The store's refusals; or where the secret cannot be opened.
pub async fn find(hub: &Hub, id: ServerKeyId) -> Result<FoundKey, Refusal> {
    let now = hub.now();
    Ok(match hub.store.server_key(id, now).await? {
        Some(key) if key.is_live(now) => FoundKey::Live { client: key.client, secret: open(hub, &key).await? },
        Some(_) => FoundKey::Ended,
        None => FoundKey::None,
    })
}

/// Makes one more key of an account.
///
/// # Errors
/// [`Refusal::Forbidden`] where there is no such account, or the store's refusals.
pub async fn create(hub: &Hub, client: ClientId) -> Result<NewServerKey, Refusal> {
    let data_key = vault::data_key(hub, client, Purpose::Access).await?;
    let (key, made) = new(&data_key, client, hub.now())?;
    hub.store.create_server_key(&key).await?;
    Ok(made)
}

/// A new key of an account, whose data key [`Purpose::Access`] encrypts its secret. It is not stored yet.
pub(crate) fn new(data_key: &DataKey, client: ClientId, now: Timestamp) -> Result<(ServerKey, NewServerKey), Refusal> {
    let (id, secret) = (ServerKeyId::new(random_id()?), random_key_text("wl_").map_err(|error| refused(&error))?);
    let sealed = vault::seal_server_secret(data_key, client, id, &secret)?;
    let key = ServerKey { id, client, secret: sealed, created_at: now, ends_at: None };
    Ok((key, NewServerKey { id, secret }))
}

/// Makes a key in place of all that the account has: those sign for one day more, unless they end before. Of two
/// rotations at the same moment, the keys of both go on.
///
/// # Errors
/// [`Refusal::Forbidden`] where there is no such account, or the store's refusals.
pub async fn rotate(hub: &Hub, client: ClientId) -> Result<NewServerKey, Refusal> {
    let now = hub.now();
    let former = list(hub, client).await?;
    let made = create(hub, client).await?;
    for key in former.iter().filter(|key| key.ends_at.is_none()) {
        hub.store.end_server_key(key, now.plus(FORMER_SERVER_KEY_LIFE), now).await?;
    }
    Ok(made)
}

/// Revokes a key of the account; false where the account has no such key. Functions that have it in their cache accept it
/// for one minute more.
///
/// # Errors
/// The store's refusals.
pub async fn revoke(hub: &Hub, client: ClientId, id: ServerKeyId) -> Result<bool, Refusal> {
    let now = hub.now();
    let key = hub.store.stored_server_key(id, now).await?.filter(|key| key.client == client);
    let Some(key) = key else { return Ok(false) };
    if key.is_live(now) {
        hub.store.end_server_key(&key, now, now).await?;
    }
    Ok(true)
}

/// Every key of the account, the newest first, those that ended too.
///
/// # Errors
/// [`Refusal::Forbidden`] where there is no such account, or the store's refusals.
pub async fn list(hub: &Hub, client: ClientId) -> Result<Vec<ServerKey>, Refusal> {
    account::find(hub, client).await?;
    Ok(hub.store.server_keys(client).await?)
}

/// The account's newest key that has no end, with its secret.
///
/// # Errors
/// The store's refusals; or where the secret cannot be opened.
pub async fn newest(hub: &Hub, client: ClientId) -> Result<Option<NewServerKey>, Refusal> {
    let keys = list(hub, client).await?;
    let Some(key) = keys.iter().find(|key| key.ends_at.is_none()) else { return Ok(None) };
    Ok(Some(NewServerKey { id: key.id, secret: open(hub, key).await? }))
}

async fn open(hub: &Hub, key: &ServerKey) -> Result<Secret<String>, Refusal> {
    vault::open_server_secret(hub, key.client, key.id, &key.secret).await
}
