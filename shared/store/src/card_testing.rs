//! Counters of declined and verified cards: one item a window, which its time to live removes.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    card_testing::{CountedBy, CountingWindow},
    ids::ClientId,
    time::Timestamp,
};

use crate::{
    Error, Store,
    item::{Item, key, n, text},
    write::{Expression, nonce},
};

/// What declines and verifications are counted for: a card, an address or an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The account.
    pub client: ClientId,
    /// What is counted by.
    pub by: CountedBy,
    /// Which one of them.
    pub id: String,
}

/// A counter that is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// What it counts by.
    pub by: CountedBy,
    /// When it begins anew.
    pub until: Timestamp,
}

/// On what condition is added to a counter.
#[derive(Clone, Copy)]
enum When {
    /// It is not full.
    NotFull,
    /// The account's counter is not filled by it.
    NotFilling,
    /// In any case.
    Always,
}

/// A counter in one of its windows: an item.
struct Cell<'a> {
    counter: &'a Counter,
    window: CountingWindow,
    most: u32,
    now: Timestamp,
}

impl Store {
    /// The counter among these that is full at `now`; of several, the one that stays full for longest.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn full(&self, counters: &[Counter], now: Timestamp) -> Result<Option<Full>, Error> {
        let items = self.items(cells(counters, now).map(|cell| cell.key()).collect()).await?;
        let is_full = |cell: &Cell<'_>| {
            let key = cell.key();
            let item = items.iter().find(|item| ["PK", "SK"].iter().all(|name| text(item, name) == text(&key, name)));
            item.is_some_and(|item| counted(item) >= cell.most)
        };
        Ok(cells(counters, now).filter(is_full).map(|cell| cell.full()).max_by_key(|full| full.until))
    }

    /// Adds so many declines to every counter, in one transaction: true where they fill the account's.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn count(&self, counters: &[Counter], declines: u32, now: Timestamp) -> Result<bool, Error> {
        for when in [When::NotFilling, When::Always] {
            let nonce = nonce();
            let adds = cells(counters, now).map(|cell| self.add(&cell, declines, when, &nonce));
            if self.transact(adds.collect::<Result<_, _>>()?, &nonce).await?.is_ok() {
                return Ok(matches!(when, When::Always));
            }
        }
        Err(Error::Contention)
    }

    /// One more in each of these counters, as a part of a transaction that a full one cancels.
    pub(crate) fn count_actions(
        &self,
        counters: &[Counter],
        now: Timestamp,
        nonce: &str,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        cells(counters, now).map(|cell| self.add(&cell, 1, When::NotFull, nonce)).collect()
    }

    fn add(&self, cell: &Cell<'_>, more: u32, when: When, nonce: &str) -> Result<TransactWriteItem, Error> {
        let most = (":most", n(cell.most));
        let (condition, bounds): (_, Vec<(&str, AttributeValue)>) = match (when, cell.counter.by) {
            (When::NotFull, _) => ("attribute_not_exists(counted) OR counted < :most", vec![most]),
            (When::NotFilling, CountedBy::Account) => (
                "attribute_not_exists(counted) OR counted < :last OR counted >= :most",
                vec![most, (":last", n(cell.most.saturating_sub(more)))],
            ),
            (When::NotFilling, CountedBy::Card | CountedBy::Address) | (When::Always, _) => {
                ("attribute_not_exists(writer) OR writer <> :writer", Vec::new())
            }
        };
        let values = [(":more", n(more)), (":end", n(cell.window.end(cell.now).as_seconds()))];
        let add = Expression {
            condition: condition.to_owned(),
            update: "SET expiresAt = :end, writer = :writer ADD counted :more".to_owned(),
            values: values.into_iter().chain(bounds).collect(),
            names: Vec::new(),
        };
        Self::update_action(&self.hub, cell.key(), add, nonce)
    }
}

/// The counter that canceled the transaction of [`Store::count_actions`], by which of its writes `failed`.
pub(crate) fn which_is_full(counters: &[Counter], now: Timestamp, failed: &[Option<Item>]) -> Option<Full> {
    let met = cells(counters, now).zip(failed).filter(|(_, failed)| failed.is_some());
    met.map(|(cell, _)| cell.full()).max_by_key(|full| full.until)
}

fn cells(counters: &[Counter], now: Timestamp) -> impl Iterator<Item = Cell<'_>> {
    counters.iter().flat_map(move |counter| {
        counter.by.limits().iter().map(move |(window, most)| Cell { counter, window: *window, most: *most, now })
    })
}

fn counted(item: &Item) -> u32 {
    let digits = item.get("counted").and_then(|counted| counted.as_n().ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

impl Cell<'_> {
    fn key(&self) -> Item {
        let Counter { client, by, id } = self.counter;
        let by = match by {
            CountedBy::Card => "card",
            CountedBy::Address => "address",
            CountedBy::Account => "account",
        };
        let window = match self.window {
            CountingWindow::Hour => "HOUR",
            CountingWindow::Month => "MONTH",
        };
        key(format!("LIMIT#{client}#{by}#{id}"), &format!("{window}#{}", self.window.start(self.now)))
    }

    fn full(&self) -> Full {
        Full { by: self.counter.by, until: self.window.end(self.now) }
    }
}
