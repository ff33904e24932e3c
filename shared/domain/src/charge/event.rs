//! The events of a charge: what a merchant's webhooks are sent.

use serde::{Deserialize, Serialize};

/// The name of an event: the part after `transaction.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    pub const ALL: [Self; 11] = [
        Self::Pending,
        Self::PreAuthorized,
        Self::Authorized,
        Self::Failed,
        Self::Canceled,
        Self::Voided,
        Self::ChargedBack,
        Self::RefundPending,
        Self::Dispute,
        Self::DisputeClosed,
        Self::RevertVoid,
    ];

    /// Its name in the public API: the part after `transaction.`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::PreAuthorized => "pre_authorized",
            Self::Authorized => "authorized",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Voided => "voided",
            Self::ChargedBack => "charged_back",
            Self::RefundPending => "refund_pending",
            Self::Dispute => "dispute",
            Self::DisputeClosed => "dispute_closed",
            Self::RevertVoid => "revert_void",
        }
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
