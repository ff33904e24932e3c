//! The inbox: one record for each provider update, written together with the change that it makes, or waiting by
//! itself. It uses the store alone.

use std::time::Duration;

use domain::{
    alarm::Alarm,
    charge::{Charge, WaitReason, request::Via, update::ProviderUpdate},
    ids::{ChargeId, ClientId},
    limits::{LAST_NOTIFICATION_LOOK, NOTIFICATION_PATIENCE},
    refusal::Refusal,
    time::Timestamp,
};
use seal::digest;
use store::{
    Store,
    inbox::{Record, RecordKey, State},
};

/// The first pause before a waiting update is applied again.
const FIRST_LOOK: Duration = Duration::from_mins(1);
/// The pause before one that is left to an operator is applied again.
const UNRESOLVED_LOOK: Duration = Duration::from_hours(24);

/// An update waits while its reason lasts. It is applied when the charge that it waits for changes, and meanwhile after
/// pauses that double to an hour. One whose reason has ended is left to an operator after a week, and can be applied
/// again.
pub(crate) async fn wait(
    store: &Store,
    record: &Record,
    before: State,
    reason: WaitReason,
    waits_for: Option<ChargeId>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let age = now.since(record.received_at);
    if !reason.can_end() && age >= NOTIFICATION_PATIENCE {
        let (reference, kind) = (record.update.reference, record.update.kind.name());
        let (charge, request) = (reference.charge, reference.number);
        let (client, provider, provider_account) = (record.client, record.key.provider, record.account);
        if before != State::Unresolved {
            tracing::error!(alarm = %Alarm::UnknownNotification, %client, %provider, %provider_account, %charge, request, %reference, kind, "a provider reports what the hub cannot place; compare the charge with the provider, then use `catraca charge settle` or `catraca charge apply`");
        }
        return note_for(store, &left_to_operators(record, now), waits_for).await;
    }
    let pause = age.clamp(FIRST_LOOK, LAST_NOTIFICATION_LOOK);
    let waiting = Record { state: State::Waiting, due_at: Some(now.plus(pause)), ..record.clone() };
    note_for(store, &waiting, waits_for).await
}

/// An update contradicts what the hub knows: an operator must look, and can have it applied again.
pub(crate) async fn unresolved(
    store: &Store,
    record: &Record,
    before: State,
    alarm: Alarm,
    charge: &Charge,
    now: Timestamp,
) -> Result<(), Refusal> {
    if before != State::Unresolved {
        let (request, kind) = (record.update.reference.number, record.update.kind.name());
        let (client, provider, provider_account) = (record.client, record.key.provider, record.account);
        tracing::error!(%alarm, %client, %provider, %provider_account, charge = %charge.id, request, kind, "a provider update contradicts the charge; nothing was changed. Compare it with the provider, then use `catraca charge settle` or `catraca charge apply`");
    }
    note_for(store, &left_to_operators(record, now), Some(charge.id)).await
}

/// The record as it is left to an operator. It is applied again once a day: what it contradicts may have changed.
fn left_to_operators(record: &Record, now: Timestamp) -> Record {
    Record { state: State::Unresolved, due_at: Some(now.plus(UNRESOLVED_LOOK)), ..record.clone() }
}

/// Writes a record by itself, unless it was applied before.
pub(crate) async fn note(store: &Store, record: &Record) -> Result<(), Refusal> {
    store.record(record).await.map(|_| ()).map_err(Refusal::from)
}

/// Writes a record, and notes it in the charge that it waits for. One that the charge has noted already, or that waits
/// for no charge, is written by itself.
async fn note_for(store: &Store, record: &Record, waits_for: Option<ChargeId>) -> Result<(), Refusal> {
    if let Some(charge) = waits_for
        && store.record_waiting(record, charge).await?
    {
        return Ok(());
    }
    note(store, record).await
}

/// One more record of a notification after which the hub has looked and seen nothing new: it is due a little later,
/// however often the notification comes until then.
pub(crate) fn again(applied: &Record, now: Timestamp) -> Record {
    let via = Via { id: applied.account, kind: applied.key.provider };
    let update = ProviderUpdate { id: format!("{} again", applied.update.id), ..applied.update.clone() };
    record(applied.client, via, update, State::Waiting, now)
}

/// The record of an update that came from the account at `via`.
pub(crate) fn record(client: ClientId, via: Via, update: ProviderUpdate, state: State, now: Timestamp) -> Record {
    let (account, reference, kind) = (via.id, update.reference, update.kind.name());
    let identity = format!("{client}|{account}|{reference}|{}|{kind}", update.id);
    let due_at = (state == State::Waiting).then(|| now.plus(FIRST_LOOK));
    let key = RecordKey { provider: via.kind, hash: digest(&identity) };
    Record { key, client, account, update, received_at: now, state, due_at }
}
