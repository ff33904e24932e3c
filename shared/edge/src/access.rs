//! Who may do what: one table of route × kind of key × scope, and the way to look a caller up in it.
//!
//! A route that is missing here answers nobody, and a test holds the table against the routes of the functions.

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
    /// The session whose own key it was.
    pub session: Option<SessionId>,
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
    /// The word of the public API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charges => "charges",
            Self::Tokens => "tokens",
        }
    }
}

/// What a session's own key opens. A secret key opens every route of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfSession {
    /// Nothing.
    No,
    /// The route, for the session in its path.
    Own,
    /// The route, which names no session: what a browser needs to pay the key's own.
    Twin,
}

/// Who may use one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The route, as the template writes it.
    pub route: &'static str,
    /// The scope of a public key that opens it; none for none.
    pub scope: Option<Scope>,
    /// Whether a session's key opens it.
    pub session: OfSession,
}

const fn rule(route: &'static str, scope: Option<Scope>, session: OfSession) -> Rule {
    Rule { route, scope, session }
}

/// The table. Secret keys are not in it: they open every route of their account.
pub const RULES: &[Rule] = &[
    rule("POST /v1/sessions", None, OfSession::No),
    rule("GET /v1/sessions", None, OfSession::No),
    rule("GET /v1/sessions/{id}", None, OfSession::Own),
    rule("PATCH /v1/sessions/{id}", None, OfSession::No),
    rule("POST /v1/sessions/{id}/cancel", None, OfSession::No),
    rule("POST /v1/sessions/{id}/charge", None, OfSession::Own),
    rule("POST /v1/charges", Some(Scope::Charges), OfSession::No),
    rule("GET /v1/charges", None, OfSession::No),
    rule("GET /v1/charges/{id}", Some(Scope::Charges), OfSession::No),
    rule("POST /v1/tokens", Some(Scope::Tokens), OfSession::No),
    rule("POST /_local/clock", None, OfSession::No),
];

fn rule_of(request: &Request) -> Result<&'static Rule, Refusal> {
    RULES.iter().find(|rule| rule.route == request.route()).ok_or(Refusal::Forbidden)
}

/// The caller, if the table lets its key use the route that was asked for.
///
/// # Errors
/// [`Refusal::Forbidden`], or the store's refusals.
pub async fn caller(hub: &Hub, request: &Request) -> Result<Caller, Refusal> {
    let rule = rule_of(request)?;
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    let (digest, now) = (digest(key), hub.clock.now());
    let (key, account) = try_join(hub.store.key(&digest, now), hub.store.account(client, now)).await?;
    let (Some(key), Some(_)) = (key, account) else { return Err(Refusal::Forbidden) };
    let mut session = None;
    let may = match key.kind {
        KeyKind::Secret => true,
        KeyKind::Session { session: own } => {
            session = Some(own);
            rule.session == OfSession::Twin
        }
        KeyKind::Public { scopes, expires_at } => {
            let named = |scope: Scope| scopes.iter().any(|name| name == scope.name() || name == "*");
            expires_at.is_none_or(|end| end > now) && rule.scope.is_some_and(named)
        }
    };
    if may && key.client == client { Ok(Caller { client, session }) } else { Err(Refusal::Forbidden) }
}

/// The caller and the session of this id, read once, for its own key or whoever else the table lets in.
/// Keys are compared by their digests, so a comparison's time tells nothing of them.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::UnknownSession`] only to a secret key.
pub async fn caller_of(hub: &Hub, request: &Request, id: SessionId) -> Result<(Caller, Session), Refusal> {
    let rule = rule_of(request)?;
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    let session = hub.store.session(client, id).await?;
    let is_own = session.as_ref().is_some_and(|session| session.key.digest == digest(key));
    let caller = if is_own && rule.session == OfSession::Own {
        Caller { client, session: Some(id) }
    } else {
        caller(hub, request).await?
    };
    Ok((caller, session.ok_or(Refusal::UnknownSession)?))
}
