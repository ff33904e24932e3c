//! Money for a charge that had failed, expired or been canceled (design §3, "Late money").

use super::{
    Charge, Learned, SessionEffect, Settled,
    grow::Told,
    request::{Receipt, RequestKind},
    status::Status,
};
use crate::{
    method::PaymentType,
    money::Amount,
    session::{Session, SessionStatus},
};

/// Money that came late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateMoney {
    /// How much.
    pub amount: Amount,
    /// What the provider said of it.
    pub receipt: Receipt,
}

/// What becomes of late money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Late {
    /// The charge, to be stored together with its effect on the session.
    Taken(Box<Charge>, SessionEffect),
    /// The charge, which now owes its buyer a refund: the order was paid by somebody else, or has ended.
    Owed(Box<Charge>),
    /// The charge, whose provider gives nothing back: somebody must look.
    Stuck(Box<Charge>),
    /// Whoever holds the session is to be given up first.
    GiveUpFirst,
    /// Whoever holds the session has not ended: it is to be looked at again later.
    Wait,
    /// There is nothing to take.
    Nothing,
}

impl Charge {
    /// Takes late money, by its session as read and by the charge that holds the session.
    #[must_use]
    pub fn take_late(
        &self,
        late: &LateMoney,
        session: Option<&Session>,
        holder: Option<&Self>,
        can_refund: bool,
        learned: Learned,
    ) -> Late {
        let Some(session) = session else {
            return self.taken(late, learned).map_or(Late::Nothing, |charge| Late::Taken(charge, SessionEffect::Keep));
        };
        let pays = self.capture || self.method.kind().is_asynchronous();
        let take = SessionEffect::Take { read: session.version, pays };
        match (session.status, session.claim) {
            (SessionStatus::Created, None) => self.take(late, take, learned),
            // It holds the session already: an earlier try of it has not ended.
            (SessionStatus::Created, Some(claim)) if claim == self.id => Late::Wait,
            (SessionStatus::Created, Some(_)) => match holder.map(Self::hold) {
                Some(Hold::Boleto) => self.take(late, take, learned),
                Some(Hold::GivesWay) => Late::GiveUpFirst,
                Some(Hold::Reserved) => self.owe(late, can_refund, learned),
                Some(Hold::Busy) | None => Late::Wait,
            },
            (SessionStatus::Paid | SessionStatus::Voided | SessionStatus::Canceled, _) => {
                self.owe(late, can_refund, learned)
            }
        }
    }

    fn take(&self, late: &LateMoney, effect: SessionEffect, learned: Learned) -> Late {
        self.taken(late, learned).map_or(Late::Nothing, |charge| Late::Taken(charge, effect))
    }

    fn owe(&self, late: &LateMoney, can_refund: bool, learned: Learned) -> Late {
        let Some(mut charge) = self.taken(late, learned) else { return Late::Nothing };
        charge.beside_session = true;
        if can_refund {
            charge.owes_void = Some(learned.at);
            Late::Owed(charge)
        } else {
            Late::Stuck(charge)
        }
    }

    fn taken(&self, late: &LateMoney, learned: Learned) -> Option<Box<Self>> {
        let kind = match self.method.kind() {
            PaymentType::Credit if !self.capture => RequestKind::PreAuthorization,
            PaymentType::Credit | PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => {
                RequestKind::Authorization
            }
        };
        match self.status() {
            // Pending: a boleto whose session was taken from it.
            Status::Failed | Status::Canceled | Status::Pending if !self.was_paid() => {
                match self.append(Told::done(kind, late.amount, late.receipt.clone()), learned) {
                    Settled::Changed(charge, _) => Some(charge),
                    Settled::Unchanged | Settled::NotYet | Settled::Late(_) | Settled::Alarm(_) => None,
                }
            }
            Status::Pending
            | Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending => None,
        }
    }
}

/// How a charge holds its session, for somebody who wants it.
enum Hold {
    /// By a Pix or a Drip that nobody has paid yet.
    GivesWay,
    /// By a boleto that nobody has paid yet.
    Boleto,
    /// By money that is reserved.
    Reserved,
    /// Its outcome is not known yet, or it is being written.
    Busy,
}

impl Charge {
    fn hold(&self) -> Hold {
        match (self.status(), self.method.kind()) {
            (Status::PreAuthorized, _) => Hold::Reserved,
            (Status::Pending, PaymentType::Pix | PaymentType::Drip) if self.gives_way() => Hold::GivesWay,
            (Status::Pending, PaymentType::Boleto) if self.is_at_rest() => Hold::Boleto,
            (
                Status::Pending
                | Status::Authorized
                | Status::Failed
                | Status::Canceled
                | Status::Voided
                | Status::ChargedBack
                | Status::RefundPending,
                PaymentType::Credit | PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip,
            ) => Hold::Busy,
        }
    }
}
