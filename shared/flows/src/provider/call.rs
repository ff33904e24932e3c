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
use providers::{
    Access, Authorization, BuildError, Call, HttpRequest, Operation, Query, Reading, Step, Target, adapter,
};
use zeroize::Zeroizing;

use crate::{
    hub::Hub,
    provider::{
        cause::Cause,
        connection::Sent,
        executor::Outgoing,
        line::{End, Line},
        oauth::{self, Grant},
    },
    vault,
};

/// How long the answer to a query for an outcome may take: other queries wait for their turn.
const QUERY_LIMIT: Duration = Duration::from_secs(5);

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
    let Some(request) = charge.request(number) else { return Outcome::Unknown.into() };
    let reference = charge.reference(number).to_string();
    let payment = charge.reference(charge.payment_of(number)).to_string();
    let is_creation = number <= charge.creation();
    let query = Operation::Query(Query {
        reference: &reference,
        payment: if is_creation { &reference } else { &payment },
        asked: request.kind,
        method: &charge.method,
        money: Money { amount: request.amount, currency: charge.currency },
        transaction_id: charge.transaction_of(number),
        request_id: charge.id_of(number),
        refunded: charge.refunded_beside(number),
        card: charge.source.card(),
        created_at: request.created_at,
    });
    let Ok(first) = adapter(account).begin(account, &query) else { return Outcome::Unknown.into() };
    let asked = Asked { client: charge.client, account, operation: &query, word: "query", reference: &reference };
    asked.put(hub, &first, hub.now().plus(QUERY_LIMIT), Outcome::Unknown).await
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
        let mut never = never;
        let mut later: Call;
        let mut call = first;
        loop {
            let started = hub.now();
            if started >= until {
                return never.into();
            }
            let line = Line { account: self.account, operation: self.word, reference: self.reference, started };
            let sent = send(hub, self.client, line, &call.request, until).await;
            let step = match &sent {
                Sent::Answered(answer) => {
                    adapter(self.account).next(self.account, self.operation, &call.progress, answer)
                }
                Sent::Lost(_) if call.moves_money => Outcome::Unknown.into(),
                Sent::Lost(_) | Sent::Never(_) => never.clone().into(),
            };
            line.write(&sent, end(&sent, &step), hub.now());
            match step {
                Step::Done(reading) => return reading,
                Step::Call(next) => {
                    // What it may have done stays unknown where a later call is lost.
                    if call.moves_money {
                        never = Outcome::Unknown;
                    }
                    later = next;
                }
            }
            call = &later;
        }
    }
}

/// What the log says of a call's end.
fn end(sent: &Sent, step: &Step) -> End {
    let cause = match (sent, step) {
        (_, Step::Done(Reading { outcome: Outcome::Declined(decline), .. })) => {
            return End::done("declined", Some(decline.code.name()));
        }
        (Sent::Lost(cause) | Sent::Never(cause), _) => Some(*cause),
        (Sent::Answered(answer), Step::Done(Reading { outcome: Outcome::Unknown, .. })) => {
            Some(Cause::of_status(answer.status).unwrap_or(Cause::AnswerUnclear))
        }
        (Sent::Answered(answer), _) => Cause::of_status(answer.status),
    };
    match (step, cause) {
        (Step::Call(_), cause) => End::done("goes_on", cause.map(Cause::name)),
        (Step::Done(reading), None) => End::done(reading.outcome.name(), None),
        (Step::Done(reading), Some(cause)) => End::failed(reading.outcome.name(), cause),
    }
}

/// Puts a request to the provider of the line's account, as this account's owner, and waits until `until`.
pub(crate) async fn send(hub: &Hub, client: ClientId, line: Line<'_>, request: &HttpRequest, until: Timestamp) -> Sent {
    match vault::provider_secrets(hub, client, line.account).await {
        Ok(secrets) => {
            let access = adapter(line.account).access(line.account, &secrets);
            send_by(hub, client, line, request, &access, until).await
        }
        Err(refusal) => {
            tracing::error!(?refusal, provider_account = %line.account.id, "a provider's key cannot be opened; nothing was sent");
            Sent::Never(Cause::KeysNotOpened)
        }
    }
}

/// The same, where the account proves itself by this `access`.
async fn send_by(
    hub: &Hub,
    client: ClientId,
    line: Line<'_>,
    request: &HttpRequest,
    access: &Access,
    until: Timestamp,
) -> Sent {
    let certificate = access.certificate.as_ref();
    let authorization = match (&access.authorization, &request.target) {
        (Authorization::ClientCredentials(credentials), Target::Provider { .. }) => {
            let grant = Grant { client, line, credentials, certificate };
            return send_by_token(hub, &grant, request, until).await;
        }
        (Authorization::Header { name, value }, _) => Some((*name, value.as_str())),
        (Authorization::None | Authorization::ClientCredentials(_), _) => None,
    };
    send_until(hub, &Outgoing { account: line.account, request, authorization, certificate }, until).await
}

/// The same with a token; once more with another one, where the provider refuses the first before it does anything.
async fn send_by_token(hub: &Hub, grant: &Grant<'_>, request: &HttpRequest, until: Timestamp) -> Sent {
    let mut refused = None;
    loop {
        let token = match oauth::token(hub, grant, refused.as_ref(), until).await {
            Ok(token) => token,
            Err(cause) => return Sent::Never(cause),
        };
        let bearer = Zeroizing::new(format!("Bearer {}", token.value.as_str()));
        let outgoing = Outgoing {
            account: grant.line.account,
            request,
            authorization: Some(("authorization", &bearer)),
            certificate: grant.certificate,
        };
        match send_until(hub, &outgoing, until).await {
            Sent::Answered(answer) if answer.status == 401 && refused.is_none() => refused = Some(token),
            end => return end,
        }
    }
}

async fn send_until(hub: &Hub, outgoing: &Outgoing<'_>, until: Timestamp) -> Sent {
    let now = hub.now();
    if now >= until {
        return Sent::Never(Cause::Timeout);
    }
    hub.executor.send(outgoing, until.since(now), now).await
}

/// The refusal where a provider's request could not be built.
pub(crate) fn unbuilt(error: &BuildError) -> Refusal {
    tracing::error!(%error, "a provider's request could not be built; nothing was sent or stored");
    Refusal::Internal
}

#[cfg(test)]
mod tests;
