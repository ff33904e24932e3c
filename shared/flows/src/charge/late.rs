//! Late payments: money for a charge that had failed or been canceled.

use domain::{
    charge::{Charge, LateMoney, Learned, SessionEffect, late::Late as Decided},
    refusal::Refusal,
};
use store::Store;

/// What is to be done with a late payment.
pub(crate) enum Late {
    /// To store this.
    Store(Box<Charge>, SessionEffect),
    /// To cancel the active charge of its session first.
    CancelFirst(Box<Charge>),
    /// To wait until the active charge of its session has ended.
    Wait,
    /// To decide again: the session was read while another charge took it.
    Again,
    /// Nothing.
    Nothing,
}

/// Decides what becomes of a late payment by its session as it is read now, and by the charge that has locked it.
pub(crate) async fn take(
    store: &Store,
    charge: &Charge,
    late: &LateMoney,
    can_refund: bool,
    learned: Learned,
) -> Result<Late, Refusal> {
    let session = match charge.session {
        Some(id) => store.session(charge.client, id).await?,
        None => None,
    };
    let active = match session.as_ref().and_then(|session| session.claim).filter(|active| *active != charge.id) {
        Some(id) => store.charge(charge.client, id).await?,
        None => None,
    };
    Ok(match charge.take_late(late, session.as_ref(), active.as_ref(), can_refund, learned) {
        Decided::Taken(charge, effect) => Late::Store(charge, effect),
        Decided::Owed(charge) => {
            tracing::warn!(charge = %charge.id, "an order was paid twice: the second payment will be given back");
            Late::Store(charge, SessionEffect::Keep)
        }
        Decided::Stuck(charge) => {
            tracing::error!(alarm = "second_payment", charge = %charge.id, "an order was paid twice, and the provider gives nothing back");
            Late::Store(charge, SessionEffect::Keep)
        }
        Decided::GiveUpFirst => active.map_or(Late::Again, |active| Late::CancelFirst(Box::new(active))),
        Decided::Wait => Late::Wait,
        Decided::Nothing => Late::Nothing,
    })
}
