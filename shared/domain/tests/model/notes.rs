//! Provider notifications, in the model's own types.

use crate::bank::{Key, Millis};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateKind {
    Paid { amount: u64, tx: Option<u64> },
    NotPaid,
    RefundBegun(u64),
    Refunded(u64),
    RefundFailed,
    Reverted(u64),
    ChargedBack { amount: u64, dispute: Option<u64> },
    Credited { amount: u64, dispute: Option<u64> },
    Disputed { dispute: Option<u64> },
    DisputeClosed { dispute: Option<u64> },
}

/// A notification, which may be delivered at any time, in any order, and more than once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// The payment, or the refund that the hub asked for.
    pub(crate) about: Key,
    /// The provider's id of what happened; for a refund often the refund's id.
    pub(crate) id: u64,
    pub(crate) kind: UpdateKind,
    /// The earliest arrival: a boleto is cleared first.
    pub(crate) from: Millis,
    /// Whether it is not sent any more, since the contrary happened.
    pub(crate) is_withdrawn: bool,
}
