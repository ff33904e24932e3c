//! Lambda's Runtime API: it hands events to one process, one after the other, and takes the answers.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

/// When the process must have answered, far away: it may be slowed down by what counts its instructions.
const DEADLINE: &str = "32503680000000";

/// What the process has done.
#[derive(Debug)]
pub enum Step {
    /// It asks for the next event.
    Asks,
    /// It has answered an event.
    Answers(Value),
    /// It has failed, and says why.
    Fails(String),
}

/// The Runtime API for one process.
pub struct Lambda {
    address: String,
    events: mpsc::UnboundedSender<Value>,
    steps: mpsc::UnboundedReceiver<Step>,
}

#[derive(Clone)]
struct Inside {
    events: Arc<Mutex<mpsc::UnboundedReceiver<Value>>>,
    steps: mpsc::UnboundedSender<Step>,
    count: Arc<AtomicUsize>,
}

impl Lambda {
    /// Listens on loopback.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let ((events, waiting), (steps, taken)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let inside = Inside { events: Arc::new(Mutex::new(waiting)), steps, count: Arc::default() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inside = inside.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| inside.answer(request));
                    // The error is the process that has ended.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, events, steps: taken }
    }

    /// Its address, as the variable `AWS_LAMBDA_RUNTIME_API` has it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits until the process asks for an event.
    pub async fn is_asked(&mut self) {
        match self.steps.recv().await.unwrap() {
            Step::Asks => {}
            other => panic!("the process was to ask for an event: {other:?}"),
        }
    }

    /// Hands over an event, and waits for its answer.
    pub async fn hand(&mut self, event: Value) -> Value {
        self.events.send(event).unwrap();
        match self.steps.recv().await.unwrap() {
            Step::Answers(answer) => answer,
            other => panic!("the process was to answer: {other:?}"),
        }
    }
}

impl Inside {
    async fn answer(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let (path, mut answer) = (parts.uri.path(), Response::new(Full::default()));
        if path.ends_with("/invocation/next") {
            let _ = self.steps.send(Step::Asks);
            let Some(event) = self.events.lock().await.recv().await else { std::future::pending().await };
            let headers = answer.headers_mut();
            let id = format!("00000000-0000-4000-8000-{:012}", self.count.fetch_add(1, Ordering::Relaxed));
            for (name, value) in [
                ("lambda-runtime-aws-request-id", id.as_str()),
                ("lambda-runtime-deadline-ms", DEADLINE),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench"),
                (
                    "lambda-runtime-trace-id",
                    "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
                ),
                ("content-type", "application/json"),
            ] {
                headers.insert(name, value.parse().unwrap());
            }
            *answer.body_mut() = event.to_string().into();
            return Ok(answer);
        }
        let step = match serde_json::from_slice(&body) {
            Ok(answer) if path.ends_with("/response") => Step::Answers(answer),
            _ => Step::Fails(format!("{path}: {}", String::from_utf8_lossy(&body))),
        };
        let _ = self.steps.send(step);
        *answer.status_mut() = StatusCode::ACCEPTED;
        Ok(answer)
    }
}

/// A request as API Gateway hands it to a function: the payload of an HTTP API, format 2.0.
#[must_use]
pub fn event(route: &str, id: Option<&str>, keys: &[(&str, &str)], body: &Value) -> Value {
    let (method, path) = route.split_once(' ').unwrap();
    let raw_path = path.replace("{id}", id.unwrap_or_default());
    let body = body.to_string();
    let mut headers = json!({
        "accept": "*/*", "accept-encoding": "gzip, deflate", "content-type": "application/json",
        "content-length": body.len().to_string(), "host": "pay.example", "user-agent": "bench/1.0",
        "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700", "x-forwarded-for": "203.0.113.7",
        "x-forwarded-port": "443", "x-forwarded-proto": "https",
    });
    for (name, value) in keys {
        headers[name] = (*value).into();
    }
    let mut event = json!({
        "version": "2.0", "routeKey": route, "rawPath": raw_path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "000000000000", "apiId": "bench", "domainName": "pay.example", "domainPrefix": "pay",
            "http": {
                "method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7",
                "userAgent": "bench/1.0",
            },
            "requestId": "JKJaXmPLvHcESHA=", "routeKey": route, "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_u64,
        },
        "body": body, "isBase64Encoded": false,
    });
    if let Some(id) = id {
        event["pathParameters"] = json!({"id": id});
    }
    event
}
