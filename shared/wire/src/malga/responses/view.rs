//! A charge at one moment of its life.

use domain::{
    charge::{
        Charge,
        request::{Answer, Receipt, RequestKind, TransactionRequest},
        status::Status,
    },
    money::Amount,
    time::Timestamp,
};

/// What changes in a charge, at one moment of its life.
pub(super) struct View<'a> {
    pub(super) status: Status,
    pub(super) amount: Amount,
    pub(super) updated_at: Timestamp,
    /// In the order of the answer, each with what was known of its outcome.
    pub(super) requests: Vec<(&'a TransactionRequest, Option<&'a Answer>)>,
}

impl<'a> View<'a> {
    /// Now, newest first.
    pub(super) fn now(charge: &'a Charge) -> Self {
        Self {
            status: charge.status(),
            amount: charge.amount(),
            updated_at: charge.updated_at,
            requests: charge.requests.iter().rev().map(|request| (request, request.latest())).collect(),
        }
    }

    /// When the request at `number` (from 1) was answered: that one first, then those that were answered by then, the
    /// newest first. None before that answer.
    pub(super) fn as_answered(charge: &'a Charge, number: usize) -> Option<Self> {
        let own = charge.request(number)?;
        let (first, after) = own.answered()?;
        let others = charge.requests.iter().rev().filter(|request| request.id != own.id);
        let known = others.filter_map(|request| Some((request, Some(known_at(first.at, request)?))));
        Some(Self {
            status: after.status,
            amount: after.amount,
            updated_at: first.at,
            requests: std::iter::once((own, Some(first))).chain(known).collect(),
        })
    }

    /// Whether the buyer contested it.
    pub(super) fn is_dispute(&self) -> bool {
        let mut kinds = self.requests.iter().map(|(request, _)| request.kind);
        let newest = kinds.find(|kind| matches!(kind, RequestKind::Dispute | RequestKind::DisputeClosed));
        newest == Some(RequestKind::Dispute)
    }

    /// What its buyer pays with: a Pix code, a barcode or a page; none before the provider had told it.
    pub(super) fn payable(&self) -> Option<&'a Receipt> {
        let receipts = self.requests.iter().filter_map(|(_, answer)| answer.map(|answer| &answer.receipt));
        receipts.into_iter().find(|receipt| receipt.is_payable())
    }
}

/// What was known of `request` at `then`: its first answer, unless it had ended otherwise by then.
fn known_at(then: Timestamp, request: &TransactionRequest) -> Option<&Answer> {
    let is_known = |answer: &&Answer| answer.at <= then;
    request.latest().filter(is_known).or_else(|| request.answered().map(|(first, _)| first).filter(is_known))
}
