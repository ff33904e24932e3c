//! What was learned of a charge is stored, step after step until it is. This is the one place that steps and that
//! cancels the active charge of a session, so neither has to know the other.

use std::time::Duration;

use domain::{
    charge::{
        Charge, Outcome, Settled,
        command::{Ask, Asker, Command},
        notice::{News, Notice},
        request::{RequestKind, TransactionRequest},
        status::Status,
    },
    merchant::ProviderAccount,
    refusal::Refusal,
};
use store::inbox::{Record, State};

use crate::{
    charge::{
        request::{self, Answered},
        settle::{self, Source, Step},
    },
    hub::Hub,
    provider::{call, inbox},
    retry::Retry,
};

/// A settle is tried for so long after the intent: less than a function has.
const SINCE_INTENT: Duration = Duration::from_secs(25);
/// And for so long at least, for what is settled later.
const AT_LEAST: Duration = Duration::from_secs(3);
/// How often a notification is applied anew where others write the same charge.
const TRIES: u32 = 6;

/// What became of an unpaid charge that was to be canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// It is canceled, and its session free.
    Canceled,
    /// Its shopper had paid it.
    Paid,
    /// It still holds its session: what the provider did is unknown, or another change of it is under way.
    Held,
}

/// Applies `outcome` to the request at `number` (from 1) and stores the charge with its session: the charge as it is
/// then. Where the optimistic lock is lost or the table is busy, the same outcome is applied to the newest charge.
/// If the table stays out of reach, the charge as it would be shown with its outcome unknown: the sweeper finishes.
pub async fn outcome(hub: &Hub, charge: Charge, number: usize, outcome: Outcome, took_ms: Option<u32>) -> Charge {
    let answered = Answered { charge, number, outcome, took_ms };
    let mut settling = Settling::new(hub, &answered);
    loop {
        let (active, beside) = match settling.run().await {
            Ended::Settled(charge) => return *charge,
            Ended::CancelFirst { active, beside } => (active, beside),
        };
        let problem = match cancel_first(hub, *active).await {
            Ok(Cancellation::Canceled | Cancellation::Paid) => {
                settling.current.beside_session |= beside;
                None
            }
            Ok(Cancellation::Held) => return settling.wait().await,
            Err(refusal) => Some(refusal),
        };
        if !settling.again(problem).await {
            return settling.unknown();
        }
    }
}

/// Applies one notification to its charge; one that is about nothing that the hub knows of waits. Only the account
/// that was asked for something can notify of it.
///
/// # Errors
/// The store's refusals: then it is to come again.
pub async fn update(hub: &Hub, record: Record) -> Result<(), Refusal> {
    let applied = Record { state: State::Applied, due_at: None, ..record };
    let source = Source::Notice(&applied);
    let (mut beside_session, mut retry) = (false, Retry::times(TRIES));
    loop {
        let found = hub.store.charge(applied.client, applied.notice.reference.charge).await?;
        let Some(charge) = found.filter(|charge| is_about(&applied, charge)) else {
            return inbox::wait(&hub.store, &applied, hub.now()).await;
        };
        let current = Charge { beside_session: charge.beside_session || beside_session, ..charge };
        match step(hub, &current, &source, None).await? {
            Step::Stored(_) => return Ok(()),
            Step::Nothing => return inbox::note(&hub.store, &applied).await,
            Step::Wait => return inbox::wait(&hub.store, &applied, hub.now()).await,
            Step::Alarm => return inbox::note(&hub.store, &Record { state: State::Unresolved, ..applied }).await,
            Step::CancelFirst { active, beside } => match cancel_first(hub, *active).await? {
                Cancellation::Canceled | Cancellation::Paid => beside_session |= beside,
                Cancellation::Held => return inbox::wait(&hub.store, &applied, hub.now()).await,
            },
            Step::Again { beside } => beside_session |= beside,
        }
        retry.again().await?;
    }
}

/// Stores the intent, calls the provider and settles: the charge and the number of the request. None where the charge
/// was written since it was read, and nothing was stored or sent.
pub(crate) async fn carry_out(
    hub: &Hub,
    read: &Charge,
    ask: Ask,
    asker: Asker,
    account: &ProviderAccount,
) -> Result<Option<(Charge, usize)>, Refusal> {
    let Some(answered) = request::send(hub, read, ask, asker, account).await? else { return Ok(None) };
    let Answered { charge, number, outcome: learned, took_ms } = answered;
    Ok(Some((outcome(hub, charge, number, learned, took_ms).await, number)))
}

/// Asks the provider to cancel an unpaid charge. Where it refuses, the payment itself is asked about: its shopper may
/// have been faster.
pub(crate) async fn cancel(hub: &Hub, active: Charge, ends_session: bool) -> Result<Cancellation, Refusal> {
    let Ok(ask) = active.decide(Command::Cancel, request::abilities(&active)) else { return Ok(found(&active)) };
    let Some(account) = request::account(hub, &active).await? else { return Ok(Cancellation::Held) };
    let asker = Asker { id: request::next_id(hub, &active), body: None, ends_session };
    let Some(answered) = request::send(hub, &active, ask, asker, &account).await? else {
        return Ok(Cancellation::Held);
    };
    let charge = settled(hub, &answered).await;
    let is_refused = charge.request(answered.number).is_some_and(TransactionRequest::is_final);
    if charge.status() == Status::Pending && is_refused {
        let payment = charge.payment();
        let outcome = call::query(hub, &charge, payment, &account).await;
        let answered = Answered { charge, number: payment, outcome, took_ms: None };
        return Ok(found(&settled(hub, &answered).await));
    }
    Ok(found(&charge))
}

/// Cancels the active charge of a session for a late payment. On the heap: the future is large, and seldom needed.
async fn cancel_first(hub: &Hub, active: Charge) -> Result<Cancellation, Refusal> {
    Box::pin(cancel(hub, active, false)).await
}

fn found(charge: &Charge) -> Cancellation {
    match charge.status() {
        Status::Canceled | Status::Failed => Cancellation::Canceled,
        Status::Pending | Status::PreAuthorized => Cancellation::Held,
        Status::Authorized | Status::Voided | Status::ChargedBack | Status::RefundPending => Cancellation::Paid,
    }
}

/// Settles the answer to a cancellation. Where its session went to one more charge meanwhile and the payment came
/// after all, that payment waits in the inbox for the sweeper: a cancellation never begins another.
async fn settled(hub: &Hub, answered: &Answered) -> Charge {
    let mut settling = Settling::new(hub, answered);
    match settling.run().await {
        Ended::Settled(charge) => *charge,
        Ended::CancelFirst { .. } => settling.wait().await,
    }
}

async fn step(hub: &Hub, current: &Charge, source: &Source<'_>, took_ms: Option<u32>) -> Result<Step, Refusal> {
    let can_refund = request::abilities(current).can_refund;
    settle::step(&hub.store, current, source, request::learned(hub, current, took_ms), can_refund).await
}

/// One answer on its way into the table.
struct Settling<'a> {
    hub: &'a Hub,
    answered: &'a Answered,
    current: Charge,
    retry: Retry,
}

/// Where the steps of one answer have ended.
enum Ended {
    /// There is nothing more to do: the charge as it is now.
    Settled(Box<Charge>),
    /// They go on after the active charge of the session was canceled.
    CancelFirst { active: Box<Charge>, beside: bool },
}

impl<'a> Settling<'a> {
    fn new(hub: &'a Hub, answered: &'a Answered) -> Self {
        let current = answered.charge.clone();
        let asked_at = current.request(answered.number).map_or(current.created_at, |request| request.created_at);
        let deadline = asked_at.plus(SINCE_INTENT).max(hub.now().plus(AT_LEAST));
        Self { hub, answered, current, retry: Retry::until(&hub.clock, deadline) }
    }

    /// Steps until the answer is stored, has to wait, or its time is over.
    async fn run(&mut self) -> Ended {
        let source = Source::Answer { number: self.answered.number, outcome: &self.answered.outcome };
        loop {
            let problem = match step(self.hub, &self.current, &source, self.answered.took_ms).await {
                Ok(Step::Stored(charge)) => return Ended::Settled(charge),
                Ok(Step::Nothing | Step::Alarm) => return Ended::Settled(Box::new(self.current.clone())),
                Ok(Step::Wait) => return Ended::Settled(Box::new(self.wait().await)),
                Ok(Step::CancelFirst { active, beside }) => return Ended::CancelFirst { active, beside },
                Ok(Step::Again { beside }) => {
                    self.current.beside_session |= beside;
                    None
                }
                Err(refusal) => Some(refusal),
            };
            if !self.again(problem).await {
                return Ended::Settled(Box::new(self.unknown()));
            }
        }
    }

    /// Reads the charge anew for the next step; false where the time is over.
    async fn again(&mut self, problem: Option<Refusal>) -> bool {
        if self.retry.again().await.is_err() {
            tracing::error!(?problem, charge = %self.current.id, "a settle could not be stored; the sweeper finishes");
            return false;
        }
        if let Ok(Some(newest)) = self.hub.store.charge(self.current.client, self.current.id).await {
            let beside_session = newest.beside_session || self.current.beside_session;
            self.current = Charge { source: self.current.source.clone(), beside_session, ..newest };
        }
        true
    }

    /// The charge as it would be shown with its outcome unknown.
    fn unknown(&self) -> Charge {
        let learned = request::learned(self.hub, &self.current, None);
        match self.current.settle(self.answered.number, Outcome::Unknown, learned) {
            Settled::Changed(shown, _) => *shown,
            Settled::Unchanged | Settled::NotYet | Settled::Late(_) | Settled::Alarm(_) => self.current.clone(),
        }
    }

    /// What was found by asking and has to wait, waits in the inbox as if its provider had notified of it: a late
    /// payment, or a refund that was made although it had been refused.
    async fn wait(&self) -> Charge {
        let (charge, number) = (self.current.clone(), self.answered.number);
        let (Some(request), Some(via)) = (charge.request(number), charge.via()) else { return charge };
        let (amount, receipt) = match &self.answered.outcome {
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
        let notice = Notice { reference: charge.reference(number), id, news };
        let record = inbox::record(charge.client, via, notice, State::Waiting, self.hub.now());
        if let Err(error) = self.hub.store.record(&record).await {
            tracing::error!(alarm = "late_money", %error, charge = %charge.id, "late news could not be noted");
        }
        charge
    }
}

/// Whether the account that sent `record` is the one that was asked for what it is about.
fn is_about(record: &Record, charge: &Charge) -> bool {
    let asked = charge.request(usize::from(record.notice.reference.number));
    asked.is_none_or(|request| request.via.id == record.account)
}
