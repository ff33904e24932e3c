//! Card tokens, in a table of their own: no stream and no backups, so that no CVV survives in them.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    card::CardSnapshot,
    ids::{CardId, ChargeId, ClientId, NotAnId, TokenId},
    maker::Maker,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key, n, s},
    keys::{CARD, CHARGE},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 4] = ["client", "expiresAt", "usedBy", "card"];

/// Who used a token: stored as `CHARGE#id` or `CARD#id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Spender {
    /// A charge that was paid from it.
    Charge(ChargeId),
    /// A card that was made from it.
    Card(CardId),
}

impl fmt::Display for Spender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Charge(id) => write!(f, "{CHARGE}{id}"),
            Self::Card(id) => write!(f, "{CARD}{id}"),
        }
    }
}

impl FromStr for Spender {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match (text.strip_prefix(CHARGE), text.strip_prefix(CARD)) {
            (Some(id), _) => id.parse().map(Self::Charge),
            (None, Some(id)) => id.parse().map(Self::Card),
            (None, None) => Err(NotAnId),
        }
    }
}

impl TryFrom<String> for Spender {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<Spender> for String {
    fn from(spender: Spender) -> Self {
        spender.to_string()
    }
}

/// A card number and its CVV, or a CVV alone, that wait to be used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRecord {
    /// The account that it belongs to.
    pub client: ClientId,
    /// The key with which it was made: whoever holds the token uses it, and only its maker is answered with it again.
    #[serde(default, skip_serializing_if = "Maker::is_account")]
    pub made_by: Maker,
    /// What may be shown of its card; none where it is a CVV alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<CardSnapshot>,
    /// The card's keyed fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Number and CVV, or a CVV alone, encrypted; removed once the token is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Who used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<Spender>,
    /// Seconds since 1970 at which it ends, used or not: the table's time to live, and checked at every read.
    pub expires_at: i64,
}

/// The use of a token, as a part of the transaction that stores who uses it.
#[derive(Clone, Copy, Debug)]
pub struct Spend {
    /// The token.
    pub token: TokenId,
    /// The account that it must belong to.
    pub client: ClientId,
    /// Who uses it.
    pub by: Spender,
    /// When.
    pub now: Timestamp,
}

impl Spend {
    /// The use of `token` by a charge.
    #[must_use]
    pub const fn by_charge(token: TokenId, client: ClientId, charge: ChargeId, now: Timestamp) -> Self {
        Self { token, client, by: Spender::Charge(charge), now }
    }

    /// The use of `token` by a card.
    #[must_use]
    pub const fn by_card(token: TokenId, client: ClientId, card: CardId, now: Timestamp) -> Self {
        Self { token, client, by: Spender::Card(card), now }
    }
}

impl Store {
    /// Stores a new token; where one of this id has not expired at `now`, that one. An expired one is overwritten: the
    /// table's time to live removes it hours later.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_token(
        &self,
        id: TokenId,
        token: &TokenRecord,
        now: Timestamp,
    ) -> Result<Option<TokenRecord>, Error> {
        let item = encode(token_key(id), token, &LIFTED)?;
        let free = Expression {
            condition: "attribute_not_exists(PK) OR expiresAt <= :now".to_owned(),
            values: vec![(":now", n(now.as_seconds()))],
            ..Expression::default()
        };
        match self.put(&self.tokens, item, &free, &nonce()).await? {
            Written::Done => Ok(None),
            Written::Refused(there) => decode(&there.ok_or(Error::Contention)?, &LIFTED).map(Some),
        }
    }

    /// The token of this id, if it is this account's and has not expired at `now`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn token(&self, client: ClientId, id: TokenId, now: Timestamp) -> Result<Option<TokenRecord>, Error> {
        let item = self.get(&self.tokens, token_key(id)).await?;
        let token: Option<TokenRecord> = item.map(|item| decode(&item, &LIFTED)).transpose()?;
        Ok(token.filter(|token| token.client == client && token.expires_at > now.as_seconds()))
    }

    /// Marks a token as used and removes number and CVV: first come, first served; the same user may do it again.
    pub(crate) fn spend_action(&self, spend: &Spend, nonce: &str) -> Result<TransactWriteItem, Error> {
        let expression = Expression {
            condition: "client = :client AND expiresAt > :now AND (attribute_not_exists(usedBy) OR usedBy = :by)"
                .to_owned(),
            update: "SET usedBy = :by, writer = :writer REMOVE card".to_owned(),
            values: vec![
                (":client", s(spend.client.to_string())),
                (":now", n(spend.now.as_seconds())),
                (":by", s(spend.by.to_string())),
            ],
            names: Vec::new(),
        };
        Self::update_action(&self.tokens, token_key(spend.token), expression, nonce)
    }
}

fn token_key(id: TokenId) -> Item {
    key(format!("TOKEN#{id}"), "TOKEN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_used_a_token_is_read_back_as_it_was_written() {
        let id = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
        for text in [format!("CHARGE#{id}"), format!("CARD#{id}")] {
            assert_eq!(text.parse::<Spender>().map(String::from), Ok(text));
        }
        for text in [id, "CARD#1", "SESSION#c1db83fa-723c-4e1f-9722-bc19d1be6791", ""] {
            assert_eq!(text.parse::<Spender>(), Err(NotAnId), "{text}");
        }
    }
}
