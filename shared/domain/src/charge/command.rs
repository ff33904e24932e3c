//! What may be asked of a charge next: one table of status × command.

use super::{
    Charge,
    decide::{Abilities, AbilitiesOf, PartialRelease},
    request::{Origin, RequestKind, TransactionRequest, Via},
    status::{Phase, Status},
};
use crate::{
    ids::RequestId,
    limits::{MAX_CANCELS, MAX_ORDERED_REQUESTS},
    money::Amount,
    refusal::Refusal,
    time::Timestamp,
};

/// What is to be done to a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Capture reserved money: this much, or all that is reserved.
    Capture(Option<Amount>),
    /// Refund, or release reserved money: this much, or all that is left.
    Void(Option<Amount>),
    /// Release all that is reserved. Unlike a void it never refunds: not either where the money was captured meanwhile.
    Release,
    /// Refund what was paid: this much, or all that is left beside refunds under way. Unlike a void it never releases
    /// reserved money.
    Refund(Option<Amount>),
    /// Cancel an unpaid payment, so that its session can be paid by another payment method, or ends.
    Cancel,
    /// Refund what is left of the payment at this number, from 1, which is not kept.
    RefundUnkept(usize),
}

/// A request that may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intent {
    /// What is asked.
    pub kind: RequestKind,
    /// For how much, in minor units.
    pub amount: Amount,
    /// The number of the payment that it refunds, where that is not the charge's own.
    pub about: Option<usize>,
}

/// Who asks, and under which identity.
#[derive(Clone, Debug)]
pub struct Requester {
    /// The request's id: the same for the same idempotency key.
    pub id: RequestId,
    /// Who caused it.
    pub origin: Origin,
    /// The keyed hash of the caller's body; none for the hub itself.
    pub body: Option<String>,
    /// What the merchant calls the request, where that is another name than the charge's.
    pub merchant_reference: Option<String>,
    /// Whether canceling the payment cancels its session too.
    pub ends_session: bool,
    /// Until when the call may begin.
    pub call_before: Timestamp,
}

impl Charge {
    /// Decides `command`: what is to be sent to the provider.
    ///
    /// An amount above the residual amount is the caller's mistake, and so is a command that the status does not allow.
    /// An amount that disputes or refunds under way have taken is a conflict.
    ///
    /// # Errors
    /// The refusal that the caller gets. Nothing is stored or sent.
    pub fn command(&self, command: Command, abilities: AbilitiesOf) -> Result<Intent, Refusal> {
        let status = self.status();
        if !self.is_consistent() {
            return Err(Refusal::ChargeInconsistent);
        }
        match (self.phase(), command) {
            (_, Command::RefundUnkept(number)) => self.intent_to_refund(number, abilities),
            (Phase::BeingCaptured, Command::Capture(_) | Command::Void(_) | Command::Release | Command::Refund(_)) => {
                Err(Refusal::ChargeBusy)
            }
            (Phase::Reserved, Command::Capture(_) | Command::Release) if !self.is_at_rest() => Err(Refusal::ChargeBusy),
            (Phase::Reserved, Command::Capture(amount)) => {
                let intent = self.intent(RequestKind::Capture, amount)?;
                if intent.amount < self.amount() && !self.abilities(abilities).can_capture_part {
                    return Err(Refusal::PartialCaptureNotServed { reserved: self.amount() });
                }
                Ok(intent)
            }
            (Phase::Reserved, Command::Void(amount)) => self.intent_to_release(amount, self.abilities(abilities)),
            (Phase::Reserved, Command::Release) => self.intent_to_release(None, self.abilities(abilities)),
            (Phase::Paid, Command::Void(amount) | Command::Refund(amount)) if status != Status::Voided => {
                let able = self.abilities(abilities);
                if !able.can_refund() {
                    return Err(Refusal::RefundNotServed { method: self.method.kind() });
                }
                // Without an amount, a refund asks for all that refunds under way and disputes leave, a void for all
                // that disputes leave.
                let is_of_rest = status == Status::ChargedBack || matches!(command, Command::Refund(_));
                let amount = amount.or_else(|| is_of_rest.then(|| self.available()));
                self.intent_to_void(amount, able)
            }
            (Phase::Unpaid, Command::Cancel) => self.intent_to_cancel(self.abilities(abilities)),
            (Phase::Unpaid | Phase::Ended | Phase::Paid, Command::Capture(_)) => Err(Refusal::NotCapturable { status }),
            (Phase::Unpaid | Phase::Ended | Phase::Paid, Command::Void(_))
            | (Phase::Unpaid | Phase::Ended | Phase::Reserved | Phase::Paid, Command::Refund(_)) => {
                Err(Refusal::NotVoidable { status })
            }
            (Phase::Unpaid | Phase::Ended | Phase::Paid, Command::Release) => Err(Refusal::NotReleasable { status }),
            (Phase::Ended | Phase::Reserved | Phase::BeingCaptured | Phase::Paid, Command::Cancel) => {
                Err(Refusal::SessionLocked { until: None })
            }
        }
    }

    fn intent(&self, kind: RequestKind, amount: Option<Amount>) -> Result<Intent, Refusal> {
        let residual = self.amount();
        let amount = amount.unwrap_or(residual);
        if amount > residual {
            return Err(Refusal::AboveResidual { residual });
        }
        let available = self.available();
        if amount > available || amount == Amount::ZERO {
            return Err(Refusal::ResidualPromised { available });
        }
        if !self.has_requests_left() {
            return Err(Refusal::RequestsUsedUp);
        }
        Ok(Intent { kind, amount, about: None })
    }

    /// Whether the merchant may order one more request of it.
    #[must_use]
    pub fn has_requests_left(&self) -> bool {
        // A refund that is confirmed later is printed as two requests.
        let per_request: usize = if self.refunds_later() { 2 } else { 1 };
        let is_merchants = |request: &&TransactionRequest| request.origin == Origin::Merchant;
        let (voids, others): (Vec<_>, Vec<_>) =
            self.requests.iter().filter(is_merchants).partition(|request| request.kind == RequestKind::Void);
        let used = voids.len().saturating_mul(per_request).saturating_add(others.len());
        used.saturating_add(per_request) <= MAX_ORDERED_REQUESTS
    }

    fn intent_to_release(&self, amount: Option<Amount>, able: Abilities) -> Result<Intent, Refusal> {
        let intent = self.intent_to_void(amount, able)?;
        match able.partial_release {
            PartialRelease::Refused if intent.amount < self.amount() => {
                Err(Refusal::PartialReleaseNotServed { reserved: self.amount() })
            }
            PartialRelease::Real | PartialRelease::LowersCapture | PartialRelease::Refused => Ok(intent),
        }
    }

    fn intent_to_void(&self, amount: Option<Amount>, able: Abilities) -> Result<Intent, Refusal> {
        let intent = self.intent(RequestKind::Void, amount)?;
        let is_busy = able.one_refund_at_a_time && self.refunds_under_way().next().is_some();
        if is_busy { Err(Refusal::ChargeBusy) } else { Ok(intent) }
    }

    fn intent_to_cancel(&self, able: Abilities) -> Result<Intent, Refusal> {
        let is_asynchronous = self.method.kind().is_asynchronous();
        if !able.can_cancel || !is_asynchronous || !self.is_at_rest() || !self.has_cancels_left() {
            return Err(Refusal::SessionLocked { until: self.ends_at().filter(|_| is_asynchronous) });
        }
        Ok(Intent { kind: RequestKind::Cancel, amount: self.original_amount, about: None })
    }

    fn intent_to_refund(&self, number: usize, abilities: AbilitiesOf) -> Result<Intent, Refusal> {
        let method = self.method.kind();
        let able = self.request(number).map(|payment| abilities(payment.via.kind, method));
        if !able.is_some_and(Abilities::can_refund) {
            return Err(Refusal::RefundNotServed { method });
        }
        if self.request(number).is_none_or(|payment| payment.hub_refund.is_none()) {
            return Err(Refusal::NotVoidable { status: self.status() });
        }
        let is_own = self.books().paid_by == Some(number);
        let is_busy = able.is_some_and(|able| able.one_refund_at_a_time)
            && self.refunds_of(number).any(|refund| !refund.is_final());
        if is_busy {
            return Err(Refusal::ChargeBusy);
        }
        let amount = self.left_to_refund(number);
        if amount == Amount::ZERO {
            return Err(Refusal::ResidualPromised { available: amount });
        }
        Ok(Intent { kind: RequestKind::Void, amount, about: Some(number).filter(|_| !is_own) })
    }

    /// What is left of the payment that the request at `number` made, less refunds under way: of a duplicate payment by
    /// this attempt, or of the charge's own.
    #[must_use]
    pub fn left_of_payment(&self, number: usize) -> Amount {
        self.duplicate_at(number).map_or_else(|| self.available(), |duplicate| self.left_to_refund(duplicate))
    }

    /// What is left of the payment at `number` that the hub refunds, less refunds under way.
    pub(super) fn left_to_refund(&self, number: usize) -> Amount {
        if self.books().paid_by == Some(number) {
            return self.available();
        }
        let Some(payment) = self.request(number) else { return Amount::ZERO };
        let about_it = |request: &&TransactionRequest| {
            request.kind == RequestKind::Void && request.about == Some(number) && !request.status().is_failure()
        };
        let refunds = || (1..).zip(&self.requests).filter(move |(_, request)| about_it(request));
        let came_back = |refund: usize| {
            let reversals = self.requests.iter().filter(|request| request.kind == RequestKind::RevertVoid);
            reversals.filter(|request| request.about == Some(refund)).map(|request| request.amount.minor()).sum::<u64>()
        };
        let refunded = refunds().fold(0_u64, |sum, (_, request)| sum.saturating_add(request.amount().minor()));
        let reverted = refunds().fold(0_u64, |sum, (refund, _)| sum.saturating_add(came_back(refund)));
        let left = payment.amount().minor().saturating_add(reverted).checked_sub(refunded);
        left.and_then(|left| Amount::new(left).ok()).unwrap_or(Amount::ZERO)
    }

    /// Whether the hub may send one more cancel.
    pub(super) fn has_cancels_left(&self) -> bool {
        self.requests.iter().filter(|request| request.kind == RequestKind::Cancel).count() < MAX_CANCELS
    }

    /// Whether it is unpaid, its shopper can still pay it, and no other request of it is under way.
    #[must_use]
    pub fn is_payable(&self, now: Timestamp) -> bool {
        let is_before_its_end = self.expires_at().is_none_or(|end| end > now);
        self.status() == Status::Pending && self.is_at_rest() && self.payable().is_some() && is_before_its_end
    }

    /// The charge with `intent` as one more running request.
    #[must_use]
    pub fn with_intent(&self, intent: Intent, requester: Requester, via: Via, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.version = self.version.saturating_add(1);
        next.requests.push(TransactionRequest {
            id: requester.id,
            kind: intent.kind,
            amount: intent.amount,
            via,
            created_at: now,
            call_before: requester.call_before,
            origin: requester.origin,
            step: self.next_step(),
            event: None,
            answers: Vec::new(),
            is_retry: false,
            about: intent.about,
            is_duplicate: false,
            hub_refund: None,
            reserved_until: None,
            dispute: None,
            dispute_place: None,
            won: None,
            known_as: Vec::new(),
            ends_session: requester.ends_session,
            body: requester.body,
            merchant_reference: requester.merchant_reference,
        });
        next
    }

    /// The number of the request with this id, if the charge has it: then it is an idempotent replay.
    #[must_use]
    pub fn number_of(&self, id: RequestId) -> Option<usize> {
        (1..).zip(&self.requests).find(|(_, request)| request.id == id).map(|(number, _)| number)
    }
}
