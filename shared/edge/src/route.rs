//! A route, stated once: its method and path, who may call it, and its handler.

use std::{borrow::Cow, fmt, pin::Pin};

use domain::{client_session::ClientSession, refusal::Refusal, scope::Scope, session::Session};
use flows::{
    Hub, PublicUrl,
    identity::{self, Identity},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Access, Caller, Dialect, Reply, Request,
    access::{authenticate, authenticate_for},
    worldline,
};

/// What a handler returns. It is on the heap: the future of a payment is large.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, Refusal>> + Send + 'a>>;

type OpenHandler = for<'a> fn(&'a Hub, &'a Request) -> Answering<'a>;
type CallHandler = for<'a> fn(Call<'a>) -> Answering<'a>;
type SessionHandler = for<'a> fn(Call<'a>, Session) -> Answering<'a>;
type ClientHandler = for<'a> fn(ClientCall<'a>) -> Answering<'a>;

/// One route of a function.
///
/// ```
/// # use edge::{Call, Dialect, Reply, Route, RouteTable};
/// # use domain::refusal::Refusal;
/// pub const ROUTES: RouteTable =
///     Dialect::Malga.routes(&[Route::delete("/v1/merchants/{id}").secret_key(|call| Box::pin(delete(call)))]);
///
/// async fn delete(call: Call<'_>) -> Result<Reply, Refusal> {
///     # let _ = call;
///     Ok(Reply::no_content())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Its method and path.
    pub key: RouteKey,
    /// Who may call it.
    pub access: Access,
    handler: Handler,
}

#[derive(Clone, Copy, Debug)]
enum Handler {
    Open(OpenHandler),
    Call(CallHandler),
    Session(SessionHandler),
    Server(CallHandler),
    Client(ClientHandler),
}

/// The routes of one function, and the dialect that it speaks.
#[derive(Clone, Copy, Debug)]
pub struct RouteTable {
    /// The dialect.
    pub dialect: Dialect,
    /// The routes.
    pub routes: &'static [Route],
    /// Whether the function needs the hub's public address.
    pub needs_public_url: bool,
    /// Whether it changes keys, merchants or webhooks: its log has the addresses of its callers, and is kept.
    pub is_audited: bool,
}

impl RouteTable {
    /// The same of a function that changes keys, merchants or webhooks.
    #[must_use]
    pub const fn audited(self) -> Self {
        Self { is_audited: true, ..self }
    }
}

/// The method and path of a route, as the template writes them: `POST /v1/sessions/{id}/charge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteKey {
    /// The method.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Route {
    /// `GET path`.
    #[must_use]
    pub const fn get(path: &'static str) -> RouteKey {
        RouteKey { method: "GET", path }
    }

    /// `HEAD path`: the answer has no body.
    #[must_use]
    pub const fn head(path: &'static str) -> RouteKey {
        RouteKey { method: "HEAD", path }
    }

    /// `POST path`.
    #[must_use]
    pub const fn post(path: &'static str) -> RouteKey {
        RouteKey { method: "POST", path }
    }

    /// `PATCH path`.
    #[must_use]
    pub const fn patch(path: &'static str) -> RouteKey {
        RouteKey { method: "PATCH", path }
    }

    /// `DELETE path`.
    #[must_use]
    pub const fn delete(path: &'static str) -> RouteKey {
        RouteKey { method: "DELETE", path }
    }

    /// The path on which an idempotency key counts: the path of the route with the parameters of `request`, each UUID in
    /// its canonical form. A route of session keys counts as the same route without `/sessions`.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where a parameter is no UUID.
    pub fn idempotency_path(&self, request: &Request) -> Result<String, Refusal> {
        let path = match (self.access, self.key.path.strip_prefix("/v1/sessions")) {
            (Access::SessionKey, Some(rest)) => Cow::Owned(format!("/v1{rest}")),
            (_, _) => Cow::Borrowed(self.key.path),
        };
        let filled = path.split('/').map(|segment| match parameter(segment) {
            Some(name) => request.uuid::<Uuid>(name).map(|id| id.hyphenated().to_string()),
            None => Ok(segment.to_owned()),
        });
        Ok(filled.collect::<Result<Vec<_>, _>>()?.join("/"))
    }
}

/// The name of the parameter that a segment of a path is.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Who may call the route. Each adds the handler, which gets what that caller is known by.
impl RouteKey {
    /// Everyone, without a key.
    #[must_use]
    pub const fn open(self, handler: OpenHandler) -> Route {
        Route { key: self, access: Access::Open, handler: Handler::Open(handler) }
    }

    /// A secret key alone.
    #[must_use]
    pub const fn secret_key(self, handler: CallHandler) -> Route {
        Route { key: self, access: Access::SecretKey, handler: Handler::Call(handler) }
    }

    /// A secret key, or a public key of this scope.
    #[must_use]
    pub const fn public_key(self, scope: Scope, handler: CallHandler) -> Route {
        Route { key: self, access: Access::PublicKey(scope), handler: Handler::Call(handler) }
    }

    /// A secret key, or the key of any session: the path names none.
    #[must_use]
    pub const fn session_key(self, handler: CallHandler) -> Route {
        Route { key: self, access: Access::SessionKey, handler: Handler::Call(handler) }
    }

    /// A secret key, a public key of this scope, or the key of the session that `{id}` names. The handler gets the session,
    /// which is read once.
    #[must_use]
    pub const fn own_session(self, scope: Scope, handler: SessionHandler) -> Route {
        Route { key: self, access: Access::OwnSession(scope), handler: Handler::Session(handler) }
    }

    /// In Worldline's dialect: a key that signs requests, on a path with the merchant `{merchantId}` of its account. The
    /// handler gets the account as its caller.
    #[must_use]
    pub const fn server_key(self, handler: CallHandler) -> Route {
        Route { key: self, access: Access::ServerKey, handler: Handler::Server(handler) }
    }

    /// In Worldline's dialect: the client session of the shopper `{customerId}` in the path. The handler gets the
    /// session, which is read once.
    #[must_use]
    pub const fn client_session(self, handler: ClientHandler) -> Route {
        Route { key: self, access: Access::ClientSession, handler: Handler::Client(handler) }
    }
}

/// A request of a shopper's page, with the client session that it named.
#[derive(Debug)]
pub struct ClientCall<'a> {
    /// The hub.
    pub hub: &'a Hub,
    /// The request.
    pub request: &'a Request,
    /// The session.
    pub session: ClientSession,
}

/// A request to a route, with its caller.
#[derive(Debug)]
pub struct Call<'a> {
    /// The hub.
    pub hub: &'a Hub,
    /// The request.
    pub request: &'a Request,
    /// Who calls.
    pub caller: Caller,
    route: &'a Route,
}

impl Call<'_> {
    /// The identity of the request to create what `body` describes: it follows from the caller's account and space of keys, the
    /// route, and the idempotency key.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] where the idempotency key or the path is unusable; [`Refusal::Internal`] where the system has
    /// no randomness.
    pub fn identity(&self, body: &Value) -> Result<Identity, Refusal> {
        let identity = self.unlogged_identity(body)?;
        self.request.audit().makes(identity.id);
        Ok(identity)
    }

    /// The same for what whoever knows its id may use, and for what has another id: the log does not name it.
    ///
    /// # Errors
    /// As [`Call::identity`].
    pub fn unlogged_identity(&self, body: &Value) -> Result<Identity, Refusal> {
        let (path, key) = (self.route.idempotency_path(self.request)?, self.request.idempotency_key()?);
        let identity = identity::new(self.hub, &self.caller, &path, key, self.request.normal_form(body))?;
        self.identified(identity, body)
    }

    /// The identity of the request to pay what `body` describes.
    ///
    /// # Errors
    /// As [`Call::identity`]; or where the account's key for cards cannot be opened.
    pub async fn payment_identity(&self, body: &Value) -> Result<Identity, Refusal> {
        let (path, key) = (self.route.idempotency_path(self.request)?, self.request.idempotency_key()?);
        let identity = identity::payment(self.hub, &self.caller, &path, key, self.request.normal_form(body)).await?;
        let mut identity = self.identified(identity, body)?;
        identity.id = self.request.charge_id(identity.id);
        self.request.audit().makes(identity.id);
        Ok(identity)
    }

    /// The identity with the address that the request came from, unless its key holds the number of the card in `body`.
    fn identified(&self, identity: Identity, body: &Value) -> Result<Identity, Refusal> {
        if let Some(card) = self.request.typed_card(body) {
            identity.has_no_number_of(&card)?;
        }
        Ok(identity.at_address(self.request.source_ip().and_then(|address| address.parse().ok())))
    }

    /// Names in the log what the request is about, where its path does not.
    pub fn about(&self, id: Uuid) {
        self.request.audit().about(id);
    }

    /// The hub's public address, with which the addresses in an answer begin.
    ///
    /// # Errors
    /// [`Refusal::Internal`] where the hub has none.
    pub fn public_url(&self) -> Result<&str, Refusal> {
        self.hub.public_url().map(PublicUrl::as_str)
    }
}

/// Answers a request by the route that the gateway chose: authenticates the caller, and calls the handler.
///
/// # Errors
/// [`Refusal::NoRoute`] where `table` has no such route; otherwise what refuses the request.
pub async fn dispatch(table: &RouteTable, hub: &Hub, request: Request) -> Result<Reply, Refusal> {
    let request = &request;
    let chosen = |route: &&Route| request.route().split_once(' ') == Some((route.key.method, route.key.path));
    let audit = request.audit();
    if table.is_audited {
        audit.audited();
    }
    let route = table.routes.iter().find(chosen).ok_or_else(|| Refusal::NoRoute(request.asked()))?;
    // On the routes of public keys the path may name the key itself.
    if let (true, Ok(id)) = (route.access != Access::PublicKey(Scope::Auth), request.id()) {
        audit.about(id);
    }
    match route.handler {
        Handler::Open(handler) => handler(hub, request).await,
        Handler::Call(handler) => {
            let caller = authenticate(hub, request, route.access).await?;
            audit.kind(caller.kind());
            handler(Call { hub, request, caller, route }).await
        }
        Handler::Session(handler) => {
            let (caller, session) = authenticate_for(hub, request, route.access, request.id()?).await?;
            audit.kind(caller.kind());
            handler(Call { hub, request, caller, route }, session).await
        }
        Handler::Server(handler) => {
            let caller = worldline::authenticate(hub, request, route.access).await?;
            audit.kind("server");
            handler(Call { hub, request, caller, route }).await
        }
        Handler::Client(handler) => {
            let session = worldline::client_session(hub, request, route.access).await?;
            audit.kind("client_session");
            handler(ClientCall { hub, request, session }).await
        }
    }
}
