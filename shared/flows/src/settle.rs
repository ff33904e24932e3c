//! What came of a request is stored, again and again until it is.

use domain::charge::{Charge, Outcome, Settled};
use store::charges::Settle;

use crate::Hub;

/// How often a settle is applied to a newer charge before the sweeper is left to finish.
const TRIES: u32 = 10;

impl Hub {
    /// Applies `outcome` to the request at `number` (from 1) and stores the charge with its session: the charge as it
    /// stands then. A lost race applies the same outcome to the newest charge. If the store is gone, the charge as it
    /// would be told with its outcome not known: the sweeper finishes (design §3, "Create").
    pub async fn settle(&self, charge: Charge, number: usize, outcome: Outcome, took_ms: Option<u32>) -> Charge {
        let mut current = charge;
        for _ in 0..TRIES {
            let now = self.clock.now();
            let (next, effect) = match current.settle(number, outcome.clone(), now, took_ms) {
                Settled::Unchanged => return current,
                Settled::LateMoney => {
                    tracing::error!(alarm = "late_money", charge = %current.id, "approved after it had failed");
                    return current;
                }
                Settled::Changed(next, effect) => (*next, effect),
            };
            match self.store.settle(current.version, &next, effect).await {
                Ok(Settle::Stored) => return next,
                Ok(Settle::Lost) => match self.store.charge(current.client, current.id).await {
                    Ok(Some(newest)) => current = Charge { source: current.source, ..newest },
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, charge = %current.id, "a settle could not read its charge");
                        break;
                    }
                },
                Err(error) => {
                    tracing::error!(%error, charge = %current.id, "a settle could not be stored; the sweeper finishes");
                    break;
                }
            }
        }
        match current.settle(number, Outcome::Unknown, self.clock.now(), None) {
            Settled::Changed(told, _) => *told,
            Settled::Unchanged | Settled::LateMoney => current,
        }
    }
}
