//! What a charge's requests add up to: its status, and the money that the merchant still has of it.

use super::{
    Charge,
    request::{RequestKind, RequestStatus, Standing, TransactionRequest},
    status::Status,
};
use crate::{method::PaymentType, money::Amount};

/// The sums of a charge's requests, in minor units (design §3, "Void and capture").
#[derive(Clone, Copy, Debug, Default)]
struct Ledger {
    /// What was reserved.
    held: Option<u64>,
    /// What was let go before a capture.
    released: u64,
    /// What was paid or captured.
    base: Option<u64>,
    /// What was given back since.
    refunded: u64,
    /// What of that came back.
    reverted: u64,
    is_charged_back: bool,
    is_given_up: bool,
}

impl Ledger {
    fn with(mut self, request: &TransactionRequest) -> Self {
        if request.status() != RequestStatus::Success {
            return self;
        }
        let amount = request.amount.minor();
        match request.kind {
            RequestKind::PreAuthorization => self.held = Some(amount),
            RequestKind::Authorization | RequestKind::Capture => self.base = Some(amount),
            RequestKind::Void if self.base.is_some() => self.refunded = self.refunded.saturating_add(amount),
            RequestKind::Void => self.released = self.released.saturating_add(amount),
            RequestKind::RevertVoid => self.reverted = self.reverted.saturating_add(amount),
            RequestKind::ChargeBack => self.is_charged_back = true,
            RequestKind::Cancel => self.is_given_up = true,
            RequestKind::Pending | RequestKind::Dispute | RequestKind::DisputeClosed => {}
        }
        self
    }

    /// What is left; none of a charge that was never paid or reserved. Nothing is ever given back beyond what is left,
    /// so the difference is never negative.
    fn residual(&self) -> Option<u64> {
        match (self.base, self.held) {
            (Some(base), _) => Some(base.saturating_add(self.reverted).saturating_sub(self.refunded)),
            (None, Some(held)) => Some(held.saturating_sub(self.released)),
            (None, None) => None,
        }
    }
}

impl Charge {
    fn ledger(&self) -> Ledger {
        self.requests.iter().fold(Ledger::default(), Ledger::with)
    }

    /// What its requests, oldest first, add up to.
    #[must_use]
    pub fn status(&self) -> Status {
        let ledger = self.ledger();
        if ledger.is_charged_back {
            return Status::ChargedBack;
        }
        let is_empty = ledger.residual() == Some(0);
        match (ledger.base, ledger.held) {
            (Some(_), _) if self.has_refund_under_way() => Status::RefundPending,
            (Some(_), _) if is_empty => Status::Voided,
            (Some(_), _) => Status::Authorized,
            (None, Some(_)) if is_empty => Status::Canceled,
            (None, Some(_)) => Status::PreAuthorized,
            (None, None) if ledger.is_given_up => Status::Canceled,
            (None, None) => self.requests.iter().fold(Status::Pending, unpaid),
        }
    }

    /// What the merchant still has of it, in minor units. An unpaid charge keeps its amount, whatever became of it.
    #[must_use]
    pub fn amount(&self) -> Amount {
        match self.ledger().residual() {
            Some(minor) => Amount::new(minor).unwrap_or(self.original_amount),
            None => self.original_amount,
        }
    }

    /// What of its amount no refund under way has been promised.
    #[must_use]
    pub fn available(&self) -> Amount {
        let promised = self.under_way(RequestKind::Void).map(|(_, request)| request.amount.minor()).sum::<u64>();
        self.amount().minor().checked_sub(promised).and_then(|left| Amount::new(left).ok()).unwrap_or(Amount::ZERO)
    }

    /// What was given back and has not come back, in minor units; releases before a capture do not count.
    pub(super) fn given_back(&self) -> u64 {
        let ledger = self.ledger();
        ledger.refunded.saturating_sub(ledger.reverted)
    }

    /// Whether it was ever paid.
    #[must_use]
    pub fn was_paid(&self) -> bool {
        self.ledger().base.is_some()
    }

    /// The requests of this kind that have not ended, with their numbers from 1.
    pub fn under_way(&self, kind: RequestKind) -> impl Iterator<Item = (usize, &TransactionRequest)> {
        (1..).zip(&self.requests).filter(move |(_, request)| request.kind == kind && !request.is_final())
    }

    /// Whether the buyer contests it.
    #[must_use]
    pub fn is_dispute(&self) -> bool {
        self.requests.iter().fold(false, |is_dispute, request| match request.kind {
            RequestKind::Dispute => true,
            RequestKind::DisputeClosed => false,
            RequestKind::Pending
            | RequestKind::Authorization
            | RequestKind::PreAuthorization
            | RequestKind::Capture
            | RequestKind::Void
            | RequestKind::Cancel
            | RequestKind::ChargeBack
            | RequestKind::RevertVoid => is_dispute,
        })
    }

    /// Whether its refunds are confirmed by a second request (seed 001); others end where they began (seeds 002, 003).
    pub(super) const fn refunds_later(&self) -> bool {
        match self.method.kind() {
            PaymentType::Pix => true,
            PaymentType::Credit | PaymentType::Boleto | PaymentType::Drip => false,
        }
    }

    fn has_refund_under_way(&self) -> bool {
        self.refunds_later()
            && self.under_way(RequestKind::Void).any(|(_, request)| matches!(request.standing, Standing::Open { .. }))
    }
}

/// The status of a charge that nobody has paid, one request later.
fn unpaid(status: Status, request: &TransactionRequest) -> Status {
    match request.kind {
        RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization => match request.status() {
            RequestStatus::Failed | RequestStatus::InternalError => Status::Failed,
            RequestStatus::Running | RequestStatus::Processing | RequestStatus::Success => Status::Pending,
        },
        RequestKind::Capture
        | RequestKind::Void
        | RequestKind::Cancel
        | RequestKind::ChargeBack
        | RequestKind::Dispute
        | RequestKind::DisputeClosed
        | RequestKind::RevertVoid => status,
    }
}
