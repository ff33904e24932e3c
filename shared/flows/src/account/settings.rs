//! How a merchant presents itself to its shoppers.

use domain::{
    endpoint::AddressProblem,
    ids::{ClientId, MerchantId},
    limits::MAX_ORIGIN,
    merchant::{Merchant, Settings},
    refusal::Refusal,
};
use url::Url;

use crate::{account::merchant, caller::Caller, hub::Hub, retry::Retry, webhook::outbound::check_url};

/// An origin to which browsers may be sent, as browsers write it.
///
/// # Errors
/// What is wrong with it: it obeys the rules for the address of a webhook endpoint, and has no path.
pub fn origin(hub: &Hub, text: &str) -> Result<String, AddressProblem> {
    let url = check_url(text, hub.outbound.is_local())?;
    // No browser is at a host of another name, such as `*.shop.example`: the origin would match nothing.
    if url.domain().is_some_and(|name| !name.bytes().all(is_of_a_name)) {
        return Err(AddressProblem::NotAnOrigin);
    }
    let origin = url.origin().ascii_serialization();
    let is_origin = (url.path(), url.query()) == ("/", None) && origin.len() <= MAX_ORIGIN;
    if is_origin { Ok(origin) } else { Err(AddressProblem::NotAnOrigin) }
}

const fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// Whether `caller` may send a browser to these pages, none of which its session has. The secret key may name any page.
/// A public key, and the key of a session that was made with one, name pages under the origins of the settings alone.
/// So does the key of another session, where the settings have origins.
pub(crate) fn may_redirect<'a>(
    caller: &Caller,
    settings: &Settings,
    pages: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    let named = &settings.redirect_origins;
    let is_free = !caller.is_browser() || (!caller.descends_from_public_key() && named.is_empty());
    let is_named = |page: &str| Url::parse(page).is_ok_and(|url| named.contains(&url.origin().ascii_serialization()));
    let mut pages = pages;
    if is_free || pages.all(is_named) { Ok(()) } else { Err(Refusal::RedirectNotNamed) }
}

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
