//! What a provider update about a dispute does: one state for each dispute id.

use super::{
    Charge, Circumstances,
    books::Dispute,
    notified::reported_as,
    record::Reported,
    request::{RequestKind, TransactionRequest},
    settle::{SessionStep, Settled, WaitReason},
};
use crate::{alarm::Alarm, limits::MAX_REQUESTS, money::Amount};

/// Which step of which dispute an update is about.
#[derive(Clone, Copy)]
pub(super) struct OfDispute<'a> {
    /// The provider's id of the dispute, where the update names one.
    pub(super) dispute: Option<&'a str>,
    /// The place of the step among those of its dispute, where they have an order.
    pub(super) place: Option<u8>,
    /// The update's own id.
    pub(super) id: &'a str,
}

impl Charge {
    /// A dispute debits the payment. Where its steps have an order, one that is older than the newest is over.
    pub(super) fn on_charged_back(&self, amount: Amount, of: OfDispute<'_>, circumstances: Circumstances) -> Settled {
        let OfDispute { dispute, place, id } = of;
        let dispute = dispute.unwrap_or(id);
        if self.is_noted(RequestKind::ChargeBack, id) || self.is_over(dispute, place) {
            return Settled::Unchanged;
        }
        // The same amount again is the same debit, whatever its id. Another amount, or a debit after a partial credit,
        // is one more.
        let is_same = |state: &Dispute| state.left() == amount.minor() && state.credited == 0;
        match self.dispute(dispute) {
            Some(state) if is_same(&state) => self.goes_on(RequestKind::ChargeBack, dispute, place),
            // The credit of the debit before this one has not been reported yet.
            Some(state) if place.is_some() && state.left() > 0 => Settled::Wait(WaitReason::Nothing),
            Some(_) | None => {
                let debited = Reported::done(RequestKind::ChargeBack, amount, reported_as(id));
                self.note(Reported { dispute_place: place, ..debited }, dispute, circumstances)
            }
        }
    }

    /// What a dispute debited is credited again.
    pub(super) fn on_chargeback_reversed(
        &self,
        amount: Amount,
        of: OfDispute<'_>,
        circumstances: Circumstances,
    ) -> Settled {
        let OfDispute { dispute, place, id } = of;
        let is_over = dispute.is_some_and(|dispute| self.is_over(dispute, place));
        if self.is_noted(RequestKind::ChargeBackReversal, id) || is_over {
            return Settled::Unchanged;
        }
        let books = self.books();
        let mut debited = books.disputes.iter().filter(|(_, state)| state.left() > 0);
        let named = match dispute {
            Some(dispute) => debited.find(|(known, _)| **known == dispute),
            None => debited.next().filter(|_| debited.next().is_none()),
        };
        match (named, dispute.and_then(|dispute| self.dispute(dispute))) {
            (Some((dispute, _)), _) => {
                let credited = Reported::done(RequestKind::ChargeBackReversal, amount, reported_as(id));
                self.note(Reported { dispute_place: place, ..credited }, dispute, circumstances)
            }
            (None, Some(state)) if state.is_credited() => {
                self.goes_on(RequestKind::ChargeBackReversal, dispute.unwrap_or(id), place)
            }
            (None, _) => Settled::Wait(WaitReason::Nothing),
        }
    }

    /// Whether a step as new as that at `place`, or a newer one, is known of the dispute.
    fn is_over(&self, dispute: &str, place: Option<u8>) -> bool {
        let of_it = self.requests.iter().filter(|request| request.dispute.as_deref() == Some(dispute));
        place.is_some() && of_it.filter_map(|request| request.dispute_place).max() >= place
    }

    /// The last debit or credit of the dispute goes on: the step at `place` moves no money, and those before it are over.
    fn goes_on(&self, kind: RequestKind, dispute: &str, place: Option<u8>) -> Settled {
        let mut next = Self { version: self.version.saturating_add(1), ..self.clone() };
        let is_it =
            |request: &&mut TransactionRequest| request.kind == kind && request.dispute.as_deref() == Some(dispute);
        match (next.requests.iter_mut().rfind(is_it), place) {
            (Some(last), Some(place)) => last.dispute_place = Some(place),
            (_, None) | (None, _) => return Settled::Unchanged,
        }
        Settled::Changed(Box::new(next), SessionStep::Keep)
    }

    pub(super) fn on_disputed(&self, dispute: &str, id: &str, circumstances: Circumstances) -> Settled {
        // What was debited and credited again was opened before that.
        let is_known = |state: Dispute| state.is_open || state.is_credited();
        if self.dispute(dispute).is_some_and(is_known) || self.is_noted(RequestKind::Dispute, id) {
            return Settled::Unchanged;
        }
        self.note(Reported::done(RequestKind::Dispute, self.amount(), reported_as(id)), dispute, circumstances)
    }

    pub(super) fn on_dispute_closed(
        &self,
        dispute: Option<&str>,
        won: Option<bool>,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        if self.is_noted(RequestKind::DisputeClosed, id) {
            return Settled::Unchanged;
        }
        let books = self.books();
        let is_open = |dispute: &&TransactionRequest| {
            dispute.kind == RequestKind::Dispute
                && dispute.dispute.as_deref().and_then(|id| books.disputes.get(id)).is_some_and(|state| state.is_open)
        };
        let last_open = || self.requests.iter().filter(is_open).filter_map(|open| open.dispute.as_deref()).next_back();
        match dispute.map_or_else(last_open, Some) {
            Some(dispute) => match books.disputes.get(dispute) {
                Some(state) if state.is_open => {
                    let closed = Reported::done(RequestKind::DisputeClosed, self.amount(), reported_as(id));
                    self.note(Reported { won, ..closed }, dispute, circumstances)
                }
                Some(_) => Settled::Unchanged,
                None => Settled::Wait(WaitReason::Nothing),
            },
            // The end of a dispute may come before its beginning.
            None => Settled::Wait(WaitReason::Nothing),
        }
    }

    fn dispute(&self, id: &str) -> Option<Dispute> {
        self.books().disputes.get(id).copied()
    }

    fn is_noted(&self, kind: RequestKind, id: &str) -> bool {
        self.requests.iter().any(|request| request.kind == kind && request.is_known_as(id))
    }

    /// Appends one step of a dispute. There is always room for a chargeback, up to the bound of the list itself.
    fn note(&self, reported: Reported, dispute: &str, circumstances: Circumstances) -> Settled {
        if self.used_room() >= MAX_REQUESTS || (reported.kind == RequestKind::Dispute && !self.has_room()) {
            return Settled::Contradiction(Alarm::NoRoom);
        }
        self.append(Reported { dispute: Some(dispute.to_owned()), ..reported }, circumstances)
    }
}
