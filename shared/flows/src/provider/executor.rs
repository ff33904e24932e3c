//! The executor: the only one that speaks to providers.

use std::time::Duration;

use domain::{
    charge::{Charge, Outcome},
    ids::ClientId,
    merchant::ProviderAccount,
    money::Money,
    time::Timestamp,
};
use providers::{Create, HttpAnswer, HttpRequest, Operation, Query, Target, Verb, adapter, sandbox::bank};
use reqwest::{Client, redirect};
use seal::Secret;

use crate::{Hub, Stage, payment::prepare::Payment, tls};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long the answer to a question about an outcome may take: others wait for their turn.
const QUESTION_LIMIT: Duration = Duration::from_secs(5);
/// More than any provider says about one payment.
const MAX_ANSWER: usize = 64 * 1024;

/// The way to providers.
#[derive(Debug)]
pub struct Executor {
    stage: Stage,
    bank: Bank,
}

/// Where the sandbox's bank is.
#[derive(Debug)]
enum Bank {
    InProcess,
    At { url: String, client: Client },
}

/// The executor could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct NoClient(String);

/// What came back from one request.
pub(crate) enum Sent {
    Answered(HttpAnswer),
    /// The connection was made; what happened then is not known.
    Lost,
    /// No connection was made.
    Never,
}

impl Executor {
    /// The executor of `stage`, with the sandbox's bank in this process or at `sandbox_bank`.
    ///
    /// # Errors
    /// [`NoClient`] where TLS cannot be set up.
    pub fn new(stage: Stage, sandbox_bank: Option<String>) -> Result<Self, NoClient> {
        let bank = match sandbox_bank {
            None => Bank::InProcess,
            Some(url) => Bank::At { url: url.trim_end_matches('/').to_owned(), client: client()? },
        };
        Ok(Self { stage, bank })
    }

    /// What the hub is run for.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Sends a request, and waits for its answer no longer than `limit`. Where real payments are served nothing is sent
    /// to the sandbox, whatever it took before.
    async fn send(&self, request: &HttpRequest, key: Option<&Secret<String>>, limit: Duration, now: Timestamp) -> Sent {
        let Target::Sandbox { path } = request.target;
        if self.stage == Stage::Production {
            return Sent::Never;
        }
        match &self.bank {
            Bank::InProcess => Sent::Answered(bank::answer(request, now)),
            Bank::At { url, client } => over_http(client, &format!("{url}{path}"), request, key, limit).await,
        }
    }
}

/// One client for every provider: rustls with ring, public roots, no proxy, no redirects, and time limits.
fn client() -> Result<Client, NoClient> {
    let tls = tls::public_roots().map_err(|error| NoClient(error.to_string()))?;
    Client::builder()
        .use_preconfigured_tls(tls)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .build()
        .map_err(|error| NoClient(error.to_string()))
}

async fn over_http(
    client: &Client,
    url: &str,
    request: &HttpRequest,
    key: Option<&Secret<String>>,
    limit: Duration,
) -> Sent {
    let mut call = match request.verb {
        Verb::Post => client.post(url).timeout(limit),
    };
    if let Some(key) = key {
        call = call.bearer_auth(key.reveal());
    }
    for (name, value) in &request.headers {
        call = call.header(*name, value);
    }
    let mut answer = match call.body(request.body.to_vec()).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_connect() => return Sent::Never,
        Err(_) => return Sent::Lost,
    };
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) <= MAX_ANSWER => body.extend_from_slice(&chunk),
            Ok(None) => return Sent::Answered(HttpAnswer { status, headers: Vec::new(), body }),
            Ok(Some(_)) | Err(_) => return Sent::Lost,
        }
    }
}

impl Hub {
    /// Makes the call of a payment that is ours, unless its time is over. How long it took, in milliseconds, comes with
    /// the outcome.
    pub(crate) async fn call(
        &self,
        payment: &Payment,
        number: usize,
        account: &ProviderAccount,
    ) -> (Outcome, Option<u32>) {
        let charge = &payment.charge;
        let started = self.clock.now();
        let call_before = charge.request(number).map(|request| request.call_before);
        let Some(call_before) = call_before.filter(|call_before| started < *call_before) else {
            return (Outcome::NotSent, None);
        };
        // The answer is waited for no longer than the call might have started: a function has 28 seconds.
        let outcome = match self.reach(charge.client, account, &payment.call, call_before.since(started)).await {
            Sent::Answered(answer) => outcome_of_create(charge, number, account, &answer),
            Sent::Lost => Outcome::Unknown,
            Sent::Never => Outcome::NotSent,
        };
        let took = self.clock.now().since(started).as_millis();
        (outcome, u32::try_from(took).ok())
    }

    /// Puts a request to the provider of `account`, as this account's owner, and waits no longer than `limit`.
    pub(crate) async fn reach(
        &self,
        client: ClientId,
        account: &ProviderAccount,
        request: &HttpRequest,
        limit: Duration,
    ) -> Sent {
        match self.provider_key(client, account).await {
            Ok(key) => self.executor.send(request, key.as_ref(), limit, self.clock.now()).await,
            Err(refusal) => {
                tracing::error!(%refusal, provider = %account.id, "a provider's key cannot be opened; nothing was sent");
                Sent::Never
            }
        }
    }

    /// Asks the provider what came of the request at `number`.
    pub(crate) async fn ask(&self, charge: &Charge, number: usize, account: &ProviderAccount) -> Outcome {
        let Some(request) = charge.request(number) else { return Outcome::Unknown };
        let (reference, payment) =
            (charge.reference(number).to_string(), charge.reference(charge.payment()).to_string());
        let is_creation = number <= charge.creation();
        let query = Operation::Query(Query {
            reference: &reference,
            payment: if is_creation { &reference } else { &payment },
            asked: request.kind,
            method: &charge.method,
            money: Money { amount: request.amount, currency: charge.currency },
            card_last_digit: charge.card_last_digit(),
            created_at: request.created_at,
        });
        let adapter = adapter(account);
        let Ok(question) = adapter.prepare(account, &query) else { return Outcome::Unknown };
        match self.reach(charge.client, account, &question, QUESTION_LIMIT).await {
            Sent::Answered(answer) => adapter.outcome(&query, &answer),
            Sent::Lost | Sent::Never => Outcome::Unknown,
        }
    }
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
        notices: None,
        created_at: charge.created_at,
    });
    adapter(account).outcome(&create, answer)
}
