//! The events of an account's charges, as they are stored: found, listed, printed.

use domain::{
    charge::event::EventName,
    ids::{ClientId, EventId},
    limits::EVENT_LIFE,
    refusal::Refusal,
    time::Timestamp,
    webhook::Webhook,
};
use store::{
    events::{About, EventRecord},
    lists::{Listed, Window},
};
use wire::malga::webhooks::Event;

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

/// Whether an endpoint is registered for an event. A ping is for the tested endpoint alone.
pub(crate) fn is_wanted(event: &EventRecord, webhook: &Webhook) -> bool {
    name(event).is_some_and(|name| webhook.event.wants(name))
}

/// A stored event, to be printed.
#[must_use]
pub fn printed(event: &EventRecord) -> Event<'_> {
    Event {
        id: event.id,
        client: event.client,
        name: name(event),
        created_at: event.created_at,
        snapshot: &event.snapshot,
    }
}

/// The name of an event; a ping has none.
pub(crate) const fn name(event: &EventRecord) -> Option<EventName> {
    match event.about {
        About::Charge { name, .. } => Some(name),
        About::Ping => None,
    }
}

/// Events from before this instant have expired at `now`, or will soon.
pub(crate) fn oldest(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(i64::try_from(EVENT_LIFE.as_millis()).unwrap_or(0)))
}
