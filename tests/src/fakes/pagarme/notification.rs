//! The notifications.

use serde_json::Value;

/// One notification that is not sent. A test may send it twice, late, after others, or altered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its headers: the content type alone. The signature that Pagar.me can add proves nothing that the hub needs.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Notification {
    pub(super) fn new(body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { headers, body: body.to_string() }
    }

    /// The id by which its receiver knows a repetition.
    #[must_use]
    pub fn id(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["id"].as_str().unwrap().to_owned()
    }
}
