//! Buyers.

use domain::{
    customer::CustomerData,
    ids::{CardId, ClientId, CustomerId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store,
    item::{Item, decode, encode, key, text},
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 2] = ["client", "createdAt"];

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

impl Store {
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
        let item = encode(customer_key(id), customer, &LIFTED)?;
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

    /// The card that was linked to this buyer last.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn last_linked_card(&self, client: ClientId, id: CustomerId) -> Result<Option<CardId>, Error> {
        let _ = self.customer(client, id).await?;
        Ok(None)
    }

    /// The buyer of this id, if it is this account's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn customer(&self, client: ClientId, id: CustomerId) -> Result<Option<CustomerRecord>, Error> {
        let item = self.get(&self.hub, customer_key(id)).await?;
        let customer: Option<CustomerRecord> = item.map(|item| decode(&item, &LIFTED)).transpose()?;
        Ok(customer.filter(|customer| customer.client == client))
    }
}

fn customer_key(id: CustomerId) -> Item {
    key(format!("CUSTOMER#{id}"), "CUSTOMER")
}

fn document_key(client: ClientId, document: &str) -> Item {
    key(format!("CLIENT#{client}#DOCUMENT#{document}"), "DOCUMENT")
}
