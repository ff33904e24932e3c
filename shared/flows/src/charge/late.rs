//! Money that came after its charge had failed or been canceled (design §3, "Late money").

use domain::{
    charge::{Charge, LateMoney, SessionEffect, late::Late as Decided},
    refusal::Refusal,
};

use crate::{Hub, session::supersede::GivenUp};

/// What is to be done with late money.
pub(crate) enum Late {
    /// To store this.
    Store(Box<Charge>, SessionEffect),
    /// To wait until whoever holds the session has ended.
    Wait,
    /// To decide again: whoever held the session was given up, or has paid.
    Again,
    /// Nothing.
    Nothing,
}

impl Hub {
    /// Decides what becomes of late money by its session as it is read now, and by whoever holds that.
    pub(crate) async fn take_late(&self, charge: &Charge, late: &LateMoney) -> Result<Late, Refusal> {
        let session = match charge.session {
            Some(id) => self.store.session(charge.client, id).await?,
            None => None,
        };
        let holder = match session.as_ref().and_then(|session| session.claim).filter(|holder| *holder != charge.id) {
            Some(id) => self.store.charge(charge.client, id).await?,
            None => None,
        };
        let can_refund = self.abilities(charge).can_refund;
        let learned = self.learned(charge, None);
        Ok(match charge.take_late(late, session.as_ref(), holder.as_ref(), can_refund, learned) {
            Decided::Taken(charge, effect) => Late::Store(charge, effect),
            Decided::Owed(charge) => {
                tracing::warn!(charge = %charge.id, "an order was paid twice: the second payment will be given back");
                Late::Store(charge, SessionEffect::Keep)
            }
            Decided::Stuck(charge) => {
                tracing::error!(alarm = "second_payment", charge = %charge.id, "an order was paid twice, and the provider gives nothing back");
                Late::Store(charge, SessionEffect::Keep)
            }
            Decided::GiveUpFirst => match holder {
                Some(holder) => match Box::pin(self.give_up(holder, false)).await? {
                    GivenUp::Canceled | GivenUp::Paid => Late::Again,
                    GivenUp::Held => Late::Wait,
                },
                None => Late::Again,
            },
            Decided::Wait => Late::Wait,
            Decided::Nothing => Late::Nothing,
        })
    }
}
