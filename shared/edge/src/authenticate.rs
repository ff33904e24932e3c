//! Whose key it is, and what that key may do.

use domain::{
    ids::{ClientId, SessionId},
    refusal::Refusal,
    session::Session,
};
use flows::Hub;
use futures::future::try_join;
use seal::digest;
use store::accounts::KeyKind;

use crate::Request;

/// Somebody whose key was recognised, and may do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub client: ClientId,
}

/// What a public key may be allowed to do (facts of the public API: the scopes of `POST /v1/auth`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Create and read charges.
    Charges,
    /// Create card tokens.
    Tokens,
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Self::Charges => "charges",
            Self::Tokens => "tokens",
        }
    }
}

/// The owner of a secret key.
///
/// # Errors
/// [`Refusal::Forbidden`], or the store's refusals.
pub async fn secret_key(hub: &Hub, request: &Request) -> Result<Caller, Refusal> {
    recognise(hub, request, None).await
}

/// The owner of a secret key, or of a public key with this scope.
///
/// # Errors
/// [`Refusal::Forbidden`], or the store's refusals.
pub async fn key_with(hub: &Hub, request: &Request, scope: Scope) -> Result<Caller, Refusal> {
    recognise(hub, request, Some(scope)).await
}

/// The session of this id, read once, for its own key or its account's secret key.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::UnknownSession`] only to a secret key.
pub async fn key_of_session(hub: &Hub, request: &Request, id: SessionId) -> Result<(Caller, Session), Refusal> {
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    let session = hub.store.session(client, id).await?;
    let opens = session.as_ref().is_some_and(|session| session.key.digest == digest(key));
    let caller = if opens { Caller { client } } else { secret_key(hub, request).await? };
    Ok((caller, session.ok_or(Refusal::UnknownSession)?))
}

/// Key and account are read at once. Keys are compared by their digests, so a comparison's time tells nothing of them.
async fn recognise(hub: &Hub, request: &Request, scope: Option<Scope>) -> Result<Caller, Refusal> {
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    let (digest, now) = (digest(key), hub.clock.now());
    let (key, account) = try_join(hub.store.key(&digest, now), hub.store.account(client, now)).await?;
    let (Some(key), Some(_)) = (key, account) else { return Err(Refusal::Forbidden) };
    let may = match key.kind {
        KeyKind::Secret => true,
        KeyKind::Public { scopes, expires_at } => {
            let named = |scope: Scope| scopes.iter().any(|name| name == scope.name() || name == "*");
            expires_at.is_none_or(|end| end > now) && scope.is_some_and(named)
        }
    };
    if may && key.client == client { Ok(Caller { client }) } else { Err(Refusal::Forbidden) }
}
