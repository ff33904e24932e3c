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
    attempt::{self, Attempt},
    caller::Caller,
    hub::Hub,
};

/// What a caller may grant to a new public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Everything, for ever: a secret key.
    Everything,
    /// No more than a public key has itself.
    Part {
        /// What it may do.
        scopes: Scopes,
        /// When it ends; never, without.
        until: Option<Timestamp>,
    },
}

impl Grant {
    fn covers(&self, scopes: &Scopes, until: Option<Timestamp>) -> bool {
        match self {
            Self::Everything => true,
            Self::Part { scopes: own, until: end } => {
                own.cover(scopes) && end.is_none_or(|end| until.is_some_and(|until| until <= end))
            }
        }
    }
}

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
/// The key follows from the attempt as ids do, so a repeat gets it again and nothing but its digest is stored.
///
/// # Errors
/// [`Refusal::Forbidden`] where the caller would grant more than it has, [`Refusal::KeyReused`], or the store's
/// refusals.
pub async fn create(
    hub: &Hub,
    attempt: &Attempt,
    scopes: Scopes,
    life: Option<Duration>,
    grant: &Grant,
) -> Result<Answered<PublicKey>, Refusal> {
    let created_at = hub.now();
    let expires_at = life.map(|life| created_at.plus(life));
    if !grant.covers(&scopes, expires_at) {
        return Err(Refusal::Forbidden);
    }
    let key = hub.secrets.derived(attempt.id, "public key");
    let body = attempt::body(hub, attempt, None).as_sent;
    let maker = attempt.caller.maker().public_key(KeyId::new(attempt.id)).ok_or(Refusal::KeysTooDeep)?;
    let kind = KeyKind::Public { maker, scopes: scopes.clone(), expires_at, body: body.clone(), is_removed: false };
    let record = KeyRecord { client: attempt.client, kind, created_at };
    match hub.store.create_key(&digest(&key.to_string()), &record).await? {
        None => Ok(Answered::New(PublicKey { key, scopes, expires_at, created_at })),
        Some(KeyRecord { kind: KeyKind::Public { scopes, expires_at, body: made_by, .. }, created_at, .. })
            if made_by == body =>
        {
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
    let digest = digest(&key.to_string());
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

#[cfg(test)]
mod tests {
    use domain::scope::Scope;

    use super::*;

    #[test]
    fn no_key_grants_more_than_it_has() {
        let at = Timestamp::from_millis;
        let charges = Scopes::One(Scope::Charges);
        let own = |until| Grant::Part { scopes: Scopes::Many(vec![Scope::Auth, Scope::Charges]), until };
        assert!(Grant::Everything.covers(&Scopes::One(Scope::Everything), None));
        assert!(own(None).covers(&charges, None) && own(None).covers(&charges, Some(at(9))));
        assert!(!own(None).covers(&Scopes::One(Scope::Everything), None));
        assert!(!own(None).covers(&Scopes::Many(vec![Scope::Charges, Scope::Tokens]), None));
        assert!(own(Some(at(5))).covers(&charges, Some(at(5))));
        assert!(!own(Some(at(5))).covers(&charges, Some(at(6))));
        assert!(!own(Some(at(5))).covers(&charges, None));
    }
}
