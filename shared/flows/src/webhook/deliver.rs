//! An event is brought to an endpoint: one try at a time, signed, recorded, and followed by the next one or the end
//! (design §5).
//!
//! Whoever has a message reads first what is to be done, and claims the try before anything is sent. Whoever dies with a
//! claim is followed by another when the claim ends. So an endpoint may be told twice, under the same id, and is told at
//! least once.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    ids::{ClientId, EventId, WebhookId},
    refusal::Refusal,
    time::Timestamp,
    webhook::{Delivery, DeliveryState, Tried, Try, Webhook, time_limit},
};
use futures::future::try_join;
use seal::signing::SigningKey;
use store::{
    deliveries::Told,
    events::{About, EventRecord},
    lists::{Listed, Window},
    queue::MAX_DELAY,
};
use wire::malga::webhooks::{PING, body};

pub use store::queue::Message;

use crate::{
    Clock, Hub, Outbound,
    attempt::Attempt,
    webhook::relay::{is_wanted, oldest, printed},
};

/// Who calls, for the endpoint's logs.
const AGENT: &str = concat!("Catraca/", env!("CARGO_PKG_VERSION"));
/// How often a delivery that was written meanwhile is asked for again anew.
const TRIES: u32 = 3;

impl Hub {
    /// Makes the next try of this delivery, if it is due and nobody else is at it. Where its endpoint is switched off or
    /// gone, or the event forgotten, the delivery ends as exhausted, without a try.
    ///
    /// # Errors
    /// The store's refusals; then the message is to come again.
    pub async fn deliver(&self, webhook: WebhookId, event: EventId) -> Result<(), Refusal> {
        let now = self.clock.now();
        let delivery = self.store.delivery(webhook, event, now).await?;
        let Some(read) = delivery.filter(|delivery| delivery.claim(now).is_some()) else { return Ok(()) };
        let (endpoint, event) =
            try_join(self.store.webhook(read.client, webhook), self.store.event(read.client, event, now)).await?;
        let (Some(endpoint), Some(event)) = (endpoint.filter(|endpoint| endpoint.is_active), event) else {
            let ended = Delivery { state: DeliveryState::Exhausted, claimed_until: None, due_at: None, ..read.clone() };
            self.store.claim_delivery(&read, &ended).await?;
            return Ok(());
        };
        let (body, keys) = (body(endpoint.api_version, &printed(&event)), self.signing_key(&endpoint).await?);
        let Some(claimed) = read.claim(self.clock.now()) else { return Ok(()) };
        if !self.store.claim_delivery(&read, &claimed).await? {
            return Ok(());
        }
        let tried = tell(&self.outbound, &self.clock, &endpoint.endpoint, &claimed, &keys, body).await;
        self.conclude(&endpoint, &claimed, &tried).await
    }

    /// Records what a try came to, and has the next one made in time.
    async fn conclude(&self, endpoint: &Webhook, claimed: &Delivery, tried: &Try) -> Result<(), Refusal> {
        match claimed.tried(tried, self.clock.now()) {
            Tried::Delivered(next) => {
                self.store.end_delivery(claimed, &next, tried).await?;
            }
            Tried::Again(next, pause) => {
                if self.store.end_delivery(claimed, &next, tried).await? && pause <= MAX_DELAY {
                    self.come_again(&next, pause).await;
                }
            }
            Tried::Exhausted(next) => self.exhaust(endpoint, claimed, &next, tried).await?,
        }
        Ok(())
    }

    /// Queues the next try. Where that fails, the delivery's due mark brings it.
    async fn come_again(&self, delivery: &Delivery, pause: Duration) {
        let Some(queue) = &self.queue else { return };
        if let Err(error) = queue.send(&[(delivery.webhook, delivery.event)], pause).await {
            tracing::warn!(%error, webhook = %delivery.webhook, "the next try waits for the sweeper");
        }
    }

    /// Ends a delivery that was tried in vain for the last time, and with it what its endpoint is told, unless somebody
    /// has asked for the event again meanwhile.
    async fn exhaust(
        &self,
        endpoint: &Webhook,
        claimed: &Delivery,
        next: &Delivery,
        tried: &Try,
    ) -> Result<(), Refusal> {
        let (webhook, event) = (claimed.webhook, claimed.event);
        if self.store.delivery(webhook, event, self.clock.now()).await?.as_ref() != Some(claimed) {
            return Ok(());
        }
        let client = claimed.client;
        tracing::error!(alarm = "delivery_exhausted", %webhook, %client, %event, "an event was tried in vain for the last time");
        // In this order: whoever follows a death between the two finds the endpoint switched off, and ends.
        self.switch_off(endpoint).await?;
        self.store.end_delivery(claimed, next, tried).await?;
        Ok(())
    }

    /// Switches an endpoint off, unless it was changed since it was read: whoever did that has looked at it.
    async fn switch_off(&self, endpoint: &Webhook) -> Result<(), Refusal> {
        let off = Webhook {
            is_active: false,
            updated_at: self.clock.now(),
            version: endpoint.version.saturating_add(1),
            ..endpoint.clone()
        };
        if self.store.change_webhook(&off).await? {
            tracing::warn!(webhook = %endpoint.id, client = %endpoint.client, "an endpoint was switched off");
        }
        Ok(())
    }
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
) -> Try {
    let at = clock.now();
    let limit = at.plus(time_limit(claimed.tries.saturating_add(1)));
    let until = claimed.claimed_until.map_or(limit, |end| end.min(limit));
    let headers = headers(claimed.event, at, &body, keys);
    let heard = outbound.post(endpoint, &headers, body, clock, until).await;
    let took = clock.now().since(at).as_millis();
    Try {
        number: claimed.tries_in_all.saturating_add(1),
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
        ("x-plug-signature", hex(&signature)),
        ("webhook-id", event.to_string()),
        ("webhook-timestamp", seconds),
        ("webhook-signature", signatures.collect::<Vec<_>>().join(" ")),
    ]
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(four.into(), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

/// A ping's delivery as its request was answered, and whether it was answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinged {
    /// The delivery.
    pub delivery: Delivery,
    /// Whether this answers a repeat.
    pub is_repeat: bool,
}

/// What an endpoint's owner asks for. The sweeper sends it, within a minute.
impl Hub {
    /// Has an event brought to an endpoint again, whatever became of it before; or for the first time, where the
    /// endpoint is registered for it and it happened before the endpoint was there or while it was switched off.
    ///
    /// # Errors
    /// [`Refusal::UnknownWebhook`], [`Refusal::WebhookInactive`], [`Refusal::UnknownEvent`], or the store's refusals.
    pub async fn resend(&self, client: ClientId, webhook: WebhookId, event: EventId) -> Result<Delivery, Refusal> {
        let endpoint = self.active_webhook(client, webhook).await?;
        for _ in 0..TRIES {
            let now = self.clock.now();
            let (asked, is_stored) = if let Some(read) = self.store.delivery(webhook, event, now).await? {
                let again = read.again(now);
                (again.clone(), self.store.claim_delivery(&read, &again).await?)
            } else {
                let event = self.store.event(client, event, now).await?.filter(|event| is_wanted(event, &endpoint));
                let first = Delivery::new(webhook, client, event.ok_or(Refusal::UnknownEvent)?.id, now).again(now);
                (first.clone(), self.store.create_delivery(&first).await?)
            };
            if is_stored {
                return Ok(asked);
            }
        }
        Err(Refusal::Contention)
    }

    /// Has an endpoint told that it is tried out: an event of its own, for it alone. A repeat is answered as the first
    /// request was, whatever became of the endpoint.
    ///
    /// # Errors
    /// [`Refusal::UnknownWebhook`], [`Refusal::WebhookInactive`], or the store's refusals.
    pub async fn ping(&self, attempt: &Attempt, webhook: WebhookId) -> Result<Pinged, Refusal> {
        let (client, event, now) = (attempt.client, EventId::new(attempt.id), self.clock.now());
        let asked = |at| Delivery::new(webhook, client, event, at).again(at);
        if let Some(made) = self.store.delivery(webhook, event, now).await? {
            return Ok(Pinged { delivery: asked(made.created_at), is_repeat: true });
        }
        self.active_webhook(client, webhook).await?;
        let ping = EventRecord::new(event, client, About::Ping, now, PING.to_owned(), now);
        self.store.create_event(&ping).await?;
        if self.store.create_delivery(&asked(now)).await? {
            return Ok(Pinged { delivery: asked(now), is_repeat: false });
        }
        let made = self.store.delivery(webhook, event, now).await?.ok_or(Refusal::UnknownEvent)?;
        Ok(Pinged { delivery: asked(made.created_at), is_repeat: true })
    }

    /// A page of what an endpoint was told, with the newest tries.
    ///
    /// # Errors
    /// [`Refusal::UnknownWebhook`], or the store's refusals.
    pub async fn deliveries(
        &self,
        client: ClientId,
        webhook: WebhookId,
        window: &Window,
    ) -> Result<Listed<Told>, Refusal> {
        self.webhook(client, webhook).await?;
        let now = self.clock.now();
        let window = Window { from: window.from.max(oldest(now)), ..window.clone() };
        Ok(self.store.deliveries(webhook, &window, now).await?)
    }

    async fn active_webhook(&self, client: ClientId, id: WebhookId) -> Result<Webhook, Refusal> {
        let webhook = self.webhook(client, id).await?;
        if webhook.is_active { Ok(webhook) } else { Err(Refusal::WebhookInactive) }
    }
}
