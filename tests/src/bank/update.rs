//! What the bank tells of its own accord.

use domain::time::Timestamp;
use providers::sandbox::sign;
use serde_json::{Value, json};

use super::books::Address;

/// One call that the bank would make, signed and not sent. It may be sent twice, late, after others, or altered:
/// [`Client::tell`](crate::Client::tell) sends it as it is.
#[derive(Clone, Debug)]
pub struct ProviderUpdate {
    /// Where it goes.
    pub url: String,
    /// Its timestamp and its signature.
    pub headers: Vec<(String, String)>,
    /// What it says, which was signed.
    pub body: String,
    key: String,
}

impl ProviderUpdate {
    /// The call that tells `kind`, signed at `now`.
    pub(super) fn new(address: Address, kind: &Value, now: Timestamp) -> Self {
        let body = json!({"notices": [kind]}).to_string();
        Self { url: address.url, headers: Vec::new(), body, key: address.key }.signed_at(now)
    }

    /// The same call made at `now`, as a bank makes it that was not heard; and one whose body was altered by the bank
    /// itself.
    #[must_use]
    pub fn signed_at(self, now: Timestamp) -> Self {
        let headers = vec![
            ("x-sandbox-timestamp".to_owned(), now.as_millis().to_string()),
            ("x-sandbox-signature".to_owned(), sign(&self.key, now, self.body.as_bytes())),
        ];
        Self { headers, ..self }
    }

    /// One call that says what these say, one after the other; all are of one account.
    #[must_use]
    pub fn of_all(updates: &[Self], now: Timestamp) -> Self {
        let read = |update: &Self| serde_json::from_str::<Value>(&update.body).unwrap()["notices"][0].clone();
        let body = json!({"notices": updates.iter().map(read).collect::<Vec<_>>()}).to_string();
        Self { body, ..updates[0].clone() }.signed_at(now)
    }

    /// The id of the first of its news.
    #[must_use]
    pub fn id(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["notices"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The part of its address after the hub's own, which another hub on the same table has, too.
    #[must_use]
    pub fn path(&self) -> &str {
        let start = self.url.find("/v1/callbacks/").unwrap();
        &self.url[start..]
    }
}
