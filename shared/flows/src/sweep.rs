//! The hub looks after what is due: every minute, and whenever one machine starts or its clock is moved.

use std::time::Duration;

use domain::{
    ids::{EventId, WebhookId},
    refusal::Refusal,
    time::Timestamp,
};
use futures::future::join_all;
use store::{
    due::{Due, DueItem},
    keys::DUE_SHARDS,
};

use crate::{
    charge::{conclude, reconcile},
    hub::Hub,
};

/// How long one sweep may take.
const TIME_LIMIT: Duration = Duration::from_secs(45);
/// How many charges and notices one sweep looks after at most.
const MAX_QUESTIONS: usize = 500;
const PER_SHARD: i32 = 100;
/// How many are looked after at once.
const AT_ONCE: usize = 8;
/// How many deliveries one sweep queues at most.
const MAX_QUEUED: usize = 1_000;
/// How many deliveries are leased at once.
const LEASED_AT_ONCE: usize = 25;
/// For how long a delivery that was queued is left to the queue.
const QUEUE_LEASE: Duration = Duration::from_mins(5);
/// For how long a notice that is looked at is nobody else's.
const NOTICE_LEASE: Duration = Duration::from_mins(1);
/// How many parts of the index may be out of reach before the sweep gives up.
const MAX_UNREAD: u32 = 3;

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Charges and notices that were looked after.
    pub asked: usize,
    /// Those that could not be; each was logged.
    pub failed: usize,
    /// Deliveries that were queued.
    pub queued: usize,
}

/// Looks after everything that is due, a few at a time; what fails, or is slow, does not hold up the rest.
///
/// # Errors
/// The store's refusals, where no part of the index can be read, or deliveries cannot be queued. Whatever else is due
/// was looked after.
pub async fn run(hub: &Hub) -> Result<Swept, Refusal> {
    let started = hub.now();
    let first = u8::try_from(started.as_millis() % i64::from(DUE_SHARDS)).unwrap_or(0);
    let shards = (first..DUE_SHARDS).chain(0..first);
    let queued = queue_due(hub, shards.clone(), started).await;
    let swept = attend_due(hub, shards, started).await?;
    Ok(Swept { queued: queued?, ..swept })
}

/// Looks after the charges and notices that are due.
async fn attend_due(hub: &Hub, shards: impl Iterator<Item = u8>, started: Timestamp) -> Result<Swept, Refusal> {
    let (mut swept, mut unread) = (Swept::default(), 0);
    for shard in shards {
        let found = match hub.store.due(shard, started, PER_SHARD).await {
            Ok(found) => found,
            Err(error) if unread >= MAX_UNREAD => return Err(error.into()),
            Err(error) => {
                tracing::error!(%error, shard, "a part of the index of due work could not be read");
                unread += 1;
                continue;
            }
        };
        for few in found.chunks(AT_ONCE) {
            if hub.now().since(started) >= TIME_LIMIT || swept.asked >= MAX_QUESTIONS {
                return Ok(swept);
            }
            for (due, outcome) in few.iter().zip(join_all(few.iter().map(|due| attend(hub, due))).await) {
                match outcome {
                    Ok(asked) => swept.asked = swept.asked.saturating_add(usize::from(asked)),
                    Err(refusal) => {
                        tracing::error!(%refusal, what = ?due.what, "what is due could not be done");
                        swept.failed = swept.failed.saturating_add(1);
                    }
                }
            }
        }
    }
    Ok(swept)
}

/// Queues the deliveries that are due: those whose message was lost, whose pause is over, or that a person asked for.
/// Each is leased first, so that one that is lost once more is due again. What fails is left to the next sweep.
async fn queue_due(hub: &Hub, shards: impl Iterator<Item = u8>, started: Timestamp) -> Result<usize, store::Error> {
    let Some(queue) = &hub.queue else { return Ok(0) };
    let mut queued: usize = 0;
    for shard in shards {
        let room = i32::try_from(MAX_QUEUED.saturating_sub(queued)).unwrap_or(PER_SHARD).min(PER_SHARD);
        if room <= 0 || hub.now().since(started) >= TIME_LIMIT {
            break;
        }
        let leased = lease_due(hub, shard, started, room).await?;
        queue.send(&leased, Duration::ZERO).await?;
        queued = queued.saturating_add(leased.len());
    }
    Ok(queued)
}

async fn lease_due(hub: &Hub, shard: u8, now: Timestamp, room: i32) -> Result<Vec<(WebhookId, EventId)>, store::Error> {
    let (found, until) = (hub.store.due_deliveries(shard, now, room).await?, now.plus(QUEUE_LEASE));
    let mut leased = Vec::new();
    for few in found.chunks(LEASED_AT_ONCE) {
        let outcomes = join_all(few.iter().map(|due| hub.store.lease(due, until))).await;
        for (due, outcome) in few.iter().zip(outcomes) {
            match (&due.what, outcome) {
                (DueItem::Delivery(webhook, event), Ok(true)) => leased.push((*webhook, *event)),
                (_, Ok(_)) => {}
                (what, Err(error)) => tracing::error!(%error, ?what, "a delivery that is due could not be leased"),
            }
        }
    }
    Ok(leased)
}

/// Leases one thing that is due and does what it is due for; false where somebody else has it.
async fn attend(hub: &Hub, due: &Due) -> Result<bool, Refusal> {
    let now = hub.now();
    match &due.what {
        DueItem::Charge(id) => {
            let Some(charge) = hub.store.any_charge(*id).await? else { return Ok(false) };
            if !hub.store.lease(due, now.plus(charge.question_pause(now))).await? {
                return Ok(false);
            }
            reconcile::due(hub, charge).await?;
        }
        DueItem::Notice(key) => {
            let Some(record) = hub.store.record_of(key).await? else { return Ok(false) };
            if !hub.store.lease(due, now.plus(NOTICE_LEASE)).await? {
                return Ok(false);
            }
            conclude::update(hub, record).await?;
        }
        // Deliveries have an index of their own.
        DueItem::Delivery(..) => return Ok(false),
    }
    Ok(true)
}
