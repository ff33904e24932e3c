//! The executor: the only client that calls providers.

use std::time::Duration;

use domain::time::Timestamp;
use providers::{Access, Authorization, HttpAnswer, HttpRequest, Target, Verb, sandbox::bank};
use reqwest::{Client, redirect};

use crate::{stage::Stage, tls};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// More bytes than any provider answers.
const MAX_ANSWER: usize = 64 * 1024;

/// The client that calls providers.
#[derive(Debug)]
pub struct Executor {
    stage: Stage,
    bank: Bank,
}

/// Where the sandbox's bank is.
#[derive(Debug)]
enum Bank {
    InProcess,
    Nowhere,
    At { url: String, client: Client },
}

/// The executor could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct NoClient(String);

/// The answer to one request.
pub(crate) enum Sent {
    Answered(HttpAnswer),
    /// The connection was made; the outcome is unknown.
    Lost,
    /// No connection was made.
    Never,
}

impl Executor {
    /// The executor of `stage`, with the sandbox's bank in this process or at `sandbox_bank`.
    ///
    /// # Errors
    /// [`NoClient`] where TLS cannot be set up.
    pub fn new(stage: Stage, sandbox_bank: Option<String>) -> Result<Self, NoClient> {
        let bank = match sandbox_bank {
            None => Bank::InProcess,
            Some(url) => Bank::At { url: url.trim_end_matches('/').to_owned(), client: client()? },
        };
        Ok(Self { stage, bank })
    }

    /// One that calls no provider: that is left to another hub over the same table.
    #[must_use]
    pub const fn without_providers(stage: Stage) -> Self {
        Self { stage, bank: Bank::Nowhere }
    }

    /// Whether it calls providers.
    pub(crate) const fn calls_providers(&self) -> bool {
        match self.bank {
            Bank::InProcess | Bank::At { .. } => true,
            Bank::Nowhere => false,
        }
    }

    /// What the hub is run for.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Sends a request, and waits for its answer no longer than `limit`. Where real payments are served nothing is sent
    /// to the sandbox, whatever was sent before.
    pub(crate) async fn send(&self, request: &HttpRequest, access: &Access, limit: Duration, now: Timestamp) -> Sent {
        match &request.target {
            Target::Provider { .. } => Sent::Never,
            Target::Sandbox { .. } if self.stage == Stage::Production => Sent::Never,
            Target::Sandbox { path } => match &self.bank {
                Bank::Nowhere => Sent::Never,
                Bank::InProcess => Sent::Answered(bank::answer(request, now)),
                Bank::At { url, client } => over_http(client, &format!("{url}{path}"), request, access, limit).await,
            },
        }
    }
}

/// One client for every provider: rustls with ring, public roots, no proxy, no redirects, and time limits.
fn client() -> Result<Client, NoClient> {
    let tls = tls::public_roots().map_err(|error| NoClient(error.to_string()))?;
    Client::builder()
        .use_preconfigured_tls(tls)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .build()
        .map_err(|error| NoClient(error.to_string()))
}

async fn over_http(client: &Client, url: &str, request: &HttpRequest, access: &Access, limit: Duration) -> Sent {
    let mut call = match request.verb {
        Verb::Get => client.get(url),
        Verb::Post => client.post(url),
        Verb::Put => client.put(url),
        Verb::Patch => client.patch(url),
        Verb::Delete => client.delete(url),
    }
    .timeout(limit);
    match &access.authorization {
        Authorization::None | Authorization::ClientCredentials(_) => {}
        Authorization::Header { name, value } => call = call.header(*name, value.as_str()),
    }
    for (name, value) in &request.headers {
        call = call.header(*name, value);
    }
    let mut answer = match call.body(request.body.to_vec()).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_connect() => return Sent::Never,
        Err(_) => return Sent::Lost,
    };
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(None) => return Sent::Answered(HttpAnswer { status, headers: Vec::new(), body }),
            Ok(Some(_)) | Err(_) => return Sent::Lost,
        }
    }
}
