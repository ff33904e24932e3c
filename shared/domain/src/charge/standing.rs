//! What a charge's requests add up to.

use super::{
    Charge,
    request::{RequestKind, RequestStatus},
    status::Status,
};

impl Charge {
    /// What its requests, oldest first, add up to.
    #[must_use]
    pub fn status(&self) -> Status {
        self.requests.iter().fold(Status::Pending, |status, request| step(status, request.kind, request.status()))
    }

    /// What they would add up to if the one at `number` (from 1) had this status.
    pub(super) fn status_if(&self, number: usize, changed: RequestStatus) -> Status {
        (1..).zip(&self.requests).fold(Status::Pending, |status, (at, request)| {
            step(status, request.kind, if at == number { changed } else { request.status() })
        })
    }
}

/// One request later.
const fn step(status: Status, kind: RequestKind, request: RequestStatus) -> Status {
    match (kind, request) {
        (RequestKind::Authorization, RequestStatus::Success) => Status::Authorized,
        (RequestKind::PreAuthorization, RequestStatus::Success) => Status::PreAuthorized,
        (
            RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization,
            RequestStatus::Failed | RequestStatus::InternalError,
        ) => Status::Failed,
        (
            RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization,
            RequestStatus::Running | RequestStatus::Processing,
        )
        | (RequestKind::Pending, RequestStatus::Success) => match status {
            Status::Pending | Status::Failed => Status::Pending,
            Status::PreAuthorized | Status::Authorized => status,
        },
    }
}
