//! One step: a report is decided on the charge as it was read, and stored if nothing was written meanwhile. The step
//! uses the store and the domain alone; its caller decides what follows.

use domain::{
    alarm::Alarm,
    charge::{
        Charge, Circumstances, Decision, Report, SessionView, WaitReason, Write,
        request::{RequestKind, TransactionRequest},
    },
    refusal::Refusal,
    session::Session,
};
use providers::capabilities::abilities;
use store::{Store, charges::Settle, inbox::Record};

use crate::card_testing;

/// The result of one step. Nothing was written unless it is stored.
pub(crate) enum Step {
    /// It is stored, together with its record if it came by a notification: the charge as it is now.
    Stored(Box<Charge>),
    /// It changes nothing; its record, if it came by a notification, is applied.
    Nothing,
    /// It has to wait for something else to end.
    Wait(WaitReason),
    /// It contradicts what the hub knows.
    Contradiction(Alarm),
    /// The active charge of its session is to be canceled first; then the step is to be made again.
    CancelFirst(Box<Charge>),
    /// The optimistic lock was lost: read the charge, and step again.
    Again,
}

/// The session of a charge as it was read, and the charge that holds its lock, where that is another one.
struct Read {
    session: Option<Session>,
    active: Option<Charge>,
}

/// Decides `report` on the charge as it was read, and stores the result. A payment that it shows to be no decline is then
/// counted as none. Its session is read only where the decision
/// needs it, or where the charge does not hold the session's lock.
pub(crate) async fn step(
    store: &Store,
    current: &Charge,
    report: &Report<'_>,
    record: Option<&Record>,
    circumstances: Circumstances,
) -> Result<Step, Refusal> {
    let mut read: Option<Read> = None;
    loop {
        let view = match &read {
            None => SessionView::Unread,
            Some(Read { session, active }) => SessionView::Read { session: session.as_ref(), active: active.as_ref() },
        };
        let settled = match current.decide(report, view, abilities, circumstances) {
            Decision::Nothing => return unchanged(store, current, record).await,
            Decision::Wait(reason) => return Ok(Step::Wait(reason)),
            Decision::Contradiction(alarm) => return Ok(Step::Contradiction(alarm)),
            Decision::Supersede => {
                let active = read.and_then(|read| read.active);
                return Ok(active.map_or(Step::Again, |active| Step::CancelFirst(Box::new(active))));
            }
            Decision::ReadSession => Settle::SessionLost,
            Decision::Store(mut write) => {
                let counted = card_testing::take_counted(&mut write.charge, report);
                // On the heap: the future of a transaction is large.
                match Box::pin(store.settle(current.version, &write, record)).await? {
                    Settle::Stored => {
                        card_testing::give_back(store, &counted, current.created_at).await;
                        return Ok(Step::Stored(Box::new(stored(current, *write))));
                    }
                    Settle::Known => return Ok(Step::Nothing),
                    lost @ (Settle::Lost | Settle::SessionLost) => lost,
                }
            }
        };
        match (settled, &read) {
            (Settle::SessionLost, None) => read = Some(read_session(store, current).await?),
            _ => return Ok(Step::Again),
        }
    }
}

/// The report changes nothing in the charge as it was read: its record is applied, unless the charge was written since.
async fn unchanged(store: &Store, current: &Charge, record: Option<&Record>) -> Result<Step, Refusal> {
    let Some(record) = record else { return Ok(Step::Nothing) };
    match store.record_unchanging(record, current.id, current.version).await? {
        Settle::Stored | Settle::Known => Ok(Step::Nothing),
        Settle::Lost | Settle::SessionLost => Ok(Step::Again),
    }
}

async fn read_session(store: &Store, charge: &Charge) -> Result<Read, Refusal> {
    let session = match charge.session {
        Some(id) => store.session(charge.client, id).await?,
        None => None,
    };
    let active = match session.as_ref().and_then(|session| session.lock).filter(|active| *active != charge.id) {
        Some(id) => store.charge(charge.client, id).await?,
        None => None,
    };
    Ok(Read { session, active })
}

/// The charge that was stored; what an operator must know of it is logged, with the number of the request concerned.
fn stored(before: &Charge, write: Write) -> Charge {
    let Write { charge, alarms, .. } = write;
    let is_stuck = charge.has_a_payment_that_cannot_be_refunded() && !before.has_a_payment_that_cannot_be_refunded();
    if alarms.is_empty() && !is_stuck {
        return charge;
    }
    let is_new = |(number, request): &(usize, &TransactionRequest)| before.request(*number) != Some(*request);
    let changed = (1..).zip(&charge.requests).filter(is_new).last();
    let request = changed.map_or(0, |(number, _)| number);
    for alarm in alarms {
        let advice = advice(alarm, changed.map(|(_, request)| request));
        tracing::error!(%alarm, charge = %charge.id, request, "{advice}");
    }
    if is_stuck {
        tracing::error!(alarm = %Alarm::DuplicatePayment, charge = %charge.id, request, "a payment that is not kept could not be refunded in time; refund it at its provider, then record that with `catraca charge settle … refunded`");
    }
    charge
}

/// What happened to the request that changed, and what an operator does.
fn advice(alarm: Alarm, changed: Option<&TransactionRequest>) -> &'static str {
    let is_refunded = changed.is_some_and(|request| request.hub_refund.is_some());
    let is_refund = changed.is_some_and(|request| request.kind == RequestKind::Void);
    match alarm {
        Alarm::DuplicatePayment if is_refund => {
            "the provider refused the hub's refund of a payment that is not kept, and the hub retries it daily; ask the provider why, and where it refunds the payment itself, record that with `catraca charge settle … refunded`"
        }
        Alarm::DuplicatePayment if is_refunded => {
            "the charge was paid once more than it should be; the hub refunds this payment. Check that the refund succeeds"
        }
        Alarm::DuplicatePayment => {
            "a payment is not kept, and its provider cannot refund it by the hub; refund it at its provider, then record that with `catraca charge settle … refunded`"
        }
        Alarm::LatePayment if !is_refunded => {
            "a card was approved after its payment had been published as failed or canceled, and is not kept; its provider cannot refund it by the hub, so refund it there"
        }
        Alarm::LatePayment => {
            "a card was approved after its payment had been published as failed or canceled; the hub refunds it by itself. Check that the refund succeeds"
        }
        Alarm::Underpaid => {
            "another amount was paid than was asked for, and it is recorded as it was paid; settle the difference with the merchant"
        }
        Alarm::CapturedAnotherAmount => {
            "another amount was captured than was asked for or was left of the reservation, and it is recorded as it was captured; compare the charge with its provider"
        }
        Alarm::CaptureFailed => {
            "the charge had been published as authorized and was not captured; capture it again, or release it by a void, before the merchant delivers"
        }
        Alarm::DebitedAgain => {
            "a dispute debited the payment once more, and that is recorded as a further debit; compare the dispute with the provider"
        }
        Alarm::ChargebackAbovePayment => {
            "chargebacks and refunds took more than was paid; compare the charge with its provider, and contest the dispute there where the money was refunded already"
        }
        Alarm::Ledger => {
            "the requests of the charge contradict each other, and nothing more is captured or refunded by the hub; compare the charge with its provider"
        }
        _ => "compare the charge with its provider, then use `catraca charge settle`",
    }
}
