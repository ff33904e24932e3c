//! The status of a charge: what its list of transaction requests adds up to; and its phase: where the money is.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr, VariantArray};

use super::{Charge, request::RequestKind};

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

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Where the money of a charge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not paid or reserved, but it still can be.
    Unpaid,
    /// Not paid, and not payable any more: failed, or canceled before or after its money was reserved.
    Ended,
    /// Reserved.
    Reserved,
    /// Reserved, and a capture is under way.
    BeingCaptured,
    /// Paid, whatever was refunded or disputed since.
    Paid,
}

impl Charge {
    /// Where its money is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.status() {
            Status::Pending => Phase::Unpaid,
            Status::Failed | Status::Canceled => Phase::Ended,
            Status::PreAuthorized if self.under_way(RequestKind::Capture).next().is_some() => Phase::BeingCaptured,
            Status::PreAuthorized => Phase::Reserved,
            Status::Authorized | Status::Voided | Status::ChargedBack | Status::RefundPending => Phase::Paid,
        }
    }
}
