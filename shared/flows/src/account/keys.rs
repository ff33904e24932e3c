//! Public keys: browsers use them instead of the secret key.

use std::time::Duration;

use domain::{
    ids::{ClientId, KeyId},
    public_key::{KeyState, ListedKey},
    refusal::Refusal,
    scope::Scopes,
    time::Timestamp,
};
use futures::future::{try_join, try_join_all};
use seal::digest;
use store::{
    accounts::{KeyKind, KeyRecord},
    lists::{Listed, Window},
};
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
    let id = KeyId::new(identity.id);
    let key = key_of(hub, id);
    let body = identity::body(hub, identity, None).as_sent;
    let maker = identity.caller.maker().public_key(id).ok_or(Refusal::KeysTooDeep)?;
    let (generation, is_revoked) = (generation(hub, &identity.caller).await?, false);
    let kind =
        KeyKind::Public { maker, scopes: scopes.clone(), expires_at, body: body.clone(), generation, is_revoked };
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

/// The generation of a key that the caller makes: its own, or the account's now.
///
/// A key that a revoked one makes at the same time descends from it, and so does not work. A key that a secret key makes
/// while all are revoked is of the generation that it reads here, the former or the next.
async fn generation(hub: &Hub, caller: &Caller) -> Result<u64, Refusal> {
    let now = hub.now();
    let Some(parent) = caller.maker().key() else {
        let account = hub.store.stored_account(caller.client, now).await?;
        return account.map(|account| account.key_generation).ok_or(Refusal::Forbidden);
    };
    match hub.store.stored_key(&digest_of(hub, parent), now).await?.map(|key| key.kind) {
        Some(KeyKind::Public { generation, is_revoked: false, .. }) => Ok(generation),
        Some(KeyKind::Public { .. } | KeyKind::Secret | KeyKind::Session { .. }) | None => Err(Refusal::Forbidden),
    }
}

/// Revokes a public key that the caller made, or that was made with it; `key` is the key or its id. With it end the keys
/// that descend from it, and the keys of its unpaid sessions. Functions that have it in their cache accept it for one
/// minute more. Returns the key's id.
///
/// # Errors
/// [`Refusal::UnknownPublicKey`], or the store's refusals.
pub async fn revoke(hub: &Hub, caller: &Caller, key: Uuid) -> Result<KeyId, Refusal> {
    for digest in [digest(key.to_string()), digest_of(hub, KeyId::new(key))] {
        let revoked = hub.store.revoke_public_key(caller.client, caller.maker(), &digest, hub.now()).await?;
        if let Some(id) = revoked {
            return Ok(id);
        }
    }
    Err(Refusal::UnknownPublicKey)
}

/// Revokes every public key of an account, as [`revoke`] does.
///
/// # Errors
/// [`Refusal::Forbidden`] where there is no such account, or the store's refusals.
pub async fn revoke_all(hub: &Hub, client: ClientId) -> Result<(), Refusal> {
    let is_revoked = hub.store.revoke_public_keys(client, hub.now()).await?;
    if is_revoked { Ok(()) } else { Err(Refusal::Forbidden) }
}

/// A page of the account's public keys, those that do not work any more too.
///
/// # Errors
/// The store's refusals.
pub async fn list(hub: &Hub, client: ClientId, window: &Window) -> Result<Listed<ListedKey>, Refusal> {
    let Listed { items, total } = hub.store.public_keys(client, window).await?;
    let items = try_join_all(items.into_iter().map(|key| listed(hub, key))).await?;
    Ok(Listed { items: items.into_iter().flatten().collect(), total })
}

async fn listed(hub: &Hub, key: KeyRecord) -> Result<Option<ListedKey>, Refusal> {
    let KeyKind::Public { maker, scopes, expires_at, is_revoked, .. } = key.kind else { return Ok(None) };
    let Some((&id, parents)) = maker.keys().split_last() else { return Ok(None) };
    let text = key_of(hub, id).to_string();
    let last_four = text.get(text.len().saturating_sub(4)..).unwrap_or_default().to_owned();
    let state = if is_revoked || !are_live(hub, key.client, maker.keys()).await? {
        KeyState::Revoked
    } else if expires_at.is_some_and(|end| end <= hub.now()) {
        KeyState::Expired
    } else {
        KeyState::Active
    };
    let (parent, created_at) = (parents.last().copied(), key.created_at);
    Ok(Some(ListedKey { id, parent, last_four, scopes, expires_at, state, created_at }))
}

/// Whether none of these public keys of an account was revoked, alone or with all others: what descends from a revoked
/// one does not work, whenever it was made. Without keys nothing is read.
///
/// # Errors
/// The store's refusals.
pub async fn are_live(hub: &Hub, client: ClientId, keys: &[KeyId]) -> Result<bool, Refusal> {
    if keys.is_empty() {
        return Ok(true);
    }
    let now = hub.now();
    let digests: Vec<String> = keys.iter().map(|key| digest_of(hub, *key)).collect();
    let read = try_join_all(digests.iter().map(|digest| hub.store.key(digest, now)));
    let (account, read) = try_join(hub.store.account(client, now), read).await?;
    let Some(account) = account else { return Ok(false) };
    let is_live = |key: Option<KeyRecord>| match key.map(|key| key.kind) {
        // The account may come from a cache that is older than the key.
        Some(KeyKind::Public { generation, .. }) => generation >= account.key_generation,
        Some(KeyKind::Secret | KeyKind::Session { .. }) | None => false,
    };
    Ok(read.into_iter().all(is_live))
}

/// The key with this id.
fn key_of(hub: &Hub, id: KeyId) -> Uuid {
    hub.secrets.derived(id.uuid(), "public key")
}

fn digest_of(hub: &Hub, id: KeyId) -> String {
    digest(key_of(hub, id).to_string())
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
