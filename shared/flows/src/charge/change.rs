//! The merchant captures or voids a charge: intent, call, settle.

use domain::{
    charge::{
        Charge,
        command::{Asker, Command},
    },
    ids::RequestId,
    limits::STALE_INTENT,
    refusal::Refusal,
};

use crate::{
    attempt::{self, Attempt},
    charge::{conclude, reconcile, request},
    hub::Hub,
    retry::Retry,
};

/// How often a change of a charge that was written meanwhile is decided anew.
const TRIES: u32 = 4;

/// A charge after a capture or a void.
#[derive(Debug)]
pub struct Changed {
    /// The charge.
    pub charge: Charge,
    /// The number of the request that this is the answer of, from 1.
    pub number: usize,
    /// Whether this answers a repeat.
    pub is_repeat: bool,
}

/// Captures or voids a charge; where the attempt was made before, what that came to.
///
/// # Errors
/// What refuses the change, [`Refusal::KeyReused`], [`Refusal::Processing`], or the store's refusals.
pub async fn apply(hub: &Hub, attempt: &Attempt, charge: Charge, command: Command) -> Result<Changed, Refusal> {
    let body = attempt::body(hub, attempt, None).as_sent;
    let mut current = charge;
    let mut retry = Retry::times(TRIES);
    loop {
        if let Some(number) = current.number_of(RequestId::new(attempt.id)) {
            return replay(hub, current, number, &body).await; // seen before any refusal
        }
        let ask = current.decide(command, request::abilities(&current))?;
        let account = request::account(hub, &current).await?.ok_or(Refusal::NoAccount)?;
        let asker = Asker { id: RequestId::new(attempt.id), body: Some(body.clone()), ends_session: false };
        if let Some((charge, number)) = conclude::carry_out(hub, &current, ask, asker, &account).await? {
            return Ok(Changed { charge, number, is_repeat: false });
        }
        retry.again().await?;
        current = hub.store.charge(current.client, current.id).await?.ok_or(Refusal::UnknownCharge)?;
    }
}

async fn replay(hub: &Hub, charge: Charge, number: usize, body: &str) -> Result<Changed, Refusal> {
    let request = charge.request(number).ok_or(Refusal::Internal)?;
    if request.body.as_deref() != Some(body) {
        return Err(Refusal::KeyReused);
    }
    if request.answered().is_some() {
        return Ok(Changed { charge, number, is_repeat: true });
    }
    if hub.now().since(request.created_at) <= STALE_INTENT {
        return Err(Refusal::Processing);
    }
    let charge = reconcile::request(hub, charge, number).await?;
    let is_answered = charge.request(number).is_some_and(|request| request.answered().is_some());
    if is_answered { Ok(Changed { charge, number, is_repeat: true }) } else { Err(Refusal::Processing) }
}
