//! The server of a fake: it keeps what was asked, and loses or spoils what a test picks.

use std::{
    convert::Infallible,
    ops::RangeInclusive,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Frame},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

use super::Fake;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The HTTP method, in capitals.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The query's parameters, decoded.
    pub query: Vec<(String, String)>,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The client's certificate in DER, where the server demands one.
    pub certificate: Option<Vec<u8>>,
}

impl Asked {
    /// The value of the first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value of the query's first parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as a form's fields, decoded.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    /// The parts of the path between slashes.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// JSON with this status.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }

    /// No body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }
}

/// What happens to one request instead of its honest answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The connection closes before the provider has done anything.
    LoseRequest,
    /// The provider does it, and the connection closes.
    LoseAnswer,
    /// The provider does it, and half of its answer's body arrives.
    HalfAnswer,
    /// The provider does it, and answers this.
    Instead(Reply),
    /// The provider does nothing, and answers this.
    Refuse(Reply),
    /// The provider does nothing, and never answers.
    HoldBefore,
    /// The provider does it, and never answers.
    HoldAfter,
    /// The provider does it, and answers when the test calls [`Server::let_answer`].
    AnswerLate,
}

/// Which requests are treated, and how; the others are answered honestly.
type Rule = Arc<dyn Fn(&Asked) -> Option<Fault> + Send + Sync>;

/// A fake that listens on loopback.
#[derive(Clone)]
pub struct Server {
    url: String,
    fake: Arc<dyn Fake>,
    rule: Arc<Mutex<Option<Rule>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    arrived: watch::Sender<usize>,
    answering: watch::Sender<bool>,
}

impl Server {
    /// Opens `fake` on a port of its own.
    pub async fn open(fake: Arc<dyn Fake>) -> Self {
        Self::listen(fake, None).await
    }

    /// Opens `fake` with TLS: it serves only a client that `tls` accepts.
    pub async fn open_with_tls(fake: Arc<dyn Fake>, tls: rustls::ServerConfig) -> Self {
        Self::listen(fake, Some(TlsAcceptor::from(Arc::new(tls)))).await
    }

    async fn listen(fake: Arc<dyn Fake>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = Self {
            url: format!("{scheme}://{}", listener.local_addr().unwrap()),
            fake,
            rule: Arc::default(),
            asked: Arc::default(),
            arrived: watch::Sender::new(0),
            answering: watch::Sender::new(false),
        };
        let open = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, tls) = (open.clone(), tls.clone());
                tokio::spawn(async move { server.welcome(stream, tls).await });
            }
        });
        server
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on `rule` decides on every request. Where it says nothing, the fake answers honestly.
    pub fn treat(&self, rule: impl Fn(&Asked) -> Option<Fault> + Send + Sync + 'static) {
        *lock(&self.rule) = Some(Arc::new(rule));
    }

    /// Treats the next request of this method whose path ends so, and no other.
    pub fn treat_next(&self, method: &'static str, ends: &'static str, fault: Fault) {
        let once = Mutex::new(Some(fault));
        self.treat(move |asked| {
            let is_it = asked.method == method && asked.path.ends_with(ends);
            is_it.then(|| lock(&once).take()).flatten()
        });
    }

    /// Treats the requests with these numbers, counted from 1 from now on, and no other.
    pub fn treat_calls(&self, numbers: RangeInclusive<usize>, fault: Fault) {
        let seen = AtomicUsize::new(0);
        self.treat(move |_| {
            let number = seen.fetch_add(1, Ordering::Relaxed) + 1;
            numbers.contains(&number).then(|| fault.clone())
        });
    }

    /// Removes the rule.
    pub fn treat_all_alike(&self) {
        *lock(&self.rule) = None;
    }

    /// Sends the late answers now; later requests with a late answer are answered at once.
    pub fn let_answer(&self) {
        self.answering.send_replace(true);
    }

    /// Every request that has arrived, the oldest first. The bodies may hold card numbers: tests assert, and print none.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }

    /// How many requests of this method have arrived whose path ends so.
    #[must_use]
    pub fn count(&self, method: &str, ends: &str) -> usize {
        lock(&self.asked).iter().filter(|asked| asked.method == method && asked.path.ends_with(ends)).count()
    }

    /// Waits until so many requests have arrived.
    pub async fn has_seen(&self, requests: usize) {
        self.arrived.subscribe().wait_for(|seen| *seen >= requests).await.unwrap();
    }

    /// Serves one connection, with TLS where it is demanded.
    async fn welcome(&self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let Some(tls) = tls else { return self.serve(stream, None).await };
        let stream = match tls.accept(stream).into_fallible().await {
            Ok(stream) => stream,
            // A client without a certificate that is accepted. In TLS 1.3 it may have sent its request already: a
            // connection that closes before that is read is reset, and the reset can take the refusal back.
            Err((_, mut stream)) => return drop(stream.read_to_end(&mut Vec::new()).await),
        };
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).map(|first| first.to_vec());
        self.serve(stream, shown).await;
    }

    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send, certificate: Option<Vec<u8>>) {
        let service = service_fn(|request| self.respond(request, certificate.clone()));
        // The error is the connection that a fault breaks.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    /// Answers one request; an error closes the connection.
    async fn respond(
        &self,
        request: Request<hyper::body::Incoming>,
        certificate: Option<Vec<u8>>,
    ) -> Result<Response<Body>, String> {
        let asked = read(request, certificate).await;
        lock(&self.asked).push(asked.clone());
        let rule = lock(&self.rule).clone();
        let fault = rule.and_then(|rule| rule(&asked));
        let reply = match &fault {
            Some(Fault::LoseRequest | Fault::HoldBefore) => Reply::empty(200),
            Some(Fault::Refuse(reply)) => reply.clone(),
            Some(_) | None => self.fake.answer(&asked),
        };
        self.arrived.send_modify(|arrived| *arrived += 1);
        match fault {
            None | Some(Fault::Refuse(_)) => Ok(whole(reply)),
            Some(Fault::Instead(other)) => Ok(whole(other)),
            Some(Fault::HalfAnswer) => Ok(half(reply)),
            Some(Fault::LoseRequest | Fault::LoseAnswer) => Err("the connection is closed on purpose".to_owned()),
            Some(Fault::HoldBefore | Fault::HoldAfter) => std::future::pending().await,
            Some(Fault::AnswerLate) => {
                // The error is a server that is closed.
                let _ = self.answering.subscribe().wait_for(|answering| *answering).await;
                Ok(whole(reply))
            }
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

type Body = http_body_util::combinators::BoxBody<Bytes, Infallible>;

async fn read(request: Request<hyper::body::Incoming>, certificate: Option<Vec<u8>>) -> Asked {
    let (parts, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Asked {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: pairs(parts.uri.query().unwrap_or_default()),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.collect().await.unwrap_or_default().to_bytes().to_vec(),
        certificate,
    }
}

fn whole(reply: Reply) -> Response<Body> {
    let body = Full::new(Bytes::from(reply.body)).boxed();
    head(reply.status, &reply.headers).body(body).unwrap()
}

/// The answer with all of its length announced and half of its body sent.
fn half(reply: Reply) -> Response<Body> {
    let length = reply.body.len();
    let body = Half { unsent: Some(Bytes::from(reply.body).slice(..length / 2)), is_flushed: false };
    head(reply.status, &reply.headers).header("content-length", length).body(body.boxed()).unwrap()
}

fn head(status: u16, headers: &[(&'static str, String)]) -> hyper::http::response::Builder {
    let builder = Response::builder().status(status);
    headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, value))
}

/// A body that ends before its announced length. It does not know its length: hyper refuses one that differs from the
/// announced one.
struct Half {
    unsent: Option<Bytes>,
    is_flushed: bool,
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(unsent) = self.unsent.take() {
            return Poll::Ready(Some(Ok(Frame::data(unsent))));
        }
        // Hyper sends what it has while a body waits, and drops it when a body ends early.
        if !std::mem::replace(&mut self.is_flushed, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(None)
    }
}

/// The pairs of a query or a form, decoded.
fn pairs(text: &str) -> Vec<(String, String)> {
    let url = format!("http://fake/?{text}");
    let url: reqwest::Url = url.parse().unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
