//! How a merchant presents itself to its shoppers.

use crate::{account::merchant, hub::Hub, retry::Retry};
use domain::{
    ids::{ClientId, MerchantId},
    merchant::{Merchant, Settings},
    refusal::Refusal,
};

/// Changes the merchant's settings to what `change` makes of them, and its logo where one is given.
///
/// # Errors
/// What `change` refuses, [`Refusal::MerchantNotFound`], [`Refusal::MerchantDeleted`], or the store's refusals.
pub async fn change(
    hub: &Hub,
    client: ClientId,
    id: MerchantId,
    change: impl Fn(Settings) -> Result<Settings, Refusal>,
    logo: Option<Vec<u8>>,
) -> Result<Merchant, Refusal> {
    let mut retry = Retry::new();
    loop {
        let read = merchant::active(hub, client, id).await?;
        let mut settings = change(read.settings.clone())?;
        settings.has_logo = settings.has_logo || logo.is_some();
        let next = read.with_settings(settings);
        if hub.store.change_merchant(&read, &next, logo.as_deref(), hub.now()).await? {
            return Ok(next);
        }
        retry.again().await?;
    }
}

/// The merchant's settings, for its shoppers: as they were at most a minute ago.
///
/// # Errors
/// The store's refusals.
pub async fn for_shoppers(hub: &Hub, client: ClientId, id: MerchantId) -> Result<Settings, Refusal> {
    let merchant = hub.store.merchant(client, id, hub.now()).await?;
    Ok(merchant.map(|merchant| merchant.settings).unwrap_or_default())
}

/// The merchant's logo, which is no secret.
///
/// # Errors
/// [`Refusal::NoLogo`], or the store's refusals.
pub async fn logo(hub: &Hub, id: MerchantId) -> Result<Vec<u8>, Refusal> {
    hub.store.logo(id).await?.ok_or(Refusal::NoLogo)
}
