//! From an order to a payment that could be made. Nothing is sent or stored yet.

use domain::{
    card::{CardData, Pan},
    charge::{Charge, NewCharge, Order, request::Via},
    customer::CustomerData,
    ids::CardId,
    merchant::ProviderAccount,
    method::Method,
    money::Money,
    refusal::Refusal,
    session::Session,
    time::Timestamp,
};
use providers::{
    Call, Create, Operation, Updates, adapter,
    capabilities::{PixExpiry, capability},
};
use store::{Store, card_testing::Counter, tokens::Spend};

use crate::{
    account::{merchant, settings},
    card_testing,
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
    /// The stored card that pays, if it is unsaved: its use is noted.
    pub(crate) unsaved: Option<CardId>,
    /// The card or customer that is stored with it.
    pub(crate) snapshot: Snapshot,
    /// The payment source, for as long as the request lives.
    pub(crate) card: Option<CardData>,
    pub(crate) customer: Option<CustomerData>,
    /// The accounts that may be asked, the preferred first.
    pub(crate) accounts: Vec<ProviderAccount>,
    /// Whether a soft decline is retried at the next account.
    pub(crate) retry_on_decline: bool,
    /// What counts each of its attempts before it is sent.
    pub(crate) reserved: Vec<Counter>,
    /// What counts its declines.
    pub(crate) counters: Vec<Counter>,
    /// Where each of them sends its notifications; in the order of `accounts`.
    pub(crate) addresses: Vec<NotificationAddress>,
    /// The call that is made next.
    pub(crate) call: Call,
}

impl Payment {
    /// Where the account at `index` sends its notifications.
    pub(crate) fn updates_at(&self, index: usize) -> Option<Updates<'_>> {
        self.addresses.get(index).map(NotificationAddress::updates)
    }

    /// Compares the request with the card that the hub opened for it. That of a typed card was compared as it was read.
    async fn compare(&self, hub: &Hub, identity: &Identity, texts: TextsWithout<'_>) -> Result<(), Refusal> {
        let opened = self.card.as_ref().filter(|_| !matches!(self.snapshot, Snapshot::Card(_)));
        let Some(CardData { pan, .. }) = opened else { return Ok(()) };
        let compared = identity.has_no_number_of(pan).and_then(|()| texts(pan));
        card_testing::compared(hub, &self.reserved, self.charge.created_at, compared).await
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

/// That no text of the request holds the number of a card, which the hub opened for it.
pub type TextsWithout<'a> = &'a (dyn Fn(&Pan) -> Result<(), Refusal> + Sync);

/// Prepares the payment that `order` asks for, for `session` if it pays one.
///
/// # Errors
/// What refuses the payment, unless this request was made before: then the replay is recognised first.
pub async fn payment(
    hub: &Hub,
    identity: &Identity,
    order: Order,
    session: Option<&Session>,
    texts: TextsWithout<'_>,
) -> Result<Ready, Refusal> {
    let built = async {
        let payment = build_payment(hub, identity, order, session, hub.now()).await?;
        payment.compare(hub, identity, texts).await?; // last: another refusal says nothing of the number
        Ok(payment)
    };
    match built.await {
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
    let preferred = accounts.first().ok_or(Refusal::FraudAnalysisNotServed { provider: preferred })?.kind;
    if let Method::Pix { expires_in } = order.method {
        accounts.retain(|account| capability(account.kind).pix_expiry.contains(expires_in));
    }
    let PixExpiry { least, most } = capability(preferred).pix_expiry;
    let first = accounts.first().ok_or(Refusal::PixExpiry { provider: preferred, least, most })?;
    let via = Via { id: first.id, kind: first.kind };
    let (mut order, resolved) = source::resolve(hub, identity, order, now).await?;
    let (reserved, counters) = resolved
        .fingerprint
        .as_ref()
        .map(|card| card.mac.as_str())
        .or(identity.card_in_body())
        .map(|card| (card_testing::refusing(hub, identity, card), card_testing::of_declines(identity, card)))
        .unwrap_or_default();
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
        body: identity::body(hub, identity, resolved.fingerprint.as_ref()),
        source: resolved.source,
        via,
        fraud: order.fraud.as_ref().and_then(|fraud| adapter(first).fraud_analysis(fraud)),
        request: request::id(hub, identity.charge(), 1),
        call_before: identity.call_before(now),
    };
    let charge = Charge::open(&order, new, now);
    Store::fits(&charge)?; // once, for all that may follow: later writes never refuse for size
    let addresses = notification::addresses(hub, identity.caller.client, order.merchant, &accounts).await?;
    let updates = addresses.first().map(NotificationAddress::updates);
    let call = Asking::of(&charge, 1, resolved.card.as_ref(), resolved.customer.as_ref(), updates).begin(first)?;
    Ok(Payment {
        charge,
        spend: resolved.spend,
        unsaved: resolved.unsaved,
        snapshot: resolved.snapshot,
        card: resolved.card,
        customer: resolved.customer,
        accounts,
        retry_on_decline: merchant.retry_on_decline,
        reserved,
        counters,
        addresses,
        call,
    })
}

/// The payment that the charge's request at a number is, as a provider is asked for it.
pub(crate) struct Asking<'a> {
    charge: &'a Charge,
    reference: String,
    card: Option<&'a CardData>,
    customer: Option<&'a CustomerData>,
    updates: Option<Updates<'a>>,
}

impl<'a> Asking<'a> {
    /// The charge's request at `number`, from 1.
    pub(crate) fn of(
        charge: &'a Charge,
        number: usize,
        card: Option<&'a CardData>,
        customer: Option<&'a CustomerData>,
        updates: Option<Updates<'a>>,
    ) -> Self {
        Self { charge, reference: charge.reference(number).to_string(), card, customer, updates }
    }

    /// What the provider is asked for.
    pub(crate) fn operation(&self) -> Operation<'_> {
        let Self { charge, reference, card, customer, updates } = self;
        Operation::Create(Create {
            reference,
            method: &charge.method,
            money: Money { amount: charge.original_amount, currency: charge.currency },
            capture: charge.capture,
            card: *card,
            customer: *customer,
            description: charge.description.as_deref(),
            statement_descriptor: charge.statement_descriptor.as_deref(),
            updates: *updates,
            created_at: charge.created_at,
        })
    }

    /// Its first call at `account`.
    pub(crate) fn begin(&self, account: &ProviderAccount) -> Result<Call, Refusal> {
        adapter(account).begin(account, &self.operation()).map_err(|error| unbuilt(&error))
    }
}
