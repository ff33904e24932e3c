//! The gateway of one machine: it serves HTTP/1.1 and calls the functions with API Gateway's events.
//!
//! A request becomes the event that API Gateway would send. The decoder, adapter and encoder are those that the
//! functions use on Lambda. As on Lambda, a function that has started runs to its end or its time limit, even if the
//! caller disconnects.

use std::{convert::Infallible, future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Body as HttpBody, Bytes},
    header::{CONTENT_TYPE, HeaderValue},
    http::request::Parts,
    server::conn::http1,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use lambda_http::{Adapter, Body, Context, LambdaEvent, Service, request::LambdaRequest};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
};

use super::{
    event::{Arrival, answer, event},
    routes::Routes,
};
use crate::{beside, fresh_id, template::Cors};

/// The largest body that an HTTP API takes, in bytes.
const MOST_BODY: usize = 10 * 1024 * 1024;
/// How long a body may take to arrive: as long as the headers may.
const BODY_LIMIT: Duration = Duration::from_secs(30);
/// The longest request line and headers that an HTTP API takes, in bytes.
const MOST_HEADERS: usize = 10 * 1024;

/// A function's answer.
pub type Answering = Pin<Box<dyn Future<Output = lambda_http::Response<Body>> + Send>>;
/// Calls the function of that name.
pub type Dispatch = dyn Fn(&str, lambda_http::Request) -> Answering + Send + Sync;

/// The gateway of one machine.
pub struct Host {
    routes: Routes,
    cors: Cors,
    dispatch: Box<Dispatch>,
    body_limit: Duration,
}

/// A gateway that listens.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    idle: mpsc::Receiver<Infallible>,
}

impl Host {
    /// A gateway with these routes and this CORS policy, which has `dispatch` call the functions.
    #[must_use]
    pub fn new(routes: Routes, cors: Cors, dispatch: Box<Dispatch>) -> Self {
        Self { routes, cors, dispatch, body_limit: BODY_LIMIT }
    }

    /// Answers everything that arrives at `listener` until [`Serving::stop`].
    ///
    /// # Errors
    /// When the listener's own address cannot be read.
    pub fn serve(self, listener: TcpListener) -> std::io::Result<Serving> {
        let address = listener.local_addr()?;
        let (stop, stopping) = watch::channel(false);
        // Each request under way keeps a sender. When the last is dropped, no request is under way.
        let (busy, idle) = mpsc::channel(1);
        beside(accept(Arc::new(self), listener, stopping, busy));
        Ok(Serving { address, stop, idle })
    }

    /// The answer to one request. The gateway's own answers are JSON.
    async fn answer<B>(self: Arc<Self>, request: Request<B>, arrival: Arrival, busy: Busy) -> Response<Full<Bytes>>
    where
        B: HttpBody + Send,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let mut answer = if Cors::is_preflight(&parts.method, &parts.headers) {
            let mut answer = Response::new(Full::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            *answer.headers_mut() = self.cors.preflight(&parts.headers);
            answer
        } else {
            let mut answer = match tokio::time::timeout(self.body_limit, Limited::new(body, MOST_BODY).collect()).await
            {
                Ok(Ok(body)) => self.call(&parts, &body.to_bytes(), &arrival, busy).await.unwrap_or_else(own),
                Ok(Err(error)) if error.is::<LengthLimitError>() => own(StatusCode::PAYLOAD_TOO_LARGE),
                Ok(Err(_)) => own(StatusCode::BAD_REQUEST),
                // Without the rest of the body the connection can take no other request, so it ends.
                Err(_) => own(StatusCode::REQUEST_TIMEOUT),
            };
            self.cors.apply(&parts.headers, answer.headers_mut());
            answer
        };
        if let Ok(id) = HeaderValue::try_from(arrival.id) {
            answer.headers_mut().insert("apigw-requestid", id);
        }
        answer
    }

    /// The function's answer, or the status of the gateway's own answer.
    async fn call(
        self: &Arc<Self>,
        parts: &Parts,
        body: &Bytes,
        arrival: &Arrival,
        busy: Busy,
    ) -> Result<Response<Full<Bytes>>, StatusCode> {
        let route = self.routes.find(parts.method.as_str(), parts.uri.path()).ok_or(StatusCode::BAD_REQUEST)?;
        let event = event(parts, body, &route, arrival).ok_or(StatusCode::BAD_REQUEST)?;
        let (name, limit) = (route.function.name.clone(), route.function.limit);
        let (host, id) = (Arc::clone(self), arrival.id.clone());
        // A task of its own outlives the caller's connection, and its panic does not end the hub.
        let task = beside(async move {
            let returned = tokio::time::timeout(limit, host.invoke(&name, &event, id)).await;
            drop(busy);
            returned.ok().flatten()
        });
        task.await.ok().flatten().and_then(|returned| answer(&returned)).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The function's event path: decoded, handled and encoded as on Lambda.
    async fn invoke(&self, name: &str, event: &serde_json::Value, id: String) -> Option<Vec<u8>> {
        let payload: LambdaRequest = serde_json::from_str(&event.to_string()).ok()?;
        let mut context = Context::default();
        context.request_id = id;
        let function = lambda_http::service_fn(|request| {
            let answering = (self.dispatch)(name, request);
            async { Ok::<_, Infallible>(answering.await) }
        });
        let Ok(returned) = Adapter::from(function).call(LambdaEvent { payload, context }).await;
        serde_json::to_vec(&returned).ok()
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("routes", &self.routes).field("cors", &self.cors).finish_non_exhaustive()
    }
}

impl Serving {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nothing more and waits until all that is under way has ended, at most for `patience`.
    pub async fn stop(mut self, patience: Duration) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(patience, self.idle.recv()).await;
    }
}

type Busy = mpsc::Sender<Infallible>;

async fn accept(host: Arc<Host>, listener: TcpListener, mut stopping: watch::Receiver<bool>, busy: Busy) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|&stop| stop) => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                beside(connection(Arc::clone(&host), stream, peer, stopping.clone(), busy.clone()));
            }
            // Most likely out of file descriptors: a later attempt may succeed.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(
    host: Arc<Host>,
    stream: TcpStream,
    peer: SocketAddr,
    mut stopping: watch::Receiver<bool>,
    busy: Busy,
) {
    let Ok(local) = stream.local_addr() else { return };
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(|request| {
        let arrival = Arrival { id: fresh_id(), peer, local };
        let answering = Arc::clone(&host).answer(request, arrival, busy.clone());
        async { Ok::<_, Infallible>(answering.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopping.wait_for(|&stop| stop) => connection.as_mut().graceful_shutdown(),
    }
    // The connection ends after the answer, or when the caller disconnects.
    let _ = connection.await;
}

/// An answer of the gateway itself, with API Gateway's message.
fn own(status: StatusCode) -> Response<Full<Bytes>> {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        other => other.canonical_reason().unwrap_or_default(),
    };
    let mut answer = Response::new(Full::new(serde_json::json!({"message": message}).to_string().into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::Notify,
    };

    use super::*;
    use crate::template::{Function, Route, TEXT, Template};

    /// A gateway with the template's CORS policy and one route per kind of function.
    fn host(dispatch: impl Fn(&str, lambda_http::Request) -> Answering + Send + Sync + 'static) -> Arc<Host> {
        let function = |name: &str| Function { name: name.to_owned(), limit: Duration::from_secs(20) };
        let route =
            |function: Function| Route { method: "POST".to_owned(), path: format!("/{}", function.name), function };
        let late = Function { limit: Duration::ZERO, ..function("late") };
        let routes = vec![route(function("echo")), route(function("panics")), route(late)];
        let routes = Routes::new(routes, function("not-found")).unwrap();
        Arc::new(Host::new(routes, Template::parse(TEXT).unwrap().cors, Box::new(dispatch)))
    }

    fn functions(name: &str, request: lambda_http::Request) -> Answering {
        let name = name.to_owned();
        Box::pin(async move {
            let builder = Response::builder().header("content-type", "application/json");
            match name.as_str() {
                "echo" => builder.status(201).body(request.into_body()).unwrap(),
                "late" => std::future::pending().await,
                "panics" => panic!("on purpose"),
                _ => builder.status(404).body(Body::from("{}")).unwrap(),
            }
        })
    }

    fn arrival() -> Arrival {
        Arrival { id: "arrival-1".to_owned(), peer: ([127, 0, 0, 1], 9).into(), local: ([127, 0, 0, 1], 80).into() }
    }

    fn from_page(method: &str, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("origin", "https://shop.example")
            .body(Full::new(body.into()))
            .unwrap()
    }

    async fn ask(request: Request<Full<Bytes>>) -> (u16, hyper::HeaderMap, Value) {
        let answer = host(functions).answer(request, arrival(), mpsc::channel(1).0).await;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), parts.headers, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_function_answers_through_its_event_path() {
        let (status, headers, body) = ask(from_page("POST", "/echo", r#"{"amount":100}"#)).await;
        assert_eq!((status, body), (201, json!({"amount": 100})));
        assert_eq!(headers["apigw-requestid"], "arrival-1");
    }

    #[tokio::test]
    async fn a_preflight_is_answered_without_a_function() {
        let mut request = from_page("OPTIONS", "/panics", "");
        request.headers_mut().insert("access-control-request-method", HeaderValue::from_static("POST"));
        let (status, headers, _) = ask(request).await;
        assert_eq!(status, 204);
        assert_eq!(
            headers["access-control-allow-headers"],
            "content-type,x-client-id,x-api-key,x-merchant-id,x-idempotency-key,idempotency-key"
        );
    }

    #[tokio::test]
    async fn errors_are_json_that_a_browser_may_read() {
        let long = vec![b' '; MOST_BODY + 1];
        for (request, expected, message) in [
            (from_page("GET", "/nowhere", ""), 404, json!({})),
            (from_page("POST", "/echo?a=%", ""), 400, json!({"message": "Bad Request"})),
            (from_page("POST", "/%ff", ""), 400, json!({"message": "Bad Request"})),
            (from_page("POST", "/echo", long), 413, json!({"message": "Request Entity Too Large"})),
            (from_page("POST", "/late", ""), 500, json!({"message": "Internal Server Error"})),
            (from_page("POST", "/panics", ""), 500, json!({"message": "Internal Server Error"})),
        ] {
            let (status, headers, body) = ask(request).await;
            assert_eq!((status, body), (expected, message));
            assert_eq!(headers["content-type"], "application/json", "{status}");
            assert_eq!(headers["access-control-allow-origin"], "*", "{status}");
        }
    }

    /// A gateway on a port of its own, whose function notifies `begun` and then waits for `may_end`.
    async fn slow() -> (Serving, Arc<Notify>, Arc<Notify>) {
        let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (started, waited) = (Arc::clone(&begun), Arc::clone(&may_end));
        let host = host(move |_, request| {
            let (started, waited) = (Arc::clone(&started), Arc::clone(&waited));
            Box::pin(async move {
                started.notify_one();
                waited.notified().await;
                Response::new(request.into_body())
            })
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serving = Arc::into_inner(host).unwrap().serve(listener).unwrap();
        (serving, begun, may_end)
    }

    async fn send(serving: &Serving) -> TcpStream {
        let mut stream = TcpStream::connect(serving.address()).await.unwrap();
        stream.write_all(b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        stream
    }

    #[tokio::test]
    async fn half_a_body_loses_its_connection_after_the_limit() {
        let gateway = Host { body_limit: Duration::ZERO, ..Arc::into_inner(host(functions)).unwrap() };
        let serving = gateway.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        let mut stream = TcpStream::connect(serving.address()).await.unwrap();
        let half = "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{\"a\"";
        stream.write_all(half.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_before_the_gateway_stops() {
        let (serving, begun, may_end) = slow().await;
        let (address, mut stream) = (serving.address(), send(&serving).await);
        begun.notified().await;
        let stop = beside(serving.stop(Duration::from_secs(20)));
        // No new connection is accepted while the request is under way.
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!stop.is_finished());
        may_end.notify_one();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("{}"), "{answer}");
        stop.await.unwrap();
    }

    #[tokio::test]
    async fn a_function_runs_to_its_end_although_its_caller_has_disconnected() {
        let (serving, begun, may_end) = slow().await;
        let mut stream = send(&serving).await;
        begun.notified().await;
        stream.shutdown().await.unwrap();
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0, "the connection has ended");
        let stop = beside(serving.stop(Duration::from_secs(20)));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!stop.is_finished(), "the stop does not wait for the function");
        may_end.notify_one();
        stop.await.unwrap();
        // The function used the permission to end, so it was still running.
        assert!(tokio::time::timeout(Duration::ZERO, may_end.notified()).await.is_err());
    }
}
