//! The call, and the question.

use domain::{
    charge::{
        Charge, Outcome,
        decline::DeclineCode,
        request::{Origin, RequestKind},
        status::Status,
    },
    time::Timestamp,
};
use model::bank::{Key, Order, PayMethod, Said, Sent, ZOOP};

use super::{Answer, Hub, Next, Phase, Word};
use crate::{
    plan::{Fate, Run},
    words,
};

impl Hub {
    /// Whether the account exists, for an environment that may not have it in its cache.
    fn has_account(&mut self, account: usize, run: Run) -> bool {
        let has_account = (self.rules.has_account)(self.cached[run.env][account]);
        self.cached[run.env][account] |= has_account;
        has_account
    }

    /// Sends what was stored, unless its call window is over.
    pub(super) fn call(&mut self, charge: Charge, number: usize, run: Run) -> Next {
        let Some(request) = charge.request(number) else { return Next::Done };
        let (key, account) = (Key { charge: words::slot(charge.id), number }, words::account(request.via));
        let payment = Key { charge: key.charge, number: (self.rules.payment_of)(&charge, number) };
        let amount = request.amount.minor();
        let order = match request.kind {
            RequestKind::Capture => Order::Capture { payment, amount },
            RequestKind::Void => Order::Void {
                payment,
                tx: (self.rules.transaction_of)(&charge, number).and_then(words::number),
                amount,
                is_release: charge.request(payment.number).is_some_and(|_| is_release(&charge, number)),
                is_by_hub: request.origin == Origin::Hub,
            },
            RequestKind::Cancel => Order::Cancel { payment },
            _ => Order::Create {
                pay_method: words::pay_method(&charge),
                amount,
                session: charge.session.map(words::session_index),
                expires: charge.expires_at().map_or(i64::MAX, Timestamp::as_millis),
            },
        };
        let is_in_time = words::at(self.now) < request.call_before && self.has_account(account, run);
        let fate = if is_in_time { run.fate } else { Fate::NotSent };
        let by = words::arrives_by(request.call_before);
        let mut sent = Sent { key, account, order, luck: run.luck, by: Some(by) };
        let said = match fate {
            Fate::Answered => Some(self.bank.receive(&sent, self.now)),
            Fate::Lost => {
                self.bank.receive(&sent, self.now);
                None
            }
            Fate::NotSent => None,
            Fate::Slow | Fate::TooSlow => {
                // A capture or a cancel must not arrive after "not found": no provider would report it. Of a late
                // release it is unknown whether it came before a capture.
                let may_surprise = match order {
                    // A late reservation is released by itself, and nothing reports it.
                    Order::Create { pay_method, .. } => pay_method != PayMethod::CardReserved,
                    Order::Void { is_release, .. } => !is_release,
                    Order::Capture { .. } | Order::Cancel { .. } => false,
                };
                sent.by = sent.by.filter(|_| fate == Fate::Slow || !may_surprise);
                self.bank.in_flight.push(sent);
                None
            }
        };
        let outcome = match said {
            Some(said) => words::outcome(said, request.kind, words::pay_method(&charge)),
            None if fate == Fate::NotSent => Outcome::NotSent,
            None => Outcome::Unknown,
        };
        let is_soft = fate == Fate::NotSent || said.is_some_and(Said::is_soft);
        let answer = Answer { number, outcome, at: words::at(self.now), is_first: true, is_soft };
        Next::Phase(Phase::Learn { charge, word: Word::Answer(answer), session: None })
    }

    /// Reconciles a request. A payment that was not made in time expires by that.
    pub(super) fn ask(&mut self, charge: Charge, number: usize, expires: bool, run: Run) -> Next {
        let Some(request) = charge.request(number) else { return Next::Done };
        let account = words::account(request.via);
        let has_account = self.has_account(account, run);
        let is_asked = request.origin != Origin::Provider && run.fate == Fate::Answered && has_account;
        let key = Key { charge: words::slot(charge.id), number };
        let said = if is_asked { self.bank.answer(key, account, self.now) } else { None };
        let is_over = charge.ends_at().is_some_and(|at| at <= words::at(self.now));
        let expired = || Outcome::Declined(DeclineCode::Expired.into());
        let outcome = match said {
            Some(Said::Registered(_)) if expires && request.is_final() => expired(),
            // Where no provider can be read, the time alone decides.
            None if expires && is_over && (account == ZOOP || !has_account) => expired(),
            None => Outcome::Unknown,
            Some(said) => words::outcome(said, request.kind, words::pay_method(&charge)),
        };
        let answer = Answer { number, outcome, at: words::at(self.now), is_first: false, is_soft: false };
        Next::Phase(Phase::Learn { charge, word: Word::Answer(answer), session: None })
    }
}

/// Whether the void at `number` releases what is reserved: the status says so of the charge's own payment, the kind of
/// a second one.
fn is_release(charge: &Charge, number: usize) -> bool {
    match charge.request(number).and_then(|request| request.about).and_then(|about| charge.request(about)) {
        Some(payment) => payment.kind == RequestKind::PreAuthorization,
        None => charge.status() == Status::PreAuthorized,
    }
}
