//! Each event of an account's charges becomes one record, and one delivery for each endpoint that is registered for it.
//!
//! Everything is stored only where it is absent, so a relay can be repeated: what is stored already stays, and its
//! message is sent once more, because the first one may never have been sent.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use domain::{
    charge::{Charge, Moment},
    ids::{ClientId, EventId, WebhookId},
    refusal::Refusal,
    time::Timestamp,
    webhook::{About, Delivery, EventRecord, Webhook},
};
use futures::future::try_join_all;

pub use store::outbox::Image;

use crate::{hub::Hub, webhook::event::oldest};

/// event-relay drops a stream record of this age (`MaximumRecordAgeInSeconds`): an event that was stored later was not
/// relayed from the stream.
const MAX_RECORD_AGE: Duration = Duration::from_hours(23);

/// What a replay of events did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplayedEvents {
    /// Charges that were looked at.
    pub charges: usize,
    /// Events that were lost and are relayed now, or were by an earlier replay.
    pub events: usize,
    /// Charges that could not be read; each was logged.
    pub unreadable: usize,
}

/// Relays every event of a charge after the first `relayed` ones. `new` is the charge as it was after its last event.
/// An account without endpoints has no deliveries, but its events are stored all the same.
///
/// # Errors
/// The store's refusals: then all of it may be relayed again.
pub async fn charge(hub: &Hub, relayed: Option<u32>, new: &Charge) -> Result<(), Refusal> {
    let first = relayed.unwrap_or(0).saturating_add(1);
    if first > new.event_no {
        return Ok(());
    }
    let endpoints = hub.store.webhooks(new.client).await?;
    for no in first..=new.event_no {
        let moment = moment(new, no)?;
        // The stream shows the charge as it was, which is more than can be read out of it later.
        let charge = if no == new.event_no { new } else { &moment.charge };
        let event = record_event(hub, charge, no, &moment);
        store_once(hub, &event).await?;
        deliver(hub, &event, &endpoints).await?;
    }
    Ok(())
}

/// Relays the charge that a stream shows in `new`; in `old`, as it was before, where it was there.
///
/// # Errors
/// [`Refusal::Internal`] where it cannot be read, or the store's refusals.
pub async fn change(hub: &Hub, old: Option<&Image>, new: &Image) -> Result<(), Refusal> {
    let relayed = old.map(Image::event_no).transpose()?;
    if relayed.unwrap_or(0) >= new.event_no()? {
        return Ok(());
    }
    charge(hub, relayed, &new.charge()?).await
}

/// Scans every charge and relays the events since `since` that the stream has lost, each with the charge as it was
/// then, to the endpoints that were registered by then. Events that would have expired already are left out: they may
/// have been delivered before.
///
/// # Errors
/// The store's refusals: then it is to be run again.
pub async fn replay(hub: &Hub, since: Timestamp) -> Result<ReplayedEvents, Refusal> {
    let since = since.max(oldest(hub.now()));
    let (mut done, mut accounts, mut place) = (ReplayedEvents::default(), HashMap::new(), None);
    loop {
        let (charges, next) = hub.store.some_charges(place).await?;
        for charge in charges {
            done.charges = done.charges.saturating_add(1);
            match replay_charge(hub, charge, since, &mut accounts).await {
                Ok(events) => done.events = done.events.saturating_add(events),
                Err(refusal @ (Refusal::Unavailable | Refusal::Contention)) => return Err(refusal),
                Err(_) => done.unreadable = done.unreadable.saturating_add(1),
            }
        }
        if next.is_none() {
            return Ok(done);
        }
        place = next;
    }
}

/// Relays the lost events of one charge: their number.
async fn replay_charge(
    hub: &Hub,
    charge: Result<Charge, store::Error>,
    since: Timestamp,
    accounts: &mut HashMap<ClientId, Vec<Webhook>>,
) -> Result<usize, Refusal> {
    let charge = charge?;
    if charge.updated_at < since {
        return Ok(0);
    }
    let endpoints = match accounts.entry(charge.client) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => unknown.insert(hub.store.webhooks(charge.client).await?),
    };
    let mut lost: usize = 0;
    for no in 1..=charge.event_no {
        let moment = moment(&charge, no)?;
        if moment.at < since {
            continue;
        }
        let event = record_event(hub, &moment.charge, no, &moment);
        let there = hub.store.event(event.client, event.id, hub.now()).await?;
        // An earlier replay may have ended between the event and its deliveries; the stream retries by itself.
        if there.as_ref().is_some_and(|there| there.delay() < MAX_RECORD_AGE) {
            continue;
        }
        if there.is_none() {
            store_once(hub, &event).await?;
        }
        let by_then: Vec<Webhook> =
            endpoints.iter().filter(|webhook| webhook.created_at <= moment.at).cloned().collect();
        deliver(hub, &event, &by_then).await?;
        lost = lost.saturating_add(1);
    }
    Ok(lost)
}

fn record_event(hub: &Hub, charge: &Charge, no: u32, moment: &Moment) -> EventRecord {
    let id = EventId::new(hub.secrets.derived(charge.id.uuid(), &format!("event {no}")));
    let about = About::Charge { no, name: moment.name, snapshot: Box::new(charge.snapshot()) };
    let event = EventRecord::new(id, charge.client, about, moment.at, hub.now());
    EventRecord { customer: charge.shopper(), ..event }
}

/// Stores an event where it is absent, and then logs its name, which a metric counts (infra/watch.yaml,
/// `EventsByName`).
async fn store_once(hub: &Hub, event: &EventRecord) -> Result<(), Refusal> {
    if hub.store.create_event(event).await?
        && let About::Charge { name, snapshot, .. } = &event.about
    {
        tracing::info!(event = name.name(), charge = %snapshot.id, "a charge has changed");
    }
    Ok(())
}

/// Makes a delivery of a stored event for each active endpoint that is registered for it, and queues the deliveries.
async fn deliver(hub: &Hub, event: &EventRecord, endpoints: &[Webhook]) -> Result<(), Refusal> {
    let registered = endpoints.iter().filter(|webhook| webhook.is_active && webhook.wants(event));
    let to: Vec<WebhookId> = registered.map(|webhook| webhook.id).collect();
    let now = hub.now();
    let deliveries: Vec<Delivery> =
        to.iter().map(|webhook| Delivery::new(*webhook, event.client, event.id, now)).collect();
    try_join_all(deliveries.iter().map(|delivery| hub.store.create_delivery(delivery))).await?;
    match &hub.queue {
        Some(queue) if !to.is_empty() => {
            let messages: Vec<_> = to.iter().map(|webhook| (*webhook, event.id)).collect();
            Ok(queue.send(&messages, Duration::ZERO).await?)
        }
        // The sweeper finds them in the table.
        Some(_) | None => Ok(()),
    }
}

/// A charge that counts an event which is not in its list is a defect of the hub.
fn moment(charge: &Charge, no: u32) -> Result<Moment, Refusal> {
    charge.at_event(no).ok_or_else(|| {
        tracing::error!(charge = %charge.id, no, "a charge lacks one of its events");
        Refusal::Internal
    })
}

/// Sends a note of a change that cannot be relayed to the dead-letter queue; without one only the log has it.
///
/// # Errors
/// [`Refusal::Unavailable`] where the queue cannot be reached.
pub async fn send_dead_letter(hub: &Hub, note: String) -> Result<(), Refusal> {
    match &hub.dead_letters {
        Some(dead_letters) => Ok(dead_letters.send_text(note).await?),
        None => Ok(()),
    }
}
