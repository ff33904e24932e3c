//! Public keys.

use domain::refusal::Refusal;
use edge::{Reply, Request, caller, granter};
use flows::Hub;
use uuid::Uuid;
use wire::malga::{requests::CreatePublicKey, responses::PublicKeyBody};

pub(crate) async fn create(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let (caller, grant) = granter(hub, request).await?;
    let body = request.json()?;
    let new = CreatePublicKey::read(&body)?;
    let attempt = hub.attempt(caller.client, "/v1/auth", request.idempotency_key()?, &body)?;
    let made = hub.create_public_key(&attempt, new.scopes, new.life, &grant).await?;
    let body = PublicKeyBody::new(caller.client, made.key, made.scopes, made.expires_at, made.created_at);
    let reply = Reply::created(&body);
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}

pub(crate) async fn remove(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    hub.remove_public_key(caller.client, request.id::<Uuid>()?).await?;
    Ok(Reply::no_content())
}
