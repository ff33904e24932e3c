//! Tokens of providers that end a token when they give the next one: all functions share it, and all provider accounts of
//! one client of the provider.

use domain::{ids::ClientId, time::Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, WRITER, decode, encode, key, s, text},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 1] = ["expiresAt"];

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenKey {
    /// The account of the hub.
    pub client: ClientId,
    /// A keyed hash of what else decides about it: the address, and who asks with which secret.
    pub hash: String,
}

/// A token that is shared, and who fetches the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedToken {
    /// The token, encrypted, and until when it is used; none before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SealedToken>,
    /// Until when the function that fetches the next one is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leased_until: Option<Timestamp>,
    /// The last call for a token, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The calls for a token of one minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Calls>,
    /// Seconds since 1970 at which nothing of it counts any more: the table's time to live.
    pub expires_at: i64,
    /// What the next write is conditioned on: the nonce of the last one; empty before the first.
    #[serde(skip)]
    pub writer: String,
}

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedToken {
    /// It, encrypted.
    pub sealed: String,
    /// Until when it is used.
    pub usable_until: Timestamp,
}

/// A call for a token that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub cause: String,
    /// When.
    pub at: Timestamp,
}

/// How often a token was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// Since when.
    pub since: Timestamp,
    /// How often.
    pub count: u32,
}

impl Store {
    /// The shared token, as it is now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn shared_token(&self, key: &TokenKey) -> Result<Option<SharedToken>, Error> {
        self.get(&self.hub, key.item()).await?.as_ref().map(read).transpose()
    }

    /// Writes `next` where it follows what is stored: it, as the next write needs it. Otherwise what is stored instead.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn share_token(
        &self,
        key: &TokenKey,
        next: SharedToken,
    ) -> Result<Result<SharedToken, Option<SharedToken>>, Error> {
        let condition = if next.writer.is_empty() {
            Expression::absent()
        } else {
            let (condition, values) = ("writer = :before".to_owned(), vec![(":before", s(&next.writer))]);
            Expression { condition, values, ..Expression::default() }
        };
        let writer = nonce();
        match self.put(&self.hub, encode(key.item(), &next, &LIFTED)?, &condition, &writer).await? {
            Written::Done => Ok(Ok(SharedToken { writer, ..next })),
            Written::Refused(stored) => Ok(Err(stored.as_ref().map(read).transpose()?)),
        }
    }
}

impl TokenKey {
    fn item(&self) -> Item {
        key(format!("OAUTH#{}#{}", self.client, self.hash), "OAUTH")
    }
}

fn read(item: &Item) -> Result<SharedToken, Error> {
    let writer = text(item, WRITER).unwrap_or_default().to_owned();
    Ok(SharedToken { writer, ..decode(item, &LIFTED)? })
}
