//! Serves this function on Lambda.

use edge::config::{hub_from_env, public_url_from_env};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use webhook_deliver::{Batch, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::init_tracing();
    // The addresses of images in the events begin with it.
    let hub = &hub_from_env(Some(public_url_from_env()?)).await?;
    run(service_fn(|event: LambdaEvent<Batch>| async move { Ok::<_, Error>(handle(hub, event.payload).await) })).await
}
