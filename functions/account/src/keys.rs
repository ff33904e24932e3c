//! Public keys.

use domain::refusal::Refusal;
use edge::{Call, Reply};
use flows::account::keys;
use uuid::Uuid;
use wire::malga::{requests::CreatePublicKey, responses::PublicKeyBody};

pub(crate) async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let grant = call.caller.grant()?;
    let body = call.request.json()?;
    let new = CreatePublicKey::read(&body)?;
    let identity = call.identity(&body)?;
    let made = keys::create(call.hub, &identity, new.scopes, new.life, grant).await?;
    Reply::answered(&made, |made| {
        let scopes = made.scopes.clone();
        Ok(PublicKeyBody::new(call.caller.client, made.key, scopes, made.expires_at, made.created_at))
    })
}

pub(crate) async fn remove(call: Call<'_>) -> Result<Reply, Refusal> {
    keys::remove(call.hub, &call.caller, call.request.id::<Uuid>()?).await?;
    Ok(Reply::no_content())
}
