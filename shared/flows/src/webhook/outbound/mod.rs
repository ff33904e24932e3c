//! The only client that calls merchants' endpoints: at public addresses, over TLS, and nothing else.
//!
//! A merchant chooses the endpoint, so its text is checked where it is registered and again at every call, and so is
//! every address of its name. The checked address is the one that is dialled: there is no second lookup. There are no
//! redirects and no proxy; of the answer only the beginning is read.

use std::{error::Error, sync::Arc};

use domain::{endpoint::CallProblem, time::Timestamp};
use reqwest::{
    Client, Response,
    dns::Resolve,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect,
};

pub use crate::address::check_url;
use crate::{
    address::{Guard, IDLE, NotPublic, SystemNames},
    clock::Clock,
    stage::Stage,
    tls,
};

/// How much of an answer is read, in bytes.
const MAX_ANSWER: usize = 16 * 1024;
/// How much of it is kept, in bytes.
const KEPT: usize = 1024;
/// How much of a cause is kept, in bytes.
const MAX_CAUSE: usize = 176;

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum NoOutbound {
    /// In production this machine is not called.
    #[error("a hub that serves real payments calls public endpoints only")]
    Production,
    /// TLS cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// The client that calls merchants' endpoints.
#[derive(Debug)]
pub struct Outbound {
    client: Client,
    local: bool,
}

/// The result of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EndpointAnswer {
    /// The status, if one was answered in time.
    pub(crate) status: Option<u16>,
    /// The beginning of the answer.
    pub(crate) answer: String,
    /// Why there is no status.
    pub(crate) problem: Option<CallProblem>,
}

impl Outbound {
    /// A client for public endpoints.
    ///
    /// # Errors
    /// [`NoOutbound::Client`].
    pub fn public() -> Result<Self, NoOutbound> {
        Self::through(Arc::new(SystemNames), false)
    }

    /// The same, and for loopback, also without TLS: for a hub on one machine, never in production.
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
        let tls = tls::public_roots().map_err(|error| NoOutbound::Client(error.to_string()))?;
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
    ) -> EndpointAnswer {
        let mut received = EndpointAnswer::default();
        let in_time = tokio::select! {
            () = self.exchange(endpoint, headers, body, &mut received) => true,
            () = clock.reaches(until) => false,
        };
        if !in_time && received.status.is_none() {
            received.problem = Some(CallProblem::Timeout);
        }
        received
    }

    async fn exchange(
        &self,
        endpoint: &str,
        headers: &[(&'static str, String)],
        body: String,
        received: &mut EndpointAnswer,
    ) {
        let url = match check_url(endpoint, self.local) {
            Ok(url) => url,
            Err(problem) => return received.problem = Some(CallProblem::Address(problem)),
        };
        let named = |(name, value): &(&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
        };
        let headers: HeaderMap = headers.iter().filter_map(named).collect();
        match self.client.post(url).headers(headers).body(body).send().await {
            Ok(response) => {
                received.status = Some(response.status().as_u16());
                read(response, &mut received.answer).await;
            }
            Err(error) => received.problem = Some(problem(&error)),
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

/// Why there is no answer, as the endpoint's owner may read it: the root cause, and never the endpoint.
fn problem(error: &reqwest::Error) -> CallProblem {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if cause.is::<NotPublic>() {
        return CallProblem::NameNotPublic;
    }
    let kept = cut(cause.to_string(), MAX_CAUSE);
    if error.is_connect() { CallProblem::NoConnection(kept) } else { CallProblem::NoAnswer(kept) }
}

#[cfg(test)]
mod tests {
    use std::{
        io::ErrorKind,
        net::SocketAddr,
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use reqwest::dns::{Name, Resolving};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn in_production_only_public_endpoints_are_called() {
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

    async fn posted(names: Arc<Rebinding>, local: bool, endpoint: &str) -> EndpointAnswer {
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
            let received = posted(Arc::clone(&names), false, &format!("https://shop.example:{port}/hooks")).await;
            let problem = Some(CallProblem::NameNotPublic);
            assert_eq!(received, EndpointAnswer { problem, ..EndpointAnswer::default() });
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
        let endpoint = format!("https://shop.example:{port}/hooks");
        // The endpoint that is dialled closes the connection.
        let (received, ()) = tokio::join!(posted(Arc::clone(&names), true, &endpoint), async {
            drop(checked.accept().await.unwrap());
        });
        assert_eq!((received.status, names.lookups.load(Ordering::Relaxed)), (None, 1));
        assert_eq!(other.into_std().unwrap().accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn what_may_not_be_called_is_not_looked_up() {
        let names = Arc::new(Rebinding { answers: vec![vec!["8.8.8.8"]], lookups: AtomicUsize::new(0) });
        for endpoint in ["http://shop.example", "https://user@shop.example", "https://127.0.0.1", "https://localhost"] {
            let received = posted(Arc::clone(&names), false, endpoint).await;
            assert!(matches!(received.problem, Some(CallProblem::Address(_))), "{endpoint}");
        }
        assert_eq!(names.lookups.load(Ordering::Relaxed), 0);
    }
}
