//! What happens to a charge once it is stored.
//!
//! - `request`: one transaction request: its intent is stored, its call made;
//! - `settle`: one step that stores a report;
//! - [`conclude`]: the steps until it is stored, or until the active charge of its session is canceled first;
//! - [`change`]: the merchant captures or voids it;
//! - [`reconcile`]: what is due is done, what is unknown is asked;
//! - [`image`]: where the image is that its shopper scans;
//! - [`look_up`]: where an operator finds a payment at its provider;
//! - [`operator`]: an operator records what a provider said, or has what waits applied again.

pub mod change;
pub mod conclude;
pub mod image;
pub mod look_up;
pub mod operator;
pub mod reconcile;
pub(crate) mod request;
mod settle;

use domain::{
    charge::Charge,
    ids::{ChargeId, ClientId, SessionId},
    refusal::Refusal,
};
use store::lists::{ChargeFilter, Listed, Window};

use crate::{caller::Caller, hub::Hub};

/// The charge of this id, or the charge that paid the session of this id, if the caller opens it. To others it does not
/// exist.
///
/// # Errors
/// [`Refusal::UnknownCharge`], or the store's refusals.
pub async fn find(hub: &Hub, caller: &Caller, id: ChargeId) -> Result<Charge, Refusal> {
    let client = caller.client;
    let found = match hub.store.charge(client, id).await? {
        Some(charge) => Some(charge),
        None => match hub.store.session(client, SessionId::new(id.uuid())).await?.and_then(|session| session.lock) {
            Some(paid_by) => hub.store.charge(client, paid_by).await?,
            None => None,
        },
    };
    found.filter(|charge| caller.opens_charge(charge)).ok_or(Refusal::UnknownCharge)
}

/// A page of the account's charges.
///
/// # Errors
/// The store's refusals.
pub async fn list(
    hub: &Hub,
    client: ClientId,
    window: &Window,
    filter: &ChargeFilter,
) -> Result<Listed<Charge>, Refusal> {
    Ok(hub.store.charges(client, window, filter).await?)
}
