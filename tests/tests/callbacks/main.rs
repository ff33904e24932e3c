//! Provider notifications: each has its defined answer, whatever is wrong with it. No valid update is lost, and none is
//! applied twice.

mod early_and_late;
mod faults;
mod invalid;
mod mutual_tls;
mod repeated;
mod senders;

use serde_json::{Value, json};
use tests::{
    TestHub,
    bank::{ProviderUpdate, reference},
    samples::pix_charge,
};

/// The id of an unpaid Pix of 150 minor units.
async fn pix(hub: &TestHub) -> String {
    hub.merchant.charges(&pix_charge(&hub.merchant.id)).await
}

/// The notification that the shopper has paid the whole Pix.
fn pay(hub: &TestHub, id: &str) -> ProviderUpdate {
    hub.bank.pay(&reference(id, 1), 150)
}

/// A notification that was sent, which tests change to make others for this account's Pix provider.
async fn sent_update(hub: &TestHub) -> ProviderUpdate {
    let update = pay(hub, &pix(hub).await);
    hub.provider.notifies(&update).await;
    update
}

/// The same provider's signed notification with another body.
fn rewritten(hub: &TestHub, update: &ProviderUpdate, body: &str) -> ProviderUpdate {
    let mut rewritten = update.clone();
    body.clone_into(&mut rewritten.body);
    rewritten.signed_at(hub.clock().now())
}

fn update_of(update: &ProviderUpdate) -> Value {
    serde_json::from_str::<Value>(&update.body).unwrap()["notices"][0].clone()
}

fn call_of(updates: &[Value]) -> String {
    json!({"notices": updates}).to_string()
}

/// The same provider's signed notification with these updates instead.
fn with_updates(hub: &TestHub, update: &ProviderUpdate, updates: &[Value]) -> ProviderUpdate {
    rewritten(hub, update, &call_of(updates))
}

/// How many of the stored updates have this status.
async fn updates(hub: &TestHub, status: &str) -> usize {
    let is = |item: &String| item.contains("S(\"CALLBACK\")") && item.contains(&format!("S(\"{status}\")"));
    hub.everything_stored().await.iter().filter(|item| is(item)).count()
}
