//! Webhook endpoints, and the keys that sign their events.

use domain::{
    endpoint::AddressProblem,
    ids::{ClientId, WebhookId},
    refusal::Refusal,
    webhook::{FORMER_KEY_LIFE, Format, FormerKey, SigningKey, Subscription, Webhook},
};
use seal::{Secret, signing};
use store::webhooks::{Moved, Rotated};

use crate::{
    answered::Answered,
    hub::Hub,
    identity::Identity,
    retry::Retry,
    vault::{self, refused},
    webhook::outbound::check_url,
};

/// A change of a webhook: what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// The events that it receives.
    pub event: Option<Subscription>,
    /// The address of the endpoint.
    pub endpoint: Option<String>,
    /// The format of the events.
    pub format: Option<Format>,
    /// Whether events are sent to it.
    pub is_active: Option<bool>,
}

/// Whether the hub may call this endpoint, as far as its text shows.
///
/// # Errors
/// What is wrong with its address.
pub fn check(hub: &Hub, endpoint: &str) -> Result<(), AddressProblem> {
    check_url(endpoint, hub.outbound.is_local()).map(|_| ())
}

/// Registers an endpoint, which may be called, with a signing key of its own.
///
/// # Errors
/// [`Refusal::WebhookExists`] where another one has the same address and events, [`Refusal::WebhooksUsedUp`],
/// [`Refusal::KeyReused`], or the store's refusals.
pub async fn register(
    hub: &Hub,
    identity: &Identity,
    event: Subscription,
    endpoint: String,
    format: Format,
    is_active: bool,
) -> Result<Answered<Webhook>, Refusal> {
    let (id, client, now) = (WebhookId::new(identity.id), identity.caller.client, hub.now());
    let key = new_signing_key(hub, client, id).await?;
    let (created_at, updated_at) = (now, now);
    let webhook = Webhook {
        id,
        client,
        event,
        endpoint,
        format,
        is_active,
        key,
        former: None,
        created_at,
        updated_at,
        version: 1,
    };
    match hub.store.create_webhook(&webhook).await? {
        None => Ok(Answered::New(webhook)),
        Some(there) if there.id != id => Err(Refusal::WebhookExists),
        Some(there) if is_same_order(&there, &webhook) => Ok(Answered::Replayed(there)),
        Some(_) => Err(Refusal::KeyReused),
    }
}

/// The account's webhook of this id.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], or the store's refusals.
pub async fn find(hub: &Hub, client: ClientId, id: WebhookId) -> Result<Webhook, Refusal> {
    hub.store.webhook(client, id).await?.ok_or(Refusal::UnknownWebhook)
}

/// The account's webhooks, the oldest first.
///
/// # Errors
/// The store's refusals.
pub async fn list(hub: &Hub, client: ClientId) -> Result<Vec<Webhook>, Refusal> {
    Ok(hub.store.webhooks(client).await?)
}

/// Changes what is given; an endpoint that was switched off receives events again once it is active.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], [`Refusal::WebhookExists`], or the store's refusals.
pub async fn change(hub: &Hub, client: ClientId, id: WebhookId, change: &WebhookChange) -> Result<Webhook, Refusal> {
    let mut retry = Retry::new();
    loop {
        let (read, now) = (find(hub, client, id).await?, hub.now());
        let next = Webhook {
            event: change.event.unwrap_or(read.event),
            endpoint: change.endpoint.clone().unwrap_or_else(|| read.endpoint.clone()),
            format: change.format.clone().unwrap_or_else(|| read.format.clone()),
            is_active: change.is_active.unwrap_or(read.is_active),
            updated_at: now,
            version: read.version.saturating_add(1),
            ..read.clone()
        };
        let is_stored = if (next.event, &next.endpoint) == (read.event, &read.endpoint) {
            hub.store.change_webhook(&next).await?
        } else {
            match hub.store.move_webhook(&next).await? {
                Moved::Done => true,
                Moved::Lost => false,
                Moved::Taken => return Err(Refusal::WebhookExists),
            }
        };
        if is_stored {
            return Ok(next);
        }
        retry.again().await?;
    }
}

/// Gives a webhook a new signing key; the former key goes on signing for [`FORMER_KEY_LIFE`], so that the owner can
/// install the new one. Until then there is no other rotation: a request that is sent twice would leave the endpoint
/// with a key that its owner never received.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], [`Refusal::KeyRotating`], or the store's refusals.
pub async fn rotate_key(hub: &Hub, identity: &Identity, id: WebhookId) -> Result<Answered<Webhook>, Refusal> {
    let client = identity.caller.client;
    let mut retry = Retry::new();
    loop {
        let (read, now) = (hub.store.webhook(client, id).await?, hub.now());
        // Read after the webhook: so a rotation that has changed the webhook is found here.
        if let Some(webhook) = hub.store.webhook_answer(client, identity.id).await? {
            return Ok(Answered::Replayed(webhook));
        }
        let read = read.ok_or(Refusal::UnknownWebhook)?;
        if read.former.as_ref().is_some_and(|former| former.until > now) {
            return Err(Refusal::KeyRotating);
        }
        let next = Webhook {
            key: new_signing_key(hub, client, id).await?,
            former: Some(FormerKey { key: read.key, until: now.plus(FORMER_KEY_LIFE) }),
            updated_at: now,
            version: read.version.saturating_add(1),
            ..read
        };
        match hub.store.rotate_webhook(&next, identity.id).await? {
            Rotated::Done => return Ok(Answered::New(next)),
            Rotated::Replay(webhook) => return Ok(Answered::Replayed(*webhook)),
            Rotated::Lost => {}
        }
        retry.again().await?;
    }
}

/// Deletes a webhook, which receives no more events: the webhook as it was.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], or the store's refusals.
pub async fn remove(hub: &Hub, client: ClientId, id: WebhookId) -> Result<Webhook, Refusal> {
    let webhook = find(hub, client, id).await?;
    // Where another request deleted it meanwhile, it is deleted as well.
    hub.store.delete_webhook(&webhook).await?;
    Ok(webhook)
}

/// The key that signs the events of this webhook, and the former key while that still signs.
///
/// # Errors
/// Where they cannot be opened.
pub async fn signing_key(
    hub: &Hub,
    webhook: &Webhook,
) -> Result<(signing::SigningKey, Option<signing::SigningKey>), Refusal> {
    let key = vault::open_signing_key(hub, webhook.client, webhook.id, &webhook.key).await?;
    let former = match &webhook.former {
        Some(former) if former.until > hub.now() => {
            Some(vault::open_signing_key(hub, webhook.client, webhook.id, &former.key).await?)
        }
        Some(_) | None => None,
    };
    Ok((key, former))
}

/// The secret by which the owner verifies the `v1` signatures of this webhook. It changes with the key.
///
/// # Errors
/// [`Refusal::UnknownWebhook`], the store's refusals, or where the key cannot be opened.
pub async fn secret(hub: &Hub, client: ClientId, id: WebhookId) -> Result<Secret<String>, Refusal> {
    let webhook = find(hub, client, id).await?;
    Ok(vault::open_signing_key(hub, client, id, &webhook.key).await?.shared_secret())
}

async fn new_signing_key(hub: &Hub, client: ClientId, id: WebhookId) -> Result<SigningKey, Refusal> {
    let (private, public_key) = signing::generate().map_err(|error| refused(&error))?;
    Ok(SigningKey { public_key, sealed: vault::seal_signing_key(hub, client, id, &private).await? })
}

/// Whether both were registered by the same order.
fn is_same_order(there: &Webhook, webhook: &Webhook) -> bool {
    let order = |webhook: &Webhook| (webhook.event, webhook.is_active);
    order(there) == order(webhook) && (&there.endpoint, &there.format) == (&webhook.endpoint, &webhook.format)
}
