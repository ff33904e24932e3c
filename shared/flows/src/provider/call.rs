//! Calls of providers: a payment is made, an unknown outcome is asked about.

use std::time::Duration;

use domain::{
    charge::{Charge, Outcome},
    ids::ClientId,
    merchant::ProviderAccount,
    money::Money,
    refusal::Refusal,
    time::Timestamp,
};
use providers::{BuildError, Create, HttpAnswer, HttpRequest, Operation, Query, adapter};

use crate::{hub::Hub, provider::executor::Sent, vault};

/// How long the answer to a query for an outcome may take: other queries wait for their turn.
const QUERY_LIMIT: Duration = Duration::from_secs(5);

/// Makes the call of the charge's request at `number`, unless its time is over, and has its answer read. How long it
/// took, in milliseconds, comes with the outcome.
pub(crate) async fn timed(
    hub: &Hub,
    charge: &Charge,
    number: usize,
    account: &ProviderAccount,
    request: &HttpRequest,
    read: impl FnOnce(&HttpAnswer) -> Outcome,
) -> (Outcome, Option<u32>) {
    let started = hub.now();
    let call_before = charge.request(number).map(|request| request.call_before);
    let Some(call_before) = call_before.filter(|call_before| started < *call_before) else {
        return (Outcome::NotSent, None);
    };
    // The answer is waited for no longer than the call might have started: a function has 28 seconds.
    let sent = send(hub, charge.client, account, request, call_before.since(started)).await;
    let operation = charge.request(number).map_or("unknown", |request| request.kind.name());
    let called = ProviderCall { account, operation, reference: &charge.reference(number).to_string(), started };
    let outcome = called.outcome(hub, &sent, Outcome::NotSent, read);
    (outcome, u32::try_from(hub.now().since(started).as_millis()).ok())
}

/// Makes the call of a payment.
pub(crate) async fn create(
    hub: &Hub,
    charge: &Charge,
    number: usize,
    account: &ProviderAccount,
    request: &HttpRequest,
) -> (Outcome, Option<u32>) {
    let read = |answer: &HttpAnswer| outcome_of_create(charge, number, account, answer);
    timed(hub, charge, number, account, request, read).await
}

/// Puts a request to the provider of `account`, as this account's owner, and waits no longer than `limit`.
pub(crate) async fn send(
    hub: &Hub,
    client: ClientId,
    account: &ProviderAccount,
    request: &HttpRequest,
    limit: Duration,
) -> Sent {
    match vault::provider_key(hub, client, account).await {
        Ok(key) => hub.executor.send(request, key.as_ref(), limit, hub.now()).await,
        Err(refusal) => {
            tracing::error!(?refusal, provider_account = %account.id, "a provider's key cannot be opened; nothing was sent");
            Sent::Never
        }
    }
}

/// Asks the provider for the outcome of the request at `number`.
pub(crate) async fn query(hub: &Hub, charge: &Charge, number: usize, account: &ProviderAccount) -> Outcome {
    let Some(request) = charge.request(number) else { return Outcome::Unknown };
    let reference = charge.reference(number).to_string();
    let payment = charge.reference(charge.payment_of(number)).to_string();
    let is_creation = number <= charge.creation();
    let query = Operation::Query(Query {
        reference: &reference,
        payment: if is_creation { &reference } else { &payment },
        asked: request.kind,
        method: &charge.method,
        money: Money { amount: request.amount, currency: charge.currency },
        card: charge.source.card(),
        created_at: request.created_at,
    });
    let adapter = adapter(account);
    let Ok(request) = adapter.prepare(account, &query) else { return Outcome::Unknown };
    let called = ProviderCall { account, operation: "query", reference: &reference, started: hub.now() };
    let sent = send(hub, charge.client, account, &request, QUERY_LIMIT).await;
    called.outcome(hub, &sent, Outcome::Unknown, |answer| adapter.outcome(&query, answer))
}

/// A call that was made, for its line in the log.
pub(crate) struct ProviderCall<'a> {
    /// The account that was called.
    pub(crate) account: &'a ProviderAccount,
    /// What was asked for.
    pub(crate) operation: &'static str,
    /// The hub's reference: it names the charge or the card.
    pub(crate) reference: &'a str,
    /// When the call began.
    pub(crate) started: Timestamp,
}

impl ProviderCall<'_> {
    /// The outcome of the call, whose line is logged; `never` where no connection was made.
    pub(crate) fn outcome(
        &self,
        hub: &Hub,
        sent: &Sent,
        never: Outcome,
        read: impl FnOnce(&HttpAnswer) -> Outcome,
    ) -> Outcome {
        let (outcome, status) = match sent {
            Sent::Answered(answer) => (read(answer), Some(answer.status)),
            Sent::Lost => (Outcome::Unknown, None),
            Sent::Never => (never, None),
        };
        let cause = match (&outcome, sent) {
            (Outcome::Declined(decline), _) => Some(decline.code.name()),
            (_, Sent::Lost) => Some("no_answer"),
            (_, Sent::Never) => Some("no_connection"),
            (_, Sent::Answered(_)) => None,
        };
        tracing::info!(
            provider = self.account.kind.name(),
            provider_account = %self.account.id,
            operation = self.operation,
            reference = self.reference,
            outcome = outcome.name(),
            cause,
            status,
            ms = u64::try_from(hub.now().since(self.started).as_millis()).unwrap_or(u64::MAX),
            "provider call"
        );
        outcome
    }
}

/// The refusal where a provider's request could not be built.
pub(crate) fn unbuilt(error: &BuildError) -> Refusal {
    tracing::error!(%error, "a provider's request could not be built; nothing was sent or stored");
    Refusal::Internal
}

fn outcome_of_create(charge: &Charge, number: usize, account: &ProviderAccount, answer: &HttpAnswer) -> Outcome {
    let create = Operation::Create(Create {
        reference: &charge.reference(number).to_string(),
        method: &charge.method,
        money: Money { amount: charge.original_amount, currency: charge.currency },
        capture: charge.capture,
        card: None,
        customer: None,
        statement_descriptor: None,
        updates: None,
        created_at: charge.created_at,
    });
    adapter(account).outcome(&create, answer)
}
