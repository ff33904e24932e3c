//! Due work: what the sweeper must act on, found by GSI2.

use domain::{
    charge::Charge,
    ids::{ChargeId, EventId, ProviderAccountId, WebhookId},
    time::Timestamp,
};

use crate::{
    Error, Store,
    charges::decode_charge,
    deliveries::{delivery_key, named},
    inbox::{RecordKey, record_key},
    item::{Item, s, text},
    keys::{CHARGE, DueLane, WEBHOOK, account_of, charge_key, delivery_id, due_keys, mark, send_shard_key},
    write::{Expression, Written, nonce, unreachable},
};

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What.
    pub what: DueItem,
    /// The provider account that it is about; none of a delivery.
    pub account: Option<ProviderAccountId>,
    /// The mark that was seen: the condition of its lease.
    mark: String,
}

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DueItem {
    /// A charge with an open deadline.
    Charge(ChargeId),
    /// A provider notification that waits in the inbox.
    Notification(RecordKey),
    /// A delivery of an event to an endpoint.
    Delivery(WebhookId, EventId),
}

impl DueItem {
    fn key(&self) -> Item {
        match self {
            Self::Charge(id) => charge_key(*id),
            Self::Notification(of) => record_key(of),
            Self::Delivery(webhook, event) => delivery_key(*webhook, *event),
        }
    }

    fn id(&self) -> String {
        match self {
            Self::Charge(id) => id.to_string(),
            Self::Notification(of) => of.to_string(),
            Self::Delivery(webhook, event) => delivery_id(*webhook, *event),
        }
    }
}

impl Store {
    /// What is due in `shard` of `lane` by `now`, the longest due first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, lane: DueLane, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<Due>, Error> {
        self.due_in(lane.shard_key(shard), now, limit).await
    }

    /// The same of deliveries.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due_deliveries(&self, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<Due>, Error> {
        self.due_in(send_shard_key(shard), now, limit).await
    }

    async fn due_in(&self, shard: String, now: Timestamp, limit: i32) -> Result<Vec<Due>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&*self.hub)
            .index_name("GSI2")
            .key_condition_expression("GSI2PK = :shard AND GSI2SK < :now")
            .expression_attribute_values(":shard", s(shard))
            .expression_attribute_values(":now", s(format!("{now}$")))
            .limit(limit)
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        Ok(answer.items.unwrap_or_default().iter().filter_map(due_of).collect())
    }

    /// Puts a notification or a delivery off until `until`, so that no other worker looks at it before; false where
    /// another one was faster.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn lease(&self, due: &Due, until: Timestamp) -> Result<bool, Error> {
        let expression = Expression {
            condition: "GSI2SK = :seen".to_owned(),
            update: "SET GSI2SK = :until, writer = :writer".to_owned(),
            values: vec![(":seen", s(&due.mark)), (":until", s(mark(until, &due.what.id(), due.account)))],
            names: Vec::new(),
        };
        let written = self.update(&self.hub, due.what.key(), &expression, &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// Puts a charge off until it is due next, in the lane of that, so that no other worker looks at it before; false
    /// where another one was faster. The charge's version stays: a lease is no decision.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn lease_charge(
        &self,
        due: &Due,
        charge: &Charge,
        next: domain::charge::due::Due,
    ) -> Result<bool, Error> {
        let ([shard, ..], account) = (*charge.id.uuid().as_bytes(), charge.via().map(|via| via.id));
        let [(_, partition), (_, mark)] =
            due_keys(DueLane::Charge(next.lane), shard, next.at, &charge.id.to_string(), account);
        let expression = Expression {
            condition: "GSI2SK = :seen".to_owned(),
            update: "SET GSI2PK = :lane, GSI2SK = :until, writer = :writer".to_owned(),
            values: vec![(":seen", s(&due.mark)), (":lane", partition), (":until", mark)],
            names: Vec::new(),
        };
        let written = self.update(&self.hub, due.what.key(), &expression, &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// The charge of this id, of whichever account.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn any_charge(&self, id: ChargeId) -> Result<Option<Charge>, Error> {
        let item = self.get(&self.hub, charge_key(id)).await?;
        item.as_ref().map(decode_charge).transpose()
    }
}

fn due_of(item: &Item) -> Option<Due> {
    let (pk, mark) = (text(item, "PK")?, text(item, "GSI2SK")?.to_owned());
    let what = if let Some(id) = pk.strip_prefix(CHARGE) {
        DueItem::Charge(id.parse().ok()?)
    } else if pk.starts_with(WEBHOOK) {
        let (webhook, event) = named(item)?;
        DueItem::Delivery(webhook, event)
    } else {
        DueItem::Notification(pk.parse().ok()?)
    };
    let account = if matches!(what, DueItem::Delivery(..)) { None } else { account_of(&mark) };
    Some(Due { what, account, mark })
}
