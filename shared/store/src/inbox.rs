//! The inbox: one record for each provider update, written together with the change that it makes.
//!
//! A record is `applied`, or `waiting` until the hub can apply it; one that waited in vain is `unresolved`.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    charge::update::ProviderUpdate,
    ids::{ChargeId, ClientId, ProviderAccountId},
    merchant::ProviderType,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    charges::Settle,
    item::{Item, decode, encode, key, n, s},
    keys::{CALLBACK, DueLane, charge_key, due_keys},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 4] = ["PK", "client", "status", "receivedAt"];

/// The state of a provider update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was applied, or changes nothing.
    Applied,
    /// It cannot be applied yet.
    Waiting,
    /// It waited in vain, or contradicts what the hub knows: an operator must look.
    Unresolved,
}

/// The key of a record: the same for every repeat of the provider update.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RecordKey {
    /// The provider that sent it.
    pub provider: ProviderType,
    /// A hash of the account, what it is about and what happened.
    pub hash: String,
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CALLBACK}{}#{}", self.provider, self.hash)
    }
}

/// The text is no key of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no key of a record")]
pub struct NotARecord;

impl FromStr for RecordKey {
    type Err = NotARecord;

    fn from_str(text: &str) -> Result<Self, NotARecord> {
        let (provider, hash) = text.strip_prefix(CALLBACK).and_then(|rest| rest.split_once('#')).ok_or(NotARecord)?;
        Ok(Self { provider: provider.parse().map_err(|_| NotARecord)?, hash: hash.to_owned() })
    }
}

impl TryFrom<String> for RecordKey {
    type Error = NotARecord;

    fn try_from(text: String) -> Result<Self, NotARecord> {
        text.parse()
    }
}

/// One provider update in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its key, which is the item's.
    #[serde(rename = "PK", skip_serializing)]
    pub key: RecordKey,
    /// The account of the hub.
    pub client: ClientId,
    /// The provider account that sent it: only this account can report on its payments.
    pub account: ProviderAccountId,
    /// The provider update.
    pub update: ProviderUpdate,
    /// When it was received first.
    pub received_at: Timestamp,
    /// Its state.
    #[serde(rename = "status")]
    pub state: State,
    /// When the sweeper applies it again, while it waits.
    #[serde(skip)]
    pub due_at: Option<Timestamp>,
}

impl Store {
    /// Writes a record, unless it was applied before: then false.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn record(&self, record: &Record) -> Result<bool, Error> {
        let written = self.put(&self.hub, encode_record(record)?, &unless_applied(), &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// Writes a record that waits for `charge` to change, and notes that in the charge: false, and nothing is written,
    /// where the record was applied before, the charge has it noted, or there is no such charge.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn record_waiting(&self, record: &Record, charge: ChargeId) -> Result<bool, Error> {
        let nonce = nonce();
        let key = record.key.to_string();
        let note = Expression {
            condition: "attribute_exists(PK) AND NOT contains(waiting, :key)".to_owned(),
            update: "SET waiting = list_append(if_not_exists(waiting, :none), :keys), writer = :writer \
                     ADD version :one"
                .to_owned(),
            values: vec![
                (":key", s(&key)),
                (":keys", AttributeValue::L(vec![s(&key)])),
                (":none", AttributeValue::L(Vec::new())),
                (":one", n(1)),
            ],
            names: Vec::new(),
        };
        let writes = vec![
            self.record_action(record, &nonce)?,
            Self::update_action(&self.hub, charge_key(charge), note, &nonce)?,
        ];
        Ok(self.transact(writes, &nonce).await?.is_ok())
    }

    /// Writes a record that changes nothing in `charge`, which was read at `version`: [`Settle::Lost`] where the charge was
    /// written since, because the record may mean something to it now; [`Settle::Known`] where it was applied before.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn record_unchanging(&self, record: &Record, charge: ChargeId, version: u64) -> Result<Settle, Error> {
        let nonce = nonce();
        // It writes the nonce alone. A check of the condition would cost the same, and a verb more in each role.
        let unchanged = Expression { update: "SET writer = :writer".to_owned(), ..Expression::at_version(version) };
        let writes = vec![
            Self::update_action(&self.hub, charge_key(charge), unchanged, &nonce)?,
            self.record_action(record, &nonce)?,
        ];
        Ok(match self.transact(writes, &nonce).await? {
            Ok(()) => Settle::Stored,
            Err(failed) if failed.get(1).is_some_and(Option::is_some) => Settle::Known,
            Err(_) => Settle::Lost,
        })
    }

    /// The record under this key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn record_of(&self, key: &RecordKey) -> Result<Option<Record>, Error> {
        let item = self.get(&self.hub, record_key(key)).await?;
        item.as_ref().map(|item| decode(item, &LIFTED)).transpose()
    }

    /// The same write as a part of a transaction.
    pub(crate) fn record_action(&self, record: &Record, nonce: &str) -> Result<TransactWriteItem, Error> {
        Self::put_action(&self.hub, encode_record(record)?, unless_applied(), nonce)
    }
}

fn unless_applied() -> Expression {
    Expression {
        condition: "attribute_not_exists(PK) OR #status <> :applied".to_owned(),
        values: vec![(":applied", s("applied"))],
        names: vec![("#status", "status")],
        ..Expression::default()
    }
}

pub(crate) fn record_key(of: &RecordKey) -> Item {
    key(of.to_string(), "CALLBACK")
}

fn encode_record(record: &Record) -> Result<Item, Error> {
    let mut item = encode(record_key(&record.key), record, &LIFTED)?;
    if let Some(due) = record.due_at {
        let byte = record.key.hash.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        item.extend(due_keys(DueLane::Notification, byte, due, &record.key.to_string(), Some(record.account)));
    }
    Ok(item)
}
