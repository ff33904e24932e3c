//! The hub looks after what is due: every minute, and whenever one machine starts or its clock is moved.

use std::time::Duration;

use domain::refusal::Refusal;
use futures::future::join_all;
use store::{due::Due, keys::DUE_SHARDS};

use crate::Hub;

/// How long one sweep may take.
const TIME_LIMIT: Duration = Duration::from_secs(45);
/// How many providers one sweep asks at most.
const MAX_QUESTIONS: usize = 500;
const PER_SHARD: i32 = 100;
/// How many charges are looked after at once.
const AT_ONCE: usize = 8;
/// How many parts of the index may be out of reach before the sweep gives up.
const MAX_UNREAD: u32 = 3;

/// What one sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Charges that were asked about.
    pub asked: usize,
    /// Charges that could not be looked after; each was logged.
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
                for (due, outcome) in few.iter().zip(join_all(few.iter().map(|due| self.look_after(due))).await) {
                    match outcome {
                        Ok(asked) => swept.asked = swept.asked.saturating_add(usize::from(asked)),
                        Err(refusal) => {
                            tracing::error!(%refusal, charge = %due.charge, "a due charge could not be looked after");
                            swept.failed = swept.failed.saturating_add(1);
                        }
                    }
                }
            }
        }
        Ok(swept)
    }

    /// Leases one due charge and asks about it; false where somebody else has it.
    async fn look_after(&self, due: &Due) -> Result<bool, Refusal> {
        let Some(charge) = self.store.due_charge(due).await? else { return Ok(false) };
        let now = self.clock.now();
        if !self.store.lease(due, now.plus(charge.question_pause(now))).await? {
            return Ok(false);
        }
        self.reconcile(charge).await?;
        Ok(true)
    }
}
