//! The events of an account's charges, as they are stored: found and listed.

use domain::{
    ids::{ClientId, EventId},
    limits::EVENT_LIFE,
    refusal::Refusal,
    time::Timestamp,
    webhook::EventRecord,
};
use store::lists::{Listed, Window};

use crate::hub::Hub;

/// The account's event of this id.
///
/// # Errors
/// [`Refusal::UnknownEvent`], or the store's refusals.
pub async fn find(hub: &Hub, client: ClientId, id: EventId) -> Result<EventRecord, Refusal> {
    hub.store.event(client, id, hub.now()).await?.ok_or(Refusal::UnknownEvent)
}

/// A page of the account's events; none older than they are kept.
///
/// # Errors
/// The store's refusals.
pub async fn list(hub: &Hub, client: ClientId, window: &Window) -> Result<Listed<EventRecord>, Refusal> {
    let from = window.from.max(oldest(hub.now()));
    Ok(hub.store.events(client, &Window { from, ..window.clone() }).await?)
}

/// Events from before this instant have expired at `now`, or will soon.
pub(crate) fn oldest(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(i64::try_from(EVENT_LIFE.as_millis()).unwrap_or(0)))
}
