//! Deliveries of an endpoint, as its owner lists them and asks for them. The sweeper sends what is asked for, within a
//! minute.

use domain::{
    ids::{ClientId, EventId, WebhookId},
    refusal::Refusal,
    webhook::{Delivery, Webhook},
};
use store::{
    deliveries::DeliveryWithAttempts,
    events::{About, EventRecord},
    lists::{Listed, Window},
};
use wire::malga::webhooks::PING;

use crate::{
    attempt::Attempt,
    hub::Hub,
    retry::Retry,
    webhook::{
        endpoint,
        event::{is_wanted, oldest},
    },
};

/// A ping's delivery as its request was answered, and whether it was answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinged {
    /// The delivery.
    pub delivery: Delivery,
    /// Whether this answers a repeat.
    pub is_repeat: bool,
}

/// Has an event brought to an endpoint again, whatever became of it before; or for the first time, where the
/// endpoint is registered for it and it happened before the endpoint was there or while it was switched off.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], [`Refusal::WebhookInactive`], [`Refusal::UnknownEvent`], or the store's refusals.
pub async fn resend(hub: &Hub, client: ClientId, webhook: WebhookId, event: EventId) -> Result<Delivery, Refusal> {
    let endpoint = active_endpoint(hub, client, webhook).await?;
    let mut retry = Retry::new();
    loop {
        let now = hub.now();
        let (asked, is_stored) = if let Some(read) = hub.store.delivery(webhook, event, now).await? {
            let again = read.again(now);
            (again.clone(), hub.store.lease_delivery(&read, &again).await?)
        } else {
            let event = hub.store.event(client, event, now).await?.filter(|event| is_wanted(event, &endpoint));
            let first = Delivery::new(webhook, client, event.ok_or(Refusal::UnknownEvent)?.id, now).again(now);
            (first.clone(), hub.store.create_delivery(&first).await?)
        };
        if is_stored {
            return Ok(asked);
        }
        retry.again().await?;
    }
}

/// Has an endpoint told that it is tried out: an event of its own, for it alone. A repeat is answered as the first
/// request was, whatever became of the endpoint.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], [`Refusal::WebhookInactive`], or the store's refusals.
pub async fn ping(hub: &Hub, attempt: &Attempt, webhook: WebhookId) -> Result<Pinged, Refusal> {
    let (client, event, now) = (attempt.client, EventId::new(attempt.id), hub.now());
    let asked = |at| Delivery::new(webhook, client, event, at).again(at);
    if let Some(made) = hub.store.delivery(webhook, event, now).await? {
        return Ok(Pinged { delivery: asked(made.created_at), is_repeat: true });
    }
    active_endpoint(hub, client, webhook).await?;
    let ping = EventRecord::new(event, client, About::Ping, now, PING.to_owned(), now);
    hub.store.create_event(&ping).await?;
    if hub.store.create_delivery(&asked(now)).await? {
        return Ok(Pinged { delivery: asked(now), is_repeat: false });
    }
    let made = hub.store.delivery(webhook, event, now).await?.ok_or(Refusal::UnknownEvent)?;
    Ok(Pinged { delivery: asked(made.created_at), is_repeat: true })
}

/// A page of what an endpoint was told, with the newest tries.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], or the store's refusals.
pub async fn list(
    hub: &Hub,
    client: ClientId,
    webhook: WebhookId,
    window: &Window,
) -> Result<Listed<DeliveryWithAttempts>, Refusal> {
    endpoint::find(hub, client, webhook).await?;
    let now = hub.now();
    let window = Window { from: window.from.max(oldest(now)), ..window.clone() };
    Ok(hub.store.deliveries(webhook, &window, now).await?)
}

async fn active_endpoint(hub: &Hub, client: ClientId, id: WebhookId) -> Result<Webhook, Refusal> {
    let webhook = endpoint::find(hub, client, id).await?;
    if webhook.is_active { Ok(webhook) } else { Err(Refusal::WebhookInactive) }
}
