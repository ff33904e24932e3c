//! Public keys.

use domain::refusal::Refusal;
use edge::{Reply, Request, caller, granter};
use flows::{Hub, account::keys, attempt};
use uuid::Uuid;
use wire::malga::{requests::CreatePublicKey, responses::PublicKeyBody};

pub(crate) async fn create(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let (caller, grant) = granter(hub, request).await?;
    let body = request.json()?;
    let new = CreatePublicKey::read(&body)?;
    let attempt = attempt::new(hub, caller.client, "/v1/auth", request.idempotency_key()?, &body)?;
    let made = keys::create(hub, &attempt, new.scopes, new.life, &grant).await?;
    let body = PublicKeyBody::new(caller.client, made.key, made.scopes, made.expires_at, made.created_at);
    let reply = Reply::created(&body);
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}

pub(crate) async fn remove(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    keys::remove(hub, caller.client, request.id::<Uuid>()?).await?;
    Ok(Reply::no_content())
}
