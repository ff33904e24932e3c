//! `catraca listen`: forwards the webhook events of a hub on this machine to a program under development.
//!
//! The command registers a webhook endpoint for all events, on a port of its own. It forwards each delivery unchanged,
//! with its signatures, and returns the program's answer to the hub. So the hub retries what the program fails to take.
//! The path of the endpoint cannot be guessed: what comes by another is not forwarded.

use std::{
    collections::HashMap,
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING},
    http::request::Parts,
};
use reqwest::{Client, Method, Url, redirect};
use seal::{Secret, random_key_text};
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{account::SandboxAccount, failure::Failure, loopback::Loopback};

/// The timeout of the program's answer: the hub waits as long for an endpoint.
const LIMIT: Duration = Duration::from_secs(30);

/// How the path of each endpoint begins that this command registers; a random text follows.
const PATH: &str = "/catraca-listen/";

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// The address to which the events are forwarded.
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// The address of the hub.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The folder of the hub, whose sandbox account is used.
    #[arg(long, value_name = "DIR", default_value = ".catraca")]
    data: PathBuf,
    /// The file that the hub wrote with its own `--env-file`; instead of `--url` and `--data`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "data"])]
    env_file: Option<PathBuf>,
    /// The version of the webhook, `1.0` or `1.1`: the format of the events.
    #[arg(long, value_name = "VERSION")]
    webhook_version: Option<String>,
}

impl Listen {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let hub = match &self.env_file {
            Some(path) => Caller::of_variables(path)?,
            None => Caller::of_folder(&self.data, &self.url)?,
        };
        let mut listening = Listening::start(hub, &self.forward_to, self.webhook_version.as_deref()).await?;
        let mut written = writeln!(io::stdout(), "{}", heading(&self.forward_to, &listening));
        // A closed standard output ends the command too.
        while written.is_ok() {
            tokio::select! {
                Some(forwarded) = listening.next() => written = writeln!(io::stdout(), "{forwarded}"),
                _ = interrupt.recv() => break,
                _ = terminate.recv() => break,
            }
        }
        listening.stop().await?;
        Ok(written?)
    }
}

fn heading(target: &str, listening: &Listening) -> String {
    let (public_key, secret) = (&listening.public_key, listening.secret.reveal());
    format!("Every event goes to {target}. Ctrl-C stops that. Verify signatures with these:\n\n{public_key}{secret}\n")
}

/// A hub on this machine, with the keys of an account.
#[derive(Debug)]
pub struct Caller {
    url: String,
    client: String,
    secret_key: Secret<String>,
}

/// Why `catraca listen` failed.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The file of the account cannot be used.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The problem.
        source: io::Error,
    },
    /// The program's address is not valid.
    #[error("--forward-to must be an http or https address")]
    NoTarget,
    /// The HTTP client cannot be set up, or no port is free.
    #[error("no endpoint can be set up: {0}")]
    Setup(String),
    /// The hub does not answer.
    #[error("the hub at {url} does not answer; start it, or name its address by --url or --env-file")]
    NoHub {
        /// The hub's address.
        url: String,
    },
    /// The hub refused the endpoint.
    #[error("the hub at {url} refused the endpoint: {status} {message}")]
    Refused {
        /// The hub's address.
        url: String,
        /// The status of its answer.
        status: u16,
        /// The message of its answer.
        message: String,
    },
}

impl Caller {
    /// A caller of the hub at `url`, with the sandbox account whose file is in `folder`.
    ///
    /// # Errors
    /// [`ListenError::File`].
    pub fn of_folder(folder: &Path, url: &str) -> Result<Self, ListenError> {
        let path = folder.join("account.json");
        let account = SandboxAccount::read(&path).and_then(|found| found.ok_or(io::ErrorKind::NotFound.into()));
        let SandboxAccount { client, secret_key, .. } = account.map_err(|source| ListenError::File { path, source })?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), client: client.to_string(), secret_key })
    }

    /// A caller of the hub that wrote the variables in the file at `path`.
    ///
    /// # Errors
    /// [`ListenError::File`].
    pub fn of_variables(path: &Path) -> Result<Self, ListenError> {
        let unusable = |source| ListenError::File { path: path.to_owned(), source };
        let text = Secret::new(fs::read_to_string(path).map_err(unusable)?);
        let variables: HashMap<&str, &str> = text.reveal().lines().filter_map(|line| line.split_once('=')).collect();
        let variable = |name: &str| {
            let found = variables.get(name).map(|value| (*value).to_owned());
            found.ok_or_else(|| unusable(io::Error::other(format!("it lacks {name}"))))
        };
        let secret_key = Secret::new(variable("HUB_SECRET_KEY")?);
        Ok(Self { url: variable("HUB_URL")?, client: variable("HUB_CLIENT_ID")?, secret_key })
    }

    async fn ask(&self, http: &Client, method: Method, path: &str, body: &Value) -> Result<Value, ListenError> {
        let asked = http
            .request(method, format!("{}/v1/webhooks{path}", self.url))
            .header("x-client-id", &self.client)
            .header("x-api-key", self.secret_key.reveal())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let no_hub = |_| ListenError::NoHub { url: self.url.clone() };
        let answer = asked.send().await.map_err(no_hub)?;
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.bytes().await.map_err(no_hub)?).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        Err(ListenError::Refused { url: self.url.clone(), status: status.as_u16(), message: reason(&body) })
    }

    /// Removes the endpoints of `catraca listen` processes that were killed: nothing answers as theirs did.
    async fn remove_abandoned(&self, http: &Client) -> Result<(), ListenError> {
        let listed = self.ask(http, Method::GET, "?limit=100", &Value::Null).await?;
        for endpoint in listed.pointer("/items").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| endpoint.get(name).and_then(Value::as_str).unwrap_or_default();
            let endpoint = text("endpoint");
            if endpoint.starts_with("http://127.0.0.1:") && endpoint.contains(PATH) && !listens(http, endpoint).await {
                self.ask(http, Method::DELETE, &format!("/{}", text("id")), &Value::Null).await?;
            }
        }
        Ok(())
    }
}

/// Whether a `catraca listen` has this endpoint. Another program at its port does not know the path.
async fn listens(http: &Client, endpoint: &str) -> bool {
    http.get(endpoint).send().await.is_ok_and(|answer| answer.status() == StatusCode::NO_CONTENT)
}

/// A webhook endpoint that forwards every event.
#[derive(Debug)]
pub struct Listening {
    /// The key that verifies the signatures: SPKI in PEM.
    pub public_key: String,
    /// The secret that verifies the HMAC signatures of Standard Webhooks: `whsec_` and base64.
    pub secret: Secret<String>,
    hub: Caller,
    http: Client,
    id: String,
    forwarded: mpsc::UnboundedReceiver<Forwarded>,
    _server: Loopback,
}

/// An event that was forwarded; its text is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The event's name.
    pub event: String,
    /// The charge's id.
    pub charge: String,
    /// The status of the program's answer; none if the program could not be reached.
    pub status: Option<u16>,
}

impl fmt::Display for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, charge, status } = self;
        write!(f, "{event:<28}{charge:<38}")?;
        match status {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("no answer"),
        }
    }
}

impl Listening {
    /// Registers an endpoint at `hub` that forwards every event to `target`. `version` is the version of the webhook,
    /// if it is not the default.
    ///
    /// # Errors
    /// [`ListenError`].
    pub async fn start(hub: Caller, target: &str, version: Option<&str>) -> Result<Self, ListenError> {
        let target = Url::parse(target).ok().filter(|url| url.has_host() && url.scheme().starts_with("http"));
        let (target, http) = (Arc::new(target.ok_or(ListenError::NoTarget)?), client()?);
        let (results, forwarded) = mpsc::unbounded_channel();
        let program = http.clone();
        let setup = |error: &dyn fmt::Display| ListenError::Setup(error.to_string());
        let path = Arc::new(random_key_text(PATH).map_err(|error| setup(&error))?);
        let own = Arc::clone(&path);
        let server = Loopback::open(move |parts, body| {
            let (own, target, http, results) =
                (Arc::clone(&own), Arc::clone(&target), program.clone(), results.clone());
            async move {
                match parts.method {
                    _ if parts.uri.path() != own.reveal().as_str() => empty(StatusCode::NOT_FOUND),
                    Method::POST => forward(&http, &target, parts, body, &results).await,
                    _ => empty(StatusCode::NO_CONTENT),
                }
            }
        });
        let server = server.await.map_err(|error| setup(&error))?;
        hub.remove_abandoned(&http).await?;
        let mut order = json!({"event": "*", "endpoint": format!("{}{}", server.url(), path.reveal())});
        if let (Some(version), Some(fields)) = (version, order.as_object_mut()) {
            fields.insert("version".to_owned(), version.into());
        }
        let registered = hub.ask(&http, Method::POST, "", &order).await?;
        let text = |body: &Value, name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, public_key) = (text(&registered, "id"), text(&registered, "publicKey"));
        let shown = hub.ask(&http, Method::GET, &format!("/{id}/secret"), &Value::Null).await?;
        let secret = Secret::new(text(&shown, "secret"));
        Ok(Self { public_key, secret, id, hub, http, forwarded, _server: server })
    }

    /// The next event that was forwarded.
    pub async fn next(&mut self) -> Option<Forwarded> {
        self.forwarded.recv().await
    }

    /// Removes the endpoint from the hub.
    ///
    /// # Errors
    /// [`ListenError`], where the hub does not answer. The hub disables the endpoint after its last retry.
    pub async fn stop(self) -> Result<(), ListenError> {
        self.hub.ask(&self.http, Method::DELETE, &format!("/{}", self.id), &Value::Null).await.map(drop)
    }
}

/// Why the hub refused, in the words of its answer: the message, and every problem of the request.
fn reason(body: &Value) -> String {
    let message = ["/error/message", "/message"].iter().find_map(|place| body.pointer(place)?.as_str());
    let details = body.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let details: Vec<&str> = details.filter_map(Value::as_str).collect();
    let message = message.unwrap_or_default();
    if details.is_empty() { message.to_owned() } else { format!("{message}: {}", details.join("; ")) }
}

/// A client for the hub and the program, without a proxy and without redirects.
fn client() -> Result<Client, ListenError> {
    let tls = flows::tls::public_roots().map_err(|error| ListenError::Setup(error.to_string()))?;
    let client = Client::builder().use_preconfigured_tls(tls).no_proxy().redirect(redirect::Policy::none());
    client.timeout(LIMIT).build().map_err(|error| ListenError::Setup(error.to_string()))
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// Forwards a request unchanged, and returns the program's answer.
async fn forward(
    http: &Client,
    target: &Url,
    parts: Parts,
    body: Bytes,
    results: &mpsc::UnboundedSender<Forwarded>,
) -> Response<Full<Bytes>> {
    let mut headers = parts.headers;
    // These belong to the connection.
    for own in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(own);
    }
    let (event, charge) = named(&body);
    let answered = http.post(target.clone()).headers(headers).body(body).send().await;
    let (status, body) = match answered {
        Ok(answered) => (Some(answered.status()), answered.bytes().await.unwrap_or_default()),
        Err(_) => (None, Bytes::new()),
    };
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status.unwrap_or(StatusCode::BAD_GATEWAY);
    // After `stop` there is no receiver.
    let _ = results.send(Forwarded { event, charge, status: status.map(|status| status.as_u16()) });
    answer
}

/// The event's name and its charge's id, in either version of the body.
fn named(body: &[u8]) -> (String, String) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |place: &str| body.pointer(place).and_then(Value::as_str);
    let name = text("/event").unwrap_or("?");
    let name = text("/object").map_or_else(|| name.to_owned(), |object| format!("{object}.{name}"));
    let charge = text("/payload/id").or_else(|| text("/data/id")).unwrap_or_default();
    (name, charge.to_owned())
}
