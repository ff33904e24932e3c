//! The call is made and settled; where the first provider cannot have taken the money, the next one is tried.

use domain::{
    charge::{Charge, Learned, Outcome, Settled, request::Via},
    ids::RequestId,
    merchant::ProviderAccount,
};
use store::charges::Settle;

use crate::{
    charge::{conclude, request},
    hub::Hub,
    payment::prepare::{Payment, build},
    provider::call,
};

/// Makes a payment that is ours: the charge as it stands then. After `NotSent` the merchant's next account is
/// tried, and after a decline that may be tried again where the merchant says so; never after `Unknown`. Each try is
/// a transaction request of its own, stored before its call, and all share the time of the first.
///
/// A payment of which not every part could be stored is not sent.
pub async fn run(hub: &Hub, mut payment: Payment, complete: bool) -> Charge {
    let mut number: usize = 1;
    loop {
        let Some(account) = payment.accounts.get(number.saturating_sub(1)).cloned() else { return payment.charge };
        let (outcome, took_ms) = if complete {
            call::create(hub, &payment.charge, number, &account, &payment.call).await
        } else {
            (Outcome::NotSent, None)
        };
        let next = payment.accounts.get(number).filter(|_| complete && payment.may_go_on(&outcome)).cloned();
        let tried = match next {
            Some(next) => try_next(hub, &mut payment, number, &next, outcome.clone(), took_ms).await,
            None => false,
        };
        if !tried {
            return conclude::outcome(hub, payment.charge, number, outcome, took_ms).await;
        }
        number = number.saturating_add(1);
    }
}

/// Settles the request at `number` and stores the next one in the same write; false where that was not to be, and
/// nothing was written.
async fn try_next(
    hub: &Hub,
    payment: &mut Payment,
    number: usize,
    next: &ProviderAccount,
    outcome: Outcome,
    took_ms: Option<u32>,
) -> bool {
    let now = hub.now();
    if payment.charge.request(number).is_none_or(|request| now > request.call_before) {
        return false;
    }
    let id = hub.secrets.derived(payment.charge.id.uuid(), &format!("request {}", number.saturating_add(1)));
    let tried = payment.charge.try_again(Via { id: next.id, kind: next.kind }, RequestId::new(id), now);
    let (card, customer) = (payment.card.as_ref(), payment.customer.as_ref());
    let built = build(&tried, number.saturating_add(1), next, card, customer, payment.notices(number));
    let learned = Learned { at: now, took_ms, id: request::next_id(hub, &tried) };
    let (Ok(call), Settled::Changed(mut charge, effect)) = (built, tried.settle(number, outcome, learned)) else {
        return false;
    };
    charge.version = tried.version;
    match hub.store.settle(payment.charge.version, &charge, effect, None).await {
        Ok(Settle::Stored) => {
            payment.charge = *charge;
            payment.call = call;
            true
        }
        Ok(Settle::Lost | Settle::SessionLost | Settle::Known) => false,
        Err(error) => {
            tracing::error!(%error, charge = %payment.charge.id, "the next provider was not tried");
            false
        }
    }
}

impl Payment {
    /// Whether the payment cannot have been made, and may be tried elsewhere.
    fn may_go_on(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::NotSent => true,
            Outcome::Declined(decline) => self.retry_on_decline && decline.code.retryable(),
            Outcome::Approved(_)
            | Outcome::Pending(_)
            | Outcome::Paid(..)
            | Outcome::Canceled
            | Outcome::Unknown
            | Outcome::NotFound => false,
        }
    }
}
