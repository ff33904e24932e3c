//! What a provider update about a refund does: it is matched with its refund, and counts once.

use super::{
    Charge, Circumstances,
    decline::Decline,
    notified::reported_as,
    record::{Learned, Reported},
    request::{Origin, RequestKind, RequestStatus, TransactionRequest, is_by_operator},
    settle::{Outcome, SessionStep, Settled, WaitReason},
    status::Phase,
    update::ProviderUpdate,
};
use crate::{alarm::Alarm, money::Amount};

/// What a provider calls a refund in a notification, and which refund it can be where no reference and no id names it.
#[derive(Clone, Copy)]
pub(super) struct RefundIds<'a> {
    /// The notification's own id.
    id: &'a str,
    /// The refund's own id, where there is one.
    transaction: Option<&'a str>,
    /// Whether the provider says sums alone of the refunds of a payment. They are compared with what an operator
    /// recorded, too, so that the notification is of no recorded refund.
    says_sums: bool,
    /// Whether the notification says of which payment it is, beside the reference that a duplicate payment has too.
    names_payment: bool,
}

impl<'a> RefundIds<'a> {
    /// Those of `update`, which names the refund's own id, too, or not.
    pub(super) fn of(update: &'a ProviderUpdate, transaction: Option<&'a str>, says_sums: bool) -> Self {
        let names_payment = update.payment.is_some();
        Self { id: &update.id, transaction, says_sums, names_payment }
    }

    /// The id by which the provider names the refund from now on.
    fn own(self) -> &'a str {
        self.transaction.unwrap_or(self.id)
    }
}

impl Charge {
    /// A refund that began at the provider itself.
    pub(super) fn on_refund_begun(
        &self,
        number: usize,
        amount: Amount,
        ids: RefundIds<'_>,
        circumstances: Circumstances,
    ) -> Settled {
        if self.refund_known_as(ids.id).is_some() {
            return Settled::Unchanged;
        }
        if let Some(recorded) = self.recorded_as(number, amount, ids) {
            return self.known(recorded, ids.own());
        }
        if let Some(number) = self.asked_refund_of(number, amount) {
            return self.known(number, ids.id);
        }
        self.refund_of_its_own(number, RequestStatus::Processing, amount, ids.id, circumstances)
    }

    /// Records a refund that no request of the hub asked for. It is of the payment that the update names, which may be
    /// one that the charge does not keep.
    pub(super) fn refund_of_its_own(
        &self,
        number: usize,
        status: RequestStatus,
        amount: Amount,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        let duplicate = self.duplicate_at(number);
        if let Some(beyond) = self.beyond(duplicate, amount) {
            return beyond;
        }
        if !self.has_room() {
            return Settled::Contradiction(Alarm::NoRoom);
        }
        let reported = Reported::done(RequestKind::Void, amount, reported_as(id));
        self.append(Reported { status, about: duplicate, ..reported }, circumstances)
    }

    /// The number of the duplicate payment that `number` names: that payment's own number, or that of the attempt that
    /// made it, where the charge keeps the payment of another attempt.
    pub(super) fn duplicate_at(&self, number: usize) -> Option<usize> {
        if self.request(number).is_some_and(|request| request.is_duplicate && request.kind.is_payment()) {
            return Some(number);
        }
        let is_it = |request: &TransactionRequest| {
            request.is_duplicate && request.kind.is_payment() && request.about == Some(number)
        };
        let mut duplicates = (1..).zip(&self.requests).filter(|(_, request)| is_it(request));
        duplicates.next().map(|(duplicate, _)| duplicate).filter(|_| number != self.payment())
    }

    /// A refund is done. It is the refund that the reference names, or that the provider knows by these ids, or one of
    /// this amount that an operator recorded, or one of this amount without a notification so far. Otherwise it is a
    /// refund of its own.
    pub(super) fn on_refunded(
        &self,
        number: usize,
        amount: Amount,
        phase: Phase,
        ids: RefundIds<'_>,
        circumstances: Circumstances,
    ) -> Settled {
        let RefundIds { id, transaction, .. } = ids;
        let refund = self.named_refund(number, ids);
        if let (None, Some(recorded)) = (refund, self.recorded_as(number, amount, ids)) {
            return self.known(recorded, ids.own());
        }
        // Where a provider says sums, one refund is under way at a time, and its transaction is another in each answer.
        let is_named = transaction.is_some() && !ids.says_sums;
        let refund = refund.or_else(|| self.open_refund_of(number, amount, is_named));
        // An update that names a refund, or is about all that is reserved, is not about a refund with another id.
        let is_nameless = transaction.is_none() && !self.is_release(number, amount, phase);
        match refund.or_else(|| self.done_refund_of(number, amount, is_nameless)) {
            Some(refund) => self.refund_done(refund, amount, id, circumstances),
            None => self.refund_outside(number, amount, phase, id, circumstances),
        }
    }

    /// A refund that the hub did not ask for, or all that was reserved was released.
    fn refund_outside(
        &self,
        number: usize,
        amount: Amount,
        phase: Phase,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        let is_release = self.is_release(number, amount, phase);
        match phase {
            Phase::Unpaid | Phase::Ended => Settled::Wait(phase.payment()),
            // The end of a release that is under way says how much is left to release.
            Phase::Reserved if is_release && !self.is_at_rest() => Settled::Wait(WaitReason::RequestUnderWay),
            Phase::Reserved if is_release => self.lapsed(self.payment(), reported_as(id), circumstances),
            Phase::Reserved | Phase::BeingCaptured | Phase::Paid => {
                self.refund_of_its_own(number, RequestStatus::Success, amount, id, circumstances)
            }
        }
    }

    fn refund_done(&self, number: usize, amount: Amount, id: &str, circumstances: Circumstances) -> Settled {
        let Some(request) = self.request(number) else { return Settled::Wait(WaitReason::Nothing) };
        let receipt = reported_as(id);
        match request.status() {
            RequestStatus::Success if amount != request.amount() => {
                Settled::Contradiction(Alarm::RefundedAnotherAmount)
            }
            RequestStatus::Success if request.origin == Origin::Provider => self.known(number, id),
            RequestStatus::Success => self.notified_again(number, id),
            RequestStatus::Failed | RequestStatus::InternalError => {
                self.notified_as(number, id).late_refund(number, amount, receipt, circumstances)
            }
            // The refund's own answer comes first.
            RequestStatus::Running if amount != request.amount => Settled::Wait(WaitReason::RequestUnderWay),
            // The provider says how much was refunded; that counts as long as so much is left to refund.
            RequestStatus::Running | RequestStatus::Processing => {
                let most = self.available().minor().saturating_add(request.amount.minor());
                if amount.minor() > most && !self.is_of_a_duplicate(request) {
                    return self.beyond(None, amount).unwrap_or(Settled::Wait(WaitReason::RequestUnderWay));
                }
                let learned = Learned { receipt, amount: Some(amount), ..Learned::default() };
                self.notified_as(number, id).answer(number, RequestStatus::Success, learned, circumstances)
            }
        }
    }

    /// The provider made a refund. It is the one that the reference or the id names, or one of this amount that an
    /// operator recorded, or one that the hub did not ask for: those of the hub have references of their own.
    pub(super) fn on_refunded_outside(
        &self,
        number: usize,
        amount: Amount,
        phase: Phase,
        ids: RefundIds<'_>,
        circumstances: Circumstances,
    ) -> Settled {
        if is_by_operator(ids.id) {
            return self.on_recorded(number, amount, phase, ids.id, circumstances);
        }
        if let Some(refund) = self.named_refund(number, ids) {
            return self.refund_done(refund, amount, ids.id, circumstances);
        }
        match self.recorded_as(number, amount, ids) {
            Some(recorded) => self.known(recorded, ids.own()),
            None => self.refund_outside(number, amount, phase, ids.id, circumstances),
        }
    }

    /// An operator found a refund that the hub did not ask for, or the named refund, which was made after all.
    fn on_recorded(
        &self,
        number: usize,
        amount: Amount,
        phase: Phase,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        match self.refund_at(number) {
            Some(refund) if refund.has_succeeded() => Settled::Unchanged,
            Some(_) => self.refund_done(number, amount, id, circumstances),
            None => self.refund_outside(number, amount, phase, id, circumstances),
        }
    }

    /// How many refunds that were asked for were done with another amount.
    pub(super) fn refunds_of_another_amount(&self) -> usize {
        let is_another = |refund: &&TransactionRequest| {
            let is_done = refund.kind == RequestKind::Void && refund.has_succeeded();
            is_done && refund.origin != Origin::Provider && refund.amount() != refund.amount
        };
        self.requests.iter().filter(is_another).count()
    }

    /// Whether a refund of this much is a release of all that is reserved. An update about a duplicate payment says nothing
    /// about what is reserved.
    fn is_release(&self, number: usize, amount: Amount, phase: Phase) -> bool {
        matches!(phase, Phase::Reserved) && amount == self.amount() && self.duplicate_at(number).is_none()
    }

    /// The request at `number`, if it is a refund or a release.
    pub(super) fn refund_at(&self, number: usize) -> Option<&TransactionRequest> {
        self.request(number).filter(|request| request.kind == RequestKind::Void)
    }

    /// The charge whose refund at `number`, which the hub asked for, has a notification under this id. The next
    /// notification of this amount under another id is about another refund. What an operator recorded is no
    /// notification.
    fn notified_as(&self, number: usize, id: &str) -> Self {
        let is_asked = self.request(number).is_some_and(|refund| refund.origin != Origin::Provider);
        if is_asked && !is_by_operator(id) { self.with_id(number, id) } else { self.clone() }
    }

    /// The charge whose request at `number` has one more id of the provider.
    fn with_id(&self, number: usize, id: &str) -> Self {
        let mut next = self.clone();
        if let Some(request) = number.checked_sub(1).and_then(|index| next.requests.get_mut(index)) {
            request.known_as.push(id.to_owned());
        }
        next
    }

    /// A notification of a refund that the hub asked for and that is done: its id is noted, also where the answer had it.
    fn notified_again(&self, number: usize, id: &str) -> Settled {
        let is_noted = |refund: &TransactionRequest| refund.known_as.iter().any(|known| known == id);
        self.note_id(number, id, is_noted)
    }

    /// The number of the refund that the reference or an id of an update names.
    fn named_refund(&self, number: usize, ids: RefundIds<'_>) -> Option<usize> {
        let RefundIds { id, transaction, .. } = ids;
        let named = self.refund_at(number).map(|_| number);
        let known = || self.refund_known_as(id).filter(|known| !self.has_ended_as_another(*known, id));
        let known_by_transaction = || transaction.and_then(|transaction| self.refund_known_as(transaction));
        named.or_else(known).or_else(known_by_transaction)
    }

    /// The number of the refund that the provider knows by this id.
    pub(super) fn refund_known_as(&self, id: &str) -> Option<usize> {
        let refunds = (1..).zip(&self.requests).filter(|(_, request)| request.kind == RequestKind::Void);
        refunds.filter(|(_, request)| request.is_known_as(id)).map(|(number, _)| number).last()
    }

    /// Whether the refund at `number` began at the provider under this id and ended under another one. If its first id
    /// is done too, these are two refunds.
    fn has_ended_as_another(&self, number: usize, id: &str) -> bool {
        let refund = self.request(number).filter(|refund| refund.origin == Origin::Provider && refund.has_succeeded());
        let ended_as = refund.and_then(|refund| Some((refund, refund.latest()?.receipt.transaction_id.as_deref()?)));
        ended_as.is_some_and(|(refund, ended_as)| ended_as != id && !refund.known_as.iter().any(|known| known == id))
    }

    /// The number of a refund of this amount that is under way, preferably one without an id of the provider. Where the
    /// update `is_named`, it is none of the hub's to which the provider's answer gave another id.
    fn open_refund_of(&self, payment: usize, amount: Amount, is_named: bool) -> Option<usize> {
        let is_answered = |refund: &TransactionRequest| {
            let mut receipts = refund.answers.iter().map(|answer| &answer.receipt);
            refund.origin != Origin::Provider && receipts.any(|receipt| receipt.transaction_id.is_some())
        };
        let is_it = |refund: &TransactionRequest| refund.amount() == amount && !(is_named && is_answered(refund));
        let refunds = self.refunds_named_by(payment).filter(|(_, refund)| is_it(refund));
        let open = refunds.filter(|(_, request)| !request.is_final()).min_by_key(|(_, request)| request.has_id());
        open.map(|(number, _)| number)
    }

    /// The number of a refund of this amount that is done and has no notification yet. A notification that
    /// `is_nameless` gives no id of the refund: its own id need not be the one in the refund's answer.
    fn done_refund_of(&self, payment: usize, amount: Amount, is_nameless: bool) -> Option<usize> {
        let mut refunds = self.refunds_named_by(payment).filter(|(_, refund)| refund.amount() == amount);
        let is_it = |number: usize| is_nameless || !self.has_own_id(number);
        let done = refunds.find(|(number, refund)| refund.has_succeeded() && is_unnotified(refund) && is_it(*number));
        done.map(|(number, _)| number)
    }

    /// Whether the provider gave the request at `number` an id that no other refund has. One of two equal refunds may
    /// have ended under the id of the other.
    fn has_own_id(&self, number: usize) -> bool {
        let Some(request) = self.request(number) else { return false };
        let answered = request.answers.iter().filter_map(|answer| answer.receipt.transaction_id.as_deref());
        let ids = answered.chain(request.known_as.iter().map(String::as_str));
        let mut ids = ids.filter(|id| !is_by_operator(id));
        let others =
            || (1..).zip(&self.requests).filter(|(other, one)| *other != number && one.kind == RequestKind::Void);
        ids.any(|id| !others().any(|(_, other)| other.is_known_as(id)))
    }

    /// The refunds, with their numbers, that an update about the request at `number` can mean: those of the payment
    /// that this attempt made. A duplicate payment of the same attempt has the same reference, and a number of its own.
    fn refunds_named_by(&self, number: usize) -> impl Iterator<Item = (usize, &TransactionRequest)> {
        let is_duplicate = self.request(number).is_some_and(|request| request.is_duplicate);
        let payment = self.request(number).filter(|request| request.kind.is_payment());
        let payment = payment.map(|request| request.about.unwrap_or(number));
        let refunds = (1..).zip(&self.requests).filter(|(_, request)| request.kind == RequestKind::Void);
        refunds.filter(move |(refund, request)| match payment {
            Some(_) if is_duplicate => request.about == Some(number),
            Some(payment) => self.payment_of(*refund) == payment,
            None => true,
        })
    }

    /// The number of a refund of this amount that the hub asked for and that has no notification yet: its provider may
    /// report it as begun.
    fn asked_refund_of(&self, payment: usize, amount: Amount) -> Option<usize> {
        let may_begin = |request: &TransactionRequest| !request.is_final() || request.has_succeeded();
        let refunds = self.refunds_named_by(payment);
        let mut asked = refunds.filter(|(_, request)| request.amount() == amount && is_unnotified(request));
        asked.find(|(_, request)| may_begin(request)).map(|(number, _)| number)
    }

    /// Notes one more id under which the provider knows the request at `number`: no money moves, and nothing that is
    /// printed changes.
    pub(super) fn known(&self, number: usize, id: &str) -> Settled {
        self.note_id(number, id, |request| request.is_known_as(id))
    }

    /// Notes an id of the request at `number`, unless it `is_noted` or the request has as many as it may have.
    fn note_id(&self, number: usize, id: &str, is_noted: impl Fn(&TransactionRequest) -> bool) -> Settled {
        let may_note = |request: &TransactionRequest| request.known_as.len() < MAX_KNOWN_AS && !is_noted(request);
        if !self.request(number).is_some_and(may_note) {
            return Settled::Unchanged;
        }
        let next = Self { version: self.version.saturating_add(1), ..self.with_id(number, id) };
        Settled::Changed(Box::new(next), SessionStep::Keep)
    }

    pub(super) fn on_refund_failed(
        &self,
        number: usize,
        why: &Decline,
        phase: Phase,
        id: &str,
        circumstances: Circumstances,
    ) -> Settled {
        let is_refund = self.refund_at(number).is_some();
        let number = if is_refund { Some(number) } else { self.refund_known_as(id) };
        let Some((number, request)) = number.and_then(|number| Some((number, self.request(number)?))) else {
            return Settled::Wait(match phase {
                Phase::Paid if self.refunds_under_way().next().is_some() => WaitReason::RequestUnderWay,
                Phase::Paid | Phase::Ended => WaitReason::Nothing,
                Phase::Unpaid | Phase::Reserved | Phase::BeingCaptured => phase.payment(),
            });
        };
        match request.status() {
            // This refund began, and another of the same amount was done in its place: nothing came back.
            _ if !is_refund && self.has_ended_as_another(number, id) => Settled::Unchanged,
            RequestStatus::Running | RequestStatus::Processing => {
                self.settle(number, Outcome::Declined(why.clone()), circumstances)
            }
            // A refund that succeeded may come back days later.
            RequestStatus::Success => self.on_reverted(request.amount(), Some(number), id, circumstances),
            RequestStatus::Failed | RequestStatus::InternalError => Settled::Unchanged,
        }
    }

    /// A refund came back: the one at `number`, the one of this id, or, where neither is named, any.
    pub(super) fn on_refund_reverted(
        &self,
        number: usize,
        amount: Amount,
        ids: RefundIds,
        circumstances: Circumstances,
    ) -> Settled {
        let of_id = || ids.transaction.and_then(|refund| self.refund_known_as(refund));
        let named = self.refund_at(number).map(|_| number).or_else(of_id);
        if let (None, Some(transaction), true) = (named, ids.transaction, self.is_at_rest())
            && let Some(recorded) = self.recorded_as(number, amount, ids)
        {
            // From here on the provider's id names it.
            return self.with_id(recorded, transaction).on_reverted(amount, Some(recorded), ids.id, circumstances);
        }
        match (named, ids.transaction) {
            // It is no other refund that came back.
            (None, Some(_)) if self.is_at_rest() => Settled::Wait(WaitReason::Nothing),
            (None, Some(_)) => Settled::Wait(WaitReason::RequestUnderWay),
            (named, _) => self.on_reverted(amount, named, ids.id, circumstances),
        }
    }

    /// Refunded money came back: once for each refund and never more than was refunded. A provider may report it
    /// twice, by the refund and by the payment.
    fn on_reverted(&self, amount: Amount, refund: Option<usize>, id: &str, circumstances: Circumstances) -> Settled {
        let reversals = || (1..).zip(&self.requests).filter(|(_, request)| request.kind == RequestKind::RevertVoid);
        if reversals().any(|(_, request)| request.is_known_as(id)) {
            return Settled::Unchanged;
        }
        let is_reported_by_the_other = |request: &TransactionRequest| match refund {
            Some(refund) => request.about == Some(refund),
            None => request.about.is_some() && request.amount == amount && request.ids() == 1,
        };
        let nameless = |request: &TransactionRequest| {
            refund.is_some() && request.about.is_none() && request.amount == amount && request.ids() == 1
        };
        let same = reversals().find(|(_, request)| is_reported_by_the_other(request) || nameless(request));
        if let Some((number, _)) = same {
            return self.known(number, id);
        }
        // A reversal above the charge's own refunds may be of a refund of a duplicate payment.
        let refund = refund.or_else(|| self.refund_of_a_duplicate(amount).filter(|_| amount.minor() > self.refunded()));
        let is_of_a_duplicate =
            refund.and_then(|number| self.request(number)).is_some_and(|refund| self.is_of_a_duplicate(refund));
        if amount.minor() > self.refunded() && !is_of_a_duplicate {
            // The reversal may have come before the notification that the refund was done.
            let may_be_early = self.refunds_under_way().any(|(_, refund)| refund.amount == amount);
            return match (may_be_early, amount <= self.amount()) {
                (true, _) => Settled::Wait(WaitReason::RequestUnderWay),
                (false, true) => Settled::Wait(WaitReason::Nothing),
                (false, false) => Settled::Contradiction(Alarm::ReversalAboveRefunds),
            };
        }
        if !self.has_room() {
            return Settled::Contradiction(Alarm::NoRoom);
        }
        let reported = Reported::done(RequestKind::RevertVoid, amount, reported_as(id));
        self.append(Reported { about: refund, is_duplicate: is_of_a_duplicate, ..reported }, circumstances)
    }

    /// The number of a refund of this amount of a duplicate payment, which was done and has not come back.
    fn refund_of_a_duplicate(&self, amount: Amount) -> Option<usize> {
        let is_it = |refund: &TransactionRequest| self.is_of_a_duplicate(refund);
        self.kept_refunds_of(amount).find(|(_, refund)| is_it(refund)).map(|(number, _)| number)
    }

    /// The number of a refund of this amount that an operator recorded and of which the provider has not said an id so
    /// far. From then on that id names it.
    fn recorded_as(&self, payment: usize, amount: Amount, ids: RefundIds<'_>) -> Option<usize> {
        let is_of_a_duplicate = self.duplicate_at(payment).is_some();
        let is_it = |refund: &TransactionRequest| {
            let is_of_it = !ids.names_payment || self.is_of_a_duplicate(refund) == is_of_a_duplicate;
            is_of_it && refund.is_recorded() && refund.known_as.is_empty() && refund.amount() == amount
        };
        let recorded = self.refunds_named_by(payment).find(|(_, refund)| is_it(refund));
        recorded.map(|(number, _)| number).filter(|_| !ids.says_sums)
    }

    /// The refunds of this amount, with their numbers, that were done and have not come back.
    fn kept_refunds_of(&self, amount: Amount) -> impl Iterator<Item = (usize, &TransactionRequest)> {
        let came_back = |number: usize| {
            self.requests.iter().any(|one| one.kind == RequestKind::RevertVoid && one.about == Some(number))
        };
        let refunds = (1..).zip(&self.requests).filter(|(_, request)| request.kind == RequestKind::Void);
        let done = refunds.filter(move |(_, refund)| refund.has_succeeded() && refund.amount() == amount);
        done.filter(move |(number, _)| !came_back(*number))
    }
}

/// Whether the hub asked for this refund, and no notification of it has come.
const fn is_unnotified(refund: &TransactionRequest) -> bool {
    !matches!(refund.origin, Origin::Provider) && refund.known_as.is_empty()
}

/// Ids under which a provider may know one request.
const MAX_KNOWN_AS: usize = 4;
