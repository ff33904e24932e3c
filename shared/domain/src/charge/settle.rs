//! What a provider's answer does to a charge.

use super::{
    Charge,
    decline::{Decline, DeclineCode},
    grow::Told,
    late::LateMoney,
    request::{Answer, Receipt, RequestKind, RequestStatus, Standing, TransactionRequest},
    status::Status,
};
use crate::{
    ids::RequestId,
    limits::{MAX_TOLD_REQUESTS, NOT_FOUND_GRACE},
    money::Amount,
    time::Timestamp,
};

/// What came of asking a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did it.
    Approved(Receipt),
    /// It refused.
    Declined(Decline),
    /// It registered the payment, or accepted the refund; the buyer or the provider completes it later.
    Pending(Receipt),
    /// Asked about a payment that was registered: its buyer has paid this much.
    Paid(Amount, Receipt),
    /// Asked about a payment that was registered or reserved: it has been given up.
    Canceled,
    /// It may have done it: a time-out, a failure of its own, an answer that cannot be read.
    Unknown,
    /// Asked later, it knows nothing of our reference.
    NotFound,
    /// No connection was made, so it cannot have done it.
    NotSent,
}

/// The circumstances in which something was learned.
#[derive(Clone, Copy, Debug)]
pub struct Learned {
    /// When.
    pub at: Timestamp,
    /// How long the provider took, in milliseconds, where it was waited for.
    pub took_ms: Option<u32>,
    /// The id of the request that is appended, if one must be.
    pub id: RequestId,
}

/// What a changed charge does to the session that it pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEffect {
    /// Nothing: the session stays as it is.
    Keep,
    /// The session can be paid another way.
    Release,
    /// The session is paid.
    Pay,
    /// Its payment was given back in full: the session ends.
    Void,
    /// The session was given up together with its payment.
    Cancel,
    /// The charge takes the session, as it was read at this version, from nobody or from somebody who has not paid.
    Take {
        /// The session's version.
        read: u64,
        /// Whether the session is paid by that, or only held by reserved money.
        pays: bool,
    },
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It changes nothing: it is known already, or is not known yet.
    Unchanged,
    /// It is about something that the hub does not know of yet: it is to be looked at again later.
    NotYet,
    /// Money for a charge that had failed or been canceled: what becomes of it depends on the session.
    Late(LateMoney),
    /// It contradicts what the hub knows: nothing is written, and somebody must look.
    Alarm(&'static str),
    /// The charge as it is now, to be stored together with its effect on the session.
    Changed(Box<Charge>, SessionEffect),
}

/// How one request stands after an outcome.
enum Next {
    Same,
    Open,
    Success(Receipt),
    Failed(Decline),
    NeverSent,
    /// The payment that it registered was paid.
    Paid(Amount, Receipt),
    /// The payment that it registered will not be made.
    Gone(Decline),
    /// The money that it reserved was let go.
    LetGo,
    /// Approved although it had failed; with how much was paid, where that was told.
    Late(Option<Amount>, Receipt),
}

impl Charge {
    /// Applies `outcome` to the request at `number` (from 1).
    #[must_use]
    pub fn settle(&self, number: usize, outcome: Outcome, learned: Learned) -> Settled {
        let Some(request) = self.request(number) else { return Settled::Unchanged };
        // What began at the provider itself it does not know by our reference, however late.
        let grace_is_over = !request.was_told() && learned.at > request.call_before.plus(NOT_FOUND_GRACE);
        let next = match self.ended_as(number) {
            Some(ended) => after_the_end(request.kind, ended, outcome),
            None => next(request.kind, &request.standing, outcome, grace_is_over),
        };
        let (status, receipt, decline) = match next {
            Next::Same => return Settled::Unchanged,
            Next::Paid(amount, receipt) => return self.paid(amount, receipt, learned),
            Next::Gone(why) => return self.gone(why, learned),
            Next::LetGo => return self.let_go(number, learned),
            Next::Late(amount, receipt) => return self.late(number, amount, receipt, learned),
            Next::Open => (RequestStatus::Processing, Receipt::default(), None),
            // What was paid meanwhile was not given up.
            Next::Success(_) if request.kind == RequestKind::Cancel && self.status() != Status::Pending => {
                (RequestStatus::Failed, Receipt::default(), Some(DeclineCode::Generic.into()))
            }
            Next::Success(receipt) => (RequestStatus::Success, receipt, None),
            Next::Failed(why) => (RequestStatus::Failed, Receipt::default(), Some(why)),
            Next::NeverSent => (RequestStatus::InternalError, Receipt::default(), None),
        };
        // A refund that is confirmed later ends by a request of its own; what the first one said stays (seed 001).
        let is_second_answer = matches!(request.standing, Standing::Open { .. });
        if request.kind == RequestKind::Void && is_second_answer && self.refunds_later() {
            let (kind, amount) = (request.kind, request.amount);
            return self.append(Told { kind, amount, names: Some(number), status, receipt, decline }, learned);
        }
        self.answer(number, Answer { status, at: learned.at, took_ms: learned.took_ms, receipt, decline })
    }

    /// The buyer has paid what was registered.
    pub(super) fn paid(&self, amount: Amount, receipt: Receipt, learned: Learned) -> Settled {
        match self.status() {
            Status::Pending => {
                let told = Told::done(RequestKind::Authorization, amount, receipt.clone());
                match self.under_way(RequestKind::Pending).next() {
                    None => self.append(told, learned),
                    // Its registration was not answered yet: that it could be paid answers it.
                    Some((number, _)) => {
                        let registered = RequestStatus::Success;
                        let answer =
                            Answer { status: registered, at: learned.at, took_ms: None, receipt, decline: None };
                        let Settled::Changed(charge, _) = self.answer(number, answer) else {
                            return Settled::Unchanged;
                        };
                        Self { version: self.version, ..*charge }.append(told, learned)
                    }
                }
            }
            Status::Failed | Status::Canceled => Settled::Late(LateMoney { amount, receipt }),
            Status::PreAuthorized
            | Status::Authorized
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending => Settled::Unchanged,
        }
    }

    /// What was registered will not be paid any more.
    fn gone(&self, why: Decline, learned: Learned) -> Settled {
        match self.status() {
            // Its own end says what became of the payment, and of the session that it may end.
            Status::Pending if self.under_way(RequestKind::Cancel).next().is_some() => Settled::NotYet,
            Status::Pending => {
                let (kind, amount) = (RequestKind::Authorization, self.original_amount);
                let (status, receipt, decline) = (RequestStatus::Failed, Receipt::default(), Some(why));
                self.append(Told { kind, amount, names: None, status, receipt, decline }, learned)
            }
            Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending => Settled::Unchanged,
        }
    }

    /// What the request at `number` had reserved was let go.
    fn let_go(&self, number: usize, learned: Learned) -> Settled {
        match self.status() {
            // While a capture or a release is under way, that one's end says what became of the money.
            Status::PreAuthorized if self.is_at_rest() && number == self.payment() => {
                let told = Told::done(RequestKind::Void, self.amount(), Receipt::default());
                match self.append(told, learned) {
                    // The acquirer's doing, not the merchant's: the order may be paid again.
                    Settled::Changed(charge, SessionEffect::Void) => Settled::Changed(charge, SessionEffect::Release),
                    settled @ (Settled::Changed(..)
                    | Settled::Unchanged
                    | Settled::NotYet
                    | Settled::Late(_)
                    | Settled::Alarm(_)) => settled,
                }
            }
            Status::Pending
            | Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending => Settled::Unchanged,
        }
    }

    /// The request at `number` was approved although it had failed.
    fn late(&self, number: usize, paid: Option<Amount>, receipt: Receipt, learned: Learned) -> Settled {
        let Some(request) = self.request(number) else { return Settled::Unchanged };
        match request.kind {
            RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization => match self.status() {
                Status::Failed | Status::Canceled => {
                    Settled::Late(LateMoney { amount: paid.unwrap_or(request.amount), receipt })
                }
                // Its money was taken when it came: it is still there.
                Status::PreAuthorized
                | Status::Authorized
                | Status::Voided
                | Status::ChargedBack
                | Status::RefundPending
                    if number == self.payment() =>
                {
                    Settled::Unchanged
                }
                // Another try of the same payment has gone on meanwhile: two of them hold money.
                Status::Pending
                | Status::PreAuthorized
                | Status::Authorized
                | Status::Voided
                | Status::ChargedBack
                | Status::RefundPending => Settled::Alarm("late_money"),
            },
            RequestKind::Void => self.late_void(number, request.amount, receipt, learned),
            RequestKind::Capture => Settled::Alarm("late_capture"),
            RequestKind::Cancel
            | RequestKind::ChargeBack
            | RequestKind::Dispute
            | RequestKind::DisputeClosed
            | RequestKind::RevertVoid => Settled::Unchanged,
        }
    }

    /// A refund that had been refused was made after all: a new request names it. Beyond the residual amount somebody
    /// must look.
    pub(super) fn late_void(&self, number: usize, amount: Amount, receipt: Receipt, learned: Learned) -> Settled {
        if self.done_by_another(number).is_some() {
            return Settled::Unchanged;
        }
        if let Some(beyond) = self.beyond(amount) {
            return beyond;
        }
        if !self.has_room(1) {
            return Settled::Alarm("no_room");
        }
        let told = Told { names: Some(number), ..Told::done(RequestKind::Void, amount, receipt) };
        self.append(told, learned)
    }

    /// Why a refund of this much cannot be taken into the list: it waits while what is left is promised to others, which
    /// may still fail; beyond what is left somebody must look.
    pub(super) fn beyond(&self, amount: Amount) -> Option<Settled> {
        if amount <= self.available() {
            None
        } else if amount <= self.amount() {
            Some(Settled::NotYet)
        } else {
            Some(Settled::Alarm("refund_beyond_residual"))
        }
    }

    /// How the request at `number` has ended, by the word of the last one that names it, or by its own; none while it is
    /// under way.
    fn ended_as(&self, number: usize) -> Option<RequestStatus> {
        let request = self.request(number).filter(|request| request.is_final())?;
        let named = self.requests.iter().rfind(|told| told.names == Some(number) && told.kind == RequestKind::Void);
        Some(named.unwrap_or(request).status())
    }

    /// How much was given back by the refund at `number`, where a later request says that it was done.
    pub(super) fn done_by_another(&self, number: usize) -> Option<Amount> {
        let names_it = |told: &&TransactionRequest| told.names == Some(number) && told.kind == RequestKind::Void;
        let done = self.requests.iter().filter(names_it).find(|told| told.status() == RequestStatus::Success)?;
        Some(done.amount)
    }

    /// Whether `places` more requests fit that a provider tells of, beside the ends of the refunds under way and the
    /// room that is kept for a chargeback.
    pub(super) fn has_room(&self, places: usize) -> bool {
        let ends = self.under_way(RequestKind::Void).count();
        self.requests.len().saturating_add(ends).saturating_add(places) <= MAX_TOLD_REQUESTS
    }

    /// Whether nothing that it asked for is under way.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.requests.iter().all(TransactionRequest::is_final)
    }
}

/// The table of what is under way: request kind × standing × outcome (design §1 idea 5, §3 "Requests have two endings").
fn next(kind: RequestKind, standing: &Standing, outcome: Outcome, grace_is_over: bool) -> Next {
    match (kind, outcome) {
        (RequestKind::Pending, Outcome::Paid(amount, receipt)) => Next::Paid(amount, receipt),
        (RequestKind::Cancel, Outcome::Canceled) => Next::Success(Receipt::default()),
        // It was paid before it could be given up: asking about the payment tells the rest.
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
        (_, Outcome::NotSent) => match standing {
            Standing::Running => Next::NeverSent,
            Standing::Open { .. } | Standing::Final { .. } => Next::Same,
        },
        // Approving a registration is no answer: that somebody paid is said by `Paid`.
        (
            _,
            Outcome::Approved(_)
            | Outcome::Pending(_)
            | Outcome::Paid(..)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound,
        ) => open(standing),
    }
}

/// The table of what has ended: request kind × its end × outcome.
fn after_the_end(kind: RequestKind, ended: RequestStatus, outcome: Outcome) -> Next {
    let has_failed = match ended {
        RequestStatus::Failed | RequestStatus::InternalError => true,
        RequestStatus::Success | RequestStatus::Running | RequestStatus::Processing => false,
    };
    match (kind, outcome) {
        (RequestKind::Pending, Outcome::Paid(amount, receipt)) if !has_failed => Next::Paid(amount, receipt),
        (RequestKind::Pending, Outcome::Declined(why)) if !has_failed => Next::Gone(why),
        (RequestKind::Pending, Outcome::Canceled) if !has_failed => Next::Gone(DeclineCode::Generic.into()),
        // Of one that had failed, too: its money may have come late.
        (RequestKind::PreAuthorization, Outcome::Canceled) => Next::LetGo,
        // A registration that is approved late is not paid by that.
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

/// Not known yet: said once.
const fn open(standing: &Standing) -> Next {
    match standing {
        Standing::Running => Next::Open,
        Standing::Open { .. } | Standing::Final { .. } => Next::Same,
    }
}
