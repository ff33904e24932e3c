//! What came of a request is stored, again and again until it is.

use std::time::Duration;

use domain::charge::{Charge, Outcome, Settled};
use store::charges::Settle;

use crate::Hub;

/// A settle is tried for so long after the intent: less than a function has.
const SINCE_INTENT: Duration = Duration::from_secs(25);
/// And for so long at least, for what is settled later.
const AT_LEAST: Duration = Duration::from_secs(3);
/// The pause before a try after the table was busy or out of reach; it grows with the tries.
const PAUSE: Duration = Duration::from_millis(20);

impl Hub {
    /// Applies `outcome` to the request at `number` (from 1) and stores the charge with its session: the charge as it
    /// stands then. Where somebody was faster or the table is busy, the same outcome is applied to the newest charge.
    /// If the table stays out of reach, the charge as it would be told with its outcome not known: the sweeper finishes
    /// (design §3, "Create").
    pub async fn settle(&self, charge: Charge, number: usize, outcome: Outcome, took_ms: Option<u32>) -> Charge {
        let deadline = charge.created_at.plus(SINCE_INTENT).max(self.clock.now().plus(AT_LEAST));
        let mut current = charge;
        let mut tries: u32 = 0;
        loop {
            let now = self.clock.now();
            let (next, effect) = match current.settle(number, outcome.clone(), now, took_ms) {
                Settled::Unchanged => return current,
                Settled::LateMoney => {
                    tracing::error!(alarm = "late_money", charge = %current.id, "approved after it had failed");
                    return current;
                }
                Settled::Changed(next, effect) => (*next, effect),
            };
            let problem = match self.store.settle(current.version, &next, effect).await {
                Ok(Settle::Stored) => return next,
                Ok(Settle::Lost) => None,
                Err(error) => Some(error),
            };
            if now >= deadline {
                tracing::error!(?problem, charge = %current.id, "a settle could not be stored; the sweeper finishes");
                break;
            }
            if problem.is_some() {
                tries = tries.saturating_add(1);
                tokio::time::sleep(PAUSE.saturating_mul(tries)).await;
            }
            if let Ok(Some(newest)) = self.store.charge(current.client, current.id).await {
                current = Charge { source: current.source, ..newest };
            }
        }
        match current.settle(number, Outcome::Unknown, self.clock.now(), None) {
            Settled::Changed(told, _) => *told,
            Settled::Unchanged | Settled::LateMoney => current,
        }
    }
}
