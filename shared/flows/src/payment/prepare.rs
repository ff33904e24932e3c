//! From an order to a payment that could be made. Nothing is sent or stored yet.

use domain::{
    card::{CardData, Pan},
    charge::{Charge, NewCharge, Order, SourceOrder, request::Via},
    customer::{CustomerData, Need},
    ids::CardId,
    merchant::{ProviderAccount, ProviderType},
    method::{Method, PaymentType},
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
    public_url::PublicUrl,
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
    /// Whether its first attempt is counted already.
    pub(crate) is_counted: bool,
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

    /// Compares the request with the card that the hub opened for it, and counts it before that: each comparison costs a
    /// place, whatever it finds and whatever refuses the payment after it. That of a typed card was compared as it was
    /// read.
    async fn compare(&mut self, hub: &Hub, identity: &Identity, texts: TextsWithout<'_>) -> Result<(), Refusal> {
        let opened = self.card.as_ref().filter(|_| !matches!(self.snapshot, Snapshot::Card(_)));
        let Some(CardData { pan, .. }) = opened else { return Ok(()) };
        card_testing::reserve(hub, &self.reserved, self.charge.created_at).await?;
        self.is_counted = !self.reserved.is_empty();
        identity.has_no_number_of(pan)?;
        texts(pan)
    }

    /// What counts its first attempt, if that is not counted yet.
    pub(crate) fn uncounted(&self) -> &[Counter] {
        if self.is_counted { &[] } else { &self.reserved }
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
    if let Some(made) = made_by_browser(hub, identity, &order, session).await? {
        return Ok(Ready::Replay(Box::new(made)));
    }
    let built = async {
        let mut payment = build_payment(hub, identity, order, session, hub.now()).await?;
        payment.compare(hub, identity, texts).await?; // last: another refusal says nothing of the number
        Ok(payment)
    };
    match built.await {
        Ok(payment) => Ok(Ready::Payment(Box::new(payment))),
        Err(refusal) => replay::made_before(hub, identity, refusal).await.map(|made| Ready::Replay(Box::new(made))),
    }
}

/// The charge that a public key made by this request before, where its card would be opened: a replay is neither counted
/// nor compared. The attempts of a session are known.
async fn made_by_browser(
    hub: &Hub,
    identity: &Identity,
    order: &Order,
    session: Option<&Session>,
) -> Result<Option<Charge>, Refusal> {
    let opens_card = order.method.kind() == PaymentType::Credit && !matches!(order.source, SourceOrder::Card(_));
    let is_counted = !identity.caller.maker().keys().is_empty() && opens_card;
    if session.is_some() || identity.key.is_none() || !is_counted {
        return Ok(None);
    }
    Ok(hub.store.charge(identity.caller.client, identity.charge()).await?)
}

async fn build_payment(
    hub: &Hub,
    identity: &Identity,
    order: Order,
    session: Option<&Session>,
    now: Timestamp,
) -> Result<Payment, Refusal> {
    let merchant = merchant::merchant_context(hub, identity.caller.client, order.merchant).await?;
    let pages = order.method.pages().filter(|page| !session.is_some_and(|session| is_sessions(hub, session, page)));
    settings::may_redirect(&identity.caller, &merchant.settings, pages)?;
    let (method, currency) = (order.method.kind(), order.money.currency);
    let mut accounts = merchant::accounts_for(hub, &merchant, method, currency);
    let preferred = accounts.first().ok_or(Refusal::NoProvider { method, currency: currency.code() })?.kind;
    accounts.retain(|account| order.fraud.is_none() || capability(account.kind).analyses_fraud);
    let preferred = accounts.first().ok_or(Refusal::FraudAnalysisNotServed { provider: preferred })?.kind;
    take_terms(&mut accounts, preferred, &order.method)?;
    let (mut order, resolved) = source::resolve(hub, identity, order, now).await?;
    know_enough(&mut accounts, method, resolved.customer.as_ref())?;
    let first = accounts.first().ok_or(Refusal::Internal)?;
    let via = Via { id: first.id, kind: first.kind };
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
        counted: card_testing::counted(&reserved),
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
        is_counted: false,
        counters,
        addresses,
        call,
    })
}

/// Whether `page` is one that the session names, or the hub's own to which the session has a link.
fn is_sessions(hub: &Hub, session: &Session, page: &str) -> bool {
    let is_own = |public_url: &PublicUrl| session.has_link && session.hosted_page(public_url.as_str()) == page;
    session.pages().any(|named| named == page) || hub.public_url.as_ref().is_some_and(is_own)
}

/// Leaves those accounts whose provider takes the payment on the terms of `method`.
fn take_terms(accounts: &mut Vec<ProviderAccount>, preferred: ProviderType, method: &Method) -> Result<(), Refusal> {
    accounts.retain(|account| {
        let able = capability(account.kind);
        match method {
            Method::Pix { expires_in } => able.pix_expiry.contains(*expires_in),
            Method::Boleto(boleto) => able.boleto_past_due || boleto.terms_past_due().is_empty(),
            Method::Credit { .. } | Method::Drip(_) => true,
        }
    });
    let PixExpiry { least, most } = capability(preferred).pix_expiry;
    match (accounts.is_empty(), method) {
        (true, Method::Boleto(boleto)) => {
            Err(Refusal::BoletoTermsNotServed { provider: preferred, fields: boleto.terms_past_due() })
        }
        (true, _) => Err(Refusal::PixExpiry { provider: preferred, least, most }),
        (false, _) => Ok(()),
    }
}

/// Leaves those accounts whose provider would know enough of the shopper.
fn know_enough(
    accounts: &mut Vec<ProviderAccount>,
    method: PaymentType,
    shopper: Option<&CustomerData>,
) -> Result<(), Refusal> {
    let lacks = |account: &ProviderAccount| -> Vec<Need> {
        let needs = adapter(account).needs(method).iter().copied();
        needs.filter(|need| shopper.is_none_or(|shopper| !need.is_met_by(shopper))).collect()
    };
    let of_preferred = accounts.first().map(|account| (account.kind, lacks(account)));
    accounts.retain(|account| lacks(account).is_empty());
    match of_preferred {
        Some((provider, lacks)) if accounts.is_empty() => Err(Refusal::ShopperIncomplete { provider, lacks }),
        Some(_) | None => Ok(()),
    }
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
        adapter(account).begin(account, &self.operation()).map_err(|error| unbuilt(account, &error))
    }
}
