//! Deliveries of an endpoint, which its owner lists, resends and tests. The sweeper queues a resent delivery within a
//! minute.

use domain::{
    ids::{ClientId, EventId, WebhookId},
    refusal::Refusal,
    webhook::{About, Delivery, EventRecord, Webhook},
};
use store::{
    deliveries::DeliveryWithAttempts,
    lists::{Listed, Window},
};

use crate::{
    answered::Answered,
    hub::Hub,
    identity::Identity,
    retry::Retry,
    webhook::{endpoint, event::oldest},
};

/// Delivers an event to an endpoint again, whatever became of it before; or for the first time, where the endpoint is
/// registered for it and the event is older than the endpoint or came while it was switched off.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], [`Refusal::WebhookInactive`], [`Refusal::UnknownEvent`], or the store's refusals.
pub async fn resend(hub: &Hub, client: ClientId, webhook: WebhookId, event: EventId) -> Result<Delivery, Refusal> {
    let endpoint = active_endpoint(hub, client, webhook).await?;
    let mut retry = Retry::new();
    loop {
        let now = hub.now();
        let (asked, is_stored) = if let Some(read) = hub.store.delivery(webhook, event, now).await? {
            let resent = read.resent(now);
            (resent.clone(), hub.store.replace_delivery(&read, &resent).await?)
        } else {
            let event = hub.store.event(client, event, now).await?.filter(|event| endpoint.wants(event));
            let first = Delivery::new(webhook, client, event.ok_or(Refusal::UnknownEvent)?.id, now).resent(now);
            (first.clone(), hub.store.create_delivery(&first).await?)
        };
        if is_stored {
            return Ok(asked);
        }
        retry.again().await?;
    }
}

/// Tests an endpoint: with an event for this endpoint alone. An idempotent replay is answered as the first request was,
/// whatever became of the endpoint.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], [`Refusal::WebhookInactive`], or the store's refusals.
pub async fn ping(hub: &Hub, identity: &Identity, webhook: WebhookId) -> Result<Answered<Delivery>, Refusal> {
    let (client, event, now) = (identity.caller.client, EventId::new(identity.id), hub.now());
    let asked = |at| Delivery::new(webhook, client, event, at).resent(at);
    if let Some(made) = hub.store.delivery(webhook, event, now).await? {
        return Ok(Answered::Replayed(asked(made.created_at)));
    }
    active_endpoint(hub, client, webhook).await?;
    let ping = EventRecord::new(event, client, About::Ping, now, now);
    hub.store.create_event(&ping).await?;
    if hub.store.create_delivery(&asked(now)).await? {
        return Ok(Answered::New(asked(now)));
    }
    let made = hub.store.delivery(webhook, event, now).await?.ok_or(Refusal::UnknownEvent)?;
    Ok(Answered::Replayed(asked(made.created_at)))
}

/// A page of an endpoint's deliveries, with the newest attempts.
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
