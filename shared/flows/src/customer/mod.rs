//! Customers: registered, shown, changed, erased, and the cards that are linked to them.

pub mod card;
pub mod token;

use domain::{
    card::Card,
    customer::{Customer, CustomerChange, CustomerData, LinkedCard, UniqueKeys},
    ids::{CardId, ClientId, CustomerId},
    limits::{MAX_BROWSER_CARDS, MAX_CUSTOMER_CARDS},
    refusal::Refusal,
    time::Timestamp,
};
use futures::future::{try_join, try_join_all};
use store::{
    customers::Created,
    lists::{CustomerFilter, Listed, Window},
};

use crate::{
    answered::Answered,
    caller::Caller,
    hub::Hub,
    identity::{self, Identity},
    retry::Retry,
};

/// Registers the customer with this data; where the request was made before, the customer as it was then. With `force`
/// another customer may have the same document and e-mail address, and keeps them as its unique keys. A customer of a
/// browser has none: a shopper must not learn who else is a customer, nor become the customer of that document.
///
/// # Errors
/// [`Refusal::CustomerExists`], [`Refusal::KeyReused`], [`Refusal::UnknownCustomer`] where the customer of the identity
/// was erased since, or the store's refusals.
pub async fn create(
    hub: &Hub,
    identity: &Identity,
    data: CustomerData,
    force: bool,
) -> Result<Answered<Customer>, Refusal> {
    let mut asked = record(hub, identity, CustomerId::new(identity.id), data, hub.now());
    asked.body = Some(identity::body(hub, identity, None).as_sent);
    if !identity.caller.is_browser() {
        let email = format!("e-mail {}", asked.data.mailbox());
        asked.unique_keys.email = Some(hub.secrets.keyed_hash(identity.caller.client, email.as_bytes()).into());
    }
    loop {
        let registered = match identity.caller.may_make() {
            Ok(()) => hub.store.register_customer(&asked).await?,
            Err(ended) => {
                let there = hub.store.customer(asked.client, asked.id).await?;
                there.map(|there| Created::Replay(Box::new(there))).ok_or(ended)?
            }
        };
        match registered {
            Created::Done => return Ok(Answered::New(asked)),
            Created::Replay(there)
                if there.client == asked.client
                    && there.body == asked.body
                    && identity.caller.opens(&there.made_by) =>
            {
                // The same body: what it says is what was stored, whatever was changed since.
                return Ok(Answered::Replayed(Customer { data: asked.data, ..*there }));
            }
            Created::Replay(_) => return Err(Refusal::KeyReused),
            Created::Erased => return Err(Refusal::UnknownCustomer),
            Created::Taken(taken) if taken.is_empty() => return Err(Refusal::Contention),
            Created::Taken(taken) if force => asked.unique_keys.remove(&taken),
            Created::Taken(taken) => return Err(Refusal::CustomerExists { taken }),
        }
    }
}

/// A new customer, with its document as a unique key unless a browser brought it.
pub(crate) fn record(hub: &Hub, identity: &Identity, id: CustomerId, data: CustomerData, now: Timestamp) -> Customer {
    let client = identity.caller.client;
    let document = data.document.identity().filter(|_| !identity.caller.is_browser());
    let document = document.map(|document| format!("document {document}"));
    let document = document.map(|said| hub.secrets.keyed_hash(client, said.as_bytes()).into());
    Customer {
        id,
        client,
        document_number: data.document.number().map(|number| document_number_hash(hub, client, number)),
        data,
        created_at: now,
        made_by: identity.caller.maker().clone(),
        body: None,
        unique_keys: UniqueKeys { document, email: None },
        cards: Vec::new(),
        version: 1,
    }
}

/// A page of the account's customers. The filter's number of a document is as the caller wrote it.
///
/// # Errors
/// The store's refusals.
pub async fn list(
    hub: &Hub,
    client: ClientId,
    window: &Window,
    filter: CustomerFilter,
) -> Result<Listed<Customer>, Refusal> {
    let document_number = filter.document_number.map(|number| document_number_hash(hub, client, &number));
    Ok(hub.store.customers(client, window, &CustomerFilter { document_number, ..filter }).await?)
}

/// The keyed hash by which customers are listed: of a document's number alone, however it was written.
fn document_number_hash(hub: &Hub, client: ClientId, number: &str) -> String {
    let plain: String = number.chars().filter(|c| c.is_alphanumeric()).collect();
    hub.secrets.keyed_hash(client, format!("document number {}", plain.to_uppercase()).as_bytes()).into()
}

/// The customer of this id, if the caller opens it ([`Caller::opens_customer`]). To others it does not exist.
///
/// # Errors
/// [`Refusal::UnknownCustomer`], or the store's refusals.
pub async fn find(hub: &Hub, caller: &Caller, id: CustomerId) -> Result<Customer, Refusal> {
    let customer = hub.store.customer(caller.client, id).await?;
    customer.filter(|customer| caller.opens_customer(customer)).ok_or(Refusal::UnknownCustomer)
}

/// Changes a customer: as it is afterwards.
///
/// # Errors
/// [`Refusal::UnknownCustomer`], or the store's refusals.
pub async fn change(hub: &Hub, caller: &Caller, id: CustomerId, change: &CustomerChange) -> Result<Customer, Refusal> {
    let mut retry = Retry::new();
    loop {
        let read = find(hub, caller, id).await?;
        let data = read.data.changed(change);
        if data == read.data {
            return Ok(read);
        }
        if let Some(changed) = hub.store.change_customer(Customer { data, ..read }).await? {
            return Ok(changed);
        }
        retry.again().await?;
    }
}

/// Erases a customer and all that is known of the shopper. Charges keep the id, which identifies no person any more. The
/// copies in events and deliveries are erased by the sweeper ([`crate::retention`]).
///
/// # Errors
/// [`Refusal::UnknownCustomer`], or the store's refusals.
pub async fn erase(hub: &Hub, caller: &Caller, id: CustomerId) -> Result<(), Refusal> {
    let mut retry = Retry::new();
    loop {
        let read = find(hub, caller, id).await?;
        if hub.store.erase_customer(&read, hub.now()).await? {
            return Ok(());
        }
        retry.again().await?;
    }
}

/// Links a card to a customer, in place of the one with the same number that it may have; the same again changes
/// nothing. A browser's key links only a card that it stored itself, to a customer that it opens; it replaces none, and
/// so does not learn which numbers are linked.
///
/// # Errors
/// As [`find`]; [`Refusal::UnknownCard`], [`Refusal::CardLinked`], [`Refusal::CustomerCardsUsedUp`].
pub async fn link(hub: &Hub, caller: &Caller, id: CustomerId, card: CardId) -> Result<(), Refusal> {
    let mut retry = Retry::new();
    loop {
        let stored = async { Ok(hub.store.card(caller.client, card).await?) };
        let (mut customer, stored) = try_join(find(hub, caller, id), stored).await?;
        let stored =
            stored.filter(|card| card.number.is_some() && caller.opens(&card.made_by)).ok_or(Refusal::UnknownCard)?;
        if customer.cards.iter().any(|linked| linked.id == card) {
            return Ok(());
        }
        caller.may_make()?;
        if stored.customer.is_some_and(|other| other != id) {
            return Err(Refusal::CardLinked);
        }
        let is_same = |linked: &LinkedCard| linked.fingerprint == stored.fingerprint;
        let same_number = customer.cards.iter().position(is_same).filter(|_| !caller.is_browser());
        let replaced = same_number.map(|place| customer.cards.remove(place).id);
        customer.cards.push(LinkedCard { id: card, fingerprint: stored.fingerprint });
        let most = if caller.is_browser() { MAX_BROWSER_CARDS } else { MAX_CUSTOMER_CARDS };
        if customer.cards.len() > most {
            return Err(Refusal::CustomerCardsUsedUp { most });
        }
        if hub.store.link_card(customer, card, replaced, hub.now()).await? {
            return Ok(());
        }
        retry.again().await?;
    }
}

/// The customer's cards, the one that was linked last at the end.
///
/// # Errors
/// The store's refusals.
pub async fn cards(hub: &Hub, customer: &Customer) -> Result<Vec<Card>, Refusal> {
    let read = customer.cards.iter().map(|linked| hub.store.card(customer.client, linked.id));
    Ok(try_join_all(read).await?.into_iter().flatten().collect())
}
