//! Superseding: an unpaid charge is canceled so that its session can be paid by another payment method.

use domain::{
    charge::Charge,
    method::PaymentType,
    refusal::Refusal,
    session::{Command, Decision, Session},
};

use crate::{
    charge::{
        conclude::{self, Cancellation},
        request,
    },
    hub::Hub,
    session,
};

/// How a session can be paid.
#[derive(Debug)]
pub enum Way {
    /// No other charge holds it.
    Free,
    /// This active charge is to be canceled first.
    Past(Box<Charge>),
    /// The active charge is the one that is asked for.
    Same(Box<Charge>),
}

/// How `session` can be paid by `method`. Nothing is sent.
///
/// # Errors
/// [`Refusal::SessionHeld`] where its active charge cannot be superseded, then what is wrong with the session itself.
pub async fn way(hub: &Hub, session: &Session, method: PaymentType) -> Result<Way, Refusal> {
    let now = hub.now();
    let active = match session.decide(Command::Pay(method), now)? {
        Decision::Held(active) => active,
        Decision::Claim | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing => return Ok(Way::Free),
    };
    let active = hub.store.charge(session.client, active).await?.ok_or(Refusal::SessionHeld)?;
    if !active.gives_way() || !request::abilities(&active).can_supersede {
        return Err(Refusal::SessionHeld);
    }
    let is_payable = active.payable().is_some() && active.expires_at().is_none_or(|end| end > now);
    if active.method.kind() == method && is_payable {
        session.open_for(method, now)?; // no attempt more
        return Ok(Way::Same(Box::new(active)));
    }
    session.payable(method, now)?;
    Ok(Way::Past(Box::new(active)))
}

/// Cancels the `active` charge of `session`, if there is one: the session as it can be locked then.
///
/// # Errors
/// [`Refusal::SessionPaid`] where its shopper was faster, [`Refusal::SessionHeld`] where that is unknown.
pub async fn run(hub: &Hub, session: Session, active: Option<Charge>, method: PaymentType) -> Result<Session, Refusal> {
    let Some(active) = active else { return Ok(session) };
    match conclude::cancel(hub, active, false).await? {
        Cancellation::Paid => return Err(Refusal::SessionPaid),
        Cancellation::Held => return Err(Refusal::SessionHeld),
        Cancellation::Canceled => {}
    }
    let freed = session::find(hub, session.client, session.id).await?;
    match freed.decide(Command::Pay(method), hub.now())? {
        Decision::Held(_) => Err(Refusal::SessionHeld),
        Decision::Claim | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing => Ok(freed),
    }
}
