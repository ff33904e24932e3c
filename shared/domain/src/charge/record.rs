//! How a charge's list of requests grows: a request is answered in its place, or what a provider reports is appended.

use super::{
    Charge, Circumstances,
    change::{Change, event, event_of_a_duplicate},
    decline::{Decline, DeclineCode},
    event::Event,
    request::{Answer, Origin, Receipt, RequestKind, RequestStatus, TransactionRequest},
    settle::{SessionStep, Settled},
    status::{Phase, Status},
};
use crate::{money::Amount, time::Timestamp};

/// What a provider reports that no request of the hub asked for: a request of its own in the list.
pub(super) struct Reported {
    pub(super) kind: RequestKind,
    pub(super) amount: Amount,
    pub(super) about: Option<usize>,
    pub(super) status: RequestStatus,
    pub(super) receipt: Receipt,
    pub(super) decline: Option<Decline>,
    pub(super) is_duplicate: bool,
    pub(super) dispute: Option<String>,
    pub(super) dispute_place: Option<u8>,
    pub(super) won: Option<bool>,
}

impl Reported {
    pub(super) const fn done(kind: RequestKind, amount: Amount, receipt: Receipt) -> Self {
        Self {
            kind,
            amount,
            about: None,
            status: RequestStatus::Success,
            receipt,
            decline: None,
            is_duplicate: false,
            dispute: None,
            dispute_place: None,
            won: None,
        }
    }
}

/// What the hub learned of a request that is in the list.
#[derive(Default)]
pub(super) struct Learned {
    pub(super) receipt: Receipt,
    pub(super) decline: Option<Decline>,
    /// How much it was, where the provider says so.
    pub(super) amount: Option<Amount>,
}

impl Charge {
    /// Answers the request at `number`.
    pub(super) fn answer(
        &self,
        number: usize,
        status: RequestStatus,
        learned: Learned,
        circumstances: Circumstances,
    ) -> Settled {
        let mut next = self.clone();
        let (step, at, took_ms) = (self.next_step(), circumstances.at, circumstances.took_ms);
        let later = self.refunds_later();
        let Some(request) = number.checked_sub(1).and_then(|index| next.requests.get_mut(index)) else {
            return Settled::Unchanged;
        };
        // The end of an accepted Pix refund is an entry of its own, and so is the success of a refused request.
        let is_second = match request.status() {
            RequestStatus::Running => false,
            RequestStatus::Processing => request.kind == RequestKind::Void && later,
            RequestStatus::Success | RequestStatus::Failed | RequestStatus::InternalError => true,
        };
        let entry = is_second.then_some(circumstances.id);
        let Learned { receipt, decline, amount } = learned;
        let amount = amount.filter(|amount| *amount != request.amount);
        let ask_after = circumstances.ask_after.filter(|_| status == RequestStatus::Processing);
        let new = Answer::new(step, status, at);
        request.answers.push(Answer { took_ms, ask_after, amount, entry, receipt, decline, ..new });
        self.changed(next, number)
    }

    /// The outcome of the request at `number` is as unknown as before, and its provider asks not to be asked before
    /// `after`.
    pub(super) fn asked_later(&self, number: usize, after: Option<Timestamp>) -> Settled {
        let mut next = self.clone();
        let request = number.checked_sub(1).and_then(|index| next.requests.get_mut(index));
        let latest = request.filter(|request| request.is_processing()).and_then(|request| request.answers.last_mut());
        match latest {
            Some(latest) if latest.ask_after < after => latest.ask_after = after,
            Some(_) | None => return Settled::Unchanged,
        }
        next.version = next.version.saturating_add(1);
        Settled::Changed(Box::new(next), SessionStep::Keep)
    }

    /// Appends what a provider reports.
    pub(super) fn append(&self, reported: Reported, circumstances: Circumstances) -> Settled {
        // A reversal is about its refund, which has the account of its payment.
        let about = reported.about.unwrap_or_else(|| self.payment());
        let Some(payment) = self.request(about) else { return Settled::Unchanged };
        let mut next = self.clone();
        let (at, step) = (circumstances.at, self.next_step());
        next.requests.push(TransactionRequest {
            id: circumstances.id,
            kind: reported.kind,
            amount: reported.amount,
            via: payment.via,
            created_at: at,
            call_before: at,
            origin: Origin::Provider,
            step,
            event: None,
            answers: vec![Answer {
                receipt: reported.receipt,
                decline: reported.decline,
                ..Answer::new(step, reported.status, at)
            }],
            is_retry: false,
            about: reported.about,
            is_duplicate: reported.is_duplicate,
            hub_refund: None,
            reserved_until: None,
            dispute: reported.dispute,
            dispute_place: reported.dispute_place,
            won: reported.won,
            known_as: Vec::new(),
            ends_session: false,
            body: None,
            merchant_reference: None,
        });
        let number = next.requests.len();
        self.changed(next, number)
    }

    /// The shopper has paid what an attempt registered.
    pub(super) fn record_payment(&self, reported: Reported, circumstances: Circumstances) -> Settled {
        match self.under_way(RequestKind::Pending).next() {
            None => self.without_open_cancels(circumstances).append(reported, circumstances),
            // The registration has no answer yet: the payment says that it succeeded.
            Some((number, _)) => {
                let learned = Learned { receipt: reported.receipt.clone(), ..Learned::default() };
                let Settled::Changed(registered, _) =
                    self.answer(number, RequestStatus::Success, learned, circumstances)
                else {
                    return Settled::Unchanged;
                };
                Self { version: self.version, ..*registered }.append(reported, circumstances)
            }
        }
    }

    /// Ends every cancel with an unknown outcome as failed, since the charge is paid now. They end first, so that the
    /// event of the payment shows it.
    fn without_open_cancels(&self, circumstances: Circumstances) -> Self {
        let mut next = self.clone();
        let mut step = next.next_step();
        let open = |request: &&mut TransactionRequest| request.kind == RequestKind::Cancel && request.is_processing();
        for cancel in next.requests.iter_mut().filter(open) {
            let failed = Answer::new(step, RequestStatus::Failed, circumstances.at);
            cancel.answers.push(Answer { decline: Some(DeclineCode::Generic.into()), ..failed });
            step = step.saturating_add(1);
        }
        next
    }

    /// Completes the change from this charge to `next`, whose request at `number` was answered: which event it is, and
    /// what it does to the session whose lock the charge holds.
    fn changed(&self, mut next: Self, number: usize) -> Settled {
        let (from, to) = (self.status(), next.status());
        let is_of_a_duplicate = next.request(number).is_some_and(|request| next.is_of_a_duplicate(request));
        let Some((request, answer)) = next.request(number).and_then(|request| Some((request, request.latest()?)))
        else {
            return Settled::Unchanged;
        };
        let (kind, status, payable) = (request.kind, answer.status, answer.receipt.is_payable());
        let is_first = request.answers.len() == 1;
        let has_emptied = next.was_paid() && next.amount() == Amount::ZERO && self.amount() > Amount::ZERO;
        // What was published as paid ends its session, whoever releases it.
        let has_lapsed = request.origin == Origin::Provider && next.books().failed_captures == 0;
        let ends_session = request.ends_session && is_first;
        let cause = Caused { kind, ends_session, has_emptied, has_lapsed };
        let at = answer.at;
        let name = if is_of_a_duplicate {
            event_of_a_duplicate(kind, status)
        } else {
            event(self.method.kind(), Change::Settled { kind, request: status, from, to, payable })
        };
        let event = name.map(|name| Event { no: self.event_no.saturating_add(1), name });
        next.updated_at = at;
        next.version = self.version.saturating_add(1);
        next.event_no = event.map_or(self.event_no, |event| event.no);
        next.waiting.clear();
        if let Some(answer) = next.answers_of(number).and_then(|answers| answers.last_mut()) {
            answer.event = event;
        }
        let step = if is_of_a_duplicate { SessionStep::Keep } else { session_step(self.phase(), to, &cause) };
        Settled::Changed(Box::new(next), step)
    }

    fn answers_of(&mut self, number: usize) -> Option<&mut Vec<Answer>> {
        let request = number.checked_sub(1).and_then(|index| self.requests.get_mut(index))?;
        Some(&mut request.answers)
    }
}

/// What changed a charge.
struct Caused {
    kind: RequestKind,
    ends_session: bool,
    /// Whether nothing is left of what was paid, and something was left before.
    has_emptied: bool,
    /// Whether the acquirer released the authorization by itself.
    has_lapsed: bool,
}

/// What going from a phase to a status does to the session whose lock the charge holds.
fn session_step(from: Phase, to: Status, cause: &Caused) -> SessionStep {
    let is_void = cause.kind == RequestKind::Void;
    // Also while a dispute debits the charge: that may be credited later.
    if is_void && cause.has_emptied {
        return SessionStep::Void;
    }
    match (from, to) {
        (Phase::Unpaid | Phase::Reserved | Phase::BeingCaptured, Status::Authorized) => SessionStep::Pay,
        (Phase::Unpaid, Status::Canceled) if cause.ends_session => SessionStep::Cancel,
        (Phase::Unpaid, Status::Failed | Status::Canceled) => SessionStep::Release,
        // A void by the merchant ends the session; after a release by the acquirer the session can be paid again.
        (Phase::Reserved | Phase::BeingCaptured, Status::Canceled) if is_void && cause.has_lapsed => {
            SessionStep::Release
        }
        (Phase::Reserved | Phase::BeingCaptured | Phase::Paid, Status::Canceled) if is_void => SessionStep::Void,
        (
            Phase::Unpaid | Phase::Ended | Phase::Reserved | Phase::BeingCaptured | Phase::Paid,
            Status::Pending
            | Status::PreAuthorized
            | Status::Authorized
            | Status::Failed
            | Status::Canceled
            | Status::Voided
            | Status::ChargedBack
            | Status::RefundPending,
        ) => SessionStep::Keep,
    }
}
