//! Accounts: clients, their API keys, and the hub's own wrapped secrets.

use domain::{
    ids::{ClientId, KeyId},
    maker::Maker,
    merchant::Merchant,
    scope::Scopes,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key, n},
    keys::{Kind, account_partition, list_keys},
    lists::{Listed, Window},
    merchants,
    server_keys::ServerKey,
    write::{Expression, Written, nonce},
};

const KEY: [&str; 1] = ["client"];
const ACCOUNT: [&str; 1] = ["keyGeneration"];

/// A client of the hub: the owner of merchants, sessions and charges.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its id.
    pub id: ClientId,
    /// What it is called.
    pub name: String,
    /// The data key for its card numbers and their fingerprints, wrapped.
    pub card_key: String,
    /// The data key for the CVVs in its tokens, wrapped.
    pub cvv_key: String,
    /// The data key for its session keys, wrapped.
    pub access_key: String,
    /// The data key for its keys at providers, wrapped.
    pub provider_key: String,
    /// The data key for the keys that sign its webhooks, wrapped.
    pub signing_key: String,
    /// The data key for the notifications of its providers, wrapped.
    pub notification_key: String,
    /// The digest of its secret key.
    pub secret_key: String,
    /// How often all its public keys were revoked: keys of an earlier generation open nothing.
    pub key_generation: u64,
    /// When it was made: its lists start there.
    pub created_at: Timestamp,
}

/// What an API key may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum KeyKind {
    /// Everything.
    Secret,
    /// What its scopes say, until it expires.
    Public {
        /// What opens what it makes: the key and those that it descends from.
        maker: Maker,
        /// What it may do, as it was asked for.
        scopes: Scopes,
        /// When it ends; never, without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// What the request that made it said, as a keyed hash.
        body: String,
        /// Its account's generation of public keys when the key that it descends from was made.
        generation: u64,
        /// Whether it was revoked: it opens nothing, and an idempotent replay of the request that made it makes no other key.
        is_revoked: bool,
    },
    /// Pay this session and nothing else, and what a browser needs for that.
    Session {
        /// What opens what it makes: the session, and the public keys that made it.
        maker: Maker,
    },
}

/// An API key; the key itself is not stored, only its digest, which is the item's key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRecord {
    /// The account that it opens.
    pub client: ClientId,
    /// What it may do.
    #[serde(flatten)]
    pub kind: KeyKind,
    /// When it was made.
    pub created_at: Timestamp,
}

impl KeyRecord {
    const fn is_revoked(&self) -> bool {
        matches!(self.kind, KeyKind::Public { is_revoked: true, .. })
    }
}

#[derive(Serialize, Deserialize)]
struct SecretsRecord {
    wrapped: String,
}

impl Store {
    /// The API key with this digest, unless it was revoked, as it was at most a minute ago.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn key(&self, digest: &str, now: Timestamp) -> Result<Option<KeyRecord>, Error> {
        let found = match self.caches.keys.get(digest, now) {
            Some(found) => Some(found),
            None => self.stored_key(digest, now).await?,
        };
        Ok(found.filter(|key| !key.is_revoked()))
    }

    /// The API key with this digest as it is, revoked or not.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn stored_key(&self, digest: &str, now: Timestamp) -> Result<Option<KeyRecord>, Error> {
        let item = self.get(&self.hub, api_key(digest)).await?;
        let found: Option<KeyRecord> = item.map(|item| decode(&item, &KEY)).transpose()?;
        if let Some(found) = &found {
            self.caches.keys.put(digest.to_owned(), found.clone(), now);
        }
        Ok(found)
    }

    /// The account of this id, as it was at most a minute ago.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn account(&self, id: ClientId, now: Timestamp) -> Result<Option<Account>, Error> {
        match self.caches.accounts.get(&id.to_string(), now) {
            Some(found) => Ok(Some(found)),
            None => self.stored_account(id, now).await,
        }
    }

    /// The account of this id as it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn stored_account(&self, id: ClientId, now: Timestamp) -> Result<Option<Account>, Error> {
        let item = self.get(&self.hub, account_key(id)).await?;
        let found: Option<Account> = item.map(|item| decode(&item, &ACCOUNT)).transpose()?;
        if let Some(found) = &found {
            self.caches.accounts.put(id.to_string(), found.clone(), now);
        }
        Ok(found)
    }

    /// Stores a new account with its first merchant, its secret key and its key of servers, all or nothing.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_account(&self, account: &Account, merchant: &Merchant, key: &ServerKey) -> Result<(), Error> {
        let nonce = nonce();
        let items = [
            encode(account_key(account.id), account, &ACCOUNT)?,
            merchants::item(merchant)?,
            encode(api_key(&account.secret_key), &secret_key(account.id, account.created_at), &KEY)?,
        ];
        let puts = items.into_iter().map(|item| Self::put_action(&self.hub, item, Expression::absent(), &nonce));
        let mut writes = puts.collect::<Result<Vec<_>, Error>>()?;
        writes.extend(self.create_server_key_actions(key, &nonce)?);
        self.transact(writes, &nonce).await?.map_err(|_| Error::Contention)
    }

    /// Replaces the secret key of an account as it was read by the one with the digest `next`, all or nothing: false
    /// where it was replaced since, or its public keys were revoked.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn replace_secret_key(&self, read: &Account, next: &str, now: Timestamp) -> Result<bool, Error> {
        let nonce = nonce();
        let account = Account { secret_key: next.to_owned(), ..read.clone() };
        // The old key is deleted once: of two rotations, the second one finds no key and fails.
        let writes = vec![
            Self::put_action(
                &self.hub,
                encode(account_key(read.id), &account, &ACCOUNT)?,
                of_generation(read.key_generation),
                &nonce,
            )?,
            Self::put_action(
                &self.hub,
                encode(api_key(next), &secret_key(read.id, now), &KEY)?,
                Expression::absent(),
                &nonce,
            )?,
            Self::delete_action(&self.hub, api_key(&read.secret_key), there())?,
        ];
        let is_replaced = self.transact(writes, &nonce).await?.is_ok();
        if is_replaced {
            self.caches.accounts.put(read.id.to_string(), account, now);
        }
        Ok(is_replaced)
    }

    /// Stores one more key of an account; the key that was there where the digest is taken.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_key(&self, digest: &str, key: &KeyRecord) -> Result<Option<KeyRecord>, Error> {
        match self.put(&self.hub, key_item(digest, key)?, &Expression::absent(), &nonce()).await? {
            Written::Done => Ok(None),
            Written::Refused(Some(there)) => decode(&there, &KEY).map(Some),
            Written::Refused(None) => Err(Error::Contention),
        }
    }

    /// A page of the account's public keys, revoked and expired ones too.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn public_keys(&self, client: ClientId, window: &Window) -> Result<Listed<KeyRecord>, Error> {
        let found = self.walk(client, Kind::PublicKey, window, |_| true).await?;
        let items = self.page(&found, window).await?;
        Ok(Listed { items: items.iter().map(|i| decode(i, &KEY)).collect::<Result<_, _>>()?, total: found.len() })
    }

    /// Revokes the public key with this digest, if `owner` opens it: its id; none where the account has none. A process that has
    /// the key in its cache accepts it for one minute more.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn revoke_public_key(
        &self,
        client: ClientId,
        owner: &Maker,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<KeyId>, Error> {
        let found = self.stored_key(digest, now).await?.filter(|key| key.client == client && !key.is_revoked());
        let Some(mut key) = found else { return Ok(None) };
        let id = match &mut key.kind {
            KeyKind::Public { maker, is_revoked, .. } if owner.opens(maker) => {
                *is_revoked = true;
                maker.key()
            }
            KeyKind::Public { .. } | KeyKind::Secret | KeyKind::Session { .. } => return Ok(None),
        };
        let written = self.put(&self.hub, key_item(digest, &key)?, &there(), &nonce()).await?;
        self.caches.keys.put(digest.to_owned(), key, now);
        Ok(id.filter(|_| matches!(written, Written::Done)))
    }

    /// Revokes every public key that the account has: false where there is no such account. A process that has the account
    /// in its cache accepts them for one minute more.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn revoke_public_keys(&self, client: ClientId, now: Timestamp) -> Result<bool, Error> {
        let next = Expression {
            update: "ADD keyGeneration :one SET writer = :writer".to_owned(),
            values: vec![(":one", n(1))],
            ..there()
        };
        let written = self.update(&self.hub, account_key(client), &next, &nonce()).await?;
        self.stored_account(client, now).await?;
        Ok(matches!(written, Written::Done))
    }

    /// The hub's own secrets, wrapped, once they were made.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn secrets(&self) -> Result<Option<String>, Error> {
        let item = self.get(&self.hub, key("HUB", "SECRETS")).await?;
        let record: Option<SecretsRecord> = item.map(|item| decode(&item, &[])).transpose()?;
        Ok(record.map(|record| record.wrapped))
    }

    /// Stores the hub's own secrets unless there are some: the secrets that are stored from now on.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn keep_secrets(&self, wrapped: &str) -> Result<String, Error> {
        let item = encode(key("HUB", "SECRETS"), &SecretsRecord { wrapped: wrapped.to_owned() }, &[])?;
        match self.put(&self.hub, item, &Expression::absent(), &nonce()).await? {
            Written::Done => Ok(wrapped.to_owned()),
            Written::Refused(Some(there)) => decode::<SecretsRecord>(&there, &[]).map(|record| record.wrapped),
            Written::Refused(None) => Err(Error::Contention),
        }
    }
}

fn account_key(id: ClientId) -> Item {
    key(account_partition(id), "CLIENT")
}

/// Only where the account's public keys are of this generation.
fn of_generation(generation: u64) -> Expression {
    Expression {
        condition: "keyGeneration = :generation".to_owned(),
        values: vec![(":generation", n(generation))],
        ..Expression::default()
    }
}

/// Only where something is stored.
fn there() -> Expression {
    Expression { condition: "attribute_exists(PK)".to_owned(), ..Expression::default() }
}

fn secret_key(client: ClientId, created_at: Timestamp) -> KeyRecord {
    KeyRecord { client, kind: KeyKind::Secret, created_at }
}

/// The item of a key. Public keys are listed; the secret key and session keys are not.
fn key_item(digest: &str, key: &KeyRecord) -> Result<Item, Error> {
    let mut item = encode(api_key(digest), key, &KEY)?;
    if let KeyKind::Public { maker, .. } = &key.kind {
        let listed = maker.key().map(|id| list_keys(key.client, Kind::PublicKey, key.created_at, id.uuid()));
        item.extend(listed.into_iter().flatten());
    }
    Ok(item)
}

pub(crate) fn api_key(digest: &str) -> Item {
    key(format!("KEY#{digest}"), "KEY")
}
