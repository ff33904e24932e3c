//! Lists: a bounded walk over GSI1, then the page's items by their keys.
//!
//! The index is sharded by month and by four; a walk reads every shard of a month, merges them by time and goes on to
//! the next month, until it has seen [`MAX_WALK`] entries. `totalItems` counts what the walk saw.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, KeysAndAttributes},
};
use domain::{
    charge::{Charge, status::Status},
    customer::Customer,
    ids::{ChargeId, ClientId, CustomerId, KeyId, MerchantId, SessionId},
    limits::MAX_WALK,
    merchant::ProviderType,
    method::PaymentType,
    money::Amount,
    session::{Session, SessionStatus},
    time::Timestamp,
};
use futures::future::try_join_all;

use crate::{
    Error, Store,
    charges::decode_charge,
    customers::decode_customer,
    item::{Item, s, text},
    keys::{CUSTOMER, Kind, LIST_SHARDS, client_list, months},
    retry::pause,
    sessions::decode_session,
    write::unreachable,
};

/// How often the keys of one page are asked for. All pauses together are shorter than a second.
const MAX_BATCHES: u32 = 6;

/// Which part of a list, in which order.
#[derive(Clone, Debug)]
pub struct Window {
    /// The first instant whose entries are listed.
    pub from: Timestamp,
    /// The first instant after those that are listed.
    pub until: Timestamp,
    /// The newest first.
    pub descending: bool,
    /// The page, from 1.
    pub page: usize,
    /// Entries of a page.
    pub limit: usize,
}

/// Conditions on charges; none means any.
#[derive(Clone, Debug, Default)]
pub struct ChargeFilter {
    /// This one.
    pub id: Option<ChargeId>,
    /// Of this merchant.
    pub merchant: Option<MerchantId>,
    /// First asked for this much, in minor units.
    pub original_amount: Option<Amount>,
    /// In one of these.
    pub statuses: Option<Vec<Status>>,
    /// By one of these payment methods.
    pub payment_types: Option<Vec<PaymentType>>,
    /// Last sent to one of these.
    pub provider_types: Option<Vec<ProviderType>>,
    /// For this order.
    pub order_id: Option<String>,
    /// For this session.
    pub session: Option<SessionId>,
}

/// Conditions on sessions; none means any.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// In one of these.
    pub statuses: Option<Vec<SessionStatus>>,
    /// Active or not.
    pub active: Option<Vec<bool>>,
    /// Made with this public key, or with a key made with it.
    pub made_with: Option<KeyId>,
}

/// Conditions on customers; none means any.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    /// This one.
    pub id: Option<CustomerId>,
    /// With a document of this type, in lower case.
    pub document_type: Option<String>,
    /// With a document whose number has this keyed hash.
    pub document_number: Option<String>,
}

/// One page, and how many there are in all.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The page's entries.
    pub items: Vec<T>,
    /// How many the walk found.
    pub total: usize,
}

impl Store {
    /// A page of the account's charges.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn charges(
        &self,
        client: ClientId,
        window: &Window,
        filter: &ChargeFilter,
    ) -> Result<Listed<Charge>, Error> {
        let found = self.walk(client, Kind::Charge, window, |entry| filter.admits(entry)).await?;
        let items = self.page(&found, window).await?;
        Ok(Listed { items: items.iter().map(decode_charge).collect::<Result<_, _>>()?, total: found.len() })
    }

    /// A page of the account's sessions.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn sessions(
        &self,
        client: ClientId,
        window: &Window,
        filter: &SessionFilter,
    ) -> Result<Listed<Session>, Error> {
        let found = self.walk(client, Kind::Session, window, |entry| filter.admits(entry)).await?;
        let items = self.page(&found, window).await?;
        Ok(Listed { items: items.iter().map(decode_session).collect::<Result<_, _>>()?, total: found.len() })
    }

    /// A page of the account's customers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn customers(
        &self,
        client: ClientId,
        window: &Window,
        filter: &CustomerFilter,
    ) -> Result<Listed<Customer>, Error> {
        let found = self.walk(client, Kind::Customer, window, |entry| filter.admits(entry)).await?;
        let items = self.page(&found, window).await?;
        Ok(Listed {
            items: items.iter().filter_map(|i| decode_customer(i).transpose()).collect::<Result<_, _>>()?,
            total: found.len(),
        })
    }

    /// The index entries of one month after another that `admits` takes, in order.
    pub(crate) async fn walk(
        &self,
        client: ClientId,
        kind: Kind,
        window: &Window,
        admits: impl Fn(&Item) -> bool,
    ) -> Result<Vec<Item>, Error> {
        self.walk_list(&client_list(client, kind), window, admits).await
    }

    /// The same of any list.
    pub(crate) async fn walk_list(
        &self,
        list: &str,
        window: &Window,
        admits: impl Fn(&Item) -> bool,
    ) -> Result<Vec<Item>, Error> {
        if window.from >= window.until {
            return Ok(Vec::new());
        }
        let mut months = months(window.from, window.until);
        if window.descending {
            months.reverse();
        }
        let (mut seen, mut found) = (0_usize, Vec::new());
        for month in months {
            let left = MAX_WALK.saturating_sub(seen);
            if left == 0 {
                break;
            }
            let shards = (0..LIST_SHARDS).map(|shard| {
                let partition = format!("{list}#{month}#{shard}");
                self.shard(partition, window, left)
            });
            let mut entries: Vec<Item> = try_join_all(shards).await?.into_iter().flatten().collect();
            entries.sort_by(|a, b| text(a, "GSI1SK").cmp(&text(b, "GSI1SK")));
            if window.descending {
                entries.reverse();
            }
            entries.truncate(left);
            seen = seen.saturating_add(entries.len());
            found.extend(entries.into_iter().filter(&admits));
        }
        Ok(found)
    }

    /// At most `most` entries of one partition of the index, within the window.
    async fn shard(&self, partition: String, window: &Window, most: usize) -> Result<Vec<Item>, Error> {
        // An entry is `instant#id` and so sorts after its bare instant: `from` is taken in, `until` left out.
        let (low, high) = (window.from.to_string(), window.until.to_string());
        let query = self
            .client
            .query()
            .table_name(&*self.hub)
            .index_name("GSI1")
            .key_condition_expression("GSI1PK = :partition AND GSI1SK BETWEEN :low AND :high")
            .expression_attribute_values(":partition", s(partition))
            .expression_attribute_values(":low", s(low))
            .expression_attribute_values(":high", s(high))
            .scan_index_forward(!window.descending);
        first(most, query).await
    }

    /// The items of the window's page, in the order of `found`. A throttled table leaves keys unprocessed: they are asked
    /// for again with exponential backoff, [`MAX_BATCHES`] times in all.
    pub(crate) async fn page(&self, found: &[Item], window: &Window) -> Result<Vec<Item>, Error> {
        let start = window.page.saturating_sub(1).saturating_mul(window.limit);
        self.items(found.iter().skip(start).take(window.limit).map(primary_key).collect()).await
    }

    /// The items under these keys that there are, in their order; read as the items of a page.
    pub(crate) async fn items(&self, keys: Vec<Item>) -> Result<Vec<Item>, Error> {
        let mut items: HashMap<(String, String), Item> = HashMap::new();
        let mut wanted = keys.clone();
        let mut batches = 0;
        while !wanted.is_empty() {
            match batches {
                0 => {}
                1..MAX_BATCHES => pause(1 << (batches - 1)).await,
                _ => return Err(Error::Unavailable(format!("{} keys stayed unprocessed", wanted.len()))),
            }
            batches += 1;
            let request = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(|e| Error::Corrupt(e.to_string()))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&*self.hub, request)
                .send()
                .await
                .map_err(|error| unreachable(&error))?;
            for item in answer.responses.unwrap_or_default().into_values().flatten() {
                items.extend(name(&item).map(|name| (name, item)));
            }
            wanted = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect();
        }
        Ok(keys.iter().filter_map(|key| items.remove(&name(key)?)).collect())
    }
}

/// The first `most` items of all pages of `query`. The next page is read once more items are wanted.
pub(crate) async fn first(most: usize, query: QueryFluentBuilder) -> Result<Vec<Item>, Error> {
    let (mut items, mut found) = (query.into_paginator().items().send(), Vec::new());
    while found.len() < most {
        match items.try_next().await.map_err(|error| unreachable(&error))? {
            Some(item) => found.push(item),
            None => break,
        }
    }
    Ok(found)
}

impl ChargeFilter {
    fn admits(&self, entry: &Item) -> bool {
        is_or_any(self.id.map(|id| format!("CHARGE#{id}")).as_deref(), text(entry, "PK"))
            && is_or_any(self.merchant.map(|id| id.to_string()).as_deref(), text(entry, "merchant"))
            && is_or_any(self.session.map(|id| id.to_string()).as_deref(), text(entry, "session"))
            && is_or_any(self.order_id.as_deref(), text(entry, "orderId"))
            && one_of(self.statuses.as_deref(), Status::name, text(entry, "status"))
            && one_of(self.payment_types.as_deref(), PaymentType::name, text(entry, "paymentType"))
            && one_of(self.provider_types.as_deref(), ProviderType::name, text(entry, "providerType"))
            && self
                .original_amount
                .is_none_or(|amount| entry.get("originalAmount") == Some(&AttributeValue::N(amount.to_string())))
    }
}

impl SessionFilter {
    fn admits(&self, entry: &Item) -> bool {
        one_of(self.statuses.as_deref(), SessionStatus::name, text(entry, "status"))
            && self.active.as_ref().is_none_or(|active| {
                active.iter().any(|active| entry.get("isActive") == Some(&AttributeValue::Bool(*active)))
            })
            && self.made_with.is_none_or(|key| {
                let key = s(key.to_string());
                entry.get("keys").and_then(|keys| keys.as_l().ok()).is_some_and(|keys| keys.contains(&key))
            })
    }
}

impl CustomerFilter {
    fn admits(&self, entry: &Item) -> bool {
        is_or_any(self.id.map(|id| format!("{CUSTOMER}{id}")).as_deref(), text(entry, "PK"))
            && is_or_any(self.document_type.as_deref(), text(entry, "documentType"))
            && is_or_any(self.document_number.as_deref(), text(entry, "documentNumber"))
    }
}

fn is_or_any(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none() || wanted == found
}

fn one_of<T: Copy>(wanted: Option<&[T]>, name: fn(T) -> &'static str, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| wanted.iter().any(|wanted| Some(name(*wanted)) == found))
}

fn name(item: &Item) -> Option<(String, String)> {
    Some((text(item, "PK")?.to_owned(), text(item, "SK")?.to_owned()))
}

fn primary_key(entry: &Item) -> Item {
    ["PK", "SK"].into_iter().filter_map(|name| Some((name.to_owned(), entry.get(name)?.clone()))).collect()
}
