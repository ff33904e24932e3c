//! An event is delivered to an endpoint: one attempt at a time, signed and recorded, until the endpoint takes it or the
//! last attempt fails.
//!
//! The receiver of a message reads the delivery first, and leases it before anything is sent. Where a worker dies with
//! a lease, another one follows when the lease ends. So an endpoint receives an event at least once, and may receive it
//! twice under the same id.

use std::time::Duration;

use domain::{
    alarm::Alarm,
    ids::{EventId, WebhookId},
    refusal::Refusal,
    time::Timestamp,
    webhook::{Delivery, DeliveryAttempt, DeliveryAttemptOutcome, DeliveryState, Webhook, time_limit},
};
use futures::future::try_join;
use seal::signing::SigningKey;
use store::queue::MAX_DELAY;
use wire::malga::webhooks::{StandardSignature, Unsigned, body};

pub use store::queue::Message;

use crate::{
    clock::Clock,
    hub::Hub,
    webhook::{endpoint, outbound::Outbound},
};

/// Who calls, for the endpoint's logs.
const AGENT: &str = concat!("Catraca/", env!("CARGO_PKG_VERSION"));

/// Makes the next attempt of this delivery, if it is due and not leased. Where its endpoint is switched off or deleted,
/// or the event has expired, the delivery ends as exhausted, without an attempt.
///
/// # Errors
/// The store's refusals; then the message is to come again.
pub async fn run(hub: &Hub, webhook: WebhookId, event: EventId) -> Result<(), Refusal> {
    let now = hub.now();
    let delivery = hub.store.delivery(webhook, event, now).await?;
    let Some(read) = delivery.filter(|delivery| delivery.lease(now).is_some()) else { return Ok(()) };
    let (endpoint, event) =
        try_join(hub.store.webhook(read.client, webhook), hub.store.event(read.client, event, now)).await?;
    let (Some(endpoint), Some(event)) = (endpoint.filter(|endpoint| endpoint.is_active), event) else {
        let ended = Delivery { state: DeliveryState::Exhausted, leased_until: None, due_at: None, ..read.clone() };
        hub.store.replace_delivery(&read, &ended).await?;
        return Ok(());
    };
    let (body, keys) = (body(&endpoint.format, &event)?, endpoint::signing_key(hub, &endpoint).await?);
    let Some(leased) = read.lease(hub.now()) else { return Ok(()) };
    if !hub.store.replace_delivery(&read, &leased).await? {
        return Ok(());
    }
    let attempt = send(&hub.outbound, &hub.clock, &endpoint.endpoint, &leased, &keys, body).await;
    record(hub, &endpoint, &leased, &attempt).await
}

/// Records an attempt, and has the next one made in time.
async fn record(hub: &Hub, endpoint: &Webhook, leased: &Delivery, attempt: &DeliveryAttempt) -> Result<(), Refusal> {
    match leased.after_attempt(attempt, hub.now()) {
        DeliveryAttemptOutcome::Delivered(next) => {
            hub.store.end_delivery(leased, &next, attempt).await?;
        }
        DeliveryAttemptOutcome::Again(next, pause) => {
            if hub.store.end_delivery(leased, &next, attempt).await? && pause <= MAX_DELAY {
                queue_next(hub, &next, pause).await;
            }
        }
        DeliveryAttemptOutcome::Exhausted(next) => exhaust(hub, endpoint, leased, &next, attempt).await?,
    }
    Ok(())
}

/// Queues the next attempt. Where that fails, the sweeper queues it when it is due.
async fn queue_next(hub: &Hub, delivery: &Delivery, pause: Duration) {
    let Some(queue) = &hub.queue else { return };
    if let Err(error) = queue.send(&[(delivery.webhook, delivery.event)], pause).await {
        tracing::warn!(%error, webhook = %delivery.webhook, "the next attempt waits for the sweeper");
    }
}

/// Ends a delivery whose last attempt failed, and switches its endpoint off, unless the event was resent meanwhile.
async fn exhaust(
    hub: &Hub,
    endpoint: &Webhook,
    leased: &Delivery,
    next: &Delivery,
    attempt: &DeliveryAttempt,
) -> Result<(), Refusal> {
    let (webhook, event) = (leased.webhook, leased.event);
    if hub.store.delivery(webhook, event, hub.now()).await?.as_ref() != Some(leased) {
        return Ok(());
    }
    let client = leased.client;
    tracing::error!(alarm = %Alarm::DeliveryExhausted, %webhook, %client, %event, "the last attempt of a delivery failed");
    // In this order: after a crash between the two, the next worker finds the endpoint switched off, and ends the
    // delivery.
    switch_off(hub, endpoint).await?;
    hub.store.end_delivery(leased, next, attempt).await?;
    Ok(())
}

/// Switches an endpoint off, unless it was changed since it was read: then its owner has looked at it.
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

/// Sends an event to `endpoint`, signed by `keys` (the current one, and a former one that still signs), and waits for
/// the answer for as long as this attempt may take.
pub async fn send(
    outbound: &Outbound,
    clock: &Clock,
    endpoint: &str,
    leased: &Delivery,
    keys: &(SigningKey, Option<SigningKey>),
    body: String,
) -> DeliveryAttempt {
    let at = clock.now();
    let limit = at.plus(time_limit(leased.attempts.saturating_add(1)));
    let until = leased.leased_until.map_or(limit, |end| end.min(limit));
    // Receivers compare this instant with their own clocks.
    let headers = headers(leased.event, clock.real_time(), &body, keys);
    let answer = outbound.post(endpoint, &headers, body, clock, until).await;
    let took = clock.now().since(at).as_millis();
    DeliveryAttempt {
        number: leased.attempts_in_all.saturating_add(1),
        at,
        took_ms: u32::try_from(took).unwrap_or(u32::MAX),
        status: answer.status,
        answer: answer.answer,
        problem: answer.problem,
    }
}

/// The headers that go with `body`. While a key is being replaced, the former key signs where one signature is sent, and
/// both sign where a list of signatures is sent.
fn headers(
    event: EventId,
    at: Timestamp,
    body: &str,
    (key, former): &(SigningKey, Option<SigningKey>),
) -> Vec<(&'static str, String)> {
    let unsigned = Unsigned { event, at, body };
    let signature = former.as_ref().unwrap_or(key).sign(unsigned.text().as_bytes());
    let text = unsigned.standard_text();
    let both = [Some(key), former.as_ref()].into_iter().flatten();
    let standard: Vec<_> = both
        .map(|key| StandardSignature { mac: key.mac(text.as_bytes()), signature: key.sign(text.as_bytes()) })
        .collect();
    let mut headers = vec![("content-type", "application/json".to_owned()), ("user-agent", AGENT.to_owned())];
    headers.extend(unsigned.headers(&signature, &standard));
    headers
}
