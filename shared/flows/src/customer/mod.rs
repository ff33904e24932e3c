//! Customers: registered, shown, changed, erased, and the cards that are linked to them.

pub mod card;
pub mod token;

use domain::{
    card::Card,
    customer::{Claims, Customer, CustomerChange, CustomerData, LinkedCard, Origin},
    ids::{CardId, ClientId, CustomerId, SessionId},
    limits::MAX_CUSTOMER_CARDS,
    refusal::Refusal,
    time::Timestamp,
};
use futures::future::{try_join, try_join_all};
use store::customers::Created;

use crate::{Hub, attempt::Attempt};

/// How often a change of a customer that was written meanwhile is made anew.
const TRIES: u32 = 10;

/// A customer, and whether it was there before.
#[derive(Debug)]
pub struct MadeCustomer {
    /// The customer.
    pub customer: Customer,
    /// Whether this answers a repeat.
    pub is_repeat: bool,
}

impl Hub {
    /// Registers the customer with this data; where the attempt was made before, the customer as it was then. With
    /// `force` another one may have the same document and e-mail address, and goes on holding them. A session's own
    /// key always forces: a shopper is not told who else is a customer.
    ///
    /// # Errors
    /// [`Refusal::CustomerExists`], [`Refusal::KeyReused`], [`Refusal::UnknownCustomer`] where the attempt's customer
    /// was erased since, or the store's refusals.
    pub async fn create_customer(
        &self,
        attempt: &Attempt,
        data: CustomerData,
        session: Option<SessionId>,
        force: bool,
    ) -> Result<MadeCustomer, Refusal> {
        let origin = session.map_or(Origin::Account, Origin::Session);
        let mut asked =
            self.customer_record(attempt.client, CustomerId::new(attempt.id), data, origin, self.clock.now());
        asked.body = Some(self.body(attempt, None).as_sent);
        let email = format!("e-mail {}", asked.data.mailbox());
        asked.claims.email = Some(self.secrets.body_mac(attempt.client, email.as_bytes()).into());
        loop {
            match self.store.register_customer(&asked).await? {
                Created::Done => return Ok(MadeCustomer { customer: asked, is_repeat: false }),
                Created::Repeat(there) if there.client == asked.client && there.body == asked.body => {
                    // The same body: what it says is what was stored, whatever was changed since.
                    let customer = Customer { data: asked.data, ..*there };
                    return Ok(MadeCustomer { customer, is_repeat: true });
                }
                Created::Repeat(_) => return Err(Refusal::KeyReused),
                Created::Erased => return Err(Refusal::UnknownCustomer),
                Created::Taken(taken) if taken.is_empty() => return Err(Refusal::Contention),
                Created::Taken(taken) if force || session.is_some() => asked.claims.give_up(&taken),
                Created::Taken(taken) => return Err(Refusal::CustomerExists { taken }),
            }
        }
    }

    /// A new customer that claims its document.
    pub(crate) fn customer_record(
        &self,
        client: ClientId,
        id: CustomerId,
        data: CustomerData,
        origin: Origin,
        now: Timestamp,
    ) -> Customer {
        let document = data.document.identity().map(|identity| format!("document {identity}"));
        let document = document.map(|said| self.secrets.body_mac(client, said.as_bytes()).into());
        Customer {
            id,
            client,
            document_number: data.document.number().map(|number| self.document_number_hash(client, number)),
            data,
            created_at: now,
            origin,
            body: None,
            claims: Claims { document, email: None },
            cards: Vec::new(),
            version: 1,
        }
    }

    /// The keyed hash by which customers are listed: of a document's number alone, however it was written.
    #[must_use]
    pub fn document_number_hash(&self, client: ClientId, number: &str) -> String {
        let plain: String = number.chars().filter(|c| c.is_alphanumeric()).collect();
        self.secrets.body_mac(client, format!("document number {}", plain.to_uppercase()).as_bytes()).into()
    }

    /// The customer of this id, for a caller of the account or, with `session`, for that session's own key.
    ///
    /// # Errors
    /// [`Refusal::UnknownCustomer`]; [`Refusal::Forbidden`] where the session's key does not open it
    /// ([`Origin::is_open_to`]); or the store's refusals.
    pub async fn customer_for(
        &self,
        client: ClientId,
        session: Option<SessionId>,
        id: CustomerId,
    ) -> Result<Customer, Refusal> {
        let customer = self.store.customer(client, id).await?.ok_or(Refusal::UnknownCustomer)?;
        if customer.origin.is_open_to(session) { Ok(customer) } else { Err(Refusal::Forbidden) }
    }

    /// Changes a customer: as it is afterwards.
    ///
    /// # Errors
    /// [`Refusal::UnknownCustomer`], or the store's refusals.
    pub async fn change_customer(
        &self,
        client: ClientId,
        id: CustomerId,
        change: &CustomerChange,
    ) -> Result<Customer, Refusal> {
        for _ in 0..TRIES {
            let read = self.customer_for(client, None, id).await?;
            let data = read.data.changed(change);
            if data == read.data {
                return Ok(read);
            }
            if let Some(changed) = self.store.change_customer(Customer { data, ..read }).await? {
                return Ok(changed);
            }
        }
        Err(Refusal::Contention)
    }

    /// Erases a customer and all that is known of the buyer. Charges keep the id, which names nobody any more.
    ///
    /// # Errors
    /// [`Refusal::UnknownCustomer`], or the store's refusals.
    pub async fn erase_customer(&self, client: ClientId, id: CustomerId) -> Result<(), Refusal> {
        for _ in 0..TRIES {
            let read = self.customer_for(client, None, id).await?;
            if self.store.erase_customer(&read, self.clock.now()).await? {
                return Ok(());
            }
        }
        Err(Refusal::Contention)
    }

    /// Links a card to a customer, in place of the one with the same number that it may have; the same again changes
    /// nothing.
    ///
    /// # Errors
    /// As [`Hub::customer_for`]; [`Refusal::UnknownCard`], [`Refusal::CardLinked`], [`Refusal::CustomerCardsUsedUp`].
    pub async fn link_card(
        &self,
        client: ClientId,
        session: Option<SessionId>,
        id: CustomerId,
        card: CardId,
    ) -> Result<(), Refusal> {
        for _ in 0..TRIES {
            let stored = async { Ok(self.store.card(client, card).await?) };
            let (mut customer, stored) = try_join(self.customer_for(client, session, id), stored).await?;
            let stored = stored.ok_or(Refusal::UnknownCard)?;
            if customer.cards.iter().any(|linked| linked.id == card) {
                return Ok(());
            }
            if stored.customer.is_some_and(|other| other != id) {
                return Err(Refusal::CardLinked);
            }
            let same_number = customer.cards.iter().position(|linked| linked.fingerprint == stored.fingerprint);
            let replaced = same_number.map(|place| customer.cards.remove(place).id);
            customer.cards.push(LinkedCard { id: card, fingerprint: stored.fingerprint });
            if customer.cards.len() > MAX_CUSTOMER_CARDS {
                return Err(Refusal::CustomerCardsUsedUp);
            }
            if self.store.link_card(customer, card, replaced).await? {
                return Ok(());
            }
        }
        Err(Refusal::Contention)
    }

    /// The customer's cards, the one that was linked last at the end.
    ///
    /// # Errors
    /// The store's refusals.
    pub async fn cards_of(&self, customer: &Customer) -> Result<Vec<Card>, Refusal> {
        let read = customer.cards.iter().map(|linked| self.store.card(customer.client, linked.id));
        Ok(try_join_all(read).await?.into_iter().flatten().collect())
    }
}
