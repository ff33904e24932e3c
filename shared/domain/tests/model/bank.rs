//! The bank: what really happened, decided and booked before any answer can be lost.
//!
//! It knows nothing of the domain: its words are numbers and keys. Beside each thing in its books stands whether the
//! hub was told of it and took note.

use std::collections::BTreeMap;

use crate::notes::{Fact, News, Note};

/// An instant, in milliseconds.
pub(crate) type Millis = i64;

/// For so long a bank may let reserved money be before it lets it go by itself: seven days.
pub(crate) const HOLD: Millis = 7 * 24 * 3600 * 1000;

/// What the bank was asked, by our name for it: the charge, and the number of the request in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) charge: usize,
    pub(crate) number: usize,
}

/// How somebody pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Card,
    CardReserved,
    Pix,
    Boleto,
    Drip,
}

/// What the bank says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Approved,
    Declined,
    /// Declined, and another provider may be tried.
    TryAgain,
    Registered,
    /// A refund is accepted and under way.
    Accepted,
    Paid(u64),
    Canceled,
    NotFound,
}

/// What the bank is asked to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Create { way: Way, amount: u64, session: Option<usize>, expires: Millis },
    Capture { payment: Key, amount: u64 },
    Void { payment: Key, amount: u64 },
    Cancel { payment: Key },
}

/// An order on its way to the bank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) key: Key,
    pub(crate) order: Order,
    /// What the bank will make of it.
    pub(crate) luck: u8,
    /// Until when it arrives; none where it may arrive long after it was given up.
    pub(crate) by: Option<Millis>,
}

/// A sum in the books, and whether the hub took note of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Booked {
    pub(crate) amount: u64,
    pub(crate) told: bool,
}

impl Booked {
    const fn of(amount: u64) -> Option<Self> {
        Some(Self { amount, told: false })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Never to be paid.
    Refused,
    /// Its buyer can pay it.
    Registered,
    /// Given up on request.
    GivenUp,
    /// There is, or was, money.
    Money,
}

/// One payment.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) way: Way,
    pub(crate) session: Option<usize>,
    asked: u64,
    expires: Millis,
    state: State,
    /// Whether it came after everybody had to take it for lost: then nobody could make room for it.
    pub(crate) surprise: bool,
    reserved_at: Millis,
    pub(crate) reserved: Option<Booked>,
    pub(crate) lapsed: Option<Booked>,
    /// What was taken, paid or captured.
    pub(crate) base: Option<Booked>,
    pub(crate) charged_back: Option<Booked>,
    pub(crate) disputed: Option<Booked>,
    pub(crate) closed: Option<Booked>,
}

impl Payment {
    /// Whether it was reserved and let go without the hub having heard of it: as if it had never been.
    pub(crate) fn is_unheard_of(&self) -> bool {
        self.lapsed.is_some() && self.reserved.is_some_and(|reserved| !reserved.told)
    }
}

/// How a refund, or a release, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Giving {
    Accepted,
    Done,
    Failed,
}

/// Money on its way back to the buyer.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) payment: Key,
    /// The request that asked for it; none where it was begun at the bank itself.
    pub(crate) own: Option<Key>,
    pub(crate) id: u64,
    pub(crate) amount: u64,
    pub(crate) is_release: bool,
    pub(crate) giving: Giving,
    /// Whether the hub was told that it was begun at the bank itself, and must take it to be under way.
    begun_told: bool,
    pub(crate) is_open: bool,
    pub(crate) done_told: bool,
    pub(crate) failed_told: bool,
    /// Whether a notice says that it failed, which the hub has not heard.
    failed_unheard: bool,
    /// Whether it came back, and whether the hub took note.
    pub(crate) reverted: Option<bool>,
    /// Whether it was done although everybody had to take it for failed.
    pub(crate) after_all: bool,
}

/// What happens at the bank without the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A buyer pays, perhaps more or less than asked for.
    Pays,
    /// A buyer pays what had expired or was given up.
    PaysLate,
    NotPaid,
    RefundDone,
    RefundFails,
    RefundDoneAfterAll,
    RefundComesBack,
    RefundBegins,
    ChargesBack,
    Disputes,
    ClosesDispute,
    Lapses,
}

/// The books.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    pub(crate) payments: BTreeMap<Key, Payment>,
    pub(crate) refunds: Vec<Refund>,
    captures: BTreeMap<Key, (Key, bool)>,
    cancels: BTreeMap<Key, (Key, bool)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) on_the_way: Vec<Sent>,
    /// The refunds that the hub asked for and has learned something of: whether it cannot know yet that they ended.
    pub(crate) doubts: BTreeMap<Key, bool>,
    /// The first thing that no hub may ask for.
    pub(crate) fault: Option<&'static str>,
    ids: u64,
}

impl Bank {
    /// Carries out what arrives at `now`.
    pub(crate) fn receive(&mut self, sent: &Sent, now: Millis) -> Said {
        let is_known = self.payments.contains_key(&sent.key)
            || self.captures.contains_key(&sent.key)
            || self.cancels.contains_key(&sent.key)
            || self.refunds.iter().any(|refund| refund.own == Some(sent.key));
        if is_known {
            self.blame("the same thing was asked for twice");
        }
        match sent.order {
            Order::Create { .. } => self.create(sent, now),
            Order::Capture { payment, amount } => self.capture(sent, payment, amount),
            Order::Void { payment, amount } => self.void(sent, payment, amount),
            Order::Cancel { payment } => {
                let is_given_up = match self.payments.get_mut(&payment) {
                    Some(paid) if paid.state == State::Money => false,
                    Some(unpaid) => {
                        unpaid.state = State::GivenUp;
                        true
                    }
                    None => false,
                };
                self.cancels.insert(sent.key, (payment, is_given_up));
                if is_given_up { Said::Approved } else { Said::Declined }
            }
        }
    }

    fn create(&mut self, sent: &Sent, now: Millis) -> Said {
        let Order::Create { way, amount, session, expires } = sent.order else { return Said::Declined };
        let surprise = sent.by.is_none();
        if !surprise && session.is_some() {
            let others = || self.payments.iter().filter(|(key, other)| **key != sent.key && other.session == session);
            let overtaken = others().any(|(_, other)| other.surprise);
            let is_in_the_way = |key: &Key, other: &Payment| {
                self.is_live(key, now) && !other.surprise && !(overtaken && other.way == Way::Boleto)
            };
            if others().any(|(key, other)| is_in_the_way(key, other)) {
                self.blame("two payments of one session could be, or were, paid");
            }
        }
        let (state, said) = match (way, sent.luck % 8) {
            (_, 6) => (State::Refused, Said::TryAgain),
            (_, 7) => (State::Refused, Said::Declined),
            (Way::Card | Way::CardReserved, _) => (State::Money, Said::Approved),
            (Way::Pix | Way::Boleto | Way::Drip, _) => (State::Registered, Said::Registered),
        };
        let is_money = state == State::Money;
        let payment = Payment {
            way,
            session,
            asked: amount,
            expires,
            state,
            surprise,
            reserved_at: now,
            reserved: if is_money && way == Way::CardReserved { Booked::of(amount) } else { None },
            lapsed: None,
            base: if is_money && way == Way::Card { Booked::of(amount) } else { None },
            charged_back: None,
            disputed: None,
            closed: None,
        };
        self.payments.insert(sent.key, payment);
        if is_money && (surprise || sent.luck.is_multiple_of(2)) {
            self.tell_later(sent.key, News::Paid(amount), Fact::Paid(sent.key));
        }
        said
    }

    fn capture(&mut self, sent: &Sent, payment: Key, amount: u64) -> Said {
        let free = self.free(&payment);
        let held = self.payments.get_mut(&payment);
        let is_taken = match held {
            Some(held) if held.base.is_none() && amount <= free && sent.luck % 4 != 3 => {
                held.base = Booked::of(amount);
                true
            }
            Some(held) if held.base.is_some() => {
                self.blame("reserved money was to be taken twice");
                false
            }
            Some(_) | None => false,
        };
        self.captures.insert(sent.key, (payment, is_taken));
        if is_taken { Said::Approved } else { Said::Declined }
    }

    fn void(&mut self, sent: &Sent, payment: Key, amount: u64) -> Said {
        let Some(paid) = self.payments.get(&payment) else { return Said::Declined };
        let is_release = paid.base.is_none();
        let had = paid.base.or(paid.reserved).map_or(0, |had| had.amount);
        let of_it = self.refunds.iter().filter(|refund| refund.payment == payment && refund.is_release == is_release);
        let (mut asked, mut back) = (amount, 0);
        for refund in of_it {
            if refund.own.is_some() && refund.giving != Giving::Failed && !refund.after_all {
                asked += refund.amount;
            }
            back += refund.reverted.map_or(0, |_| refund.amount);
        }
        let is_possible = amount <= self.free(&payment) && paid.charged_back.is_none();
        let is_later = paid.way == Way::Pix && sent.luck % 8 < 6 || sent.luck % 8 == 4;
        let giving = match sent.luck % 8 {
            _ if !is_possible => Giving::Failed,
            7 => Giving::Failed,
            _ if is_later && !is_release => Giving::Accepted,
            _ => Giving::Done,
        };
        if asked > had + back && sent.by.is_some() {
            self.blame("more was to be given back than there was");
        }
        self.ids += 1;
        let index = self.refunds.len();
        self.refunds.push(Refund {
            payment,
            own: Some(sent.key),
            id: self.ids,
            amount,
            is_release,
            giving,
            begun_told: false,
            is_open: false,
            done_told: false,
            failed_told: false,
            failed_unheard: false,
            reverted: None,
            after_all: sent.by.is_none(),
        });
        if giving == Giving::Done && sent.by.is_none() {
            self.tell_later(sent.key, News::Refunded(amount), Fact::Done(index));
        }
        match giving {
            Giving::Accepted => Said::Accepted,
            Giving::Done => Said::Approved,
            Giving::Failed => Said::Declined,
        }
    }

    /// How what was asked under `key` stands.
    pub(crate) fn tell(&self, key: &Key) -> Said {
        if let Some(payment) = self.payments.get(key) {
            return match (payment.state, payment.way) {
                (State::Refused, _) => Said::Declined,
                (State::Registered, _) => Said::Registered,
                (State::GivenUp, _) => Said::Canceled,
                (State::Money, Way::CardReserved) if payment.lapsed.is_some() => Said::Canceled,
                (State::Money, Way::Card | Way::CardReserved) => Said::Approved,
                (State::Money, _) => Said::Paid(payment.base.map_or(0, |paid| paid.amount)),
            };
        }
        if let Some((_, is_taken)) = self.captures.get(key) {
            return if *is_taken { Said::Approved } else { Said::Declined };
        }
        if let Some((payment, is_given_up)) = self.cancels.get(key) {
            let paid = self.payments.get(payment).and_then(|payment| payment.base).map(|paid| paid.amount);
            return match (*is_given_up, paid) {
                (true, _) => Said::Approved,
                (false, Some(amount)) if amount.is_multiple_of(2) => Said::Paid(amount),
                (false, _) => Said::Declined,
            };
        }
        match self.refunds.iter().find(|refund| refund.own == Some(*key)).map(|refund| refund.giving) {
            Some(Giving::Accepted) => Said::Accepted,
            Some(Giving::Done) => Said::Approved,
            Some(Giving::Failed) => Said::Declined,
            None => Said::NotFound,
        }
    }

    /// Lets `event` happen to one of those to which it can happen, if there is any.
    pub(crate) fn happen(&mut self, event: Event, which: usize, part: u64, now: Millis) -> bool {
        match event {
            Event::Pays | Event::PaysLate | Event::NotPaid => self.buyer(event, which, part, now),
            Event::RefundDone | Event::RefundFails | Event::RefundDoneAfterAll | Event::RefundComesBack => {
                self.refund(event, which)
            }
            Event::RefundBegins => self.begin_refund(which, part),
            Event::ChargesBack | Event::Disputes | Event::ClosesDispute | Event::Lapses => {
                self.trouble(event, which, now)
            }
        }
    }

    fn buyer(&mut self, event: Event, which: usize, part: u64, now: Millis) -> bool {
        let can = |payment: &Payment| match event {
            Event::Pays => payment.state == State::Registered && now < payment.expires,
            Event::NotPaid => payment.state == State::Registered,
            _ => {
                let is_over = payment.state == State::Registered && now >= payment.expires;
                let is_later = matches!(payment.way, Way::Pix | Way::Boleto | Way::Drip);
                is_later && (is_over || payment.state == State::GivenUp)
            }
        };
        let Some((key, payment)) = pick(self.payments.iter_mut().filter(|(_, payment)| can(payment)), which) else {
            return false;
        };
        let key = *key;
        if event == Event::NotPaid {
            payment.state = State::Refused;
            self.tell_later(key, News::NotPaid, Fact::Nothing);
            return true;
        }
        let paid = match part {
            0 => payment.asked + 7,
            1 => payment.asked - 1,
            _ => payment.asked,
        };
        payment.state = State::Money;
        payment.surprise |= event == Event::PaysLate;
        payment.base = Booked::of(paid);
        self.tell_later(key, News::Paid(paid), Fact::Paid(key));
        true
    }

    fn refund(&mut self, event: Event, which: usize) -> bool {
        let can = |(_, refund): &(usize, &Refund)| match event {
            Event::RefundDone | Event::RefundFails => refund.giving == Giving::Accepted,
            Event::RefundDoneAfterAll => {
                // Who hears first that it was done and then that it had failed could not but take it for a reversal.
                let is_known = refund.giving == Giving::Failed && refund.failed_told && !refund.failed_unheard;
                let is_own = refund.own.is_some() && !refund.is_release;
                is_known && is_own && refund.amount <= self.free(&refund.payment)
            }
            // It comes back days later. Of one for which the hub keeps no money it has heard by then.
            _ => {
                let is_given = refund.giving == Giving::Done && !refund.is_release;
                let is_awaited = refund.own.is_some() && !refund.after_all;
                is_given && refund.reverted.is_none() && (is_awaited || refund.done_told)
            }
        };
        let Some((index, refund)) = pick(self.refunds.iter().enumerate().filter(can), which) else { return false };
        let (about, amount, told) = (refund.own.unwrap_or(refund.payment), refund.amount, refund.done_told);
        let (payment, is_own) = (refund.payment, refund.own.is_some());
        let refund = &mut self.refunds[index];
        let (about, news, fact) = match event {
            Event::RefundDone => {
                refund.giving = Giving::Done;
                (about, News::Refunded(amount), Fact::Done(index))
            }
            Event::RefundFails => {
                (refund.giving, refund.failed_unheard) = (Giving::Failed, true);
                (about, News::RefundFailed, Fact::Failed(index))
            }
            Event::RefundDoneAfterAll => {
                (refund.giving, refund.after_all) = (Giving::Done, true);
                (about, News::Refunded(amount), Fact::Done(index))
            }
            _ => {
                refund.reverted = Some(false);
                // A refund that "failed" long after it was done: only where the hub knows that it was done.
                let news =
                    if told && is_own && which.is_multiple_of(2) { News::RefundFailed } else { News::Reverted(amount) };
                (if news == News::RefundFailed { about } else { payment }, news, Fact::Reverted(index))
            }
        };
        let id = refund.id;
        self.notes.push(Note { about, id, news, fact });
        true
    }

    fn begin_refund(&mut self, which: usize, part: u64) -> bool {
        let can = |(key, payment): &(&Key, &Payment)| {
            payment.base.is_some() && payment.charged_back.is_none() && self.free(key) > 0
        };
        let Some((key, _)) = pick(self.payments.iter().filter(can), which) else { return false };
        let (key, index) = (*key, self.refunds.len());
        let free = self.free(&key);
        let amount = [free, 10, 30][part as usize % 3].min(free);
        let giving = if part % 9 < 3 { Giving::Done } else { Giving::Accepted };
        self.ids += 1;
        self.refunds.push(Refund {
            payment: key,
            own: None,
            id: self.ids,
            amount,
            is_release: false,
            giving,
            begun_told: false,
            is_open: false,
            done_told: false,
            failed_told: false,
            failed_unheard: false,
            reverted: None,
            after_all: false,
        });
        let (news, fact) = if giving == Giving::Done {
            (News::Refunded(amount), Fact::Done(index))
        } else {
            (News::RefundBegun(amount), Fact::Begun(index))
        };
        self.notes.push(Note { about: key, id: self.ids, news, fact });
        true
    }

    fn trouble(&mut self, event: Event, which: usize, now: Millis) -> bool {
        let can = |(key, payment): &(&Key, &Payment)| match event {
            Event::ChargesBack => payment.base.is_some() && payment.charged_back.is_none(),
            Event::Disputes => payment.base.is_some() && payment.disputed.is_none(),
            Event::ClosesDispute => payment.disputed.is_some() && payment.closed.is_none(),
            _ => {
                payment.reserved.is_some()
                    && payment.base.is_none()
                    && self.held(key) > 0
                    && now >= payment.reserved_at + HOLD
            }
        };
        let Some((key, _)) = pick(self.payments.iter().filter(can), which) else { return false };
        let (key, held) = (*key, self.held(key));
        let Some(payment) = self.payments.get_mut(&key) else { return false };
        let (slot, news) = match event {
            Event::ChargesBack => (&mut payment.charged_back, Some((News::ChargedBack(held), Fact::ChargedBack(key)))),
            Event::Disputes => (&mut payment.disputed, Some((News::Disputed, Fact::Disputed(key)))),
            Event::ClosesDispute => (&mut payment.closed, Some((News::DisputeClosed, Fact::Closed(key)))),
            // Nobody tells that: it is found out by asking.
            _ => (&mut payment.lapsed, None),
        };
        *slot = Booked::of(held);
        if let Some((news, fact)) = news {
            self.tell_later(key, news, fact);
        }
        true
    }

    /// Whether a notice still says what is in the books.
    pub(crate) fn is_true(&self, note: &Note) -> bool {
        match note.fact {
            Fact::Paid(key) => {
                self.payments.get(&key).is_some_and(|paid| paid.state == State::Money && !paid.is_unheard_of())
            }
            Fact::Begun(index) => self.refunds[index].giving == Giving::Accepted,
            // Of one that was begun at the bank itself the hub may never have known.
            Fact::Failed(index) => self.refunds[index].own.is_some(),
            Fact::Done(index) => self.refunds[index].giving == Giving::Done,
            Fact::Untrue => false,
            _ => true,
        }
    }

    /// Time goes by and nothing new happens: what is under way ends, and what is reserved is let go.
    pub(crate) fn come_to_rest(&mut self, now: Millis) {
        for turn in 0..self.refunds.len() {
            self.refund(if turn % 4 == 3 { Event::RefundFails } else { Event::RefundDone }, 0);
        }
        for _ in 0..self.payments.len() {
            self.trouble(Event::Lapses, 0, now);
        }
    }

    /// What the merchant has, or may still take, of a payment.
    pub(crate) fn held(&self, key: &Key) -> u64 {
        let Some(payment) = self.payments.get(key) else { return 0 };
        let is_release = payment.base.is_none();
        let had = payment.base.or(payment.reserved).map_or(0, |had| had.amount);
        let lapsed = if is_release { payment.lapsed.map_or(0, |lapsed| lapsed.amount) } else { 0 };
        let given: u64 = self
            .refunds
            .iter()
            .filter(|refund| refund.payment == *key && refund.is_release == is_release)
            .filter(|refund| refund.giving == Giving::Done && refund.reverted.is_none())
            .map(|refund| refund.amount)
            .sum();
        had - lapsed - given
    }

    /// What of that is not on its way back already.
    fn free(&self, key: &Key) -> u64 {
        let of_it = self.refunds.iter().filter(|refund| refund.payment == *key && refund.giving == Giving::Accepted);
        self.held(key) - of_it.map(|refund| refund.amount).sum::<u64>()
    }

    /// Whether a payment can be paid, or is.
    pub(crate) fn is_live(&self, key: &Key, now: Millis) -> bool {
        self.payments.get(key).is_some_and(|payment| match payment.state {
            State::Registered => now < payment.expires,
            State::Money => self.held(key) > 0 && payment.charged_back.is_none(),
            State::Refused | State::GivenUp => false,
        })
    }

    fn tell_later(&mut self, about: Key, news: News, fact: Fact) {
        self.ids += 1;
        self.notes.push(Note { about, id: self.ids, news, fact });
    }

    fn blame(&mut self, fault: &'static str) {
        self.fault = self.fault.or(Some(fault));
    }

    /// The hub has learned what the bank said of `key`, and has changed by it or knew it.
    pub(crate) fn noted(&mut self, key: &Key, said: Said, has_changed: bool) {
        let key = match (self.captures.get(key), self.cancels.get(key)) {
            (Some((payment, true)), _) if said == Said::Approved => {
                return note_base(self.payments.get_mut(payment));
            }
            (_, Some(_)) => return,
            _ => key,
        };
        if let Some(payment) = self.payments.get_mut(key) {
            match said {
                Said::Approved if payment.reserved.is_some() => note(&mut payment.reserved),
                Said::Approved | Said::Paid(_) => note(&mut payment.base),
                Said::Canceled if has_changed && !payment.is_unheard_of() => {
                    note(&mut payment.lapsed);
                    // All that was reserved is gone: also what the hub had not heard to be let go before.
                    let released = self.refunds.iter_mut().filter(|refund| refund.payment == *key && refund.is_release);
                    let of_the_rest: u64 =
                        released.filter(|refund| refund.giving == Giving::Done && !refund.done_told).map(forget).sum();
                    payment.lapsed.iter_mut().for_each(|lapsed| lapsed.amount += of_the_rest);
                }
                _ => {}
            }
        } else if let Some(refund) = self.refunds.iter_mut().find(|refund| refund.own == Some(*key)) {
            match said {
                Said::Approved => refund.done_told = true,
                Said::Declined => refund.failed_told = true,
                _ => {}
            }
        }
    }

    /// The hub was answered about a refund that it asked for: whether that cannot be its end. What has ended stays so.
    pub(crate) fn doubt(&mut self, key: Key, is_open: bool) {
        let doubt = self.doubts.entry(key).or_insert(is_open);
        *doubt &= is_open;
    }

    /// The hub has heard a notice, and has changed by it or knew it.
    pub(crate) fn heard(&mut self, fact: Fact) {
        let payments = &mut self.payments;
        match fact {
            Fact::Paid(key) => {
                if let Some(payment) = payments.get_mut(&key) {
                    note(if payment.reserved.is_some() { &mut payment.reserved } else { &mut payment.base });
                }
            }
            Fact::ChargedBack(key) => payments.get_mut(&key).into_iter().for_each(|paid| note(&mut paid.charged_back)),
            Fact::Disputed(key) => payments.get_mut(&key).into_iter().for_each(|paid| note(&mut paid.disputed)),
            Fact::Closed(key) => payments.get_mut(&key).into_iter().for_each(|paid| note(&mut paid.closed)),
            Fact::Begun(index) => {
                let refund = &mut self.refunds[index];
                refund.is_open |= !refund.begun_told && !refund.done_told;
                refund.begun_told = true;
            }
            Fact::Done(index) => {
                let is_news = !self.refunds[index].done_told;
                self.refunds[index].done_told = true;
                self.end(index, is_news);
            }
            Fact::Failed(index) => {
                let refund = &mut self.refunds[index];
                (refund.failed_told, refund.failed_unheard) = (true, false);
                self.end(index, false);
            }
            Fact::Reverted(index) => self.refunds[index].reverted = Some(true),
            Fact::Nothing | Fact::Untrue => {}
        }
    }

    /// The hub has heard how the refund at `index` ended.
    fn end(&mut self, index: usize, is_newly_done: bool) {
        if let Some(key) = self.refunds[index].own {
            self.doubts.insert(key, false);
        } else if self.refunds[index].is_open {
            self.refunds[index].is_open = false;
        } else if is_newly_done {
            // Of the same amount another one is under way: which of them was done cannot be told apart.
            let Refund { payment, amount, .. } = self.refunds[index];
            let is_it = |refund: &&mut Refund| refund.is_open && refund.payment == payment && refund.amount == amount;
            self.refunds.iter_mut().find(is_it).into_iter().for_each(|refund| refund.is_open = false);
        }
    }
}

fn note(booked: &mut Option<Booked>) {
    if let Some(booked) = booked {
        booked.told = true;
    }
}

/// Counts a release no more, but as a part of something else.
fn forget(refund: &mut Refund) -> u64 {
    refund.giving = Giving::Failed;
    refund.amount
}

fn note_base(payment: Option<&mut Payment>) {
    if let Some(payment) = payment {
        note(&mut payment.base);
    }
}

/// One of several, whatever the number; none of none.
pub(crate) fn pick<T>(from: impl Iterator<Item = T>, which: usize) -> Option<T> {
    let mut all: Vec<T> = from.collect();
    if all.is_empty() { None } else { Some(all.swap_remove(which % all.len())) }
}
