//! An idempotent replay gets the same answer.

use domain::{
    charge::{Charge, Source},
    limits::STALE_INTENT,
    refusal::Refusal,
};

use crate::{
    answered::Answered,
    charge::reconcile,
    hub::Hub,
    identity::{self, Identity},
};

/// The charge that the request of this `identity` made before, to be answered as its first request was. The hub asks the provider about an
/// intent that is older than [`STALE_INTENT`] first.
///
/// # Errors
/// [`Refusal::KeyReused`] where this body is not the one that made it, [`Refusal::Processing`] before there is an
/// answer.
pub async fn answer(hub: &Hub, identity: &Identity, made: Charge) -> Result<Answered<Charge>, Refusal> {
    if !identity.caller.opens_charge(&made) || !is_same_body(hub, identity, &made).await? {
        return Err(Refusal::KeyReused);
    }
    let is_answered =
        |charge: &Charge| charge.request(charge.creation()).is_some_and(|request| request.first().is_some());
    if is_answered(&made) {
        return Ok(Answered::Replayed(made));
    }
    if hub.now().since(made.created_at) <= STALE_INTENT {
        return Err(Refusal::Processing);
    }
    let creation = made.creation();
    let asked = reconcile::request(hub, made, creation).await?;
    if is_answered(&asked) { Ok(Answered::Replayed(asked)) } else { Err(Refusal::Processing) }
}

/// Whether the request has the body that made the charge. A token is looked up only where the bodies differ: a client
/// library tokenizes the same card anew in every request.
async fn is_same_body(hub: &Hub, identity: &Identity, made: &Charge) -> Result<bool, Refusal> {
    if made.body.is_same(&identity::body(hub, identity, None)) {
        return Ok(true);
    }
    let (Source::Token { .. } | Source::Card { .. }, Some(token)) = (&made.source, identity.token) else {
        return Ok(false);
    };
    let token = hub.store.token(identity.caller.client, token, hub.now()).await?;
    Ok(token.is_some_and(|token| made.body.is_same(&identity::body(hub, identity, token.fingerprint.as_ref()))))
}

/// The charge that this request made before it was refused: since then a card may have expired, a token may be spent or
/// a merchant deleted.
///
/// # Errors
/// `refusal`, where the request has no key or was not made before.
pub async fn made_before(hub: &Hub, identity: &Identity, refusal: Refusal) -> Result<Charge, Refusal> {
    if identity.key.is_none() {
        return Err(refusal);
    }
    hub.store.charge(identity.caller.client, identity.charge()).await?.ok_or(refusal)
}

/// The charge that this request is known to have made.
///
/// # Errors
/// [`Refusal::Contention`] where it cannot be read yet, or the store's refusals.
pub async fn made(hub: &Hub, identity: &Identity) -> Result<Charge, Refusal> {
    hub.store.charge(identity.caller.client, identity.charge()).await?.ok_or(Refusal::Contention)
}
