//! Webhook endpoints.
//!
//! An account's endpoints are in one partition, so that one query reads them all. No two endpoints may have the same
//! registration, and their number is limited. A write that depends on this also counts up the account's `WEBHOOKS`
//! item, which was read first: of two such writes at once, one is retried.
//!
//! The answer to each registration and to each key rotation is stored as well. So an idempotent replay gets the same
//! answer after every change, and after the endpoint was deleted.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    ids::{ClientId, WebhookId},
    limits::MAX_WEBHOOKS,
    webhook::{SigningKey, Webhook},
};
use futures::future::try_join;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Error, Store,
    item::{Item, decode, encode, encode_within, key, s},
    keys::account_partition,
    retry::Retries,
    write::{Expression, Written, nonce, unreachable},
};

const LIFTED: [&str; 1] = ["version"];
const PREFIX: &str = "WEBHOOK#";

/// Counts the decisions on all endpoints of an account.
#[derive(Serialize, Deserialize)]
struct Decisions {
    version: u64,
}

/// What became of a change of an endpoint's address or of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is stored.
    Done,
    /// The endpoint was written since it was read.
    Lost,
    /// Another endpoint of the account has the same address and the same events.
    Taken,
}

/// What became of a rotation.
#[derive(Debug)]
pub enum Rotated {
    /// It is stored.
    Done,
    /// It was made before: the answer of then.
    Replay(Box<Webhook>),
    /// The endpoint was written since it was read.
    Lost,
}

impl Store {
    /// Stores a new endpoint. Otherwise the one that is there: of the same id, as it was registered, or another one
    /// with the same address and the same events.
    ///
    /// # Errors
    /// [`Error::WebhooksUsedUp`], or any other [`Error`].
    pub async fn create_webhook(&self, webhook: &Webhook) -> Result<Option<Webhook>, Error> {
        let (client, id) = (webhook.client, webhook.id.uuid());
        let mut retries = Retries::of_a_decision();
        loop {
            let decisions = self.decisions(client).await?;
            let (answered, others) = try_join(self.webhook_answer(client, id), self.others(webhook)).await?;
            if let Some(there) =
                answered.or_else(|| others.iter().find(|other| is_same_registration(other, webhook)).cloned())
            {
                return Ok(Some(there));
            }
            if others.len() >= MAX_WEBHOOKS {
                return Err(Error::WebhooksUsedUp);
            }
            let nonce = nonce();
            let writes = vec![
                self.answer_action(id, webhook, &nonce)?,
                Self::put_action(&self.hub, item(webhook)?, Expression::absent(), &nonce)?,
                self.decide_action(client, decisions, &nonce)?,
            ];
            match self.transact(writes, &nonce).await? {
                Ok(()) => return Ok(None),
                Err(failed) => {
                    if let Some(Some(there)) = failed.first() {
                        return decode(there, &LIFTED).map(Some);
                    }
                }
            }
            if !retries.again().await {
                return Err(Error::Contention);
            }
        }
    }

    /// The endpoint of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn webhook(&self, client: ClientId, id: WebhookId) -> Result<Option<Webhook>, Error> {
        let item = self.get(&self.hub, webhook_key(client, id)).await?;
        item.map(|item| decode(&item, &LIFTED)).transpose()
    }

    /// Every endpoint of the account, the oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn webhooks(&self, client: ClientId) -> Result<Vec<Webhook>, Error> {
        let query = self
            .client
            .query()
            .table_name(&*self.hub)
            .key_condition_expression("PK = :account AND begins_with(SK, :webhooks)")
            .expression_attribute_values(":account", s(account_partition(client)))
            .expression_attribute_values(":webhooks", s(PREFIX))
            .consistent_read(true);
        let items: Result<Vec<Item>, _> = query.into_paginator().items().send().collect().await;
        let items = items.map_err(|error| unreachable(&error))?;
        let mut webhooks: Vec<Webhook> =
            items.iter().map(|item| decode(item, &LIFTED)).collect::<Result<_, Error>>()?;
        webhooks.sort_by_key(|webhook| (webhook.created_at, webhook.id));
        Ok(webhooks)
    }

    /// Stores `next`, made of the endpoint one version before, with the same address and the same events: false where
    /// the endpoint was written or deleted since.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn change_webhook(&self, next: &Webhook) -> Result<bool, Error> {
        let written = self.put(&self.hub, item(next)?, &one_before(next), &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// Stores `next`, made of the endpoint one version before, with another address or other events.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn move_webhook(&self, next: &Webhook) -> Result<Moved, Error> {
        let mut retries = Retries::of_a_decision();
        loop {
            let decisions = self.decisions(next.client).await?;
            if self.others(next).await?.iter().any(|other| is_same_registration(other, next)) {
                return Ok(Moved::Taken);
            }
            let nonce = nonce();
            let writes = vec![
                Self::put_action(&self.hub, item(next)?, one_before(next), &nonce)?,
                self.decide_action(next.client, decisions, &nonce)?,
            ];
            match self.transact(writes, &nonce).await? {
                Ok(()) => return Ok(Moved::Done),
                Err(failed) if failed.first().is_some_and(Option::is_some) => return Ok(Moved::Lost),
                Err(_) => {}
            }
            if !retries.again().await {
                return Err(Error::Contention);
            }
        }
    }

    /// Stores `next`, made of the endpoint one version before by the rotation of its key that has this id.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn rotate_webhook(&self, next: &Webhook, rotation: Uuid) -> Result<Rotated, Error> {
        let nonce = nonce();
        let writes = vec![
            self.answer_action(rotation, next, &nonce)?,
            Self::put_action(&self.hub, item(next)?, one_before(next), &nonce)?,
        ];
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(Rotated::Done),
            Err(failed) => match failed.first() {
                Some(Some(there)) => Ok(Rotated::Replay(Box::new(decode(there, &LIFTED)?))),
                _ => Ok(Rotated::Lost),
            },
        }
    }

    /// Deletes the endpoint, whatever was written since it was read: false where there was none.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn delete_webhook(&self, webhook: &Webhook) -> Result<bool, Error> {
        let there = Expression { condition: "attribute_exists(PK)".to_owned(), ..Expression::default() };
        // In a transaction: after a lost answer, its token identifies the deletion as ours.
        let writes = vec![Self::delete_action(&self.hub, webhook_key(webhook.client, webhook.id), there)?];
        Ok(self.transact(writes, &nonce()).await?.is_ok())
    }

    /// The answer to the registration, or to the key rotation, of this id: the endpoint without its private keys.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn webhook_answer(&self, client: ClientId, id: Uuid) -> Result<Option<Webhook>, Error> {
        let item = self.get(&self.hub, answer_key(client, id)).await?;
        item.map(|item| decode(&item, &LIFTED)).transpose()
    }

    fn answer_action(&self, id: Uuid, webhook: &Webhook, nonce: &str) -> Result<TransactWriteItem, Error> {
        let key = SigningKey { sealed: String::new(), ..webhook.key.clone() };
        let answer = Webhook { key, former: None, ..webhook.clone() };
        let item = encode(answer_key(webhook.client, id), &answer, &LIFTED)?;
        Self::put_action(&self.hub, item, Expression::absent(), nonce)
    }

    /// Every endpoint of the account but this one.
    async fn others(&self, webhook: &Webhook) -> Result<Vec<Webhook>, Error> {
        let mut others = self.webhooks(webhook.client).await?;
        others.retain(|other| other.id != webhook.id);
        Ok(others)
    }

    /// How many decisions were made on all endpoints of the account. What is read after it is at least as new.
    async fn decisions(&self, client: ClientId) -> Result<u64, Error> {
        let Some(item) = self.get(&self.hub, decisions_key(client)).await? else { return Ok(0) };
        decode::<Decisions>(&item, &LIFTED).map(|decisions| decisions.version)
    }

    /// One decision more, if there were only `made`.
    fn decide_action(&self, client: ClientId, made: u64, nonce: &str) -> Result<TransactWriteItem, Error> {
        let item = encode(decisions_key(client), &Decisions { version: made.saturating_add(1) }, &LIFTED)?;
        let unchanged = if made == 0 { Expression::absent() } else { Expression::at_version(made) };
        Self::put_action(&self.hub, item, unchanged, nonce)
    }
}

/// Whether both have the same address and the same events.
fn is_same_registration(one: &Webhook, other: &Webhook) -> bool {
    (one.event, &one.endpoint) == (other.event, &other.endpoint)
}

/// Only where the endpoint is at the version that `next` was made of.
fn one_before(next: &Webhook) -> Expression {
    Expression::at_version(next.version.saturating_sub(1))
}

fn item(webhook: &Webhook) -> Result<Item, Error> {
    encode_within(webhook_key(webhook.client, webhook.id), webhook, &LIFTED)
}

fn webhook_key(client: ClientId, id: WebhookId) -> Item {
    key(account_partition(client), &format!("{PREFIX}{id}"))
}

fn answer_key(client: ClientId, id: Uuid) -> Item {
    key(account_partition(client), &format!("ANSWER#{id}"))
}

fn decisions_key(client: ClientId) -> Item {
    key(account_partition(client), "WEBHOOKS")
}
