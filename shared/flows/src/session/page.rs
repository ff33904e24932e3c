//! The pages of the hub at which a session is paid. A browser opens them without a key: what they hold is no secret.

use domain::{
    ids::{ClientId, SessionId},
    refusal::Refusal,
    session::Session,
};

use crate::{account::settings, hub::Hub, public_url::PublicUrl, stage::Stage};

/// What a page holds of its session before the browser shows a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The session.
    pub session: SessionId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// Whether its merchant made a link to its own page. No other session has one: a page that a stranger's session had
    /// at the hub's address, with the merchant's name and logo, could ask shoppers for money.
    pub has_link: bool,
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
    let Session { id, client, has_link, .. } = session;
    Ok(Some(Page { session: id, client, has_link, origins: settings.checkout_origins }))
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

/// Whether browsers reach this hub by TLS.
///
/// # Errors
/// [`Refusal::Internal`] where it has no public address.
pub fn is_tls(hub: &Hub) -> Result<bool, Refusal> {
    hub.public_url().map(PublicUrl::is_tls)
}
