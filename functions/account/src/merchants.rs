//! Merchants.

use domain::refusal::Refusal;
use edge::{Reply, Request, caller};
use flows::{Hub, account::merchant, attempt};
use wire::malga::{
    requests::{CreateMerchant, Paging, PatchMerchant, Sort},
    responses::{MerchantBody, Page},
};

pub(crate) async fn create(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let body = request.json()?;
    let new = CreateMerchant::read(&body)?;
    let attempt = attempt::new(hub, caller.client, "/v1/merchants", request.idempotency_key()?, &body)?;
    let made = merchant::create(hub, &attempt, new.mcc, &new.accounts, new.retry_on_decline).await?;
    let reply = Reply::created(&MerchantBody::from(&made.merchant));
    Ok(if made.is_repeat { reply.replayed() } else { reply })
}

pub(crate) async fn list(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let paging = Paging::read(&request.query())?;
    let mut merchants = merchant::list(hub, caller.client).await?;
    if paging.sort == Sort::Descending {
        merchants.reverse();
    }
    let page = merchants.iter().skip(paging.offset()).take(paging.limit).map(MerchantBody::from).collect();
    Ok(Reply::ok(&Page::new(page, merchants.len(), paging)))
}

pub(crate) async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let merchant = merchant::find(hub, caller.client, request.id()?).await?;
    Ok(Reply::ok(&MerchantBody::from(&merchant)))
}

pub(crate) async fn change(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let id = request.id()?;
    let change = PatchMerchant::read(&request.json()?)?;
    let merchant =
        merchant::change(hub, caller.client, id, change.mcc, change.accounts.as_deref(), change.retry_on_decline)
            .await?;
    Ok(Reply::ok(&MerchantBody::from(&merchant)))
}

pub(crate) async fn delete(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    merchant::delete(hub, caller.client, request.id()?).await?;
    Ok(Reply::no_content())
}
