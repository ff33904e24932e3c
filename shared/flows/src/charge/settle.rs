//! One step: what was learned of a charge is applied to it as it was read, and stored if nothing was written meanwhile.
//! The step knows the store and the domain alone; who calls it decides what follows.

use domain::{
    charge::{Charge, LateMoney, Learned, Outcome, SessionEffect, Settled, request::Receipt},
    refusal::Refusal,
};
use store::{Store, charges::Settle, inbox::Record};

use crate::charge::late::{self, Late};

/// From where something was learned.
pub(crate) enum Source<'a> {
    /// The request at this number was answered, or asked about.
    Answer { number: usize, outcome: &'a Outcome },
    /// A provider's notification.
    Notice(&'a Record),
}

/// What one step came to. Nothing was written unless it is stored.
pub(crate) enum Step {
    /// It is stored, together with its record if it came by a notification: the charge as it is now.
    Stored(Box<Charge>),
    /// It changes nothing.
    Nothing,
    /// It has to wait for something else to end.
    Wait,
    /// It contradicts what the hub knows; that was logged.
    Alarm,
    /// The active charge of its session is to be canceled first; then the step is to be made again.
    CancelFirst { active: Box<Charge>, beside: bool },
    /// The optimistic lock was lost: read the charge, and step again.
    Again { beside: bool },
}

/// Applies what was `learned` to the charge as it was read, and stores it.
pub(crate) async fn step(
    store: &Store,
    current: &Charge,
    source: &Source<'_>,
    learned: Learned,
    can_refund: bool,
) -> Result<Step, Refusal> {
    let (settled, record) = match source {
        Source::Answer { number, outcome } => (current.settle(*number, (*outcome).clone(), learned), None),
        Source::Notice(record) => (current.hear(&record.notice, learned), Some(*record)),
    };
    let (late, beside) = match settled {
        Settled::Unchanged => return Ok(Step::Nothing),
        Settled::NotYet => return Ok(Step::Wait),
        Settled::Alarm(alarm) => {
            tracing::error!(alarm, charge = %current.id, "a provider says what cannot be; nothing was changed");
            return Ok(Step::Alarm);
        }
        Settled::Late(late) => (late, false),
        // The session was taken from it meanwhile: its money is late, even if it is not.
        Settled::Changed(next, _) if current.beside_session && next.was_paid() && !current.was_paid() => {
            (LateMoney { amount: next.amount(), receipt: Receipt::default() }, true)
        }
        Settled::Changed(next, effect) => return write(store, current, *next, effect, record).await,
    };
    let learned = Learned { took_ms: None, ..learned };
    let taken = if beside {
        let inside = Charge { beside_session: false, ..current.clone() };
        late::take(store, &inside, &late, can_refund, learned).await?
    } else {
        late::take(store, current, &late, can_refund, learned).await?
    };
    match taken {
        Late::Store(next, effect) => write(store, current, *next, effect, record).await,
        Late::CancelFirst(active) => Ok(Step::CancelFirst { active, beside }),
        Late::Wait => Ok(Step::Wait),
        Late::Again => Ok(Step::Again { beside }),
        Late::Nothing => Ok(Step::Nothing),
    }
}

async fn write(
    store: &Store,
    current: &Charge,
    next: Charge,
    effect: SessionEffect,
    record: Option<&Record>,
) -> Result<Step, Refusal> {
    match store.settle(current.version, &next, effect, record).await? {
        Settle::Stored => {
            if next.has_given_up_giving_back() {
                tracing::error!(alarm = "second_payment", charge = %next.id, "money is owed and cannot be given back");
            }
            Ok(Step::Stored(Box::new(next)))
        }
        Settle::Known => Ok(Step::Stored(Box::new(current.clone()))),
        Settle::Lost => Ok(Step::Again { beside: false }),
        Settle::SessionLost => {
            let session = match next.session {
                Some(id) => store.session(next.client, id).await?,
                None => None,
            };
            let beside = session.is_none_or(|session| session.claim != Some(next.id));
            Ok(Step::Again { beside })
        }
    }
}
