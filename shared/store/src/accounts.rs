//! Accounts: clients, their API keys and merchants, and the hub's own wrapped secrets.

use domain::{
    ids::{ClientId, MerchantId, SessionId},
    merchant::Merchant,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key},
    write::{Expression, Written, nonce},
};

/// A client of the hub: the owner of merchants, sessions and charges.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Its id.
    pub id: ClientId,
    /// What it is called.
    pub name: String,
    /// The data key for its card numbers, wrapped.
    pub card_key: String,
    /// The data key for its session and public keys, wrapped.
    pub access_key: String,
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
        /// `tokens`, `cards`, `charges` …, or `*` for all.
        scopes: Vec<String>,
        /// When it ends; never, without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Pay this session and nothing else, and what a browser needs for that.
    Session {
        /// The session.
        session: SessionId,
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

#[derive(Serialize, Deserialize)]
struct SecretsRecord {
    wrapped: String,
}

impl Store {
    /// The API key with this digest.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn key(&self, digest: &str, now: Timestamp) -> Result<Option<KeyRecord>, Error> {
        if let Some(found) = self.caches.keys.get(digest, now) {
            return Ok(Some(found));
        }
        let item = self.get(&self.hub, api_key(digest)).await?;
        let found: Option<KeyRecord> = item.map(|item| decode(&item, &["client"])).transpose()?;
        if let Some(found) = &found {
            self.caches.keys.put(digest.to_owned(), found.clone(), now);
        }
        Ok(found)
    }

    /// The account of this id.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn account(&self, id: ClientId, now: Timestamp) -> Result<Option<Account>, Error> {
        if let Some(found) = self.caches.accounts.get(&id.to_string(), now) {
            return Ok(Some(found));
        }
        let item = self.get(&self.hub, account_key(id)).await?;
        let found: Option<Account> = item.map(|item| decode(&item, &[])).transpose()?;
        if let Some(found) = &found {
            self.caches.accounts.put(id.to_string(), found.clone(), now);
        }
        Ok(found)
    }

    /// The merchant of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn merchant(&self, client: ClientId, id: MerchantId, now: Timestamp) -> Result<Option<Merchant>, Error> {
        let cached = format!("{client}{id}");
        if let Some(found) = self.caches.merchants.get(&cached, now) {
            return Ok(Some(found));
        }
        let item = self.get(&self.hub, merchant_key(client, id)).await?;
        let found: Option<Merchant> = item.map(|item| decode(&item, &[])).transpose()?;
        if let Some(found) = &found {
            self.caches.merchants.put(cached, found.clone(), now);
        }
        Ok(found)
    }

    /// Stores a new account with its first merchant and its first key, all or nothing.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_account(
        &self,
        account: &Account,
        merchant: &Merchant,
        digest: &str,
        key: &KeyRecord,
    ) -> Result<(), Error> {
        let nonce = nonce();
        let items = [
            encode(account_key(account.id), account, &[])?,
            encode(merchant_key(merchant.client, merchant.id), merchant, &[])?,
            encode(api_key(digest), key, &["client"])?,
        ];
        let writes: Result<Vec<_>, Error> =
            items.into_iter().map(|item| Self::put_action(&self.hub, item, Expression::absent(), &nonce)).collect();
        self.transact(writes?, &nonce).await?.map_err(|_| Error::Contention)
    }

    /// Stores one more key of an account.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_key(&self, digest: &str, key: &KeyRecord) -> Result<(), Error> {
        let item = encode(api_key(digest), key, &["client"])?;
        match self.put(&self.hub, item, &Expression::absent(), &nonce()).await? {
            Written::Done => Ok(()),
            Written::Refused(_) => Err(Error::Contention),
        }
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

    /// Keeps the hub's own secrets, unless somebody was faster: what is kept from now on.
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
    key(format!("CLIENT#{id}"), "CLIENT")
}

fn merchant_key(client: ClientId, id: MerchantId) -> Item {
    key(format!("CLIENT#{client}"), &format!("MERCHANT#{id}"))
}

pub(crate) fn api_key(digest: &str) -> Item {
    key(format!("KEY#{digest}"), "KEY")
}
