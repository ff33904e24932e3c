//! Customers, and what makes them unique.
//!
//! A customer is one item with its cards' ids. One more item reserves its document and one its e-mail address, each
//! under a keyed hash and with the customer's id. A customer that came with a payment reserves its document alone. An
//! erased customer leaves an item without personal data, so that its id is never used again.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    customer::{Customer, Unique},
    ids::{CardId, ClientId, CustomerId},
    time::Timestamp,
};
use serde::Serialize;

use crate::{
    Error, Store,
    item::{Item, decode_keyed, encode, encode_within, id_in_key, key, s, text},
    keys::{CUSTOMER, Kind, card_key, erased_keys, list_keys, unsaved_keys},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 5] = ["id", "client", "createdAt", "version", "documentNumber"];
/// Marks the item of an erased customer.
const ERASED: &str = "erasedAt";

/// What became of a new customer.
#[derive(Debug)]
pub enum Created {
    /// It is stored.
    Done,
    /// A customer of this id was there: this is an idempotent replay.
    Replay(Box<Customer>),
    /// A customer of this id was there and was erased.
    Erased,
    /// Other customers have these of its unique keys; nothing is stored.
    Taken(Vec<Unique>),
}

/// The item that reserves a unique key for a customer.
#[derive(Serialize)]
struct Reservation {
    customer: CustomerId,
}

impl Store {
    /// Stores a customer and reserves its unique keys, all or nothing.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn register_customer(&self, customer: &Customer) -> Result<Created, Error> {
        let nonce = nonce();
        let keys = unique_keys(customer);
        let mut writes = vec![Self::put_action(&self.hub, encode_customer(customer)?, Expression::absent(), &nonce)?];
        for (_, key) in &keys {
            writes.push(self.reserve_action(key.clone(), customer.id, &nonce)?);
        }
        let Err(failed) = self.transact(writes, &nonce).await? else { return Ok(Created::Done) };
        if let Some(Some(there)) = failed.first() {
            return Ok(match decode_customer(there)? {
                Some(there) => Created::Replay(Box::new(there)),
                None => Created::Erased,
            });
        }
        let taken = keys.iter().zip(failed.iter().skip(1)).filter(|(_, there)| there.is_some());
        Ok(Created::Taken(taken.map(|((what, _), _)| *what).collect()))
    }

    /// Stores a customer that came with a payment, unless the account already has one with this document: the id of the
    /// customer that is stored. Its document is reserved; its e-mail address is not, because another may have it.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_customer(&self, customer: &Customer) -> Result<CustomerId, Error> {
        let nonce = nonce();
        let item = encode_customer(customer)?;
        let Some(document) = customer.unique_keys.document.as_deref() else {
            return self.put(&self.hub, item, &Expression::absent(), &nonce).await.map(|_: Written| customer.id);
        };
        let writes = vec![
            self.reserve_action(document_key(customer.client, document), customer.id, &nonce)?,
            Self::put_action(&self.hub, item, Expression::absent(), &nonce)?,
        ];
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(customer.id),
            Err(failed) => {
                let there = failed.first().and_then(Option::as_ref).and_then(|item| text(item, "customer"));
                Ok(there.and_then(|there| there.parse().ok()).unwrap_or(customer.id))
            }
        }
    }

    /// The customer of this id, if it is this account's and was not erased.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn customer(&self, client: ClientId, id: CustomerId) -> Result<Option<Customer>, Error> {
        let item = self.get(&self.hub, customer_key(id)).await?;
        let customer = item.as_ref().map(decode_customer).transpose()?.flatten();
        Ok(customer.filter(|customer| customer.client == client))
    }

    /// The card that was linked to this customer last.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn last_linked_card(&self, client: ClientId, id: CustomerId) -> Result<Option<CardId>, Error> {
        let customer = self.customer(client, id).await?;
        Ok(customer.and_then(|customer| Some(customer.cards.last()?.id)))
    }

    /// Stores `changed`, made of the customer at the version that it still shows: the customer as it is then; none
    /// where it was written since.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn change_customer(&self, changed: Customer) -> Result<Option<Customer>, Error> {
        let read = Expression::at_version(changed.version);
        let next = Customer { version: changed.version.saturating_add(1), ..changed };
        match self.put(&self.hub, encode_customer(&next)?, &read, &nonce()).await? {
            Written::Done => Ok(Some(next)),
            Written::Refused(_) => Ok(None),
        }
    }

    /// Stores `changed`, made of the customer at the version that it still shows by linking `card` in place of
    /// `replaced`, and writes the customer into the card: all or nothing. False where the customer was written since,
    /// the card is another customer's, or its number was erased.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn link_card(
        &self,
        changed: Customer,
        card: CardId,
        replaced: Option<CardId>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (nonce, id, client) = (nonce(), changed.id, changed.client);
        let read = Expression::at_version(changed.version);
        let next = Customer { version: changed.version.saturating_add(1), ..changed };
        let link = Expression {
            condition: "client = :client AND attribute_exists(#number) AND (attribute_not_exists(customer) OR customer = :customer)"
                .to_owned(),
            update: "SET customer = :customer, writer = :writer REMOVE GSI2PK, GSI2SK".to_owned(),
            values: vec![(":client", s(client.to_string())), (":customer", s(id.to_string()))],
            names: vec![("#number", "number")],
        };
        let mut writes = vec![
            Self::put_action(&self.hub, encode_customer(&next)?, read, &nonce)?,
            Self::update_action(&self.hub, card_key(card), link, &nonce)?,
        ];
        if let Some(replaced) = replaced {
            writes.push(self.unlink_action(replaced, id, now, &nonce)?);
        }
        Ok(self.transact(writes, &nonce).await?.is_ok())
    }

    /// Erases a customer as it was read, with its unique keys and its cards' links. Its id, its account and two
    /// instants remain, and it is due until its copies are erased as well. False where it was written since.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn erase_customer(&self, read: &Customer, now: Timestamp) -> Result<bool, Error> {
        let nonce = nonce();
        let mut left = customer_key(read.id);
        left.extend([
            ("client".to_owned(), s(read.client.to_string())),
            ("createdAt".to_owned(), s(read.created_at.to_string())),
            (ERASED.to_owned(), s(now.to_string())),
        ]);
        left.extend(erased_keys(now, read.id));
        let mut writes = vec![Self::put_action(&self.hub, left, Expression::at_version(read.version), &nonce)?];
        for (_, key) in unique_keys(read) {
            writes.push(Self::delete_action(&self.hub, key, of_customer(read.id))?);
        }
        for card in &read.cards {
            writes.push(self.unlink_action(card.id, read.id, now, &nonce)?);
        }
        Ok(self.transact(writes, &nonce).await?.is_ok())
    }

    /// The card has no customer from now on: the sweeper erases its number in time, unless it was stored by itself.
    fn unlink_action(
        &self,
        card: CardId,
        customer: CustomerId,
        now: Timestamp,
        nonce: &str,
    ) -> Result<TransactWriteItem, Error> {
        let [(_, shard), (_, mark)] = unsaved_keys(now, card);
        let mut unlink = of_customer(customer);
        "SET writer = :writer, GSI2PK = :shard, GSI2SK = :mark REMOVE customer".clone_into(&mut unlink.update);
        unlink.values.extend([(":shard", shard), (":mark", mark)]);
        Self::update_action(&self.hub, card_key(card), unlink, nonce)
    }

    fn reserve_action(&self, key: Item, customer: CustomerId, nonce: &str) -> Result<TransactWriteItem, Error> {
        Self::put_action(&self.hub, encode(key, &Reservation { customer }, &["customer"])?, Expression::absent(), nonce)
    }
}

/// Only where the item names this customer.
fn of_customer(id: CustomerId) -> Expression {
    Expression {
        condition: "customer = :customer".to_owned(),
        values: vec![(":customer", s(id.to_string()))],
        ..Expression::default()
    }
}

/// The customer's unique keys, with the keys of the items that reserve them.
fn unique_keys(customer: &Customer) -> Vec<(Unique, Item)> {
    let (client, keys) = (customer.client, &customer.unique_keys);
    let document = keys.document.as_deref().map(|hash| (Unique::Document, document_key(client, hash)));
    let email = keys.email.as_deref().map(|hash| (Unique::Email, email_key(client, hash)));
    document.into_iter().chain(email).collect()
}

fn encode_customer(customer: &Customer) -> Result<Item, Error> {
    let mut item = encode_within(customer_key(customer.id), customer, &LIFTED)?;
    item.remove("id");
    item.insert("documentType".to_owned(), s(customer.data.document.kind().to_string().to_ascii_lowercase()));
    item.extend(list_keys(customer.client, Kind::Customer, customer.created_at, customer.id.uuid()));
    Ok(item)
}

/// The customer in `item`; none where it was erased.
pub(crate) fn decode_customer(item: &Item) -> Result<Option<Customer>, Error> {
    if item.contains_key(ERASED) {
        return Ok(None);
    }
    decode_keyed(item, &[("id", id_in_key(item, CUSTOMER)?)], &LIFTED).map(Some)
}

pub(crate) fn customer_key(id: CustomerId) -> Item {
    key(format!("{CUSTOMER}{id}"), "CUSTOMER")
}

fn document_key(client: ClientId, hash: &str) -> Item {
    key(format!("CLIENT#{client}#DOCUMENT#{hash}"), "DOCUMENT")
}

fn email_key(client: ClientId, hash: &str) -> Item {
    key(format!("CLIENT#{client}#EMAIL#{hash}"), "EMAIL")
}
