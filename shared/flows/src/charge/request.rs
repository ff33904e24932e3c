//! One transaction request of a charge: what it may be, its intent stored, its call made.

use domain::{
    charge::{
        Charge, Learned, Outcome, SessionEffect,
        command::{Abilities, Ask, Asker},
        request::{RequestKind, Via},
    },
    ids::RequestId,
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

use crate::{
    hub::Hub,
    provider::{
        call::{self, unbuilt},
        executor::Sent,
    },
};

/// What came of the call of one request. The charge holds the request's intent, and not yet its outcome.
pub(crate) struct Answered {
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
    ask: Ask,
    asker: Asker,
    account: &ProviderAccount,
) -> Result<Option<Answered>, Refusal> {
    let via = Via { id: account.id, kind: account.kind };
    let charge = read.asked(ask, asker, via, hub.now());
    let number = charge.requests.len();
    let call = build(&charge, number, account)?;
    match hub.store.settle(read.version, &charge, SessionEffect::Keep, None).await? {
        Settle::Stored => {}
        Settle::Lost | Settle::SessionLost | Settle::Known => return Ok(None),
    }
    let (outcome, took_ms) = make_call(hub, &charge, number, account, &call).await;
    Ok(Some(Answered { charge, number, outcome, took_ms }))
}

/// What the provider of a charge can do for it.
#[must_use]
pub(crate) fn abilities(charge: &Charge) -> Abilities {
    let method = charge.method.kind();
    let can =
        |ability: fn(ProviderType, PaymentType) -> bool| charge.via().is_some_and(|via| ability(via.kind, method));
    Abilities { can_refund: can(can_refund), can_supersede: can(can_supersede) }
}

/// The merchant's account that took, reserved or registered the payment, if the merchant ever had it.
pub(crate) async fn account(hub: &Hub, charge: &Charge) -> Result<Option<ProviderAccount>, Refusal> {
    let merchant = hub.store.merchant(charge.client, charge.merchant, hub.now()).await?;
    let account = |id| merchant.as_ref().and_then(|merchant| merchant.account(id)).cloned();
    Ok(charge.via().and_then(|via| account(via.id)))
}

fn build(charge: &Charge, number: usize, account: &ProviderAccount) -> Result<HttpRequest, Refusal> {
    with_change(charge, number, |operation| adapter(account).prepare(account, operation))
        .ok_or(Refusal::Internal)?
        .map_err(|error| unbuilt(&error))
}

/// Makes the call, unless its time is over.
async fn make_call(
    hub: &Hub,
    charge: &Charge,
    number: usize,
    account: &ProviderAccount,
    call: &HttpRequest,
) -> (Outcome, Option<u32>) {
    let started = hub.now();
    let call_before = charge.request(number).map(|request| request.call_before);
    let Some(call_before) = call_before.filter(|call_before| started < *call_before) else {
        return (Outcome::NotSent, None);
    };
    let outcome = match call::send(hub, charge.client, account, call, call_before.since(started)).await {
        Sent::Answered(answer) => {
            let said = with_change(charge, number, |operation| adapter(account).outcome(operation, &answer));
            said.unwrap_or(Outcome::Unknown)
        }
        Sent::Lost => Outcome::Unknown,
        Sent::Never => Outcome::NotSent,
    };
    (outcome, u32::try_from(hub.now().since(started).as_millis()).ok())
}

/// What is stored beside an outcome that is learned now.
pub(crate) fn learned(hub: &Hub, charge: &Charge, took_ms: Option<u32>) -> Learned {
    Learned { at: hub.now(), took_ms, id: next_id(hub, charge) }
}

/// The id of the request that would be appended next by the hub itself.
pub(crate) fn next_id(hub: &Hub, charge: &Charge) -> RequestId {
    let number = charge.requests.len().saturating_add(1);
    RequestId::new(hub.secrets.derived(charge.id.uuid(), &format!("request {number}")))
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
