//! One transaction request of a charge: its intent is stored, its call made.

use domain::{
    charge::{
        Charge, Circumstances, Outcome,
        command::{Intent, Requester},
        request::{RequestKind, Via},
    },
    ids::{ChargeId, RequestId},
    merchant::ProviderAccount,
    money::Money,
    refusal::Refusal,
};
use providers::{Change, HttpAnswer, HttpRequest, Operation, adapter};

use crate::{
    hub::Hub,
    provider::call::{self, unbuilt},
};

/// The outcome of the call of one request. The charge holds the request's intent, and not yet its outcome.
pub(crate) struct CallOutcome {
    pub(crate) charge: Charge,
    /// The request, from 1.
    pub(crate) number: usize,
    pub(crate) outcome: Outcome,
    /// How long the provider took, in milliseconds, where it was waited for.
    pub(crate) took_ms: Option<u32>,
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
    let call = build(&charge, number, account)?;
    if !hub.store.change_charge(read.version, &charge).await? {
        return Ok(None);
    }
    let read = |answer: &HttpAnswer| {
        let outcome = with_change(&charge, number, |operation| adapter(account).outcome(operation, answer));
        outcome.unwrap_or(Outcome::Unknown)
    };
    let (outcome, took_ms) = call::timed(hub, &charge, number, account, &call, read).await;
    Ok(Some(CallOutcome { charge, number, outcome, took_ms }))
}

/// The merchant's account at the provider that the request at `number` went to, if the merchant ever had it. The cached
/// merchant may be a minute old: a missing account is looked up again in the table.
pub(crate) async fn account_of(hub: &Hub, charge: &Charge, number: usize) -> Result<Option<ProviderAccount>, Refusal> {
    let Some(via) = charge.request(number).map(|request| request.via) else { return Ok(None) };
    let cached = hub.store.merchant(charge.client, charge.merchant, hub.now()).await?;
    if let Some(account) = cached.as_ref().and_then(|merchant| merchant.account(via.id)) {
        return Ok(Some(account.clone()));
    }
    let stored = hub.store.stored_merchant(charge.client, charge.merchant, hub.now()).await?;
    Ok(stored.as_ref().and_then(|merchant| merchant.account(via.id)).cloned())
}

fn build(charge: &Charge, number: usize, account: &ProviderAccount) -> Result<HttpRequest, Refusal> {
    with_change(charge, number, |operation| adapter(account).prepare(account, operation))
        .ok_or(Refusal::Internal)?
        .map_err(|error| unbuilt(&error))
}

/// The circumstances of a report that comes now.
pub(crate) fn circumstances(hub: &Hub, charge: &Charge, took_ms: Option<u32>) -> Circumstances {
    let step = charge.step().saturating_add(1);
    let id = RequestId::new(hub.secrets.derived(charge.id.uuid(), &format!("step {step}")));
    Circumstances { at: hub.now(), took_ms, id }
}

/// The id of the request that is appended next to `charge` by the hub itself.
pub(crate) fn next_id(hub: &Hub, charge: &Charge) -> RequestId {
    id(hub, charge.id, charge.requests.len().saturating_add(1))
}

/// The id of the request at `number` of a charge that the hub makes: the same for every replay.
pub(crate) fn id(hub: &Hub, charge: ChargeId, number: usize) -> RequestId {
    RequestId::new(hub.secrets.derived(charge.uuid(), &format!("request {number}")))
}

/// What `read` makes of the operation that the request at `number` is; none where it is no change of a payment.
fn with_change<T>(charge: &Charge, number: usize, read: impl FnOnce(&Operation<'_>) -> T) -> Option<T> {
    let request = charge.request(number)?;
    let payment = charge.reference(charge.payment_of(number)).to_string();
    let reference = charge.reference(number).to_string();
    let asked = Change {
        reference: &reference,
        payment: &payment,
        transaction_id: charge.transaction_of(number),
        method: &charge.method,
        money: Money { amount: request.amount, currency: charge.currency },
        card: charge.source.card(),
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
        | RequestKind::ChargeBackReversal
        | RequestKind::Dispute
        | RequestKind::DisputeClosed
        | RequestKind::RevertVoid => return None,
    };
    Some(read(&operation))
}
