//! Reconciliation: the hub asks about unknown outcomes, expires unpaid charges and refunds payments that are not kept.

use domain::{
    alarm::Alarm,
    charge::{
        Charge, Outcome,
        command::{Command, Requester},
        decline::DeclineCode,
        due::Task,
        request::{Origin, RequestKind},
        status::Status,
    },
    limits::{CALL_WINDOW, FIRST_QUESTION, UNKNOWN_ALARMS, UNKNOWN_IS_LOGGED},
    merchant::{Environment, ProviderAccount},
    method::{Method, PaymentType},
    refusal::Refusal,
    session::SessionStatus,
    time::Timestamp,
};
use providers::{CallbackRequest, Page, Reading, adapter, capabilities::abilities};

use crate::{
    charge::{
        conclude,
        look_up::LookUp,
        request::{self, CallOutcome},
    },
    hub::Hub,
    provider::{asked::Done, call, notification::Called},
};

/// Does everything that is due for a charge: the charge as it is then.
///
/// # Errors
/// The store's refusals.
pub async fn due(hub: &Hub, charge: Charge) -> Result<Charge, Refusal> {
    let mut current = charge;
    for task in current.tasks(hub.now()) {
        current = match task {
            Task::Reconcile(number) => request(hub, current, number).await?,
            Task::ReconcilePayment => payment(hub, current).await?,
            Task::Expire => Box::pin(expire(hub, current)).await?,
            Task::ReconcileReservation => hold(hub, current).await?,
            Task::Refund(number) => refund_unkept(hub, current, number).await?,
        };
    }
    Ok(current)
}

/// Asks the provider about the charge's request at `number`, if its call must be over by now, and settles what it
/// says. Of a payment that its provider gave no id, and that is asked for by its id alone, the due date decides. A change
/// is retried under its reference, where its provider carries it out once; a card payment at a provider that answers
/// no queries is undone. What stays unknown is logged after an hour, and alarms after a day.
///
/// # Errors
/// The store's refusals.
pub async fn request(hub: &Hub, charge: Charge, number: usize) -> Result<Charge, Refusal> {
    let is_over = charge.request(number).is_some_and(|request| hub.now() > request.call_before);
    if !is_over {
        return Ok(charge);
    }
    let account = request::account_of(hub, &charge, number).await?;
    let has_ended = number == charge.payment() && charge.ends_at().is_some_and(|end| end <= hub.now());
    if has_ended && account.as_ref().is_some_and(|account| lacks_id(&charge, number, account)) {
        return Box::pin(expire(hub, charge)).await;
    }
    // On the heap, like the next one: the futures are large.
    let done = match &account {
        Some(account) if is_retried(hub, &charge, number, account) => {
            Some(Box::pin(request::retry(hub, &charge, number, account)).await)
        }
        Some(account) if is_undone(hub, &charge, number, account) => {
            let ask_after = Box::pin(call::undo(hub, &charge, number, account)).await;
            ask_after.map(|_| Done { ask_after, ..Done::from(Reading::from(Outcome::Unknown)) })
        }
        account => Box::pin(query(hub, &charge, number, account.as_ref())).await,
    };
    let charge = Box::pin(learned(hub, charge, number, done)).await;
    if let Some(request) = charge.request(number).filter(|request| !request.is_final()) {
        report_unknown(hub, &charge, number, request.created_at).await;
    }
    Ok(charge)
}

/// Whether a card payment is undone whose outcome is unknown and cannot be asked for. Its notification may come first, and
/// a cancel that overtakes its payment finds nothing: both have a minute.
fn is_undone(hub: &Hub, charge: &Charge, number: usize, account: &ProviderAccount) -> bool {
    let is_unknown = charge.request(number).is_some_and(|request| {
        let is_late = hub.now() > request.call_before.plus(FIRST_QUESTION);
        request.kind.is_payment() && !request.is_final() && is_late
    });
    is_unknown && charge.method.kind() == PaymentType::Credit && adapter(account).undoes_payments()
}

/// Whether a capture or a refund whose outcome is unknown is retried under its reference: if it was never
/// received, it is done now. One that was received, at a provider that answers no queries, ends by its notification.
fn is_retried(hub: &Hub, charge: &Charge, number: usize, account: &ProviderAccount) -> bool {
    let adapter = adapter(account);
    charge.request(number).is_some_and(|request| {
        // What the provider reported has no reference of the hub's: to send it would be another refund.
        let is_ours = request.origin != Origin::Provider;
        let is_change = is_ours && matches!(request.kind, RequestKind::Capture | RequestKind::Void);
        let is_received = charge.id_of(number).is_some() && !adapter.answers_queries();
        let is_known = hub.now() < request.created_at.plus(adapter.retries_changes());
        is_change && !request.is_final() && !is_received && is_known
    })
}

/// Whether the provider gave no id, and is asked by its ids alone.
fn lacks_id(charge: &Charge, number: usize, account: &ProviderAccount) -> bool {
    adapter(account).answers_queries() && !call::can_query(charge, number, account)
}

/// Asks whether the money that was reserved a long time ago still is. What stays unknown is logged and alarms.
async fn hold(hub: &Hub, charge: Charge) -> Result<Charge, Refusal> {
    let number = charge.payment();
    let account = request::account_of(hub, &charge, number).await?;
    let done = query(hub, &charge, number, account.as_ref()).await;
    let is_known = done.as_ref().is_some_and(|done| match done.reading.outcome {
        Outcome::Unknown | Outcome::NotFound | Outcome::NotSent => false,
        Outcome::Approved(_) | Outcome::Declined(_) | Outcome::Pending(_) | Outcome::Paid(..) | Outcome::Canceled => {
            true
        }
    });
    let charge = learned(hub, charge, number, done).await;
    if let Some(until) = charge.reserved_until().filter(|_| !is_known) {
        report_unknown(hub, &charge, number, until).await;
    }
    Ok(charge)
}

/// Logs after an hour that the outcome of the request at `number` is unknown since an instant, and where an operator looks
/// it up. After a day it alarms.
async fn report_unknown(hub: &Hub, charge: &Charge, number: usize, since: Timestamp) {
    let (reference, age) = (charge.reference(number), hub.now().since(since));
    if age < UNKNOWN_IS_LOGGED {
        return;
    }
    let Some(look_up) = LookUp::of(hub, charge, number).await else { return };
    let (provider, provider_account) = (look_up.provider, look_up.account);
    let environment = look_up.environment.map(Environment::name);
    if age >= UNKNOWN_ALARMS {
        tracing::error!(alarm = %Alarm::UnknownOutcome, client = %charge.client, charge = %charge.id, %reference, %provider, %provider_account, environment, %look_up, "an outcome is unknown for a day; {}", what_to_record(charge));
    } else {
        tracing::warn!(client = %charge.client, charge = %charge.id, %reference, %provider, %provider_account, environment, %look_up, "an outcome is unknown for an hour");
    }
}

/// What an operator does about an outcome that is unknown for a day: of a reservation that cannot be read, `approved` and
/// `declined` are known already.
fn what_to_record(charge: &Charge) -> &'static str {
    if charge.reserved_until().is_some() {
        "look the reservation up at the provider. Where it ended, record it with `catraca charge settle ... refunded`; where it goes on, wait"
    } else {
        "look it up at the provider and record it with `catraca charge settle`"
    }
}

/// Asks whether a payment that waits for its shopper was made. It is canceled, where its provider can do that, once
/// another charge holds its session's lock or the session cannot be paid.
async fn payment(hub: &Hub, charge: Charge) -> Result<Charge, Refusal> {
    let number = charge.payment();
    if charge.status() != Status::Pending {
        return Ok(charge);
    }
    if charge.abilities(abilities).can_cancel && charge.command(Command::Cancel, abilities).is_ok() {
        let session = match charge.session {
            Some(id) => hub.store.session(charge.client, id).await?,
            None => None,
        };
        let is_payable = |session: &domain::session::Session| {
            let is_locked_by_it = session.lock == Some(charge.id) && session.status == SessionStatus::Created;
            is_locked_by_it && session.is_active && session.due_date.end() > hub.now()
        };
        if session.is_some_and(|session| !is_payable(&session)) {
            let (client, id) = (charge.client, charge.id);
            conclude::cancel(hub, charge, false).await?;
            return hub.store.charge(client, id).await?.ok_or(Refusal::UnknownCharge);
        }
    }
    let account = request::account_of(hub, &charge, number).await?;
    let done = Box::pin(query(hub, &charge, number, account.as_ref())).await;
    Ok(Box::pin(learned(hub, charge, number, done)).await)
}

/// Asks a last time about a payment that can no longer be made. Where the provider cannot be asked, be it because it gave
/// the payment no id, the due date alone decides. A payment that comes all the same is a late payment.
async fn expire(hub: &Hub, charge: Charge) -> Result<Charge, Refusal> {
    if charge.status() != Status::Pending {
        return Ok(charge);
    }
    let number = charge.payment();
    let expired = || Outcome::Declined(DeclineCode::Expired.into());
    let account = request::account_of(hub, &charge, number).await?;
    let can_ask = |account| adapter(account).answers_queries() && call::can_query(&charge, number, account);
    if !account.as_ref().is_some_and(can_ask) {
        return Ok(conclude::outcome(hub, charge, number, expired()).await.charge);
    }
    let still_unpaid = |outcome| match outcome {
        Outcome::Pending(_) | Outcome::NotFound => expired(),
        Outcome::Approved(_)
        | Outcome::Declined(_)
        | Outcome::Paid(..)
        | Outcome::Canceled
        | Outcome::Unknown
        | Outcome::NotSent => outcome,
    };
    let end = charge.ends_at();
    let mut done = query(hub, &charge, number, account.as_ref()).await;
    if let Some(Done { reading, .. }) = &mut done {
        reading.outcome = still_unpaid(reading.outcome.clone());
    }
    let charge = learned(hub, charge, number, done).await;
    if let Some(end) = end.filter(|_| charge.status() == Status::Pending) {
        report_unknown(hub, &charge, number, end).await;
    }
    Ok(charge)
}

/// What the provider says of the request at `number`; none where it cannot be asked.
async fn query(hub: &Hub, charge: &Charge, number: usize, account: Option<&ProviderAccount>) -> Option<Done> {
    let Some(account) = account else {
        let look_up = LookUp::of(hub, charge, number).await.map(|look_up| look_up.to_string());
        tracing::error!(alarm = %Alarm::NoProviderToQuery, charge = %charge.id, request = number, look_up, "no provider can be queried about this request; compare the charge with its provider, then use `catraca charge settle`");
        return None;
    };
    // Where it answers none, its notifications say what happens.
    if !adapter(account).answers_queries() {
        return None;
    }
    Some(call::query(hub, charge, number, account).await)
}

/// Settles what the provider says of the request at `number`, if anything.
async fn learned(hub: &Hub, charge: Charge, number: usize, done: Option<Done>) -> Charge {
    match done {
        Some(done) => conclude::reading(hub, CallOutcome { charge, number, done }).await.charge,
        None => charge,
    }
}

/// Refunds what is left of the payment at `number`, which is not kept.
async fn refund_unkept(hub: &Hub, charge: Charge, number: usize) -> Result<Charge, Refusal> {
    let account = request::account_of(hub, &charge, number).await?;
    let intent = charge.command(Command::RefundUnkept(number), abilities);
    let (Some(account), Ok(intent)) = (account, intent) else { return Ok(not_refundable(hub, charge, number).await) };
    let call_before = hub.now().plus(CALL_WINDOW);
    let id = request::next_id(hub, &charge);
    let requester =
        Requester { id, origin: Origin::Hub, body: None, merchant_reference: None, ends_session: false, call_before };
    match conclude::carry_out(hub, &charge, intent, requester, &account).await {
        Ok(done) => Ok(done.map_or(charge, |(charge, _)| charge)),
        // The table is out of reach, or the charge was written meanwhile: a later sweep refunds.
        Err(refusal @ (Refusal::Unavailable | Refusal::Contention)) => Err(refusal),
        Err(_) => Ok(not_refundable(hub, charge, number).await),
    }
}

/// Alarms: the hub has no request that refunds the payment at `number`, which is not kept.
async fn not_refundable(hub: &Hub, charge: Charge, number: usize) -> Charge {
    let look_up = LookUp::of(hub, &charge, number).await.map(|look_up| look_up.to_string());
    tracing::error!(alarm = %Alarm::DuplicatePayment, charge = %charge.id, request = number, look_up, "a payment that is not kept cannot be refunded by the hub; refund it at its provider, then use `catraca charge settle … refunded`");
    charge
}

/// The merchant's page to which a browser is sent that returns from the provider's page. The hub asks the provider
/// whether the charge was paid, once in ten seconds: whoever knows the address may come back as often as they like.
///
/// # Errors
/// [`Refusal::UnknownCallback`] where there is no such page, or the store's refusals.
pub async fn returned(hub: &Hub, called: &Called, request: &CallbackRequest<'_>) -> Result<String, Refusal> {
    let back = adapter(&called.account).returned(request).ok_or(Refusal::UnknownCallback)?;
    let charge = hub.store.charge(called.client, back.reference.charge).await?;
    let is_asked = |charge: &Charge| charge.via().is_some_and(|via| via.id == called.account.id);
    let charge = charge.filter(is_asked).ok_or(Refusal::UnknownCallback)?;
    let Method::Drip(drip) = charge.method.clone() else { return Err(Refusal::UnknownCallback) };
    let mut was_paid = charge.was_paid();
    // Of browsers that return at the same time, one stores the mark and asks.
    if charge.status() == Status::Pending
        && charge.is_at_rest()
        && let Some(asked) = charge.asked_on_return(hub.now())
        && hub.store.change_charge(charge.version, &asked).await?
    {
        let number = asked.payment();
        let done = call::query(hub, &asked, number, &called.account).await;
        let learned = CallOutcome { charge: asked, number, done };
        was_paid = conclude::reading(hub, learned).await.charge.was_paid();
    }
    let is_success = match back.to {
        Page::Success => true,
        Page::Cancel => false,
        Page::OfStatus => was_paid,
    };
    Ok(if is_success { drip.success_redirect_url } else { drip.cancel_redirect_url })
}
