//! Simulated changes of charges in the sandbox: the hub asks the bank for one, and the bank's own signed notification
//! settles the charge. So the charge and the bank agree.

use domain::{
    charge::{
        Charge,
        fraud::{FraudAnalysis, Verdict},
        status::Status,
    },
    refusal::Refusal,
};
use providers::sandbox::{self, Simulate, simulated};

use crate::{
    charge::{conclude, request},
    hub::Hub,
    provider::{
        call::unbuilt,
        connection::Sent,
        line::Line,
        notification::{self, Called},
        send::send,
    },
    retry::Retry,
    stage::Stage,
    vault::{self, random_id},
};

/// How long the bank may take to answer.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

/// Has the sandbox's bank bring the charge into `status`: the charge as it is then.
///
/// # Errors
/// [`Refusal::NoSandbox`] where real payments are served, [`Refusal::NotSimulated`], or the store's refusals.
pub async fn simulate(hub: &Hub, charge: Charge, status: Status) -> Result<Charge, Refusal> {
    sandbox_only(hub)?;
    let (reference, kind) =
        sandbox::update_for(&charge, status).map_err(|possible| Refusal::NotSimulated { status, possible })?;
    let account = request::account_of(hub, &charge, charge.payment()).await?.ok_or(Refusal::NoProviderAccount)?;
    let keys = vault::notification_keys(hub, charge.client).await?;
    let (id, key) = (random_id()?.to_string(), notification::key(&keys, account.id));
    let order = Simulate { reference, id: &id, kind: &kind, key: &key, created_at: hub.now() };
    let request = sandbox::simulate(&order).map_err(|error| unbuilt(&account, &error))?;
    let started = hub.now();
    let named = charge.reference(charge.payment()).to_string();
    let client = charge.client;
    let line = Line { client, account: &account, operation: "simulate", reference: &named, started };
    let signed = match send(hub, client, line, &request, started.plus(LIMIT)).await {
        Sent::Answered(answer) => simulated(&answer).ok_or(Refusal::NotConfirmed)?,
        Sent::Lost(_) | Sent::Never(_) => return Err(Refusal::NotConfirmed),
    };
    let called = Called { client, account };
    for record in notification::verify(hub, &called, &signed.call()).await?.into_iter().flatten() {
        conclude::update(hub, record).await?;
    }
    hub.store.charge(client, charge.id).await?.ok_or(Refusal::UnknownCharge)
}

fn sandbox_only(hub: &Hub) -> Result<(), Refusal> {
    match hub.executor.stage() {
        Stage::Sandbox => Ok(()),
        Stage::Production => Err(Refusal::NoSandbox),
    }
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
