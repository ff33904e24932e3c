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
    account::{merchant::merchant_context, server_keys},
    worldline::client_session,
};
use lambda_http::http::HeaderName;

use crate::{Caller, Reply, Request};

/// The header of an answer that is an idempotent replay: when the first request came, in milliseconds.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("x-gcs-idempotence-request-timestamp");
/// How the header begins that a server signs a request with: `GCS v1HMAC:` key id `:` signature.
const SERVER: &str = "GCS v1HMAC:";
/// How the header begins that names a client session.
const CLIENT: &str = "GCS v1Client:";

/// Whether the request proves itself as this dialect does.
pub(crate) fn is_spoken_by(request: &lambda_http::Request) -> bool {
    let authorization = request.headers().get("authorization");
    authorization.is_some_and(|value| value.as_bytes().starts_with(b"GCS "))
}

/// The account whose key has signed the request, to a path that names a merchant of that account.
///
/// # Errors
/// [`Refusal::Forbidden`] where no key of the hub has signed it; [`Refusal::UnknownMerchant`] where it has, and the
/// account has no such merchant; or the store's refusals.
pub(crate) async fn authenticate(hub: &Hub, request: &Request) -> Result<Caller, Refusal> {
    let proof = request.header("authorization").and_then(|proof| proof.strip_prefix(SERVER)?.split_once(':'));
    let (id, signature) = proof.ok_or(Refusal::Forbidden)?;
    is_of_today(hub, request)?;
    let key = id.parse().map_err(|_| Refusal::Forbidden)?;
    let (client, secret) = server_keys::find(hub, key).await?.ok_or(Refusal::Forbidden)?;
    request.audit().key(client, id);
    if !signature::texts(request).iter().any(|text| seal::has_signed(&secret, text, signature)) {
        return Err(Refusal::Forbidden);
    }
    merchant_context(hub, client, merchant(request)?).await?;
    Ok(Caller::account(client))
}

/// That the request was signed within a day of now: by the caller's clock, which no test clock moves.
fn is_of_today(hub: &Hub, request: &Request) -> Result<(), Refusal> {
    let (now, date) = (hub.real_time(), request.header("date").and_then(Timestamp::of_http_date));
    let is_near = |date: Timestamp| now.since(date).max(date.since(now)) <= SIGNED_SKEW;
    date.filter(|date| is_near(*date)).map(|_| ()).ok_or(Refusal::Forbidden)
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
pub(crate) async fn client_session(hub: &Hub, request: &Request) -> Result<ClientSession, Refusal> {
    let id = request.header("authorization").and_then(|proof| proof.strip_prefix(CLIENT)).ok_or(Refusal::Forbidden)?;
    let session = client_session::find(hub, id.trim()).await?;
    request.audit().key(session.client, id.trim());
    let is_own = request.parameter("customerId")? == wire::worldline::session::customer_id(&session);
    if is_own { Ok(session) } else { Err(Refusal::Forbidden) }
}

/// `X-GCS-Idempotence-Key`. It is signed, so one that came twice was refused before.
pub(crate) fn idempotency_key(request: &Request) -> Result<Option<&str>, Refusal> {
    let Some(value) = request.headers("x-gcs-idempotence-key").iter().next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()));
    key.map(Some).ok_or(Refusal::Unreadable(Unreadable::IdempotencyKey))
}

/// The answer that `refusal` of the request with this id is on the wire.
pub(crate) fn refused(refusal: &Refusal, request: &str) -> Reply {
    let (status, body) = wire::worldline::errors::answer(refusal, request);
    Reply::with(status, &body)
}
