//! A session whose payment waits for its buyer is paid another way, or given up (design §3, "Superseding").

use domain::{
    charge::{
        Charge,
        command::{Asker, Command},
        status::Status,
    },
    ids::ChargeId,
    method::PaymentType,
    refusal::Refusal,
    session::{Command as SessionCommand, Decision, Session},
};

use crate::Hub;

/// How a session that somebody holds can be paid by somebody else.
#[derive(Debug)]
pub enum Way {
    /// This payment is to be given up first.
    Past(Box<Charge>),
    /// The payment that holds it is the one that is asked for.
    Same(Box<Charge>),
}

/// What became of a payment that was to be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenUp {
    /// It is canceled, and its session free.
    Canceled,
    /// Its buyer had paid it.
    Paid,
    /// It still holds its session: what the provider did is not known, or somebody else is at it.
    Held,
}

impl Hub {
    /// How `session`, which `holder` holds, can be paid by `method`. Nothing is sent.
    ///
    /// # Errors
    /// [`Refusal::SessionHeld`] where the holder does not give way, then what is wrong with the session itself.
    pub async fn way_past(&self, session: &Session, holder: ChargeId, method: PaymentType) -> Result<Way, Refusal> {
        let now = self.clock.now();
        let live = self.store.charge(session.client, holder).await?.ok_or(Refusal::SessionHeld)?;
        if !live.gives_way() || !self.abilities(&live).can_supersede {
            return Err(Refusal::SessionHeld);
        }
        let is_payable = live.payable().is_some() && live.expires_at().is_none_or(|end| end > now);
        if live.method.kind() == method && is_payable {
            session.open_for(method, now)?; // no attempt more
            return Ok(Way::Same(Box::new(live)));
        }
        session.payable(method, now)?;
        Ok(Way::Past(Box::new(live)))
    }

    /// Gives up the payment that holds `session`: the session as it can be claimed then.
    ///
    /// # Errors
    /// [`Refusal::SessionPaid`] where its buyer was faster, [`Refusal::SessionHeld`] where that is not known.
    pub async fn supersede(&self, session: &Session, live: Charge, method: PaymentType) -> Result<Session, Refusal> {
        match self.give_up(live, false).await? {
            GivenUp::Paid => return Err(Refusal::SessionPaid),
            GivenUp::Held => return Err(Refusal::SessionHeld),
            GivenUp::Canceled => {}
        }
        let freed = self.session(session.client, session.id).await?;
        match freed.decide(SessionCommand::Pay(method), self.clock.now()) {
            Ok(Decision::Held(_)) => Err(Refusal::SessionHeld),
            Ok(Decision::Claim | Decision::Cancel | Decision::SetActive(_) | Decision::Nothing) => Ok(freed),
            Err(refusal) => Err(refusal),
        }
    }

    /// Asks the provider to give up an unpaid payment. Where it refuses, the payment itself is asked about: its buyer
    /// may have been faster.
    pub(crate) async fn give_up(&self, live: Charge, ends_session: bool) -> Result<GivenUp, Refusal> {
        let Ok(ask) = live.decide(Command::Cancel, self.abilities(&live)) else { return Ok(standing(&live)) };
        let Some(account) = self.account_of(&live).await? else { return Ok(GivenUp::Held) };
        let asker = Asker { id: self.next_request(&live), body: None, ends_session };
        let Some((charge, number)) = self.carry_out(&live, ask, asker, &account).await? else {
            return Ok(GivenUp::Held);
        };
        let is_refused = charge.request(number).is_some_and(domain::charge::request::TransactionRequest::is_final);
        if charge.status() == Status::Pending && is_refused {
            let payment = charge.payment();
            let outcome = self.ask(&charge, payment, &account).await;
            return Ok(standing(&self.settle(charge, payment, outcome, None).await));
        }
        Ok(standing(&charge))
    }
}

fn standing(charge: &Charge) -> GivenUp {
    match charge.status() {
        Status::Canceled | Status::Failed => GivenUp::Canceled,
        Status::Pending | Status::PreAuthorized => GivenUp::Held,
        Status::Authorized | Status::Voided | Status::ChargedBack | Status::RefundPending => GivenUp::Paid,
    }
}
