//! What is due is done: what is not known is asked, what can no longer be paid fails, what is owed is given back.

use std::time::Duration;

use domain::{
    charge::{
        Charge, Outcome,
        command::{Asker, Command},
        decline::DeclineCode,
        due::Task,
        request::{Receipt, RequestKind},
        status::Status,
    },
    ids::ChargeId,
    merchant::{Credentials, ProviderAccount},
    method::Method,
    refusal::Refusal,
};
use providers::{CallbackRequest, Page, adapter};

use crate::{
    charge::{conclude, request},
    hub::Hub,
    provider::{call, notification::Called},
};

/// For so long a person leaves a request to its provider: longer than its call may take.
const LEFT_ALONE: Duration = Duration::from_mins(1);

/// Does everything that is due for a charge: the charge as it stands then.
///
/// # Errors
/// The store's refusals.
pub async fn due(hub: &Hub, charge: Charge) -> Result<Charge, Refusal> {
    let mut current = charge;
    for task in current.tasks(hub.now()) {
        current = match task {
            Task::Ask(number) => request(hub, current, number).await?,
            Task::Expire => expire(hub, current).await?,
            Task::AskHold => {
                let payment = current.payment();
                ask(hub, current, payment, |outcome| outcome).await?
            }
            Task::GiveBack => refund(hub, current).await?,
        };
    }
    Ok(current)
}

/// Asks the provider about the charge's request at `number`, if its call must be over by now, and settles what it
/// says.
///
/// # Errors
/// The store's refusals.
pub async fn request(hub: &Hub, charge: Charge, number: usize) -> Result<Charge, Refusal> {
    let is_over = charge.request(number).is_some_and(|request| hub.now() > request.call_before);
    if is_over { ask(hub, charge, number, |outcome| outcome).await } else { Ok(charge) }
}

/// Asks once more whether a payment was made that can no longer be made. Where the provider cannot be asked, its
/// time alone decides; money that comes after all is late money.
async fn expire(hub: &Hub, charge: Charge) -> Result<Charge, Refusal> {
    if charge.status() != Status::Pending || !charge.is_at_rest() {
        return Ok(charge);
    }
    let payment = charge.payment();
    let expired = || Outcome::Declined(DeclineCode::Timeout.into());
    let account = request::account(hub, &charge).await?;
    if !account.as_ref().is_some_and(can_be_asked) {
        return Ok(conclude::outcome(hub, charge, payment, expired(), None).await);
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
    ask(hub, charge, payment, still_unpaid).await
}

async fn ask(
    hub: &Hub,
    charge: Charge,
    number: usize,
    meaning: impl FnOnce(Outcome) -> Outcome,
) -> Result<Charge, Refusal> {
    let account = request::account(hub, &charge).await?;
    let Some(account) = account.filter(can_be_asked) else {
        tracing::error!(alarm = "unsettled", charge = %charge.id, "no provider can be asked about this charge");
        return Ok(charge);
    };
    let outcome = call::query(hub, &charge, number, &account).await;
    Ok(conclude::outcome(hub, charge, number, meaning(outcome), None).await)
}

/// Gives back money that came beside its session.
async fn refund(hub: &Hub, charge: Charge) -> Result<Charge, Refusal> {
    let account = request::account(hub, &charge).await?;
    let ask = charge.decide(Command::Void(None), request::abilities(&charge));
    let (Some(account), Ok(ask)) = (account, ask) else {
        tracing::error!(alarm = "second_payment", charge = %charge.id, "money is owed and cannot be given back");
        return Ok(charge);
    };
    let asker = Asker { id: request::next_id(hub, &charge), body: None, ends_session: false };
    let done = conclude::carry_out(hub, &charge, ask, asker, &account).await?;
    Ok(done.map_or(charge, |(charge, _)| charge))
}

/// What a person has learned of a request whose provider cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The provider did it; of a payment that waits for its buyer, that it was paid.
    Approved,
    /// The provider did not do it, and will not.
    Declined,
}

/// A request was not settled by hand. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSettled {
    /// There is no such charge.
    #[error("there is no such charge")]
    NoCharge,
    /// The charge has fewer requests.
    #[error("the charge has {0} requests; they are counted from 1, the oldest first")]
    NoRequest(usize),
    /// It has ended: what the provider said stands.
    #[error("this request has ended as {0}; what its provider said stands")]
    Ended(&'static str),
    /// The provider may still be answering it.
    #[error("this request began less than a minute ago; its provider may still answer. Try again")]
    Running,
    /// The table cannot be used.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Settles the request at `number` (from 1) as a person has found out: for providers that cannot be asked. It goes
/// the way that a provider's own answer goes.
///
/// # Errors
/// [`NotSettled`].
pub async fn by_hand(hub: &Hub, id: ChargeId, number: usize, verdict: Verdict) -> Result<Charge, NotSettled> {
    let charge = hub.store.any_charge(id).await.map_err(Refusal::from)?.ok_or(NotSettled::NoCharge)?;
    let request = charge.request(number).ok_or(NotSettled::NoRequest(charge.requests.len()))?;
    let is_unpaid = request.kind == RequestKind::Pending && charge.status() == Status::Pending;
    if request.is_final() && !is_unpaid {
        return Err(NotSettled::Ended(request.status().name()));
    }
    if hub.now() <= request.created_at.plus(LEFT_ALONE) {
        return Err(NotSettled::Running);
    }
    let outcome = match (verdict, request.kind) {
        (Verdict::Approved, RequestKind::Pending) => Outcome::Paid(request.amount, Receipt::default()),
        (Verdict::Approved, _) => Outcome::Approved(Receipt::default()),
        (Verdict::Declined, _) => Outcome::Declined(DeclineCode::ProcessingError.into()),
    };
    tracing::warn!(charge = %id, request = number, ?verdict, "a request is settled by hand");
    Ok(conclude::outcome(hub, charge, number, outcome, None).await)
}

/// Whether the account's provider can be asked by our reference. The sandbox can, under whatever name it answers.
const fn can_be_asked(account: &ProviderAccount) -> bool {
    match account.credentials {
        Credentials::Sandbox { .. } => true,
    }
}

/// Where a browser goes that comes back from the provider's page: to the merchant's own page. Whether it was paid,
/// the provider is asked.
///
/// # Errors
/// [`Refusal::UnknownCallback`] where there is no such page, or the store's refusals.
pub async fn returned(hub: &Hub, called: &Called, request: &CallbackRequest<'_>) -> Result<String, Refusal> {
    let back = adapter(&called.account).returned(request).ok_or(Refusal::UnknownCallback)?;
    let charge = hub.store.charge(called.client, back.reference.charge).await?;
    let is_asked = |charge: &Charge| charge.via().is_some_and(|via| via.id == called.account.id);
    let charge = charge.filter(is_asked).ok_or(Refusal::UnknownCallback)?;
    let Method::Drip(drip) = charge.method.clone() else { return Err(Refusal::UnknownCallback) };
    let is_open = charge.gives_way();
    if is_open {
        let payment = charge.payment();
        let outcome = call::query(hub, &charge, payment, &called.account).await;
        conclude::outcome(hub, charge, payment, outcome, None).await;
    }
    Ok(match back.to {
        Page::Success => drip.success_redirect_url,
        Page::Cancel => drip.cancel_redirect_url,
    })
}
