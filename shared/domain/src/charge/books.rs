//! What a charge's requests add up to: its status, and the money that the merchant still has of it.

use std::collections::BTreeMap;

use super::{
    Charge,
    request::{Answer, Origin, RequestKind, RequestStatus, TransactionRequest},
    status::Status,
};
use crate::{method::PaymentType, money::Amount, time::Timestamp};

/// The state of one dispute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dispute {
    /// What the shopper's bank debited, in minor units; kept after a credit.
    pub(super) debited: Option<u64>,
    /// What of that came back to the merchant.
    pub(super) credited: u64,
    /// Whether the dispute is open.
    pub(super) is_open: bool,
}

impl Dispute {
    /// What the shopper's bank still has. No more is credited than was debited.
    pub(super) fn left(self) -> u64 {
        self.debited.unwrap_or(0).abs_diff(self.credited)
    }

    /// Whether all of a debit came back.
    pub(super) fn is_credited(self) -> bool {
        self.debited.is_some() && self.left() == 0
    }
}

/// The sums of a charge's requests, in minor units.
///
/// Requests are added in the order in which they succeeded. A step that contradicts the sums before it is left out of
/// them and named: the books keep the last consistent sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Books<'a> {
    /// The number of the request that holds the money: its account, reference and ids serve captures and refunds.
    pub(super) payment: Option<usize>,
    /// The number of the request that says that the money was paid or reserved.
    pub(super) paid_by: Option<usize>,
    /// The number of the request that took the money: a payment or a capture.
    pub(super) captured_by: Option<usize>,
    /// How often money that was taken turned out to be only reserved.
    pub(super) failed_captures: usize,
    /// What was reserved.
    held: Option<u64>,
    /// What was released before a capture.
    released: u64,
    /// What was paid or captured.
    base: Option<u64>,
    /// Whether another amount was captured than was asked for; where no capture was asked for, than was left.
    pub(super) has_captured_another_amount: bool,
    /// What was refunded since.
    refunded: u64,
    /// What of that came back.
    reverted: u64,
    pub(super) disputes: BTreeMap<&'a str, Dispute>,
    is_canceled: bool,
    /// The number of the first request that contradicts the sums.
    pub(super) contradiction: Option<usize>,
}

/// A sum that cannot be.
struct Contradiction;

impl<'a> Books<'a> {
    fn add(&mut self, number: usize, request: &'a TransactionRequest, amount: u64) -> Result<(), Contradiction> {
        let at_most = |sum: u64, limit: u64| if sum <= limit { Ok(sum) } else { Err(Contradiction) };
        match request.kind {
            RequestKind::PreAuthorization if self.payment.is_none() => {
                self.held = Some(amount);
                self.holds(number, request);
            }
            RequestKind::Authorization if self.base.is_none() => {
                self.base = Some(amount);
                self.captured_by = Some(number);
                self.holds(number, request);
            }
            RequestKind::Capture if request.is_failed_capture() => self.not_captured()?,
            RequestKind::Capture if self.base.is_none() && self.held.is_some() => {
                let left = self.held.and_then(|held| held.checked_sub(self.released));
                let asked = if request.origin == Origin::Provider { left } else { Some(request.amount.minor()) };
                self.has_captured_another_amount = asked != Some(amount);
                self.base = Some(amount);
                self.captured_by = Some(number);
            }
            RequestKind::PreAuthorization | RequestKind::Authorization | RequestKind::Capture => {
                return Err(Contradiction);
            }
            RequestKind::Void if request.about.is_some() && request.about == self.captured_by => {
                self.not_captured()?;
                self.released =
                    at_most(self.released.checked_add(amount).ok_or(Contradiction)?, self.held.unwrap_or(0))?;
            }
            RequestKind::Void => match (self.base, self.held) {
                (Some(base), _) => {
                    let paid = base.checked_add(self.reverted).ok_or(Contradiction)?;
                    self.refunded = at_most(self.refunded.checked_add(amount).ok_or(Contradiction)?, paid)?;
                }
                (None, Some(held)) => {
                    self.released = at_most(self.released.checked_add(amount).ok_or(Contradiction)?, held)?;
                }
                (None, None) => return Err(Contradiction),
            },
            RequestKind::RevertVoid => {
                self.reverted = at_most(self.reverted.checked_add(amount).ok_or(Contradiction)?, self.refunded)?;
            }
            RequestKind::ChargeBack | RequestKind::ChargeBackReversal => {
                if self.base.is_none() {
                    return Err(Contradiction);
                }
                let dispute = self.disputes.entry(dispute_of(request)).or_default();
                if matches!(request.kind, RequestKind::ChargeBack) {
                    match dispute.debited {
                        Some(debited) if dispute.left() > 0 => {
                            dispute.debited = Some(debited.checked_add(amount).ok_or(Contradiction)?);
                        }
                        Some(_) | None => (dispute.debited, dispute.credited) = (Some(amount), 0),
                    }
                } else {
                    let credited = dispute.credited.checked_add(amount).ok_or(Contradiction)?;
                    dispute.credited = credited.min(dispute.debited.unwrap_or(0));
                    dispute.is_open &= !dispute.is_credited();
                }
            }
            RequestKind::Dispute => self.disputes.entry(dispute_of(request)).or_default().is_open = true,
            RequestKind::DisputeClosed => self.disputes.entry(dispute_of(request)).or_default().is_open = false,
            RequestKind::Cancel => self.is_canceled = true,
            RequestKind::Pending => {}
        }
        Ok(())
    }

    /// What counted as taken is only reserved.
    fn not_captured(&mut self) -> Result<(), Contradiction> {
        if self.base.is_none() || self.refunded() > 0 || self.debited() > 0 {
            return Err(Contradiction);
        }
        self.held = self.held.or(self.base);
        (self.base, self.captured_by, self.refunded, self.reverted) = (None, None, 0, 0);
        self.has_captured_another_amount = false;
        self.failed_captures = self.failed_captures.saturating_add(1);
        Ok(())
    }

    fn holds(&mut self, number: usize, request: &TransactionRequest) {
        self.payment = Some(request.about.unwrap_or(number));
        self.paid_by = Some(number);
    }

    /// Whether it was ever paid or captured.
    pub(super) const fn is_paid(&self) -> bool {
        self.base.is_some()
    }

    /// What is left; none of a charge that was never paid or reserved. The sums are consistent, so that no difference
    /// is negative.
    fn residual(&self) -> Option<u64> {
        match (self.base, self.held) {
            (Some(base), _) => base.checked_add(self.reverted)?.checked_sub(self.refunded),
            (None, Some(held)) => held.checked_sub(self.released),
            (None, None) => None,
        }
    }

    /// What the shopper's banks took back and did not credit again.
    pub(super) fn debited(&self) -> u64 {
        self.disputes.values().map(|dispute| dispute.left()).fold(0, u64::saturating_add)
    }

    /// Whether it was only reserved at first, or once more.
    pub(super) const fn was_reserved(&self) -> bool {
        self.held.is_some()
    }

    /// What was paid or captured.
    pub(super) const fn paid(&self) -> Option<u64> {
        self.base
    }

    /// What was paid or reserved at first.
    pub(super) fn received(&self) -> Option<u64> {
        self.held.or(self.base)
    }

    /// What was refunded and has not come back; releases before a capture do not count.
    pub(super) const fn refunded(&self) -> u64 {
        self.refunded.abs_diff(self.reverted) // no more came back than was refunded: `add` refuses that
    }
}

fn dispute_of(request: &TransactionRequest) -> &str {
    request.dispute.as_deref().unwrap_or_default()
}

impl Charge {
    /// The requests that count, in the order in which they succeeded, or in which their provider reported that a capture
    /// had failed.
    fn successes(&self) -> Vec<(u32, usize, &TransactionRequest)> {
        let mut successes: Vec<_> = (1..)
            .zip(&self.requests)
            .filter(|(_, request)| !self.is_of_a_duplicate(request))
            .filter_map(|(number, request)| {
                let counts = |answer: &&Answer| answer.status == RequestStatus::Success || request.is_failed_capture();
                let answer = request.answers.iter().find(counts)?;
                Some((answer.step, number, request))
            })
            .collect();
        successes.sort_by_key(|(step, ..)| *step);
        successes
    }

    pub(super) fn books(&self) -> Books<'_> {
        let mut books = Books::default();
        for (_, number, request) in self.successes() {
            if books.add(number, request, request.amount().minor()).is_err() {
                books.contradiction.get_or_insert(number);
            }
        }
        books
    }

    /// Whether it is a duplicate payment of this charge, or a refund of one: outside the charge's sums.
    pub(super) fn is_of_a_duplicate(&self, request: &TransactionRequest) -> bool {
        let of = request.about.and_then(|number| self.request(number));
        request.is_duplicate || (request.kind == RequestKind::Void && of.is_some_and(|payment| payment.is_duplicate))
    }

    /// Whether the request at `number` (from 1) refunds what was paid, as the charge prints it. It does not where it
    /// releases a reservation, also one that had counted as paid, or refunds a duplicate payment.
    #[must_use]
    pub fn is_refund(&self, number: usize) -> bool {
        let void = self.request(number).filter(|request| request.kind == RequestKind::Void);
        let Some(void) = void.filter(|void| self.is_printed(number) && !self.is_of_a_duplicate(void)) else {
            return false;
        };
        let before = self.as_of(void.step.saturating_sub(1));
        let books = before.books();
        books.is_paid() && (void.about.is_none() || void.about != books.captured_by)
    }

    /// What of the refund at `number` (from 1) came back, which it does once, and when; none where all of it is the
    /// shopper's.
    #[must_use]
    pub fn came_back(&self, number: usize) -> Option<(Amount, Timestamp)> {
        let of_it = |one: &&TransactionRequest| one.kind == RequestKind::RevertVoid && one.about == Some(number);
        let back = self.requests.iter().find(of_it)?;
        Some((back.amount(), back.latest()?.at))
    }

    /// What the shopper's banks took back and did not credit again; none where that is nothing.
    #[must_use]
    pub fn charged_back(&self) -> Option<Amount> {
        Amount::new(self.books().debited()).ok().filter(|amount| *amount > Amount::ZERO)
    }

    /// The status that its requests add up to.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status_by(&self.books())
    }

    fn status_by(&self, books: &Books<'_>) -> Status {
        let is_empty = books.residual() == Some(0);
        match (books.base, books.held) {
            (Some(_), _) if books.debited() > 0 => Status::ChargedBack,
            (Some(_), _) if self.has_refund_under_way() => Status::RefundPending,
            (Some(_), _) if is_empty => Status::Voided,
            (Some(_), _) => Status::Authorized,
            (None, Some(_)) if is_empty => Status::Canceled,
            (None, Some(_)) => Status::PreAuthorized,
            (None, None) if books.is_canceled => Status::Canceled,
            (None, None) => self.requests.iter().fold(Status::Pending, unpaid),
        }
    }

    /// The residual amount, in minor units: paid or reserved, less refunds, plus their reversals. A chargeback leaves
    /// it, and an unpaid charge keeps its amount, whatever became of it.
    #[must_use]
    pub fn amount(&self) -> Amount {
        match self.books().residual() {
            Some(minor) => Amount::new(minor).unwrap_or(self.original_amount),
            None => self.original_amount,
        }
    }

    /// What was paid or captured, in minor units, whatever was refunded since; none of a charge that was never paid.
    #[must_use]
    pub fn amount_paid(&self) -> Option<Amount> {
        self.books().paid().and_then(|minor| Amount::new(minor).ok())
    }

    /// What of its amount can be refunded, released or captured: without what a dispute took and what is promised to
    /// refunds under way. A dispute may take more than is left: then nothing is.
    #[must_use]
    pub fn available(&self) -> Amount {
        let promised = self.refunds_under_way().map(|(_, request)| request.amount().minor());
        let taken = promised.fold(self.books().debited(), u64::saturating_add);
        self.amount().minor().checked_sub(taken).and_then(|left| Amount::new(left).ok()).unwrap_or(Amount::ZERO)
    }

    /// What was refunded and has not come back, in minor units; releases before a capture do not count.
    pub(super) fn refunded(&self) -> u64 {
        self.books().refunded()
    }

    /// Whether it was ever paid.
    #[must_use]
    pub fn was_paid(&self) -> bool {
        self.books().is_paid()
    }

    /// Whether money was paid or reserved, whatever became of it later.
    #[must_use]
    pub fn has_payment(&self) -> bool {
        self.books().payment.is_some()
    }

    /// Whether its sums are without contradiction. Otherwise the last consistent sums are shown, and the hub captures
    /// and refunds nothing.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.books().contradiction.is_none()
    }

    /// The requests of this kind that have not ended, with their numbers from 1.
    pub fn under_way(&self, kind: RequestKind) -> impl Iterator<Item = (usize, &TransactionRequest)> {
        (1..).zip(&self.requests).filter(move |(_, request)| request.kind == kind && !request.is_final())
    }

    /// The refunds and releases of the charge's own payment that have not ended, with their numbers from 1.
    pub fn refunds_under_way(&self) -> impl Iterator<Item = (usize, &TransactionRequest)> {
        self.under_way(RequestKind::Void).filter(|(_, request)| !self.is_of_a_duplicate(request))
    }

    /// Whether the shopper disputes it.
    #[must_use]
    pub fn is_dispute(&self) -> bool {
        self.books().disputes.values().any(|dispute| dispute.is_open)
    }

    /// Whether its refunds are accepted first and confirmed later: those of a Pix.
    pub(super) const fn refunds_later(&self) -> bool {
        match self.method.kind() {
            PaymentType::Pix => true,
            PaymentType::Credit | PaymentType::Boleto | PaymentType::Drip => false,
        }
    }

    fn has_refund_under_way(&self) -> bool {
        self.refunds_later() && self.refunds_under_way().any(|(_, request)| request.is_processing())
    }
}

/// The status of a charge that is not paid, one request later.
fn unpaid(status: Status, request: &TransactionRequest) -> Status {
    if !request.kind.is_payment() {
        return status;
    }
    match request.status() {
        RequestStatus::Failed | RequestStatus::InternalError => Status::Failed,
        RequestStatus::Running | RequestStatus::Processing | RequestStatus::Success => Status::Pending,
    }
}
