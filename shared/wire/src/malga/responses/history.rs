//! The history of a session.

use domain::{
    charge::Charge,
    session::{Session, SessionStatus},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::malga::schema;

/// One entry of a session's history: its creation, an attempt to pay it, or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SessionHistoryEntry)]
pub struct HistoryEntry {
    /// The session's id, or the charge's.
    pub id: Uuid,
    /// Its status: the session's when it was made and when it ended, the charge's today.
    #[schema(schema_with = schema::history_status)]
    pub status: &'static str,
    /// When the session or the charge was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the session came to this status, or the charge last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl HistoryEntry {
    /// All that happened to `session`, oldest first; `charges` are its attempts, in any order.
    #[must_use]
    pub fn of(session: &Session, charges: &[Charge]) -> Vec<Self> {
        let own = |status: SessionStatus, updated_at| Self {
            id: session.id.uuid(),
            status: status.name(),
            created_at: session.created_at,
            updated_at,
        };
        let mut attempts: Vec<_> = charges.iter().map(Self::from).collect();
        attempts.sort_by_key(|attempt| attempt.created_at);
        let end = match session.status {
            SessionStatus::Created => None,
            ended @ (SessionStatus::Paid | SessionStatus::Canceled | SessionStatus::Voided) => {
                Some(own(ended, session.updated_at))
            }
        };
        std::iter::once(own(SessionStatus::Created, session.created_at)).chain(attempts).chain(end).collect()
    }
}

impl From<&Charge> for HistoryEntry {
    fn from(charge: &Charge) -> Self {
        Self {
            id: charge.id.uuid(),
            status: charge.status().name(),
            created_at: charge.created_at,
            updated_at: charge.updated_at,
        }
    }
}
