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
        let named = |(name, value): &(&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
        };
        let headers: HeaderMap = headers.iter().filter_map(named).collect();
        match self.client.post(url).headers(headers).body(body).send().await {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use std::{
        io::ErrorKind,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn an_endpoint_is_an_https_address_and_nothing_else() {
        for endpoint in [
            "https://example.com",
            "https://example.com:8443/hooks?shop=1",
            "https://loja.example.com.br/a%20b",
            "https://bücher.example/hooks",
            "https://8.8.8.8/hooks",
            "https://[2606:4700:4700::1111]/hooks",
            "https://localhost.example.com",
        ] {
            assert!(check_url(endpoint, false).is_ok(), "{endpoint}");
        }
        for (endpoint, problem) in [
            ("http://example.com", "must be an https URL address"),
            ("ftp://example.com", "must be an https URL address"),
            ("file:///etc/passwd", "must be an https URL address"),
            ("gopher://example.com", "must be an https URL address"),
            ("javascript:alert(1)", "must be an https URL address"),
            ("example.com/hooks", "must be a URL address"),
            ("//example.com", "must be a URL address"),
            ("https://", "must be a URL address"),
            ("https://example.com:99999", "must be a URL address"),
            ("", "must be a URL address"),
            ("https://user@example.com", "must not contain a user name or a password"),
            ("https://user:word@example.com", "must not contain a user name or a password"),
            ("https://:word@example.com", "must not contain a user name or a password"),
            ("https://@example.com", "must not contain a user name or a password"),
            ("https://example.com%00@127.0.0.1", "must not contain a user name or a password"),
            ("https://example.com#part", "must not contain a fragment"),
            ("https://example.com/#", "must not contain a fragment"),
            ("https://exam\nple.com", "must not contain spaces or control characters"),
            (" https://example.com", "must not contain spaces or control characters"),
            ("https://example.com/a b", "must not contain spaces or control characters"),
            ("https://localhost", "must be at a public address"),
            ("https://LOCALHOST.:443/hooks", "must be at a public address"),
            ("https://hub.localhost", "must be at a public address"),
        ] {
            assert_eq!(check_url(endpoint, false), Err(problem.to_owned()), "{endpoint}");
        }
    }

    /// Every spelling of an address that must not be called.
    const INSIDE: [&str; 44] = [
        "127.0.0.1",
        "127.255.255.254",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0.0.0.0",
        "0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "3232235777",
        "169.254.169.254",
        "0xa9fea9fe",
        "169.254.170.2",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
    ];

    #[test]
    fn an_address_inside_is_refused_in_every_spelling() {
        for host in INSIDE {
            let refused = check_url(&format!("https://{host}/hooks"), false);
            assert_eq!(refused, Err("must be at a public address".to_owned()), "{host}");
        }
        for host in
            ["[2001::1]", "[2001:db8::1]", "[2002:7f00:1::1]", "[3fff::1]", "[fec0::1]", "[100::1]", "[5f00::1]"]
        {
            assert!(check_url(&format!("https://{host}/hooks"), false).is_err(), "{host}");
        }
        for host in
            ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.254"]
        {
            assert!(check_url(&format!("https://{host}/hooks"), false).is_ok(), "{host}");
        }
    }

    #[test]
    fn on_one_machine_that_machine_may_be_called_and_no_other_inside() {
        for endpoint in [
            "http://127.0.0.1:3000/hooks",
            "http://localhost:3000",
            "http://[::1]",
            "https://127.0.0.1",
            "http://example.com",
        ] {
            assert!(check_url(endpoint, true).is_ok(), "{endpoint}");
        }
        for endpoint in [
            "http://10.0.0.1",
            "http://169.254.169.254/latest/meta-data",
            "http://[::ffff:127.0.0.1]",
            "http://user@localhost",
            "ftp://localhost",
        ] {
            assert!(check_url(endpoint, true).is_err(), "{endpoint}");
        }
        assert!(Outbound::local(Stage::Sandbox).unwrap().is_local());
        assert!(matches!(Outbound::local(Stage::Production), Err(NoOutbound::Production)));
        assert!(!Outbound::public().unwrap().is_local());
    }

    /// Names whose addresses change with every lookup.
    struct Rebinding {
        answers: Vec<Vec<&'static str>>,
        lookups: AtomicUsize,
    }

    impl Resolve for Rebinding {
        fn resolve(&self, _: Name) -> Resolving {
            let turn = self.lookups.fetch_add(1, Ordering::Relaxed).min(self.answers.len() - 1);
            let found: Vec<SocketAddr> = self
                .answers
                .get(turn)
                .into_iter()
                .flatten()
                .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
                .collect();
            Box::pin(async move { Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs) })
        }
    }

    async fn posted(names: Arc<Rebinding>, local: bool, endpoint: &str) -> Heard {
        let clock = Clock::system();
        let until = clock.now().plus(Duration::from_secs(30));
        Outbound::through(names, local).unwrap().post(endpoint, &[], "{}".to_owned(), &clock, until).await
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = inside.local_addr().unwrap().port();
        for found in
            [vec!["127.0.0.1"], vec!["8.8.8.8", "127.0.0.1"], vec!["169.254.169.254"], vec!["::ffff:127.0.0.1"]]
        {
            let names = Arc::new(Rebinding { answers: vec![found], lookups: AtomicUsize::new(0) });
            let heard = posted(Arc::clone(&names), false, &format!("https://shop.example:{port}/hooks")).await;
            let problem = "no connection was made: the host's name leads to an address that is not public";
            assert_eq!(heard, Heard { problem: Some(problem.to_owned()), ..Heard::default() });
        }
        let inside = inside.into_std().unwrap();
        assert_eq!(inside.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn what_was_looked_up_first_is_what_is_dialled() {
        let checked = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let port = checked.local_addr().unwrap().port();
        let other = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let answers = vec![vec!["127.0.0.2"], vec!["127.0.0.1"]];
        let names = Arc::new(Rebinding { answers, lookups: AtomicUsize::new(0) });
        let endpoint = format!("http://shop.example:{port}/hooks");
        // Whoever is dialled closes the connection.
        let (heard, ()) = tokio::join!(posted(Arc::clone(&names), true, &endpoint), async {
            drop(checked.accept().await.unwrap());
        });
        assert_eq!((heard.status, names.lookups.load(Ordering::Relaxed)), (None, 1));
        assert_eq!(other.into_std().unwrap().accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn what_may_not_be_called_is_not_looked_up() {
        let names = Arc::new(Rebinding { answers: vec![vec!["8.8.8.8"]], lookups: AtomicUsize::new(0) });
        for endpoint in ["http://shop.example", "https://user@shop.example", "https://127.0.0.1", "https://localhost"] {
            let heard = posted(Arc::clone(&names), false, endpoint).await;
            assert!(heard.problem.unwrap().starts_with("nothing was sent: the endpoint must "), "{endpoint}");
        }
        assert_eq!(names.lookups.load(Ordering::Relaxed), 0);
    }
}
