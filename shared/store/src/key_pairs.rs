//! The key pairs under which browsers encrypt cards for the hub: the current one, and the one before it.

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Error, Store,
    item::{Item, decode, encode, key},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 1] = ["version"];
/// Of the cache: there is one item.
const ONLY: &str = "";

/// A key pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyPair {
    /// Its id, which browsers name.
    pub id: Uuid,
    /// The public half: base64 of its SPKI.
    pub public: String,
    /// The private half, encrypted under `data_key`.
    pub private: String,
    /// The data key of this pair, wrapped.
    pub data_key: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The key pairs that are in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPairs {
    /// The one that browsers get.
    pub current: KeyPair,
    /// The one that they got before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<KeyPair>,
    /// Counts the rotations.
    pub version: u64,
}

impl Store {
    /// The key pairs, as they were at most a minute ago; none before the first was made.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn key_pairs(&self, now: Timestamp) -> Result<Option<KeyPairs>, Error> {
        match self.caches.key_pairs.get(ONLY, now) {
            Some(found) => Ok(Some(found)),
            None => self.stored_key_pairs(now).await,
        }
    }

    /// The key pairs as they are.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn stored_key_pairs(&self, now: Timestamp) -> Result<Option<KeyPairs>, Error> {
        let item = self.get(&self.hub, item_key()).await?;
        let found = item.as_ref().map(|item| decode(item, &LIFTED)).transpose()?;
        if let Some(found) = &found {
            self.remember_key_pairs(found, now);
        }
        Ok(found)
    }

    /// Stores `next` in place of the pairs as they were read: what is stored from now on, which is another's where the
    /// pairs were written since.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn keep_key_pairs(
        &self,
        read: Option<&KeyPairs>,
        next: KeyPairs,
        now: Timestamp,
    ) -> Result<KeyPairs, Error> {
        let when = read.map_or_else(Expression::absent, |read| Expression::at_version(read.version));
        let item = encode(item_key(), &next, &LIFTED)?;
        let kept = match self.put(&self.hub, item, &when, &nonce()).await? {
            Written::Done => next,
            Written::Refused(Some(there)) => decode(&there, &LIFTED)?,
            Written::Refused(None) => return Err(Error::Contention),
        };
        self.remember_key_pairs(&kept, now);
        Ok(kept)
    }

    fn remember_key_pairs(&self, pairs: &KeyPairs, now: Timestamp) {
        self.caches.key_pairs.put(ONLY.to_owned(), pairs.clone(), now);
    }
}

fn item_key() -> Item {
    key("KEYPAIRS", "KEYPAIRS")
}
