//! Keys that sign the requests of merchants' servers, in Worldline's dialect.
//!
//! A request names a key by its id alone, so each key is an item of its own. The account's partition names all of them:
//! one consistent query finds them, and no index that lags.

use std::cmp::Reverse;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    ids::{ClientId, ServerKeyId},
    limits::MAX_PAGE,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key, s, text},
    keys::account_partition,
    lists::first,
    write::{Expression, Written, nonce},
};

const KEY: &str = "WLKEY";
const PREFIX: &str = "WLKEY#";
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

    /// Stores a new key, and its name in the account's partition.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_server_key(&self, key: &ServerKey) -> Result<(), Error> {
        let nonce = nonce();
        let writes = self.create_server_key_actions(key, &nonce)?;
        self.transact(writes.into(), &nonce).await?.map_err(|_| Error::Contention)
    }

    /// The writes of a new key, inside a transaction.
    pub(crate) fn create_server_key_actions(
        &self,
        new: &ServerKey,
        nonce: &str,
    ) -> Result<[TransactWriteItem; 2], Error> {
        let put = |item| Self::put_action(&self.hub, item, Expression::absent(), nonce);
        Ok([
            put(encode(server_key_key(new.id), new, &LIFTED)?)?,
            put(key(account_partition(new.client), &name(new.id)))?,
        ])
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

    /// Every key of the account, the newest first, those that ended too.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn server_keys(&self, client: ClientId) -> Result<Vec<ServerKey>, Error> {
        let query = self
            .client
            .query()
            .table_name(&*self.hub)
            .key_condition_expression("PK = :account AND begins_with(SK, :keys)")
            .expression_attribute_values(":account", s(account_partition(client)))
            .expression_attribute_values(":keys", s(PREFIX))
            .consistent_read(true);
        let names = first(usize::MAX, query).await?;
        let names: Vec<&str> = names.iter().filter_map(|item| text(item, "SK")).collect();
        let mut keys = Vec::new();
        for names in names.chunks(MAX_PAGE) {
            let items = self.items(names.iter().map(|name| key(*name, KEY)).collect()).await?;
            keys.extend(items.iter().map(|item| decode(item, &LIFTED)).collect::<Result<Vec<ServerKey>, _>>()?);
        }
        keys.sort_by_key(|key| Reverse((key.created_at, key.id)));
        Ok(keys)
    }
}

/// The name of a key: its partition, and its place in the account's.
fn name(id: ServerKeyId) -> String {
    format!("{PREFIX}{id}")
}

fn server_key_key(id: ServerKeyId) -> Item {
    key(name(id), KEY)
}
