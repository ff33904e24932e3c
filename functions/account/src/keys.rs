//! Public keys.

use domain::refusal::Refusal;
use edge::{Call, Reply};
use flows::account::keys;
use uuid::Uuid;
use wire::malga::{
    requests::{CreatePublicKey, Created, ListQuery},
    responses::{ListedKeyBody, Page, PublicKeyBody},
};

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

pub(crate) async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let paging = ListQuery::read(&call.request.query())?.paging;
    let window = call.window(paging, Created::default()).await?;
    let listed = keys::list(call.hub, call.caller.client, &window).await?;
    Ok(Reply::ok(&Page::new(listed.items.iter().map(ListedKeyBody::from).collect(), listed.total, paging)))
}

pub(crate) async fn revoke(call: Call<'_>) -> Result<Reply, Refusal> {
    let revoked = keys::revoke(call.hub, &call.caller, call.request.id::<Uuid>()?).await?;
    call.about(revoked.uuid());
    Ok(Reply::no_content())
}

pub(crate) async fn revoke_all(call: Call<'_>) -> Result<Reply, Refusal> {
    keys::revoke_all(call.hub, call.caller.client).await?;
    Ok(Reply::no_content())
}
