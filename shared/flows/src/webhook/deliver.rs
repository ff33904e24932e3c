//! An event is brought to an endpoint: one try at a time, signed, recorded, and followed by the next one or the end.
//!
//! Whoever has a message reads first what is to be done, and claims the try before anything is sent. Whoever dies with a
//! claim is followed by another when the claim ends. So an endpoint may be told twice, under the same id, and is told at
//! least once.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    ids::{EventId, WebhookId},
    refusal::Refusal,
    time::Timestamp,
    webhook::{AttemptOutcome, Delivery, DeliveryAttempt, DeliveryState, Webhook, time_limit},
};
use futures::future::try_join;
use seal::signing::SigningKey;
use store::queue::MAX_DELAY;
use wire::malga::webhooks::body;

pub use store::queue::Message;

use crate::{
    clock::Clock,
    hub::Hub,
    webhook::{endpoint, event::printed, outbound::Outbound},
};

/// Who calls, for the endpoint's logs.
const AGENT: &str = concat!("Catraca/", env!("CARGO_PKG_VERSION"));

/// Makes the next try of this delivery, if it is due and nobody else is at it. Where its endpoint is switched off or
/// gone, or the event forgotten, the delivery ends as exhausted, without a try.
///
/// # Errors
/// The store's refusals; then the message is to come again.
pub async fn run(hub: &Hub, webhook: WebhookId, event: EventId) -> Result<(), Refusal> {
    let now = hub.now();
    let delivery = hub.store.delivery(webhook, event, now).await?;
    let Some(read) = delivery.filter(|delivery| delivery.claim(now).is_some()) else { return Ok(()) };
    let (endpoint, event) =
        try_join(hub.store.webhook(read.client, webhook), hub.store.event(read.client, event, now)).await?;
    let (Some(endpoint), Some(event)) = (endpoint.filter(|endpoint| endpoint.is_active), event) else {
        let ended = Delivery { state: DeliveryState::Exhausted, claimed_until: None, due_at: None, ..read.clone() };
        hub.store.lease_delivery(&read, &ended).await?;
        return Ok(());
    };
    let (body, keys) = (body(endpoint.api_version, &printed(&event)), endpoint::signing_key(hub, &endpoint).await?);
    let Some(claimed) = read.claim(hub.now()) else { return Ok(()) };
    if !hub.store.lease_delivery(&read, &claimed).await? {
        return Ok(());
    }
    let tried = tell(&hub.outbound, &hub.clock, &endpoint.endpoint, &claimed, &keys, body).await;
    record(hub, &endpoint, &claimed, &tried).await
}

/// Records what a try came to, and has the next one made in time.
async fn record(hub: &Hub, endpoint: &Webhook, claimed: &Delivery, tried: &DeliveryAttempt) -> Result<(), Refusal> {
    match claimed.tried(tried, hub.now()) {
        AttemptOutcome::Delivered(next) => {
            hub.store.end_delivery(claimed, &next, tried).await?;
        }
        AttemptOutcome::Again(next, pause) => {
            if hub.store.end_delivery(claimed, &next, tried).await? && pause <= MAX_DELAY {
                come_again(hub, &next, pause).await;
            }
        }
        AttemptOutcome::Exhausted(next) => exhaust(hub, endpoint, claimed, &next, tried).await?,
    }
    Ok(())
}

/// Queues the next try. Where that fails, the delivery's due mark brings it.
async fn come_again(hub: &Hub, delivery: &Delivery, pause: Duration) {
    let Some(queue) = &hub.queue else { return };
    if let Err(error) = queue.send(&[(delivery.webhook, delivery.event)], pause).await {
        tracing::warn!(%error, webhook = %delivery.webhook, "the next try waits for the sweeper");
    }
}

/// Ends a delivery that was tried in vain for the last time, and with it what its endpoint is told, unless somebody
/// has asked for the event again meanwhile.
async fn exhaust(
    hub: &Hub,
    endpoint: &Webhook,
    claimed: &Delivery,
    next: &Delivery,
    tried: &DeliveryAttempt,
) -> Result<(), Refusal> {
    let (webhook, event) = (claimed.webhook, claimed.event);
    if hub.store.delivery(webhook, event, hub.now()).await?.as_ref() != Some(claimed) {
        return Ok(());
    }
    let client = claimed.client;
    tracing::error!(alarm = "delivery_exhausted", %webhook, %client, %event, "an event was tried in vain for the last time");
    // In this order: whoever follows a death between the two finds the endpoint switched off, and ends.
    switch_off(hub, endpoint).await?;
    hub.store.end_delivery(claimed, next, tried).await?;
    Ok(())
}

/// Switches an endpoint off, unless it was changed since it was read: whoever did that has looked at it.
async fn switch_off(hub: &Hub, endpoint: &Webhook) -> Result<(), Refusal> {
    let off = Webhook {
        is_active: false,
        updated_at: hub.now(),
        version: endpoint.version.saturating_add(1),
        ..endpoint.clone()
    };
    if hub.store.change_webhook(&off).await? {
        tracing::warn!(webhook = %endpoint.id, client = %endpoint.client, "an endpoint was switched off");
    }
    Ok(())
}

/// Sends an event to `endpoint`, signed by `keys` (the current one, and a former one that still signs), and waits for the
/// answer for as long as this try may take.
pub async fn tell(
    outbound: &Outbound,
    clock: &Clock,
    endpoint: &str,
    claimed: &Delivery,
    keys: &(SigningKey, Option<SigningKey>),
    body: String,
) -> DeliveryAttempt {
    let at = clock.now();
    let limit = at.plus(time_limit(claimed.attempts.saturating_add(1)));
    let until = claimed.claimed_until.map_or(limit, |end| end.min(limit));
    let headers = headers(claimed.event, at, &body, keys);
    let heard = outbound.post(endpoint, &headers, body, clock, until).await;
    let took = clock.now().since(at).as_millis();
    DeliveryAttempt {
        number: claimed.attempts_in_all.saturating_add(1),
        at,
        took_ms: u32::try_from(took).unwrap_or(u32::MAX),
        status: heard.status,
        answer: heard.answer,
        problem: heard.problem,
    }
}

/// What goes with `body`: when it was signed and by what, for receivers of the public API and for those of Standard
/// Webhooks, by the shared secret (`v1`) and by the key (`v1a`). While a key is being replaced, the former signs for those
/// who cannot know the new one; the list of Standard Webhooks holds both.
fn headers(
    event: EventId,
    at: Timestamp,
    body: &str,
    (key, former): &(SigningKey, Option<SigningKey>),
) -> Vec<(&'static str, String)> {
    let (date, seconds) = (at.as_millis().to_string(), at.as_seconds().to_string());
    let signature = former.as_ref().unwrap_or(key).sign(format!("{date}\n{body}").as_bytes());
    let standard = format!("{event}.{seconds}.{body}");
    let signatures = [Some(key), former.as_ref()].into_iter().flatten();
    let signatures = signatures.map(|key| {
        let (mac, signature) = (key.mac(standard.as_bytes()), key.sign(standard.as_bytes()));
        format!("v1,{} v1a,{}", STANDARD.encode(mac), STANDARD.encode(signature))
    });
    vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", AGENT.to_owned()),
        ("x-idempotency-key", event.to_string()),
        ("x-plug-date", date),
        ("x-plug-signature", hex::encode(signature)),
        ("webhook-id", event.to_string()),
        ("webhook-timestamp", seconds),
        ("webhook-signature", signatures.collect::<Vec<_>>().join(" ")),
    ]
}
