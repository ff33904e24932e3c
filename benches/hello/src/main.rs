//! A function that does nothing: what it costs, every function costs.

use std::{convert::Infallible, io};

use lambda_http::{Body, Error, Request, Response, http::StatusCode, service_fn};
use serde_json::{Value, json};
use tokio::runtime::Builder;

fn main() -> Result<(), Error> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        tracing_subscriber::fmt().json().with_writer(io::stderr).init();
        lambda_http::run(service_fn(|request: Request| async move { Ok::<_, Infallible>(answer(&request)) })).await
    })
}

/// Reads the body, and logs one line.
fn answer(request: &Request) -> Response<Body> {
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let name = body.get("name").and_then(Value::as_str).unwrap_or("hello");
    tracing::info!(name, "answered");
    let mut answer = Response::new(json!({"name": name}).to_string().into());
    *answer.status_mut() = StatusCode::CREATED;
    answer
}
