//! Who may call a route, and whose key a request carries.

use domain::{
    ids::{ClientId, SessionId},
    maker::Maker,
    refusal::Refusal,
    scope::{Scope, Scopes},
    session::Session,
};
use flows::{Hub, account::keys, caller::Caller, session};
use seal::digest;
use store::accounts::KeyKind;

use crate::Request;

/// Who may call a route. A secret key opens every route of its account in Malga's dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone, without a key. The handler authenticates its caller in another manner, or shows what is public.
    Open,
    /// A secret key alone.
    SecretKey,
    /// A public key of this scope too.
    PublicKey(Scope),
    /// A session key too, on a path that names no session: what a browser needs to pay the session of its key.
    SessionKey,
    /// The key of the session in the path too, and a public key of this scope.
    OwnSession(Scope),
    /// In Worldline's dialect: a key that signs requests, on a path that names a merchant of its account.
    ServerKey,
    /// In Worldline's dialect: the client session of the shopper that the path names.
    ClientSession,
}

/// A key, as an [`Access`] sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// None at all.
    None,
    /// An account's secret key.
    Secret,
    /// A public key that has not expired.
    Public(&'a Scopes),
    /// The key of the session in the path.
    OwnSession,
    /// The key of any session, on a path that does not name it.
    Session,
    /// A key that has signed the request.
    Server,
    /// The client session of the shopper in the path.
    Client,
}

impl Access {
    /// Whether `key` opens the route.
    #[must_use]
    pub fn admits(self, key: Key<'_>) -> bool {
        match key {
            Key::None => self == Self::Open,
            Key::Secret => !matches!(self, Self::ServerKey | Self::ClientSession),
            Key::Server => self == Self::ServerKey,
            Key::Client => self == Self::ClientSession,
            Key::Public(scopes) => self.scope().is_some_and(|scope| scopes.allow(scope)),
            Key::OwnSession => matches!(self, Self::OwnSession(_) | Self::SessionKey),
            Key::Session => self == Self::SessionKey,
        }
    }

    /// The scope of a public key that opens the route.
    const fn scope(self) -> Option<Scope> {
        match self {
            Self::PublicKey(scope) | Self::OwnSession(scope) => Some(scope),
            Self::Open | Self::SecretKey | Self::SessionKey | Self::ServerKey | Self::ClientSession => None,
        }
    }
}

/// The caller of a route with this access.
///
/// # Errors
/// [`Refusal::Forbidden`], or the store's refusals.
pub async fn authenticate(hub: &Hub, request: &Request, access: Access) -> Result<Caller, Refusal> {
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    request.audit().key(client, key);
    let key = keys::find(hub, client, key).await?.ok_or(Refusal::Forbidden)?;
    let shown = match &key.kind {
        KeyKind::Secret => Key::Secret,
        KeyKind::Session { .. } => Key::Session,
        KeyKind::Public { expires_at: Some(end), .. } if *end <= hub.now() => return Err(Refusal::Forbidden),
        KeyKind::Public { scopes, .. } => Key::Public(scopes),
    };
    if key.client != client || !access.admits(shown) {
        return Err(Refusal::Forbidden);
    }
    let caller = match key.kind {
        KeyKind::Secret => Some(Caller::account(client)),
        KeyKind::Public { maker, scopes, expires_at, .. } => keys::are_live(hub, client, maker.keys())
            .await?
            .then(|| Caller::public_key(client, maker, scopes, expires_at)),
        KeyKind::Session { maker } => own_session(hub, client, &maker).await?,
    };
    caller.ok_or(Refusal::Forbidden)
}

/// The caller with a session key, on a path that does not name the session: it is read.
async fn own_session(hub: &Hub, client: ClientId, key: &Maker) -> Result<Option<Caller>, Refusal> {
    let Some(id) = key.session() else { return Ok(None) };
    match session::stored(hub, client, id).await? {
        Some(session) => session::own_caller(hub, &session).await,
        None => Ok(None),
    }
}

/// The caller of a route whose path names the session `id`, and that session, read once.
/// Keys are compared by their digests, so the time of a comparison reveals nothing of them.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::UnknownSession`] only to a key of the account, also where that key does not open the
/// session.
pub(crate) async fn authenticate_for(
    hub: &Hub,
    request: &Request,
    access: Access,
    id: SessionId,
) -> Result<(Caller, Session), Refusal> {
    let (client, key) = request.credentials().ok_or(Refusal::Forbidden)?;
    request.audit().key(client, key);
    let session = session::stored(hub, client, id).await?;
    let is_own = session.as_ref().is_some_and(|session| session.key.digest == digest(key));
    match session {
        Some(session) if is_own && access.admits(Key::OwnSession) => {
            let caller = session::own_caller(hub, &session).await?.ok_or(Refusal::Forbidden)?;
            Ok((caller, session))
        }
        session => {
            let caller = authenticate(hub, request, access).await?;
            let session = session.filter(|session| caller.opens(&session.made_by)).ok_or(Refusal::UnknownSession)?;
            Ok((caller, session))
        }
    }
}
