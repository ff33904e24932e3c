//! Simulated provider updates: an operation of the sandbox that no other provider has.

use std::borrow::Cow;

use domain::{
    charge::{
        Charge,
        request::{Origin, Receipt},
        status::Status,
        update::{Reference, UpdateKind},
    },
    method::PaymentType,
    money::Amount,
    time::Timestamp,
};
use serde::ser::Error as _;

use super::{
    protocol::{self, Key, Request, SIGNATURE, SignedUpdates, TIMESTAMP},
    request,
};
use crate::{BuildError, CallbackRequest, HttpAnswer, HttpRequest, capabilities::abilities};

/// A request to simulate one provider update, as a shopper or a shopper's bank would cause it.
#[derive(Clone, Copy)]
pub struct Simulate<'a> {
    /// The id of the update: a second update with the same id is a repeat.
    pub id: &'a str,
    /// The payment or the refund that the update is about.
    pub reference: Reference,
    /// What happens; the bank writes the receipt of a payment.
    pub kind: &'a UpdateKind,
    /// The key that the bank signs the notification with.
    pub key: &'a str,
    /// When the hub received the order to simulate.
    pub created_at: Timestamp,
}

/// The provider update by which the bank brings the charge into `status`, and what it is about.
///
/// # Errors
/// The statuses into which the bank can bring the charge, where `status` is none of them.
pub fn update_for(charge: &Charge, status: Status) -> Result<(Reference, UpdateKind), Vec<Status>> {
    let possible = possible(charge);
    if !possible.contains(&status) {
        return Err(possible);
    }
    let payment = charge.reference(charge.payment());
    let left = charge.available();
    Ok(match status {
        Status::Authorized => {
            let (amount, receipt) = (charge.original_amount, Receipt::default());
            (payment, UpdateKind::Paid { amount, receipt })
        }
        Status::RefundPending => (payment, UpdateKind::RefundBegun { amount: left }),
        // A provider update names some money: where nothing is left, the payment's amount.
        Status::ChargedBack => {
            let amount = Some(charge.amount()).filter(|left| *left > Amount::ZERO);
            (
                payment,
                UpdateKind::ChargedBack {
                    amount: amount.unwrap_or(charge.original_amount),
                    dispute: None,
                    place: None,
                },
            )
        }
        // The refund that is under way, or else all that is left. One that began at the bank has no other name there
        // than its payment's.
        Status::Voided => match charge.refunds_under_way().next() {
            Some((_, request)) if request.origin == Origin::Provider => {
                (payment, UpdateKind::Refunded { amount: request.amount, transaction: None })
            }
            Some((number, request)) => {
                (charge.reference(number), UpdateKind::Refunded { amount: request.amount, transaction: None })
            }
            None => (payment, UpdateKind::Refunded { amount: left, transaction: None }),
        },
        Status::Pending | Status::PreAuthorized | Status::Failed | Status::Canceled => return Err(possible),
    })
}

/// The statuses into which the bank can bring a charge: those that the public API lists for its method, as far as they
/// follow from its status.
fn possible(charge: &Charge) -> Vec<Status> {
    let can_refund = charge.abilities(abilities).can_refund();
    let has_something_left = charge.available() > Amount::ZERO;
    let listed: &[Status] = match charge.method.kind() {
        PaymentType::Pix => &[Status::Authorized, Status::Voided, Status::RefundPending, Status::ChargedBack],
        PaymentType::Drip => &[Status::Authorized, Status::Voided],
        PaymentType::Credit | PaymentType::Boleto => &[Status::Authorized, Status::Voided, Status::ChargedBack],
    };
    let (from, is_asynchronous) = (charge.status(), charge.method.kind().is_asynchronous());
    let is_refundable = from == Status::Authorized && can_refund && has_something_left;
    let is_releasable = from == Status::PreAuthorized && has_something_left;
    let follows = |to: &Status| match to {
        Status::Authorized => {
            matches!(from, Status::Pending | Status::Failed) || from == Status::Canceled && is_asynchronous
        }
        Status::Voided => from == Status::RefundPending || is_refundable || is_releasable,
        Status::RefundPending => is_refundable,
        Status::ChargedBack => matches!(from, Status::Authorized | Status::RefundPending | Status::Voided),
        Status::Pending | Status::PreAuthorized | Status::Failed | Status::Canceled => false,
    };
    listed.iter().copied().filter(follows).collect()
}

/// The HTTP request that asks the bank for the simulation.
///
/// # Errors
/// [`BuildError::Body`] when it cannot be written.
pub fn simulate(simulate: &Simulate) -> Result<HttpRequest, BuildError> {
    request::posted(&Request::Simulate(protocol::Simulate {
        id: Cow::Borrowed(simulate.id),
        reference: simulate.reference,
        kind: protocol_kind(simulate.kind)
            .ok_or_else(|| BuildError::Body(serde_json::Error::custom("the bank reports no such")))?,
        updates: Key { key: Cow::Borrowed(simulate.key) },
        created_at: simulate.created_at,
    }))
}

/// The signed updates in the bank's answer; none where the bank refused the simulation.
#[must_use]
pub fn simulated(answer: &HttpAnswer) -> Option<SignedUpdates> {
    if answer.status == 200 { SignedUpdates::read(&answer.body) } else { None }
}

impl SignedUpdates {
    /// The notification that the bank would send with them.
    #[must_use]
    pub fn call(&self) -> CallbackRequest<'_> {
        CallbackRequest {
            headers: vec![
                (TIMESTAMP.to_owned(), self.timestamp.to_string()),
                (SIGNATURE.to_owned(), self.signature.clone()),
            ],
            query: Vec::new(),
            body: self.body.as_bytes(),
        }
    }
}

/// The update in the bank's words; none where the bank reports no such.
fn protocol_kind(kind: &UpdateKind) -> Option<protocol::UpdateKind> {
    use protocol::UpdateKind as Reported;

    Some(match kind {
        UpdateKind::Look
        | UpdateKind::Reserved { .. }
        | UpdateKind::CaptureFailed { .. }
        | UpdateKind::ReservationEnded => return None,
        UpdateKind::Paid { amount, .. } => Reported::Paid { amount: *amount, transaction_id: None },
        UpdateKind::NotPaid { why } => Reported::NotPaid { code: Some(why.code) },
        UpdateKind::RefundBegun { amount } => Reported::RefundBegun { amount: *amount },
        UpdateKind::Refunded { amount, transaction } => {
            Reported::Refunded { amount: *amount, transaction_id: transaction.clone() }
        }
        UpdateKind::RefundedOutside { amount } => Reported::Refunded { amount: *amount, transaction_id: None },
        UpdateKind::RefundFailed { why } => Reported::RefundFailed { code: Some(why.code) },
        UpdateKind::RefundReverted { amount, .. } => Reported::RefundReverted { amount: *amount },
        UpdateKind::ChargedBack { amount, dispute, .. } => {
            Reported::ChargedBack { amount: *amount, dispute: dispute.clone() }
        }
        UpdateKind::ChargebackReversed { amount, dispute, .. } => {
            Reported::ChargebackReversed { amount: *amount, dispute: dispute.clone() }
        }
        UpdateKind::Disputed { dispute } => Reported::Disputed { dispute: dispute.clone() },
        UpdateKind::DisputeClosed { dispute, .. } => Reported::DisputeClosed { dispute: dispute.clone() },
    })
}
