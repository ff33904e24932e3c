//! Malga's dialect: its headers, and its pages of lists.

use domain::{
    ids::{ClientId, MerchantId},
    limits::MAX_IDEMPOTENCY_KEY,
    refusal::{Refusal, Unreadable},
};
use flows::account;
use lambda_http::http::{HeaderName, HeaderValue};
use store::lists::Window;
use wire::malga::requests::{Created, Paging, Sort};

use crate::{Call, Reply, Request};

/// The header of an answer that is an idempotent replay.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// `X-Client-Id` and `X-Api-Key`.
pub(crate) fn credentials(request: &Request) -> Option<(ClientId, &str)> {
    Some((request.header("x-client-id")?.parse().ok()?, request.header("x-api-key")?))
}

/// The merchant that `X-Merchant-Id` names.
///
/// # Errors
/// [`Refusal::Unreadable`] where it is missing or no UUID.
pub fn merchant(request: &Request) -> Result<MerchantId, Refusal> {
    named_merchant(request)?.ok_or_else(no_merchant)
}

/// The merchant that `X-Merchant-Id` names, if that header came.
///
/// # Errors
/// [`Refusal::Unreadable`] where it is no UUID.
pub fn named_merchant(request: &Request) -> Result<Option<MerchantId>, Refusal> {
    let named = request.headers("x-merchant-id").iter().next().map(|value| value.to_str().ok()?.parse().ok());
    named.map(|id| id.ok_or_else(no_merchant)).transpose()
}

fn no_merchant() -> Refusal {
    Refusal::Unreadable(Unreadable::Uuid("X-Merchant-Id".to_owned()))
}

/// `X-Idempotency-Key`, or `Idempotency-Key`. Both may come where they say the same.
pub(crate) fn idempotency_key(request: &Request) -> Result<Option<&str>, Refusal> {
    let values = ["x-idempotency-key", "idempotency-key"].map(|name| request.headers(name));
    let mut keys = values.into_iter().flatten().map(readable_key);
    let Some(key) = keys.next().transpose()? else { return Ok(None) };
    for other in keys {
        if other? != key {
            return Err(Refusal::Unreadable(Unreadable::IdempotencyKeysDiffer));
        }
    }
    Ok(Some(key))
}

/// The key in one header. The gateway joins a header that is sent twice with a comma, so a comma is no part of a key.
fn readable_key(value: &HeaderValue) -> Result<&str, Refusal> {
    match value.to_str() {
        Ok(key) if key.contains(',') => Err(Refusal::Unreadable(Unreadable::IdempotencyKeyWithComma)),
        Ok(key) if (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) => Ok(key),
        Ok(_) | Err(_) => Err(Refusal::Unreadable(Unreadable::IdempotencyKey)),
    }
}

/// The answer that `refusal` is on the wire.
pub(crate) fn refused(refusal: &Refusal) -> Reply {
    let (status, body) = wire::malga::errors::answer(refusal);
    Reply::with(status, &body)
}

/// The page that `refusal` is in a browser.
pub(crate) fn refused_page(refusal: &Refusal) -> Reply {
    let (status, html) = wire::malga::errors::page(refusal);
    Reply::error_page(status, html)
}

impl Call<'_> {
    /// The page of a list of the caller's account that `paging` asks for, of what was made when `created` says.
    ///
    /// # Errors
    /// The store's refusals.
    pub async fn window(&self, paging: Paging, created: Created) -> Result<Window, Refusal> {
        Ok(Window {
            descending: paging.sort == Sort::Descending,
            page: paging.page,
            limit: paging.limit,
            ..account::window(self.hub, self.caller.client, created.from, created.until).await?
        })
    }
}
