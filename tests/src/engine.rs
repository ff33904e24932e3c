//! The database behind a socket that can fail: every call of the hub goes through it, is counted, and may meet with a
//! conflict, a throttle, a lost request, a lost answer, or the death of the hub.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use catraca::{
    engine::Engine,
    folder::Folder,
    template::{TEXT, Template},
};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, http::request::Parts, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Another transaction holds an item: nothing is written.
    Conflict,
    /// The table refuses to work for now: nothing is written.
    Throttle,
    /// The connection breaks before the call arrives.
    LoseRequest,
    /// The call is carried out, and its answer is lost.
    LoseAnswer,
    /// The call never arrives, and nothing comes back: the caller is about to die.
    DieBefore,
    /// The call is carried out, and nothing comes back: the caller is about to die.
    DieAfter,
}

/// One call that came through, with the capacity that it took.
#[derive(Clone, Debug)]
pub struct Call {
    /// `PutItem`, `TransactWriteItems` …
    pub operation: String,
    /// The request's body.
    pub body: Value,
    /// Capacity units that it took on the table itself; as the engine counts.
    pub table_units: f64,
    /// Capacity units that it took with all indexes.
    pub units: f64,
}

impl Call {
    /// Whether it changes anything.
    #[must_use]
    pub fn is_write(&self) -> bool {
        is_write(&self.operation)
    }
}

fn is_write(operation: &str) -> bool {
    matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems")
}

type Plan = Box<dyn FnMut(&str, &Value) -> Fault + Send>;

struct State {
    plan: Plan,
    calls: Vec<Call>,
}

/// An engine on a file, and the socket in front of it.
pub struct FaultyEngine {
    url: String,
    direct: String,
    state: Arc<Mutex<State>>,
    deaths: watch::Sender<usize>,
    _engine: Engine,
    _folder: Folder,
}

impl FaultyEngine {
    /// Opens an empty database behind a socket that does not fail yet.
    pub async fn open() -> Self {
        let folder = Folder::in_memory().unwrap();
        let engine = Engine::open(&folder.file("hub.db"), &Template::parse(TEXT).unwrap()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { plan: Box::new(|_, _| Fault::None), calls: Vec::new() }));
        let deaths = watch::Sender::new(0);
        let front = Front {
            engine: engine.url().to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            state: Arc::clone(&state),
            deaths: deaths.clone(),
        };
        tokio::spawn(front.listen(listener));
        Self { url, direct: engine.url().to_owned(), state, deaths, _engine: engine, _folder: folder }
    }

    /// The socket that may fail.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The engine's own socket, for looking at what was stored.
    #[must_use]
    pub fn direct_url(&self) -> &str {
        &self.direct
    }

    /// From now on `plan` decides, by operation and body, what happens to each call.
    pub fn fail(&self, plan: impl FnMut(&str, &Value) -> Fault + Send + 'static) {
        self.state().plan = Box::new(plan);
    }

    /// The write at `number`, counted from 1 from now on, meets with `fault`; no other call does.
    pub fn fail_write(&self, number: usize, fault: Fault) {
        let mut seen = 0;
        self.fail(move |operation, _| {
            seen += usize::from(is_write(operation));
            if is_write(operation) && seen == number { fault } else { Fault::None }
        });
    }

    /// No call fails any more.
    pub fn heal(&self) {
        self.fail(|_, _| Fault::None);
    }

    /// The calls that came through since the last time, and forgets them.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    /// Waits until a call met with a death.
    pub async fn has_killed(&self) {
        self.deaths.subscribe().wait_for(|count| *count > 0).await.unwrap();
        self.deaths.send_replace(0);
    }

    /// Whether a call has met with a death that nobody has waited for.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        *self.deaths.borrow() > 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
struct Front {
    engine: String,
    client: Client<HttpConnector, Full<Bytes>>,
    state: Arc<Mutex<State>>,
    deaths: watch::Sender<usize>,
}

impl Front {
    async fn listen(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let front = self.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| front.pass(request));
                // The error is the connection that a fault breaks.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    async fn pass(&self, request: Request<hyper::body::Incoming>) -> Result<Response<Full<Bytes>>, String> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap_or_default().to_bytes();
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let fault = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.plan)(&operation, &body)
        };
        match fault {
            Fault::LoseRequest => return Err("the connection is closed on purpose".to_owned()),
            Fault::Conflict => return Ok(conflict(&operation, &body)),
            Fault::Throttle => return Ok(error("ProvisionedThroughputExceededException", &json!({}))),
            Fault::DieBefore => return self.die().await,
            Fault::None | Fault::LoseAnswer | Fault::DieAfter => {}
        }
        if let Some(fields) = body.as_object_mut() {
            fields.insert("ReturnConsumedCapacity".to_owned(), json!("INDEXES"));
        }
        let answer = self.forward(&parts, &body).await;
        self.note(operation, body, &answer.1);
        match fault {
            Fault::LoseAnswer => Err("the connection is closed on purpose".to_owned()),
            Fault::DieAfter => self.die().await,
            _ => {
                let mut response = Response::new(Full::new(answer.1));
                *response.status_mut() = answer.0;
                response.headers_mut().insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
                Ok(response)
            }
        }
    }

    async fn die<T>(&self) -> T {
        self.deaths.send_modify(|count| *count += 1);
        std::future::pending().await
    }

    async fn forward(&self, parts: &Parts, body: &Value) -> (hyper::StatusCode, Bytes) {
        let mut request = Request::new(Full::new(Bytes::from(body.to_string())));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = self.engine.parse().unwrap();
        for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
            if let Some(value) = parts.headers.get(name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let answer =
            tokio::time::timeout(Duration::from_secs(10), self.client.request(request)).await.unwrap().unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status, body.collect().await.unwrap().to_bytes())
    }

    fn note(&self, operation: String, body: Value, answer: &Bytes) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let consumed = match answer.get("ConsumedCapacity") {
            Some(Value::Array(tables)) => tables.clone(),
            Some(table) => vec![table.clone()],
            None => Vec::new(),
        };
        let sum = |pointer: &str| consumed.iter().filter_map(|table| table.pointer(pointer)?.as_f64()).sum();
        let call = Call { operation, body, table_units: sum("/Table/CapacityUnits"), units: sum("/CapacityUnits") };
        self.state.lock().unwrap_or_else(PoisonError::into_inner).calls.push(call);
    }
}

fn conflict(operation: &str, body: &Value) -> Response<Full<Bytes>> {
    if operation != "TransactWriteItems" {
        return error("TransactionConflictException", &json!({}));
    }
    let count = body.get("TransactItems").and_then(Value::as_array).map_or(0, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); count.saturating_sub(1)];
    reasons.push(json!({"Code": "TransactionConflict"}));
    error("TransactionCanceledException", &json!({"CancellationReasons": reasons}))
}

fn error(name: &str, more: &Value) -> Response<Full<Bytes>> {
    let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": name});
    for (field, value) in more.as_object().into_iter().flatten() {
        body.as_object_mut().unwrap().insert(field.clone(), value.clone());
    }
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = hyper::StatusCode::BAD_REQUEST;
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
    response
}
