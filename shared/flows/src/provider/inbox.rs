//! The inbox of provider notifications: one record each, written together with what it does to its charge, or by itself.
//! It knows the store alone.

use std::time::Duration;

use domain::{
    charge::{notice::Notice, request::Via},
    ids::ClientId,
    limits::NOTICE_PATIENCE,
    refusal::Refusal,
    time::Timestamp,
};
use seal::digest;
use store::{
    Store,
    inbox::{Record, RecordKey, State},
};

/// The first pause before a notice that waits is looked at again.
const FIRST_LOOK: Duration = Duration::from_mins(1);
/// The longest one.
const LAST_LOOK: Duration = Duration::from_hours(1);

/// A notice that waits is looked at again later, until a person must.
pub(crate) async fn wait(store: &Store, record: &Record, now: Timestamp) -> Result<(), Refusal> {
    if now.since(record.received_at) < NOTICE_PATIENCE {
        let pause = now.since(record.received_at).clamp(FIRST_LOOK, LAST_LOOK);
        let waiting = Record { state: State::Waiting, due_at: Some(now.plus(pause)), ..record.clone() };
        return note(store, &waiting).await;
    }
    let (reference, news) = (&record.notice.reference, record.notice.news.name());
    tracing::error!(alarm = "unknown_notice", %reference, news, "a provider told something that the hub cannot place");
    note(store, &Record { state: State::Unresolved, ..record.clone() }).await
}

/// Writes a record by itself, unless it was applied before.
pub(crate) async fn note(store: &Store, record: &Record) -> Result<(), Refusal> {
    store.record(record).await.map(|_| ()).map_err(Refusal::from)
}

/// The record of a notice that came from the account at `via`.
pub(crate) fn record(client: ClientId, via: Via, notice: Notice, state: State, now: Timestamp) -> Record {
    let (account, reference, news) = (via.id, notice.reference, notice.news.name());
    let told = format!("{client}|{account}|{reference}|{}|{news}", notice.id);
    let due_at = (state == State::Waiting).then(|| now.plus(FIRST_LOOK));
    let key = RecordKey { provider: via.kind, hash: digest(&told) };
    Record { key, client, account, notice, received_at: now, state, due_at }
}
