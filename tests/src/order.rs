//! An order that waits to be paid, seen from the buyer's side.

use domain::time::Timestamp;
use serde_json::Value;

use crate::{Answer, Client, TestHub, samples::open_session};

/// A session, and the caller that holds its key and nothing else.
#[derive(Clone, Debug)]
pub struct Order {
    /// The session's id.
    pub id: String,
    /// Its own key.
    pub key: String,
    /// Who pays it.
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

    /// A session of 100 minor units that `merchant` makes, which accepts every way to pay.
    pub async fn open(merchant: &Client) -> Self {
        Self::create(merchant, &open_session(&merchant.merchant_id)).await
    }

    /// One that is held by the payment that `body` asks for, and that charge's id.
    pub async fn held(merchant: &Client, body: &Value) -> (Self, String) {
        let order = Self::open(merchant).await;
        let charge = order.pay(body).await.expect(201).text("/chargeId").to_owned();
        (order, charge)
    }

    /// The same session at the hub where `merchant` calls now.
    #[must_use]
    pub fn at(&self, merchant: &Client) -> Self {
        Self { shopper: merchant.with_key(&self.key), merchant: merchant.clone(), ..self.clone() }
    }

    /// `/v1/sessions/{id}` and `more`.
    #[must_use]
    pub fn path(&self, more: &str) -> String {
        format!("/v1/sessions/{}{more}", self.id)
    }

    /// Pays it, or tries to.
    pub async fn pay(&self, body: &Value) -> Answer {
        self.shopper.post(&self.path("/charge"), body).await
    }

    /// Gives it up, or tries to.
    pub async fn cancel(&self) -> Answer {
        self.merchant.post(&self.path("/cancel"), &Value::Null).await
    }

    /// Switches it on or off, or tries to.
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

    /// Where this charge and the session stand: `canceled, paid`.
    pub async fn stand(&self, charge: &str) -> String {
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
