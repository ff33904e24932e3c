//! The hub looks after what is due: every minute, and whenever one machine starts or its clock is moved.

use std::time::Duration;

use domain::refusal::Refusal;
use futures::future::join_all;
use store::{
    due::{Due, DueItem},
    keys::DUE_SHARDS,
};

use crate::Hub;

/// How long one sweep may take.
const TIME_LIMIT: Duration = Duration::from_secs(45);
/// How many charges and notices one sweep looks after at most.
const MAX_QUESTIONS: usize = 500;
const PER_SHARD: i32 = 100;
/// How many are looked after at once.
const AT_ONCE: usize = 8;
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
}

impl Hub {
    /// Looks after everything that is due, a few at a time; what fails, or is slow, does not hold up the rest.
    ///
    /// # Errors
    /// The store's refusals, where no part of the index can be read.
    pub async fn sweep(&self) -> Result<Swept, Refusal> {
        let started = self.clock.now();
        let first = u8::try_from(started.as_millis() % i64::from(DUE_SHARDS)).unwrap_or(0);
        let mut swept = Swept::default();
        let mut unread = 0;
        for shard in (first..DUE_SHARDS).chain(0..first) {
            let found = match self.store.due(shard, started, PER_SHARD).await {
                Ok(found) => found,
                Err(error) if unread >= MAX_UNREAD => return Err(error.into()),
                Err(error) => {
                    tracing::error!(%error, shard, "a part of the index of due work could not be read");
                    unread += 1;
                    continue;
                }
            };
            for few in found.chunks(AT_ONCE) {
                if self.clock.now().since(started) >= TIME_LIMIT || swept.asked >= MAX_QUESTIONS {
                    return Ok(swept);
                }
                for (due, outcome) in few.iter().zip(join_all(few.iter().map(|due| self.attend(due))).await) {
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

    /// Leases one thing that is due and does what it is due for; false where somebody else has it.
    async fn attend(&self, due: &Due) -> Result<bool, Refusal> {
        let now = self.clock.now();
        match &due.what {
            DueItem::Charge(id) => {
                let Some(charge) = self.store.any_charge(*id).await? else { return Ok(false) };
                if !self.store.lease(due, now.plus(charge.question_pause(now))).await? {
                    return Ok(false);
                }
                self.look_after(charge).await?;
            }
            DueItem::Notice(key) => {
                let Some(record) = self.store.record_of(key).await? else { return Ok(false) };
                if !self.store.lease(due, now.plus(NOTICE_LEASE)).await? {
                    return Ok(false);
                }
                self.take_notice(record, None).await?;
            }
            // Deliveries have an index of their own.
            DueItem::Delivery(..) => return Ok(false),
        }
        Ok(true)
    }
}
