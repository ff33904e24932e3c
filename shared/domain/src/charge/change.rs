//! The changes of a charge, and which of them are events.

use super::{
    event::EventName,
    request::{RequestKind, RequestStatus},
    status::Status,
};
use crate::method::PaymentType;

/// A change of a charge, which may be an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The intent was stored.
    Created,
    /// A request was answered or ended.
    Settled {
        /// What was asked.
        kind: RequestKind,
        /// Its status now.
        request: RequestStatus,
        /// The charge's status before.
        from: Status,
        /// The charge's status after.
        to: Status,
        /// Whether the shopper can pay from now on: a code, a barcode or a page was stored.
        payable: bool,
    },
}

/// Which event a change is, if it is one.
///
/// A card charge is `pending` once it is created, and the others once their shopper can pay, as Malga's tables of
/// events say.
#[must_use]
pub const fn event(method: PaymentType, change: Change) -> Option<EventName> {
    match change {
        Change::Created => match method {
            PaymentType::Credit => Some(EventName::Pending),
            PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => None,
        },
        Change::Settled { kind, request, from, to, payable } => match kind {
            RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization => {
                payment_event(from, to, payable)
            }
            RequestKind::Capture => capture_event(request, from, to),
            // A cancel of what was paid meanwhile changes nothing.
            RequestKind::Cancel => only_if(matches!(to, Status::Canceled), EventName::Canceled),
            RequestKind::Void => void_event(request, from, to),
            RequestKind::ChargeBack => Some(EventName::ChargedBack),
            RequestKind::Dispute => Some(EventName::Dispute),
            RequestKind::DisputeClosed | RequestKind::ChargeBackReversal => Some(EventName::DisputeClosed),
            RequestKind::RevertVoid => Some(EventName::RevertVoid),
        },
    }
}

/// The event of a duplicate payment of the same charge, or of its refund: they do not change the charge's status.
pub(super) const fn event_of_a_duplicate(kind: RequestKind, status: RequestStatus) -> Option<EventName> {
    let is_done = matches!(status, RequestStatus::Success);
    match kind {
        RequestKind::Authorization | RequestKind::Capture => only_if(is_done, EventName::Authorized),
        RequestKind::PreAuthorization => only_if(is_done, EventName::PreAuthorized),
        RequestKind::Void => only_if(is_done, EventName::Voided),
        RequestKind::RevertVoid => only_if(is_done, EventName::RevertVoid),
        RequestKind::Pending
        | RequestKind::Cancel
        | RequestKind::ChargeBack
        | RequestKind::ChargeBackReversal
        | RequestKind::Dispute
        | RequestKind::DisputeClosed => None,
    }
}

const fn only_if(happened: bool, name: EventName) -> Option<EventName> {
    if happened { Some(name) } else { None }
}

/// The event of a payment's own request: the status that it leads to, where that is another one.
const fn payment_event(from: Status, to: Status, payable: bool) -> Option<EventName> {
    match to {
        Status::Pending => only_if(payable, EventName::Pending),
        Status::PreAuthorized => only_if(!matches!(from, Status::PreAuthorized), EventName::PreAuthorized),
        Status::Authorized => only_if(!matches!(from, Status::Authorized), EventName::Authorized),
        Status::Failed => only_if(!matches!(from, Status::Failed), EventName::Failed),
        // A payment's own request leads to none of these.
        Status::Canceled | Status::Voided | Status::ChargedBack | Status::RefundPending => None,
    }
}

/// The event of a capture: paid; or it failed after the charge had been published as paid, and the charge is
/// pre-authorized again. A capture that is refused before that changes nothing and is no event.
const fn capture_event(request: RequestStatus, from: Status, to: Status) -> Option<EventName> {
    match request {
        RequestStatus::Success => Some(EventName::Authorized),
        RequestStatus::Failed | RequestStatus::InternalError => only_if(
            !matches!(from, Status::PreAuthorized) && matches!(to, Status::PreAuthorized),
            EventName::PreAuthorized,
        ),
        RequestStatus::Running | RequestStatus::Processing => None,
    }
}

/// The event of a refund or a release. One that is refused changes nothing and is no event, unless it was published
/// as under way.
const fn void_event(request: RequestStatus, from: Status, to: Status) -> Option<EventName> {
    match request {
        RequestStatus::Success => match to {
            Status::Canceled => Some(EventName::Canceled),
            Status::Pending
            | Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending => Some(EventName::Voided),
        },
        RequestStatus::Processing => only_if(matches!(to, Status::RefundPending), EventName::RefundPending),
        RequestStatus::Failed | RequestStatus::InternalError => {
            only_if(matches!(from, Status::RefundPending) && matches!(to, Status::Authorized), EventName::Authorized)
        }
        RequestStatus::Running => None,
    }
}
