//! What a tester lets happen at the bank: the sandbox's own operation, which no other provider has.

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

/// Something that is to happen to a payment, as its buyer or the buyer's bank would let it happen.
#[derive(Clone, Copy)]
pub struct Simulate<'a> {
    /// The id of the notice that tells of it: one that comes twice with the same id is a repeat.
    pub id: &'a str,
    /// The payment, or the refund, that it happens to.
    pub reference: Reference,
    /// What happens; of a payment the receipt is the bank's to write.
    pub kind: &'a UpdateKind,
    /// What the bank signs its notice with.
    pub key: &'a str,
    /// When the hub was asked for it.
    pub created_at: Timestamp,
}

/// The request that lets it happen.
///
/// # Errors
/// [`BuildError::Body`] when it cannot be written.
pub fn simulate(simulate: &Simulate) -> Result<HttpRequest, BuildError> {
    request::posted(&Request::Simulate(protocol::Simulate {
        id: Cow::Borrowed(simulate.id),
        reference: simulate.reference,
        kind: words(simulate.kind),
        updates: Key { key: Cow::Borrowed(simulate.key) },
        created_at: simulate.created_at,
    }))
}

/// The notices that the bank told in its answer; none where it did not let it happen.
#[must_use]
pub fn simulated(answer: &HttpAnswer) -> Option<SignedUpdates> {
    if answer.status == 200 { SignedUpdates::read(&answer.body) } else { None }
}

impl SignedUpdates {
    /// The call that the bank would make with them.
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

fn words(kind: &UpdateKind) -> protocol::UpdateKind {
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
