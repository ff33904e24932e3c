//! What a provider update does to reserved money: it is reserved, its capture fails, or its reservation ends.
//!
//! A payment that its provider captures by itself is authorized once it is approved. Where that capture fails, and where
//! a capture fails after it was made, a failed capture is appended: the money is only reserved, and can be captured again
//! or released.

use super::{
    Charge, Circumstances,
    decline::{Decline, DeclineCode},
    notified::reported_as,
    record::{Learned, Reported},
    request::{Receipt, RequestKind, RequestStatus, TransactionRequest},
    settle::{Outcome, Payment, SessionStep, Settled, WaitReason},
    status::Phase,
};
use crate::{alarm::Alarm, money::Amount};

impl Charge {
    /// The attempt at `payment.number` was approved.
    pub(super) fn on_reserved(&self, payment: Payment, circumstances: Circumstances) -> Settled {
        let Some(request) = self.request(payment.number) else { return Settled::Wait(WaitReason::Nothing) };
        let Payment { number, amount, .. } = payment;
        match (request.kind, request.status()) {
            // Another payment under the same reference.
            (RequestKind::PreAuthorization | RequestKind::Authorization, RequestStatus::Success)
                if self.is_other(number, &payment.receipt) =>
            {
                let is_reserved = request.kind == RequestKind::PreAuthorization;
                self.approved_twice(Payment { is_reserved, ..payment })
            }
            (RequestKind::PreAuthorization | RequestKind::Authorization, RequestStatus::Success) => {
                let is_known = request.amount() == amount;
                if is_known { Settled::Unchanged } else { Settled::Contradiction(Alarm::PaidAnotherAmount) }
            }
            (
                RequestKind::PreAuthorization | RequestKind::Authorization,
                RequestStatus::Failed | RequestStatus::InternalError,
            ) if has_ended_at_its_provider(request) => Settled::Unchanged,
            (RequestKind::PreAuthorization, RequestStatus::Running | RequestStatus::Processing)
                if number == self.creation() =>
            {
                let learned = Learned { receipt: payment.receipt, amount: Some(amount), ..Learned::default() };
                self.answer(number, RequestStatus::Success, learned, circumstances)
            }
            (RequestKind::PreAuthorization, RequestStatus::Running | RequestStatus::Processing) => {
                Settled::Wait(WaitReason::OtherAttempt)
            }
            (RequestKind::PreAuthorization, RequestStatus::Failed | RequestStatus::InternalError) => {
                self.approved_late(Payment { is_reserved: true, ..payment })
            }
            // Its provider captures it by itself, or its shopper makes it.
            (RequestKind::Authorization | RequestKind::Pending, _) => self.on_paid(payment, circumstances),
            // What was changed had been approved.
            (
                RequestKind::Capture
                | RequestKind::Void
                | RequestKind::Cancel
                | RequestKind::ChargeBack
                | RequestKind::ChargeBackReversal
                | RequestKind::Dispute
                | RequestKind::DisputeClosed
                | RequestKind::RevertVoid,
                _,
            ) => Settled::Unchanged,
        }
    }

    /// Whether the provider calls the payment at `number` by another id than `receipt` does.
    fn is_other(&self, number: usize, receipt: &Receipt) -> bool {
        self.id_of(number).zip(receipt.transaction_id.as_deref()).is_some_and(|(known, reported)| known != reported)
    }

    /// A second payment under the reference of the first: a duplicate payment, once for each id.
    fn approved_twice(&self, payment: Payment) -> Settled {
        let id = payment.receipt.transaction_id.as_deref();
        let is_it = |request: &TransactionRequest| {
            request.is_duplicate
                && request.about == Some(payment.number)
                && id.is_some_and(|id| request.is_known_as(id))
        };
        if self.requests.iter().any(is_it) { Settled::Unchanged } else { Settled::Duplicate(payment) }
    }

    /// A capture will not be made, or was not made: the one at `number`, or that of the payment at `number`.
    pub(super) fn on_capture_failed(
        &self,
        number: usize,
        why: &Decline,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        let Some(request) = self.request(number) else { return Settled::Wait(WaitReason::Nothing) };
        let refused = |capture| self.settle(capture, Outcome::Declined(why.clone()), circumstances);
        match (request.kind, self.phase()) {
            (RequestKind::Capture, _) if !request.is_final() => refused(number),
            (RequestKind::Capture, Phase::Paid) if self.books().captured_by == Some(number) => {
                self.not_captured(why, id, circumstances)
            }
            (RequestKind::Capture, _) => Settled::Unchanged,
            (_, Phase::Unpaid) => Settled::Wait(WaitReason::Payment),
            (_, Phase::Ended) if !self.has_payment() => Settled::Wait(WaitReason::Nothing),
            _ if self.duplicate_at(number).is_some() => Settled::Contradiction(Alarm::CaptureFailedTooLate),
            _ if self.is_another_attempt(number) => Settled::Wait(WaitReason::Nothing),
            _ if self.has_failed_as(id) => Settled::Unchanged,
            // What is only reserved was not captured.
            (_, Phase::Reserved | Phase::Ended) => Settled::Unchanged,
            (_, Phase::BeingCaptured) => {
                let capture = self.under_way(RequestKind::Capture).next();
                capture.map_or(Settled::Unchanged, |(capture, _)| refused(capture))
            }
            (_, Phase::Paid) => self.not_captured(why, id, circumstances),
        }
    }

    /// What counted as taken is only reserved. Where it was refunded or disputed since, an operator must look.
    fn not_captured(&self, why: &Decline, id: &str, circumstances: Circumstances) -> Settled {
        if self.has_moved_on() {
            return Settled::Contradiction(Alarm::CaptureFailedTooLate);
        }
        let reported = Reported::done(RequestKind::Capture, self.amount(), reported_as(id));
        let failed = Reported { status: RequestStatus::Failed, decline: Some(why.clone()), ..reported };
        self.not_taken(failed, circumstances)
    }

    /// Appends `reported`, by which what counted as taken was not taken.
    fn not_taken(&self, reported: Reported, circumstances: Circumstances) -> Settled {
        if self.refunds_under_way().next().is_some() {
            return Settled::Wait(WaitReason::RequestUnderWay);
        }
        if !self.has_room() {
            return Settled::Contradiction(Alarm::NoRoom);
        }
        let about = self.books().captured_by;
        self.append(Reported { about, ..reported }, circumstances)
    }

    /// Whether its money was certainly taken: by its shopper's own payment, or refunded or disputed since.
    fn has_moved_on(&self) -> bool {
        let books = self.books();
        self.method.kind().is_asynchronous() || books.refunded() > 0 || books.debited() > 0
    }

    /// Whether a capture that the provider knows by this id has failed after it had been made.
    pub(super) fn has_failed_as(&self, id: &str) -> bool {
        self.requests.iter().any(|request| request.is_failed_capture() && request.is_known_as(id))
    }

    /// What was reserved is reserved no more: by the release at `number`, or of the payment at `number`.
    pub(super) fn on_reservation_ended(&self, number: usize, id: &str, circumstances: Circumstances) -> Settled {
        let Some(request) = self.request(number) else { return Settled::Wait(WaitReason::Nothing) };
        // A provider may name the payment, and know the release by its own id.
        let number = self.refund_known_as(id).unwrap_or(number);
        let release = self.refund_at(number);
        if release.is_some_and(|release| release.has_succeeded() || self.is_of_a_duplicate(release)) {
            return self.settle(number, Outcome::Approved(reported_as(id)), circumstances);
        }
        if let Some(duplicate) = self.duplicate_at(number) {
            return self.duplicate_ended(duplicate, id, circumstances);
        }
        match self.phase() {
            Phase::Unpaid if !request.is_final() && !self.method.kind().is_asynchronous() => {
                let (receipt, decline) = (reported_as(id), Some(DeclineCode::Generic.into()));
                let learned = Learned { receipt, decline, ..Learned::default() };
                self.answer(number, RequestStatus::Failed, learned, circumstances)
            }
            Phase::Unpaid | Phase::Ended => Settled::Unchanged,
            Phase::Reserved | Phase::BeingCaptured | Phase::Paid if self.is_another_attempt(number) => {
                Settled::Unchanged
            }
            // A capture says by its end what it took.
            Phase::BeingCaptured => Settled::Wait(WaitReason::RequestUnderWay),
            Phase::Paid if self.amount() == Amount::ZERO => Settled::Unchanged,
            Phase::Paid if self.is_captured() => Settled::Contradiction(Alarm::CapturedReservationEnded),
            Phase::Reserved | Phase::Paid => self.all_released(number, id, circumstances),
        }
    }

    /// Nothing is reserved any more: the release at `number` did it, or the only one under way, or the provider. A release
    /// of a part that is not named ends by itself first.
    fn all_released(&self, number: usize, id: &str, circumstances: Circumstances) -> Settled {
        let (left, receipt) = (self.amount(), reported_as(id));
        let mut under_way = self.refunds_under_way();
        match (under_way.next(), under_way.next()) {
            (Some((release, request)), None) if release == number || request.amount == left => {
                let learned = Learned { receipt, amount: Some(left), ..Learned::default() };
                self.answer(release, RequestStatus::Success, learned, circumstances)
            }
            (Some(_), _) => Settled::Wait(WaitReason::RequestUnderWay),
            (None, _) if self.refund_at(number).is_some() => self.late_refund(number, left, receipt, circumstances),
            (None, _) if self.phase() == Phase::Reserved => self.lapsed(self.payment(), receipt, circumstances),
            (None, _) => {
                let released = Reported::done(RequestKind::Void, left, receipt);
                self.not_taken(released, circumstances)
            }
        }
    }

    /// The reservation of the duplicate payment at this number ended: nothing is left for the hub to release.
    fn duplicate_ended(&self, duplicate: usize, id: &str, circumstances: Circumstances) -> Settled {
        let left = self.left_to_refund(duplicate);
        if self.refunds_of(duplicate).any(|release| !release.is_final()) {
            Settled::Wait(WaitReason::RequestUnderWay)
        } else if left == Amount::ZERO {
            Settled::Unchanged
        } else {
            self.refund_of_its_own(duplicate, RequestStatus::Success, left, id, circumstances)
        }
    }

    /// Whether the request at `number` is an attempt that did not make the charge's own payment.
    fn is_another_attempt(&self, number: usize) -> bool {
        let attempt = self.request(number).filter(|request| request.kind.is_payment());
        attempt.is_some_and(|request| request.about.unwrap_or(number) != self.payment())
    }

    /// Whether its money was certainly captured. What a provider captures by itself may still be reserved until the
    /// provider says that it was captured.
    fn is_captured(&self) -> bool {
        let books = self.books();
        let taken = books.captured_by.and_then(|number| self.request(number));
        let is_capture = |taken: &TransactionRequest| taken.kind == RequestKind::Capture || taken.has_capture();
        // Paid after it was reserved, also where it had been released meanwhile.
        self.has_moved_on() || books.was_reserved() || taken.is_some_and(is_capture)
    }

    /// Notes that the payment at `number`, which its provider captures by itself, was captured: no money moves, and
    /// nothing that is printed changes.
    pub(super) fn captured_as(&self, number: usize, capture: String) -> Settled {
        let mut next = self.clone();
        let payment = number.checked_sub(1).and_then(|index| next.requests.get_mut(index));
        let payment = payment.filter(|payment| !payment.has_capture());
        let Some(answer) = payment.and_then(|payment| payment.answers.last_mut()) else { return Settled::Unchanged };
        answer.receipt.capture_id = Some(capture);
        next.version = next.version.saturating_add(1);
        Settled::Changed(Box::new(next), SessionStep::Keep)
    }
}

/// Whether the attempt failed because its provider had canceled it: an approval is then older than its end.
fn has_ended_at_its_provider(attempt: &TransactionRequest) -> bool {
    attempt.latest().is_some_and(|answer| answer.receipt.transaction_id.is_some())
}
