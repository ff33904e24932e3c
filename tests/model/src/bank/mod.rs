//! The books: what really happened at the providers, decided and booked before any answer can be lost.
//!
//! They share no type with the domain: they have numbers and keys of their own.

mod happen;
mod orders;

pub use happen::Event;

use crate::{
    ledger::Ledger,
    notes::{Note, UpdateKind},
};

/// An instant, in milliseconds.
pub type Millis = i64;

/// For so long an acquirer reserves money before it may release it by itself: seven days.
pub const HOLD: Millis = 7 * 24 * 3600 * 1000;

/// The accounts of the merchant.
pub const ACCOUNTS: usize = 5;
/// Gives ids, and reports a reversal twice.
pub const STRIPE: usize = 0;
/// Gives ids, and cannot cancel.
pub const ADYEN: usize = 1;
/// Gives no ids, neither cancels nor refunds a Pix, and reports refunds by the payment alone.
pub const GETNET: usize = 2;
/// Gives ids, reports refunds by our reference, and cannot be read.
pub const ZOOP: usize = 3;
/// Gives no ids, reports refunds by our reference, and does not say the outcome of a cancel.
pub const MERCADO: usize = 4;

/// Our name for what a provider was asked: the charge, and the number of the request in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The charge.
    pub charge: usize,
    /// The number of the request in it, from 1.
    pub number: usize,
}

/// A payment method; for a card, also whether the money is only reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayMethod {
    /// A card, captured at once.
    Card,
    /// A card whose money is only reserved.
    CardReserved,
    /// Pix.
    Pix,
    /// Boleto.
    Boleto,
    /// Drip.
    Drip,
}

impl PayMethod {
    /// Whether it is a card.
    #[must_use]
    pub const fn is_card(self) -> bool {
        matches!(self, Self::Card | Self::CardReserved)
    }
}

/// What a provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Done, under this id.
    Approved(Option<u64>),
    /// Declined.
    Declined,
    /// A soft decline.
    TryAgain,
    /// The shopper can pay it, under this id.
    Registered(Option<u64>),
    /// A refund is accepted and under way.
    Accepted(Option<u64>),
    /// The shopper has paid this amount, under this id.
    Paid(u64, Option<u64>),
    /// Canceled, or released.
    Canceled,
    /// The account knows nothing of it.
    NotFound,
}

impl Said {
    /// Whether it is a soft decline.
    #[must_use]
    pub const fn is_soft(self) -> bool {
        matches!(self, Self::TryAgain)
    }
}

/// What a provider is asked to do.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// A payment.
    Create {
        /// Its payment method.
        pay_method: PayMethod,
        /// The requested amount.
        amount: u64,
        /// The session that it pays.
        session: Option<usize>,
        /// Until when its shopper can pay it.
        expires: Millis,
    },
    /// A capture.
    Capture {
        /// The create of its payment.
        payment: Key,
        /// The captured amount.
        amount: u64,
    },
    /// A refund, or a release before the capture.
    Void {
        /// The create of its payment.
        payment: Key,
        /// The account's id of the money, where it gives ids.
        tx: Option<u64>,
        /// The amount.
        amount: u64,
        /// Whether it is a release.
        is_release: bool,
        /// Whether the hub asks by itself, and not its merchant.
        is_by_hub: bool,
    },
    /// A cancel of what is not paid.
    Cancel {
        /// The create of its payment.
        payment: Key,
    },
}

/// An order in flight to a provider.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// The hub's name for it.
    pub key: Key,
    /// The account that it goes to.
    pub account: usize,
    /// What is asked.
    pub order: Order,
    /// The draw that decides the provider's answer.
    pub luck: u8,
    /// Until when it arrives; none where it may arrive after that.
    pub by: Option<Millis>,
}

/// The state of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
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
pub struct Payment {
    /// Its create.
    pub key: Key,
    /// The account that has it.
    pub account: usize,
    /// Its payment method.
    pub pay_method: PayMethod,
    /// The session that it pays.
    pub session: Option<usize>,
    /// The requested amount.
    pub asked: u64,
    /// Until when its shopper can pay it.
    pub expires: Millis,
    /// Its state.
    pub state: State,
    /// The provider's id of the money.
    pub tx: u64,
    /// Whether it is a late payment.
    pub is_late: bool,
    /// Whether it is a duplicate payment of what was registered once.
    pub is_second: bool,
    /// From when the provider knows that it was paid.
    pub seen_from: Millis,
    /// When money was reserved.
    pub reserved_at: Millis,
    /// What was reserved.
    pub reserved: Option<u64>,
    /// Whether the acquirer has released by itself what was reserved.
    pub lapsed: bool,
    /// What was taken, paid or captured.
    pub base: Option<u64>,
}

/// The state of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// Under way.
    Accepted,
    /// The money was given back.
    Done,
    /// No money was given back.
    Failed,
}

/// A refund, or a release before capture.
#[derive(Clone, Debug)]
pub struct Refund {
    /// The index of its payment.
    pub of: usize,
    /// The request that asked for it; none where it began at the provider itself.
    pub own: Option<Key>,
    /// The account's id of it.
    pub id: u64,
    /// The amount.
    pub amount: u64,
    /// Whether it is a release before the capture.
    pub is_release: bool,
    /// Its state.
    pub state: RefundState,
    /// Whether the money came back to the merchant.
    pub is_reverted: bool,
    /// Whether it was done although it had failed, or arrived after its time.
    pub is_after_all: bool,
}

/// One dispute.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// The index of its payment.
    pub of: usize,
    /// The account's id of it.
    pub id: u64,
    /// Whether it was reported when it opened.
    pub is_opened: bool,
    /// Whether it ended without a debit.
    pub is_closed: bool,
    /// What it has debited.
    pub debited: Option<u64>,
    /// Whether that was credited again.
    pub is_credited: bool,
}

/// The books of all accounts.
#[derive(Debug, Default)]
pub struct Bank {
    /// The payments.
    pub payments: Vec<Payment>,
    /// The refunds and releases.
    pub refunds: Vec<Refund>,
    /// The disputes.
    pub disputes: Vec<Dispute>,
    captures: Vec<(Key, Key, u64, bool)>,
    /// Captures that were made although they had been declined.
    after_all: Vec<Key>,
    cancels: Vec<(Key, Key, bool)>,
    /// What the accounts report by themselves.
    pub notes: Vec<Note>,
    /// The orders in flight.
    pub in_flight: Vec<Sent>,
    /// Charges that were published as failed or canceled.
    pub published: Vec<usize>,
    /// Sessions that their merchant canceled.
    pub canceled_sessions: Vec<usize>,
    /// The refunds that were asked for: charge and amount.
    asked_voids: Vec<(usize, u64)>,
    /// Charges of which the hub knows that they were paid or captured.
    pub known_as_paid: Vec<usize>,
    /// The first order that no hub may send.
    pub fault: Option<&'static str>,
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

    /// Whether the account captures by itself what it approves, and reports approvals, captures and reservations apart.
    pub(crate) const fn captures_later(account: usize) -> bool {
        matches!(account, ADYEN | ZOOP)
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
    pub fn void_is_asked(&mut self, payment: Key, amount: u64) {
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
    #[must_use]
    pub fn answer(&self, key: Key, account: usize, now: Millis) -> Option<Said> {
        if account == ZOOP { None } else { self.truth(key, account, now) }
    }

    /// The truth about it, which an operator can find out.
    #[must_use]
    pub fn truth(&self, key: Key, account: usize, now: Millis) -> Option<Said> {
        if let Some(place) = self.place(key) {
            let payment = &self.payments[place];
            let id = Self::id(account, payment.tx);
            return Some(match (payment.state, payment.pay_method) {
                (State::Refused, _) => Said::Declined,
                (State::Registered, _) => Said::Registered(None),
                (State::Canceled, _) => Said::Canceled,
                (State::Money, PayMethod::Card) if payment.base.is_none() && self.net(place) == 0 => Said::Canceled,
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

    /// The money of a payment.
    #[must_use]
    pub fn ledger(&self, place: usize) -> Ledger {
        let payment = &self.payments[place];
        let sum = |counts: &dyn Fn(&Refund) -> bool| -> u64 {
            let of_it = self.refunds.iter().filter(|refund| refund.of == place && counts(refund));
            of_it.map(|refund| refund.amount).sum()
        };
        let is_done = |refund: &Refund| refund.state == RefundState::Done;
        let reserved = payment.reserved.unwrap_or(0);
        let open = self.disputes.iter().filter(|dispute| dispute.of == place && !dispute.is_credited);
        Ledger {
            reserved,
            released: if payment.lapsed { reserved } else { sum(&|refund| refund.is_release && is_done(refund)) },
            taken: payment.base,
            promised: sum(&|refund| refund.state == RefundState::Accepted),
            refunded: sum(&|refund| !refund.is_release && is_done(refund)),
            reverted: sum(&|refund| !refund.is_release && is_done(refund) && refund.is_reverted),
            charged_back: open.filter_map(|dispute| dispute.debited).sum(),
        }
    }

    /// What the merchant has, or may still take, of a payment.
    #[must_use]
    pub fn net(&self, place: usize) -> u64 {
        self.ledger(place).left()
    }

    /// What disputes took of it.
    #[must_use]
    pub fn debited(&self, place: usize) -> u64 {
        self.ledger(place).charged_back
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
pub fn pick<T>(from: impl Iterator<Item = T>, which: usize) -> Option<T> {
    let mut all: Vec<T> = from.collect();
    if all.is_empty() { None } else { Some(all.swap_remove(which % all.len())) }
}
