//! One event in, one answer out, whatever happens inside.

use std::{convert::Infallible, io, panic::AssertUnwindSafe};

use domain::refusal::Refusal;
use futures::FutureExt;
use lambda_http::{Body, Response, service_fn};
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;

use crate::{Reply, Request, Route, config::hub_from_env, dispatch};

/// Answers one request by `handle`. A refusal becomes its answer on the wire. A failure of the hub is logged once,
/// here, with the gateway's request id; a panic becomes the same answer as any other defect.
pub async fn answer<F>(request: lambda_http::Request, handle: impl FnOnce(Request) -> F) -> Response<Body>
where
    F: Future<Output = Result<Reply, Refusal>>,
{
    let request = Request::from(request);
    let (id, asked) = (request.request_id(), request.route().to_owned());
    let outcome = AssertUnwindSafe(handle(request)).catch_unwind().await.unwrap_or(Err(Refusal::Internal));
    let reply = outcome.unwrap_or_else(|refusal| {
        if matches!(refusal, Refusal::Internal | Refusal::Unavailable) {
            tracing::error!(request = id, route = asked, ?refusal, "a request failed");
        }
        Reply::refused(&refusal)
    });
    reply.into()
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

/// Serves `routes` on Lambda until the environment ends, on one thread.
///
/// # Errors
/// Where the environment does not describe a hub, or the runtime cannot be reached.
pub fn run(routes: &[Route]) -> Result<(), lambda_http::Error> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        init_tracing();
        let hub = hub_from_env().await?;
        serve(|request| dispatch(routes, &hub, request)).await
    })
}

/// Serves a function on Lambda until the environment ends.
///
/// # Errors
/// Where the runtime cannot be reached.
pub async fn serve<F>(handle: impl Fn(Request) -> F + Sync) -> Result<(), lambda_http::Error>
where
    F: Future<Output = Result<Reply, Refusal>> + Send,
{
    let handle = &handle;
    lambda_http::run(service_fn(|request: lambda_http::Request| async move {
        Ok::<_, Infallible>(answer(request, handle).await)
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
