//! Malga's dialect: its headers, the words of its errors outside JSON, and its pages of lists.

use domain::{
    card::holds_card_number,
    ids::{ClientId, MerchantId},
    limits::MAX_IDEMPOTENCY_KEY,
    refusal::Refusal,
};
use flows::account;
use lambda_http::http::{HeaderName, HeaderValue};
use store::lists::Window;
use wire::malga::requests::{Created, Paging, Sort};

use crate::{Call, Reply, Request, dialect::Unreadable};

/// The header of an answer that is an idempotent replay.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// `X-Client-Id` and `X-Api-Key`.
pub(crate) fn credentials(request: &Request) -> Option<(ClientId, &str)> {
    Some((request.header("x-client-id")?.parse().ok()?, request.header("x-api-key")?))
}

/// The merchant that `X-Merchant-Id` names.
///
/// # Errors
/// [`Refusal::Invalid`] where it is missing or no UUID.
pub fn merchant(request: &Request) -> Result<MerchantId, Refusal> {
    let named = request.header("x-merchant-id").and_then(|text| text.parse().ok());
    named.ok_or_else(|| invalid("X-Merchant-Id must be a UUID".to_owned()))
}

/// `X-Idempotency-Key`, or `Idempotency-Key`. Both may come where they say the same.
pub(crate) fn idempotency_key(request: &Request) -> Result<Option<&str>, Refusal> {
    let values = ["x-idempotency-key", "idempotency-key"].map(|name| request.headers(name));
    let mut keys = values.into_iter().flatten().map(readable_key);
    let Some(key) = keys.next().transpose()? else { return Ok(None) };
    for other in keys {
        if other? != key {
            return Err(invalid("X-Idempotency-Key and Idempotency-Key must not contradict each other".to_owned()));
        }
    }
    Ok(Some(key))
}

/// The key in one header. The gateway joins a header that is sent twice with a comma, so a comma is no part of a key.
fn readable_key(value: &HeaderValue) -> Result<&str, Refusal> {
    let problem = match value.to_str() {
        Ok(key) if key.contains(',') => {
            "X-Idempotency-Key must not contain a comma: a header that is sent twice arrives with one".to_owned()
        }
        // Answers and webhooks print the key.
        Ok(key) if holds_card_number(key) => "X-Idempotency-Key must not contain a card number".to_owned(),
        Ok(key) if (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) => return Ok(key),
        Ok(_) | Err(_) => format!("X-Idempotency-Key must be 1 to {MAX_IDEMPOTENCY_KEY} ASCII characters"),
    };
    Err(invalid(problem))
}

/// In the words of class-validator.
pub(crate) fn unreadable(what: &Unreadable) -> Refusal {
    invalid(match what {
        Unreadable::Uuid(name) => format!("{name} must be a UUID"),
        Unreadable::Form => "the request body is not valid multipart/form-data".to_owned(),
        Unreadable::Text(name) => format!("{name} must be a string"),
        Unreadable::Twice => "the request body names a field twice".to_owned(),
    })
}

fn invalid(problem: String) -> Refusal {
    Refusal::Invalid(vec![problem])
}

/// The answer that `refusal` is on the wire.
pub(crate) fn refused(refusal: &Refusal) -> Reply {
    let (status, body) = wire::malga::errors::answer(refusal);
    Reply::with(status, &body)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_worded_as_class_validator_does() {
        for (what, problem) in [
            (Unreadable::Uuid("id".to_owned()), "id must be a UUID"),
            (Unreadable::Form, "the request body is not valid multipart/form-data"),
            (Unreadable::Text("phone".to_owned()), "phone must be a string"),
            (Unreadable::Twice, "the request body names a field twice"),
        ] {
            assert_eq!(unreadable(&what), Refusal::Invalid(vec![problem.to_owned()]));
        }
    }
}
