//! Keys that sign the requests of merchants' servers, in Worldline's dialect.

use domain::{
    ids::{ClientId, ServerKeyId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key, s},
    keys::{Kind, list_keys},
    lists::Window,
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 2] = ["client", "endsAt"];

/// A key that signs requests. Unlike a secret key its secret is kept, encrypted: a signature is checked with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerKey {
    /// Its id, which a request names.
    pub id: ServerKeyId,
    /// The account that it opens.
    pub client: ClientId,
    /// The secret, encrypted.
    pub secret: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

impl ServerKey {
    /// Whether it opens its account at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

impl Store {
    /// The key of this id, as it was at most a minute ago.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn server_key(&self, id: ServerKeyId, now: Timestamp) -> Result<Option<ServerKey>, Error> {
        match self.caches.server_keys.get(&id.to_string(), now) {
            Some(found) => Ok(Some(found)),
            None => self.stored_server_key(id, now).await,
        }
    }

    /// The key of this id as it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn stored_server_key(&self, id: ServerKeyId, now: Timestamp) -> Result<Option<ServerKey>, Error> {
        let item = self.get(&self.hub, server_key_key(id)).await?;
        let found: Option<ServerKey> = item.map(|item| decode(&item, &LIFTED)).transpose()?;
        if let Some(found) = &found {
            self.caches.server_keys.put(id.to_string(), found.clone(), now);
        }
        Ok(found)
    }

    /// Stores a new key.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_server_key(&self, key: &ServerKey) -> Result<(), Error> {
        match self.put(&self.hub, server_key_item(key)?, &Expression::absent(), &nonce()).await? {
            Written::Done => Ok(()),
            Written::Refused(_) => Err(Error::Contention),
        }
    }

    /// Ends a key at `end`, unless it ends by then already: no end is ever moved to a later time, however old what was
    /// read of the key is. A process that has it in its cache accepts it for one minute more.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn end_server_key(&self, read: &ServerKey, end: Timestamp, now: Timestamp) -> Result<(), Error> {
        let nonce = nonce();
        let earlier = Expression {
            condition: "attribute_exists(PK) AND (attribute_not_exists(endsAt) OR endsAt > :end)".to_owned(),
            update: "SET endsAt = :end, writer = :writer".to_owned(),
            values: vec![(":end", s(end.to_string()))],
            ..Expression::default()
        };
        let ended = match self.update(&self.hub, server_key_key(read.id), &earlier, &nonce).await? {
            Written::Done => ServerKey { ends_at: Some(end), ..read.clone() },
            Written::Refused(there) => decode(&there.ok_or(Error::Contention)?, &LIFTED)?,
        };
        self.caches.server_keys.put(read.id.to_string(), ended, now);
        Ok(())
    }

    /// A page of the account's keys, those that ended too.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn server_keys(&self, client: ClientId, window: &Window) -> Result<Vec<ServerKey>, Error> {
        let found = self.walk(client, Kind::ServerKey, window, |_| true).await?;
        self.page(&found, window).await?.iter().map(|item| decode(item, &LIFTED)).collect()
    }
}

fn server_key_key(id: ServerKeyId) -> Item {
    key(format!("WLKEY#{id}"), "WLKEY")
}

pub(crate) fn server_key_item(key: &ServerKey) -> Result<Item, Error> {
    let mut item = encode(server_key_key(key.id), key, &LIFTED)?;
    item.extend(list_keys(key.client, Kind::ServerKey, key.created_at, key.id.uuid()));
    Ok(item)
}
