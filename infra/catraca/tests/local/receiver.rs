//! An endpoint of a merchant, in this process.

use std::sync::{Arc, Mutex};

use catraca::loopback::Loopback;
use hyper::{Response, StatusCode, body::Bytes, http::request::Parts};
use serde_json::Value;

/// One call of the endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn event(&self) -> String {
        self.json()["event"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.parts.headers.get(name).unwrap().to_str().unwrap()
    }
}

/// A webhook endpoint that keeps every call.
pub(crate) struct Receiver {
    calls: Arc<Mutex<Vec<Call>>>,
    server: Loopback,
}

impl Receiver {
    /// An endpoint that answers its first calls with `statuses`, in order, and every later call with 200.
    pub(crate) async fn open(statuses: &'static [u16]) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&calls);
        let answer = move |parts, body| {
            let mut calls = kept.lock().unwrap();
            let status = statuses.get(calls.len()).copied().unwrap_or(200);
            calls.push(Call { parts, body });
            let mut answer = Response::new("noted".into());
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            std::future::ready(answer)
        };
        Self { calls, server: Loopback::open(answer).await.unwrap() }
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.calls().iter().map(Call::event).collect()
    }
}
