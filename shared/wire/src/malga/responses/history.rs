//! The history of a session.

use domain::{
    session::{Session, SessionStatus},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::malga::schema;

/// One entry of a session's history: its creation, its payment, or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionHistoryEntry)]
pub struct HistoryEntry {
    /// The session's id.
    pub id: Uuid,
    /// The status that the session came to.
    #[schema(schema_with = schema::session_status)]
    pub status: SessionStatus,
    /// When the session was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the session came to this status.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl HistoryEntry {
    /// All that happened to `session`, which was paid at `paid_at` if it ever was, oldest first.
    #[must_use]
    pub fn of(session: &Session, paid_at: Option<Timestamp>) -> Vec<Self> {
        let entry =
            |status, updated_at| Self { id: session.id.uuid(), status, created_at: session.created_at, updated_at };
        let end = match session.status {
            SessionStatus::Created | SessionStatus::Paid => None,
            ended @ (SessionStatus::Canceled | SessionStatus::Voided) => Some(entry(ended, session.updated_at)),
        };
        let created = entry(SessionStatus::Created, session.created_at);
        let paid = paid_at.map(|at| entry(SessionStatus::Paid, at));
        std::iter::once(created).chain(paid).chain(end).collect()
    }
}
