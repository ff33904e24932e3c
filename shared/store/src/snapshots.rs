//! Cards and customers that came inside a charge, kept under ids of their own.

use domain::{
    card::CardSnapshot,
    customer::CustomerData,
    ids::{CardId, ClientId, CustomerId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, encode, key, text},
    write::{Expression, Written, nonce},
};

/// A stored card. Its number is encrypted; its CVV is not stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardRecord {
    /// The account that it belongs to.
    pub client: ClientId,
    /// What may be shown of it.
    pub snapshot: CardSnapshot,
    /// Its keyed fingerprint.
    pub fingerprint: String,
    /// The number, encrypted.
    pub number: String,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// A stored buyer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerRecord {
    /// The account that it belongs to.
    pub client: ClientId,
    /// What is known of the buyer.
    #[serde(flatten)]
    pub data: CustomerData,
    /// When it was stored.
    pub created_at: Timestamp,
}

#[derive(Serialize)]
struct DocumentRecord {
    customer: CustomerId,
}

const LIFTED: [&str; 2] = ["client", "createdAt"];

impl Store {
    /// Stores a card under an id that no other card has; the same again changes nothing.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_card(&self, id: CardId, card: &CardRecord) -> Result<(), Error> {
        let item = encode(key(format!("CARD#{id}"), "CARD"), card, &LIFTED)?;
        self.put(&self.hub, item, &Expression::absent(), &nonce()).await.map(|_: Written| ())
    }

    /// Stores a buyer, unless the account already has one with this document: the id of the one that it has then.
    /// `document` is a keyed hash; without one there is nothing to recognise the buyer by.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_customer(
        &self,
        id: CustomerId,
        customer: &CustomerRecord,
        document: Option<&str>,
    ) -> Result<CustomerId, Error> {
        let nonce = nonce();
        let item = encode(key(format!("CUSTOMER#{id}"), "CUSTOMER"), customer, &LIFTED)?;
        let Some(document) = document else {
            return self.put(&self.hub, item, &Expression::absent(), &nonce).await.map(|_: Written| id);
        };
        let unique = encode(document_key(customer.client, document), &DocumentRecord { customer: id }, &["customer"])?;
        let writes = vec![
            Self::put_action(&self.hub, unique, Expression::absent(), &nonce)?,
            Self::put_action(&self.hub, item, Expression::absent(), &nonce)?,
        ];
        match self.transact(writes, &nonce).await? {
            Ok(()) => Ok(id),
            Err(failed) => {
                let there = failed.first().and_then(Option::as_ref).and_then(|item| text(item, "customer"));
                Ok(there.and_then(|there| there.parse().ok()).unwrap_or(id))
            }
        }
    }
}

fn document_key(client: ClientId, document: &str) -> Item {
    key(format!("CLIENT#{client}#DOCUMENT#{document}"), "DOCUMENT")
}
