//! Serves this function on Lambda.

use edge::config::hub_from_env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::init_tracing();
    let hub = hub_from_env().await?;
    edge::serve(|request| provider_callback::handle(&hub, request)).await
}
