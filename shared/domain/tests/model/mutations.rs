//! Decisions with one fault each: the results or inputs of the shipped functions are changed. The property must find
//! every fault.

use std::time::Duration;

use domain::{
    alarm::Alarm,
    charge::{
        Abilities, AbilitiesOf, Charge, Circumstances, Decision, Outcome, Report, SessionStep, SessionView,
        SessionWrite, Superseding, WaitReason, Write,
        command::{Command, Intent},
        decline::DeclineCode,
        due::{Due, Task},
        request::{HubRefund, Receipt, RequestKind},
        status::Status,
        update::{ProviderUpdate, UpdateKind},
    },
    limits::LAST_QUESTION,
    merchant::ProviderType,
    method::{Method, PaymentType},
    refusal::Refusal,
    session::{Session, SessionStatus},
    time::Timestamp,
};

use crate::{
    rules::{RIGHT, Rules},
    words::abilities,
};

/// The faults.
pub(crate) const MUTATIONS: [(&str, Rules); 42] = [
    ("M1 a charge that took its session is treated as a duplicate", Rules { decide: takes_and_refunds, ..RIGHT }),
    ("M2 a duplicate payment is kept", Rules { decide: keeps_duplicates, ..RIGHT }),
    ("M3 what waits is dropped after seven days, whatever it waits for", Rules { is_open: |_| false, ..RIGHT }),
    ("M4 later refunds go to the last attempt", Rules { payment_of: last_attempt, ..RIGHT }),
    ("M4b refunds name the id of the registration", Rules { transaction_of: registration, ..RIGHT }),
    (
        "M5 an approval for an earlier attempt is rejected while a later one is open",
        Rules { decide: rejects_earlier_attempt, ..RIGHT },
    ),
    ("M6 paid about a reservation is ignored", Rules { decide: ignores_paid_reservation, ..RIGHT }),
    ("M6b paid about a canceled reservation is ignored", Rules { decide: ignores_paid_canceled, ..RIGHT }),
    ("M6c the end of a reservation is ignored", Rules { decide: ignores_end_of_reservation, ..RIGHT }),
    ("M7 a duplicate payment of one charge is ignored", Rules { decide: ignores_duplicate_payment, ..RIGHT }),
    ("M8 a boleto fails at the midnight of its date", Rules { tasks: fails_at_midnight, ..RIGHT }),
    ("M9 an open cancel stops all questions about the payment", Rules { tasks: stops_questions, ..RIGHT }),
    ("M10 a card that is approved late is kept", Rules { decide: keeps_late_cards, ..RIGHT }),
    ("M11 a late payment is ignored", Rules { decide: ignores_late_payment, ..RIGHT }),
    ("M12 a late payment takes a session that is paid", Rules { decide: takes_anyway, ..RIGHT }),
    (
        "M13 a late payment that waits for a card with an unknown outcome is dropped",
        Rules { decide: drops_waiting_for_active, ..RIGHT },
    ),
    ("M14 a late payment does not supersede an unpaid one", Rules { decide: drops_superseding, ..RIGHT }),
    ("M15 an approval for an earlier attempt is dropped", Rules { decide: drops_earlier_attempt, ..RIGHT }),
    ("M16 a payment that is not kept is never due", Rules { tasks: never_refunds, ..RIGHT }),
    ("W1 an idempotent replay prints the charge as it is now", Rules { as_of: |charge, _| charge.clone(), ..RIGHT }),
    ("W2 an event is counted twice", Rules { decide: counts_events_twice, ..RIGHT }),
    ("W6 what the acquirer releases voids the session", Rules { decide: lapse_voids, ..RIGHT }),
    ("W9 an underpaid charge raises no alarm", Rules { decide: without_alarms, ..RIGHT }),
    ("W9b a duplicate payment that stays raises no alarm", Rules { decide: without_duplicate_payment, ..RIGHT }),
    ("W9c an unpaid payment has no due date", Rules { due: is_due_only_when_paid, ..RIGHT }),
    ("W10 an account that is not in the cache does not exist", Rules { has_account: |is_cached| is_cached, ..RIGHT }),
    ("F5 a second chargeback is ignored", Rules { decide: ignores_second_chargeback, ..RIGHT }),
    ("F6 a credited chargeback is ignored", Rules { decide: ignores_credit, ..RIGHT }),
    ("F7 the end of a dispute is ignored", Rules { decide: ignores_end_of_dispute, ..RIGHT }),
    ("R1 a refund may take what is promised to another", Rules { command: promises_twice, ..RIGHT }),
    ("R2 the hub refunds the whole of what was partly refunded", Rules { command: refunds_the_whole, ..RIGHT }),
    ("R3 an accepted refund counts as done", Rules { decide: accepted_is_done, ..RIGHT }),
    ("R4 a refused refund counts as done", Rules { decide: refused_is_done, ..RIGHT }),
    ("R5 two updates about one reversal count twice", Rules { decide: counts_both_updates, ..RIGHT }),
    ("R6 a full refund leaves its session paid", Rules { decide: leaves_session_paid, ..RIGHT }),
    ("R7 a refund that an operator recorded counts again once it is reported", Rules { decide: says_sums, ..RIGHT }),
    ("C1 money is captured twice", Rules { command: captures_again, ..RIGHT }),
    ("C2 an unknown outcome is a failure", Rules { decide: unknown_is_failure, ..RIGHT }),
    ("C3 what is not found at once is a failure", Rules { decide: not_found_is_failure, ..RIGHT }),
    ("C4 a payment under way is superseded at once", Rules { superseding: supersedes_busy, ..RIGHT }),
    ("C5 a failed payment keeps the lock of its session", Rules { decide: keeps_lock, ..RIGHT }),
    ("C6 what waits for a change is not tried again when it comes", Rules { decide: does_not_wake, ..RIGHT }),
];

/// The shipped decision, with its write changed by `rewrite`.
fn rewritten(
    charge: &Charge,
    report: &Report<'_>,
    view: SessionView<'_>,
    can: AbilitiesOf,
    at: Circumstances,
    rewrite: impl FnOnce(Write) -> Decision,
) -> Decision {
    match charge.decide(report, view, can, at) {
        Decision::Store(write) => rewrite(*write),
        other => other,
    }
}

fn store(write: Write) -> Decision {
    Decision::Store(Box::new(write))
}

/// Defines a faulty decision.
macro_rules! decision {
    ($name:ident, |$charge:ident, $report:ident, $view:ident, $can:ident, $at:ident| $body:expr) => {
        fn $name(
            $charge: &Charge,
            $report: &Report<'_>,
            $view: SessionView<'_>,
            $can: AbilitiesOf,
            $at: Circumstances,
        ) -> Decision {
            $body
        }
    };
}

fn kind<'a>(report: &Report<'a>) -> Option<&'a UpdateKind> {
    match report {
        Report::Notification(update) => Some(&update.kind),
        Report::Answer { .. } => None,
    }
}

/// The shipped decision on another outcome.
fn about(
    charge: &Charge,
    report: &Report<'_>,
    (view, can, at): (SessionView<'_>, AbilitiesOf, Circumstances),
    change: impl FnOnce(RequestKind, &Outcome) -> Option<Outcome>,
) -> Decision {
    let changed = match report {
        Report::Answer { number, outcome } => {
            let kind = charge.request(*number).map(|request| request.kind);
            kind.and_then(|kind| change(kind, outcome)).map(|outcome| (*number, outcome))
        }
        Report::Notification(_) => None,
    };
    match &changed {
        Some((number, outcome)) => charge.decide(&Report::Answer { number: *number, outcome }, view, can, at),
        None => charge.decide(report, view, can, at),
    }
}

fn is_ended(charge: &Charge) -> bool {
    matches!(charge.status(), Status::Failed | Status::Canceled)
}

decision!(takes_and_refunds, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |mut write| {
    let can_refund = charge.abilities(can).can_refund();
    if is_ended(charge) && can_refund && matches!(write.session, SessionWrite::Next(_)) {
        let until = at.at.plus(Duration::from_hours(24 * 90));
        write.charge.requests.last_mut().unwrap().hub_refund = Some(HubRefund { since: at.at, until });
    }
    store(write)
}));

decision!(keeps_duplicates, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |mut write| {
    let is_asynchronous = charge.method.kind().is_asynchronous();
    write.charge.requests.iter_mut().filter(|_| is_asynchronous).for_each(|request| request.hub_refund = None);
    store(write)
}));

decision!(keeps_late_cards, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |mut write| {
    let is_card = !charge.method.kind().is_asynchronous();
    write.charge.requests.iter_mut().filter(|_| is_card).for_each(|request| request.hub_refund = None);
    store(write)
}));

fn last_attempt(charge: &Charge, number: usize) -> usize {
    let is_own = charge.request(number).is_some_and(|request| request.about.is_none());
    if is_own { charge.creation() } else { charge.payment_of(number) }
}

fn registration(charge: &Charge, number: usize) -> Option<&str> {
    let payment = charge.request(charge.payment_of(number))?;
    payment.first()?.receipt.transaction_id.as_deref()
}

decision!(rejects_earlier_attempt, |charge, report, view, can, at| match charge.decide(report, view, can, at) {
    Decision::Wait(WaitReason::OtherAttempt) => Decision::Contradiction(Alarm::LatePayment),
    other => other,
});

decision!(drops_earlier_attempt, |charge, report, view, can, at| match charge.decide(report, view, can, at) {
    Decision::Wait(WaitReason::OtherAttempt) => Decision::Nothing,
    other => other,
});

decision!(drops_waiting_for_active, |charge, report, view, can, at| match charge.decide(report, view, can, at) {
    Decision::Wait(WaitReason::ActiveCharge(_)) => Decision::Nothing,
    other => other,
});

decision!(drops_superseding, |charge, report, view, can, at| match charge.decide(report, view, can, at) {
    Decision::Supersede => Decision::Nothing,
    other => other,
});

fn never_refunds(charge: &Charge, now: Timestamp) -> Vec<Task> {
    charge.tasks(now).into_iter().filter(|task| !matches!(task, Task::Refund(_))).collect()
}

fn is_due_only_when_paid(charge: &Charge) -> Option<Due> {
    charge.due().filter(|_| charge.status() != Status::Pending)
}

decision!(ignores_paid_reservation, |charge, report, view, can, at| match kind(report) {
    Some(UpdateKind::Paid { .. }) if charge.status() == Status::PreAuthorized => Decision::Nothing,
    _ => charge.decide(report, view, can, at),
});

decision!(ignores_paid_canceled, |charge, report, view, can, at| match kind(report) {
    Some(UpdateKind::Paid { .. }) if charge.status() == Status::Canceled && charge.has_payment() => Decision::Nothing,
    _ => charge.decide(report, view, can, at),
});

decision!(ignores_end_of_reservation, |charge, report, view, can, at| match (kind(report), report) {
    (Some(UpdateKind::ReservationEnded), _) | (_, Report::Answer { outcome: Outcome::Canceled, .. }) => {
        Decision::Nothing
    }
    _ => charge.decide(report, view, can, at),
});

decision!(ignores_duplicate_payment, |charge, report, view, can, at| rewritten(
    charge,
    report,
    view,
    can,
    at,
    |write| {
        let is_second = write.charge.requests.last().is_some_and(|request| request.is_duplicate);
        let is_new = write.charge.requests.len() > charge.requests.len();
        if is_second && is_new { Decision::Nothing } else { store(write) }
    }
));

fn fails_at_midnight(charge: &Charge, now: Timestamp) -> Vec<Task> {
    match &charge.method {
        Method::Boleto(boleto) if boleto.expires_date.end_in_brazil() <= now && charge.is_at_rest() => {
            let is_pending = charge.status() == Status::Pending;
            if is_pending { vec![Task::Expire] } else { charge.tasks(now) }
        }
        _ => charge.tasks(now),
    }
}

fn stops_questions(charge: &Charge, now: Timestamp) -> Vec<Task> {
    let has_open_cancel = charge.under_way(RequestKind::Cancel).next().is_some();
    let is_about_payment = |task: &Task| matches!(task, Task::ReconcilePayment | Task::Expire);
    charge.tasks(now).into_iter().filter(|task| !(has_open_cancel && is_about_payment(task))).collect()
}

decision!(ignores_late_payment, |charge, report, view, can, at| match kind(report) {
    Some(UpdateKind::Paid { .. }) if charge.status() == Status::Failed => Decision::Nothing,
    _ => charge.decide(report, view, can, at),
});

decision!(takes_anyway, |charge, report, view, can, at| match view {
    SessionView::Read { session: Some(session), .. } if session.status == SessionStatus::Paid => {
        let (status, lock) = (SessionStatus::Created, None);
        let free = Session { status, lock, ..session.clone() };
        charge.decide(report, SessionView::Read { session: Some(&free), active: None }, can, at)
    }
    _ => charge.decide(report, view, can, at),
});

decision!(lapse_voids, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |write| {
    let session = match write.session {
        SessionWrite::IfLocked(SessionStep::Release) if charge.status() == Status::PreAuthorized => {
            SessionWrite::IfLocked(SessionStep::Void)
        }
        session => session,
    };
    store(Write { session, ..write })
}));

decision!(without_alarms, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |write| {
    store(Write { alarms: Vec::new(), ..write })
}));

decision!(without_duplicate_payment, |charge, report, view, can, at| rewritten(
    charge,
    report,
    view,
    can,
    at,
    |write| {
        let alarms = write.alarms.into_iter().filter(|alarm| *alarm != Alarm::DuplicatePayment).collect();
        store(Write { alarms, ..write })
    }
));

decision!(ignores_end_of_dispute, |charge, report, view, can, at| match kind(report) {
    Some(UpdateKind::DisputeClosed { .. }) => Decision::Nothing,
    _ => charge.decide(report, view, can, at),
});

decision!(ignores_second_chargeback, |charge, report, view, can, at| match kind(report) {
    Some(UpdateKind::ChargedBack { .. }) if charge.status() == Status::ChargedBack => Decision::Nothing,
    _ => charge.decide(report, view, can, at),
});

decision!(ignores_credit, |charge, report, view, can, at| match kind(report) {
    Some(UpdateKind::ChargebackReversed { .. }) => Decision::Nothing,
    _ => charge.decide(report, view, can, at),
});

fn promises_twice(charge: &Charge, command: Command, can: AbilitiesOf) -> Result<Intent, Refusal> {
    match (charge.command(command, can), command) {
        (Err(Refusal::ResidualPromised { .. }), Command::Void(amount)) => {
            Ok(Intent { kind: RequestKind::Void, amount: amount.unwrap_or(charge.amount()), about: None })
        }
        (decided, _) => decided,
    }
}

fn refunds_the_whole(charge: &Charge, command: Command, can: AbilitiesOf) -> Result<Intent, Refusal> {
    match (charge.command(command, can), command) {
        (Ok(intent), Command::RefundUnkept(number)) => {
            Ok(Intent { amount: charge.request(number).map_or(intent.amount, |payment| payment.amount), ..intent })
        }
        (decided, _) => decided,
    }
}

decision!(accepted_is_done, |charge, report, view, can, at| about(charge, report, (view, can, at), |kind, outcome| {
    match (kind, outcome) {
        (RequestKind::Void, Outcome::Pending(receipt)) => Some(Outcome::Approved(receipt.clone())),
        _ => None,
    }
}));

decision!(refused_is_done, |charge, report, view, can, at| about(charge, report, (view, can, at), |kind, outcome| {
    let is_refused = kind == RequestKind::Void && matches!(outcome, Outcome::Declined(_));
    is_refused.then(|| Outcome::Approved(Receipt::default()))
}));

decision!(counts_both_updates, |charge, report, view, can, at| match report {
    Report::Notification(ProviderUpdate { reference, id, kind: UpdateKind::RefundFailed { .. }, .. }) => {
        let done = charge.requests.iter().find(|request| request.has_succeeded() && request.is_known_as(id));
        let reverted = done.map(|refund| ProviderUpdate {
            reference: *reference,
            payment: None,
            currency: None,
            id: format!("{id}x"),
            kind: UpdateKind::RefundReverted { amount: refund.amount(), refund: None },
        });
        match &reverted {
            Some(update) => charge.decide(&Report::Notification(update), view, can, at),
            None => charge.decide(report, view, can, at),
        }
    }
    _ => charge.decide(report, view, can, at),
});

decision!(leaves_session_paid, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |write| {
    let session = match write.session {
        SessionWrite::IfLocked(SessionStep::Void) => SessionWrite::None,
        session => session,
    };
    store(Write { session, ..write })
}));

/// What is reported beside a sum is no refund that was recorded.
fn sums(provider: ProviderType, method: PaymentType) -> Abilities {
    Abilities { one_refund_at_a_time: true, ..abilities(provider, method) }
}

decision!(says_sums, |charge, report, view, _can, at| charge.decide(report, view, sums, at));

fn captures_again(charge: &Charge, command: Command, can: AbilitiesOf) -> Result<Intent, Refusal> {
    match (charge.command(command, can), command) {
        (Err(Refusal::NotCapturable { status: Status::Authorized }), Command::Capture(_)) => {
            Ok(Intent { kind: RequestKind::Capture, amount: charge.amount(), about: None })
        }
        (decided, _) => decided,
    }
}

decision!(unknown_is_failure, |charge, report, view, can, at| about(charge, report, (view, can, at), |_, outcome| {
    (*outcome == Outcome::Unknown).then(|| Outcome::Declined(DeclineCode::Timeout.into()))
}));

decision!(not_found_is_failure, |charge, report, view, can, at| {
    let is_not_found = matches!(report, Report::Answer { outcome: Outcome::NotFound, .. });
    let later = if is_not_found { at.at.plus(LAST_QUESTION) } else { at.at };
    charge.decide(report, view, can, Circumstances { at: later, ..at })
});

fn supersedes_busy(charge: &Charge, can: AbilitiesOf) -> Superseding {
    match charge.superseding(can) {
        Superseding::Busy => Superseding::AtOnce,
        other => other,
    }
}

decision!(keeps_lock, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |write| {
    let session = match write.session {
        SessionWrite::IfLocked(SessionStep::Release) => SessionWrite::None,
        session => session,
    };
    store(Write { session, ..write })
}));

decision!(counts_events_twice, |charge, report, view, can, at| rewritten(
    charge,
    report,
    view,
    can,
    at,
    |mut write| {
        write.charge.event_no += u32::from(write.charge.event_no > charge.event_no);
        store(write)
    }
));

decision!(does_not_wake, |charge, report, view, can, at| rewritten(charge, report, view, can, at, |mut write| {
    write.charge.waiting.clone_from(&charge.waiting);
    store(write)
}));
