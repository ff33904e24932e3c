//! Superseding: a session whose active charge is unpaid is paid by another payment method.

use domain::{
    charge::{Charge, Superseding},
    limits::MAX_ALIASES,
    method::PaymentType,
    refusal::Refusal,
    session::{Alias, Command, Decision, Session},
};
use providers::capabilities::abilities;

use crate::{
    charge::conclude::{self, Cancellation},
    hub::Hub,
    identity::{self, Identity},
    retry::Retry,
};

/// Whether a session can be paid at once.
#[derive(Debug)]
pub enum Availability {
    /// At once: no charge holds its lock, or one that can be superseded without a call of its provider.
    AtOnce,
    /// This active charge is to be canceled first.
    CancelFirst(Box<Charge>),
    /// The active charge is unpaid and has the payment method that is asked for.
    SameMethod(Box<Charge>),
}

/// Whether `session` can be paid by `method`. Nothing is sent.
///
/// # Errors
/// [`Refusal::SessionLocked`] where its active charge cannot be superseded, then what is wrong with the session itself.
pub async fn availability(hub: &Hub, session: &Session, method: PaymentType) -> Result<Availability, Refusal> {
    let now = hub.now();
    let held = Refusal::SessionLocked { until: None };
    let active = match session.decide(Command::Pay(method), now)? {
        Decision::Locked(active) => hub.store.charge(session.client, active).await?.ok_or(held)?,
        Decision::Lock | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing => {
            return Ok(Availability::AtOnce);
        }
    };
    let superseding = active.superseding(abilities);
    if active.method.kind() == method && superseding.is_unpaid() && active.is_payable(now) {
        session.open_for(method, now)?; // no attempt more
        return Ok(Availability::SameMethod(Box::new(active)));
    }
    let availability = match superseding {
        Superseding::CancelFirst => Availability::CancelFirst(Box::new(active)),
        Superseding::AtOnce => Availability::AtOnce,
        Superseding::Never { until } => return Err(Refusal::SessionLocked { until: Some(until) }),
        Superseding::Reserved | Superseding::Busy => return Err(Refusal::SessionLocked { until: None }),
    };
    session.payable(method, now)?;
    Ok(availability)
}

/// Cancels the `active` charge of `session`: the session as it can be locked then.
///
/// # Errors
/// [`Refusal::SessionPaid`] where its shopper paid first, [`Refusal::SessionLocked`] where that is unknown.
pub(crate) async fn run(hub: &Hub, session: &Session, active: Charge, method: PaymentType) -> Result<Session, Refusal> {
    match conclude::cancel(hub, active, false).await? {
        Cancellation::Paid => return Err(Refusal::SessionPaid),
        Cancellation::Locked => return Err(Refusal::SessionLocked { until: None }),
        Cancellation::Canceled => {}
    }
    let freed = reread(hub, session).await?;
    match freed.decide(Command::Pay(method), hub.now())? {
        Decision::Locked(_) => Err(Refusal::SessionLocked { until: None }),
        Decision::Lock | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing => Ok(freed),
    }
}

async fn reread(hub: &Hub, session: &Session) -> Result<Session, Refusal> {
    hub.store.session(session.client, session.id).await?.ok_or(Refusal::UnknownSession)
}

/// Stores that the request of this `identity` was answered with the active charge of `session`, if it has an idempotency key and there is
/// room: so an idempotent replay gets the same answer. The answer is the charge at the alias's step.
///
/// # Errors
/// [`Refusal::SessionLocked`] where another charge holds the session meanwhile, [`Refusal::KeyReused`], or the store's
/// refusals.
pub async fn remember(hub: &Hub, session: &Session, identity: &Identity, active: &Charge) -> Result<Alias, Refusal> {
    let body = identity::body(hub, identity, None).as_sent;
    let alias = Alias { id: identity.charge(), charge: active.id, step: active.step(), body };
    let (mut current, mut retry) = (session.clone(), Retry::new());
    loop {
        if let Some(known) = current.alias(alias.id) {
            return if known.body == alias.body { Ok(known.clone()) } else { Err(Refusal::KeyReused) };
        }
        if current.lock != Some(active.id) {
            return Err(Refusal::SessionLocked { until: None });
        }
        let has_room = current.aliases.len() < MAX_ALIASES && identity.key.is_some();
        if !has_room || hub.store.add_alias(&current, &alias).await? {
            return Ok(alias);
        }
        retry.again().await?;
        current = reread(hub, session).await?;
    }
}

/// The charge and the alias that this request was answered with before; none where it was not.
///
/// # Errors
/// [`Refusal::KeyReused`] where it said something else then, or the store's refusals.
pub async fn remembered(hub: &Hub, session: &Session, identity: &Identity) -> Result<Option<(Charge, Alias)>, Refusal> {
    let Some(alias) = session.alias(identity.charge()).cloned() else { return Ok(None) };
    if alias.body != identity::body(hub, identity, None).as_sent {
        return Err(Refusal::KeyReused);
    }
    let charge = hub.store.charge(session.client, alias.charge).await?.ok_or(Refusal::Contention)?;
    Ok(Some((charge, alias)))
}
