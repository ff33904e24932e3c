//! The payment source: what the caller sent becomes ids that are kept and numbers that are used once.

use domain::{
    card::{Card, CardData, Fingerprint, Pan},
    charge::{CvvOrder, Order, Source, SourceOrder},
    customer::{Address, Customer, CustomerData},
    ids::{CardId, CustomerId, TokenId},
    method::PaymentType,
    refusal::Refusal,
    time::Timestamp,
};
use store::tokens::Spend;

use crate::{
    customer,
    customer::token::{unspent_card, unspent_cvv},
    hub::Hub,
    identity::Identity,
    vault,
};

/// The card or customer that came with the order and is stored under an id of its own.
#[derive(Debug)]
pub(crate) enum Snapshot {
    None,
    Card(Box<Card>),
    Customer(Box<Customer>),
}

/// An order's payment source, resolved.
pub(crate) struct ResolvedSource {
    pub(crate) source: Source,
    pub(crate) card: Option<CardData>,
    pub(crate) customer: Option<CustomerData>,
    pub(crate) spend: Option<Spend>,
    /// The stored card that pays, if it is unsaved.
    pub(crate) unsaved: Option<CardId>,
    pub(crate) snapshot: Snapshot,
    /// The keyed fingerprint of the card, where its number did not come in the body.
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl ResolvedSource {
    fn of(source: Source) -> Self {
        Self {
            source,
            card: None,
            customer: None,
            spend: None,
            unsaved: None,
            snapshot: Snapshot::None,
            fingerprint: None,
        }
    }
}

/// Splits the order's source into what is kept by id and what is used once.
pub(crate) async fn resolve(
    hub: &Hub,
    identity: &Identity,
    mut order: Order,
    now: Timestamp,
) -> Result<(Order, ResolvedSource), Refusal> {
    let taken = SourceOrder::Token(TokenId::new(identity.id));
    let kind = order.method.kind();
    // With a fresh card a browser only says for whom it pays: the hub neither looks the customer up nor uses it.
    let is_attribution = identity.caller.is_browser() && order.source.is_fresh_card();
    let named = match order.customer.filter(|_| !is_attribution) {
        Some(customer) => Some(stored_customer(hub, identity, customer).await?),
        None => None,
    };
    let mut resolved = match std::mem::replace(&mut order.source, taken) {
        SourceOrder::Card(card) => inline_card(hub, identity, card, now).await?,
        SourceOrder::Token(id) => token(hub, identity, id, now).await?,
        SourceOrder::StoredCard { card, cvv } => stored_card(hub, identity, card, cvv, now).await?,
        SourceOrder::Customer(data) => inline_customer(hub, identity, *data, now),
        SourceOrder::StoredCustomer { customer, cvv } => {
            let data = stored_customer(hub, identity, customer).await?;
            match kind {
                PaymentType::Drip if !data.address.as_ref().is_some_and(Address::is_whole) => {
                    return Err(Refusal::NoCustomerAddress);
                }
                PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => ResolvedSource {
                    customer: Some(data),
                    ..ResolvedSource::of(Source::Customer { customer_id: customer })
                },
                PaymentType::Credit => {
                    order.customer = Some(customer);
                    let card = hub.store.last_linked_card(identity.caller.client, customer).await?;
                    stored_card(hub, identity, card.ok_or(Refusal::UnusableCustomer)?, cvv, now).await?
                }
            }
        }
    };
    resolved.customer = resolved.customer.or(named);
    Ok((order, resolved))
}

async fn inline_card(
    hub: &Hub,
    identity: &Identity,
    card: CardData,
    now: Timestamp,
) -> Result<ResolvedSource, Refusal> {
    let client = identity.caller.client;
    // Another card number under the same key is another card: an earlier request may have stored the first one.
    let fingerprint = vault::fingerprint(hub, client, card.pan.reveal()).await?;
    let id = CardId::new(hub.secrets.derived(identity.id, &format!("card {}", fingerprint.mac)));
    let number = vault::seal_number(hub, client, id.uuid(), &card.pan).await?;
    let maker = identity.caller.maker().clone();
    let stored = Card {
        last_charge: Some(identity.charge()),
        ..Card::inline(id, client, maker, card.snapshot(), fingerprint, number, now)
    };
    let source = Source::Card { card_id: id, card: card.snapshot() };
    Ok(ResolvedSource { card: Some(card), snapshot: Snapshot::Card(Box::new(stored)), ..ResolvedSource::of(source) })
}

async fn token(hub: &Hub, identity: &Identity, id: TokenId, now: Timestamp) -> Result<ResolvedSource, Refusal> {
    let token = hub.store.token(identity.caller.client, id, now).await?.ok_or(Refusal::UnknownToken)?;
    let card = unspent_card(hub, identity.caller.client, id, &token, now).await?;
    let source = Source::Token { token_id: id, card: card.snapshot() };
    Ok(ResolvedSource {
        card: Some(card),
        spend: Some(Spend::by_charge(id, identity.caller.client, identity.charge(), now)),
        fingerprint: token.fingerprint,
        ..ResolvedSource::of(source)
    })
}

async fn stored_card(
    hub: &Hub,
    identity: &Identity,
    id: CardId,
    cvv: CvvOrder,
    now: Timestamp,
) -> Result<ResolvedSource, Refusal> {
    let client = identity.caller.client;
    let record = hub.store.card(client, id).await?.filter(Card::can_pay).ok_or(Refusal::UnusableCard)?;
    match use_of(hub, identity, &record).await? {
        Use::WithCvv if matches!(cvv, CvvOrder::None) => return Err(Refusal::CvvRequired),
        Use::Free | Use::WithCvv => {}
        Use::No => return Err(Refusal::UnusableCard),
    }
    if record.snapshot.expiry.has_ended(now) {
        return Err(Refusal::CardExpired);
    }
    let (cvv, spend) = match cvv {
        CvvOrder::None => (None, None),
        CvvOrder::Given(cvv) => (Some(cvv), None),
        CvvOrder::Token(token) => {
            let cvv = unspent_cvv(hub, client, token, now).await?;
            (Some(cvv), Some(Spend::by_charge(token, client, identity.charge(), now)))
        }
    };
    let number = record.number.as_deref().ok_or(Refusal::UnusableCard)?;
    let pan = vault::open_number(hub, client, id.uuid(), number).await?;
    let pan = Pan::new(pan.reveal()).map_err(|_| Refusal::Internal)?;
    let (holder, expiry) = (record.snapshot.holder.clone(), record.snapshot.expiry);
    Ok(ResolvedSource {
        card: Some(CardData { pan, cvv, holder, expiry }),
        spend,
        unsaved: record.is_unsaved().then_some(id),
        fingerprint: Some(record.fingerprint),
        ..ResolvedSource::of(Source::Card { card_id: id, card: record.snapshot })
    })
}

/// A stored customer that the caller opens.
async fn stored_customer(hub: &Hub, identity: &Identity, id: CustomerId) -> Result<CustomerData, Refusal> {
    let customer = hub.store.customer(identity.caller.client, id).await?;
    let open = customer.filter(|customer| identity.caller.opens_customer(customer));
    open.map(|customer| customer.data).ok_or(Refusal::UnusableCustomer)
}

/// On what condition a caller pays with a stored card.
enum Use {
    /// None.
    Free,
    /// Its security code comes with the payment: whoever holds only the id of a card does not pay with it.
    WithCvv,
    /// It does not.
    No,
}

/// A secret key pays with every card of its account, a session key with those that it stored. With the security code a
/// public key pays with the cards that it or a key made with it stored, a session key with those of the customers that it
/// opens, and the key of a session with a link with those that it stored.
async fn use_of(hub: &Hub, identity: &Identity, card: &Card) -> Result<Use, Refusal> {
    let caller = &identity.caller;
    if !caller.is_browser() {
        return Ok(Use::Free);
    }
    if caller.opens(&card.made_by) {
        return Ok(if caller.is_one_shoppers() { Use::Free } else { Use::WithCvv });
    }
    let Some(customer) = card.customer.filter(|_| caller.session().is_some()) else { return Ok(Use::No) };
    match stored_customer(hub, identity, customer).await {
        Ok(_) => Ok(Use::WithCvv),
        Err(Refusal::UnusableCustomer) => Ok(Use::No),
        // A table out of reach says nothing of the card.
        Err(other) => Err(other),
    }
}

fn inline_customer(hub: &Hub, identity: &Identity, data: CustomerData, now: Timestamp) -> ResolvedSource {
    let label = format!("customer {}", data.document.identity().unwrap_or_else(|| data.email.clone()));
    let id = CustomerId::new(hub.secrets.derived(identity.id, &label));
    let record = customer::record(hub, identity, id, data.clone(), now);
    let snapshot = Snapshot::Customer(Box::new(record));
    ResolvedSource { customer: Some(data), snapshot, ..ResolvedSource::of(Source::Customer { customer_id: id }) }
}
