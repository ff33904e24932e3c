//! A charge is captured, voided or given up: intent, call, settle.

use domain::{
    charge::{
        Charge, Outcome, SessionEffect,
        command::{Abilities, Ask, Asker, Command},
        request::{RequestKind, Via},
    },
    ids::{ChargeId, ClientId, RequestId, SessionId},
    limits::STALE_INTENT,
    merchant::{ProviderAccount, ProviderType},
    method::PaymentType,
    money::Money,
    refusal::Refusal,
};
use providers::{
    Change, HttpRequest, Operation, adapter,
    capabilities::{can_refund, can_supersede},
};
use store::charges::Settle;

use crate::{Hub, attempt::Attempt, payment::prepare::unbuilt, provider::executor::Sent};

/// How often a change of a charge that was written meanwhile is decided anew.
const TRIES: u32 = 4;

/// A charge after a capture or a void.
#[derive(Debug)]
pub struct Changed {
    /// The charge.
    pub charge: Charge,
    /// The number of the request that this is the answer of, from 1.
    pub number: usize,
    /// Whether this answers a repeat.
    pub is_repeat: bool,
}

impl Hub {
    /// The account's charge of this id, or the charge that paid the session of this id (design §4, "id of a paid
    /// session").
    ///
    /// # Errors
    /// [`Refusal::UnknownCharge`], or the store's refusals.
    pub async fn charge_by(&self, client: ClientId, id: ChargeId) -> Result<Charge, Refusal> {
        if let Some(charge) = self.store.charge(client, id).await? {
            return Ok(charge);
        }
        let session = self.store.session(client, SessionId::new(id.uuid())).await?.ok_or(Refusal::UnknownCharge)?;
        let paid_by = session.claim.ok_or(Refusal::UnknownCharge)?;
        self.store.charge(client, paid_by).await?.ok_or(Refusal::UnknownCharge)
    }

    /// Captures or voids a charge; where the attempt was made before, what that came to.
    ///
    /// # Errors
    /// What refuses the change, [`Refusal::KeyReused`], [`Refusal::Processing`], or the store's refusals.
    pub async fn change(&self, attempt: &Attempt, charge: Charge, command: Command) -> Result<Changed, Refusal> {
        let body = self.body(attempt, None).as_sent;
        let mut current = charge;
        for _ in 0..TRIES {
            if let Some(number) = current.number_of(RequestId::new(attempt.id)) {
                return self.changed_before(current, number, &body).await; // seen before any refusal
            }
            let ask = current.decide(command, self.abilities(&current))?;
            let account = self.account_of(&current).await?.ok_or(Refusal::NoAccount)?;
            let asker = Asker { id: RequestId::new(attempt.id), body: Some(body.clone()), ends_session: false };
            if let Some((charge, number)) = self.carry_out(&current, ask, asker, &account).await? {
                return Ok(Changed { charge, number, is_repeat: false });
            }
            current = self.store.charge(current.client, current.id).await?.ok_or(Refusal::UnknownCharge)?;
        }
        Err(Refusal::Contention)
    }

    /// Stores the intent, calls the provider and settles; none where the charge was written since it was read, and
    /// nothing was stored or sent.
    pub(crate) async fn carry_out(
        &self,
        read: &Charge,
        ask: Ask,
        asker: Asker,
        account: &ProviderAccount,
    ) -> Result<Option<(Charge, usize)>, Refusal> {
        let via = Via { id: account.id, kind: account.kind };
        let intent = read.asked(ask, asker, via, self.clock.now());
        let number = intent.requests.len();
        let call = Self::build_change(&intent, number, account)?;
        match self.store.settle(read.version, &intent, SessionEffect::Keep, None).await? {
            Settle::Stored => {}
            Settle::Lost | Settle::SessionLost | Settle::Known => return Ok(None),
        }
        let (outcome, took_ms) = self.call_change(&intent, number, account, &call).await;
        Ok(Some((self.settle(intent, number, outcome, took_ms).await, number)))
    }

    async fn changed_before(&self, charge: Charge, number: usize, body: &str) -> Result<Changed, Refusal> {
        let request = charge.request(number).ok_or(Refusal::Internal)?;
        if request.body.as_deref() != Some(body) {
            return Err(Refusal::KeyReused);
        }
        if request.answered().is_some() {
            return Ok(Changed { charge, number, is_repeat: true });
        }
        if self.clock.now().since(request.created_at) <= STALE_INTENT {
            return Err(Refusal::Processing);
        }
        let charge = self.reconcile(charge, number).await?;
        let is_answered = charge.request(number).is_some_and(|request| request.answered().is_some());
        if is_answered { Ok(Changed { charge, number, is_repeat: true }) } else { Err(Refusal::Processing) }
    }

    /// What the provider of a charge can do for it.
    #[must_use]
    pub fn abilities(&self, charge: &Charge) -> Abilities {
        let method = charge.method.kind();
        let can =
            |ability: fn(ProviderType, PaymentType) -> bool| charge.via().is_some_and(|via| ability(via.kind, method));
        Abilities { can_refund: can(can_refund), can_supersede: can(can_supersede) }
    }

    /// The merchant's account that took, reserved or registered the payment, if the merchant ever had it.
    pub(crate) async fn account_of(&self, charge: &Charge) -> Result<Option<ProviderAccount>, Refusal> {
        let merchant = self.store.merchant(charge.client, charge.merchant, self.clock.now()).await?;
        let account = |id| merchant.as_ref().and_then(|merchant| merchant.account(id)).cloned();
        Ok(charge.via().and_then(|via| account(via.id)))
    }

    fn build_change(charge: &Charge, number: usize, account: &ProviderAccount) -> Result<HttpRequest, Refusal> {
        with_change(charge, number, |operation| adapter(account).prepare(account, operation))
            .ok_or(Refusal::Internal)?
            .map_err(|error| unbuilt(&error))
    }

    /// Makes the call, unless its time is over.
    async fn call_change(
        &self,
        charge: &Charge,
        number: usize,
        account: &ProviderAccount,
        call: &HttpRequest,
    ) -> (Outcome, Option<u32>) {
        let started = self.clock.now();
        let call_before = charge.request(number).map(|request| request.call_before);
        let Some(call_before) = call_before.filter(|call_before| started < *call_before) else {
            return (Outcome::NotSent, None);
        };
        let outcome = match self.reach(charge.client, account, call, call_before.since(started)).await {
            Sent::Answered(answer) => {
                let said = with_change(charge, number, |operation| adapter(account).outcome(operation, &answer));
                said.unwrap_or(Outcome::Unknown)
            }
            Sent::Lost => Outcome::Unknown,
            Sent::Never => Outcome::NotSent,
        };
        (outcome, u32::try_from(self.clock.now().since(started).as_millis()).ok())
    }
}

/// What `tell` makes of the operation that the request at `number` is; none where it is no change of a payment.
fn with_change<T>(charge: &Charge, number: usize, tell: impl FnOnce(&Operation<'_>) -> T) -> Option<T> {
    let request = charge.request(number)?;
    let (reference, payment) = (charge.reference(number).to_string(), charge.reference(charge.payment()).to_string());
    let receipt = charge.request(charge.payment()).and_then(|payment| payment.latest()).map(|answer| &answer.receipt);
    let asked = Change {
        reference: &reference,
        payment: &payment,
        transaction_id: receipt.and_then(|receipt| receipt.transaction_id.as_deref()),
        method: &charge.method,
        money: Money { amount: request.amount, currency: charge.currency },
        card_last_digit: charge.card_last_digit(),
        created_at: request.created_at,
    };
    let operation = match request.kind {
        RequestKind::Capture => Operation::Capture(asked),
        RequestKind::Void => Operation::Void(asked),
        RequestKind::Cancel => Operation::Cancel(asked),
        RequestKind::Pending
        | RequestKind::Authorization
        | RequestKind::PreAuthorization
        | RequestKind::ChargeBack
        | RequestKind::Dispute
        | RequestKind::DisputeClosed
        | RequestKind::RevertVoid => return None,
    };
    Some(tell(&operation))
}
