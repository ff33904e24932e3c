//! Notifications that the bank sends to the hub.

use domain::time::Timestamp;
use providers::sandbox::sign;
use serde_json::{Value, json};

use super::books::Address;

/// One notification of the bank, signed and not sent. A test may send it twice, late, after others, or altered:
/// [`Provider::sends`](crate::provider::Provider::sends) sends it as it is.
#[derive(Clone, Debug)]
pub struct ProviderUpdate {
    /// Where it goes.
    pub url: String,
    /// Its timestamp and its signature.
    pub headers: Vec<(String, String)>,
    /// The body, which was signed.
    pub body: String,
    key: String,
}

impl ProviderUpdate {
    /// The notification with this one update, signed at `now`.
    pub(super) fn new(address: Address, update: &Value, now: Timestamp) -> Self {
        let body = json!({"notices": [update]}).to_string();
        Self { url: address.url, headers: Vec::new(), body, key: address.key }.signed_at(now)
    }

    /// The same notification signed at `now`: a repeated one, or one whose body the bank itself has altered.
    #[must_use]
    pub fn signed_at(self, now: Timestamp) -> Self {
        let headers = vec![
            ("x-sandbox-timestamp".to_owned(), now.as_millis().to_string()),
            ("x-sandbox-signature".to_owned(), sign(&self.key, now, self.body.as_bytes())),
        ];
        Self { headers, ..self }
    }

    /// One notification with the updates of all of these, in their order; all are of one account.
    #[must_use]
    pub fn of_all(updates: &[Self], now: Timestamp) -> Self {
        let read = |update: &Self| serde_json::from_str::<Value>(&update.body).unwrap()["notices"][0].clone();
        let body = json!({"notices": updates.iter().map(read).collect::<Vec<_>>()}).to_string();
        Self { body, ..updates[0].clone() }.signed_at(now)
    }

    /// The id of its first update.
    #[must_use]
    pub fn id(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["notices"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The path of its address, which is the same at every hub on the same table.
    #[must_use]
    pub fn path(&self) -> &str {
        let start = self.url.find("/v1/callbacks/").unwrap();
        &self.url[start..]
    }
}
