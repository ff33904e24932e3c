//! The status of a charge: what its list of transaction requests adds up to.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

/// The status of a charge, as the public API names it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Not paid yet, or not known to be paid.
    Pending,
    /// The money is reserved on the shopper's card.
    PreAuthorized,
    /// Paid.
    Authorized,
    /// Not paid, and no longer payable.
    Failed,
    /// Canceled before the money was taken: nothing is reserved, and nothing can be paid.
    Canceled,
    /// Paid, and refunded in full.
    Voided,
    /// Paid, and taken back by the shopper's bank.
    ChargedBack,
    /// Paid, and a refund is under way that its provider confirms later.
    RefundPending,
}

impl Status {
    /// Every status that a charge can have.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Its name in the public API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}
