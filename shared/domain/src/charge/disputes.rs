//! What a provider update about a dispute does: one state for each dispute id.

use super::{
    Charge, Circumstances,
    books::Dispute,
    notified::reported_as,
    record::Reported,
    request::{RequestKind, TransactionRequest},
    settle::{Settled, WaitReason},
};
use crate::{alarm::Alarm, limits::MAX_REQUESTS, money::Amount};

impl Charge {
    pub(super) fn on_charged_back(
        &self,
        amount: Amount,
        dispute: &str,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        if self.is_noted(RequestKind::ChargeBack, id) {
            return Settled::Unchanged;
        }
        // The same amount again is the same debit, whatever its id. Another amount, or a debit after a partial credit,
        // is one more.
        let is_same = |state: &Dispute| state.left() == amount.minor() && state.credited == 0;
        if self.dispute(dispute).as_ref().is_some_and(is_same) {
            return Settled::Unchanged;
        }
        self.note(Reported::done(RequestKind::ChargeBack, amount, reported_as(id)), dispute, circumstances)
    }

    pub(super) fn on_chargeback_reversed(
        &self,
        amount: Amount,
        dispute: Option<&str>,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        if self.is_noted(RequestKind::ChargeBackReversal, id) {
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
                self.note(credited, dispute, circumstances)
            }
            (None, Some(dispute)) if dispute.is_credited() => Settled::Unchanged,
            (None, _) => Settled::Wait(WaitReason::Nothing),
        }
    }

    pub(super) fn on_disputed(&self, dispute: &str, id: &str, circumstances: Circumstances) -> Settled {
        if self.dispute(dispute).is_some_and(|state| state.is_open) || self.is_noted(RequestKind::Dispute, id) {
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
