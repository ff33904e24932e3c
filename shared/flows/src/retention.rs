//! What is kept no longer than needed, and erased: tokens that have expired, numbers of unsaved cards, and the
//! copies of erased customers in events and deliveries. Each step is one conditional write, so an interrupted run is
//! simply repeated.

use std::time::Duration;

use domain::{charge::status::Status, limits::EVENT_LIFE, refusal::Refusal, time::Timestamp, webhook::DeliveryAttempt};
use futures::{StreamExt, TryStreamExt, future::try_join, stream};
use store::{
    keys::RETENTION_SHARDS,
    retention::{Erased, Unsaved},
};

use crate::hub::Hub;

/// How many entries of one partition are looked at in one step.
const PER_STEP: usize = 500;
/// How many entries are processed at once.
const AT_ONCE: usize = 25;
/// A card that an open charge may need is looked at again after so long.
const NEXT_LOOK: Duration = Duration::from_hours(24);

/// After so long every change that was made before has become an event.
const RELAY_SLACK: Duration = Duration::from_mins(1);

/// What became of the unsaved cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Cards whose number was erased, or would be.
    pub erased: usize,
    /// Cards that a charge under way used last: they are kept for now.
    pub in_use: usize,
}

/// Whether numbers are erased, or only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purge {
    /// They are counted.
    Count,
    /// They are erased.
    Erase,
}

/// Deletes expired tokens, erases the numbers of unsaved cards that were not used for long, and the copies of erased
/// customers: how many there were. At most a step of each partition is done.
///
/// # Errors
/// The store's refusals. The next run goes on.
pub(crate) async fn run(hub: &Hub) -> Result<usize, Refusal> {
    let (tokens, (cards, customers)) =
        try_join(delete_tokens(hub), try_join(erase_due_numbers(hub), erase_copies(hub))).await?;
    Ok(tokens.saturating_add(cards).saturating_add(customers))
}

async fn delete_tokens(hub: &Hub) -> Result<usize, Refusal> {
    let (now, mut deleted) = (hub.now(), 0_usize);
    for shard in 0..RETENTION_SHARDS {
        let expired = hub.store.expired_tokens(shard, now, PER_STEP).await?;
        let deletions = stream::iter(expired).map(|token| hub.store.delete_expired_token(token, now));
        let count = async |count: usize, is_deleted: bool| Ok(count.saturating_add(usize::from(is_deleted)));
        deleted = deleted.saturating_add(deletions.buffer_unordered(AT_ONCE).try_fold(0, count).await?);
    }
    Ok(deleted)
}

async fn erase_due_numbers(hub: &Hub) -> Result<usize, Refusal> {
    let until = hub.now().minus(hub.unsaved_card_life);
    let mut erased = 0_usize;
    for shard in 0..RETENTION_SHARDS {
        let due = hub.store.unsaved_cards(shard, None, until, PER_STEP).await?;
        erased = erased.saturating_add(purge(hub, due, until, Purge::Erase).await?.erased);
    }
    Ok(erased)
}

/// Counts the numbers of unsaved cards that were not used since `until`, or erases them. A card that was saved, or that
/// a charge under way needs, is left.
///
/// # Errors
/// The store's refusals. What was erased stays so; a repetition erases the rest.
pub async fn purge_cards(hub: &Hub, until: Timestamp, what: Purge) -> Result<Purged, Refusal> {
    let mut purged = Purged::default();
    for shard in 0..RETENTION_SHARDS {
        let mut last: Option<Unsaved> = None;
        loop {
            let found = hub.store.unsaved_cards(shard, last.as_ref(), until, PER_STEP).await?;
            let Some(next) = found.last().cloned() else { break };
            let step = purge(hub, found, until, what).await?;
            purged.erased = purged.erased.saturating_add(step.erased);
            purged.in_use = purged.in_use.saturating_add(step.in_use);
            last = Some(next);
        }
    }
    Ok(purged)
}

async fn purge(hub: &Hub, found: Vec<Unsaved>, until: Timestamp, what: Purge) -> Result<Purged, Refusal> {
    let looks = stream::iter(found).map(|unsaved| look(hub, unsaved, until, what));
    let count = async |purged: Purged, look: Look| {
        Ok(match look {
            Look::Erased => Purged { erased: purged.erased.saturating_add(1), ..purged },
            Look::InUse => Purged { in_use: purged.in_use.saturating_add(1), ..purged },
            Look::Saved => purged,
        })
    };
    looks.buffer_unordered(AT_ONCE).try_fold(Purged::default(), count).await
}

/// What one card turned out to be.
enum Look {
    Erased,
    InUse,
    /// It was saved, used or erased meanwhile.
    Saved,
}

async fn look(hub: &Hub, seen: Unsaved, until: Timestamp, what: Purge) -> Result<Look, Refusal> {
    let card = hub.store.any_card(seen.card).await?;
    let Some(card) = card.filter(|card| card.is_unsaved() && card.number.is_some()) else {
        if what == Purge::Erase {
            hub.store.keep_number(&seen).await?;
        }
        return Ok(Look::Saved);
    };
    let last = match card.last_charge {
        Some(charge) => hub.store.charge(card.client, charge).await?,
        None => None,
    };
    let is_in_use = last.is_some_and(|charge| {
        !charge.is_at_rest() || matches!(charge.status(), Status::Pending | Status::PreAuthorized)
    });
    match (is_in_use, what) {
        (true, Purge::Erase) => {
            hub.store.put_off(&seen, until.plus(NEXT_LOOK)).await?;
            Ok(Look::InUse)
        }
        (true, Purge::Count) => Ok(Look::InUse),
        (false, Purge::Count) => Ok(Look::Erased),
        (false, Purge::Erase) => Ok(if hub.store.erase_number(&seen).await? { Look::Erased } else { Look::Saved }),
    }
}

/// Erases what events and deliveries say of erased customers.
async fn erase_copies(hub: &Hub) -> Result<usize, Refusal> {
    let (now, mut done) = (hub.now(), 0_usize);
    for shard in 0..RETENTION_SHARDS {
        for erased in hub.store.erased_customers(shard, now.minus(RELAY_SLACK), PER_STEP).await? {
            erase_copies_of(hub, &erased, now).await?;
            hub.store.copies_erased(&erased).await?;
            done = done.saturating_add(1);
        }
    }
    Ok(done)
}

async fn erase_copies_of(hub: &Hub, erased: &Erased, now: Timestamp) -> Result<(), Refusal> {
    let from = now.minus(EVENT_LIFE);
    let (events, endpoints) =
        try_join(hub.store.events_of(erased, from, now), hub.store.webhooks(erased.client)).await?;
    for id in events {
        let Some(event) = hub.store.any_event(id).await? else { continue };
        hub.store.replace_event(&event.without_shopper()).await?;
        for endpoint in &endpoints {
            for attempt in hub.store.all_attempts(endpoint.id, id).await? {
                let left = DeliveryAttempt { answer: String::new(), ..attempt };
                hub.store.replace_attempt(endpoint.id, id, &left).await?;
            }
        }
    }
    Ok(())
}
