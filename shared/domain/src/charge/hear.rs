//! What a provider's notice does to a charge: one table of news × status.
//!
//! Notices come twice, late and in any order. What is known already changes nothing; what is about something that the
//! hub does not know of yet is looked at again later; what cannot be is left as it is, for somebody to look at.

use super::{
    Charge, Learned, Settled,
    decline::Decline,
    grow::Told,
    late::LateMoney,
    notice::{News, Notice},
    request::{Answer, Receipt, RequestKind, RequestStatus, Standing, TransactionRequest},
    settle::Outcome,
    status::Status,
};
use crate::{limits::MAX_REQUESTS, money::Amount};

/// Where a notice finds a charge.
enum Ground {
    /// Never paid or reserved yet: not, or not any more.
    Unpaid,
    /// Its money is reserved.
    Reserved,
    /// Its money is reserved, and being captured.
    BeingCaptured,
    /// It was paid, whatever was given back since.
    Paid,
}

impl Charge {
    /// Applies a notice about this charge.
    #[must_use]
    pub fn hear(&self, notice: &Notice, learned: Learned) -> Settled {
        let number = usize::from(notice.reference.number);
        if self.request(number).is_none() {
            return Settled::NotYet;
        }
        let receipt = Receipt { transaction_id: Some(notice.id.clone()), ..Receipt::default() };
        match (&notice.news, self.ground()) {
            (News::Paid { amount, receipt }, _) => self.told_paid(number, *amount, receipt, learned),
            (News::NotPaid { why }, _) => self.told_not_paid(number, why, learned),
            (
                News::RefundBegun { .. }
                | News::RefundReverted { .. }
                | News::ChargedBack { .. }
                | News::Disputed
                | News::DisputeClosed,
                Ground::Unpaid | Ground::BeingCaptured,
            )
            | (News::ChargedBack { .. } | News::Disputed | News::DisputeClosed, Ground::Reserved)
            // Whether that let go of reserved money or gave captured money back is known once the capture has ended.
            | (News::Refunded { .. }, Ground::BeingCaptured) => Settled::NotYet,
            (News::Refunded { amount }, ground) => self.told_refunded(number, *amount, &ground, receipt, learned),
            (News::RefundFailed { why }, _) => self.told_refund_failed(number, why, receipt, learned),
            (News::RefundBegun { amount }, Ground::Paid) => self.told_refund_begun(*amount, receipt, learned),
            (News::RefundBegun { .. } | News::RefundReverted { .. }, Ground::Reserved) => {
                Settled::Alarm("refund_of_reserved_money")
            }
            (News::RefundReverted { amount }, Ground::Paid) => self.told_reverted(*amount, None, receipt, learned),
            (News::ChargedBack { amount }, Ground::Paid) => match self.status() {
                Status::ChargedBack => Settled::Unchanged,
                Status::Authorized | Status::RefundPending | Status::Voided if self.requests.len() < MAX_REQUESTS => {
                    self.append(Told::done(RequestKind::ChargeBack, *amount, receipt), learned)
                }
                Status::Pending
                | Status::PreAuthorized
                | Status::Authorized
                | Status::Failed
                | Status::Canceled
                | Status::Voided
                | Status::RefundPending => Settled::Alarm("no_room"),
            },
            (News::Disputed, Ground::Paid) => self.told_dispute(receipt, learned),
            (News::DisputeClosed, Ground::Paid) => self.told_dispute_closed(receipt, learned),
        }
    }

    fn ground(&self) -> Ground {
        match self.status() {
            // Canceled: reserved and let go, or registered and given up.
            Status::Pending | Status::Failed | Status::Canceled => Ground::Unpaid,
            Status::PreAuthorized if self.under_way(RequestKind::Capture).next().is_some() => Ground::BeingCaptured,
            Status::PreAuthorized => Ground::Reserved,
            Status::Authorized | Status::Voided | Status::ChargedBack | Status::RefundPending => Ground::Paid,
        }
    }

    fn told_paid(&self, number: usize, amount: Amount, receipt: &Receipt, learned: Learned) -> Settled {
        if self.method.kind().is_asynchronous() {
            return self.paid(amount, receipt.clone(), learned);
        }
        match self.status() {
            // A card pays what was asked for, or nothing.
            Status::Pending if self.request(number).is_some_and(|request| request.amount != amount) => {
                Settled::Alarm("paid_another_amount")
            }
            Status::Pending => self.settle(number, Outcome::Approved(receipt.clone()), learned),
            Status::Failed => Settled::Late(LateMoney { amount, receipt: receipt.clone() }),
            Status::PreAuthorized
            | Status::Authorized
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending => Settled::Unchanged,
        }
    }

    fn told_not_paid(&self, number: usize, why: &Decline, learned: Learned) -> Settled {
        match self.status() {
            Status::Pending => self.settle(number, Outcome::Declined(why.clone()), learned),
            // Money that is reserved or taken was not refused; what failed before has failed.
            Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending => Settled::Unchanged,
        }
    }

    /// A refund that began at the provider itself. Its end names it.
    fn told_refund_begun(&self, amount: Amount, receipt: Receipt, learned: Learned) -> Settled {
        if self.has_told(RequestKind::Void, &receipt) {
            return Settled::Unchanged;
        }
        if let Some(beyond) = self.beyond(amount) {
            return beyond;
        }
        // With its end.
        if !self.has_room(2) {
            return Settled::Alarm("no_room");
        }
        let status = RequestStatus::Processing;
        let kind = RequestKind::Void;
        self.append(Told { kind, amount, names: None, status, receipt, decline: None }, learned)
    }

    fn told_refunded(
        &self,
        number: usize,
        amount: Amount,
        ground: &Ground,
        receipt: Receipt,
        learned: Learned,
    ) -> Settled {
        let Some(request) = self.request(number) else { return Settled::NotYet };
        match (request.kind, &request.standing) {
            (RequestKind::Void, Standing::Running | Standing::Open { .. }) if amount == request.amount => {
                self.settle(number, Outcome::Approved(receipt), learned)
            }
            // Its own answer comes first.
            (RequestKind::Void, Standing::Running) => Settled::NotYet,
            // The provider's word on how much it was holds, as long as that is there to be given back.
            (RequestKind::Void, Standing::Open { .. }) => {
                let most = self.available().minor().saturating_add(request.amount.minor());
                if amount.minor() > most {
                    return self.beyond(amount).unwrap_or(Settled::NotYet);
                }
                let told = Told { names: Some(number), ..Told::done(RequestKind::Void, amount, receipt) };
                self.append(told, learned)
            }
            (RequestKind::Void, Standing::Final { answer, end, .. }) => match end.as_ref().unwrap_or(answer).status {
                RequestStatus::Success => Settled::Unchanged,
                RequestStatus::Failed
                | RequestStatus::InternalError
                | RequestStatus::Processing
                | RequestStatus::Running => self.late_void(number, amount, receipt, learned),
            },
            (
                RequestKind::Pending
                | RequestKind::Authorization
                | RequestKind::PreAuthorization
                | RequestKind::Capture
                | RequestKind::Cancel
                | RequestKind::ChargeBack
                | RequestKind::Dispute
                | RequestKind::DisputeClosed
                | RequestKind::RevertVoid,
                _,
            ) => match (self.refund_known_as(&receipt).or_else(|| self.begun_there(amount)), ground) {
                (Some(refund), _) => self.told_refunded(refund, amount, ground, receipt, learned),
                (None, Ground::Unpaid) => Settled::NotYet,
                (None, Ground::Reserved | Ground::BeingCaptured | Ground::Paid) => {
                    self.refunded_at_the_provider(amount, receipt, learned)
                }
            },
        }
    }

    fn refunded_at_the_provider(&self, amount: Amount, receipt: Receipt, learned: Learned) -> Settled {
        if let Some(beyond) = self.beyond(amount) {
            return beyond;
        }
        if !self.has_room(1) {
            return Settled::Alarm("no_room");
        }
        self.append(Told::done(RequestKind::Void, amount, receipt), learned)
    }

    /// The number of the refund that is known under this id of the provider's: the one that was done under it, else the
    /// one that began under it and was not done.
    fn refund_known_as(&self, told: &Receipt) -> Option<usize> {
        let refunds = || (1..).zip(&self.requests).filter(|(_, request)| request.kind == RequestKind::Void);
        let has_id = |answer: &Answer| answer.receipt.transaction_id == told.transaction_id;
        let is_done = |number, request: &TransactionRequest| {
            request.status() == RequestStatus::Success || self.done_by_another(number).is_some()
        };
        let done = refunds()
            .find(|(_, request)| request.status() == RequestStatus::Success && request.latest().is_some_and(has_id));
        let begun = || {
            let began = |request: &TransactionRequest| request.answered().is_some_and(|(first, _)| has_id(first));
            refunds().find(|(number, request)| began(request) && !is_done(*number, request))
        };
        done.or_else(begun).map(|(number, _)| number)
    }

    /// The number of the refund under way that began at the provider itself with this amount: providers whose notices
    /// all have ids of their own tell its end by the payment's reference and the amount alone.
    fn begun_there(&self, amount: Amount) -> Option<usize> {
        let mut begun = self.under_way(RequestKind::Void).filter(|(_, request)| request.was_told());
        begun.find(|(_, request)| request.amount == amount).map(|(number, _)| number)
    }

    fn told_refund_failed(&self, number: usize, why: &Decline, receipt: Receipt, learned: Learned) -> Settled {
        let is_refund = self.request(number).is_some_and(|request| request.kind == RequestKind::Void);
        let number = if is_refund { Some(number) } else { self.refund_known_as(&receipt) };
        let Some((number, request)) = number.and_then(|number| Some((number, self.request(number)?))) else {
            return Settled::NotYet;
        };
        let is_done = request.status() == RequestStatus::Success;
        let done = if is_done { Some(request.amount) } else { self.done_by_another(number) };
        match (&request.standing, done) {
            (Standing::Running | Standing::Open { .. }, _) => {
                self.settle(number, Outcome::Declined(why.clone()), learned)
            }
            // A refund's success is not its end: days later it may come back (seed 002, "Reversão automática").
            (Standing::Final { .. }, Some(amount)) => self.told_reverted(amount, Some(number), receipt, learned),
            (Standing::Final { .. }, None) => Settled::Unchanged,
        }
    }

    /// Money that had been given back came back: once for each of the provider's ids, and never more than was given.
    fn told_reverted(&self, amount: Amount, names: Option<usize>, receipt: Receipt, learned: Learned) -> Settled {
        let is_known = self
            .requests
            .iter()
            .any(|request| request.kind == RequestKind::RevertVoid && names.is_some() && request.names == names);
        if is_known || self.has_told(RequestKind::RevertVoid, &receipt) {
            return Settled::Unchanged;
        }
        if amount.minor() > self.given_back() {
            // It may have come before the notice that the refund was done.
            let may_be_early = amount <= self.amount();
            return if may_be_early { Settled::NotYet } else { Settled::Alarm("revert_beyond_refunds") };
        }
        if !self.has_room(1) {
            return Settled::Alarm("no_room");
        }
        self.append(Told { names, ..Told::done(RequestKind::RevertVoid, amount, receipt) }, learned)
    }

    fn told_dispute(&self, receipt: Receipt, learned: Learned) -> Settled {
        if self.is_dispute() || self.has_told(RequestKind::Dispute, &receipt) {
            return Settled::Unchanged;
        }
        self.note(RequestKind::Dispute, receipt, learned)
    }

    fn told_dispute_closed(&self, receipt: Receipt, learned: Learned) -> Settled {
        let was_contested = self.requests.iter().any(|request| request.kind == RequestKind::Dispute);
        if !was_contested {
            return Settled::NotYet;
        }
        if !self.is_dispute() || self.has_told(RequestKind::DisputeClosed, &receipt) {
            return Settled::Unchanged;
        }
        self.note(RequestKind::DisputeClosed, receipt, learned)
    }

    fn note(&self, kind: RequestKind, receipt: Receipt, learned: Learned) -> Settled {
        if !self.has_room(1) {
            return Settled::Alarm("no_room");
        }
        self.append(Told::done(kind, self.amount(), receipt), learned)
    }

    /// Whether the provider has told this already, by its own id.
    fn has_told(&self, kind: RequestKind, receipt: &Receipt) -> bool {
        self.requests.iter().any(|request| request.kind == kind && is_told_as(request, receipt))
    }
}

/// Whether the provider told of `request` under the id that `receipt` has.
fn is_told_as(request: &TransactionRequest, receipt: &Receipt) -> bool {
    let answers = [request.answered().map(|(first, _)| first), request.latest()];
    answers.into_iter().flatten().any(|answer| answer.receipt.transaction_id == receipt.transaction_id)
}
