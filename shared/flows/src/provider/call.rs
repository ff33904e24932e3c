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
use providers::{BuildError, Call, Change, Operation, Query, Reading, adapter};

use crate::{
    hub::Hub,
    provider::{
        asked::{Asked, Done},
        cause::Cause,
    },
};

/// How long the answer to a query for an outcome may take: other queries wait for their turn.
const QUERY_LIMIT: Duration = Duration::from_secs(5);

/// How long an answer to an operator's question may take.
const OPERATOR_LIMIT: Duration = Duration::from_secs(20);

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
        return Reading::from(Outcome::NotSent).into();
    };
    // The answers are waited for no longer than the call might have started: a function has 28 seconds.
    let until = call_before;
    let word = charge.request(number).map_or("unknown", |request| request.kind.name());
    let reference = charge.reference(number).to_string();
    let asked = Asked { client: charge.client, account, operation, word, reference: &reference };
    let done = asked.call(hub, first, until, Outcome::NotSent).await;
    Done { took_ms: u32::try_from(hub.now().since(started).as_millis()).ok(), ..done }
}

/// Asks the provider for the outcome of the request at `number`.
pub(crate) async fn query(hub: &Hub, charge: &Charge, number: usize, account: &ProviderAccount) -> Done {
    let unknown = || Reading::from(Outcome::Unknown).into();
    let Some(question) = Question::of(charge, number) else { return unknown() };
    let query = question.operation();
    let Ok(first) = adapter(account).begin(account, &query) else { return unknown() };
    let reference = &question.reference;
    let asked = Asked { client: charge.client, account, operation: &query, word: "query", reference };
    asked.call(hub, &first, hub.now().plus(QUERY_LIMIT), Outcome::Unknown).await
}

/// Makes the calls of an operation that touches no payment, such as a check of keys: what came of it, and why where it
/// came to nothing. `word` is the operation's for the log.
pub(crate) async fn beside_payments(
    hub: &Hub,
    client: ClientId,
    account: &ProviderAccount,
    operation: &Operation<'_>,
    word: &'static str,
) -> Result<(Outcome, Option<Cause>), BuildError> {
    let first = adapter(account).begin(account, operation)?;
    let asked = Asked { client, account, operation, word, reference: "" };
    let found = asked.call(hub, &first, hub.now().plus(OPERATOR_LIMIT), Outcome::NotSent).await;
    Ok((found.reading.outcome, found.cause))
}

/// Whether the provider can be asked for the outcome of the request at `number`: some are asked by their own ids alone.
pub(crate) fn can_query(charge: &Charge, number: usize, account: &ProviderAccount) -> bool {
    let lacks_id =
        |asked: Question| matches!(adapter(account).begin(account, &asked.operation()), Err(BuildError::NoId));
    Question::of(charge, number).is_some_and(|asked| !lacks_id(asked))
}

/// Whether the provider refunds the payment at `number` only by an id of its own, and this is none.
pub(crate) fn lacks_id_to_refund(charge: &Charge, number: usize, account: &ProviderAccount, id: Option<&str>) -> bool {
    let reference = charge.reference(number).to_string();
    let money = Money { amount: charge.amount(), currency: charge.currency };
    let refund = Operation::Void(Change {
        reference: &reference,
        payment: &reference,
        transaction_id: id,
        method: &charge.method,
        money,
        is_reserved: false,
        is_untouched: true,
        left: money,
        card: charge.source.card(),
        created_at: charge.created_at,
        is_retry: false,
    });
    matches!(adapter(account).begin(account, &refund), Err(BuildError::NoId))
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

    /// The provider's id of a refund of the same payment that is under way.
    fn refund_under_way(&self) -> Option<&str> {
        let payment = self.charge.payment_of(self.number);
        let mut refunds =
            self.charge.refunds_under_way().filter(|(refund, _)| self.charge.payment_of(*refund) == payment);
        refunds.find_map(|(refund, _)| self.charge.id_of(refund))
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
            refund_under_way: self.refund_under_way(),
            card: charge.source.card(),
            created_at: request.created_at,
        })
    }
}

/// Asks the provider to undo the card payment at `number`, whose outcome is unknown. It answers that it was asked; a
/// notification says what became of the payment. Where the provider asks for a pause, the end of that.
pub(crate) async fn undo(hub: &Hub, charge: &Charge, number: usize, account: &ProviderAccount) -> Option<Timestamp> {
    let request = charge.request(number)?;
    let reference = charge.reference(number).to_string();
    let money = Money { amount: request.amount, currency: charge.currency };
    let undone = Operation::Cancel(Change {
        reference: &reference,
        payment: &reference,
        transaction_id: None,
        method: &charge.method,
        money,
        is_reserved: true,
        is_untouched: true,
        left: money,
        card: charge.source.card(),
        created_at: hub.now(),
        is_retry: true,
    });
    let first = adapter(account).begin(account, &undone).ok()?;
    let asked = Asked { client: charge.client, account, operation: &undone, word: "undo", reference: &reference };
    asked.call(hub, &first, hub.now().plus(QUERY_LIMIT), Outcome::Unknown).await.ask_after
}

/// Has the change `operation` carried out that may have been carried out before.
pub(crate) async fn retry(
    hub: &Hub,
    client: ClientId,
    account: &ProviderAccount,
    operation: &Operation<'_>,
    reference: &str,
) -> Done {
    let Ok(first) = adapter(account).begin(account, operation) else { return Reading::from(Outcome::Unknown).into() };
    let asked = Asked { client, account, operation, word: "retry", reference };
    asked.call(hub, &first, hub.now().plus(QUERY_LIMIT), Outcome::Unknown).await
}

/// The refusal where a request to the provider of `account` could not be built.
pub(crate) fn unbuilt(account: &ProviderAccount, error: &BuildError) -> Refusal {
    match error {
        BuildError::NoPart => return Refusal::PartialRefundNotServed,
        BuildError::NoId => return Refusal::NoIdAtProvider,
        BuildError::NoCard
        | BuildError::NoField(_)
        | BuildError::NoShopper
        | BuildError::NoAdapter
        | BuildError::NotServed
        | BuildError::Body(_) => {}
    }
    let (provider, provider_account) = (account.kind, account.id);
    tracing::error!(%provider, %provider_account, %error, "a provider's request could not be built; nothing was sent or stored");
    if matches!(error, BuildError::NoAdapter) { Refusal::NoAdapter { provider } } else { Refusal::Internal }
}
