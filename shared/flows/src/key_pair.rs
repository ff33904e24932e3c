//! The key pairs under which browsers encrypt cards for the hub. There is one for the whole hub, and a new one every
//! month: whoever asks for it when it has come to its end makes the next one.
//!
//! Each private half is encrypted under a data key of its own, whose context `keypairs` is opened by no function but
//! that of Worldline's API.

use domain::{
    ids::ClientId,
    limits::{KEY_PAIR_GRACE, KEY_PAIR_LIFE},
    refusal::Refusal,
    time::Timestamp,
};
use seal::{
    Aad, Sealed,
    rsa::{self, DecryptionKey},
};
use store::key_pairs::{KeyPair, KeyPairs};
use uuid::Uuid;

use crate::{
    hub::Hub,
    vault::{from_text, random_id, refused, to_text},
};

/// The context of the data keys.
const CONTEXT: &str = "keypairs";

/// The pair that browsers encrypt with. Where there is none, or it has come to its end, it is made; where the former one
/// is no longer in use, that is deleted.
///
/// # Errors
/// Where the table or the key service cannot be reached.
pub async fn current(hub: &Hub) -> Result<KeyPair, Refusal> {
    let now = hub.now();
    let read = hub.store.key_pairs(now).await?;
    match read {
        Some(pairs) if is_over(&pairs, now) => rotate(hub, Some(pairs), now).await,
        Some(pairs) if pairs.former.is_some() && !is_former_in_use(&pairs, now) => forget(hub, pairs, now).await,
        Some(pairs) => Ok(pairs.current),
        None => rotate(hub, None, now).await,
    }
}

/// What decrypts under the pair of this id; none where browsers may no longer use such a pair.
///
/// # Errors
/// Where the table or the key service cannot be reached, or the private half cannot be opened.
pub async fn decryption_key(hub: &Hub, id: Uuid) -> Result<Option<DecryptionKey>, Refusal> {
    let now = hub.now();
    let known = hub.store.key_pairs(now).await?.and_then(|pairs| in_use(pairs, id, now));
    let found = match known {
        Some(pair) => Some(pair),
        // Another function may have made it within the minute of the cache.
        None => hub.store.stored_key_pairs(now).await?.and_then(|pairs| in_use(pairs, id, now)),
    };
    match found {
        Some(pair) => open(hub, &pair).await.map(Some),
        None => Ok(None),
    }
}

fn is_over(pairs: &KeyPairs, now: Timestamp) -> bool {
    now.since(pairs.current.created_at) >= KEY_PAIR_LIFE
}

fn is_former_in_use(pairs: &KeyPairs, now: Timestamp) -> bool {
    now.since(pairs.current.created_at) < KEY_PAIR_GRACE
}

/// The pair of this id, if a browser may have encrypted with it just now.
fn in_use(pairs: KeyPairs, id: Uuid, now: Timestamp) -> Option<KeyPair> {
    let is_former_in_use = is_former_in_use(&pairs, now);
    let former = pairs.former.filter(|_| is_former_in_use);
    [Some(pairs.current), former].into_iter().flatten().find(|pair| pair.id == id)
}

/// The current pair alone: what was encrypted under the former one is decrypted no more, so its private half is not kept.
async fn forget(hub: &Hub, read: KeyPairs, now: Timestamp) -> Result<KeyPair, Refusal> {
    let next = KeyPairs { current: read.current.clone(), former: None, version: read.version.saturating_add(1) };
    Ok(hub.store.keep_key_pairs(Some(&read), next, now).await?.current)
}

/// A new pair in place of those that were read; the one of another function that was faster.
async fn rotate(hub: &Hub, read: Option<KeyPairs>, now: Timestamp) -> Result<KeyPair, Refusal> {
    let next = KeyPairs {
        current: new(hub, now).await?,
        former: read.as_ref().map(|read| read.current.clone()),
        version: read.as_ref().map_or(1, |read| read.version.saturating_add(1)),
    };
    Ok(hub.store.keep_key_pairs(read.as_ref(), next, now).await?.current)
}

async fn new(hub: &Hub, now: Timestamp) -> Result<KeyPair, Refusal> {
    let id = random_id()?;
    let (data_key, wrapped) = hub.key_service.new_key(CONTEXT).await.map_err(|error| refused(&error))?;
    let (private, public) = rsa::generate().map_err(|error| refused(&error))?;
    let sealed = data_key.seal(&place(id), private.reveal()).map_err(|error| refused(&error))?;
    Ok(KeyPair { id, public, private: to_text(&sealed), data_key: to_text(&wrapped), created_at: now })
}

async fn open(hub: &Hub, pair: &KeyPair) -> Result<DecryptionKey, Refusal> {
    let data_key = hub.key_service.open_key(&from_text(&pair.data_key)?, CONTEXT).await;
    let data_key = data_key.map_err(|error| refused(&error))?;
    let private = data_key.open(&place(pair.id), &from_text::<Sealed>(&pair.private)?);
    let private = private.map_err(|error| refused(&error))?;
    DecryptionKey::from_pkcs8(&private).map_err(|error| refused(&error))
}

/// The pairs belong to no account.
fn place(id: Uuid) -> Aad {
    Aad::new(ClientId::new(Uuid::nil()), "keyPair", id)
}
