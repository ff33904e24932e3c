//! Simulated provider updates: an operation of the sandbox that no other provider has.

use std::borrow::Cow;

use domain::{
    charge::update::{Reference, UpdateKind},
    time::Timestamp,
};

use super::{
    protocol::{self, Key, Request, SIGNATURE, SignedUpdates, TIMESTAMP},
    request,
};
use crate::{BuildError, CallbackRequest, HttpAnswer, HttpRequest};

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

/// The HTTP request that asks the bank for the simulation.
///
/// # Errors
/// [`BuildError::Body`] when it cannot be written.
pub fn simulate(simulate: &Simulate) -> Result<HttpRequest, BuildError> {
    request::posted(&Request::Simulate(protocol::Simulate {
        id: Cow::Borrowed(simulate.id),
        reference: simulate.reference,
        kind: protocol_kind(simulate.kind),
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

fn protocol_kind(kind: &UpdateKind) -> protocol::UpdateKind {
    use protocol::UpdateKind as Reported;

    match kind {
        UpdateKind::Paid { amount, .. } => Reported::Paid { amount: *amount, transaction_id: None },
        UpdateKind::NotPaid { why } => Reported::NotPaid { code: Some(why.code) },
        UpdateKind::RefundBegun { amount } => Reported::RefundBegun { amount: *amount },
        UpdateKind::Refunded { amount, transaction } => {
            Reported::Refunded { amount: *amount, transaction_id: transaction.clone() }
        }
        UpdateKind::RefundedOutside { amount } => Reported::Refunded { amount: *amount, transaction_id: None },
        UpdateKind::RefundFailed { why } => Reported::RefundFailed { code: Some(why.code) },
        UpdateKind::RefundReverted { amount } => Reported::RefundReverted { amount: *amount },
        UpdateKind::ChargedBack { amount, dispute } => {
            Reported::ChargedBack { amount: *amount, dispute: dispute.clone() }
        }
        UpdateKind::ChargebackReversed { amount, dispute } => {
            Reported::ChargebackReversed { amount: *amount, dispute: dispute.clone() }
        }
        UpdateKind::Disputed { dispute } => Reported::Disputed { dispute: dispute.clone() },
        UpdateKind::DisputeClosed { dispute } => Reported::DisputeClosed { dispute: dispute.clone() },
    }
}
