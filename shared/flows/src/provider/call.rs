//! Calls of providers: a payment is made, an unknown outcome is asked about.

use std::time::Duration;

use domain::{
    charge::{Charge, Outcome, request::TransactionRequest},
    ids::ClientId,
    merchant::ProviderAccount,
    money::Money,
    refusal::Refusal,
    time::Timestamp,
};
use providers::{Authorization, BuildError, Call, HttpRequest, Operation, Query, Reading, Step, adapter};

use crate::{
    hub::Hub,
    provider::{cause::Cause, connection::Sent, executor::Outgoing},
    vault,
};

/// How long the answer to a query for an outcome may take: other queries wait for their turn.
const QUERY_LIMIT: Duration = Duration::from_secs(5);

/// How long an answer to a check of keys may take.
const CHECK_LIMIT: Duration = Duration::from_secs(20);

/// What a request to a provider came to.
pub(crate) struct Done {
    /// What the provider's answers say.
    pub(crate) reading: Reading,
    /// How long it took, in milliseconds; none where nothing was sent.
    pub(crate) took_ms: Option<u32>,
}

/// Makes the calls of the charge's request at `number`, which is `operation` and begins with `first`, unless their time
/// is over.
pub(crate) async fn carry_out(
    hub: &Hub,
    charge: &Charge,
    number: usize,
    account: &ProviderAccount,
    operation: &Operation<'_>,
    first: &Call,
) -> Done {
    let started = hub.now();
    let call_before = charge.request(number).map(|request| request.call_before);
    let Some(call_before) = call_before.filter(|call_before| started < *call_before) else {
        return Done { reading: Outcome::NotSent.into(), took_ms: None };
    };
    // The answers are waited for no longer than the call might have started: a function has 28 seconds.
    let until = call_before;
    let word = charge.request(number).map_or("unknown", |request| request.kind.name());
    let reference = charge.reference(number).to_string();
    let asked = Asked { client: charge.client, account, operation, word, reference: &reference };
    let reading = asked.put(hub, first, until, Outcome::NotSent).await;
    Done { reading, took_ms: u32::try_from(hub.now().since(started).as_millis()).ok() }
}

/// Asks the provider for the outcome of the request at `number`.
pub(crate) async fn query(hub: &Hub, charge: &Charge, number: usize, account: &ProviderAccount) -> Reading {
    let Some(question) = Question::of(charge, number) else { return Outcome::Unknown.into() };
    let query = question.operation();
    let Ok(first) = adapter(account).begin(account, &query) else { return Outcome::Unknown.into() };
    let reference = &question.reference;
    let asked = Asked { client: charge.client, account, operation: &query, word: "query", reference };
    asked.put(hub, &first, hub.now().plus(QUERY_LIMIT), Outcome::Unknown).await
}

/// Asks the provider whether it accepts the keys of `account`: what came of it, and why where it came to nothing.
pub(crate) async fn check(
    hub: &Hub,
    client: ClientId,
    account: &ProviderAccount,
) -> Result<(Outcome, Option<Cause>), BuildError> {
    let mut call = adapter(account).begin(account, &Operation::Check)?;
    loop {
        let answer = match send(hub, client, account, &call.request, CHECK_LIMIT).await {
            Sent::Answered(answer) => answer,
            Sent::Lost(cause) | Sent::Never(cause) => return Ok((Outcome::Unknown, Some(cause))),
        };
        match adapter(account).next(account, &Operation::Check, &call.progress, &answer) {
            Step::Done(reading) => return Ok((reading.outcome, Cause::of_status(answer.status))),
            Step::Call(next) => call = next,
        }
    }
}

/// Whether the provider can be asked for the outcome of the request at `number`: some are asked by their own ids alone.
pub(crate) fn can_query(charge: &Charge, number: usize, account: &ProviderAccount) -> bool {
    Question::of(charge, number).is_some_and(|asked| adapter(account).begin(account, &asked.operation()).is_ok())
}

/// A question about the request of a charge at a number.
struct Question<'a> {
    charge: &'a Charge,
    number: usize,
    request: &'a TransactionRequest,
    reference: String,
    payment: String,
}

impl<'a> Question<'a> {
    fn of(charge: &'a Charge, number: usize) -> Option<Self> {
        let request = charge.request(number)?;
        let reference = charge.reference(number).to_string();
        let is_creation = number <= charge.creation();
        let payment =
            if is_creation { reference.clone() } else { charge.reference(charge.payment_of(number)).to_string() };
        Some(Self { charge, number, request, reference, payment })
    }

    fn operation(&self) -> Operation<'_> {
        let Self { charge, number, request, reference, payment } = self;
        Operation::Query(Query {
            reference,
            payment,
            asked: request.kind,
            method: &charge.method,
            money: Money { amount: request.amount, currency: charge.currency },
            transaction_id: charge.transaction_of(*number),
            request_id: charge.id_of(*number),
            refunded: charge.refunded_beside(*number),
            card: charge.source.card(),
            created_at: request.created_at,
        })
    }
}

/// Something that is asked of a provider.
pub(crate) struct Asked<'a> {
    /// The account of the hub.
    pub(crate) client: ClientId,
    /// The account at the provider.
    pub(crate) account: &'a ProviderAccount,
    /// What is asked.
    pub(crate) operation: &'a Operation<'a>,
    /// Its word for the log.
    pub(crate) word: &'static str,
    /// The hub's reference: it names the charge or the card.
    pub(crate) reference: &'a str,
}

impl Asked<'_> {
    /// Makes the call that begins the operation and those that follow from its answers, until `until`. Where no
    /// connection was made, or a call was lost that moves no money, the outcome is `never`.
    pub(crate) async fn put(&self, hub: &Hub, first: &Call, until: Timestamp, never: Outcome) -> Reading {
        let mut later: Call;
        let mut call = first;
        loop {
            let started = hub.now();
            if started >= until {
                return never.into();
            }
            let sent = send(hub, self.client, self.account, &call.request, until.since(started)).await;
            let step = match &sent {
                Sent::Answered(answer) => {
                    adapter(self.account).next(self.account, self.operation, &call.progress, answer)
                }
                Sent::Lost(_) if call.moves_money => Outcome::Unknown.into(),
                Sent::Lost(_) | Sent::Never(_) => never.clone().into(),
            };
            self.log(hub, &sent, &step, started);
            match step {
                Step::Done(reading) => return reading,
                Step::Call(next) => later = next,
            }
            call = &later;
        }
    }

    /// One line for one call.
    fn log(&self, hub: &Hub, sent: &Sent, step: &Step, started: Timestamp) {
        let outcome = match step {
            Step::Call(_) => "goes_on",
            Step::Done(reading) => reading.outcome.name(),
        };
        let cause = match (step, sent) {
            (Step::Done(Reading { outcome: Outcome::Declined(decline), .. }), _) => Some(decline.code.name()),
            (_, Sent::Lost(cause) | Sent::Never(cause)) => Some(cause.name()),
            (_, Sent::Answered(answer)) => Cause::of_status(answer.status).map(Cause::name),
        };
        let status = match sent {
            Sent::Answered(answer) => Some(answer.status),
            Sent::Lost(_) | Sent::Never(_) => None,
        };
        tracing::info!(
            provider = self.account.kind.name(),
            provider_account = %self.account.id,
            operation = self.word,
            reference = self.reference,
            outcome,
            cause,
            status,
            ms = u64::try_from(hub.now().since(started).as_millis()).unwrap_or(u64::MAX),
            "provider call"
        );
    }
}

/// Puts a request to the provider of `account`, as this account's owner, and waits no longer than `limit`.
pub(crate) async fn send(
    hub: &Hub,
    client: ClientId,
    account: &ProviderAccount,
    request: &HttpRequest,
    limit: Duration,
) -> Sent {
    match vault::provider_secrets(hub, client, account).await {
        Ok(secrets) => {
            let access = adapter(account).access(account, &secrets);
            let authorization = match &access.authorization {
                Authorization::None | Authorization::ClientCredentials(_) => None,
                Authorization::Header { name, value } => Some((*name, value.as_str())),
            };
            let certificate = access.certificate.as_ref();
            let outgoing = Outgoing { account, request, authorization, certificate };
            hub.executor.send(&outgoing, limit, hub.now()).await
        }
        Err(refusal) => {
            tracing::error!(?refusal, provider_account = %account.id, "a provider's key cannot be opened; nothing was sent");
            Sent::Never(Cause::KeysNotOpened)
        }
    }
}

/// The refusal where a provider's request could not be built.
pub(crate) fn unbuilt(error: &BuildError) -> Refusal {
    if matches!(error, BuildError::NoPart) {
        return Refusal::PartialRefundNotServed;
    }
    tracing::error!(%error, "a provider's request could not be built; nothing was sent or stored");
    Refusal::Internal
}
