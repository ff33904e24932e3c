//! Authorization: one table of route × kind of key × scope, and the check of a caller against it.
//!
//! A route that is missing here refuses every caller. A test compares the table with the routes of the functions.

use domain::{
    ids::{ClientId, SessionId},
    refusal::Refusal,
    scope::{Scope, Scopes},
    session::Session,
};
use flows::{
    Hub,
    account::keys::{self, Grant},
    session,
};
use seal::digest;
use store::accounts::KeyKind;

use crate::Request;

/// A caller whose key is known and opens the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub client: ClientId,
    /// The session whose own key it was.
    pub session: Option<SessionId>,
}

/// What a session's own key opens. A secret key opens every route of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfSession {
    /// Nothing.
    No,
    /// The route, for the session in its path.
    Own,
    /// The route, which names no session: what a browser needs to pay the key's own.
    SessionAlias,
}

/// A key, as the table knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// None at all.
    None,
    /// An account's secret key.
    Secret,
    /// A public key that has not ended.
    Public(&'a Scopes),
    /// The key of the session that the path names.
    OwnSession,
    /// The key of any session, on a path that does not name it.
    Session,
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
    /// Whether it is open to every caller, without any key.
    pub is_open: bool,
}

impl Rule {
    /// Whether `key` opens the route.
    #[must_use]
    pub fn admits(&self, key: Key<'_>) -> bool {
        match key {
            Key::None => self.is_open,
            Key::Secret => true,
            Key::Public(scopes) => self.scope.is_some_and(|scope| scopes.allow(scope)),
            Key::OwnSession => self.session != OfSession::No,
            Key::Session => self.session == OfSession::SessionAlias,
        }
    }
}

const fn rule(route: &'static str, scope: Option<Scope>, session: OfSession) -> Rule {
    Rule { route, scope, session, is_open: false }
}

const fn open(route: &'static str) -> Rule {
    Rule { route, scope: None, session: OfSession::No, is_open: true }
}

/// The table. Secret keys are not in it: they open every route of their account.
pub const RULES: &[Rule] = &[
    rule("POST /v1/auth", Some(Scope::Auth), OfSession::No),
    rule("DELETE /v1/auth/{id}", Some(Scope::Auth), OfSession::No),
    rule("POST /v1/merchants", None, OfSession::No),
    rule("GET /v1/merchants", None, OfSession::No),
    rule("GET /v1/merchants/{id}", None, OfSession::No),
    rule("PATCH /v1/merchants/{id}", None, OfSession::No),
    rule("DELETE /v1/merchants/{id}", None, OfSession::No),
    rule("GET /v1/settings", None, OfSession::No),
    rule("POST /v1/settings", None, OfSession::No),
    open("GET /v1/settings/logo/{id}"),
    rule("POST /v1/sessions", Some(Scope::Sessions), OfSession::No),
    rule("GET /v1/sessions", Some(Scope::Sessions), OfSession::No),
    rule("GET /v1/sessions/{id}", Some(Scope::Sessions), OfSession::Own),
    rule("GET /v1/sessions/{id}/link", Some(Scope::Sessions), OfSession::Own),
    rule("GET /v1/sessions/{id}/history", Some(Scope::Sessions), OfSession::No),
    rule("PATCH /v1/sessions/{id}", Some(Scope::Sessions), OfSession::No),
    rule("POST /v1/sessions/{id}/cancel", Some(Scope::Sessions), OfSession::No),
    rule("POST /v1/sessions/{id}/charge", Some(Scope::Sessions), OfSession::Own),
    rule("POST /v1/charges", Some(Scope::Charges), OfSession::No),
    rule("GET /v1/charges", None, OfSession::No),
    rule("GET /v1/charges/{id}", Some(Scope::Charges), OfSession::No),
    rule("POST /v1/charges/{id}/capture", None, OfSession::No),
    rule("POST /v1/charges/{id}/void", None, OfSession::No),
    rule("POST /v1/charges/{id}", None, OfSession::No),
    rule("PATCH /v1/charges/{id}/antifraud", None, OfSession::No),
    // These calls are authenticated without a key: this hub made the address, and the provider signs the notification.
    open("GET /v1/callbacks/{provider}/{token}"),
    open("POST /v1/callbacks/{provider}/{token}"),
    open("POST /v1/callbacks/{provider}/{token}/pix"),
    rule("POST /v1/tokens", Some(Scope::Tokens), OfSession::No),
    rule("POST /v1/cards", Some(Scope::Cards), OfSession::No),
    rule("GET /v1/cards", None, OfSession::No),
    rule("GET /v1/cards/{id}", None, OfSession::No),
    rule("POST /v1/sessions/tokens", None, OfSession::SessionAlias),
    rule("POST /v1/sessions/cards", None, OfSession::SessionAlias),
    // A public key is in a browser: it may read a customer whose id it knows, but not list or change customers.
    rule("POST /v1/customers", Some(Scope::Customers), OfSession::No),
    rule("GET /v1/customers", None, OfSession::No),
    rule("GET /v1/customers/{id}", None, OfSession::No),
    rule("PATCH /v1/customers/{id}", None, OfSession::No),
    rule("DELETE /v1/customers/{id}", None, OfSession::No),
    rule("POST /v1/customers/{id}/cards", Some(Scope::Customers), OfSession::No),
    rule("GET /v1/customers/{id}/cards", None, OfSession::No),
    rule("POST /v1/sessions/customers", None, OfSession::SessionAlias),
    rule("GET /v1/sessions/customers/{id}", None, OfSession::SessionAlias),
    rule("POST /v1/sessions/customers/{id}/cards", None, OfSession::SessionAlias),
    rule("GET /v1/sessions/customers/{id}/cards", None, OfSession::SessionAlias),
    // Events show the account's whole business: who registers an endpoint receives them all. A public key, which is in
    // a browser, can only resend an event to an endpoint that is registered for it, or test one.
    rule("POST /v1/webhooks", None, OfSession::No),
    rule("GET /v1/webhooks", None, OfSession::No),
    rule("GET /v1/webhooks/{id}", None, OfSession::No),
    rule("PATCH /v1/webhooks/{id}", None, OfSession::No),
    rule("DELETE /v1/webhooks/{id}", None, OfSession::No),
    rule("GET /v1/webhooks/{id}/secret", None, OfSession::No),
    rule("POST /v1/webhooks/{id}/rotate", None, OfSession::No),
    rule("GET /v1/webhooks/{id}/deliveries", None, OfSession::No),
    rule("POST /v1/webhooks/{id}/deliveries/{event}/resend", Some(Scope::Webhooks), OfSession::No),
    rule("POST /v1/webhooks/{id}/test", Some(Scope::Webhooks), OfSession::No),
    rule("GET /v1/events", None, OfSession::No),
    rule("GET /v1/events/{id}", None, OfSession::No),
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
    admitted(hub, request).await.map(|(caller, _)| caller)
}

/// The caller, and what it may grant to a new public key: no more than its own key has.
///
/// # Errors
/// [`Refusal::Forbidden`], or the store's refusals.
pub async fn granter(hub: &Hub, request: &Request) -> Result<(Caller, Grant), Refusal> {
    let (caller, key) = admitted(hub, request).await?;
    let grant = match key {
        KeyKind::Secret => Grant::Everything,
        KeyKind::Public { scopes, expires_at, .. } => Grant::Part { scopes, until: expires_at },
        KeyKind::Session { .. } => return Err(Refusal::Forbidden),
    };
    Ok((caller, grant))
}

async fn admitted(hub: &Hub, request: &Request) -> Result<(Caller, KeyKind), Refusal> {
    let rule = rule_of(request)?;
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    let key = keys::find(hub, client, key).await?.ok_or(Refusal::Forbidden)?;
    let (shown, session) = match &key.kind {
        KeyKind::Secret => (Key::Secret, None),
        KeyKind::Session { session } => (Key::Session, Some(*session)),
        KeyKind::Public { expires_at: Some(end), .. } if *end <= hub.now() => return Err(Refusal::Forbidden),
        KeyKind::Public { scopes, .. } => (Key::Public(scopes), None),
    };
    if key.client == client && rule.admits(shown) {
        Ok((Caller { client, session }, key.kind))
    } else {
        Err(Refusal::Forbidden)
    }
}

/// The caller and the session of this id, read once: for the session's own key or any other key that the table admits.
/// Keys are compared by their digests, so the time of a comparison reveals nothing of them.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::UnknownSession`] only to a secret key.
pub async fn caller_of(hub: &Hub, request: &Request, id: SessionId) -> Result<(Caller, Session), Refusal> {
    let rule = rule_of(request)?;
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    let session = session::stored(hub, client, id).await?;
    let is_own = session.as_ref().is_some_and(|session| session.key.digest == digest(key));
    let caller = if is_own && rule.admits(Key::OwnSession) {
        Caller { client, session: Some(id) }
    } else {
        caller(hub, request).await?
    };
    Ok((caller, session.ok_or(Refusal::UnknownSession)?))
}
