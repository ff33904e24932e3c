//! From an order to a payment that could be made. Nothing is sent or stored yet.

use domain::{
    card::CardData,
    charge::{Charge, NewCharge, Order, request::Via},
    customer::CustomerData,
    merchant::ProviderAccount,
    method::Method,
    money::Money,
    refusal::Refusal,
    session::Session,
    time::Timestamp,
};
use providers::{Create, HttpRequest, Operation, Updates, adapter, capabilities::capability};
use store::{Store, tokens::Spend};

use crate::{
    account::{merchant, settings},
    charge::request,
    hub::Hub,
    identity::{self, Identity},
    payment::{
        replay,
        source::{self, Snapshot},
    },
    provider::{
        call::unbuilt,
        notification::{self, NotificationAddress},
    },
};

/// A payment that could be made.
#[derive(Debug)]
pub struct Payment {
    /// The intent.
    pub charge: Charge,
    /// The token that it spends.
    pub(crate) spend: Option<Spend>,
    /// The card or customer that is stored with it.
    pub(crate) snapshot: Snapshot,
    /// The payment source, for as long as the request lives.
    pub(crate) card: Option<CardData>,
    pub(crate) customer: Option<CustomerData>,
    /// The accounts that may be asked, the preferred first.
    pub(crate) accounts: Vec<ProviderAccount>,
    /// Whether a soft decline is retried at the next account.
    pub(crate) retry_on_decline: bool,
    /// Where each of them sends its notifications; in the order of `accounts`.
    pub(crate) addresses: Vec<NotificationAddress>,
    /// The request that is sent next.
    pub(crate) call: HttpRequest,
}

impl Payment {
    /// Where the account at `index` sends its notifications.
    pub(crate) fn updates_at(&self, index: usize) -> Option<Updates<'_>> {
        self.addresses.get(index).map(NotificationAddress::updates)
    }
}

/// The result of preparing.
#[derive(Debug)]
pub enum Ready {
    /// A payment whose intent is to be stored.
    Payment(Box<Payment>),
    /// An idempotent replay: what refuses the payment now did not refuse it the first time.
    Replay(Box<Charge>),
}

/// Prepares the payment that `order` asks for, for `session` if it pays one.
///
/// # Errors
/// What refuses the payment, unless this request was made before: then the replay is recognised first.
pub async fn payment(
    hub: &Hub,
    identity: &Identity,
    order: Order,
    session: Option<&Session>,
) -> Result<Ready, Refusal> {
    match build_payment(hub, identity, order, session, hub.now()).await {
        Ok(payment) => Ok(Ready::Payment(Box::new(payment))),
        Err(refusal) => replay::made_before(hub, identity, refusal).await.map(|made| Ready::Replay(Box::new(made))),
    }
}

async fn build_payment(
    hub: &Hub,
    identity: &Identity,
    order: Order,
    session: Option<&Session>,
    now: Timestamp,
) -> Result<Payment, Refusal> {
    let merchant = merchant::merchant_context(hub, identity.caller.client, order.merchant).await?;
    let is_sessions = |page: &str| session.is_some_and(|session| session.pages().any(|own| own == page));
    let pages = order.method.pages().filter(|page| !is_sessions(page));
    settings::may_redirect(&identity.caller, &merchant.settings, pages)?;
    let (method, currency) = (order.method.kind(), order.money.currency);
    let mut accounts = merchant::accounts_for(hub, &merchant, method, currency);
    let preferred = accounts.first().ok_or(Refusal::NoProvider { method, currency: currency.code() })?.kind;
    accounts.retain(|account| order.fraud.is_none() || capability(account.kind).analyses_fraud);
    let first = accounts.first().ok_or(Refusal::FraudAnalysisNotServed { provider: preferred })?;
    let via = Via { id: first.id, kind: first.kind };
    let (mut order, resolved) = source::resolve(hub, identity, order, now).await?;
    if let Method::Boleto(boleto) = &mut order.method {
        boleto.clearing_days = capability(first.kind).boleto_clearing;
    }
    let new = NewCharge {
        id: identity.charge(),
        client: identity.caller.client,
        keys: session.map_or(identity.caller.maker(), |session| &session.made_by).keys().to_vec(),
        session: session.map(|session| session.id),
        customer: session.and_then(|session| session.customer).or(order.customer),
        idempotency_key: identity.key.clone(),
        body: identity::body(hub, identity, resolved.fingerprint.as_deref()),
        source: resolved.source,
        via,
        fraud: order.fraud.as_ref().and_then(|fraud| adapter(first).fraud_analysis(fraud)),
        request: request::id(hub, identity.charge(), 1),
        call_before: identity.call_before(now),
    };
    let charge = Charge::open(&order, new, now);
    Store::fits(&charge)?; // once, for all that may follow: later writes never refuse for size
    let addresses = notification::addresses(hub, identity.caller.client, order.merchant, &accounts)?;
    let updates = addresses.first().map(NotificationAddress::updates);
    let call = build(&charge, 1, first, resolved.card.as_ref(), resolved.customer.as_ref(), updates)?;
    Ok(Payment {
        charge,
        spend: resolved.spend,
        snapshot: resolved.snapshot,
        card: resolved.card,
        customer: resolved.customer,
        accounts,
        retry_on_decline: merchant.retry_on_decline,
        addresses,
        call,
    })
}

/// The request that puts the charge's request at `number` (from 1) to `account`.
pub(crate) fn build(
    charge: &Charge,
    number: usize,
    account: &ProviderAccount,
    card: Option<&CardData>,
    customer: Option<&CustomerData>,
    updates: Option<Updates<'_>>,
) -> Result<HttpRequest, Refusal> {
    let create = Operation::Create(Create {
        reference: &charge.reference(number).to_string(),
        method: &charge.method,
        money: Money { amount: charge.original_amount, currency: charge.currency },
        capture: charge.capture,
        card,
        customer,
        statement_descriptor: charge.statement_descriptor.as_deref(),
        updates,
        created_at: charge.created_at,
    });
    adapter(account).prepare(account, &create).map_err(|error| unbuilt(&error))
}
