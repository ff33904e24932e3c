//! `catraca listen`: the events of a hub on this machine, as an endpoint gets them, on their way to a program under work.
//!
//! It is an endpoint like any other: registered for everything, on a port of its own, told with real signatures. What
//! arrives is sent on as it came, and the program's answer is what the hub hears; so a program that fails is told again,
//! as it would be later.

use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING},
    http::request::Parts,
};
use reqwest::{Client, Method, Url, redirect};
use seal::Secret;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{account::SandboxAccount, loopback::Loopback};

/// How long the program may take: as long as the hub waits for an endpoint.
const LIMIT: Duration = Duration::from_secs(30);

/// A hub on this machine, and whom it is asked as.
#[derive(Debug)]
pub struct Caller {
    url: String,
    client: String,
    secret_key: Secret<String>,
}

/// Why nothing is listened to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// There is no account there.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// The file that should hold one.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The program's address is none.
    #[error("--forward-to must be an http or https address")]
    NoTarget,
    /// The HTTP client cannot be set up, or no port is free.
    #[error("no endpoint can be set up: {0}")]
    Setup(String),
    /// The hub does not answer.
    #[error("the hub at {url} does not answer; start it, or say where it is with --url or --env-file")]
    NoHub {
        /// Where it was looked for.
        url: String,
    },
    /// The hub does not take the endpoint.
    #[error("the hub at {url} refused the endpoint: {status} {message}")]
    Refused {
        /// Which hub.
        url: String,
        /// The status of its answer.
        status: u16,
        /// What it says.
        message: String,
    },
}

impl Caller {
    /// The hub at `url`, asked as the sandbox account whose file is in `folder`.
    ///
    /// # Errors
    /// [`ListenError::File`].
    pub fn of_folder(folder: &Path, url: &str) -> Result<Self, ListenError> {
        let path = folder.join("account.json");
        let account = SandboxAccount::read(&path).and_then(|found| found.ok_or(io::ErrorKind::NotFound.into()));
        let SandboxAccount { client, secret_key, .. } = account.map_err(|source| ListenError::File { path, source })?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), client: client.to_string(), secret_key })
    }

    /// The hub that wrote the variables in the file at `path`.
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
        let message = ["/error/message", "/message"].iter().find_map(|place| body.pointer(place)?.as_str());
        let message = message.unwrap_or_default().to_owned();
        Err(ListenError::Refused { url: self.url.clone(), status: status.as_u16(), message })
    }
}

/// An endpoint of the hub that sends everything on.
#[derive(Debug)]
pub struct Listening {
    /// What verifies the signatures: SPKI in PEM.
    pub public_key: String,
    /// What verifies those of Standard Webhooks that are made with a shared secret: `whsec_` and base64.
    pub secret: Secret<String>,
    hub: Caller,
    http: Client,
    id: String,
    told: mpsc::UnboundedReceiver<Passed>,
    _server: Loopback,
}

/// What became of one event; its text is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its name.
    pub event: String,
    /// Whose it is: the charge's id.
    pub charge: String,
    /// What the program answered; none if it could not be reached.
    pub status: Option<u16>,
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, charge, status } = self;
        write!(f, "{event:<28}{charge:<38}")?;
        match status {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("nobody answers there"),
        }
    }
}

impl Listening {
    /// Registers an endpoint with `hub`, which sends everything on to `target`; `version` is the shape of what it is
    /// told, where it is not the hub's usual one.
    ///
    /// # Errors
    /// [`ListenError`].
    pub async fn start(hub: Caller, target: &str, version: Option<&str>) -> Result<Self, ListenError> {
        let target = Url::parse(target).ok().filter(|url| url.has_host() && url.scheme().starts_with("http"));
        let (target, http) = (Arc::new(target.ok_or(ListenError::NoTarget)?), client()?);
        let (tell, told) = mpsc::unbounded_channel();
        let forward = http.clone();
        let server = Loopback::open(move |parts, body| {
            let (target, http, tell) = (Arc::clone(&target), forward.clone(), tell.clone());
            async move { pass_on(&http, &target, parts, body, &tell).await }
        });
        let server = server.await.map_err(|error| ListenError::Setup(error.to_string()))?;
        let mut order = json!({"event": "*", "endpoint": server.url()});
        if let (Some(version), Some(fields)) = (version, order.as_object_mut()) {
            fields.insert("version".to_owned(), version.into());
        }
        let registered = hub.ask(&http, Method::POST, "", &order).await?;
        let text = |body: &Value, name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, public_key) = (text(&registered, "id"), text(&registered, "publicKey"));
        let shown = hub.ask(&http, Method::GET, &format!("/{id}/secret"), &Value::Null).await?;
        let secret = Secret::new(text(&shown, "secret"));
        Ok(Self { public_key, secret, id, hub, http, told, _server: server })
    }

    /// What became of the next event.
    pub async fn next(&mut self) -> Option<Passed> {
        self.told.recv().await
    }

    /// Has the hub forget the endpoint.
    ///
    /// # Errors
    /// [`ListenError`], where the hub is gone; then it tries this endpoint in vain, and gives it up.
    pub async fn stop(self) -> Result<(), ListenError> {
        self.hub.ask(&self.http, Method::DELETE, &format!("/{}", self.id), &Value::Null).await.map(drop)
    }
}

/// A client for the hub and the program: no proxy between two programs of one machine, and no redirects.
fn client() -> Result<Client, ListenError> {
    let tls = flows::tls::public_roots().map_err(|error| ListenError::Setup(error.to_string()))?;
    let client = Client::builder().use_preconfigured_tls(tls).no_proxy().redirect(redirect::Policy::none());
    client.timeout(LIMIT).build().map_err(|error| ListenError::Setup(error.to_string()))
}

/// Sends a request on as it came, and answers what the program answers.
async fn pass_on(
    http: &Client,
    target: &Url,
    parts: Parts,
    body: Bytes,
    tell: &mpsc::UnboundedSender<Passed>,
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
    // Who has stopped listening does not read it.
    let _ = tell.send(Passed { event, charge, status: status.map(|status| status.as_u16()) });
    answer
}

/// The event's name and its charge, in either shape of the body.
fn named(body: &[u8]) -> (String, String) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |place: &str| body.pointer(place).and_then(Value::as_str);
    let name = text("/event").unwrap_or("?");
    let name = text("/object").map_or_else(|| name.to_owned(), |object| format!("{object}.{name}"));
    let charge = text("/payload/id").or_else(|| text("/data/id")).unwrap_or_default();
    (name, charge.to_owned())
}
