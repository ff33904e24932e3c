//! Receives provider notifications, and browsers that return from a provider's page.
//!
//! The token in the path names the account and proves that this hub made the address. The provider's
//! adapter verifies that the provider sent the call.

use domain::{alarm::Alarm, refusal::Refusal};
use edge::{Dialect, Reply, Request, Route, RouteTable};
use flows::{
    Hub,
    charge::{conclude, reconcile},
    provider::notification::{self, Called},
};

/// The routes of this function. Banks that speak the Pix standard append `/pix`.
pub const ROUTES: RouteTable = Dialect::Malga.routes(&[
    // A provider proves itself: this hub made the address, and the notification is signed.
    Route::get("/v1/callbacks/{provider}/{token}").open(|hub, request| Box::pin(returned(hub, request))),
    Route::post("/v1/callbacks/{provider}/{token}").open(|hub, request| Box::pin(notified(hub, request))),
    Route::post("/v1/callbacks/{provider}/{token}/pix").open(|hub, request| Box::pin(notified(hub, request))),
]);

/// Tries each update of a call: one that cannot be read, or cannot be applied now, delays no other. Each is applied
/// once, so the provider may send all of them again. One that cannot be read is accepted after its alarm: a provider
/// that sends one notification after another would send no other until then.
async fn notified(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let called = called(hub, request).await?;
    let mut has_failed = false;
    for update in notification::verify(hub, &called, &request.callback()?).await? {
        let Some(update) = update else {
            let (provider, account) = (called.account.kind, called.account.id);
            tracing::error!(alarm = %Alarm::UnreadableNotification, %provider, provider_account = %account, "a provider's notification cannot be read; nothing of it was done, and the provider does not send it again. Ask the provider what it reported");
            continue;
        };
        let reference = update.update.reference;
        if let Err(refusal) = conclude::update(hub, update).await {
            tracing::error!(?refusal, %reference, "a provider notification could not be applied");
            has_failed = true;
        }
    }
    if has_failed { Err(Refusal::Unavailable) } else { Ok(Reply::ok(&serde_json::json!({}))) }
}

async fn returned(hub: &Hub, request: &Request) -> Result<Reply, Refusal> {
    let called = called(hub, request).await?;
    let url = reconcile::returned(hub, &called, &request.callback()?).await?; // queries the provider
    Ok(Reply::see(url))
}

/// The provider account that the path names; its token proves that this hub made the address.
async fn called(hub: &Hub, request: &Request) -> Result<Called, Refusal> {
    notification::account(hub, request.parameter("provider")?, request.parameter("token")?).await
}
