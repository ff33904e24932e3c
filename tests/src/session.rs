//! A session that its merchant has created.

use domain::time::Timestamp;

use crate::TestHub;

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's id.
    pub id: String,
    /// The session key.
    pub key: String,
}

impl Session {
    /// `/v1/sessions/{id}` and `more`.
    #[must_use]
    pub fn path(&self, more: &str) -> String {
        format!("/v1/sessions/{}{more}", self.id)
    }
}

/// The hub's time, so many milliseconds from now.
#[must_use]
pub fn in_millis(hub: &TestHub, millis: u64) -> Timestamp {
    hub.clock().now().plus(std::time::Duration::from_millis(millis))
}
