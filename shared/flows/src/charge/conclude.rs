//! Reports on a charge (answers and notifications) are stored, step by step. This is the one place that both steps and
//! cancels the active charge of a session, so neither of the two depends on the other.

use std::{collections::VecDeque, time::Duration};

use domain::{
    alarm::Alarm,
    charge::{
        Charge, Decision, Outcome, Report, SessionView, WaitReason,
        command::{Command, Intent, Requester},
        request::{Origin, RequestKind, TransactionRequest},
        status::{Phase, Status},
        update::{ProviderUpdate, UpdateKind},
    },
    ids::ChargeId,
    limits::CANCEL_LIMIT,
    merchant::ProviderAccount,
    refusal::Refusal,
};
use providers::{Reading, adapter, capabilities::abilities};
use store::inbox::{Record, State};

use crate::{
    charge::{
        request::{self, CallOutcome},
        settle::{self, Step},
    },
    hub::Hub,
    provider::{call, inbox},
    retry::Retry,
};

/// A settle is retried for so long after the intent: less than a function has.
const SINCE_INTENT: Duration = Duration::from_secs(25);
/// And for so long at least, for what is settled later.
const AT_LEAST: Duration = Duration::from_secs(3);
/// How many waiting notifications one change applies at most; the others have due dates of their own.
const MAX_WOKEN: usize = 50;

/// What became of an unpaid charge that was to be canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// It is canceled, or has failed: its session is free.
    Canceled,
    /// Its shopper has paid it.
    Paid,
    /// It still holds its session's lock: the outcome is unknown, or another change of it is under way.
    Locked,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is stored.
    Stored,
    /// It changes nothing.
    Nothing,
    /// It contradicts what the hub knows: nothing was changed. This alarm was raised.
    Contradiction(Alarm),
    /// It waits in the inbox for this, and is applied then.
    Waiting(WaitReason),
    /// It cannot be applied before this, and was not kept.
    TooEarly(WaitReason),
    /// The table stayed out of reach: nothing was stored.
    NotStored,
}

/// A charge after a report.
#[derive(Debug)]
pub struct Concluded {
    /// The charge as it is then.
    pub charge: Charge,
    /// What became of the report.
    pub end: End,
}

/// Applies `outcome` to the request at `number` (from 1) and stores the charge with its session: the charge as it is
/// then. Where the optimistic lock is lost or the table is busy, the same outcome is applied to the newest charge.
/// If the table stays out of reach, the charge as it would be shown with its outcome unknown: the sweeper finishes.
pub async fn outcome(hub: &Hub, charge: Charge, number: usize, outcome: Outcome) -> Concluded {
    reading(hub, CallOutcome { charge, number, done: Reading::from(outcome).into() }).await
}

/// The same with what else the provider said: the charge as it is after that, too.
pub(crate) async fn reading(hub: &Hub, mut answered: CallOutcome) -> Concluded {
    let mut woken = Vec::new();
    let updates = std::mem::take(&mut answered.done.reading.updates);
    let concluded = answer(hub, &answered, &mut woken).await;
    if updates.is_empty() {
        wake(hub, woken).await;
        return concluded;
    }
    let Concluded { charge, end } = concluded;
    let (client, id) = (charge.client, charge.id);
    if let Err(refusal) = put_aside(hub, &charge, answered.number, updates, &mut woken).await {
        tracing::error!(alarm = %Alarm::OutcomeNotStored, ?refusal, charge = %id, request = answered.number, "what else the provider answered could not be stored; compare the charge with the provider");
    }
    wake(hub, woken).await;
    let newest = hub.store.charge(client, id).await.ok().flatten();
    Concluded { charge: newest.unwrap_or(charge), end }
}

/// Applies one provider update to its charge, and the updates that waited for that change. An update about something
/// that the hub does not know waits. Only the account that was asked for something can report on it; that the hub is to
/// read it, another account of the merchant at that provider can say, too.
///
/// # Errors
/// The store's refusals: then the update is to be applied again.
pub async fn update(hub: &Hub, record: Record) -> Result<End, Refusal> {
    let mut woken = Vec::new();
    let end = Box::pin(apply(hub, record, &mut woken)).await?; // on the heap: the future is large
    wake(hub, woken).await;
    Ok(end)
}

/// Puts into the inbox what the provider of the request at `number` says beside its outcome, as if a notification had
/// said it: so it is applied once, whichever comes first. What is not known yet is added to `woken`, and applied from
/// there.
async fn put_aside(
    hub: &Hub,
    charge: &Charge,
    number: usize,
    updates: Vec<ProviderUpdate>,
    woken: &mut Vec<String>,
) -> Result<(), Refusal> {
    let Some(via) = charge.request(number).map(|request| request.via) else { return Ok(()) };
    for update in updates {
        let about = update.reference.charge;
        let record = inbox::record(charge.client, via, update, State::Waiting, hub.now());
        if hub.store.record_waiting(&record, about).await? {
            woken.push(record.key.to_string());
        }
    }
    Ok(())
}

/// Stores the intent, calls the provider and settles: the charge and the number of the request. None where the charge
/// was written since it was read, and nothing was stored or sent.
pub(crate) async fn carry_out(
    hub: &Hub,
    read: &Charge,
    intent: Intent,
    requester: Requester,
    account: &ProviderAccount,
) -> Result<Option<(Charge, usize)>, Refusal> {
    let Some(answered) = request::send(hub, read, intent, requester, account).await? else { return Ok(None) };
    let number = answered.number;
    Ok(Some((reading(hub, answered).await.charge, number)))
}

/// Asks the provider to cancel an unpaid charge. Where the provider refuses, the hub asks about the payment: its
/// shopper may have paid first.
pub(crate) async fn cancel(hub: &Hub, active: Charge, ends_session: bool) -> Result<Cancellation, Refusal> {
    let mut woken = Vec::new();
    let canceled = cancel_active(hub, active, ends_session, &mut woken).await;
    wake(hub, woken).await;
    canceled
}

/// Applies the notifications that waited for a charge to change, and those that waited for what they change. On the
/// heap: the future is large, and seldom needed.
async fn wake(hub: &Hub, woken: Vec<String>) {
    if !woken.is_empty() {
        Box::pin(apply_waiting(hub, woken)).await;
    }
}

async fn apply_waiting(hub: &Hub, woken: Vec<String>) {
    let mut waiting = VecDeque::from(woken);
    for _ in 0..MAX_WOKEN {
        let Some(key) = waiting.pop_front() else { return };
        let mut more = Vec::new();
        let applied = async {
            match hub.store.record_of(&key.parse().map_err(|_| Refusal::Internal)?).await? {
                Some(record) if record.state != State::Applied => apply(hub, record, &mut more).await.map(|_| ()),
                Some(_) | None => Ok(()),
            }
        };
        if let Err(refusal) = applied.await {
            tracing::warn!(?refusal, record = key, "a notification that waited could not be applied; it is due again");
        }
        waiting.extend(more);
    }
}

/// Applies one notification; what waited for the charges that it changed is added to `woken`.
async fn apply(hub: &Hub, record: Record, woken: &mut Vec<String>) -> Result<End, Refusal> {
    let before = record.state;
    let applied = Record { state: State::Applied, due_at: None, ..record };
    let (mut has_asked, mut retry) = (false, Retry::new());
    loop {
        let mut found = hub.store.charge(applied.client, applied.update.reference.charge).await?;
        if let Some(charge) = &found
            && !is_about(hub, &applied, charge).await?
        {
            found = None;
        }
        if is_about_nothing(&applied, found.as_ref()) {
            let (account, reference) = (applied.account, applied.update.reference);
            tracing::warn!(provider_account = %account, %reference, "a provider notification that proves nothing names no payment of the account; it was dropped");
            return Ok(End::Nothing);
        }
        let Some(charge) = found else {
            inbox::wait(&hub.store, &applied, before, WaitReason::Nothing, None, hub.now()).await?;
            return Ok(End::Waiting(WaitReason::Nothing));
        };
        if applied.update.kind == UpdateKind::Look {
            return Box::pin(look(hub, &applied, before, charge, woken)).await;
        }
        let report = Report::Notification(&applied.update);
        let circumstances = request::circumstances(hub, &charge, None);
        match settle::step(&hub.store, &charge, &report, Some(&applied), circumstances).await? {
            Step::Stored(_) => {
                woken.extend(charge.waiting.into_iter().filter(|key| *key != applied.key.to_string()));
                return Ok(End::Stored);
            }
            Step::Nothing => return Ok(End::Nothing),
            Step::Contradiction(alarm) => {
                inbox::unresolved(&hub.store, &applied, before, alarm, &charge, hub.now()).await?;
                return Ok(End::Contradiction(alarm));
            }
            // It presupposes a payment that the hub does not know: the hub asks its provider. For one that waits
            // already, the schedule of the payment asks, while that can be paid.
            Step::Wait(WaitReason::Payment | WaitReason::Nothing)
                if !has_asked
                    && !charge.was_paid()
                    && (before != State::Waiting || charge.status() != Status::Pending) =>
            {
                has_asked = true;
                ask_about_payment(hub, charge, woken).await?;
                continue;
            }
            Step::Wait(reason) => {
                let waits_for = Some(charge_to_wait_for(&charge, reason));
                inbox::wait(&hub.store, &applied, before, reason, waits_for, hub.now()).await?;
                return Ok(End::Waiting(reason));
            }
            Step::CancelFirst(active) => {
                let (id, canceled) = (active.id, cancel_active(hub, *active, false, woken).await?);
                if canceled == Cancellation::Locked {
                    let reason = WaitReason::ActiveCharge(id);
                    inbox::wait(&hub.store, &applied, before, reason, Some(id), hub.now()).await?;
                    return Ok(End::Waiting(reason));
                }
            }
            Step::Again => {}
        }
        retry.again().await?;
    }
}

/// The notification does not prove what happened: the hub reads the payment at its provider, and applies what that says.
/// Where it cannot be read now, the notification waits, and the hub looks again. So it does, once, where the notification
/// of what is not paid yet comes again: something may have happened since it came first. And once where what was read of
/// a paid one is known already, or contradicts it: what is read may be older than the notification.
async fn look(
    hub: &Hub,
    record: &Record,
    before: State,
    charge: Charge,
    woken: &mut Vec<String>,
) -> Result<End, Refusal> {
    let (asked, id) = (usize::from(record.update.reference.number), charge.id);
    let is_applied = |known: Record| known.state == State::Applied;
    if before == State::Applied && hub.store.record_of(&record.key).await?.is_some_and(is_applied) {
        if charge.was_paid() {
            return Ok(End::Nothing);
        }
        inbox::note(&hub.store, &inbox::again(record, hub.now())).await?;
        return Ok(End::Waiting(WaitReason::Nothing));
    }
    // Of a change that has ended there is nothing to ask: what happened since happened to its payment.
    let is_over = |change: &TransactionRequest| !change.kind.is_payment() && change.is_final();
    let number = if charge.request(asked).is_some_and(is_over) { charge.payment_of(asked) } else { asked };
    let account = request::account_of(hub, &charge, number).await?;
    let account = account.filter(|account| hub.executor.calls_providers() && adapter(account).answers_queries());
    // While a call may still be answered, its answer says what there is to know.
    if charge.requests.iter().any(|request| may_be_answered(hub, request)) {
        let reason = WaitReason::RequestUnderWay;
        inbox::wait(&hub.store, record, before, reason, Some(id), hub.now()).await?;
        return Ok(End::Waiting(reason));
    }
    let waits = || inbox::wait(&hub.store, record, before, WaitReason::Nothing, None, hub.now());
    let Some(account) = account else { return waits().await.map(|()| End::Waiting(WaitReason::Nothing)) };
    let mut done = call::query(hub, &charge, number, &account).await;
    if matches!(done.reading.outcome, Outcome::Unknown | Outcome::NotSent | Outcome::NotFound) {
        return waits().await.map(|()| End::Waiting(WaitReason::Nothing));
    }
    let updates = std::mem::take(&mut done.reading.updates);
    let (says_more, is_taken_back) = (!updates.is_empty(), is_taken_back(&charge, number, &done.reading.outcome));
    let Concluded { charge, end } = answer(hub, &CallOutcome { charge, number, done }, woken).await;
    put_aside(hub, &charge, number, updates, woken).await?;
    match end {
        End::Nothing if charge.was_paid() && !says_more && before == State::Applied => {
            inbox::note(&hub.store, &inbox::again(record, hub.now())).await?;
        }
        End::Nothing if is_taken_back => {
            let alarm = Alarm::ApprovalTakenBack;
            inbox::unresolved(&hub.store, record, before, alarm, &charge, hub.now()).await?;
            return Ok(End::Contradiction(alarm));
        }
        // The provider sends it again.
        End::NotStored => return Err(Refusal::Unavailable),
        End::TooEarly(reason) => {
            inbox::wait(&hub.store, record, before, reason, Some(id), hub.now()).await?;
            return Ok(End::Waiting(reason));
        }
        End::Stored | End::Nothing | End::Contradiction(_) | End::Waiting(_) => {}
    }
    inbox::note(&hub.store, record).await?;
    Ok(end)
}

/// Whether the call of the request may still be answered.
fn may_be_answered(hub: &Hub, request: &TransactionRequest) -> bool {
    request.first().is_none() && hub.now() <= request.call_before
}

/// The charge that something waits for.
const fn charge_to_wait_for(charge: &Charge, reason: WaitReason) -> ChargeId {
    match reason {
        WaitReason::ActiveCharge(active) => active,
        WaitReason::RequestUnderWay | WaitReason::OtherAttempt | WaitReason::Payment | WaitReason::Nothing => charge.id,
    }
}

async fn ask_about_payment(hub: &Hub, charge: Charge, woken: &mut Vec<String>) -> Result<(), Refusal> {
    let number = charge.payment();
    let Some(account) = request::account_of(hub, &charge, number).await? else { return Ok(()) };
    // While the call that makes the payment may still be answered, there is nothing to ask.
    if !hub.executor.calls_providers()
        || !adapter(&account).answers_queries()
        || charge.request(number).is_none_or(|payment| may_be_answered(hub, payment))
    {
        return Ok(());
    }
    let done = call::query(hub, &charge, number, &account).await;
    // A notification of this charge is being applied: the provider's answer about the payment is settled before it.
    answer_once(hub, CallOutcome { charge, number, done }, woken).await?;
    Ok(())
}

async fn cancel_active(
    hub: &Hub,
    active: Charge,
    ends_session: bool,
    woken: &mut Vec<String>,
) -> Result<Cancellation, Refusal> {
    let Ok(intent) = active.command(Command::Cancel, abilities) else { return Ok(found(&active)) };
    // Where no provider is called, the cancel is left to a hub that calls them.
    if !hub.executor.calls_providers() {
        return Ok(Cancellation::Locked);
    }
    let Some(account) = request::account_of(hub, &active, active.payment()).await? else {
        return Ok(Cancellation::Locked);
    };
    let call_before = hub.now().plus(CANCEL_LIMIT);
    let id = request::next_id(hub, &active);
    let requester =
        Requester { id, origin: Origin::Hub, body: None, merchant_reference: None, ends_session, call_before };
    let Some(answered) = request::send(hub, &active, intent, requester, &account).await? else {
        return Ok(Cancellation::Locked);
    };
    let cancel = answered.number;
    let charge = answer_once(hub, answered, woken).await?;
    let is_refused = charge.request(cancel).is_some_and(TransactionRequest::is_final);
    if charge.status() == Status::Pending && is_refused {
        let number = charge.payment();
        let done = call::query(hub, &charge, number, &account).await;
        return Ok(found(&answer_once(hub, CallOutcome { charge, number, done }, woken).await?));
    }
    Ok(found(&charge))
}

fn found(charge: &Charge) -> Cancellation {
    match charge.phase() {
        Phase::Ended => Cancellation::Canceled,
        Phase::Unpaid | Phase::Reserved | Phase::BeingCaptured => Cancellation::Locked,
        Phase::Paid => Cancellation::Paid,
    }
}

/// Settles an answer; the active charge of its session is canceled first where that is needed.
async fn answer(hub: &Hub, answered: &CallOutcome, woken: &mut Vec<String>) -> Concluded {
    let mut settling = Settling::new(hub, answered);
    loop {
        let active = match settling.run(woken).await {
            Ended::Settled(concluded) => return *concluded,
            Ended::CancelFirst(active) => active,
        };
        let id = active.id;
        // On the heap: the future is large, and seldom needed.
        let problem = match Box::pin(cancel_active(hub, *active, false, woken)).await {
            Ok(Cancellation::Canceled | Cancellation::Paid) => None,
            Ok(Cancellation::Locked) => return settling.wait(WaitReason::ActiveCharge(id)).await,
            Err(refusal) => Some(refusal),
        };
        if !settling.again(problem).await {
            return settling.unknown();
        }
    }
}

/// Settles an answer without canceling another charge: a cancel never starts a second cancel. A late payment that would
/// need one waits in the inbox. What else the answer says is applied from `woken`.
async fn answer_once(hub: &Hub, mut answered: CallOutcome, woken: &mut Vec<String>) -> Result<Charge, Refusal> {
    let updates = std::mem::take(&mut answered.done.reading.updates);
    let mut settling = Settling::new(hub, &answered);
    let charge = match settling.run(woken).await {
        Ended::Settled(concluded) => concluded.charge,
        Ended::CancelFirst(active) => settling.wait(WaitReason::ActiveCharge(active.id)).await.charge,
    };
    put_aside(hub, &charge, answered.number, updates, woken).await?;
    Ok(charge)
}

/// One answer that is being stored.
struct Settling<'a> {
    hub: &'a Hub,
    answered: &'a CallOutcome,
    current: Charge,
    retry: Retry,
}

/// How the steps of one answer have ended.
enum Ended {
    /// There is nothing more to do.
    Settled(Box<Concluded>),
    /// They go on after the active charge of the session was canceled.
    CancelFirst(Box<Charge>),
}

impl<'a> Settling<'a> {
    fn new(hub: &'a Hub, answered: &'a CallOutcome) -> Self {
        let current = answered.charge.clone();
        let asked_at = current.request(answered.number).map_or(current.created_at, |request| request.created_at);
        let deadline = asked_at.plus(SINCE_INTENT).max(hub.now().plus(AT_LEAST));
        Self { hub, answered, current, retry: Retry::until(&hub.clock, deadline) }
    }

    /// Steps until the answer is stored, has to wait, or times out.
    async fn run(&mut self, woken: &mut Vec<String>) -> Ended {
        let CallOutcome { number, done, .. } = self.answered;
        let report = Report::Answer { number: *number, outcome: &done.reading.outcome };
        loop {
            let circumstances = request::circumstances(self.hub, &self.current, Some(done));
            let problem = match settle::step(&self.hub.store, &self.current, &report, None, circumstances).await {
                Ok(Step::Stored(charge)) => {
                    woken.append(&mut self.current.waiting);
                    return Ended::Settled(Box::new(Concluded { charge: *charge, end: End::Stored }));
                }
                Ok(Step::Nothing) => return Ended::Settled(Box::new(self.unchanged(End::Nothing))),
                Ok(Step::Contradiction(alarm)) => {
                    tracing::error!(%alarm, charge = %self.current.id, request = number, "a provider's answer contradicts the charge; nothing was changed. Compare it with the provider, then use `catraca charge settle`");
                    return Ended::Settled(Box::new(self.unchanged(End::Contradiction(alarm))));
                }
                Ok(Step::Wait(reason)) => return Ended::Settled(Box::new(self.wait(reason).await)),
                Ok(Step::CancelFirst(active)) => return Ended::CancelFirst(active),
                Ok(Step::Again) => None,
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
            let (charge, number) = (self.current.id, self.answered.number);
            tracing::error!(alarm = %Alarm::OutcomeNotStored, ?problem, %charge, request = number, "what the provider answered could not be stored; the sweeper asks again");
            return false;
        }
        if let Ok(Some(newest)) = self.hub.store.charge(self.current.client, self.current.id).await {
            self.current = newest;
        }
        true
    }

    /// The charge as it was before.
    fn unchanged(&self, end: End) -> Concluded {
        Concluded { charge: self.current.clone(), end }
    }

    /// The charge as it would be shown with its outcome unknown.
    fn unknown(&self) -> Concluded {
        let report = Report::Answer { number: self.answered.number, outcome: &Outcome::Unknown };
        let circumstances = request::circumstances(self.hub, &self.current, None);
        let charge = match self.current.decide(&report, SessionView::Unread, abilities, circumstances) {
            Decision::Store(shown) => shown.charge,
            Decision::Nothing
            | Decision::ReadSession
            | Decision::Supersede
            | Decision::Wait(_)
            | Decision::Contradiction(_) => self.current.clone(),
        };
        Concluded { charge, end: End::NotStored }
    }

    /// An answer that has to wait, waits in the inbox as if its provider had notified of it: a late payment, or a
    /// refund that was made although it had been refused.
    async fn wait(&self, reason: WaitReason) -> Concluded {
        let (charge, number) = (&self.current, self.answered.number);
        let Some(request) = charge.request(number) else { return self.unchanged(End::TooEarly(reason)) };
        let (amount, receipt) = match &self.answered.done.reading.outcome {
            Outcome::Paid(amount, receipt) => (*amount, receipt.clone()),
            Outcome::Approved(receipt) => (request.amount, receipt.clone()),
            Outcome::Declined(_)
            | Outcome::Pending(_)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound
            | Outcome::NotSent => return self.unchanged(End::TooEarly(reason)),
        };
        let id = receipt.transaction_id.clone().unwrap_or_else(|| charge.reference(number).to_string());
        let is_refund = request.kind == RequestKind::Void;
        let kind = if is_refund {
            UpdateKind::Refunded { amount, transaction: receipt.transaction_id }
        } else {
            UpdateKind::Paid { amount, receipt }
        };
        let update = ProviderUpdate { reference: charge.reference(number), id, payment: None, currency: None, kind };
        let now = self.hub.now();
        let record = inbox::record(charge.client, request.via, update, State::Waiting, now);
        let waits_for = Some(charge_to_wait_for(charge, reason));
        if let Err(error) = inbox::wait(&self.hub.store, &record, State::Waiting, reason, waits_for, now).await {
            tracing::error!(alarm = %Alarm::OutcomeNotStored, ?error, charge = %charge.id, request = number, "what the provider answered has to wait and could not be stored; compare the charge with the provider, then use `catraca charge settle`");
            return self.unchanged(End::NotStored);
        }
        self.unchanged(End::Waiting(reason))
    }
}

/// Whether `outcome` says of the payment at `number`, which counts as approved, that it was none.
fn is_taken_back(charge: &Charge, number: usize, outcome: &Outcome) -> bool {
    let is_kept = matches!(charge.status(), Status::Authorized | Status::PreAuthorized);
    let is_approved =
        |payment: &TransactionRequest| payment.kind.is_payment() && payment.has_succeeded() && !payment.is_duplicate;
    is_kept
        && charge.request(number).is_some_and(is_approved)
        && matches!(outcome, Outcome::Declined(_) | Outcome::Canceled)
}

/// Whether the account that sent `record` is the one that was asked for what it is about. A provider may have one
/// address for several accounts: that the hub is to read the payment proves nothing, and comes also from another account
/// that the merchant has there, or had.
async fn is_about(hub: &Hub, record: &Record, charge: &Charge) -> Result<bool, Refusal> {
    let Some(asked) = charge.request(usize::from(record.update.reference.number)) else { return Ok(true) };
    if asked.via.id == record.account {
        return Ok(true);
    }
    let may_be_read = record.update.kind == UpdateKind::Look && asked.via.kind == record.key.provider;
    Ok(may_be_read && request::account(hub, charge, record.account).await?.is_some())
}

/// Whether `record` asks the hub to read what it never asked a provider for. Intents are stored before any call, so that
/// nothing of it can come early; and who may send such a notification may invent references without end.
fn is_about_nothing(record: &Record, charge: Option<&Charge>) -> bool {
    let number = usize::from(record.update.reference.number);
    record.update.kind == UpdateKind::Look && charge.is_none_or(|charge| charge.request(number).is_none())
}
