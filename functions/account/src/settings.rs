//! The settings of a merchant's checkout: what a shopper sees.

use domain::{merchant::Merchant, refusal::Refusal};
use edge::{Reply, Request, caller};
use flows::{
    Hub,
    account::{merchant, settings},
};
use wire::malga::{
    requests::{ChangeSettings, logo_type},
    responses::SettingsBody,
};

pub(crate) async fn show(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let merchant = merchant::find(hub, caller.client, request.merchant()?).await?;
    Ok(Reply::ok(&body(merchant, request)))
}

pub(crate) async fn change(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let caller = caller(hub, request).await?;
    let id = request.merchant()?;
    let form = request.form("logo").await?;
    if let Some(logo) = &form.file {
        logo_type(logo)?;
    }
    let change = |before| ChangeSettings::read(&form.fields, before);
    let merchant = settings::change(hub, caller.client, id, change, form.file.clone()).await?;
    Ok(Reply::created(&body(merchant, request)))
}

/// Needs no key: a shopper's browser shows it.
pub(crate) async fn logo(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let logo = settings::logo(hub, request.id()?).await?;
    Ok(Reply::picture(logo_type(&logo)?, logo))
}

fn body(merchant: Merchant, request: &Request) -> SettingsBody {
    SettingsBody::new(merchant.client, merchant.id, merchant.settings, &request.hub_url())
}
