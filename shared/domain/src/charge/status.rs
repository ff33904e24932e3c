//! The status of a charge: what its list of transaction requests adds up to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    Charge,
    request::{RequestKind, RequestStatus},
};

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// The status of a charge, as the public API names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Status {
            $($(#[$doc])* $name),*
        }

        impl Status {
            /// Every status that a charge can have.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word of the public API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

statuses! {
    /// Not paid yet, or not known to be paid.
    Pending = "pending",
    /// The money is reserved on the buyer's card.
    PreAuthorized = "pre_authorized",
    /// Paid.
    Authorized = "authorized",
    /// Not paid, and no longer payable.
    Failed = "failed",
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a status of a charge")]
pub struct NotAStatus;

impl FromStr for Status {
    type Err = NotAStatus;

    fn from_str(name: &str) -> Result<Self, NotAStatus> {
        Self::ALL.iter().copied().find(|status| status.name() == name).ok_or(NotAStatus)
    }
}

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
