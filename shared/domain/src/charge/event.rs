//! The events of a charge: what a merchant's webhooks are sent.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// The name of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventName {
    /// A card charge was created, or the shopper can pay a Pix, a boleto or a Drip now.
    Pending,
    /// The money is reserved.
    PreAuthorized,
    /// Paid; or a refund failed, and the charge is authorized again.
    Authorized,
    /// Not paid.
    Failed,
    /// Canceled before the money was taken.
    Canceled,
    /// A refund or a release was confirmed, in full or in part.
    Voided,
    /// A chargeback: the shopper's bank took the money back.
    ChargedBack,
    /// A refund was accepted and will be confirmed later.
    RefundPending,
    /// The shopper disputes the payment.
    Dispute,
    /// The dispute is closed.
    DisputeClosed,
    /// A reversal of a refund: refunded money came back.
    RevertVoid,
}

impl EventName {
    /// Every event.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Its name, as it is stored and logged.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// An event of a charge; the charge counts them from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the charge.
    pub no: u32,
    /// What it says.
    pub name: EventName,
}
