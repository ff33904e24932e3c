//! The shoppers of a merchant, who call with nothing but the key of a session.

use reqwest::Method;
use serde_json::Value;

use crate::{Answer, Merchant, hub::PUBLIC_URL, session::Session};

/// Any shopper of one merchant.
#[derive(Clone, Debug)]
pub struct Shopper(Merchant);

impl Shopper {
    /// The shoppers of this merchant.
    pub(crate) fn of(merchant: &Merchant) -> Self {
        Self(merchant.with_key(""))
    }

    /// Asks to pay a session.
    pub async fn pays(&self, session: &Session, body: &Value) -> Answer {
        self.0.with_key(&session.key).post(&session.path("/charge"), body).await
    }

    /// Asks to pay a session at a hub that may die meanwhile; then there is no answer.
    pub async fn pays_mortal(&self, session: &Session, body: &Value) -> Option<Answer> {
        let body = body.to_string().into_bytes();
        let merchant = self.0.with_key(&session.key);
        merchant.send(Method::POST, &session.path("/charge"), Some(body), None).await.ok()
    }

    /// Opens an address of the hub in a browser, which has no key and sends these headers: the answer, and its file.
    pub async fn opens(&self, address: &str, headers: &[(&str, &str)]) -> (Answer, Vec<u8>) {
        let path = address.strip_prefix(PUBLIC_URL).unwrap_or_else(|| panic!("{address} is not the hub's"));
        self.0.file(Method::GET, path, headers, None).await.unwrap()
    }

    /// Asks to pay a session under this idempotency key.
    pub async fn pays_with_key(&self, session: &Session, body: &Value, key: &str) -> Answer {
        self.0.with_key(&session.key).post_with_key(&session.path("/charge"), body, key).await
    }
}
