//! Card tokens, in a table of their own: no stream and no backups, so that no CVV survives in them.

use domain::{
    card::CardSnapshot,
    ids::{ChargeId, ClientId, TokenId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::{
    Error, Store,
    item::{Item, decode, encode, key, n, s},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 4] = ["client", "expiresAt", "usedBy", "card"];

/// A card number and its CVV that wait to be used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRecord {
    /// The account that it belongs to.
    pub client: ClientId,
    /// What may be shown of its card; none where it holds a security code alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<CardSnapshot>,
    /// The card's keyed fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Number and CVV, encrypted; gone once the token is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// The charge that used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<ChargeId>,
    /// Seconds since 1970 at which it ends, used or not: the table's time to live, and checked at every read.
    pub expires_at: i64,
}

/// The use of a token by a charge, as a part of that charge's intent.
#[derive(Clone, Copy, Debug)]
pub struct Spend {
    /// The token.
    pub token: TokenId,
    /// The account that it must belong to.
    pub client: ClientId,
    /// The charge that uses it.
    pub charge: ChargeId,
    /// When.
    pub now: Timestamp,
}

impl Spend {
    /// The use of `token` by a charge.
    #[must_use]
    pub const fn by_charge(token: TokenId, client: ClientId, charge: ChargeId, now: Timestamp) -> Self {
        Self { token, client, charge, now }
    }
}

impl Store {
    /// Stores a new token.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_token(&self, id: TokenId, token: &TokenRecord) -> Result<(), Error> {
        let item = encode(token_key(id), token, &LIFTED)?;
        match self.put(&self.tokens, item, &Expression::absent(), &nonce()).await? {
            Written::Done => Ok(()),
            Written::Refused(_) => Err(Error::Contention),
        }
    }

    /// The token of this id, if it is this account's and has not ended by `now`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn token(&self, client: ClientId, id: TokenId, now: Timestamp) -> Result<Option<TokenRecord>, Error> {
        let item = self.get(&self.tokens, token_key(id)).await?;
        let token: Option<TokenRecord> = item.map(|item| decode(&item, &LIFTED)).transpose()?;
        Ok(token.filter(|token| token.client == client && token.expires_at > now.as_seconds()))
    }

    /// Marks a token as used and removes number and CVV: first come, first served; the same charge may do it again.
    pub(crate) fn spend_action(&self, spend: &Spend, nonce: &str) -> Result<TransactWriteItem, Error> {
        let expression = Expression {
            condition: "client = :client AND expiresAt > :now AND (attribute_not_exists(usedBy) OR usedBy = :charge)"
                .to_owned(),
            update: "SET usedBy = :charge, writer = :writer REMOVE card".to_owned(),
            values: vec![
                (":client", s(spend.client.to_string())),
                (":now", n(spend.now.as_seconds())),
                (":charge", s(spend.charge.to_string())),
            ],
            names: Vec::new(),
        };
        Self::update_action(&self.tokens, token_key(spend.token), expression, nonce)
    }
}

fn token_key(id: TokenId) -> Item {
    key(format!("TOKEN#{id}"), "TOKEN")
}
