//! Webhook endpoints and their signing keys.

use domain::{ids::WebhookId, refusal::Refusal};
use edge::{Reply, Request, caller};
use flows::{
    Hub, attempt,
    webhook::endpoint::{self, Answered, WebhookChange},
};
use wire::malga::{
    requests::{CreateWebhook, Paging, PatchWebhook, Sort},
    responses::{Page, WebhookBody, WebhookSecretBody},
};

pub(crate) async fn create(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let body = request.json()?;
    let new = CreateWebhook::read(&body, |endpoint| endpoint::check(hub, endpoint))?;
    let attempt = attempt::new(hub, caller.client, "/v1/webhooks", request.idempotency_key()?, &body)?;
    let made = endpoint::register(hub, &attempt, new.event, new.endpoint, new.version, new.is_active).await?;
    Ok(answer(&made))
}

pub(crate) async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let paging = Paging::read(&request.query())?;
    let mut webhooks = endpoint::list(hub, caller.client).await?;
    if paging.sort == Sort::Descending {
        webhooks.reverse();
    }
    let page = webhooks.iter().skip(paging.offset()).take(paging.limit).map(WebhookBody::from).collect();
    Ok(Reply::ok(&Page::new(page, webhooks.len(), paging)))
}

pub(crate) async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let webhook = endpoint::find(hub, caller.client, request.id()?).await?;
    Ok(Reply::ok(&WebhookBody::from(&webhook)))
}

pub(crate) async fn secret(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let secret = endpoint::secret(hub, caller.client, request.id()?).await?;
    Ok(Reply::ok(&WebhookSecretBody { secret: secret.reveal().clone() }))
}

pub(crate) async fn change(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let id = request.id()?;
    let patch = PatchWebhook::read(&request.json()?, |endpoint| endpoint::check(hub, endpoint))?;
    let change = WebhookChange {
        event: patch.event,
        endpoint: patch.endpoint,
        api_version: patch.version,
        is_active: patch.is_active,
    };
    let webhook = endpoint::change(hub, caller.client, id, &change).await?;
    Ok(Reply::ok(&WebhookBody::from(&webhook)))
}

pub(crate) async fn delete(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let webhook = endpoint::remove(hub, caller.client, request.id()?).await?;
    Ok(Reply::ok(&WebhookBody::from(&webhook)))
}

pub(crate) async fn rotate(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let (id, body) = (request.id::<WebhookId>()?, request.json()?);
    let path = format!("/v1/webhooks/{id}/rotate");
    let attempt = attempt::new(hub, caller.client, &path, request.idempotency_key()?, &body)?;
    let rotated = endpoint::rotate_key(hub, &attempt, id).await?;
    Ok(answer(&rotated))
}

fn answer(answered: &Answered) -> Reply {
    let reply = Reply::created(&WebhookBody::from(&answered.webhook));
    if answered.is_repeat { reply.replayed() } else { reply }
}
