//! The only way out to merchants' endpoints: to public addresses, over TLS, and to nothing else (design §5, "Outbound").
//!
//! An endpoint is somebody else's word, so it is checked where it is registered and again at every send: what it says,
//! and every address that its name leads to. What was checked is what is dialled: there is no second lookup. Nothing is
//! followed and no proxy is asked; of the answer only its beginning is read.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use domain::time::Timestamp;
use reqwest::{
    Client, Response,
    dns::{Name, Resolve, Resolving},
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

use crate::{Clock, Stage};

/// How much of an answer is read, in bytes.
const MAX_ANSWER: usize = 16 * 1024;
/// How much of it is kept, in bytes.
const KEPT: usize = 1024;
/// How much of a problem is told, in bytes.
const MAX_PROBLEM: usize = 200;
/// For how long a connection waits for the next delivery: less than common servers keep one open, so that a try does not
/// fail because its connection was about to end.
const IDLE: Duration = Duration::from_secs(4);

/// The way out could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NoOutbound {
    /// Real payments are not told to this machine.
    #[error("a hub that serves real payments calls public endpoints only")]
    Production,
    /// TLS cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// The way to merchants' endpoints.
#[derive(Debug)]
pub struct Outbound {
    client: Client,
    local: bool,
}

/// What came of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The status, if one was answered in time.
    pub(crate) status: Option<u16>,
    /// The beginning of the answer.
    pub(crate) answer: String,
    /// Why there is no status.
    pub(crate) problem: Option<String>,
}

impl Outbound {
    /// The way to public endpoints.
    ///
    /// # Errors
    /// [`NoOutbound::Client`].
    pub fn public() -> Result<Self, NoOutbound> {
        Self::through(Arc::new(SystemNames), false)
    }

    /// The same, and to loopback, also without TLS: for a hub on one machine, never for real payments.
    ///
    /// # Errors
    /// [`NoOutbound`].
    pub fn local(stage: Stage) -> Result<Self, NoOutbound> {
        match stage {
            Stage::Sandbox => Self::through(Arc::new(SystemNames), true),
            Stage::Production => Err(NoOutbound::Production),
        }
    }

    fn through(names: Arc<dyn Resolve>, local: bool) -> Result<Self, NoOutbound> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| NoOutbound::Client(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .use_preconfigured_tls(tls)
            .http1_only()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_idle_timeout(IDLE)
            .dns_resolver(Arc::new(Guard { names, local }))
            .build()
            .map_err(|error| NoOutbound::Client(error.to_string()))?;
        Ok(Self { client, local })
    }

    /// Whether this machine may be called, and without TLS: what [`check_url`] is to be asked with.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.local
    }

    /// Posts `body` to `endpoint`, and waits for the answer until `clock` shows `until`. A status that came in time
    /// counts, however the rest of its answer comes.
    pub(crate) async fn post(
        &self,
        endpoint: &str,
        headers: &[(&'static str, String)],
        body: String,
        clock: &Clock,
        until: Timestamp,
    ) -> Heard {
        let mut heard = Heard::default();
        let in_time = tokio::select! {
            () = self.exchange(endpoint, headers, body, &mut heard) => true,
            () = clock.reaches(until) => false,
        };
        if !in_time && heard.status.is_none() {
            heard.problem = Some("no answer came in time".to_owned());
        }
        heard
    }

    async fn exchange(&self, endpoint: &str, headers: &[(&'static str, String)], body: String, heard: &mut Heard) {
        let url = match check_url(endpoint, self.local) {
            Ok(url) => url,
            Err(problem) => return heard.problem = Some(format!("nothing was sent: the endpoint {problem}")),
        };
        let named = headers.iter().filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
        });
        match self.client.post(url).headers(HeaderMap::from_iter(named)).body(body).send().await {
            Ok(response) => {
                heard.status = Some(response.status().as_u16());
                read(response, &mut heard.answer).await;
            }
            Err(error) => heard.problem = Some(told(&error)),
        }
    }
}

/// Reads the beginning of an answer, and keeps the beginning of that.
async fn read(mut response: Response, answer: &mut String) {
    let (mut seen, mut kept) = (0_usize, Vec::new());
    while let Ok(Some(chunk)) = response.chunk().await {
        seen = seen.saturating_add(chunk.len());
        if kept.len() < KEPT {
            kept.extend(chunk.iter().take(KEPT.saturating_sub(kept.len())));
            *answer = cut(String::from_utf8_lossy(&kept).into_owned(), KEPT);
        }
        if seen >= MAX_ANSWER {
            return;
        }
    }
}

fn cut(mut text: String, length: usize) -> String {
    text.truncate(text.floor_char_boundary(length));
    text
}

/// Why there is no answer, as the endpoint's owner may read it: the cause behind all others, and never the endpoint.
fn told(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let happened = if error.is_connect() { "no connection was made" } else { "no answer came" };
    cut(format!("{happened}: {cause}"), MAX_PROBLEM)
}

/// The endpoint, if it may be called as far as its text tells: `https` (where `local`, `http` too), no user name, no
/// fragment, and a host that is a name or a public address (where `local`, loopback too). What is read is what will be
/// dialled: numbers in any base and addresses of any form are seen through.
///
/// # Errors
/// What it must be instead, to stand behind the field's name: `must be …`.
pub fn check_url(endpoint: &str, local: bool) -> Result<Url, String> {
    // The parser would skip these silently, and somebody else's would not.
    if endpoint.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not contain spaces or control characters".to_owned());
    }
    let url = Url::parse(endpoint).map_err(|_| "must be a URL address".to_owned())?;
    if url.scheme() != "https" && !(local && url.scheme() == "http") {
        return Err("must be an https URL address".to_owned());
    }
    // An empty user name is one, too.
    let authority = endpoint.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or a password".to_owned());
    }
    if url.fragment().is_some() {
        return Err("must not contain a fragment".to_owned());
    }
    let may_be_called = match url.host() {
        Some(Host::Domain(name)) => local || !is_localhost(name),
        Some(Host::Ipv4(address)) => is_public(address.into()) || local && address.is_loopback(),
        Some(Host::Ipv6(address)) => is_public(address.into()) || local && address.is_loopback(),
        None => false,
    };
    if !may_be_called {
        return Err("must be at a public address".to_owned());
    }
    Ok(url)
}

/// The names that mean this machine, whatever a lookup says (RFC 6761, 6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is anybody's on the internet, and nobody's inside (IANA's registries of special addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match a {
        // "This network", loopback, multicast, reserved and broadcast.
        0 | 127 | 224.. => true,
        100 => b & 0b1100_0000 == 64, // carrier-grade NAT
        // Protocol assignments, and the relays of 6to4.
        192 => matches!((b, c), (0, 0) | (88, 99)),
        198 => matches!(b, 18 | 19), // benchmarks
        _ => false,
    };
    !(is_special || address.is_private() || address.is_link_local() || address.is_documentation())
}

/// Global unicast alone, so that unique local, link-local, mapped, translated (NAT64) and multicast addresses are out;
/// and of that nothing which carries another address in it, or is for documents.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_special = match first {
        0x2001 => second < 0x0200 || second == 0x0db8, // protocol assignments with Teredo; documents
        0x2002 => true,                                // 6to4
        0x3fff => second < 0x1000,                     // documents
        _ => false,
    };
    first & 0xe000 == 0x2000 && !is_special
}

/// Looks names up, and lets nobody dial what must not be called.
struct Guard {
    names: Arc<dyn Resolve>,
    local: bool,
}

/// The name leads where nobody may be called.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host's name leads to an address that is not public")
    }
}

impl Error for NotPublic {}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, local) = (self.names.resolve(name), self.local);
        Box::pin(async move {
            let found: Vec<SocketAddr> = looking.await?.collect();
            // One bad address spoils the name: which of them would be dialled is not ours to say.
            if found.iter().all(|address| is_public(address.ip()) || local && address.ip().is_loopback()) {
                Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
            } else {
                Err(NotPublic.into())
            }
        })
    }
}

/// Names as the system looks them up.
struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}
