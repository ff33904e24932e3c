//! What must hold at the end, when everything was delivered and nothing is due: the hub's books are the providers'.

use std::collections::BTreeMap;

use domain::{
    alarm::Alarm,
    charge::{
        Charge,
        request::{Origin, RequestKind, TransactionRequest},
        status::Status,
    },
    session::SessionStatus,
};
use model::bank::{Bank, PayMethod, Payment, RefundState};

use crate::{
    check::{self, Broken, is_asynchronous, must},
    hub::{Hub, Record, SESSIONS},
    words::{self, abilities, payment_type},
};

pub(crate) fn is_settled(hub: &Hub) -> Result<(), Broken> {
    check::holds(hub)?;
    for (slot, stored) in hub.slots.iter().enumerate() {
        let Some(charge) = &stored.charge else { continue };
        is_over(slot, charge)?;
        sums(hub, slot, charge)?;
        alarms(hub, slot, &stored.alarms)?;
        hub.seen.is_shown_again(charge, hub.rules.as_of)?;
    }
    for (note, reported) in hub.bank.notes.iter().enumerate().filter(|(_, note)| !note.is_withdrawn) {
        let is_known = !matches!(hub.record(note), Record::None | Record::Waiting { .. });
        must(is_known, || format!("a notification was neither applied nor alarmed: {reported:?}"))?;
    }
    (0..SESSIONS).try_for_each(|index| session(hub, index))
}

fn is_over(slot: usize, charge: &Charge) -> Result<(), Broken> {
    let open = charge.requests.iter().find(|request| !request.is_final());
    must(open.is_none(), || format!("charge {slot} has an open request: {open:?}"))?;
    must(charge.status() != Status::Pending, || format!("charge {slot} is pending for ever"))
}

fn payments(bank: &Bank, slot: usize) -> impl Iterator<Item = (usize, &Payment)> {
    bank.payments.iter().enumerate().filter(move |(_, payment)| payment.key.charge == slot)
}

/// What is left of all payments of a charge, and what disputes took.
fn sums(hub: &Hub, slot: usize, charge: &Charge) -> Result<(), Broken> {
    must(charge.is_consistent(), || format!("the sums of charge {slot} contradict each other"))?;
    let own = if charge.has_payment() { charge.amount().minor() } else { 0 };
    let mut left = i128::from(own);
    for (number, payment) in (1..).zip(&charge.requests).filter(|(_, request)| request.is_duplicate) {
        if payment.kind == RequestKind::RevertVoid || !payment.has_succeeded() {
            continue;
        }
        left += i128::from(payment.amount().minor());
        let voids = (1..).zip(&charge.requests).filter(|(_, request)| {
            request.kind == RequestKind::Void && request.about == Some(number) && request.has_succeeded()
        });
        for (void, request) in voids {
            left -= i128::from(request.amount().minor());
            let back = charge
                .requests
                .iter()
                .filter(|request| request.kind == RequestKind::RevertVoid && request.about == Some(void));
            left += back.map(|request| i128::from(request.amount().minor())).sum::<i128>();
        }
    }
    let mut disputes = BTreeMap::new();
    for request in &charge.requests {
        let id = request.dispute.as_deref().unwrap_or_default();
        match request.kind {
            RequestKind::ChargeBack => disputes.insert(id, request.amount().minor()),
            RequestKind::ChargeBackReversal => disputes.insert(id, 0),
            _ => None,
        };
    }
    let debited: u64 = disputes.values().sum();
    let (bank_left, bank_debited) = payments(&hub.bank, slot).fold((0, 0), |(left, debited), (place, _)| {
        (left + i128::from(hub.bank.net(place)), debited + hub.bank.debited(place))
    });
    must((left, debited) == (bank_left, bank_debited), || {
        format!(
            "the sums of charge {slot} are {left} less {debited} ({}); by the books {bank_left} less {bank_debited}",
            charge.status()
        )
    })?;
    let is_contested = hub.bank.disputes.iter().any(|dispute| {
        let is_open = dispute.is_opened && !dispute.is_closed && !dispute.is_credited;
        hub.bank.payments[dispute.of].key.charge == slot && is_open
    });
    must(!charge.is_dispute() || is_contested, || format!("charge {slot} is disputed, and no dispute of it is open"))
}

/// What operators must know.
fn alarms(hub: &Hub, slot: usize, alarms: &[Alarm]) -> Result<(), Broken> {
    let its = || payments(&hub.bank, slot);
    let with_money = its().filter(|(_, payment)| payment.base.is_some()).count();
    for (place, payment) in its().filter(|_| with_money == 1) {
        let is_short = is_asynchronous(payment.pay_method) && payment.base.is_some_and(|base| base < payment.asked);
        must(!is_short || alarms.contains(&Alarm::Underpaid), || {
            format!("charge {slot} is underpaid, without an alarm")
        })?;
        let is_above = hub.bank.debited(place) > payment.base.unwrap_or(0);
        must(!is_above || alarms.contains(&Alarm::ChargebackAbovePayment), || {
            format!("disputes took more of charge {slot} than was paid, without an alarm")
        })?;
    }
    // The merchant saw it paid, and gets nothing of it. A merchant who voided all of it wants nothing of it: the void is
    // done by the release of what was only reserved, whatever became of the capture.
    let was_paid = hub.bank.known_as_paid.contains(&slot);
    let is_card = |payment: &Payment| payment.pay_method == PayMethod::Card && payment.reserved.is_some();
    let is_never_captured = with_money == 0 && its().any(|(_, payment)| is_card(payment));
    let is_voided = hub.stored(slot).is_some_and(|charge| charge.status() == Status::Voided);
    must(!was_paid || !is_never_captured || is_voided || alarms.contains(&Alarm::CaptureFailed), || {
        format!("charge {slot} was published as authorized and never captured, without an alarm")
    })?;
    Ok(())
}

/// At most one payment of a session is kept, and the session agrees with the money.
fn session(hub: &Hub, index: usize) -> Result<(), Broken> {
    let its = || hub.bank.payments.iter().enumerate().filter(|(_, payment)| payment.session == Some(index));
    let kept = || its().filter(|(place, _)| hub.bank.net(*place) > 0);
    let session = &hub.sessions[index];
    let lock = session.lock.map(words::slot);
    // A payment that its provider does not refund stays, with an alarm.
    let is_refundable = |payment: &Payment| {
        let can = abilities(words::via(payment.account).kind, payment_type(payment.pay_method));
        can.can_refund()
    };
    let others: Vec<_> = kept().filter(|(_, payment)| Some(payment.key.charge) != lock).collect();
    for (place, payment) in others {
        let slot = payment.key.charge;
        let charge = hub.stored(slot);
        let has_ended = charge.is_some_and(Charge::has_a_payment_that_cannot_be_refunded);
        let is_disputed = hub.bank.debited(place) > 0;
        let is_alarmed = hub.slots[slot].alarms.contains(&Alarm::DuplicatePayment);
        must(has_ended || is_disputed || (!is_refundable(payment) && is_alarmed), || {
            format!("session {index} keeps a duplicate payment: {payment:?}")
        })?;
    }
    let own: Vec<_> = its().filter(|(_, payment)| Some(payment.key.charge) == lock).collect();
    let kept_own = own.iter().filter(|(place, payment)| hub.bank.net(*place) > 0 && is_refundable(payment)).count();
    let has_ended = lock.and_then(|lock| hub.stored(lock)).is_some_and(Charge::has_a_payment_that_cannot_be_refunded);
    must(kept_own <= 1 || has_ended, || format!("session {index} keeps {kept_own} payments of one charge"))?;
    let has_money = own.iter().any(|(place, _)| hub.bank.net(*place) > 0);
    let has_reversals = || {
        let of_it = |refund: &&model::bank::Refund| own.iter().any(|(place, _)| refund.of == *place);
        hub.bank.refunds.iter().filter(of_it).any(|refund| refund.is_reverted)
    };
    // A release by the acquirer during the merchant's own release counts as the merchant's.
    let was_asked = || {
        let charge = lock.and_then(|lock| hub.stored(lock));
        let is_void =
            |request: &TransactionRequest| request.kind == RequestKind::Void && request.origin == Origin::Merchant;
        charge.is_some_and(|charge| charge.requests.iter().any(is_void))
    };
    let was_refunded = || {
        let of_it = |refund: &&model::bank::Refund| own.iter().any(|(place, _)| refund.of == *place);
        was_asked() || hub.bank.refunds.iter().filter(of_it).any(|refund| refund.state == RefundState::Done)
    };
    let was_released = || {
        let of_it = |refund: &&model::bank::Refund| own.iter().any(|(place, _)| refund.of == *place);
        hub.bank.refunds.iter().filter(of_it).any(|refund| refund.is_release && refund.state == RefundState::Done)
    };
    // The reservation of what had been published as paid ended.
    let was_never_captured =
        || own.iter().any(|(_, payment)| payment.pay_method == PayMethod::Card && payment.base.is_none());
    let is_right = match session.status {
        SessionStatus::Paid => has_money || has_reversals(),
        // A duplicate payment that is not refunded stays, with an alarm.
        SessionStatus::Voided => {
            (was_refunded() || was_never_captured()) && (kept_own == 0 || has_reversals() || was_released())
        }
        SessionStatus::Created | SessionStatus::Canceled => !has_money,
    };
    must(is_right, || format!("session {index} is {}, and has money: {has_money}", session.status))
}
