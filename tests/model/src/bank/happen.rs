//! What happens at the providers without the hub.

use super::{Bank, Dispute, HOLD, Millis, PayMethod, Payment, Refund, RefundState, STRIPE, State, ZOOP, pick};
use crate::notes::{Note, UpdateKind};

/// Something that happens at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A shopper pays, perhaps more or less than asked for.
    Pays,
    /// A shopper pays what had expired or was canceled.
    PaysLate,
    /// A shopper pays a second time.
    PaysTwice,
    /// A shopper will not pay.
    NotPaid,
    /// The provider approves what it had declined.
    ApprovesAfterAll,
    /// A refund under way is done.
    RefundDone,
    /// A refund under way fails.
    RefundFails,
    /// A failed refund is done.
    RefundDoneAfterAll,
    /// A refund that is done comes back to the merchant.
    RefundComesBack,
    /// A refund begins at the provider itself.
    RefundBegins,
    /// A shopper contests a payment.
    Disputes,
    /// A dispute debits a payment.
    ChargesBack,
    /// What a dispute debited is credited again.
    Credits,
    /// A dispute ends without a debit.
    ClosesDispute,
    /// The acquirer releases what it reserved.
    Lapses,
    /// The acquirer captures what it reserved.
    Captures,
    /// It captures what was released.
    CapturesReleased,
    /// It has made a capture that it had declined.
    CaptureDoneAfterAll,
    /// It has not captured what it had approved, and was to capture by itself.
    CaptureFails,
}

const DAY: Millis = 24 * 3_600_000;

impl Bank {
    /// Lets the event happen to one object that allows it. `known` says of each refund whether the hub knows its end.
    pub fn happen(&mut self, event: Event, which: usize, part: u64, now: Millis, known: &[bool]) -> bool {
        match event {
            Event::Pays | Event::PaysLate | Event::PaysTwice | Event::NotPaid | Event::ApprovesAfterAll => {
                self.shopper(event, which, part, now)
            }
            Event::RefundDone | Event::RefundFails | Event::RefundDoneAfterAll | Event::RefundComesBack => {
                self.refund(event, which, known)
            }
            Event::RefundBegins => self.begin_refund(which, part),
            Event::Disputes | Event::ChargesBack | Event::Credits | Event::ClosesDispute => {
                self.dispute(event, which, part)
            }
            Event::Lapses | Event::Captures | Event::CapturesReleased | Event::CaptureDoneAfterAll => {
                self.acquirer(event, which, now, known)
            }
            Event::CaptureFails => self.capture_fails(which),
        }
    }

    fn shopper(&mut self, event: Event, which: usize, part: u64, now: Millis) -> bool {
        let is_touched = |payment: &Payment| {
            let is_its = |of: usize| self.payments[of].key.charge == payment.key.charge;
            self.refunds.iter().any(|refund| refund.own.is_none() && is_its(refund.of))
                || self.disputes.iter().any(|dispute| is_its(dispute.of))
        };
        // A dispute of a duplicate payment is for an operator: a disputed charge is not paid by another attempt.
        let is_disputed = |payment: &Payment| {
            let is_another = |of: &Payment| of.key.charge == payment.key.charge && of.key.number != payment.key.number;
            self.disputes.iter().any(|dispute| is_another(&self.payments[dispute.of]))
        };
        let can = |payment: &Payment| {
            let is_card = payment.pay_method.is_card();
            match event {
                Event::Pays | Event::PaysLate if is_disputed(payment) => false,
                Event::Pays => payment.state == State::Registered && now < payment.expires,
                Event::NotPaid => payment.state == State::Registered,
                Event::PaysTwice => {
                    let is_first = payment.state == State::Money && !is_card && !payment.is_second;
                    is_first && Self::gives_ids(payment.account) && !is_touched(payment)
                }
                // No provider reports a late reservation: it is released again.
                Event::ApprovesAfterAll => {
                    payment.state == State::Refused
                        && payment.pay_method != PayMethod::CardReserved
                        && !is_touched(payment)
                }
                _ => {
                    let is_over = payment.state == State::Registered && now >= payment.expires;
                    !is_card && (is_over || payment.state == State::Canceled)
                }
            }
        };
        let places = (0..self.payments.len()).filter(|place| can(&self.payments[*place]));
        let Some(place) = pick(places, which) else { return false };
        let (key, account) = (self.payments[place].key, self.payments[place].account);
        let tx = self.fresh();
        if event == Event::NotPaid {
            self.payments[place].state = State::Refused;
            self.report(key, UpdateKind::NotPaid, now);
            return true;
        }
        if event == Event::PaysTwice {
            let second = Payment { tx, is_second: true, is_late: true, ..self.payments[place].clone() };
            let amount = second.asked;
            self.payments.push(Payment { base: Some(amount), ..second });
            self.report(key, UpdateKind::Paid { amount, tx: Some(tx) }, now);
            return true;
        }
        let payment = &mut self.payments[place];
        let paid = match part {
            _ if payment.pay_method.is_card() => payment.asked,
            0..=4 => payment.asked + 7,
            5..=9 => payment.asked - 1,
            _ => payment.asked,
        };
        payment.state = State::Money;
        payment.tx = tx;
        payment.is_late |= event != Event::Pays;
        // A boleto that is paid at another bank is known up to three days later.
        let clearing = if payment.pay_method == PayMethod::Boleto { i64::from(part as u8 % 4) * DAY } else { 0 };
        payment.seen_from = if event == Event::Pays { now + clearing } else { now };
        payment.base = Some(paid);
        let from = payment.seen_from;
        let tx = Self::id(account, tx);
        self.report(key, UpdateKind::Paid { amount: paid, tx }, from);
        true
    }

    fn refund(&mut self, event: Event, which: usize, known: &[bool]) -> bool {
        let can = |place: &usize| {
            let refund = &self.refunds[*place];
            let is_known = known.get(*place).copied().unwrap_or(false);
            match event {
                Event::RefundDone | Event::RefundFails => refund.state == RefundState::Accepted,
                Event::RefundDoneAfterAll => {
                    let is_possible =
                        self.ledger(refund.of).can_void(refund.amount) && self.payments[refund.of].base.is_some();
                    refund.state == RefundState::Failed
                        && refund.own.is_some()
                        && is_known
                        && !refund.is_release
                        && is_possible
                }
                _ => refund.state == RefundState::Done && !refund.is_release && !refund.is_reverted && is_known,
            }
        };
        let Some(place) = pick((0..self.refunds.len()).filter(can), which) else { return false };
        let Refund { of, amount, id, .. } = self.refunds[place];
        let payment = self.payments[of].key;
        match event {
            Event::RefundDone => {
                self.refunds[place].state = RefundState::Done;
                self.report_refund(place, UpdateKind::Refunded(amount));
            }
            Event::RefundFails => {
                self.refunds[place].state = RefundState::Failed;
                self.report_refund(place, UpdateKind::RefundFailed);
            }
            Event::RefundDoneAfterAll => {
                (self.refunds[place].state, self.refunds[place].is_after_all) = (RefundState::Done, true);
                let is_its = |note: &&mut Note| note.id == id && note.kind == UpdateKind::RefundFailed;
                self.notes.iter_mut().filter(is_its).for_each(|note| note.is_withdrawn = true);
                self.report_refund(place, UpdateKind::Refunded(amount));
            }
            _ => {
                self.refunds[place].is_reverted = true;
                // Only a report by the refund says that it was of the duplicate payment.
                if self.payments[of].account == STRIPE || self.is_one_of_several(of) {
                    self.report_refund(place, UpdateKind::RefundFailed);
                }
                if !self.is_one_of_several(of) {
                    self.report(payment, UpdateKind::Reverted(amount), 0);
                }
            }
        }
        true
    }

    /// Whether the charge has more than one payment with money.
    fn is_one_of_several(&self, of: usize) -> bool {
        let charge = self.payments[of].key.charge;
        let its = self.payments.iter().filter(|payment| payment.key.charge == charge && payment.state == State::Money);
        its.count() > 1
    }

    fn begin_refund(&mut self, which: usize, part: u64) -> bool {
        let can = |of: &usize| {
            let payment = &self.payments[*of];
            // Before the hub knows of the capture, a report of a refund is a report of a release.
            let is_known =
                payment.pay_method != PayMethod::CardReserved || self.known_as_paid.contains(&payment.key.charge);
            let is_alone = !self.is_one_of_several(*of) && is_known;
            payment.base.is_some() && self.ledger(*of).can_void(1) && Self::begins_refunds(payment.account) && is_alone
        };
        let Some(of) = pick((0..self.payments.len()).filter(can), which) else { return false };
        let (key, free, id) = (self.payments[of].key, self.ledger(of).free(), self.fresh());
        // A refund of the hub and one of the provider, equal and at the same time, cannot be distinguished.
        let is_touched = self.refunds.iter().any(|refund| refund.of == of && refund.own.is_some())
            || self.in_flight.iter().any(|sent| sent.key.charge == key.charge);
        let amount = match part % 3 {
            0 if !is_touched => free,
            1 => 13,
            _ => 17,
        };
        if amount > free {
            return false;
        }
        // A refund of all that is left is done at once: its failure could be taken for that of a refund of the hub.
        let state = if part % 9 < 3 || amount == free { RefundState::Done } else { RefundState::Accepted };
        self.refunds.push(Refund {
            of,
            own: None,
            id,
            amount,
            is_release: false,
            state,
            is_reverted: false,
            is_after_all: false,
        });
        let kind =
            if state == RefundState::Done { UpdateKind::Refunded(amount) } else { UpdateKind::RefundBegun(amount) };
        self.notes.push(Note { about: key, id, kind, from: 0, is_withdrawn: false });
        true
    }

    fn dispute(&mut self, event: Event, which: usize, part: u64) -> bool {
        let is_new = matches!(event, Event::Disputes | Event::ChargesBack) && !part.is_multiple_of(3);
        if is_new {
            let can = |of: &usize| {
                let its = self.disputes.iter().filter(|dispute| dispute.of == *of).count();
                let most = if self.payments[*of].account == STRIPE { 3 } else { 1 };
                self.payments[*of].base.is_some() && its < most && !self.is_one_of_several(*of)
            };
            let Some(of) = pick((0..self.payments.len()).filter(can), which) else { return false };
            let id = self.fresh();
            self.disputes.push(Dispute {
                of,
                id,
                is_opened: false,
                is_closed: false,
                debited: None,
                is_credited: false,
            });
        }
        let can = |dispute: &Dispute| match event {
            Event::Disputes => !dispute.is_opened && dispute.debited.is_none(),
            // Without ids of disputes a chargeback is one of its own.
            Event::ChargesBack => {
                let is_known = dispute.is_opened && self.payments[dispute.of].account == STRIPE;
                dispute.debited.is_none() && (is_known || (is_new && !dispute.is_opened)) && !dispute.is_closed
            }
            Event::Credits => dispute.debited.is_some() && !dispute.is_credited,
            _ => dispute.is_opened && !dispute.is_closed && dispute.debited.is_none(),
        };
        let places = (0..self.disputes.len()).rev().filter(|place| can(&self.disputes[*place]));
        let Some(place) = pick(places, if is_new { 0 } else { which }) else { return false };
        let of = self.disputes[place].of;
        let (key, account, base) = (self.payments[of].key, self.payments[of].account, self.payments[of].base);
        let dispute = &mut self.disputes[place];
        let id = (account == STRIPE).then_some(dispute.id);
        let kind = match event {
            Event::Disputes => {
                dispute.is_opened = true;
                UpdateKind::Disputed { dispute: id }
            }
            Event::ChargesBack => {
                let amount = [base.unwrap_or(1), 30, 60][part as usize % 3];
                dispute.debited = Some(amount);
                UpdateKind::ChargedBack { amount, dispute: id }
            }
            Event::Credits => {
                dispute.is_credited = true;
                UpdateKind::Credited { amount: dispute.debited.unwrap_or(0), dispute: id }
            }
            _ => {
                dispute.is_closed = true;
                UpdateKind::DisputeClosed { dispute: id }
            }
        };
        self.report(key, kind, 0);
        true
    }

    fn acquirer(&mut self, event: Event, which: usize, now: Millis, known: &[bool]) -> bool {
        if event == Event::CaptureDoneAfterAll {
            return self.capture_after_all(which);
        }
        let can = |of: &usize| {
            let payment = &self.payments[*of];
            let is_free = self.in_flight.iter().all(|sent| sent.key.charge != payment.key.charge);
            let is_untouched = !self.refunds.iter().any(|refund| refund.of == *of);
            // While the hub does not know the end of a release, a report of the rest could be taken for that end.
            let is_unknown = |(place, refund): (usize, &Refund)| refund.of == *of && known.get(place) != Some(&true);
            let is_free = is_free && !self.refunds.iter().enumerate().any(is_unknown);
            let is_reserved = payment.reserved.is_some() && payment.base.is_none();
            is_reserved
                && match event {
                    Event::Lapses => self.net(*of) > 0 && now >= payment.reserved_at + HOLD && is_free,
                    Event::Captures => self.net(*of) > 0 && is_untouched && is_free,
                    _ => self.net(*of) == 0 && self.published.contains(&payment.key.charge),
                }
        };
        let Some(of) = pick((0..self.payments.len()).filter(can), which) else { return false };
        let (key, net) = (self.payments[of].key, self.net(of));
        let amount = self.payments[of].reserved.unwrap_or(0);
        let tx = Self::id(self.payments[of].account, self.payments[of].tx);
        match event {
            Event::Lapses => {
                self.payments[of].lapsed = true;
                // A provider that cannot be read always reports it.
                let account = self.payments[of].account;
                if which.is_multiple_of(2) || account == ZOOP {
                    let ended = Self::captures_later(account);
                    self.report(key, if ended { UpdateKind::ReservationEnded } else { UpdateKind::Refunded(net) }, 0);
                }
            }
            _ => {
                self.payments[of].base = Some(amount);
                self.payments[of].is_late |= event == Event::CapturesReleased;
                // The release is not reported after the capture, and neither is a capture that had failed before.
                let is_release = |note: &&mut Note| {
                    use UpdateKind::{CaptureFailed, Refunded, ReservationEnded};
                    note.about == key && matches!(note.kind, Refunded(_) | ReservationEnded | CaptureFailed)
                };
                self.notes.iter_mut().filter(is_release).for_each(|note| note.is_withdrawn = true);
                self.report(key, UpdateKind::Paid { amount, tx }, 0);
            }
        }
        true
    }

    fn capture_fails(&mut self, which: usize) -> bool {
        let can = |of: &usize| {
            let payment = &self.payments[*of];
            let is_its = |place: usize| self.payments[place].key.charge == payment.key.charge;
            let is_untouched = !self.refunds.iter().any(|refund| is_its(refund.of))
                && !self.disputes.iter().any(|dispute| is_its(dispute.of))
                && self.in_flight.iter().all(|sent| sent.key.charge != payment.key.charge);
            let is_captured_later = payment.pay_method == PayMethod::Card && Self::captures_later(payment.account);
            let is_first = payment.reserved.is_none() && payment.base.is_some() && !payment.is_late;
            is_captured_later && is_first && is_untouched && !self.is_one_of_several(*of)
        };
        let Some(of) = pick((0..self.payments.len()).filter(can), which) else { return false };
        let payment = &mut self.payments[of];
        (payment.reserved, payment.base) = (payment.base, None);
        let key = payment.key;
        self.report(key, UpdateKind::CaptureFailed, 0);
        true
    }

    fn capture_after_all(&mut self, which: usize) -> bool {
        let can = |place: &usize| {
            let (_, payment, amount, is_taken) = self.captures[*place];
            let of = self.place(payment).filter(|of| {
                let is_untouched = !self.refunds.iter().any(|refund| refund.of == *of);
                is_untouched && self.ledger(*of).can_capture(amount)
            });
            let is_free = self.in_flight.iter().all(|sent| sent.key.charge != payment.charge);
            !is_taken && is_free && of.is_some()
        };
        let Some(place) = pick((0..self.captures.len()).filter(can), which) else { return false };
        let (key, payment, amount, _) = self.captures[place];
        self.captures[place].3 = true;
        self.after_all.push(key);
        let Some(of) = self.place(payment) else { return false };
        self.payments[of].base = Some(amount);
        self.report(key, UpdateKind::Paid { amount, tx: None }, 0);
        true
    }

    /// Time passes and nothing new happens: what is under way ends, and what is reserved is released.
    pub fn come_to_rest(&mut self, now: Millis, known: &[bool]) {
        for turn in 0..self.refunds.len() {
            self.refund(if turn % 4 == 3 { Event::RefundFails } else { Event::RefundDone }, 0, &[]);
        }
        for _ in 0..self.payments.len() {
            self.acquirer(Event::Lapses, 0, now, known);
        }
    }
}
