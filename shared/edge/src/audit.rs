//! The line that the log has of each request: who called what, and what came of it.
//!
//! It names keys by the first digits of their digests and things by their ids. It has no key, no token, nothing that a
//! body, a query or an answer held, and no address of the caller but where the log is kept for that: in a function
//! whose [`RouteTable`](crate::RouteTable) is audited, and where a key was refused.

use std::{sync::OnceLock, time::Instant};

use domain::{ids::ClientId, refusal::Refusal};
use seal::digest;
use uuid::Uuid;

use crate::Reply;

/// How many digits of a key's digest the log has.
const DIGITS: usize = 8;

/// What becomes known of a request while it is answered.
#[derive(Debug)]
pub(crate) struct Audit {
    started: Instant,
    request: String,
    route: String,
    source: Option<String>,
    is_audited: OnceLock<()>,
    credentials: OnceLock<(ClientId, String)>,
    kind: OnceLock<&'static str>,
    id: OnceLock<Uuid>,
    made: OnceLock<Uuid>,
    reason: OnceLock<&'static str>,
}

impl Audit {
    /// Of the request with the gateway's id `request` to `route`, from the address `source`.
    pub(crate) fn new(request: String, route: String, source: Option<String>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a duration is measured, which no test moves")]
        let started = Instant::now();
        Self {
            started,
            request,
            route,
            source,
            is_audited: OnceLock::new(),
            credentials: OnceLock::new(),
            kind: OnceLock::new(),
            id: OnceLock::new(),
            made: OnceLock::new(),
            reason: OnceLock::new(),
        }
    }

    /// The function's log is kept for the addresses of its callers.
    pub(crate) fn audited(&self) {
        let _ = self.is_audited.set(());
    }

    /// The request came with this key.
    pub(crate) fn key(&self, client: ClientId, key: &str) {
        let digest: String = digest(key).chars().take(DIGITS).collect();
        let _ = self.credentials.set((client, digest));
    }

    /// The key is the caller's, and of this kind.
    pub(crate) fn kind(&self, kind: &'static str) {
        let _ = self.kind.set(kind);
    }

    /// The request is about what has this id.
    pub(crate) fn about(&self, id: Uuid) {
        let _ = self.id.set(id);
    }

    /// The request is to make what has this id.
    pub(crate) fn makes(&self, id: Uuid) {
        let _ = self.made.set(id);
    }

    /// The request is not authorized for this reason, which its answer does not say.
    pub(crate) fn not_authorized(&self, reason: &'static str) {
        let _ = self.reason.set(reason);
    }

    /// Logs the line.
    pub(crate) fn write(&self, refusal: Option<&Refusal>, reply: &Reply) {
        let outcome = match refusal {
            Some(refusal) => refusal.name(),
            None if reply.is_replay() => "replayed",
            None => "done",
        };
        let (account, key) = self.credentials.get().map(|(account, key)| (account, key.as_str())).unzip();
        let is_kept = self.is_audited.get().is_some() || refusal == Some(&Refusal::Forbidden);
        tracing::info!(
            request_id = self.request,
            client = account.map(tracing::field::display),
            key,
            kind = self.kind.get(),
            route = self.route,
            id = self.id.get().map(tracing::field::display),
            made = self.made.get().filter(|_| refusal.is_none()).map(tracing::field::display),
            status = reply.status(),
            outcome,
            reason = self.reason.get(),
            ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            source = self.source.as_deref().filter(|_| is_kept),
            "request"
        );
    }
}
