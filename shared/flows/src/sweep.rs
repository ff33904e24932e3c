//! What is due is processed: every minute, and whenever one machine starts or its clock is moved.

use std::{collections::HashMap, time::Duration};

use domain::{
    ids::{EventId, ProviderAccountId, WebhookId},
    refusal::Refusal,
    time::Timestamp,
};
use futures::{
    StreamExt,
    future::{join, join_all},
    stream,
};
use store::{
    due::{Due, DueItem},
    keys::{DueLane, SEND_SHARDS},
};
use tokio::sync::Semaphore;

use crate::{
    charge::{conclude, reconcile},
    hub::Hub,
    retention,
};

/// How long one sweep may take.
const TIME_LIMIT: Duration = Duration::from_secs(45);
/// How many entries of one partition of a lane one sweep reads at most.
const PER_SHARD: i32 = 1_000;
/// How many charges and notifications are processed at once.
const AT_ONCE: usize = 256;
/// How many of them are about one provider account at once.
pub const PER_ACCOUNT: usize = 24;
/// How many partitions of the index are read at once.
const READ_AT_ONCE: usize = 16;
/// How many deliveries one sweep queues at most.
const MAX_QUEUED: usize = 1_000;
/// How many entries of one partition of deliveries one sweep reads at most.
const DELIVERIES_PER_SHARD: i32 = 100;
/// How many deliveries are leased at once.
const LEASED_AT_ONCE: usize = 25;
/// For how long a delivery that was queued is left to the queue.
const QUEUE_LEASE: Duration = Duration::from_mins(5);
/// For how long no other sweep looks at a notification.
const NOTIFICATION_LEASE: Duration = Duration::from_mins(1);
/// How many partitions of the index may be out of reach before the sweep ends.
const MAX_UNREAD: usize = 3;

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Charges and notifications that were processed.
    pub asked: usize,
    /// Those that could not be; each was logged.
    pub failed: usize,
    /// Deliveries that were queued.
    pub queued: usize,
    /// What was erased because its time was over ([`retention`]).
    pub erased: usize,
}

/// Processes everything that is due; what fails, or is slow, does not hold up the rest.
///
/// # Errors
/// The store's refusals, where parts of the index cannot be read, or deliveries cannot be queued. Whatever else is due
/// was processed.
pub async fn run(hub: &Hub) -> Result<Swept, Refusal> {
    let started = hub.now();
    let first = u8::try_from(started.as_millis() % i64::from(SEND_SHARDS)).unwrap_or(0);
    let queued = queue_due(hub, (first..SEND_SHARDS).chain(0..first), started).await;
    let (found, unread) = read_due(hub, started).await;
    let (swept, erased) = join(attend_all(hub, found, started), retention::run(hub)).await;
    unread.map_or(Ok(()), Err)?;
    Ok(Swept { queued: queued?, erased: erased?, ..swept })
}

/// The charges and notifications that are due, the most urgent lane first; and why the reading ended, where too much of
/// the index is out of reach.
async fn read_due(hub: &Hub, started: Timestamp) -> (Vec<Due>, Option<Refusal>) {
    let partitions = DueLane::ALL.into_iter().flat_map(|lane| (0..lane.shards()).map(move |shard| (lane, shard)));
    let reads = partitions.map(|(lane, shard)| hub.store.due(lane, shard, started, PER_SHARD));
    let mut reads = stream::iter(reads).buffered(READ_AT_ONCE);
    let (mut found, mut unread) = (Vec::new(), 0_usize);
    while let Some(read) = reads.next().await {
        match read {
            Ok(due) => found.extend(due),
            Err(error) if unread >= MAX_UNREAD => return (found, Some(error.into())),
            Err(error) => {
                unread = unread.saturating_add(1);
                tracing::error!(%error, "a part of the index of due work could not be read");
            }
        }
    }
    (found, None)
}

/// Processes what is due. Each provider account has a queue of its own, its most urgent work first: an account that
/// hangs, or has much due, holds up no other.
async fn attend_all(hub: &Hub, found: Vec<Due>, started: Timestamp) -> Swept {
    let mut queues: HashMap<Option<ProviderAccountId>, Vec<Due>> = HashMap::new();
    for due in found {
        queues.entry(due.account).or_default().push(due);
    }
    let turns = Semaphore::new(AT_ONCE);
    let attended = |due| attend(hub, due, started, &turns);
    let queues = queues.into_values().map(|queue| stream::iter(queue).map(attended).buffer_unordered(PER_ACCOUNT));
    let outcomes = stream::iter(queues).flatten_unordered(None);
    let count = async |swept: Swept, outcome| match outcome {
        Attended::Done => Swept { asked: swept.asked.saturating_add(1), ..swept },
        Attended::Failed => Swept { failed: swept.failed.saturating_add(1), ..swept },
        Attended::Left => swept,
    };
    outcomes.fold(Swept::default(), count).await
}

/// What became of one entry of the index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attended {
    Done,
    Failed,
    /// Another sweep has it, it is not there any more, or it is left to the next sweep.
    Left,
}

/// Processes one thing that is due in its turn, unless the sweep's time is over.
async fn attend(hub: &Hub, due: Due, started: Timestamp, turns: &Semaphore) -> Attended {
    let turn = turns.acquire().await;
    if turn.is_err() || hub.now().since(started) >= TIME_LIMIT {
        return Attended::Left;
    }
    // On the heap: the future is large, and a sweep has many.
    match Box::pin(lease_and_do(hub, &due)).await {
        Ok(true) => Attended::Done,
        Ok(false) => Attended::Left,
        Err(refusal) => {
            tracing::error!(?refusal, what = ?due.what, "what is due could not be done");
            Attended::Failed
        }
    }
}

/// Leases one thing that is due and does what it is due for; false where it is left.
async fn lease_and_do(hub: &Hub, due: &Due) -> Result<bool, Refusal> {
    match &due.what {
        DueItem::Charge(id) => {
            let Some(charge) = hub.store.any_charge(*id).await? else { return Ok(false) };
            // What is due at this very millisecond is done now.
            let looked = hub.now().plus(Duration::from_millis(1));
            let leased = match charge.due_after(looked) {
                Some(next) => hub.store.lease_charge(due, &charge, next).await?,
                None => hub.store.lease(due, looked.plus(NOTIFICATION_LEASE)).await?,
            };
            if leased {
                Box::pin(reconcile::due(hub, charge)).await?;
            }
            Ok(leased)
        }
        DueItem::Notification(key) => {
            let Some(record) = hub.store.record_of(key).await? else { return Ok(false) };
            let leased = hub.store.lease(due, hub.now().plus(NOTIFICATION_LEASE)).await?;
            if leased {
                conclude::update(hub, record).await?;
            }
            Ok(leased)
        }
        // Deliveries have an index of their own.
        DueItem::Delivery(..) => Ok(false),
    }
}

/// Queues the deliveries that are due: those whose message was lost, whose pause is over, or that were resent. Each is
/// leased first, so that one whose message is lost again is due again. What fails is left to the next sweep.
async fn queue_due(hub: &Hub, shards: impl Iterator<Item = u8>, started: Timestamp) -> Result<usize, store::Error> {
    let Some(queue) = &hub.queue else { return Ok(0) };
    let mut queued: usize = 0;
    for shard in shards {
        let room =
            i32::try_from(MAX_QUEUED.saturating_sub(queued)).unwrap_or(DELIVERIES_PER_SHARD).min(DELIVERIES_PER_SHARD);
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
