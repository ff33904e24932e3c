//! Serves this function on Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::init_tracing();
    edge::serve(edge::Dialect::of, |request| async move { not_found::handle(&request) }).await
}
