//! What a tester lets happen at the bank: the sandbox's own operation, which no other provider has.

use std::borrow::Cow;

use domain::{
    charge::notice::{News, Reference},
    time::Timestamp,
};

use super::{
    protocol::{self, Key, Request, SIGNATURE, SignedNotices, TIMESTAMP},
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
    pub news: &'a News,
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
        news: words(simulate.news),
        notices: Key { key: Cow::Borrowed(simulate.key) },
        created_at: simulate.created_at,
    }))
}

/// The notices that the bank told in its answer; none where it did not let it happen.
#[must_use]
pub fn simulated(answer: &HttpAnswer) -> Option<SignedNotices> {
    if answer.status == 200 { SignedNotices::read(&answer.body) } else { None }
}

impl SignedNotices {
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

fn words(news: &News) -> protocol::News {
    use protocol::News as Told;

    match news {
        News::Paid { amount, .. } => Told::Paid { amount: *amount, transaction_id: None },
        News::NotPaid { why } => Told::NotPaid { code: Some(why.code) },
        News::RefundBegun { amount } => Told::RefundBegun { amount: *amount },
        News::Refunded { amount, transaction } => {
            Told::Refunded { amount: *amount, transaction_id: transaction.clone() }
        }
        News::RefundedOutside { amount } => Told::Refunded { amount: *amount, transaction_id: None },
        News::RefundFailed { why } => Told::RefundFailed { code: Some(why.code) },
        News::RefundReverted { amount } => Told::RefundReverted { amount: *amount },
        News::ChargedBack { amount, dispute } => Told::ChargedBack { amount: *amount, dispute: dispute.clone() },
        News::ChargebackReversed { amount, dispute } => {
            Told::ChargebackReversed { amount: *amount, dispute: dispute.clone() }
        }
        News::Disputed { dispute } => Told::Disputed { dispute: dispute.clone() },
        News::DisputeClosed { dispute } => Told::DisputeClosed { dispute: dispute.clone() },
    }
}
