//! Webhook endpoints: their registration, change and removal, the keys that sign their events, and their deliveries as
//! the account reads them.

mod deliveries;
mod keys;
mod refused;
mod registered;

use domain::{ids::ClientId, webhook::Webhook};
use flows::webhook::endpoint;
use seal::signing::SigningKey;
use serde_json::{Value, json};
use tests::{Answer, Merchant, TestHub};

const PATH: &str = "/v1/webhooks";
const ENDPOINT: &str = "https://shop.example/payments?of=1";
const UNKNOWN_ID: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
/// The writes of a registration and of a rotation.
const REGISTRATION: &str = "TransactWriteItems CLIENT CLIENT CLIENT";
const ROTATION: &str = "TransactWriteItems CLIENT CLIENT";

fn registration(event: &str, endpoint: &str) -> Value {
    json!({"event": event, "endpoint": endpoint})
}

async fn register(merchant: &Merchant, event: &str, endpoint: &str) -> Answer {
    merchant.post(PATH, &registration(event, endpoint)).await.expect(201)
}

fn path(webhook: &Answer) -> String {
    format!("{PATH}/{}", webhook.text("/id"))
}

async fn rotate(merchant: &Merchant, webhook: &Answer, key: &str) -> Answer {
    merchant.post_with_key(&format!("{}/rotate", path(webhook)), &json!({}), key).await
}

fn client_id(merchant: &Merchant) -> ClientId {
    merchant.client_id.parse().unwrap()
}

/// The webhook as it is stored.
async fn stored(hub: &TestHub, webhook: &Answer) -> Webhook {
    endpoint::find(hub.flows(), client_id(&hub.merchant), webhook.text("/id").parse().unwrap()).await.unwrap()
}

async fn count(merchant: &Merchant) -> usize {
    usize::try_from(merchant.get(PATH).await.expect(200).body["meta"]["totalItems"].as_u64().unwrap()).unwrap()
}

#[track_caller]
fn assert_duplicate(answer: &Answer) {
    let message = json!("this account already has a webhook for this event at this endpoint; nothing was changed");
    assert_eq!((answer.status, &answer.body), (409, &json!({"statusCode": 409, "message": message})));
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, kind: &str, message: &str) {
    assert_eq!((answer.status, answer.text("/error/type")), (status, kind), "{}", answer.body);
    assert!(answer.text("/error/message").contains(message), "{}", answer.body);
}

/// The signers as PEM texts: the new one, and the former one while it signs.
async fn signers(hub: &TestHub, webhook: &Answer) -> (String, Option<String>) {
    let (key, former) = endpoint::signing_key(hub.flows(), &stored(hub, webhook).await).await.unwrap();
    (key.public_key(), former.as_ref().map(SigningKey::public_key))
}
