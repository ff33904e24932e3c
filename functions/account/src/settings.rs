//! The settings of a merchant's checkout: what a shopper sees.

use domain::{merchant::Merchant, refusal::Refusal};
use edge::{Call, Reply, Request, malga};
use flows::{
    Hub,
    account::{merchant, settings},
};
use wire::malga::{
    requests::{ChangeSettings, logo_type},
    responses::SettingsBody,
};

pub(crate) async fn show(call: Call<'_>) -> Result<Reply, Refusal> {
    let merchant = match malga::named_merchant(call.request)? {
        Some(id) => merchant::find(call.hub, call.caller.client, id).await?,
        None => merchant::first(call.hub, call.caller.client).await?,
    };
    Ok(Reply::ok(&body(&call, merchant)?))
}

pub(crate) async fn post(call: Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::created(&changed(&call).await?))
}

pub(crate) async fn patch(call: Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::ok(&changed(&call).await?))
}

/// The settings after a change: what the request does not say stays.
async fn changed(call: &Call<'_>) -> Result<SettingsBody, Refusal> {
    let id = malga::merchant(call.request)?;
    let form = call.request.form("logo").await?;
    if let Some(logo) = &form.file {
        logo_type(logo)?;
    }
    let origin = |text: &str| settings::origin(call.hub, text);
    let change = |before| ChangeSettings::read(&form.fields, before, origin);
    let merchant = settings::change(call.hub, call.caller.client, id, change, form.file.clone()).await?;
    body(call, merchant)
}

/// Open to everyone: a shopper's browser shows it without a key.
pub(crate) async fn logo(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let logo = settings::logo(hub, request.id()?).await?;
    Ok(Reply::picture(logo_type(&logo)?, logo))
}

fn body(call: &Call<'_>, merchant: Merchant) -> Result<SettingsBody, Refusal> {
    Ok(SettingsBody::new(merchant.client, merchant.id, merchant.settings, call.public_url()?))
}
