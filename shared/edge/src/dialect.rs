//! What differs between the public APIs that the hub serves, apart from what their bodies hold.

use domain::{card::Pan, ids::ClientId, refusal::Refusal};
use lambda_http::http::HeaderName;
use serde_json::Value;
use uuid::Uuid;
use wire::NormalBody;

use crate::{Reply, Request, Route, RouteTable, malga, worldline};

/// A public API: how a caller proves itself, which headers of idempotency count, and the shape of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Malga's: an account's id and a key in two headers.
    Malga,
    /// Worldline Connect's: servers sign their requests, and a shopper's page names its client session.
    Worldline,
}

impl Dialect {
    /// The dialect of a request that no route answers: that in which it proves itself.
    #[must_use]
    pub fn of(request: &lambda_http::Request) -> Self {
        if worldline::is_spoken_by(request) { Self::Worldline } else { Self::Malga }
    }

    /// The routes of a function that speaks this dialect.
    #[must_use]
    pub const fn routes(self, routes: &'static [Route]) -> RouteTable {
        RouteTable { dialect: self, routes, needs_public_url: false, is_audited: false }
    }

    /// The same of a function that gives addresses of the hub to providers or callers: it does not start without the
    /// hub's public address.
    #[must_use]
    pub const fn routes_with_public_url(self, routes: &'static [Route]) -> RouteTable {
        RouteTable { needs_public_url: true, ..self.routes(routes) }
    }

    /// The account that the request names, and the key that proves it; none where requests are signed.
    pub(crate) fn credentials(self, request: &Request) -> Option<(ClientId, &str)> {
        match self {
            Self::Malga => malga::credentials(request),
            Self::Worldline => None,
        }
    }

    /// The idempotency key of the request.
    pub(crate) fn idempotency_key(self, request: &Request) -> Result<Option<&str>, Refusal> {
        match self {
            Self::Malga => malga::idempotency_key(request),
            Self::Worldline => worldline::idempotency_key(request),
        }
    }

    /// The header that says that an answer is an idempotent replay.
    pub(crate) const fn replayed(self) -> HeaderName {
        match self {
            Self::Malga => malga::REPLAYED,
            Self::Worldline => worldline::REPLAYED,
        }
    }

    /// The card whose number a body holds.
    pub(crate) fn typed_card(self, body: &Value) -> Option<Pan> {
        match self {
            Self::Malga => wire::malga::typed_card(body),
            Self::Worldline => wire::worldline::typed_card(body),
        }
    }

    /// The id of the charge that a payment makes whose identity is `id`. Worldline's ids are shorter than UUIDs, so not
    /// every charge has one.
    pub(crate) fn charge_id(self, id: Uuid) -> Uuid {
        match self {
            Self::Malga => id,
            Self::Worldline => wire::worldline::PaymentId::at_or_below(id).charge().uuid(),
        }
    }

    /// The normal form of a body.
    pub(crate) fn normal_form(self, body: &Value) -> NormalBody {
        match self {
            Self::Malga => wire::malga::normal_form(body),
            Self::Worldline => wire::worldline::normal_form(),
        }
    }

    /// The page that `refusal` of the request with this id to this route is in a browser.
    pub(crate) fn refused_page(self, refusal: &Refusal, route: &str, request: &str) -> Reply {
        match self {
            Self::Malga => malga::refused_page(refusal),
            Self::Worldline => worldline::refused(refusal, route, request),
        }
    }

    /// The answer that `refusal` of the request with this id to this route is on the wire.
    pub(crate) fn refused(self, refusal: &Refusal, route: &str, request: &str) -> Reply {
        match self {
            Self::Malga => malga::refused(refusal),
            Self::Worldline => worldline::refused(refusal, route, request),
        }
    }
}
