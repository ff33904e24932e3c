//! Worldline's dialect: servers sign each request, and a shopper's page names its client session.

mod signature;

use domain::{
    client_session::ClientSession,
    ids::MerchantId,
    limits::{MAX_IDEMPOTENCY_KEY, SIGNED_SKEW},
    refusal::{Refusal, Unreadable},
    time::Timestamp,
};
use flows::{
    Hub,
    account::{
        merchant::merchant_of,
        server_keys::{self, FoundKey},
    },
    worldline::client_session,
};
use lambda_http::http::HeaderName;

use crate::{Access, Caller, Reply, Request, access::Key};

/// The header of an answer that is an idempotent replay: when the first request came, in milliseconds.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("x-gcs-idempotence-request-timestamp");
/// The start of `Authorization` on a signed request. The id of the key follows, a colon, and the signature.
const SERVER: &str = "GCS v1HMAC:";
/// The start of `Authorization` on a request of a shopper's page. The id of its client session follows.
const CLIENT: &str = "GCS v1Client:";

/// Whether the request is authorized by a signature or a client session, as this dialect's requests are.
pub(crate) fn is_spoken_by(request: &lambda_http::Request) -> bool {
    let authorization = request.headers().get("authorization");
    authorization.is_some_and(|value| value.as_bytes().starts_with(b"GCS "))
}

/// The account whose key has signed the request, to a path that names a merchant of that account: one that was deleted
/// too, whose payments are read, approved, canceled and refunded as before.
///
/// # Errors
/// [`Refusal::Forbidden`] where no key of the hub has signed it; [`Refusal::UnknownMerchant`] where one has, and its
/// account has no such merchant; or the store's refusals.
pub(crate) async fn authenticate(hub: &Hub, request: &Request, access: Access) -> Result<Caller, Refusal> {
    let proof = signature::one(request, "authorization");
    let (id, signature) = proof
        .and_then(|proof| proof.strip_prefix(SERVER)?.split_once(':'))
        .ok_or_else(|| forbidden(request, "no_signature"))?;
    is_recent(hub, request)?;
    let key = id.parse().map_err(|_| forbidden(request, "unknown_key"))?;
    let (client, secret) = match server_keys::find(hub, key).await? {
        FoundKey::Live { client, secret } => (client, secret),
        FoundKey::Ended => return Err(forbidden(request, "ended_key")),
        FoundKey::None => return Err(forbidden(request, "unknown_key")),
    };
    request.audit().key(client, id);
    let is_signed = signature::texts(request).iter().any(|text| seal::has_signed(&secret, text, signature));
    if !is_signed || !access.admits(Key::Server) {
        return Err(forbidden(request, "bad_signature"));
    }
    merchant_of(hub, client, merchant(request)?).await?;
    Ok(Caller::account(client))
}

/// The refusal of a request that no key has signed. Its reason is logged: the answer is the same for each.
fn forbidden(request: &Request, reason: &'static str) -> Refusal {
    request.audit().not_authorized(reason);
    Refusal::Forbidden
}

/// That the request was signed just now: by the caller's clock, which no test clock moves.
fn is_recent(hub: &Hub, request: &Request) -> Result<(), Refusal> {
    let date = signature::one(request, "date").and_then(http_date).ok_or_else(|| forbidden(request, "no_date"))?;
    let now = hub.real_time();
    let is_near = now.since(date).max(date.since(now)) <= SIGNED_SKEW;
    if is_near { Ok(()) } else { Err(forbidden(request, "date_too_far")) }
}

/// The instant that a `Date` header names, as `Fri, 06 Jun 2014 13:39:43 GMT` (RFC 9110, 5.6.7): in GMT alone.
fn http_date(text: &str) -> Option<Timestamp> {
    let date = text.strip_suffix(" GMT")?;
    let instant = jiff::fmt::rfc2822::parse(&format!("{date} +0000")).ok()?.timestamp().as_millisecond();
    Some(Timestamp::from_millis(instant)).filter(|read| read.as_millis() == instant)
}

/// The merchant that the path names.
///
/// # Errors
/// [`Refusal::UnknownMerchant`] where it names none.
pub fn merchant(request: &Request) -> Result<MerchantId, Refusal> {
    request.uuid("merchantId").map_err(|_| Refusal::UnknownMerchant)
}

/// The client session that the request names, which is that of the shopper in its path.
///
/// # Errors
/// [`Refusal::Forbidden`] where there is none, or it has ended; or the store's refusals.
pub(crate) async fn client_session(hub: &Hub, request: &Request, access: Access) -> Result<ClientSession, Refusal> {
    let proof = signature::one(request, "authorization");
    let id = proof.and_then(|proof| proof.strip_prefix(CLIENT)).ok_or(Refusal::Forbidden)?;
    let session = client_session::find(hub, id.trim()).await?;
    request.audit().key(session.client, id.trim());
    let is_own = request.parameter("customerId")? == wire::worldline::session::customer_id(&session);
    if is_own && access.admits(Key::Client) { Ok(session) } else { Err(Refusal::Forbidden) }
}

/// `X-GCS-Idempotence-Key`. A signed request has one at most.
pub(crate) fn idempotency_key(request: &Request) -> Result<Option<&str>, Refusal> {
    let Some(value) = request.headers("x-gcs-idempotence-key").iter().next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()));
    let key = key.ok_or(Refusal::Unreadable(Unreadable::IdempotencyKey))?;
    // A payment is stored and shown with it.
    if wire::worldline::has_card_number(key) {
        return Err(Refusal::Unreadable(Unreadable::IdempotencyKeyWithCardNumber));
    }
    Ok(Some(key))
}

/// The answer that `refusal` of the request with this id to this route is on the wire.
pub(crate) fn refused(refusal: &Refusal, route: &str, request: &str) -> Reply {
    let (status, body) = wire::worldline::errors::answer(refusal, route, request);
    Reply::with(status, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_request_is_read_as_http_writes_it() {
        let read = |text| http_date(text).map(|instant| instant.to_string());
        assert_eq!(read("Fri, 06 Jun 2014 13:39:43 GMT"), Some("2014-06-06T13:39:43.000Z".to_owned()));
        for text in [
            "",
            "2014-06-06T13:39:43Z",
            "06 Jun",
            "Thu, 01 Jan 1960 00:00:00 GMT",
            "Fri, 06 Jun 2014 13:39:43",
            "Fri, 06 Jun 2014 10:39:43 -0300",
            "Fri, 06 Jun 2014 13:39:43 +0000",
            "Fri, 06 Jun 2014 13:39:43 +0000 GMT",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
