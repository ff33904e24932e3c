//! Receives provider notifications, and browsers that return from a provider's page.
//!
//! The token in the path names the account and proves that this hub made the address. The provider's
//! adapter verifies that the provider sent the call.

use domain::{
    alarm::Alarm,
    money::{Amount, Currency},
    refusal::Refusal,
};
use edge::{Dialect, Reply, Request, Route, RouteTable};
use flows::{
    Hub,
    charge::{conclude, reconcile},
    provider::notification::{self, Called, MoneyMoved, NoUpdate},
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
        match update {
            Ok(record) => {
                let reference = record.update.reference;
                if let Err(refusal) = conclude::update(hub, record).await {
                    tracing::error!(?refusal, %reference, "a provider notification could not be applied");
                    has_failed = true;
                }
            }
            Err(NoUpdate::UnknownPayment(moved)) => report(&called, &moved),
            Err(NoUpdate::Unreadable) => {
                let (provider, account) = (called.account.kind, called.account.id);
                tracing::error!(alarm = %Alarm::UnreadableNotification, %provider, provider_account = %account, "a provider's notification cannot be read; nothing of it was done, and the provider does not send it again. Ask the provider what it reported");
            }
        }
    }
    if has_failed { Err(Refusal::Unavailable) } else { Ok(Reply::ok(&serde_json::json!({}))) }
}

/// Reports money that moved of a payment that the hub cannot find. The provider is answered as for any other: to send it
/// again changes nothing.
fn report(called: &Called, moved: &MoneyMoved) {
    let Called { client, account } = called;
    let (provider, provider_account) = (account.kind, account.id);
    let MoneyMoved { event, id, payment, amount, currency } = moved;
    let (amount, currency) = (amount.map(Amount::minor), currency.map(Currency::code));
    tracing::error!(alarm = %Alarm::UnknownPayment, %client, %provider, %provider_account, event, id, payment, amount, currency, "money moved at a provider under a reference that is not the hub's; nothing was changed. Look the payment up at the provider by its id; where the hub made it, record a refund with `catraca charge settle`");
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
