//! Webhook endpoints and their signing keys.

use domain::{ids::WebhookId, refusal::Refusal};
use edge::{Call, Reply};
use flows::webhook::endpoint::{self, WebhookChange};
use wire::malga::{
    requests::{CreateWebhook, ListQuery, PatchWebhook, Sort},
    responses::{Page, WebhookBody, WebhookSecretBody},
};

pub(crate) async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let new = CreateWebhook::read(&body, |endpoint| endpoint::check(call.hub, endpoint))?;
    let identity = call.identity(&body)?;
    let format = new.version.into();
    let made = endpoint::register(call.hub, &identity, new.event, new.endpoint, format, new.is_active).await?;
    Reply::answered(&made, WebhookBody::try_from)
}

pub(crate) async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let paging = ListQuery::read(&call.request.query())?.paging;
    let mut webhooks = endpoint::list(call.hub, call.caller.client).await?;
    if paging.sort == Sort::Descending {
        webhooks.reverse();
    }
    let page = webhooks.iter().skip(paging.offset()).take(paging.limit).map(WebhookBody::try_from);
    Ok(Reply::ok(&Page::new(page.collect::<Result<_, _>>()?, webhooks.len(), paging)))
}

pub(crate) async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let webhook = endpoint::find(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::ok(&WebhookBody::try_from(&webhook)?))
}

pub(crate) async fn secret(call: Call<'_>) -> Result<Reply, Refusal> {
    let secret = endpoint::secret(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::ok(&WebhookSecretBody { secret: secret.reveal().clone() }))
}

pub(crate) async fn change(call: Call<'_>) -> Result<Reply, Refusal> {
    let id = call.request.id()?;
    let patch = PatchWebhook::read(&call.request.json()?, |endpoint| endpoint::check(call.hub, endpoint))?;
    let change = WebhookChange {
        event: patch.event,
        endpoint: patch.endpoint,
        format: patch.version.map(Into::into),
        is_active: patch.is_active,
    };
    let webhook = endpoint::change(call.hub, call.caller.client, id, &change).await?;
    Ok(Reply::ok(&WebhookBody::try_from(&webhook)?))
}

pub(crate) async fn delete(call: Call<'_>) -> Result<Reply, Refusal> {
    let webhook = endpoint::remove(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::ok(&WebhookBody::try_from(&webhook)?))
}

pub(crate) async fn rotate(call: Call<'_>) -> Result<Reply, Refusal> {
    let (id, body) = (call.request.id::<WebhookId>()?, call.request.json()?);
    let identity = call.identity(&body)?;
    let rotated = endpoint::rotate_key(call.hub, &identity, id).await?;
    Reply::answered(&rotated, WebhookBody::try_from)
}
