//! One decision: a charge, its session and what was learned give both next states, written in one transaction.
//!
//! Where the session was not read, the decision assumes that the charge holds the session's lock, and the write has
//! that as its condition. Where another charge holds the lock, or a payment is late or duplicate, the session is read:
//! then the write is conditioned on the versions of both. Nothing about the session is carried from one attempt to the
//! next.

use std::time::Duration;

use super::{
    Charge,
    books::{Books, Dispute},
    decline::DeclineCode,
    due::is_refusal,
    record::Reported,
    request::{HubRefund, Origin, RequestKind, TransactionRequest},
    settle::{Outcome, Payment, SessionStep, Settled, WaitReason},
    status::{Phase, Status},
    update::ProviderUpdate,
};
use crate::{
    alarm::Alarm,
    ids::RequestId,
    limits::HOLD_LIFE,
    merchant::ProviderType,
    method::PaymentType,
    session::{Session, SessionStatus},
    time::Timestamp,
};

/// Something that was learned of a charge.
#[derive(Clone, Copy, Debug)]
pub enum Report<'a> {
    /// The request at this number, from 1, was answered or reconciled.
    Answer {
        /// Its number.
        number: usize,
        /// Its outcome.
        outcome: &'a Outcome,
    },
    /// A provider update.
    Notification(&'a ProviderUpdate),
}

/// The circumstances in which something was learned.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// When.
    pub at: Timestamp,
    /// How long the provider took, in milliseconds, where the hub waited for it.
    pub took_ms: Option<u32>,
    /// Where the provider does not say what came of it: until when it asks not to be asked.
    pub ask_after: Option<Timestamp>,
    /// Where nothing was sent, or the provider let the account not in: why, in a word.
    pub not_sent: Option<DeclineCode>,
    /// The id of the request that is appended, or of the entry that is printed, if one must be.
    pub id: RequestId,
}

/// What a provider does where a part of what it reserved is to be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialRelease {
    /// It releases that part.
    Real,
    /// Nothing: all stays reserved until the capture, which takes so much less.
    LowersCapture,
    /// It is refused: all is released, or nothing.
    Refused,
}

/// What a provider can do for one payment method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one ability of a provider, and none a state")]
pub struct Abilities {
    /// For how long after a payment it refunds it; none where it refunds nothing.
    pub refund_window: Option<Duration>,
    /// Cancel an unpaid payment.
    pub can_cancel: bool,
    /// Say the state of a payment by our reference.
    pub can_read: bool,
    /// Capture a part of what it reserved.
    pub can_capture_part: bool,
    /// Release a part of what it reserved.
    pub partial_release: PartialRelease,
    /// Whether it has one refund or release of a payment at a time: its reads say sums alone, so that the outcomes of two
    /// cannot be distinguished.
    pub one_refund_at_a_time: bool,
    /// For how long money stays reserved: after that the provider may let it lapse.
    pub hold_life: Duration,
}

impl Abilities {
    /// Those of a provider that can do nothing.
    pub const NONE: Self = Self {
        refund_window: None,
        can_cancel: false,
        can_read: false,
        can_capture_part: false,
        partial_release: PartialRelease::Refused,
        one_refund_at_a_time: false,
        hold_life: HOLD_LIFE,
    };

    /// Whether the provider refunds.
    #[must_use]
    pub const fn can_refund(self) -> bool {
        self.refund_window.is_some()
    }
}

/// What each provider can do for each payment method.
pub type AbilitiesOf = fn(ProviderType, PaymentType) -> Abilities;

/// What is known of the charge's session.
#[derive(Clone, Copy, Debug)]
pub enum SessionView<'a> {
    /// It was not read.
    Unread,
    /// It was read, and so was the charge that holds its lock, where that is another one.
    Read {
        /// The session; none where the charge pays none, or where it does not exist.
        session: Option<&'a Session>,
        /// The charge that holds its lock.
        active: Option<&'a Charge>,
    },
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It changes nothing.
    Nothing,
    /// It depends on the session, which must be read.
    ReadSession,
    /// The payment of the active charge is canceled first.
    Supersede,
    /// It cannot be decided yet.
    Wait(WaitReason),
    /// It contradicts what the hub knows: nothing is written, and an operator must look at it.
    Contradiction(Alarm),
    /// Both next states, to be stored in one write.
    Store(Box<Write>),
}

/// One write: a charge, and its effect on its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The charge.
    pub charge: Charge,
    /// Its session.
    pub session: SessionWrite,
    /// What an operator must know of it.
    pub alarms: Vec<Alarm>,
}

/// What is written of a session, and on which condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionWrite {
    /// Nothing.
    None,
    /// This step, if the charge holds the session's lock.
    IfLocked(SessionStep),
    /// This state, if the session has the version before it.
    Next(Box<Session>),
}

impl Charge {
    /// Decides what `report` makes of this charge and of its session.
    #[must_use]
    pub fn decide(
        &self,
        report: &Report<'_>,
        view: SessionView<'_>,
        abilities: AbilitiesOf,
        circumstances: Circumstances,
    ) -> Decision {
        let settled = match report {
            Report::Answer { number, outcome } => self.settle(*number, (*outcome).clone(), circumstances),
            Report::Notification(update) => self.notified(update, abilities, circumstances),
        };
        match settled {
            Settled::Unchanged => Decision::Nothing,
            Settled::Wait(reason) => Decision::Wait(reason),
            Settled::Contradiction(name) => Decision::Contradiction(name),
            Settled::Changed(next, step) => {
                self.with_session(next.reserved_for(abilities), step, view, abilities, circumstances.at)
            }
            Settled::Late(payment) => self.late_payment(payment, view, abilities, circumstances),
            Settled::Duplicate(payment) => self.duplicate(payment, abilities, circumstances),
        }
    }

    /// What the change to `next` does to the session.
    fn with_session(
        &self,
        next: Self,
        step: SessionStep,
        view: SessionView<'_>,
        abilities: AbilitiesOf,
        now: Timestamp,
    ) -> Decision {
        match (step, self.session, view) {
            (SessionStep::Keep, _, _) | (_, None, _) => self.store(next, SessionWrite::None),
            // A payment that the hub refunds pays no session and ends none.
            _ if !next.keeps_payment() => self.store(next, SessionWrite::None),
            (step, Some(_), SessionView::Unread) => self.store(next, SessionWrite::IfLocked(step)),
            (step, Some(_), SessionView::Read { session: Some(session), .. }) if session.lock == Some(self.id) => {
                let session = session.after(step, now);
                self.store(next, SessionWrite::Next(Box::new(session)))
            }
            // Another charge holds the lock, or none does: a payment is a late payment, and nothing else concerns the
            // session.
            (SessionStep::Pay, Some(_), SessionView::Read { session, active }) if !self.was_paid() => {
                self.place(next, session, active, abilities, now)
            }
            (_, Some(_), SessionView::Read { .. }) => self.store(next, SessionWrite::None),
        }
    }

    /// A payment of a charge that had failed, expired or been canceled.
    fn late_payment(
        &self,
        payment: Payment,
        view: SessionView<'_>,
        abilities: AbilitiesOf,
        circumstances: Circumstances,
    ) -> Decision {
        let is_card = !self.method.kind().is_asynchronous();
        // A charge has one reservation in its sums, also where that was released.
        let is_reserved = payment.is_reserved && !self.has_payment();
        let kind = if is_reserved { RequestKind::PreAuthorization } else { RequestKind::Authorization };
        let reported = Reported::done(kind, payment.amount, payment.receipt);
        let reported = Reported { about: Some(payment.number), ..reported };
        let Settled::Changed(next, _) = self.append(reported, circumstances) else { return Decision::Nothing };
        let next = next.reserved_for(abilities);
        match (is_card, self.session, view) {
            // The shopper saw the card payment fail: the late payment is never kept.
            (true, _, _) => {
                let (next, alarms) = next.refunded_by_hub(abilities, circumstances.at);
                let alarms = alarms.into_iter().chain([Alarm::LatePayment]).collect();
                self.store_with(next, SessionWrite::None, alarms)
            }
            (false, None, _) => self.store(next, SessionWrite::None),
            (false, Some(_), SessionView::Unread) => Decision::ReadSession,
            (false, Some(_), SessionView::Read { session, active }) => {
                self.place(next, session, active, abilities, circumstances.at)
            }
        }
    }

    /// Decides whether `next`, a payment without the session's lock, takes the session, waits or is refunded. That
    /// depends on the session and on the active charge.
    fn place(
        &self,
        next: Self,
        session: Option<&Session>,
        active: Option<&Self>,
        abilities: AbilitiesOf,
        now: Timestamp,
    ) -> Decision {
        let Some(session) = session else { return self.store(next, SessionWrite::None) };
        let refund = |next: Self| {
            let (next, alarms) = next.refunded_by_hub(abilities, now);
            self.store_with(next, SessionWrite::None, alarms.into_iter().collect())
        };
        match (session.status, session.lock) {
            (SessionStatus::Created, None) => self.take(next, session, now),
            (SessionStatus::Created, Some(lock)) if lock == self.id => self.take(next, session, now),
            (SessionStatus::Created, Some(lock)) => {
                let held = active.map_or(Superseding::Busy, |active| active.superseding(abilities));
                match held {
                    Superseding::CancelFirst => Decision::Supersede,
                    Superseding::AtOnce | Superseding::Never { .. } => self.take(next, session, now),
                    Superseding::Reserved => refund(next),
                    Superseding::Busy => Decision::Wait(WaitReason::ActiveCharge(lock)),
                }
            }
            (SessionStatus::Paid | SessionStatus::Voided | SessionStatus::Canceled, _) => refund(next),
        }
    }

    /// The charge takes the session: from then on its payment is an ordinary payment of the session.
    fn take(&self, next: Self, session: &Session, now: Timestamp) -> Decision {
        let taken = Session { lock: Some(self.id), ..session.after(SessionStep::Pay, now) };
        self.store(next, SessionWrite::Next(Box::new(taken)))
    }

    /// A duplicate payment of a charge that is paid: outside its sums, and refunded where its provider refunds.
    fn duplicate(&self, payment: Payment, abilities: AbilitiesOf, circumstances: Circumstances) -> Decision {
        let kind = if payment.is_reserved { RequestKind::PreAuthorization } else { RequestKind::Authorization };
        let (about, is_captured) = (Some(payment.number), !payment.is_reserved);
        let reported = Reported::done(kind, payment.amount, payment.receipt);
        let reported = Reported { about, is_duplicate: true, ..reported };
        let Settled::Changed(mut next, _) = self.append(reported, circumstances) else { return Decision::Nothing };
        // A second reservation that is captured is refunded as the payment that it became.
        let is_it = |request: &&mut TransactionRequest| {
            let is_reservation = request.kind == RequestKind::PreAuthorization && request.about == about;
            is_captured && is_reservation && request.is_duplicate
        };
        next.requests.iter_mut().rev().skip(1).filter(is_it).for_each(|reservation| reservation.hub_refund = None);
        let (next, alarms) = next.refunded_by_hub(abilities, circumstances.at);
        let alarms = alarms.into_iter().chain([Alarm::DuplicatePayment]);
        self.store_with(next, SessionWrite::None, alarms.collect())
    }

    /// The charge with its last payment marked for a refund by the hub; with an alarm where its provider does not
    /// refund.
    fn refunded_by_hub(mut self, abilities: AbilitiesOf, now: Timestamp) -> (Self, Option<Alarm>) {
        let method = self.method.kind();
        let is_success = |request: &&mut TransactionRequest| {
            request.kind.is_payment() && request.kind != RequestKind::Pending && request.has_succeeded()
        };
        let Some(payment) = self.requests.iter_mut().rfind(is_success) else { return (self, None) };
        let window = abilities(payment.via.kind, method).refund_window;
        payment.hub_refund = window.map(|window| HubRefund { since: now, until: now.plus(window) });
        let alarm = if window.is_none() { Some(Alarm::DuplicatePayment) } else { None };
        (self, alarm)
    }

    /// Whether it has no payment that the hub refunds.
    fn keeps_payment(&self) -> bool {
        let paid = self.books().paid_by.and_then(|number| self.request(number));
        paid.is_none_or(|paid| paid.hub_refund.is_none())
    }

    /// How many refunds of the hub's own its provider has refused.
    fn hub_refunds_refused(&self) -> usize {
        let refunds = self.requests.iter().filter(|request| request.kind == RequestKind::Void);
        let own = refunds.filter(|refund| refund.origin == Origin::Hub);
        own.filter(|refund| refund.latest().is_some_and(is_refusal)).count()
    }

    fn store(&self, next: Self, session: SessionWrite) -> Decision {
        self.store_with(next, session, Vec::new())
    }

    fn store_with(&self, next: Self, session: SessionWrite, mut alarms: Vec<Alarm>) -> Decision {
        let (before, after) = (self.books(), next.books());
        if let (None, Some(received)) = (before.received(), after.received()) {
            let asked = self.original_amount.minor();
            let is_card = !self.method.kind().is_asynchronous();
            if received < asked || (is_card && received != asked) {
                alarms.push(Alarm::Underpaid);
            }
        }
        if next.hub_refunds_refused() > self.hub_refunds_refused() {
            alarms.push(Alarm::DuplicatePayment);
        }
        if after.failed_captures > before.failed_captures {
            alarms.push(Alarm::CaptureFailed);
        }
        if after.has_captured_another_amount && !before.has_captured_another_amount {
            alarms.push(Alarm::CapturedAnotherAmount);
        }
        if next.refunds_of_another_amount() > self.refunds_of_another_amount() {
            alarms.push(Alarm::RefundedAnotherAmount);
        }
        let lost = |books: &Books<'_>| books.debited().saturating_add(books.refunded());
        let is_more = lost(&after) > lost(&before) && lost(&after) > after.paid().unwrap_or(0);
        if is_more && after.debited() > 0 {
            alarms.push(Alarm::ChargebackAbovePayment);
        }
        let is_debited_again = |(dispute, state): (&&str, &Dispute)| {
            before.disputes.get(*dispute).is_some_and(|known| known.left() > 0 && state.left() > known.left())
        };
        if after.disputes.iter().any(is_debited_again) {
            alarms.push(Alarm::DebitedAgain);
        }
        if after.contradiction.is_some() && before.contradiction.is_none() {
            alarms.push(Alarm::Ledger);
        }
        drop((before, after));
        alarms.dedup();
        Decision::Store(Box::new(Write { charge: next, session, alarms }))
    }
}

/// How the active charge of a session can be superseded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Superseding {
    /// Its payment is canceled at its provider first.
    CancelFirst,
    /// At once: its payment cannot be canceled for certain, and a payment after all is a late payment.
    AtOnce,
    /// Not before its payment ends.
    Never {
        /// When that is at the latest.
        until: Timestamp,
    },
    /// Never: it reserved the money.
    Reserved,
    /// Not now: its outcome is unknown, or it is being written.
    Busy,
}

impl Superseding {
    /// Whether the payment waits for its shopper, and no other request of it is under way.
    #[must_use]
    pub const fn is_unpaid(self) -> bool {
        match self {
            Self::CancelFirst | Self::AtOnce | Self::Never { .. } => true,
            Self::Reserved | Self::Busy => false,
        }
    }
}

impl Charge {
    /// Whether it waits for its shopper; a cancel may be under way.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        let is_running = self.requests.iter().any(|request| request.kind.is_payment() && !request.is_final());
        self.status() == Status::Pending && self.method.kind().is_asynchronous() && !is_running
    }

    /// How it can be superseded as the active charge of its session.
    #[must_use]
    pub fn superseding(&self, abilities: AbilitiesOf) -> Superseding {
        match (self.phase(), self.method.kind()) {
            (Phase::Reserved | Phase::BeingCaptured, _) => Superseding::Reserved,
            (Phase::Unpaid, PaymentType::Boleto) if self.is_at_rest() => Superseding::AtOnce,
            (Phase::Unpaid, PaymentType::Pix | PaymentType::Drip) if self.is_at_rest() => {
                let able = self.abilities(abilities);
                match (able.can_cancel && able.can_read && able.can_refund(), able.can_refund()) {
                    (true, _) if self.has_cancels_left() => Superseding::CancelFirst,
                    (false, true) => Superseding::AtOnce,
                    (true, _) | (false, false) => {
                        Superseding::Never { until: self.ends_at().unwrap_or(self.created_at) }
                    }
                }
            }
            (
                Phase::Unpaid | Phase::Ended | Phase::Paid,
                PaymentType::Credit | PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip,
            ) => Superseding::Busy,
        }
    }

    /// What the provider of its payment can do for it.
    #[must_use]
    pub fn abilities(&self, abilities: AbilitiesOf) -> Abilities {
        self.via().map_or(Abilities::NONE, |via| abilities(via.kind, self.method.kind()))
    }

    /// The charge, which notes until when its money stays reserved where that is not [`HOLD_LIFE`].
    fn reserved_for(mut self, abilities: AbilitiesOf) -> Self {
        let reserved_by = self.books().paid_by.filter(|_| self.status() == Status::PreAuthorized);
        let method = self.method.kind();
        let index = reserved_by.and_then(|number| number.checked_sub(1));
        if let Some(request) = index.and_then(|index| self.requests.get_mut(index)) {
            let life = abilities(request.via.kind, method).hold_life;
            let until = Some(request.created_at.plus(life)).filter(|_| life != HOLD_LIFE);
            request.reserved_until = request.reserved_until.or(until);
        }
        self
    }
}
