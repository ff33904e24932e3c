//! Due work: what the hub must look at again by itself, found by GSI2.

use domain::{charge::Charge, ids::ChargeId, time::Timestamp};

use crate::{
    Error, Store,
    charges::decode_charge,
    item::{Item, s, text},
    keys::{CHARGE, charge_key, mark, shard_key},
    write::{Expression, Written, nonce, unreachable},
};

/// A charge that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The charge.
    pub charge: ChargeId,
    /// The mark that was seen: the condition of its lease.
    mark: String,
}

impl Store {
    /// What is due in `shard` by `now`, the longest due first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due(&self, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<Due>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&*self.hub)
            .index_name("GSI2")
            .key_condition_expression("GSI2PK = :shard AND GSI2SK < :now")
            .expression_attribute_values(":shard", s(shard_key(shard)))
            .expression_attribute_values(":now", s(format!("{now}$")))
            .limit(limit)
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        Ok(answer.items.unwrap_or_default().iter().filter_map(due_of).collect())
    }

    /// Puts off what is due until `until`, so that nobody else looks at it before; false where somebody was faster.
    /// The charge's version stays: a lease is no decision.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn lease(&self, due: &Due, until: Timestamp) -> Result<bool, Error> {
        let expression = Expression {
            condition: "GSI2SK = :seen".to_owned(),
            update: "SET GSI2SK = :until, writer = :writer".to_owned(),
            values: vec![(":seen", s(&due.mark)), (":until", s(mark(until, due.charge)))],
            names: Vec::new(),
        };
        let written = self.update(&self.hub, charge_key(due.charge), &expression, &nonce()).await?;
        Ok(matches!(written, Written::Done))
    }

    /// The charge that is due, whoever's it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn due_charge(&self, due: &Due) -> Result<Option<Charge>, Error> {
        let item = self.get(&self.hub, charge_key(due.charge)).await?;
        item.as_ref().map(decode_charge).transpose()
    }
}

fn due_of(item: &Item) -> Option<Due> {
    let charge = text(item, "PK")?.strip_prefix(CHARGE)?.parse().ok()?;
    Some(Due { charge, mark: text(item, "GSI2SK")?.to_owned() })
}
