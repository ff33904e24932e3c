//! Serves this function on Lambda.

use edge::config::hub_from_env;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use webhook_deliver::{Batch, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::init_tracing();
    let hub = &hub_from_env(None).await?;
    run(service_fn(|event: LambdaEvent<Batch>| async move { Ok::<_, Error>(handle(hub, event.payload).await) })).await
}
