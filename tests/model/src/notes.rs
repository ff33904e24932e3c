//! Provider notifications, in the model's own types.

use crate::bank::{Key, Millis};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// The shopper has paid, or the acquirer has captured.
    Paid {
        /// The amount.
        amount: u64,
        /// The account's id of the money.
        tx: Option<u64>,
    },
    /// The payment was approved as it was asked for: reserved, or to be captured by the provider itself.
    Reserved {
        /// The amount.
        amount: u64,
        /// The account's id of the money.
        tx: Option<u64>,
    },
    /// What counted as taken was not captured: it is only reserved.
    CaptureFailed,
    /// Nothing is reserved any more, and nothing was captured.
    ReservationEnded,
    /// The shopper will not pay.
    NotPaid,
    /// A refund of this amount is under way.
    RefundBegun(u64),
    /// A refund of this amount is done.
    Refunded(u64),
    /// A refund will not be done, or a finished one came back.
    RefundFailed,
    /// This amount of the refunds came back.
    Reverted(u64),
    /// A dispute debits the payment.
    ChargedBack {
        /// The amount.
        amount: u64,
        /// The account's id of the dispute.
        dispute: Option<u64>,
    },
    /// What a dispute debited is credited again.
    Credited {
        /// The amount.
        amount: u64,
        /// The account's id of the dispute.
        dispute: Option<u64>,
    },
    /// The shopper contests the payment.
    Disputed {
        /// The account's id of the dispute.
        dispute: Option<u64>,
    },
    /// A dispute ends without a debit.
    DisputeClosed {
        /// The account's id of the dispute.
        dispute: Option<u64>,
    },
}

/// A notification, which may be delivered at any time, in any order, and more than once.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    /// The payment, or the refund that the hub asked for.
    pub about: Key,
    /// The provider's id of what happened; for a refund often the refund's id.
    pub id: u64,
    /// What happened.
    pub kind: UpdateKind,
    /// The earliest arrival: a boleto is cleared first.
    pub from: Millis,
    /// Whether it is not sent any more, since the contrary happened.
    pub is_withdrawn: bool,
}
