//! The call is made and settled; where the first provider cannot have taken the money, the next one is called.

use domain::{
    charge::{Charge, Decision, Outcome, Report, SessionView, request::Via},
    merchant::ProviderAccount,
};
use providers::{Reading, capabilities::abilities};

use crate::{
    card_testing,
    charge::{
        conclude,
        request::{self, CallOutcome},
    },
    hub::Hub,
    payment::prepare::{Asking, Payment},
    provider::{asked::Done, call},
};

/// Makes a payment that is ours: the charge as it is then. The merchant's next account is called after `NotSent`, and
/// after a soft decline where the merchant says so; never after `Unknown`. Each attempt is a transaction request of its
/// own, stored before its call, and all share the time of the first.
///
/// A payment of which not every part could be stored is not sent.
pub async fn run(hub: &Hub, mut payment: Payment, complete: bool) -> Charge {
    let mut number: usize = 1;
    loop {
        let Some(account) = payment.accounts.get(number.saturating_sub(1)).cloned() else { return payment.charge };
        let done = if complete {
            let asking = payment.asking(&payment.charge, number);
            call::carry_out(hub, &payment.charge, number, &account, &asking.operation(), &payment.call).await
        } else {
            Reading::from(Outcome::NotSent).into()
        };
        let next = payment.accounts.get(number).filter(|_| complete && payment.may_go_on(&done.reading)).cloned();
        let has_next = match next {
            Some(next) => {
                try_next(hub, &mut payment, number, &next, &done).await
                    || (reread(hub, &mut payment).await && try_next(hub, &mut payment, number, &next, &done).await)
            }
            None => false,
        };
        if !has_next {
            let answered = CallOutcome { charge: payment.charge, number, done };
            let charge = conclude::reading(hub, answered).await.charge;
            card_testing::count_declines(hub, &payment.counters, &charge).await;
            return charge;
        }
        number = number.saturating_add(1);
    }
}

/// Settles the request at `number` and stores the next one in the same write, which counts it after a decline; false where
/// that is not possible, or a counter is full, and nothing was written.
async fn try_next(hub: &Hub, payment: &mut Payment, number: usize, next: &ProviderAccount, done: &Done) -> bool {
    let (now, outcome) = (hub.now(), &done.reading.outcome);
    if payment.charge.request(number).is_none_or(|request| now > request.call_before) {
        return false;
    }
    let id = request::id(hub, payment.charge.id, number.saturating_add(1));
    let retried = payment.charge.retried(Via { id: next.id, kind: next.kind }, id, now);
    let built = payment.asking(&retried, number.saturating_add(1)).begin(next);
    let report = Report::Answer { number, outcome };
    let circumstances = request::circumstances(hub, &retried, Some(done));
    let decided = retried.decide(&report, SessionView::Unread, abilities, circumstances);
    let (Ok(call), Decision::Store(mut write)) = (built, decided) else { return false };
    // One that was not sent leaves its place in the counters to the next.
    let reserved = if matches!(outcome, Outcome::Declined(_)) { &*payment.reserved } else { &[] };
    write.charge.version = retried.version; // both changes are one write
    write.charge.waiting.clone_from(&retried.waiting); // the payment goes on: nothing that waits for it is applied yet
    match hub.store.retry(payment.charge.version, &write.charge, reserved).await {
        Ok(true) => {
            payment.charge = write.charge;
            payment.call = call;
            true
        }
        Ok(false) => false,
        Err(error) => {
            tracing::error!(%error, charge = %payment.charge.id, "the next provider was not called");
            false
        }
    }
}

/// Reads the payment's charge again: true where only notifications that wait for it were noted since it was read, false
/// where something else changed.
async fn reread(hub: &Hub, payment: &mut Payment) -> bool {
    let newest = hub.store.charge(payment.charge.client, payment.charge.id).await;
    let Ok(Some(newest)) = newest else { return false };
    let is_same = newest.requests == payment.charge.requests && newest.version != payment.charge.version;
    if is_same {
        payment.charge = newest;
    }
    is_same
}

impl Payment {
    /// What a provider is asked for as the request of `charge` at `number`.
    fn asking<'a>(&'a self, charge: &'a Charge, number: usize) -> Asking<'a> {
        let updates = self.updates_at(number.saturating_sub(1));
        Asking::of(charge, number, self.card.as_ref(), self.customer.as_ref(), updates)
    }

    /// Whether the payment cannot have been made, and the next provider may be called. Of a payment that was not made
    /// there is nothing else to say.
    fn may_go_on(&self, reading: &Reading) -> bool {
        match &reading.outcome {
            _ if !reading.updates.is_empty() => false,
            Outcome::NotSent => true,
            Outcome::Declined(decline) => self.retry_on_decline && decline.retryable(),
            Outcome::Approved(_)
            | Outcome::Pending(_)
            | Outcome::Paid(..)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound => false,
        }
    }
}
