//! Public keys: browsers use them instead of the secret key.

use std::time::Duration;

use domain::{
    ids::{ClientId, KeyId},
    refusal::Refusal,
    scope::Scopes,
    time::Timestamp,
};
use futures::future::try_join;
use seal::digest;
use store::accounts::{KeyKind, KeyRecord};
use uuid::Uuid;

use crate::{
    answered::Answered,
    caller::{Caller, Grant},
    hub::Hub,
    identity::{self, Identity},
};

/// A public key that was made.
#[derive(Debug)]
pub struct PublicKey {
    /// The key itself.
    pub key: Uuid,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends; never, without.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Makes a public key that may do what `scopes` say, for `life` or for ever.
///
/// The key follows from the identity as ids do, so an idempotent replay gets it again and nothing but its digest is stored.
///
/// # Errors
/// [`Refusal::Forbidden`] where the caller would grant more than it has, [`Refusal::KeyReused`], or the store's
/// refusals.
pub async fn create(
    hub: &Hub,
    identity: &Identity,
    scopes: Scopes,
    life: Option<Duration>,
    grant: &Grant,
) -> Result<Answered<PublicKey>, Refusal> {
    let created_at = hub.now();
    let expires_at = life.map(|life| created_at.plus(life));
    if !grant.covers(&scopes, expires_at) {
        return Err(Refusal::Forbidden);
    }
    let key = hub.secrets.derived(identity.id, "public key");
    let body = identity::body(hub, identity, None).as_sent;
    let maker = identity.caller.maker().public_key(KeyId::new(identity.id)).ok_or(Refusal::KeysTooDeep)?;
    let kind = KeyKind::Public { maker, scopes: scopes.clone(), expires_at, body: body.clone(), is_removed: false };
    let record = KeyRecord { client: identity.caller.client, kind, created_at };
    match hub.store.create_key(&digest(key.to_string()), &record).await? {
        None => Ok(Answered::New(PublicKey { key, scopes, expires_at, created_at })),
        Some(KeyRecord {
            kind: KeyKind::Public { maker, scopes, expires_at, body: made_by, .. }, created_at, ..
        }) if made_by == body && identity.caller.opens(&maker) => {
            Ok(Answered::Replayed(PublicKey { key, scopes, expires_at, created_at }))
        }
        Some(_) => Err(Refusal::KeyReused),
    }
}

/// Removes a public key that the caller made, or that was made with it. Functions that have it in their cache accept it
/// for one minute more.
///
/// # Errors
/// [`Refusal::UnknownPublicKey`], or the store's refusals.
pub async fn remove(hub: &Hub, caller: &Caller, key: Uuid) -> Result<(), Refusal> {
    let digest = digest(key.to_string());
    let removed = hub.store.remove_public_key(caller.client, caller.maker(), &digest, hub.now()).await?;
    if removed { Ok(()) } else { Err(Refusal::UnknownPublicKey) }
}

/// The key of a caller, if the account and the key exist. The key may be another account's: the caller of this function
/// compares.
///
/// # Errors
/// The store's refusals.
pub async fn find(hub: &Hub, client: ClientId, key: &str) -> Result<Option<KeyRecord>, Refusal> {
    let (digest, now) = (digest(key), hub.now());
    let (key, account) = try_join(hub.store.key(&digest, now), hub.store.account(client, now)).await?;
    Ok(key.filter(|_| account.is_some()))
}
