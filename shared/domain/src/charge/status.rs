//! The status of a charge: what its list of transaction requests adds up to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

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

            /// Its name in the public API.
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
    /// The money is reserved on the shopper's card.
    PreAuthorized = "pre_authorized",
    /// Paid.
    Authorized = "authorized",
    /// Not paid, and no longer payable.
    Failed = "failed",
    /// Canceled before the money was taken: nothing is reserved, and nothing can be paid.
    Canceled = "canceled",
    /// Paid, and refunded in full.
    Voided = "voided",
    /// Paid, and taken back by the shopper's bank.
    ChargedBack = "charged_back",
    /// Paid, and a refund is under way that its provider confirms later.
    RefundPending = "refund_pending",
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a status of a charge")]
pub struct NotAStatus;

impl FromStr for Status {
    type Err = NotAStatus;

    fn from_str(name: &str) -> Result<Self, NotAStatus> {
        Self::ALL.iter().copied().find(|status| status.name() == name).ok_or(NotAStatus)
    }
}
