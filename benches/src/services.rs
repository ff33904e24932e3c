//! One address for the table and the key service of a hub, with or without TLS. It counts what passes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tests::TestHub;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::Accept;

use crate::tls::Authority;

/// The services of a hub.
#[derive(Clone)]
pub struct Services {
    url: String,
    table: String,
    keys: String,
    client: reqwest::Client,
    /// How long each call takes at least.
    delay: Duration,
    seen: Arc<Mutex<Seen>>,
}

/// What has passed.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The connections that were opened.
    pub connections: usize,
    /// The calls, in the order of their arrival.
    pub calls: Vec<Passed>,
}

/// One call.
#[derive(Clone, Debug)]
pub struct Passed {
    /// `GetItem`, `Decrypt` …
    pub operation: String,
    arrived: Instant,
    answered: Option<Instant>,
}

impl Seen {
    /// How many round trips follow each other: calls under way at the same time are one.
    #[must_use]
    pub fn round_trips(&self) -> usize {
        let (mut count, mut busy_until) = (0, None);
        for call in &self.calls {
            if busy_until.is_none_or(|end| call.arrived >= end) {
                (count, busy_until) = (count + 1, call.answered);
            } else {
                busy_until = busy_until.max(call.answered);
            }
        }
        count
    }
}

impl Services {
    /// Listens on loopback in front of the services of `hub`, with or without TLS. Each call takes `delay` at least.
    pub async fn open(hub: &TestHub, authority: Option<&Authority>, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let services = Self {
            url: format!("{}://127.0.0.1:{port}", if authority.is_some() { "https" } else { "http" }),
            table: hub.engine.url().to_owned(),
            keys: hub.key_service_url().to_owned(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            delay,
            seen: Arc::default(),
        };
        let (open, acceptor) = (services.clone(), authority.map(Authority::acceptor));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let services = open.clone();
                services.seen().connections += 1;
                match &acceptor {
                    None => drop(tokio::spawn(services.serve(stream))),
                    Some(acceptor) => drop(tokio::spawn(services.secure(acceptor.accept(stream)))),
                }
            }
        });
        services
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Takes what has passed since the last time.
    #[must_use]
    pub fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn secure(self, accepting: Accept<TcpStream>) {
        // The error is the process that has ended.
        if let Ok(stream) = accepting.await {
            self.serve(stream).await;
        }
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(|request| self.pass(request));
        // The error is the process that has ended.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn pass(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let target = parts.headers["x-amz-target"].to_str().unwrap();
        let (service, operation) = target.split_once('.').unwrap();
        let number = self.arrive(operation);
        let url = if service == "TrentService" { &self.keys } else { &self.table };
        let sending = self.client.post(url).header("x-amz-target", target).body(body).send();
        let (answer, ()) = tokio::join!(sending, tokio::time::sleep(self.delay));
        let answer = answer.unwrap();
        let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
        let mut response = Response::new(asked_for(&answer.bytes().await.unwrap()).into());
        *response.status_mut() = status;
        response.headers_mut().insert("content-type", kind);
        self.seen().calls[number].answered = Some(Instant::now());
        Ok(response)
    }

    /// The number of the call that arrives.
    fn arrive(&self, operation: &str) -> usize {
        let mut seen = self.seen();
        seen.calls.push(Passed { operation: operation.to_owned(), arrived: Instant::now(), answered: None });
        seen.calls.len() - 1
    }
}

/// The answer without the capacity, which a hub does not ask for: the engine's proxy does.
fn asked_for(answer: &[u8]) -> String {
    let mut answer: Value = serde_json::from_slice(answer).unwrap();
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("ConsumedCapacity");
    }
    answer.to_string()
}
