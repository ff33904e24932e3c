//! The pages of the hub at which a session is paid. A browser opens them without a key: what they hold is no secret.

use domain::{
    charge::{Charge, Superseding},
    ids::{ClientId, SessionId},
    refusal::Refusal,
    session::{Session, SessionStatus},
    time::Timestamp,
};
use providers::capabilities::abilities;

use crate::{account::settings, hub::Hub, public_url::PublicUrl, stage::Stage};

/// What a page holds of its session before the browser shows a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The session.
    pub session: SessionId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// The origins whose pages may have it in a frame; every one may, where there is none.
    pub origins: Vec<String>,
}

/// The page of the session of this id; none where there is no such session.
///
/// # Errors
/// The store's refusals.
pub async fn find(hub: &Hub, id: SessionId) -> Result<Option<Page>, Refusal> {
    let Some(session) = hub.store.session_of_any_account(id).await? else { return Ok(None) };
    let settings = settings::for_shoppers(hub, session.client, session.merchant).await?;
    Ok(Some(Page { session: session.id, client: session.client, origins: settings.checkout_origins }))
}

/// The hub's public address, where the images of its answers are.
///
/// # Errors
/// [`Refusal::Internal`] where it has none.
pub fn public_url(hub: &Hub) -> Result<&str, Refusal> {
    hub.public_url().map(PublicUrl::as_str)
}

/// Whether payments at this hub are of the sandbox.
#[must_use]
pub fn is_sandbox(hub: &Hub) -> bool {
    hub.executor.stage() == Stage::Sandbox
}

/// Whether pages of this machine may have the checkout in a frame, also without TLS.
#[must_use]
pub fn is_local(hub: &Hub) -> bool {
    hub.outbound.is_local()
}

/// The charge that the shopper of this session is to see.
///
/// # Errors
/// [`Refusal::UnknownCharge`] where there was no attempt, or the store's refusals.
pub async fn charge(hub: &Hub, session: &Session) -> Result<Charge, Refusal> {
    let id = session.shown_charge().ok_or(Refusal::UnknownCharge)?;
    hub.store.charge(session.client, id).await?.ok_or(Refusal::UnknownCharge)
}

/// Until when the unpaid payment of a session keeps it from every other payment method, because it can be neither canceled
/// nor refunded.
///
/// # Errors
/// The store's refusals.
pub async fn held_until(hub: &Hub, session: &Session) -> Result<Option<Timestamp>, Refusal> {
    let (SessionStatus::Created, Some(active)) = (session.status, session.lock) else { return Ok(None) };
    let active = hub.store.charge(session.client, active).await?;
    Ok(active.and_then(|active| match active.superseding(abilities) {
        Superseding::Never { until } => Some(until),
        Superseding::CancelFirst | Superseding::AtOnce | Superseding::Reserved | Superseding::Busy => None,
    }))
}
