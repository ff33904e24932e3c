//! Simulated changes of charges in the sandbox: the hub asks the bank for one, and the bank's own signed notification
//! settles the charge. So the charge and the bank agree.

use domain::{
    charge::{
        Charge,
        fraud::{FraudAnalysis, Verdict},
        request::{Origin, Receipt},
        status::Status,
        update::{Reference, UpdateKind},
    },
    method::PaymentType,
    money::Amount,
    refusal::Refusal,
};
use providers::{
    capabilities::abilities,
    sandbox::{self, Simulate, simulated},
};

use crate::{
    charge::{conclude, request},
    hub::Hub,
    provider::{
        call::{self, unbuilt},
        executor::Sent,
        notification::{self, Called},
    },
    retry::Retry,
    stage::Stage,
    vault::random_id,
};

/// How long the bank may take to answer.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

/// Has the sandbox's bank bring the charge into `status`: the charge as it is then.
///
/// # Errors
/// [`Refusal::NoSandbox`] where real payments are served, [`Refusal::NotSimulated`], or the store's refusals.
pub async fn simulate(hub: &Hub, charge: Charge, status: Status) -> Result<Charge, Refusal> {
    sandbox_only(hub)?;
    let (reference, kind) = update_for(&charge, status)?;
    let account = request::account_of(hub, &charge, charge.payment()).await?.ok_or(Refusal::NoAccount)?;
    let (id, key) = (random_id()?.to_string(), notification::key(hub, account.id));
    let order = Simulate { reference, id: &id, kind: &kind, key: &key, created_at: hub.now() };
    let request = sandbox::simulate(&order).map_err(|error| unbuilt(&error))?;
    let signed = match call::send(hub, charge.client, &account, &request, LIMIT).await {
        Sent::Answered(answer) => simulated(&answer).ok_or(Refusal::NotConfirmed)?,
        Sent::Lost | Sent::Never => return Err(Refusal::NotConfirmed),
    };
    let called = Called { client: charge.client, account };
    for record in notification::verify(hub, &called, &signed.call())?.into_iter().flatten() {
        conclude::update(hub, record).await?;
    }
    hub.store.charge(charge.client, charge.id).await?.ok_or(Refusal::UnknownCharge)
}

fn sandbox_only(hub: &Hub) -> Result<(), Refusal> {
    match hub.executor.stage() {
        Stage::Sandbox => Ok(()),
        Stage::Production => Err(Refusal::NoSandbox),
    }
}

/// The provider update by which the bank brings the charge into `status`, and what it is about.
fn update_for(charge: &Charge, status: Status) -> Result<(Reference, UpdateKind), Refusal> {
    let possible = possible(charge, charge.abilities(abilities).can_refund());
    if !possible.contains(&status) {
        return Err(Refusal::NotSimulated { status, possible });
    }
    let payment = charge.reference(charge.payment());
    let left = charge.available();
    Ok(match status {
        Status::Authorized => {
            let (amount, receipt) = (charge.original_amount, Receipt::default());
            (payment, UpdateKind::Paid { amount, receipt })
        }
        Status::RefundPending => (payment, UpdateKind::RefundBegun { amount: left }),
        // A provider update names some money: where nothing is left, the payment's amount.
        Status::ChargedBack => {
            let amount = Some(charge.amount()).filter(|left| *left > Amount::ZERO);
            (payment, UpdateKind::ChargedBack { amount: amount.unwrap_or(charge.original_amount), dispute: None })
        }
        // The refund that is under way, or else all that is left. One that began at the bank has no other name there
        // than its payment's.
        _ => match charge.refunds_under_way().next() {
            Some((_, request)) if request.origin == Origin::Provider => {
                (payment, UpdateKind::Refunded { amount: request.amount, transaction: None })
            }
            Some((number, request)) => {
                (charge.reference(number), UpdateKind::Refunded { amount: request.amount, transaction: None })
            }
            None => (payment, UpdateKind::Refunded { amount: left, transaction: None }),
        },
    })
}

/// Changes the verdict of the fraud analysis of a charge.
///
/// # Errors
/// [`Refusal::NoSandbox`], [`Refusal::NoFraudAnalysis`], or the store's refusals.
pub async fn change_verdict(hub: &Hub, charge: Charge, verdict: Verdict) -> Result<Charge, Refusal> {
    sandbox_only(hub)?;
    let mut current = charge;
    let mut retry = Retry::new();
    loop {
        let judged = current.judged(FraudAnalysis { verdict }, hub.now()).ok_or(Refusal::NoFraudAnalysis)?;
        if hub.store.change_charge(current.version, &judged).await? {
            return Ok(judged);
        }
        retry.again().await?;
        current = hub.store.charge(current.client, current.id).await?.ok_or(Refusal::UnknownCharge)?;
    }
}

/// The statuses into which the bank can bring a charge: those that the public API lists for its method, as far as they
/// follow from its status.
fn possible(charge: &Charge, can_refund: bool) -> Vec<Status> {
    let has_something_left = charge.available() > Amount::ZERO;
    let listed: &[Status] = match charge.method.kind() {
        PaymentType::Pix => &[Status::Authorized, Status::Voided, Status::RefundPending, Status::ChargedBack],
        PaymentType::Drip => &[Status::Authorized, Status::Voided],
        PaymentType::Credit | PaymentType::Boleto => &[Status::Authorized, Status::Voided, Status::ChargedBack],
    };
    let is_asynchronous = charge.method.kind().is_asynchronous();
    let follows = |to: &Status| match (charge.status(), to) {
        (Status::Pending | Status::Failed, Status::Authorized)
        | (Status::RefundPending, Status::Voided)
        | (Status::Authorized | Status::RefundPending | Status::Voided, Status::ChargedBack) => true,
        (Status::Canceled, Status::Authorized) => is_asynchronous,
        (Status::Authorized, Status::Voided | Status::RefundPending) => can_refund && has_something_left,
        (Status::PreAuthorized, Status::Voided) => has_something_left,
        _ => false,
    };
    listed.iter().copied().filter(follows).collect()
}
