//! One event in, one answer out, whatever happens inside.

use std::{convert::Infallible, io, panic::AssertUnwindSafe};

use domain::refusal::Refusal;
use futures::FutureExt;
use lambda_http::{Body, Response, service_fn};
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;

use crate::{
    Dialect, Reply, Request, RouteTable,
    asset::Codings,
    config::{hub_from_env, public_url_from_env},
    dispatch,
};

/// Answers one request in this dialect by `handle`, and logs a line of it. A refusal becomes its answer on the wire, or a page
/// where a browser opens the address as one. A
/// failure of the hub is logged once, here, with the gateway's request id; a panic becomes the same answer as any other
/// defect.
pub async fn answer<F>(
    dialect: Dialect,
    request: lambda_http::Request,
    handle: impl FnOnce(Request) -> F,
) -> Response<Body>
where
    F: Future<Output = Result<Reply, Refusal>>,
{
    let request = Request::new(dialect, request);
    let (id, asked, audit) = (request.request_id(), request.route().to_owned(), request.audit());
    let known = request.header("if-none-match").map(str::to_owned);
    let is_head = request.method() == "HEAD";
    let codings = Codings::accepted(request.header("accept-encoding"));
    // Browsers alone send it, and with what a tab shows alone: <https://www.w3.org/TR/fetch-metadata/#sec-fetch-mode-header>.
    let is_page = request.header("sec-fetch-mode") == Some("navigate");
    let outcome = AssertUnwindSafe(handle(request)).catch_unwind().await.unwrap_or(Err(Refusal::Internal));
    let (refusal, reply) = match outcome.and_then(Reply::written) {
        Ok(reply) => (None, reply),
        Err(refusal) => {
            if matches!(refusal, Refusal::Internal | Refusal::Unavailable) {
                tracing::error!(request_id = id, route = asked, ?refusal, "a request failed");
            }
            let refused = if is_page { Dialect::refused_page } else { Dialect::refused };
            let reply = refused(dialect, &refusal, &asked, &id);
            (Some(refusal), reply)
        }
    };
    audit.write(refusal.as_ref(), &reply);
    let mut response = reply.response(dialect, known.as_deref(), codings);
    if is_head {
        *response.body_mut() = Body::Empty;
    }
    response
}

/// The `main` of a function that answers these routes on Lambda: `edge::main!(charge_void::ROUTES);`.
#[macro_export]
macro_rules! main {
    ($routes:path) => {
        fn main() -> Result<(), $crate::Error> {
            $crate::run($routes)
        }
    };
}

/// Serves the routes of `table` on Lambda until the environment ends, on one thread.
///
/// # Errors
/// Where the environment does not describe a hub, or the runtime cannot be reached.
pub fn run(table: RouteTable) -> Result<(), lambda_http::Error> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        init_tracing();
        let public_url = table.needs_public_url.then(public_url_from_env).transpose()?;
        let hub = hub_from_env(public_url).await?;
        serve(|_| table.dialect, |request| dispatch(&table, &hub, request)).await
    })
}

/// Serves a function on Lambda until the environment ends; it answers each request in the dialect that `dialect` finds.
///
/// # Errors
/// Where the runtime cannot be reached.
pub async fn serve<F>(
    dialect: impl Fn(&lambda_http::Request) -> Dialect + Sync,
    handle: impl Fn(Request) -> F + Sync,
) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Result<Reply, Refusal>> + Send,
{
    let (dialect, handle) = (&dialect, &handle);
    lambda_http::run(service_fn(|request: lambda_http::Request| async move {
        Ok::<_, Infallible>(answer(dialect(&request), request, handle).await)
    }))
    .await
}

/// Logs as JSON lines on standard error, at the level of `RUST_LOG` (`info` without; of the embedded engine, errors:
/// it warns of every failed condition, and those are how the hub works). A panic logs its place and not
/// its message, which may hold what a caller sent.
pub fn init_tracing() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,dynoxide=error"));
    let subscriber = tracing_subscriber::fmt().json().with_writer(io::stderr).with_env_filter(filter);
    // A second hub in one process logs through the first one's subscriber.
    let _ = subscriber.try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a defect: the code panicked");
    }));
}

#[cfg(test)]
mod tests {
    use lambda_http::http::StatusCode;
    use serde::{Serialize, Serializer, ser::Error};

    use super::*;

    /// What no JSON can hold.
    struct Unwritable;

    impl Serialize for Unwritable {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("on purpose"))
        }
    }

    #[tokio::test]
    async fn every_defect_is_answered_alike_in_the_error_of_the_dialect() {
        let request = lambda_http::Request::default;
        let refused = answer(Dialect::Malga, request(), |_| async { Err(Refusal::Internal) }).await;
        let unwritten = answer(Dialect::Malga, request(), |_| async { Ok(Reply::created(&Unwritable)) }).await;
        let panicked = answer(Dialect::Malga, request(), |_| async { panic!("on purpose") }).await;
        let body = Body::Text(r#"{"error":{"type":"api_error","code":500,"message":"unexpected error"}}"#.to_owned());
        for answer in [refused, unwritten, panicked] {
            assert_eq!((answer.status(), answer.body()), (StatusCode::INTERNAL_SERVER_ERROR, &body));
            assert_eq!(
                answer.headers().get("content-type").map(AsRef::as_ref),
                Some(&b"application/json; charset=utf-8"[..])
            );
        }
    }

    #[tokio::test]
    async fn the_answer_to_a_head_has_no_body() {
        let request = |method| lambda_http::http::Request::builder().method(method).body(Body::Empty).unwrap();
        let answer = async |method| answer(Dialect::Malga, request(method), |_| async { Ok(Reply::ok(&1)) }).await;
        let (head, get) = (answer("HEAD").await, answer("GET").await);
        assert_eq!((head.status(), head.headers()), (get.status(), get.headers()));
        assert_eq!((head.body(), get.body()), (&Body::Empty, &Body::Text("1".to_owned())));
    }
}
