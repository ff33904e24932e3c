//! What a provider's answer does to a charge.

use strum::IntoStaticStr;

use super::{
    Charge, Circumstances,
    decline::{Decline, DeclineCode},
    record::{Learned, Reported},
    request::{Origin, Receipt, RequestKind, RequestStatus},
    status::{Phase, Status},
};
use crate::{alarm::Alarm, limits::NOT_FOUND_GRACE, money::Amount, session::SessionStatus};

/// The outcome of a request to a provider.
#[derive(Clone, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Approved(Receipt),
    /// The provider declined.
    Declined(Decline),
    /// The provider registered the payment, or accepted the capture or the refund. The shopper or the provider completes
    /// it later.
    Pending(Receipt),
    /// The shopper has paid this much. Of a reservation: this much was captured.
    Paid(Amount, Receipt),
    /// Of a registered payment or a reservation: it is canceled.
    Canceled,
    /// Unknown: a timeout, a failure of the provider, or an answer that cannot be read.
    Unknown,
    /// Reconciled later: the provider has no record of our reference.
    NotFound,
    /// No connection was made, so the provider cannot have done it.
    NotSent,
}

impl Outcome {
    /// Its name without its data, for logs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// What a changed charge does to the session whose lock it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionStep {
    /// Nothing: the session stays as it is.
    Keep,
    /// The lock is released: the session can be paid again.
    Release,
    /// The session is paid.
    Pay,
    /// The merchant took its payment back in full: the session ends.
    Void,
    /// The session is canceled together with its payment.
    Cancel,
}

impl SessionStep {
    /// The status that it gives the session; none where that stays.
    #[must_use]
    pub const fn status(self) -> Option<SessionStatus> {
        match self {
            Self::Keep | Self::Release => None,
            Self::Pay => Some(SessionStatus::Paid),
            Self::Void => Some(SessionStatus::Voided),
            Self::Cancel => Some(SessionStatus::Canceled),
        }
    }

    /// Whether the charge holds the session's lock after it.
    #[must_use]
    pub const fn keeps_lock(self) -> bool {
        match self {
            Self::Keep | Self::Pay | Self::Void => true,
            Self::Release | Self::Cancel => false,
        }
    }
}

/// What a report waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// A request of the charge that has not ended, or that the hub has not stored yet.
    RequestUnderWay,
    /// Another attempt of the same charge, which has not ended.
    OtherAttempt,
    /// The charge that holds the session's lock, whose outcome is unknown.
    ActiveCharge(crate::ids::ChargeId),
    /// A payment that the hub does not know of yet, and that its shopper can still make.
    Payment,
    /// Nothing: nothing that the hub knows can explain it.
    Nothing,
}

impl WaitReason {
    /// Whether the hub can still learn what it waits for.
    #[must_use]
    pub const fn can_end(self) -> bool {
        match self {
            Self::RequestUnderWay | Self::OtherAttempt | Self::ActiveCharge(_) | Self::Payment => true,
            Self::Nothing => false,
        }
    }
}

/// A payment that was made: by which attempt, how much, and what the provider said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The number of the attempt.
    pub number: usize,
    /// How much.
    pub amount: Amount,
    /// What the provider said.
    pub receipt: Receipt,
    /// Whether it was only reserved.
    pub is_reserved: bool,
}

impl Payment {
    /// A payment whose money was taken.
    pub(super) fn of(number: usize, amount: Amount, receipt: &Receipt) -> Self {
        Self { number, amount, receipt: receipt.clone(), is_reserved: false }
    }
}

/// What a report does to the charge; its effect on the session is decided afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nothing: it is known already.
    Unchanged,
    /// It cannot be decided yet.
    Wait(WaitReason),
    /// It contradicts what the hub knows: nothing is written, and an operator must look at it.
    Contradiction(Alarm),
    /// A payment of a charge that had failed, expired or been canceled.
    Late(Payment),
    /// A duplicate payment of a charge that is paid.
    Duplicate(Payment),
    /// The charge as it is now.
    Changed(Box<Charge>, SessionStep),
}

/// What becomes of one request after an outcome.
enum Next {
    Same,
    Open(Receipt),
    Success(Receipt),
    Failed(Decline),
    NeverSent,
    /// The payment that it made, registered or reserved was paid.
    Paid(Amount, Receipt),
    /// The payment that it registered will not be made.
    NotPaid(Decline),
    /// The money that it reserved was released by the acquirer.
    Lapsed,
    /// Approved although it had failed; with the paid amount, where the provider said it.
    Late(Option<Amount>, Receipt),
}

impl Charge {
    /// Applies `outcome` to the request at `number` (from 1).
    pub(super) fn settle(&self, number: usize, outcome: Outcome, circumstances: Circumstances) -> Settled {
        let Some(request) = self.request(number) else { return Settled::Unchanged };
        // The provider does not know our reference for what it began itself, however late.
        let is_ours = request.origin != Origin::Provider;
        let grace_is_over = is_ours && circumstances.at > request.call_before.plus(NOT_FOUND_GRACE);
        let next = match request.status() {
            ended @ (RequestStatus::Success | RequestStatus::Failed | RequestStatus::InternalError) => {
                after_the_end(self.kind_by_its_money(number, request.kind), ended, outcome)
            }
            RequestStatus::Running | RequestStatus::Processing => {
                next(request.kind, request.status(), outcome, grace_is_over)
            }
        };
        let (status, receipt, decline) = match next {
            Next::Same => return self.asked_later(number, circumstances.ask_after),
            Next::Paid(amount, mut receipt) => {
                // A provider may answer with the id of the registration, which is no id of the payment.
                receipt.transaction_id = receipt.transaction_id.filter(|id| !request.is_known_as(id));
                return self.on_paid(Payment { number, amount, receipt, is_reserved: false }, circumstances);
            }
            Next::NotPaid(why) => return self.not_paid(why, circumstances),
            Next::Lapsed => return self.lapsed(number, Receipt::default(), circumstances),
            Next::Late(amount, receipt) => return self.late(number, amount, receipt, circumstances),
            // The charge was paid meanwhile: the cancel has failed, whatever its outcome.
            Next::Success(_) | Next::Open(_)
                if request.kind == RequestKind::Cancel && self.status() != Status::Pending =>
            {
                (RequestStatus::Failed, Receipt::default(), Some(DeclineCode::Generic.into()))
            }
            Next::Open(receipt) => (RequestStatus::Processing, receipt, None),
            Next::Success(receipt) => (RequestStatus::Success, receipt, None),
            Next::Failed(why) => (RequestStatus::Failed, Receipt::default(), Some(why)),
            Next::NeverSent => {
                (RequestStatus::InternalError, Receipt::default(), circumstances.not_sent.map(Decline::from))
            }
        };
        self.answer(number, status, Learned { receipt, decline, ..Learned::default() }, circumstances)
    }

    /// The kind of the request at `number`: an authorization whose capture failed is a reservation.
    fn kind_by_its_money(&self, number: usize, kind: RequestKind) -> RequestKind {
        let is_reserved = matches!(self.phase(), Phase::Reserved | Phase::BeingCaptured) && number == self.payment();
        if is_reserved && kind == RequestKind::Authorization { RequestKind::PreAuthorization } else { kind }
    }

    /// The shopper has paid what an attempt registered, or the acquirer has captured what it reserved.
    pub(super) fn paid(&self, payment: Payment, circumstances: Circumstances) -> Settled {
        match self.phase() {
            Phase::Unpaid if payment.number < self.creation() => Settled::Wait(WaitReason::OtherAttempt),
            Phase::Unpaid => {
                let about = Some(payment.number);
                let reported = Reported::done(RequestKind::Authorization, payment.amount, payment.receipt);
                self.record_payment(Reported { about, ..reported }, circumstances)
            }
            // An older notification of a capture that has failed since.
            Phase::Reserved | Phase::BeingCaptured
                if payment.receipt.clone().of_capture().transaction_id.is_some_and(|id| self.has_failed_as(&id)) =>
            {
                Settled::Unchanged
            }
            Phase::Reserved | Phase::BeingCaptured if payment.number == self.payment() => {
                self.captured(payment, circumstances)
            }
            Phase::Reserved | Phase::BeingCaptured | Phase::Paid => self.paid_again(payment),
            Phase::Ended => Settled::Late(payment),
        }
    }

    /// A payment of a charge that has money: a known payment, or a second one.
    pub(super) fn paid_again(&self, payment: Payment) -> Settled {
        let own = if payment.number == self.payment() { self.books().paid_by } else { None };
        // A second reservation that is captured is a duplicate payment, once more.
        let is_duplicate = |request: &super::TransactionRequest| {
            let is_reservation = request.kind == RequestKind::PreAuthorization;
            request.is_duplicate && request.about == Some(payment.number) && (payment.is_reserved || !is_reservation)
        };
        let of_this_attempt = (1..)
            .zip(&self.requests)
            .filter(|(number, request)| own == Some(*number) || (request.kind.is_payment() && is_duplicate(request)));
        let seen: Vec<(usize, &super::TransactionRequest)> = of_this_attempt.collect();
        if seen.is_empty() {
            return Settled::Duplicate(payment);
        }
        // A card's authorization and its capture may have ids of their own: one attempt is one payment.
        let another_amount = Settled::Contradiction(Alarm::PaidAnotherAmount);
        if !self.method.kind().is_asynchronous() {
            let is_another = |paid: u64| paid != payment.amount.minor();
            let contradicts = own.is_some() && !payment.is_reserved && self.books().paid().is_some_and(is_another);
            let is_it = |request: &super::TransactionRequest| {
                let id = payment.receipt.transaction_id.as_deref();
                request.kind == RequestKind::Authorization && id.is_some_and(|id| request.is_known_as(id))
            };
            let captured = seen.iter().find(|(_, request)| is_it(request)).map(|(number, _)| *number);
            return match (contradicts, captured.zip(payment.receipt.capture_id)) {
                (true, _) => another_amount,
                (false, Some((number, capture))) => self.captured_as(number, capture),
                (false, None) => Settled::Unchanged,
            };
        }
        let has_amount = |request: &super::TransactionRequest| request.amount() == payment.amount;
        let Some(id) = payment.receipt.transaction_id.as_deref() else {
            let is_repeated = seen.iter().any(|(_, request)| has_amount(request));
            return if is_repeated { Settled::Unchanged } else { another_amount };
        };
        let is_registration = own.is_some() && self.request(payment.number).is_some_and(|one| one.is_known_as(id));
        let all_have_ids = seen.iter().all(|(_, request)| request.has_id());
        let is_repeated = |request: &super::TransactionRequest| {
            request.is_known_as(id) || (is_registration && all_have_ids && !request.is_duplicate)
        };
        if let Some((_, known)) = seen.iter().find(|(_, request)| is_repeated(request)) {
            return if has_amount(known) { Settled::Unchanged } else { another_amount };
        }
        // A payment without an id may be this one: then the next payment with another id is a second one.
        match seen.iter().find(|(_, request)| !request.has_id()) {
            Some((number, request)) if has_amount(request) => self.known(*number, id),
            // Which of the two is the known payment is decided when that has an id.
            Some(_) => another_amount,
            None => Settled::Duplicate(payment),
        }
    }

    /// The acquirer has captured what it reserved: by a capture under way, or by itself.
    pub(super) fn captured(&self, payment: Payment, circumstances: Circumstances) -> Settled {
        let (amount, receipt) = (payment.amount, payment.receipt.of_capture());
        match self.under_way(RequestKind::Capture).next() {
            Some((number, _)) => {
                let learned = Learned { receipt, amount: Some(amount), ..Learned::default() };
                self.answer(number, RequestStatus::Success, learned, circumstances)
            }
            // The end of a release that is under way says how much was left to capture.
            None if self.refunds_under_way().next().is_some() => Settled::Wait(WaitReason::RequestUnderWay),
            None => self.append(Reported::done(RequestKind::Capture, amount, receipt), circumstances),
        }
    }

    /// The acquirer has captured what it reserved before the hub knew that it had reserved it.
    pub(super) fn reserved_and_captured(&self, payment: Payment, circumstances: Circumstances) -> Settled {
        let learned = Learned { receipt: payment.receipt.clone().of_payment(), ..Learned::default() };
        let reserved = match self.answer(payment.number, RequestStatus::Success, learned, circumstances) {
            Settled::Changed(reserved, _) => Self { version: self.version, ..*reserved },
            other @ (Settled::Unchanged
            | Settled::Wait(_)
            | Settled::Contradiction(_)
            | Settled::Late(_)
            | Settled::Duplicate(_)) => return other,
        };
        reserved.captured(payment, circumstances)
    }

    /// What was registered will not be paid any more.
    fn not_paid(&self, why: Decline, circumstances: Circumstances) -> Settled {
        if self.status() != Status::Pending {
            return Settled::Unchanged;
        }
        match self.under_way(RequestKind::Cancel).next() {
            None => {
                let reported = Reported::done(RequestKind::Authorization, self.original_amount, Receipt::default());
                let (status, about) = (RequestStatus::Failed, Some(self.creation()));
                self.append(Reported { status, about, decline: Some(why), ..reported }, circumstances)
            }
            // Nothing is left to cancel: a cancel with an unknown outcome counts as done.
            Some((number, cancel)) if cancel.is_processing() => {
                self.answer(number, RequestStatus::Success, Learned::default(), circumstances)
            }
            Some(_) => Settled::Wait(WaitReason::RequestUnderWay),
        }
    }

    /// The acquirer has released what the request at `number` had reserved.
    pub(super) fn lapsed(&self, number: usize, receipt: Receipt, circumstances: Circumstances) -> Settled {
        // The end of a capture or release under way says what became of the money.
        if self.status() == Status::PreAuthorized && self.is_at_rest() && number == self.payment() {
            self.append(Reported::done(RequestKind::Void, self.amount(), receipt), circumstances)
        } else {
            Settled::Unchanged
        }
    }

    /// The request at `number` was approved although it had failed.
    fn late(&self, number: usize, paid: Option<Amount>, receipt: Receipt, circumstances: Circumstances) -> Settled {
        let Some(request) = self.request(number) else { return Settled::Unchanged };
        let amount = paid.unwrap_or(request.amount);
        match request.kind {
            RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization => {
                let is_reserved = paid.is_none() && request.kind == RequestKind::PreAuthorization;
                let payment = Payment { number: request.about.unwrap_or(number), amount, receipt, is_reserved };
                match self.phase() {
                    Phase::Ended if paid.is_some() => Settled::Late(payment),
                    Phase::Unpaid | Phase::Ended | Phase::Reserved | Phase::BeingCaptured | Phase::Paid => {
                        self.approved_late(payment)
                    }
                }
            }
            RequestKind::Void => self.late_refund(number, amount, receipt, circumstances),
            RequestKind::Capture => self.late_capture(number, amount, receipt, circumstances),
            RequestKind::Cancel
            | RequestKind::ChargeBack
            | RequestKind::ChargeBackReversal
            | RequestKind::Dispute
            | RequestKind::DisputeClosed
            | RequestKind::RevertVoid => Settled::Unchanged,
        }
    }

    /// An attempt that had failed was approved after all.
    pub(super) fn approved_late(&self, payment: Payment) -> Settled {
        match self.phase() {
            Phase::Unpaid => Settled::Wait(WaitReason::OtherAttempt),
            // A late payment that was recorded, and released since.
            Phase::Ended if self.payment() == payment.number && self.has_payment() => Settled::Unchanged,
            Phase::Ended => Settled::Late(payment),
            Phase::Reserved | Phase::BeingCaptured | Phase::Paid => self.paid_again(payment),
        }
    }

    /// A capture that had been refused was made after all.
    pub(super) fn late_capture(
        &self,
        number: usize,
        amount: Amount,
        receipt: Receipt,
        circumstances: Circumstances,
    ) -> Settled {
        match self.phase() {
            // It says by itself that what counted as taken was not.
            _ if self.request(number).is_some_and(super::TransactionRequest::is_failed_capture) => Settled::Unchanged,
            Phase::Reserved if self.is_at_rest() => {
                let learned = Learned { receipt: receipt.of_capture(), amount: Some(amount), ..Learned::default() };
                self.answer(number, RequestStatus::Success, learned, circumstances)
            }
            Phase::Reserved | Phase::BeingCaptured => Settled::Wait(WaitReason::RequestUnderWay),
            Phase::Ended if self.status() == Status::Canceled => {
                Settled::Late(Payment { number: self.payment(), amount, receipt, is_reserved: false })
            }
            Phase::Unpaid | Phase::Ended | Phase::Paid => Settled::Contradiction(Alarm::SecondCapture),
        }
    }

    /// A refund that had been refused was made after all. Above the residual amount an operator must look at it.
    pub(super) fn late_refund(
        &self,
        number: usize,
        amount: Amount,
        receipt: Receipt,
        circumstances: Circumstances,
    ) -> Settled {
        let request = self.request(number).filter(|request| self.is_of_a_duplicate(request));
        if let Some(beyond) = self.beyond(request.and_then(|request| request.about), amount) {
            return beyond;
        }
        let learned = Learned { receipt, amount: Some(amount), ..Learned::default() };
        self.answer(number, RequestStatus::Success, learned, circumstances)
    }

    /// Why a refund of this amount cannot be recorded, of the charge's own payment or of the duplicate at this number.
    /// It waits while other refunds, which may fail, are to take what is left; above what is left an operator must
    /// look.
    pub(super) fn beyond(&self, duplicate: Option<usize>, amount: Amount) -> Option<Settled> {
        if let Some(duplicate) = duplicate {
            let is_promised = self.refunds_of(duplicate).any(|refund| !refund.is_final());
            return match (amount <= self.left_to_refund(duplicate), is_promised) {
                (true, _) => None,
                (false, true) => Some(Settled::Wait(WaitReason::RequestUnderWay)),
                (false, false) => Some(Settled::Contradiction(Alarm::RefundAboveResidual)),
            };
        }
        let promised = self.refunds_under_way().next().is_some();
        let left = self.amount();
        if amount <= left && (!promised || amount <= self.available()) {
            None
        } else if amount <= left {
            Some(Settled::Wait(WaitReason::RequestUnderWay))
        } else {
            Some(Settled::Contradiction(Alarm::RefundAboveResidual))
        }
    }

    /// Whether every request has ended.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.requests.iter().all(super::TransactionRequest::is_final)
    }
}

/// The table of what is under way: request kind × status × outcome.
fn next(kind: RequestKind, status: RequestStatus, outcome: Outcome, grace_is_over: bool) -> Next {
    match (kind, outcome) {
        (
            RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization | RequestKind::Capture,
            Outcome::Paid(amount, receipt),
        ) => Next::Paid(amount, receipt),
        (RequestKind::Cancel, Outcome::Canceled) => Next::Success(Receipt::default()),
        // The payment came before the cancel: a query about the payment says the rest.
        (RequestKind::Cancel, Outcome::Paid(..)) => Next::Failed(DeclineCode::Generic.into()),
        (RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization, Outcome::Canceled) => {
            Next::Failed(DeclineCode::Generic.into())
        }
        (RequestKind::Pending, Outcome::Pending(receipt))
        | (
            RequestKind::Authorization
            | RequestKind::PreAuthorization
            | RequestKind::Capture
            | RequestKind::Void
            | RequestKind::Cancel,
            Outcome::Approved(receipt),
        ) => Next::Success(receipt),
        (_, Outcome::Declined(decline)) => Next::Failed(decline),
        (_, Outcome::NotFound) if grace_is_over => Next::Failed(DeclineCode::ProcessingError.into()),
        (_, Outcome::NotSent) if status == RequestStatus::Running => Next::NeverSent,
        // The provider accepted a capture or a refund, and may have given it an id.
        (RequestKind::Capture | RequestKind::Void, Outcome::Pending(receipt)) if status == RequestStatus::Running => {
            Next::Open(receipt)
        }
        // An approval is no answer to a registration: `Paid` says that it was paid.
        (
            _,
            Outcome::Approved(_)
            | Outcome::Pending(_)
            | Outcome::Paid(..)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound,
        ) if status == RequestStatus::Running => Next::Open(Receipt::default()),
        (
            _,
            Outcome::Approved(_)
            | Outcome::Pending(_)
            | Outcome::Paid(..)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound
            | Outcome::NotSent,
        ) => Next::Same,
    }
}

/// The table of what has ended: request kind × its end × outcome.
fn after_the_end(kind: RequestKind, ended: RequestStatus, outcome: Outcome) -> Next {
    let has_failed = ended.is_failure();
    match (kind, outcome) {
        (RequestKind::Pending | RequestKind::PreAuthorization, Outcome::Paid(amount, receipt)) if !has_failed => {
            Next::Paid(amount, receipt)
        }
        (RequestKind::Pending, Outcome::Declined(why)) if !has_failed => Next::NotPaid(why),
        (RequestKind::Pending, Outcome::Canceled) if !has_failed => Next::NotPaid(DeclineCode::Generic.into()),
        // Also of a reservation that had failed: its money may have come late.
        (RequestKind::PreAuthorization, Outcome::Canceled) => Next::Lapsed,
        // A late payment of a registration is no payment.
        (_, Outcome::Approved(receipt)) if has_failed && kind != RequestKind::Pending => Next::Late(None, receipt),
        (
            RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization,
            Outcome::Paid(amount, receipt),
        ) if has_failed => Next::Late(Some(amount), receipt),
        (
            _,
            Outcome::Approved(_)
            | Outcome::Paid(..)
            | Outcome::Declined(_)
            | Outcome::Pending(_)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound
            | Outcome::NotSent,
        ) => Next::Same,
    }
}
