//! One transaction request of a charge: its intent is stored, its call made.

use domain::{
    charge::{
        Charge, Circumstances, Outcome,
        command::{Intent, Requester},
        request::{RequestKind, TransactionRequest, Via},
        status::Status,
    },
    ids::{ChargeId, ProviderAccountId, RequestId},
    merchant::ProviderAccount,
    money::Money,
    refusal::Refusal,
};
use providers::{Change, Operation, Reading, adapter};

use crate::{
    hub::Hub,
    provider::{
        asked::Done,
        call::{self, unbuilt},
        cause::Cause,
    },
};

/// What a provider's answers say of one request. The charge holds the request's intent, and not yet its outcome.
pub(crate) struct CallOutcome {
    pub(crate) charge: Charge,
    /// The request, from 1.
    pub(crate) number: usize,
    /// What they say.
    pub(crate) done: Done,
}

/// Stores the intent and calls the provider; none where the charge was written since it was read, and nothing was
/// stored or sent.
pub(crate) async fn send(
    hub: &Hub,
    read: &Charge,
    intent: Intent,
    requester: Requester,
    account: &ProviderAccount,
) -> Result<Option<CallOutcome>, Refusal> {
    let via = Via { id: account.id, kind: account.kind };
    let charge = read.with_intent(intent, requester, via, hub.now());
    let number = charge.requests.len();
    let changed = Changed::of(&charge, number);
    let operation = changed.operation().ok_or(Refusal::Internal)?;
    let first = adapter(account).begin(account, &operation).map_err(|error| unbuilt(account, &error))?;
    if !hub.store.change_charge(read.version, &charge).await? {
        return Ok(None);
    }
    let done = call::carry_out(hub, &charge, number, account, &operation, &first).await;
    Ok(Some(CallOutcome { charge, number, done }))
}

/// Has the change that the request at `number` is retried under its reference, word for word as it was built first:
/// what the provider answers now.
pub(crate) async fn retry(hub: &Hub, charge: &Charge, number: usize, account: &ProviderAccount) -> Done {
    let unknown = || Reading::from(Outcome::Unknown).into();
    let Some(step) = charge.request(number).map(|request| request.step) else { return unknown() };
    let then = charge.as_of(step);
    let changed = Changed { is_retry: true, ..Changed::of(&then, number) };
    let Some(operation) = changed.operation() else { return unknown() };
    call::retry(hub, charge.client, account, &operation, &changed.reference).await
}

/// The merchant's account at the provider that the request at `number` went to, if the merchant ever had it. The cached
/// merchant may be a minute old: a missing account is looked up again in the table.
pub(crate) async fn account_of(hub: &Hub, charge: &Charge, number: usize) -> Result<Option<ProviderAccount>, Refusal> {
    let Some(via) = charge.request(number).map(|request| request.via) else { return Ok(None) };
    account(hub, charge, via.id).await
}

/// The account with this id of the charge's merchant; none where the merchant has, and had, none.
pub(crate) async fn account(
    hub: &Hub,
    charge: &Charge,
    id: ProviderAccountId,
) -> Result<Option<ProviderAccount>, Refusal> {
    let cached = hub.store.merchant(charge.client, charge.merchant, hub.now()).await?;
    if let Some(account) = cached.as_ref().and_then(|merchant| merchant.account(id)) {
        return Ok(Some(account.clone()));
    }
    let stored = hub.store.stored_merchant(charge.client, charge.merchant, hub.now()).await?;
    Ok(stored.as_ref().and_then(|merchant| merchant.account(id)).cloned())
}

/// The circumstances of a report that comes now, of a call where there was one.
pub(crate) fn circumstances(hub: &Hub, charge: &Charge, done: Option<&Done>) -> Circumstances {
    let step = charge.step().saturating_add(1);
    let id = RequestId::new(hub.secrets.derived(charge.id.uuid(), &format!("step {step}")));
    Circumstances {
        at: hub.now(),
        took_ms: done.and_then(|done| done.took_ms),
        ask_after: done.and_then(|done| done.ask_after),
        not_sent: done.and_then(|done| done.cause).map(Cause::decline),
        id,
    }
}

/// The id of the request that is appended next to `charge` by the hub itself.
pub(crate) fn next_id(hub: &Hub, charge: &Charge) -> RequestId {
    id(hub, charge.id, charge.requests.len().saturating_add(1))
}

/// The id of the request at `number` of a charge that the hub makes: the same for every replay.
pub(crate) fn id(hub: &Hub, charge: ChargeId, number: usize) -> RequestId {
    RequestId::new(hub.secrets.derived(charge.uuid(), &format!("request {number}")))
}

/// The change of a payment that the request at `number` is, of the charge as it was when that was stored.
struct Changed<'a> {
    charge: &'a Charge,
    number: usize,
    reference: String,
    payment: String,
    is_retry: bool,
}

impl<'a> Changed<'a> {
    fn of(charge: &'a Charge, number: usize) -> Self {
        let payment = charge.reference(charge.payment_of(number)).to_string();
        Self { charge, number, reference: charge.reference(number).to_string(), payment, is_retry: false }
    }

    /// Whether the payment is a reservation that was not captured. One that is not kept has a state of its own: to capture
    /// the other captures nothing of it.
    fn is_reserved(&self, request: &TransactionRequest) -> bool {
        let not_kept = request.about.and_then(|number| self.charge.request(number));
        not_kept.map_or_else(
            || self.charge.status() == Status::PreAuthorized,
            |payment| payment.kind == RequestKind::PreAuthorization,
        )
    }

    /// What the provider is asked for; none where the request is no change of a payment.
    fn operation(&self) -> Option<Operation<'_>> {
        let request = self.charge.request(self.number)?;
        let money = |amount| Money { amount, currency: self.charge.currency };
        let asked = Change {
            reference: &self.reference,
            payment: &self.payment,
            transaction_id: self.charge.transaction_of(self.number),
            method: &self.charge.method,
            money: money(request.amount),
            is_reserved: self.is_reserved(request),
            is_untouched: self.charge.is_untouched_beside(self.number),
            // Of a payment that is not kept all that is left is refunded.
            left: money(if request.about.is_some() { request.amount } else { self.charge.amount() }),
            card: self.charge.source.card(),
            created_at: request.created_at,
            is_retry: self.is_retry,
        };
        match request.kind {
            RequestKind::Capture => Some(Operation::Capture(asked)),
            RequestKind::Void => Some(Operation::Void(asked)),
            RequestKind::Cancel => Some(Operation::Cancel(asked)),
            RequestKind::Pending
            | RequestKind::Authorization
            | RequestKind::PreAuthorization
            | RequestKind::ChargeBack
            | RequestKind::ChargeBackReversal
            | RequestKind::Dispute
            | RequestKind::DisputeClosed
            | RequestKind::RevertVoid => None,
        }
    }
}
