//! What the hub asks of the providers, and what no hub may ask.

use super::{ADYEN, Bank, GETNET, Key, Millis, Order, PayMethod, Payment, Refund, RefundState, Said, Sent, State};
use crate::notes::UpdateKind;

impl Bank {
    /// Carries out what arrives at `now`.
    pub fn receive(&mut self, sent: &Sent, now: Millis) -> Said {
        let is_known = self.place(sent.key).is_some()
            || self.captures.iter().any(|(key, ..)| *key == sent.key)
            || self.cancels.iter().any(|(key, ..)| *key == sent.key)
            || self.refunds.iter().any(|refund| refund.own == Some(sent.key));
        if is_known {
            self.blame("the same thing was asked for twice");
        }
        match sent.order {
            Order::Create { .. } => self.create(sent, now),
            Order::Capture { payment, amount } => self.capture(sent, payment, amount),
            Order::Void { .. } => self.void(sent),
            Order::Cancel { payment } => self.cancel(sent, payment),
        }
    }

    fn create(&mut self, sent: &Sent, now: Millis) -> Said {
        let Order::Create { pay_method, amount, session, expires } = sent.order else { return Said::Declined };
        let is_late = sent.by.is_none();
        if !is_late && session.is_some() {
            let is_paid_by_card = |(place, other): (usize, &Payment)| {
                let is_other = other.session == session && other.key.charge != sent.key.charge;
                is_other && other.pay_method.is_card() && !other.is_late && self.net(place) > 0
            };
            if self.payments.iter().enumerate().any(is_paid_by_card) {
                self.blame("a session that a card paid was paid again");
            }
        }
        // A dispute of a duplicate payment is for an operator: a disputed charge is not paid by another attempt.
        let is_disputed = self.disputes.iter().any(|dispute| self.payments[dispute.of].key.charge == sent.key.charge);
        let (state, is_soft) = match (pay_method.is_card(), sent.luck % 8) {
            _ if is_disputed => (State::Refused, false),
            (_, 5 | 6) => (State::Refused, true),
            (_, 7) => (State::Refused, false),
            (true, _) => (State::Money, false),
            (false, _) => (State::Registered, false),
        };
        let (is_money, tx) = (state == State::Money, self.fresh());
        self.payments.push(Payment {
            key: sent.key,
            account: sent.account,
            pay_method,
            session,
            asked: amount,
            expires,
            state,
            tx,
            is_late,
            is_second: false,
            seen_from: now,
            reserved_at: now,
            reserved: (is_money && pay_method == PayMethod::CardReserved).then_some(amount),
            lapsed: false,
            base: (is_money && pay_method == PayMethod::Card).then_some(amount),
        });
        let id = Self::id(sent.account, tx);
        if is_money && (is_late || sent.luck.is_multiple_of(2)) && pay_method == PayMethod::Card {
            let is_approval = Self::captures_later(sent.account);
            let kind =
                if is_approval { UpdateKind::Reserved { amount, tx: id } } else { UpdateKind::Paid { amount, tx: id } };
            self.report(sent.key, kind, now);
        }
        match state {
            State::Refused if is_soft => Said::TryAgain,
            State::Refused | State::Canceled => Said::Declined,
            State::Registered => Said::Registered(id.map(|id| id + 1_000_000)),
            State::Money => Said::Approved(id),
        }
    }

    fn capture(&mut self, sent: &Sent, payment: Key, amount: u64) -> Said {
        let place = self.at_account(sent, payment);
        let is_it = |(key, captured, _, is_taken): &(Key, Key, u64, bool)| {
            *captured == payment && *is_taken && !self.after_all.contains(key)
        };
        let is_again = self.captures.iter().any(is_it);
        if is_again || place.is_some_and(|place| self.payments[place].reserved.is_none()) {
            self.blame("money was to be captured twice");
        }
        let is_taken = place.is_some_and(|place| self.ledger(place).can_capture(amount) && sent.luck % 4 != 3);
        if let Some(place) = place.filter(|_| is_taken) {
            self.payments[place].base = Some(amount);
        }
        self.captures.push((sent.key, payment, amount, is_taken));
        if is_taken { Said::Approved(None) } else { Said::Declined }
    }

    fn cancel(&mut self, sent: &Sent, payment: Key) -> Said {
        if matches!(sent.account, ADYEN | GETNET) {
            self.blame("a provider was asked to cancel that cannot");
        }
        let is_done = match self.at_account(sent, payment) {
            Some(place) if self.payments[place].state != State::Money && sent.luck % 8 != 3 => {
                self.payments[place].state = State::Canceled;
                true
            }
            Some(_) | None => false,
        };
        self.cancels.push((sent.key, payment, is_done));
        if is_done { Said::Approved(None) } else { Said::Declined }
    }

    /// The payment at the account that was asked; another account knows nothing of it.
    fn at_account(&mut self, sent: &Sent, payment: Key) -> Option<usize> {
        let place = self.place(payment);
        if place.is_none_or(|place| self.payments[place].account != sent.account) {
            self.blame("a provider was asked about a payment that it does not have");
            return None;
        }
        place
    }

    /// The money that a refund names.
    fn named(&mut self, sent: &Sent, payment: Key, tx: Option<u64>) -> Option<usize> {
        let place = self.at_account(sent, payment)?;
        if !Self::gives_ids(sent.account) {
            return Some(place);
        }
        let is_it = |other: &Payment| other.key == payment && Some(other.tx) == tx;
        let named = self.payments.iter().position(is_it);
        if named.is_none() {
            self.blame("a refund names another transaction than the one that holds the money");
        }
        named
    }

    fn void(&mut self, sent: &Sent) -> Said {
        let Order::Void { payment, tx, amount, is_release, is_by_hub } = sent.order else { return Said::Declined };
        let Some(of) = self.named(sent, payment, tx) else { return Said::Declined };
        let paid = self.payments[of].clone();
        if matches!(paid.pay_method, PayMethod::Boleto) || (sent.account == GETNET && !paid.pay_method.is_card()) {
            self.blame("a provider was asked to refund that cannot");
        }
        if paid.base.is_none() && paid.reserved.is_none() {
            self.blame("a refund was asked of a payment without money");
        }
        if is_by_hub && !self.is_not_kept(of) {
            self.blame("the hub refunds by itself what the session keeps");
        }
        let had = if is_release { paid.reserved } else { paid.base }.unwrap_or(0);
        let of_it = self.refunds.iter().filter(|refund| refund.of == of && refund.is_release == is_release);
        let (mut asked, mut back) = (amount, 0);
        for refund in of_it {
            let counts = refund.own.is_some() && refund.state != RefundState::Failed && !refund.is_after_all;
            asked += if counts { refund.amount } else { 0 };
            back += if refund.is_reverted { refund.amount } else { 0 };
        }
        // Where the hub does not know of a capture yet, a release is refused, not counted.
        let knows = is_release == self.payments[of].base.is_none();
        if knows && asked > had + back && sent.by.is_some() {
            self.blame("more was to be refunded than there was");
        }
        let is_possible = knows && self.ledger(of).can_void(amount);
        let is_later =
            !is_release && (self.payments[of].pay_method == PayMethod::Pix && sent.luck % 8 < 6 || sent.luck % 8 == 4);
        let state = match sent.luck % 8 {
            7 => RefundState::Failed,
            _ if !is_possible => RefundState::Failed,
            _ if is_later => RefundState::Accepted,
            _ => RefundState::Done,
        };
        let (id, own) = (self.fresh(), Some(sent.key));
        let is_after_all = sent.by.is_none();
        self.refunds.push(Refund { of, own, id, amount, is_release, state, is_reverted: false, is_after_all });
        let is_reported = is_after_all || sent.luck.is_multiple_of(2);
        if state == RefundState::Done && is_reported {
            self.report_refund(self.refunds.len() - 1, UpdateKind::Refunded(amount));
        }
        let id = Self::id(sent.account, id);
        match state {
            RefundState::Accepted => Said::Accepted(id),
            RefundState::Done => Said::Approved(id),
            RefundState::Failed => Said::Declined,
        }
    }
}
