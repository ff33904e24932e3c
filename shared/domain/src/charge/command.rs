//! What may be asked of a charge next: one table of status × command.

use super::{
    Charge,
    request::{RequestKind, Standing, TransactionRequest, Via},
    status::Status,
};
use crate::{
    ids::RequestId,
    limits::{CALL_WINDOW, MAX_ORDERED_REQUESTS},
    method::PaymentType,
    money::Amount,
    refusal::Refusal,
    time::Timestamp,
};

/// What somebody wants of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// To take reserved money: this much, or all that is reserved.
    Capture(Option<Amount>),
    /// To give money back, or let go of reserved money: this much, or all that is left.
    Void(Option<Amount>),
    /// To give up a payment that nobody has made yet, so that its session can be paid another way or ends.
    Cancel,
}

/// What the charge's provider can do for its way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Give money back.
    pub can_refund: bool,
    /// Give up an unpaid payment such that it can be told for certain: cancel, read and refund.
    pub can_supersede: bool,
}

/// A request that may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is asked.
    pub kind: RequestKind,
    /// For how much, in minor units.
    pub amount: Amount,
}

/// Who asks, and under which identity.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The request's id: the same for the same idempotency key.
    pub id: RequestId,
    /// The keyed hash of what the caller said; none for the hub itself.
    pub body: Option<String>,
    /// Whether giving the payment up gives its session up too.
    pub ends_session: bool,
}

impl Charge {
    /// Decides `command`: what is to be sent to the provider.
    ///
    /// Above the residual amount, or in a status that knows no such thing, is the caller's mistake; what other requests
    /// under way have promised already is a conflict (design §3, "Void and capture").
    ///
    /// # Errors
    /// The refusal that the caller is told. Nothing is stored or sent.
    pub fn decide(&self, command: Command, abilities: Abilities) -> Result<Ask, Refusal> {
        let status = self.status();
        match (status, command) {
            (Status::PreAuthorized, Command::Capture(amount)) => {
                if !self.is_at_rest() {
                    return Err(Refusal::ChargeBusy);
                }
                self.ask(RequestKind::Capture, amount)
            }
            (Status::PreAuthorized, Command::Void(amount)) => {
                if self.under_way(RequestKind::Capture).next().is_some() {
                    return Err(Refusal::ChargeBusy);
                }
                self.ask(RequestKind::Void, amount)
            }
            (Status::Authorized | Status::RefundPending, Command::Void(amount)) => {
                if !abilities.can_refund {
                    return Err(Refusal::RefundNotServed { method: self.method.kind() });
                }
                self.ask(RequestKind::Void, amount)
            }
            (Status::Pending, Command::Cancel) => {
                if !abilities.can_supersede || !self.gives_way() || self.requests.len() >= MAX_ORDERED_REQUESTS {
                    return Err(Refusal::SessionHeld);
                }
                Ok(Ask { kind: RequestKind::Cancel, amount: self.original_amount })
            }
            (
                Status::Pending
                | Status::Failed
                | Status::Canceled
                | Status::Voided
                | Status::ChargedBack
                | Status::Authorized
                | Status::RefundPending,
                Command::Capture(_),
            ) => Err(Refusal::NotCapturable { status }),
            (
                Status::Pending | Status::Failed | Status::Canceled | Status::Voided | Status::ChargedBack,
                Command::Void(_),
            ) => Err(Refusal::NotVoidable { status }),
            (
                Status::PreAuthorized
                | Status::Authorized
                | Status::Failed
                | Status::Canceled
                | Status::Voided
                | Status::ChargedBack
                | Status::RefundPending,
                Command::Cancel,
            ) => Err(Refusal::SessionHeld),
        }
    }

    fn ask(&self, kind: RequestKind, amount: Option<Amount>) -> Result<Ask, Refusal> {
        let residual = self.amount();
        let amount = amount.unwrap_or(residual);
        if amount > residual {
            return Err(Refusal::AboveResidual { residual });
        }
        if amount > self.available() {
            return Err(Refusal::ResidualPromised { available: self.available() });
        }
        // A refund that is confirmed later takes one more place at its end.
        let promised =
            if self.refunds_later() { self.under_way(RequestKind::Void).count().saturating_add(1) } else { 0 };
        if self.requests.len().saturating_add(promised) >= MAX_ORDERED_REQUESTS {
            return Err(Refusal::RequestsUsedUp);
        }
        Ok(Ask { kind, amount })
    }

    /// Whether it is a Pix or a Drip that nobody has paid, with nothing else under way: its session may be paid another
    /// way once it is given up.
    #[must_use]
    pub fn gives_way(&self) -> bool {
        let is_of_that_kind = match self.method.kind() {
            PaymentType::Pix | PaymentType::Drip => true,
            PaymentType::Credit | PaymentType::Boleto => false,
        };
        is_of_that_kind && self.status() == Status::Pending && self.is_at_rest()
    }

    /// The charge with `ask` as one more running request, whose call must begin within [`CALL_WINDOW`].
    #[must_use]
    pub fn asked(&self, ask: Ask, asker: Asker, via: Via, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.version = self.version.saturating_add(1);
        next.requests.push(TransactionRequest {
            id: asker.id,
            kind: ask.kind,
            amount: ask.amount,
            via,
            created_at: now,
            call_before: now.plus(CALL_WINDOW),
            standing: Standing::Running,
            is_retry: false,
            names: None,
            ends_session: asker.ends_session,
            body: asker.body,
            events: Vec::new(),
        });
        next
    }

    /// The number of the request with this id, if the charge has it: then it was asked before.
    #[must_use]
    pub fn number_of(&self, id: RequestId) -> Option<usize> {
        (1..).zip(&self.requests).find(|(_, request)| request.id == id).map(|(number, _)| number)
    }
}
