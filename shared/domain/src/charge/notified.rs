//! What a provider update does to a charge: one table of update × where the money is.
//!
//! Notifications come twice, late and in any order. An update that is known changes nothing; one about something that
//! the hub does not know of yet waits; one that contradicts the charge changes nothing, and an operator must look at
//! it.

use super::{
    AbilitiesOf, Charge, Circumstances,
    decline::Decline,
    disputes::OfDispute,
    record::Learned,
    refunds::RefundIds,
    request::{Origin, Receipt, RequestKind, RequestStatus},
    settle::{Outcome, Payment, Settled, WaitReason},
    status::{Phase, Status},
    update::{ProviderUpdate, UpdateKind},
};
use crate::{alarm::Alarm, limits::MAX_REPORTED_REQUESTS, money::Amount};

impl Phase {
    /// What an update waits for that presupposes a payment.
    pub(super) const fn payment(self) -> WaitReason {
        match self {
            Self::Unpaid | Self::Reserved | Self::BeingCaptured | Self::Paid => WaitReason::Payment,
            Self::Ended => WaitReason::Nothing,
        }
    }
}

impl Charge {
    /// Applies an update about this charge. Its amounts are in the charge's currency.
    pub(super) fn notified(
        &self,
        update: &ProviderUpdate,
        abilities: AbilitiesOf,
        circumstances: Circumstances,
    ) -> Settled {
        if update.currency.is_some_and(|currency| currency != self.currency) {
            return Settled::Contradiction(Alarm::AnotherCurrency);
        }
        self.on_update(update, abilities, circumstances)
    }

    fn on_update(&self, update: &ProviderUpdate, abilities: AbilitiesOf, circumstances: Circumstances) -> Settled {
        let Some(number) = self.changed_by(update) else { return Settled::Wait(WaitReason::Nothing) };
        let (id, phase) = (update.id.as_str(), self.phase());
        let payment = |amount: &Amount, receipt: &Receipt| Payment::of(number, *amount, receipt);
        let says_sums = self.says_sums(number, abilities);
        let refund = |transaction| RefundIds::of(update, transaction, says_sums);
        let of_dispute = |dispute, place| OfDispute { dispute, place, id };
        match (&update.kind, phase) {
            // Whoever reads the payment learns what happened.
            (UpdateKind::Look, _) => Settled::Unchanged,
            (_, _) if self.request(number).is_none() => Settled::Wait(WaitReason::Nothing),
            (UpdateKind::Paid { amount, receipt }, _) => self.on_paid(payment(amount, receipt), circumstances),
            (UpdateKind::Reserved { amount, receipt }, _) => self.on_reserved(payment(amount, receipt), circumstances),
            (UpdateKind::NotPaid { why }, _) => self.on_not_paid(number, why, circumstances),
            (UpdateKind::CaptureFailed { why }, _) => self.on_capture_failed(number, why, id, circumstances),
            (UpdateKind::ReservationEnded, _) => self.on_reservation_ended(number, id, circumstances),
            (UpdateKind::RefundBegun { .. } | UpdateKind::RefundReverted { .. }, Phase::Unpaid | Phase::Ended)
            | (
                UpdateKind::ChargedBack { .. }
                | UpdateKind::ChargebackReversed { .. }
                | UpdateKind::Disputed { .. }
                | UpdateKind::DisputeClosed { .. },
                Phase::Unpaid | Phase::Ended | Phase::Reserved | Phase::BeingCaptured,
            ) => Settled::Wait(phase.payment()),
            (
                UpdateKind::RefundBegun { .. }
                | UpdateKind::RefundReverted { .. }
                | UpdateKind::Refunded { .. }
                | UpdateKind::RefundedOutside { .. },
                Phase::BeingCaptured,
            ) => Settled::Wait(WaitReason::RequestUnderWay),
            (UpdateKind::Refunded { amount, transaction }, _) => {
                self.on_refunded(number, *amount, phase, refund(transaction.as_deref()), circumstances)
            }
            (UpdateKind::RefundedOutside { amount }, _) => {
                self.on_refunded_outside(number, *amount, phase, refund(None), circumstances)
            }
            (UpdateKind::RefundFailed { why }, _) => self.on_refund_failed(number, why, phase, id, circumstances),
            (UpdateKind::RefundBegun { amount }, Phase::Paid) => {
                self.on_refund_begun(number, *amount, refund(None), circumstances)
            }
            (UpdateKind::RefundBegun { .. } | UpdateKind::RefundReverted { .. }, Phase::Reserved) => {
                Settled::Contradiction(Alarm::RefundOfReservedMoney)
            }
            (UpdateKind::RefundReverted { amount, refund: of }, Phase::Paid) => {
                self.on_refund_reverted(number, *amount, refund(of.as_deref()), circumstances)
            }
            // Recorded here, it would count as a debit of the payment that the charge keeps.
            (
                UpdateKind::ChargedBack { .. }
                | UpdateKind::ChargebackReversed { .. }
                | UpdateKind::Disputed { .. }
                | UpdateKind::DisputeClosed { .. },
                Phase::Paid,
            ) if self.duplicate_at(number).is_some() => Settled::Contradiction(Alarm::DisputeOfADuplicatePayment),
            (UpdateKind::ChargedBack { amount, dispute, place }, Phase::Paid) => {
                self.on_charged_back(*amount, of_dispute(dispute.as_deref(), *place), circumstances)
            }
            (UpdateKind::ChargebackReversed { amount, dispute, place }, Phase::Paid) => {
                self.on_chargeback_reversed(*amount, of_dispute(dispute.as_deref(), *place), circumstances)
            }
            (UpdateKind::Disputed { dispute }, Phase::Paid) => {
                self.on_disputed(dispute.as_deref().unwrap_or(id), id, circumstances)
            }
            (UpdateKind::DisputeClosed { dispute, won }, Phase::Paid) => {
                self.on_dispute_closed(dispute.as_deref(), *won, id, circumstances)
            }
        }
    }

    /// The number of what an update changes: that of the reference, or of the duplicate payment that the update names
    /// beside it. None where it names a payment that the hub does not know so far, beside the one that it knows.
    fn changed_by(&self, update: &ProviderUpdate) -> Option<usize> {
        let number = usize::from(update.reference.number);
        let is_payment = self.request(number).is_some_and(|request| request.kind.is_payment());
        let Some(id) = update.payment.as_deref().filter(|_| is_payment) else { return Some(number) };
        let mut payments = (1..).zip(&self.requests).filter(|(_, request)| request.kind.is_payment());
        match payments.find(|(_, payment)| payment.is_known_as(id)) {
            Some((duplicate, payment)) if payment.is_duplicate => Some(duplicate),
            Some(_) => Some(number),
            None => Some(number).filter(|_| !self.has_payment() || self.transaction_of(number).is_none()),
        }
    }

    /// Whether the provider of the request at `number` says sums alone of the refunds of its payment.
    fn says_sums(&self, number: usize, abilities: AbilitiesOf) -> bool {
        let method = self.method.kind();
        self.request(number).is_some_and(|request| abilities(request.via.kind, method).one_refund_at_a_time)
    }

    /// The request at `payment.number` was paid, or what it had reserved was captured.
    pub(super) fn on_paid(&self, payment: Payment, circumstances: Circumstances) -> Settled {
        let Some(request) = self.request(payment.number) else { return Settled::Wait(WaitReason::Nothing) };
        let Payment { number, amount, receipt, .. } = payment.clone();
        match (request.kind, request.status()) {
            (RequestKind::Capture, RequestStatus::Success) if request.amount() != amount => {
                Settled::Contradiction(Alarm::PaidAnotherAmount)
            }
            (RequestKind::Capture, RequestStatus::Success) => Settled::Unchanged,
            (RequestKind::Capture, RequestStatus::Running | RequestStatus::Processing) => {
                self.captured(payment, circumstances)
            }
            (RequestKind::Capture, RequestStatus::Failed | RequestStatus::InternalError) => {
                self.late_capture(number, amount, receipt, circumstances)
            }
            // The attempt under way is approved with the amount that the provider says.
            (RequestKind::Authorization | RequestKind::PreAuthorization, status)
                if !status.is_failure() && self.status() == Status::Pending && number == self.creation() =>
            {
                if request.kind == RequestKind::PreAuthorization {
                    return self.reserved_and_captured(payment, circumstances);
                }
                let learned = Learned { receipt, amount: Some(amount), ..Learned::default() };
                self.answer(number, RequestStatus::Success, learned, circumstances)
            }
            (RequestKind::Authorization | RequestKind::PreAuthorization, _) if self.status() == Status::Pending => {
                Settled::Wait(WaitReason::OtherAttempt)
            }
            (RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization, _) => {
                self.paid(Payment { number: request.about.unwrap_or(number), ..payment }, circumstances)
            }
            // The update names a cancel or a refund of the payment: the payment was made.
            (
                RequestKind::Void
                | RequestKind::Cancel
                | RequestKind::ChargeBack
                | RequestKind::ChargeBackReversal
                | RequestKind::Dispute
                | RequestKind::DisputeClosed
                | RequestKind::RevertVoid,
                _,
            ) => self.paid(Payment { number: self.payment(), ..payment }, circumstances),
        }
    }

    fn on_not_paid(&self, number: usize, why: &Decline, circumstances: Circumstances) -> Settled {
        match self.phase() {
            Phase::Unpaid => self.settle(number, Outcome::Declined(why.clone()), circumstances),
            // Money that is reserved or paid was not declined; a failed charge stays failed.
            Phase::Ended | Phase::Reserved | Phase::BeingCaptured | Phase::Paid => Settled::Unchanged,
        }
    }

    /// Whether one more request fits that a provider reports, without the room that is kept for chargebacks.
    pub(super) fn has_room(&self) -> bool {
        self.used_room() < MAX_REPORTED_REQUESTS
    }

    /// How many requests it has, except the hub's own: the hub's daily refunds take no room from a chargeback.
    pub(super) fn used_room(&self) -> usize {
        self.requests.iter().filter(|request| request.origin != Origin::Hub).count()
    }
}

/// The receipt of something that a provider reports under an id.
pub(super) fn reported_as(id: &str) -> Receipt {
    Receipt { transaction_id: Some(id.to_owned()), ..Receipt::default() }
}
