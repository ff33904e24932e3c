//! The merchant captures or voids a charge: intent, call, settle.

use domain::{
    charge::{
        Charge,
        command::{Command, Requester},
        request::Origin,
    },
    ids::{ChargeId, ClientId, RequestId, SessionId},
    limits::STALE_INTENT,
    refusal::Refusal,
};
use providers::capabilities::abilities;
use wire::NormalBody;

use crate::{
    answered::Answered,
    caller::Caller,
    charge::{conclude, reconcile, request},
    hub::Hub,
    identity::{self, Identity},
    retry::Retry,
};

/// What a merchant does to a charge. An idempotency key belongs to a charge and an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Capture reserved money.
    Capture,
    /// Refund, or release reserved money.
    Void,
    /// Release reserved money.
    Release,
    /// Refund.
    Refund,
}

impl Action {
    /// The identity of the request to do this to `charge`: the same whichever id the request's path names.
    ///
    /// # Errors
    /// [`Refusal::Internal`] where the system has no randomness.
    pub fn identity(
        self,
        hub: &Hub,
        charge: &Charge,
        key: Option<&str>,
        body: NormalBody,
    ) -> Result<Identity, Refusal> {
        identity::new(hub, &Caller::account(charge.client), &self.path(charge.id), key, body)
    }

    fn path(self, charge: ChargeId) -> String {
        let action = match self {
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Release => "release",
            Self::Refund => "refund",
        };
        format!("charge {charge} {action}")
    }
}

/// The charge that `action` is for: the account's charge of this id, or the charge that paid the session of this id.
/// Where the session has several attempts, the charge that this key changed before.
///
/// # Errors
/// [`Refusal::UnknownCharge`], or the store's refusals.
pub async fn find(
    hub: &Hub,
    client: ClientId,
    id: ChargeId,
    action: Action,
    key: Option<&str>,
) -> Result<Charge, Refusal> {
    if let Some(charge) = hub.store.charge(client, id).await? {
        return Ok(charge);
    }
    let session = hub.store.session(client, SessionId::new(id.uuid())).await?.ok_or(Refusal::UnknownCharge)?;
    let changed = |charge: &Charge, key: &str| {
        let request = RequestId::new(hub.secrets.identity(client, &action.path(charge.id), key));
        charge.number_of(request).is_some()
    };
    let paid_by = match session.lock {
        Some(lock) => hub.store.charge(client, lock).await?,
        None => None,
    };
    let Some(key) = key.filter(|key| !paid_by.as_ref().is_some_and(|charge| changed(charge, key))) else {
        return paid_by.ok_or(Refusal::UnknownCharge);
    };
    for other in session.attempts.iter().copied().filter(|attempt| Some(*attempt) != session.lock) {
        if let Some(charge) = hub.store.charge(client, other).await?.filter(|charge| changed(charge, key)) {
            return Ok(charge);
        }
    }
    paid_by.ok_or(Refusal::UnknownCharge)
}

/// A charge after a capture or a void.
#[derive(Debug)]
pub struct Changed {
    /// The charge.
    pub charge: Charge,
    /// The number of the request that this answers, from 1.
    pub number: usize,
}

/// Captures or voids a charge, under the merchant's own reference where it has one; where the request was made before,
/// its result of then.
///
/// # Errors
/// What refuses the change, [`Refusal::KeyReused`], [`Refusal::Processing`], or the store's refusals.
pub async fn apply(
    hub: &Hub,
    identity: &Identity,
    charge: Charge,
    command: Command,
    merchant_reference: Option<&str>,
) -> Result<Answered<Changed>, Refusal> {
    let body = identity::body(hub, identity, None).as_sent;
    let mut current = charge;
    let mut retry = Retry::new();
    loop {
        if let Some(number) = current.number_of(RequestId::new(identity.id)) {
            // Before any refusal. On the heap: the future is large, and seldom needed.
            return Box::pin(replay(hub, current, number, &body)).await;
        }
        let intent = current.command(command, abilities)?;
        let account = request::account_of(hub, &current, current.payment()).await?.ok_or(Refusal::NoProviderAccount)?;
        let (body, call_before) = (Some(body.clone()), identity.call_before(hub.now()));
        let requester = Requester {
            id: RequestId::new(identity.id),
            origin: Origin::Merchant,
            body,
            merchant_reference: merchant_reference.map(str::to_owned),
            ends_session: false,
            call_before,
        };
        if let Some((charge, number)) = conclude::carry_out(hub, &current, intent, requester, &account).await? {
            return Ok(Answered::New(Changed { charge, number }));
        }
        retry.again().await?;
        current = hub.store.charge(current.client, current.id).await?.ok_or(Refusal::UnknownCharge)?;
    }
}

/// What a request whose body is refused made before: then it is an idempotent replay.
///
/// # Errors
/// `refusal` where it made nothing, [`Refusal::Processing`], or the store's refusals.
pub async fn made_before(
    hub: &Hub,
    identity: &Identity,
    charge: Charge,
    refusal: Refusal,
) -> Result<Answered<Changed>, Refusal> {
    let number = charge.number_of(RequestId::new(identity.id)).ok_or(refusal)?;
    let body = identity::body(hub, identity, None).as_sent;
    Box::pin(replay(hub, charge, number, &body)).await
}

async fn replay(hub: &Hub, charge: Charge, number: usize, body: &str) -> Result<Answered<Changed>, Refusal> {
    let request = charge.request(number).ok_or(Refusal::Internal)?;
    if request.body.as_deref() != Some(body) {
        return Err(Refusal::KeyReused);
    }
    if request.first().is_some() {
        return Ok(Answered::Replayed(Changed { charge, number }));
    }
    if hub.now().since(request.created_at) <= STALE_INTENT {
        return Err(Refusal::Processing);
    }
    let charge = reconcile::request(hub, charge, number).await?;
    let is_answered = charge.request(number).is_some_and(|request| request.first().is_some());
    if is_answered { Ok(Answered::Replayed(Changed { charge, number })) } else { Err(Refusal::Processing) }
}
