//! The books: what really happened at the providers, decided and booked before any answer can be lost.
//!
//! They share no type with the domain: they have numbers and keys of their own.

mod happen;
mod orders;

pub(crate) use happen::Event;

use crate::notes::{Note, UpdateKind};

/// An instant, in milliseconds.
pub(crate) type Millis = i64;

/// For so long an acquirer reserves money before it may release it by itself: seven days.
pub(crate) const HOLD: Millis = 7 * 24 * 3600 * 1000;

/// The accounts of the merchant. What each can do: [`crate::words::abilities`].
pub(crate) const ACCOUNTS: usize = 5;
/// Gives ids, and reports a reversal twice.
pub(crate) const STRIPE: usize = 0;
/// Gives ids, and cannot cancel.
pub(crate) const ADYEN: usize = 1;
/// Gives no ids, neither cancels nor refunds a Pix, and reports refunds by the payment alone.
pub(crate) const GETNET: usize = 2;
/// Gives ids, reports refunds by our reference, and cannot be read.
pub(crate) const ZOOP: usize = 3;
/// Gives no ids, reports refunds by our reference, and does not say the outcome of a cancel.
pub(crate) const MERCADO: usize = 4;

/// Our name for what a provider was asked: the charge, and the number of the request in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) charge: usize,
    pub(crate) number: usize,
}

/// A payment method; for a card, also whether the money is only reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PayMethod {
    Card,
    CardReserved,
    Pix,
    Boleto,
    Drip,
}

impl PayMethod {
    pub(crate) const fn is_card(self) -> bool {
        matches!(self, Self::Card | Self::CardReserved)
    }
}

/// What a provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Done, under this id.
    Approved(Option<u64>),
    Declined,
    /// A soft decline.
    TryAgain,
    Registered(Option<u64>),
    /// A refund is accepted and under way.
    Accepted(Option<u64>),
    Paid(u64, Option<u64>),
    Canceled,
    NotFound,
}

/// What a provider is asked to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Create { pay_method: PayMethod, amount: u64, session: Option<usize>, expires: Millis },
    Capture { payment: Key, amount: u64 },
    Void { payment: Key, tx: Option<u64>, amount: u64, is_release: bool, is_by_hub: bool },
    Cancel { payment: Key },
}

/// An order in flight to a provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) key: Key,
    pub(crate) account: usize,
    pub(crate) order: Order,
    /// The draw that decides the provider's answer.
    pub(crate) luck: u8,
    /// Until when it arrives; none where it may arrive after that.
    pub(crate) by: Option<Millis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not paid, and not payable.
    Refused,
    /// Its shopper can pay it.
    Registered,
    /// Canceled on request.
    Canceled,
    /// Money was reserved or paid.
    Money,
}

/// One payment.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) key: Key,
    pub(crate) account: usize,
    pub(crate) pay_method: PayMethod,
    pub(crate) session: Option<usize>,
    pub(crate) asked: u64,
    pub(crate) expires: Millis,
    pub(crate) state: State,
    /// The provider's id of the money.
    pub(crate) tx: u64,
    /// Whether it is a late payment.
    pub(crate) is_late: bool,
    /// Whether it is a second payment of what was registered once.
    pub(crate) is_second: bool,
    /// From when the provider knows that it was paid.
    pub(crate) seen_from: Millis,
    pub(crate) reserved_at: Millis,
    pub(crate) reserved: Option<u64>,
    pub(crate) lapsed: bool,
    /// What was taken, paid or captured.
    pub(crate) base: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefundState {
    Accepted,
    Done,
    Failed,
}

/// A refund, or a release before capture.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    /// The index of its payment.
    pub(crate) of: usize,
    /// The request that asked for it; none where it began at the provider itself.
    pub(crate) own: Option<Key>,
    pub(crate) id: u64,
    pub(crate) amount: u64,
    pub(crate) is_release: bool,
    pub(crate) state: RefundState,
    pub(crate) is_reverted: bool,
    pub(crate) is_after_all: bool,
}

/// One dispute.
#[derive(Clone, Debug)]
pub(crate) struct Dispute {
    pub(crate) of: usize,
    pub(crate) id: u64,
    pub(crate) is_opened: bool,
    pub(crate) is_closed: bool,
    pub(crate) debited: Option<u64>,
    pub(crate) is_credited: bool,
}

/// The books of all accounts.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    pub(crate) payments: Vec<Payment>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) disputes: Vec<Dispute>,
    captures: Vec<(Key, Key, u64, bool)>,
    /// Captures that were made although they had been declined.
    after_all: Vec<Key>,
    cancels: Vec<(Key, Key, bool)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) in_flight: Vec<Sent>,
    /// Charges that were published as failed or canceled, and sessions that their merchant canceled.
    pub(crate) published: Vec<usize>,
    pub(crate) canceled_sessions: Vec<usize>,
    /// The refunds that were asked for: charge and amount.
    asked_voids: Vec<(usize, u64)>,
    /// Charges of which the hub knows that they were paid or captured.
    pub(crate) known_as_paid: Vec<usize>,
    /// The first order that no hub may send.
    pub(crate) fault: Option<&'static str>,
    ids: u64,
}

impl Bank {
    pub(crate) fn fresh(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    /// Whether the account gives ids to what it does.
    pub(crate) const fn gives_ids(account: usize) -> bool {
        matches!(account, STRIPE | ADYEN | ZOOP)
    }

    /// Whether refunds begin at the provider itself. Such a provider reports all refunds by their payment: otherwise
    /// two reports of equal amounts, one by the payment and one by our refund, could not be distinguished.
    pub(crate) const fn begins_refunds(account: usize) -> bool {
        matches!(account, STRIPE | ADYEN)
    }

    fn id(account: usize, id: u64) -> Option<u64> {
        Self::gives_ids(account).then_some(id)
    }

    /// The payment that was asked for under `key`.
    pub(crate) fn place(&self, key: Key) -> Option<usize> {
        self.payments.iter().position(|payment| payment.key == key && !payment.is_second)
    }

    /// The hub stores the intent of a refund. Two equal refunds of one payment are reported by our references, since
    /// the payment's reference does not distinguish them.
    pub(crate) fn void_is_asked(&mut self, payment: Key, amount: u64) {
        self.asked_voids.push((payment.charge, amount));
        if self.asked_voids.iter().filter(|asked| **asked == (payment.charge, amount)).count() > 1 {
            let is_equal = |note: &&mut Note| note.about == payment && note.kind == UpdateKind::Refunded(amount);
            for note in self.notes.iter_mut().filter(is_equal) {
                let refund = self.refunds.iter().find(|refund| refund.id == note.id);
                note.about = refund.and_then(|refund| refund.own).unwrap_or(note.about);
            }
        }
    }

    /// Whether anything in the books is a reason for the hub to refund a payment by itself.
    fn is_not_kept(&self, of: usize) -> bool {
        let it = &self.payments[of];
        let has_money = |other: &Payment| other.base.is_some() || other.reserved.is_some();
        let of_charge = |other: &Payment| other.key.charge == it.key.charge;
        let of_session = |other: &Payment| it.session.is_some() && other.session == it.session;
        let mut others = self.payments.iter().enumerate().filter(|(place, other)| *place != of && has_money(other));
        let is_late_card = it.pay_method.is_card() && self.published.contains(&it.key.charge);
        let is_canceled = it.session.is_some_and(|session| self.canceled_sessions.contains(&session));
        is_late_card || is_canceled || others.any(|(_, other)| of_charge(other) || of_session(other))
    }

    /// What the provider says of what was asked under `key`; none where the provider cannot be read.
    pub(crate) fn answer(&self, key: Key, account: usize, now: Millis) -> Option<Said> {
        if account == ZOOP { None } else { self.truth(key, account, now) }
    }

    /// The truth about it, which an operator can find out.
    pub(crate) fn truth(&self, key: Key, account: usize, now: Millis) -> Option<Said> {
        if let Some(place) = self.place(key) {
            let payment = &self.payments[place];
            let id = Self::id(account, payment.tx);
            return Some(match (payment.state, payment.pay_method) {
                (State::Refused, _) => Said::Declined,
                (State::Registered, _) => Said::Registered(None),
                (State::Canceled, _) => Said::Canceled,
                (State::Money, PayMethod::Card) => Said::Approved(id),
                (State::Money, _) if payment.seen_from > now => Said::Registered(None),
                (State::Money, PayMethod::CardReserved) if payment.base.is_none() && self.net(place) == 0 => {
                    Said::Canceled
                }
                (State::Money, PayMethod::CardReserved) if payment.base.is_none() => Said::Approved(id),
                (State::Money, _) => Said::Paid(payment.base.unwrap_or(0), id),
            });
        }
        if let Some((.., is_taken)) = self.captures.iter().find(|(known, ..)| *known == key) {
            return Some(if *is_taken { Said::Approved(None) } else { Said::Declined });
        }
        if let Some((_, payment, is_done)) = self.cancels.iter().find(|(known, ..)| *known == key) {
            let paid = self.place(*payment).and_then(|place| self.payments[place].base);
            return match (account, is_done, paid) {
                (MERCADO, ..) => None,
                (_, true, _) => Some(Said::Approved(None)),
                (_, false, Some(amount)) if amount.is_multiple_of(2) => Some(Said::Paid(amount, None)),
                (_, false, _) => Some(Said::Declined),
            };
        }
        let refund = self.refunds.iter().find(|refund| refund.own == Some(key));
        Some(refund.map_or(Said::NotFound, |refund| match refund.state {
            RefundState::Accepted => Said::Accepted(None),
            RefundState::Done => Said::Approved(Self::id(account, refund.id)),
            RefundState::Failed => Said::Declined,
        }))
    }

    /// What the merchant has, or may still take, of a payment.
    pub(crate) fn net(&self, place: usize) -> u64 {
        let payment = &self.payments[place];
        let is_release = payment.base.is_none();
        if is_release && payment.lapsed {
            return 0;
        }
        let had = payment.base.or(payment.reserved).unwrap_or(0);
        let of_it = self.refunds.iter().filter(|refund| refund.of == place && refund.is_release == is_release);
        let refunded = of_it.filter(|refund| refund.state == RefundState::Done && !refund.is_reverted);
        had.saturating_sub(refunded.map(|refund| refund.amount).sum())
    }

    /// What disputes took of it.
    pub(crate) fn debited(&self, place: usize) -> u64 {
        let open = self.disputes.iter().filter(|dispute| dispute.of == place && !dispute.is_credited);
        open.filter_map(|dispute| dispute.debited).sum()
    }

    /// What of it is neither disputed nor in a refund under way.
    pub(crate) fn free(&self, place: usize) -> u64 {
        let of_it = self.refunds.iter().filter(|refund| refund.of == place && refund.state == RefundState::Accepted);
        let taken = of_it.map(|refund| refund.amount).sum::<u64>() + self.debited(place);
        self.net(place).saturating_sub(taken)
    }

    fn report(&mut self, about: Key, kind: UpdateKind, from: Millis) {
        let id = self.fresh();
        self.notes.push(Note { about, id, kind, from, is_withdrawn: false });
    }

    /// Reports a refund as its account does: by our reference, or by the payment and the refund's id.
    fn report_refund(&mut self, place: usize, kind: UpdateKind) {
        let Refund { of, own, id, amount, .. } = self.refunds[place];
        let Payment { account, key, .. } = self.payments[of];
        let needs_reference = kind == UpdateKind::RefundFailed && !Self::gives_ids(account);
        let is_the_only = self.asked_voids.iter().filter(|asked| **asked == (key.charge, amount)).count() <= 1;
        let by_payment = is_the_only && (Self::begins_refunds(account) || account == GETNET);
        let about = own.filter(|_| needs_reference || !by_payment).unwrap_or(key);
        self.notes.push(Note { about, id, kind, from: 0, is_withdrawn: false });
    }

    pub(crate) fn blame(&mut self, fault: &'static str) {
        self.fault = self.fault.or(Some(fault));
    }
}

/// One of several, whatever the number; none of none.
pub(crate) fn pick<T>(from: impl Iterator<Item = T>, which: usize) -> Option<T> {
    let mut all: Vec<T> = from.collect();
    if all.is_empty() { None } else { Some(all.swap_remove(which % all.len())) }
}
