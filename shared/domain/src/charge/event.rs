//! What a merchant is told of a charge, and when.

use serde::{Deserialize, Serialize};

use super::status::Status;
use crate::method::PaymentType;

/// The name of an event: the part after `transaction.`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventName {
    /// A card charge was created, or a Pix code is ready to be paid.
    Pending,
    /// The money is reserved.
    PreAuthorized,
    /// Paid.
    Authorized,
    /// Not paid.
    Failed,
}

/// An event of a charge; the charge counts them from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the charge.
    pub no: u32,
    /// What it says.
    pub name: EventName,
}

/// A change of a charge that somebody may want to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The intent was stored.
    Created,
    /// A request was answered or ended; the charge went from one status to another, or stayed.
    Settled {
        /// The status before.
        from: Status,
        /// The status after.
        to: Status,
        /// Whether the buyer can pay only now: a Pix code was stored.
        payable: bool,
    },
}

/// Which event a change is, if it is one (design §4, "events").
///
/// A card charge is `pending` once it is created (seed 002, table of events); a Pix once its code is there
/// (seed 001, table of events): its intent tells the merchant nothing.
#[must_use]
pub const fn event(method: PaymentType, change: Change) -> Option<EventName> {
    match (method, change) {
        (PaymentType::Credit, Change::Created) => Some(EventName::Pending),
        (PaymentType::Pix, Change::Created) => None,
        (_, Change::Settled { from, to, payable }) => match (from, to) {
            (Status::Pending, Status::Pending) if payable => Some(EventName::Pending),
            (Status::Pending, Status::Pending)
            | (Status::PreAuthorized, Status::PreAuthorized)
            | (Status::Authorized, Status::Authorized)
            | (Status::Failed, Status::Failed) => None,
            (_, Status::Pending) => Some(EventName::Pending),
            (_, Status::PreAuthorized) => Some(EventName::PreAuthorized),
            (_, Status::Authorized) => Some(EventName::Authorized),
            (_, Status::Failed) => Some(EventName::Failed),
        },
    }
}
