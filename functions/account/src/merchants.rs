//! Merchants.

use domain::refusal::Refusal;
use edge::{Call, Reply};
use flows::account::merchant;
use wire::malga::{
    requests::{CreateMerchant, ListQuery, PatchMerchant, Sort},
    responses::{MerchantBody, Page},
};

pub(crate) async fn create(call: Call<'_>) -> Result<Reply, Refusal> {
    let body = call.request.json()?;
    let new = CreateMerchant::read(&body)?;
    let identity = call.identity(&body)?;
    let made = merchant::create(call.hub, &identity, new.mcc, &new.accounts, new.retry_on_decline).await?;
    Reply::answered(&made, |merchant| Ok(MerchantBody::from(merchant)))
}

pub(crate) async fn list(call: Call<'_>) -> Result<Reply, Refusal> {
    let paging = ListQuery::read(&call.request.query())?.paging;
    let mut merchants = merchant::list(call.hub, call.caller.client).await?;
    if paging.sort == Sort::Descending {
        merchants.reverse();
    }
    let page = merchants.iter().skip(paging.offset()).take(paging.limit).map(MerchantBody::from).collect();
    Ok(Reply::ok(&Page::new(page, merchants.len(), paging)))
}

pub(crate) async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let merchant = merchant::find(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::ok(&MerchantBody::from(&merchant)))
}

pub(crate) async fn change(call: Call<'_>) -> Result<Reply, Refusal> {
    let id = call.request.id()?;
    let change = PatchMerchant::read(&call.request.json()?)?;
    let merchant = merchant::change(
        call.hub,
        call.caller.client,
        id,
        change.mcc,
        change.accounts.as_deref(),
        change.retry_on_decline,
    )
    .await?;
    Ok(Reply::ok(&MerchantBody::from(&merchant)))
}

pub(crate) async fn delete(call: Call<'_>) -> Result<Reply, Refusal> {
    merchant::delete(call.hub, call.caller.client, call.request.id()?).await?;
    Ok(Reply::no_content())
}
