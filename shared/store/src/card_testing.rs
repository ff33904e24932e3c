//! Counters of declined and verified cards: one item a window, which its time to live removes.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::UpdateItemError,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use domain::{
    card_testing::{CountedBy, CountingWindow},
    ids::ClientId,
    time::Timestamp,
};
use futures::future::join_all;

use crate::{
    Error, Store,
    item::{Item, key, n, s},
    retry::Retries,
    write::{Expression, nonce, unavailable, unreachable},
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

/// Adds `:more` to a counter that expires at `:end`.
const ADD: &str = "SET expiresAt = :end, writer = :writer ADD counted :more";

/// A counter in one of its windows: an item.
struct Cell<'a> {
    counter: &'a Counter,
    window: CountingWindow,
    most: u32,
    now: Timestamp,
}

impl Store {
    /// Adds one to each of these counters, in the windows of `now`. Where one is full, that one, and nothing is added; of
    /// several, the one that stays full for longest.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Contention`]; after [`Error::Unavailable`] it may be added.
    pub async fn reserve(&self, counters: &[Counter], now: Timestamp) -> Result<Option<Full>, Error> {
        let nonce = nonce();
        match self.transact(self.count_actions(counters, now, &nonce)?, &nonce).await? {
            Ok(()) => Ok(None),
            Err(failed) => which_is_full(counters, now, &failed).map(Some).ok_or(Error::Contention),
        }
    }

    /// Adds so many declines to the counter, in each of its windows by a write of its own: true where they fill it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Contention`].
    pub async fn count(&self, counter: &Counter, declines: u32, now: Timestamp) -> Result<bool, Error> {
        let adds = join_all(cells(std::slice::from_ref(counter), now).map(|cell| self.add(cell, declines))).await;
        Ok(adds.into_iter().collect::<Result<Vec<_>, _>>()?.contains(&true))
    }

    /// Takes one from each of these counters, in the windows of `counted_at`: one that was added before a card was sent, and
    /// was no decline. One that is not there any more has nothing to take, and keeps nothing from the others.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Contention`].
    pub async fn give_back(&self, counters: &[Counter], counted_at: Timestamp) -> Result<(), Error> {
        let mut there: Vec<Cell<'_>> = cells(counters, counted_at).collect();
        while !there.is_empty() {
            let nonce = nonce();
            let takes = there.iter().map(|cell| {
                let take = Expression {
                    condition: "counted > :none".to_owned(),
                    update: "SET writer = :writer ADD counted :less".to_owned(),
                    values: vec![(":none", n(0)), (":less", n(-1))],
                    names: Vec::new(),
                };
                Self::update_action(&self.hub, cell.key(), take, &nonce)
            });
            let Err(failed) = self.transact(takes.collect::<Result<_, _>>()?, &nonce).await? else { break };
            there =
                there.into_iter().zip(failed).filter(|(_, failed)| failed.is_none()).map(|(cell, _)| cell).collect();
        }
        Ok(())
    }

    /// One more in each of these counters, as a part of a transaction that a full one cancels.
    pub(crate) fn count_actions(
        &self,
        counters: &[Counter],
        now: Timestamp,
        nonce: &str,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let adds = cells(counters, now).map(|cell| {
            let add = Expression {
                condition: "attribute_not_exists(counted) OR counted < :most".to_owned(),
                update: ADD.to_owned(),
                values: vec![(":more", n(1)), (":end", n(cell.expires_at())), (":most", n(cell.most))],
                names: Vec::new(),
            };
            Self::update_action(&self.hub, cell.key(), add, nonce)
        });
        adds.collect()
    }

    /// Adds to the counter whether it is full or not: true where it is full since.
    async fn add(&self, cell: Cell<'_>, more: u32) -> Result<bool, Error> {
        let nonce = nonce();
        let mut retries = Retries::of_a_write();
        let counted = loop {
            let update = self
                .client
                .update_item()
                .table_name(&*self.hub)
                .set_key(Some(cell.key()))
                .condition_expression("attribute_not_exists(writer) OR writer <> :writer")
                .update_expression(ADD)
                .expression_attribute_values(":more", n(more))
                .expression_attribute_values(":end", n(cell.expires_at()))
                .expression_attribute_values(":writer", s(&nonce))
                .return_values(ReturnValue::UpdatedNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            match update.send().await {
                Ok(output) => break counted(&output.attributes.unwrap_or_default()),
                Err(SdkError::ServiceError(error)) => match error.into_err() {
                    // The write had landed, and its answer was lost.
                    UpdateItemError::ConditionalCheckFailedException(failed) => {
                        break counted(&failed.item.unwrap_or_default());
                    }
                    UpdateItemError::TransactionConflictException(_) => {}
                    other => return Err(unavailable(&other)),
                },
                Err(other) => return Err(unreachable(&other)),
            }
            if !retries.again().await {
                return Err(Error::Contention);
            }
        };
        Ok(counted >= cell.most && counted.saturating_sub(more) < cell.most)
    }
}

/// The counter that canceled a transaction with [`Store::count_actions`], by which of its writes `failed`.
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
    fn expires_at(&self) -> i64 {
        self.window.end(self.now).as_seconds()
    }

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
