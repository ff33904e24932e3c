//! A session that waits to be paid, with its shopper and its merchant.

use domain::time::Timestamp;
use serde_json::Value;

use crate::{Answer, Client, TestHub, samples::open_session};

/// A session, and a caller that has only the session key.
#[derive(Clone, Debug)]
pub struct Order {
    /// The session's id.
    pub id: String,
    /// The session key.
    pub key: String,
    /// The caller with the session key.
    pub shopper: Client,
    merchant: Client,
}

impl Order {
    /// The session that `merchant` makes of `body`.
    pub async fn create(merchant: &Client, body: &Value) -> Self {
        let made = merchant.post("/v1/sessions", body).await.expect(201);
        let key = made.text("/publicKey");
        Self {
            id: made.text("/id").to_owned(),
            key: key.to_owned(),
            shopper: merchant.with_key(key),
            merchant: merchant.clone(),
        }
    }

    /// A session of 100 minor units that `merchant` makes, which accepts every payment method.
    pub async fn open(merchant: &Client) -> Self {
        Self::create(merchant, &open_session(&merchant.merchant_id)).await
    }

    /// A session that the payment in `body` has locked, and the id of its charge.
    pub async fn held(merchant: &Client, body: &Value) -> (Self, String) {
        let order = Self::open(merchant).await;
        let charge = order.pay(body).await.expect(201).text("/chargeId").to_owned();
        (order, charge)
    }

    /// The same session at the hub that `merchant` calls.
    #[must_use]
    pub fn at(&self, merchant: &Client) -> Self {
        Self { shopper: merchant.with_key(&self.key), merchant: merchant.clone(), ..self.clone() }
    }

    /// `/v1/sessions/{id}` and `more`.
    #[must_use]
    pub fn path(&self, more: &str) -> String {
        format!("/v1/sessions/{}{more}", self.id)
    }

    /// Asks to pay it.
    pub async fn pay(&self, body: &Value) -> Answer {
        self.shopper.post(&self.path("/charge"), body).await
    }

    /// Asks to cancel it.
    pub async fn cancel(&self) -> Answer {
        self.merchant.post(&self.path("/cancel"), &Value::Null).await
    }

    /// Asks to enable or disable it.
    pub async fn activate(&self, active: bool) -> Answer {
        self.merchant.patch(&self.path(""), &serde_json::json!({"isActive": active})).await
    }

    /// The session as its merchant reads it.
    pub async fn read(&self) -> Answer {
        self.merchant.get(&self.path("")).await.expect(200)
    }

    /// The charge with this id, as its merchant reads it.
    pub async fn charge(&self, id: &str) -> Answer {
        self.merchant.get(&format!("/v1/charges/{id}")).await.expect(200)
    }

    /// The statuses of this charge and of the session: `canceled, paid`.
    pub async fn statuses(&self, charge: &str) -> String {
        format!("{}, {}", self.charge(charge).await.text("/status"), self.status().await)
    }

    /// The session's status as its merchant reads it.
    pub async fn status(&self) -> String {
        self.read().await.text("/status").to_owned()
    }
}

/// The hub's time, so many milliseconds from now.
#[must_use]
pub fn in_millis(hub: &TestHub, millis: u64) -> Timestamp {
    hub.clock().now().plus(std::time::Duration::from_millis(millis))
}
