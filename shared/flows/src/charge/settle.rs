//! What was learned of a charge is stored, again and again until it is.

use std::time::Duration;

use domain::{
    charge::{
        Charge, LateMoney, Learned, Outcome, SessionEffect, Settled,
        notice::{News, Notice},
        request::{Receipt, RequestKind},
    },
    ids::RequestId,
    refusal::Refusal,
};
use store::{
    charges::Settle,
    inbox::{Record, State},
};

use crate::{Hub, charge::late::Late};

/// A settle is tried for so long after the intent: less than a function has.
const SINCE_INTENT: Duration = Duration::from_secs(25);
/// And for so long at least, for what is settled later.
const AT_LEAST: Duration = Duration::from_secs(3);
/// The pause before a try after the table was busy or out of reach; it grows with the tries.
const PAUSE: Duration = Duration::from_millis(20);

/// From where something was learned.
pub(crate) enum Source<'a> {
    /// The request at this number was answered, or asked about.
    Answer { number: usize, outcome: &'a Outcome, took_ms: Option<u32> },
    /// A provider told it.
    Notice(&'a Record),
}

/// What one try to store it came to.
pub(crate) enum Step {
    /// It is stored, together with its record if a notice told it: the charge as it is now.
    Stored(Charge),
    /// It changes nothing, and nothing was written.
    Nothing(Charge),
    /// It has to wait for something else to end.
    Wait(Charge),
    /// It contradicts what the hub knows; that was logged.
    Alarm(Charge),
    /// Somebody else was faster: read the charge, and try again.
    Again { beside: bool },
}

impl Hub {
    /// Applies `outcome` to the request at `number` (from 1) and stores the charge with its session: the charge as it
    /// stands then. Where somebody was faster or the table is busy, the same outcome is applied to the newest charge.
    /// If the table stays out of reach, the charge as it would be told with its outcome not known: the sweeper finishes
    /// (design §3, "Create").
    pub async fn settle(&self, charge: Charge, number: usize, outcome: Outcome, took_ms: Option<u32>) -> Charge {
        let asked_at = charge.request(number).map_or(charge.created_at, |request| request.created_at);
        let deadline = asked_at.plus(SINCE_INTENT).max(self.clock.now().plus(AT_LEAST));
        let source = Source::Answer { number, outcome: &outcome, took_ms };
        let mut current = charge;
        let mut tries: u32 = 0;
        loop {
            let problem = match self.step(&current, &source).await {
                Ok(Step::Stored(charge) | Step::Nothing(charge) | Step::Alarm(charge)) => return charge,
                Ok(Step::Wait(charge)) => return self.keep_for_later(charge, &source).await,
                Ok(Step::Again { beside }) => {
                    current.beside_session |= beside;
                    None
                }
                Err(refusal) => Some(refusal),
            };
            if self.clock.now() >= deadline {
                tracing::error!(?problem, charge = %current.id, "a settle could not be stored; the sweeper finishes");
                break;
            }
            if problem.is_some() {
                tries = tries.saturating_add(1);
                tokio::time::sleep(PAUSE.saturating_mul(tries)).await;
            }
            if let Ok(Some(newest)) = self.store.charge(current.client, current.id).await {
                let beside_session = newest.beside_session || current.beside_session;
                current = Charge { source: current.source, beside_session, ..newest };
            }
        }
        match current.settle(number, Outcome::Unknown, self.learned(&current, None)) {
            Settled::Changed(told, _) => *told,
            Settled::Unchanged | Settled::NotYet | Settled::Late(_) | Settled::Alarm(_) => current,
        }
    }

    /// One try to apply what was learned to the charge as it was read, and to store it.
    pub(crate) async fn step(&self, current: &Charge, source: &Source<'_>) -> Result<Step, Refusal> {
        let (settled, record) = match source {
            Source::Answer { number, outcome, took_ms } => {
                (current.settle(*number, (*outcome).clone(), self.learned(current, *took_ms)), None)
            }
            Source::Notice(record) => (current.hear(&record.notice, self.learned(current, None)), Some(*record)),
        };
        let (next, effect) = match settled {
            Settled::Unchanged => return Ok(Step::Nothing(current.clone())),
            Settled::NotYet => return Ok(Step::Wait(current.clone())),
            Settled::Alarm(alarm) => {
                tracing::error!(alarm, charge = %current.id, "a provider says what cannot be; nothing was changed");
                return Ok(Step::Alarm(current.clone()));
            }
            Settled::Late(late) => match self.take_late(current, &late).await? {
                Late::Store(next, effect) => (*next, effect),
                Late::Wait => return Ok(Step::Wait(current.clone())),
                Late::Again => return Ok(Step::Again { beside: false }),
                Late::Nothing => return Ok(Step::Nothing(current.clone())),
            },
            // The session was taken from it meanwhile: its money is late, even if it is not.
            Settled::Changed(next, _) if current.beside_session && next.was_paid() && !current.was_paid() => {
                let late = LateMoney { amount: next.amount(), receipt: Receipt::default() };
                match self.take_late(&Charge { beside_session: false, ..current.clone() }, &late).await? {
                    Late::Store(next, effect) => (*next, effect),
                    Late::Wait => return Ok(Step::Wait(current.clone())),
                    Late::Again => return Ok(Step::Again { beside: true }),
                    Late::Nothing => return Ok(Step::Nothing(current.clone())),
                }
            }
            Settled::Changed(next, effect) => (*next, effect),
        };
        self.store_step(current, next, effect, record).await
    }

    async fn store_step(
        &self,
        current: &Charge,
        next: Charge,
        effect: SessionEffect,
        record: Option<&Record>,
    ) -> Result<Step, Refusal> {
        match self.store.settle(current.version, &next, effect, record).await? {
            Settle::Stored => {
                if next.has_given_up_giving_back() {
                    tracing::error!(alarm = "second_payment", charge = %next.id, "money is owed and cannot be given back");
                }
                Ok(Step::Stored(next))
            }
            Settle::Known => Ok(Step::Stored(current.clone())),
            Settle::Lost => Ok(Step::Again { beside: false }),
            Settle::SessionLost => {
                let session = match next.session {
                    Some(id) => self.store.session(next.client, id).await?,
                    None => None,
                };
                let beside = session.is_none_or(|session| session.claim != Some(next.id));
                Ok(Step::Again { beside })
            }
        }
    }

    /// What was found by asking and has to wait, waits in the inbox as if it had been told: late money, or a refund that
    /// was made although it had been refused.
    async fn keep_for_later(&self, charge: Charge, source: &Source<'_>) -> Charge {
        let Source::Answer { number, outcome, .. } = source else { return charge };
        let (Some(request), Some(via)) = (charge.request(*number), charge.via()) else { return charge };
        let (amount, receipt) = match outcome {
            Outcome::Paid(amount, receipt) => (*amount, receipt.clone()),
            Outcome::Approved(receipt) => (request.amount, receipt.clone()),
            Outcome::Declined(_)
            | Outcome::Pending(_)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound
            | Outcome::NotSent => return charge,
        };
        let id = receipt.transaction_id.clone().unwrap_or_default();
        let is_refund = request.kind == RequestKind::Void;
        let news = if is_refund { News::Refunded { amount } } else { News::Paid { amount, receipt } };
        let notice = Notice { reference: charge.reference(*number), id, news };
        let record = self.record(charge.client, via, notice, State::Waiting);
        if let Err(error) = self.store.record(&record).await {
            tracing::error!(alarm = "late_money", %error, charge = %charge.id, "late news could not be noted");
        }
        charge
    }

    pub(crate) fn learned(&self, charge: &Charge, took_ms: Option<u32>) -> Learned {
        Learned { at: self.clock.now(), took_ms, id: self.next_request(charge) }
    }

    /// The id of the request that would be appended next by the hub itself.
    pub(crate) fn next_request(&self, charge: &Charge) -> RequestId {
        let number = charge.requests.len().saturating_add(1);
        RequestId::new(self.secrets.derived(charge.id.uuid(), &format!("request {number}")))
    }
}
