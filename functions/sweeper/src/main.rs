//! Serves this function on Lambda.

use edge::config::hub_from_env;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    edge::init_tracing();
    let hub = &hub_from_env().await?;
    run(service_fn(|_: LambdaEvent<IgnoredAny>| async move {
        let swept = sweeper::sweep(hub).await;
        swept.map(|_| ()).map_err(|refusal| Error::from(format!("{refusal:?}")))
    }))
    .await
}
