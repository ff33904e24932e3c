//! Merchants and their logos.

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, Put, TransactWriteItem},
};
use domain::{
    ids::{ClientId, MerchantId},
    limits::MAX_WALK,
    merchant::Merchant,
    time::Timestamp,
};

use crate::{
    Error, Store,
    item::{Item, decode, encode_within, key, s},
    keys::account_partition,
    lists::first,
    write::{Expression, Written, nonce},
};

const LIFTED: [&str; 1] = ["version"];
const PREFIX: &str = "MERCHANT#";
const PICTURE: &str = "picture";

impl Store {
    /// The merchant of this id, if it is this account's, as it was at most a minute ago: for payments.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn merchant(&self, client: ClientId, id: MerchantId, now: Timestamp) -> Result<Option<Merchant>, Error> {
        match self.caches.merchants.get(&cached(client, id), now) {
            Some(found) => Ok(Some(found)),
            None => self.stored_merchant(client, id, now).await,
        }
    }

    /// The merchant of this id, if it is this account's, as it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn stored_merchant(
        &self,
        client: ClientId,
        id: MerchantId,
        now: Timestamp,
    ) -> Result<Option<Merchant>, Error> {
        let item = self.get(&self.hub, merchant_key(client, id)).await?;
        let found: Option<Merchant> = item.map(|item| decode(&item, &LIFTED)).transpose()?;
        if let Some(found) = &found {
            self.remember(found, now);
        }
        Ok(found)
    }

    /// Every merchant of the account, the oldest first; at most [`MAX_WALK`] of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn merchants(&self, client: ClientId) -> Result<Vec<Merchant>, Error> {
        let query = self
            .client
            .query()
            .table_name(&*self.hub)
            .key_condition_expression("PK = :account AND begins_with(SK, :merchants)")
            .expression_attribute_values(":account", s(account_partition(client)))
            .expression_attribute_values(":merchants", s(PREFIX))
            .consistent_read(true);
        let items = first(MAX_WALK, query).await?;
        let mut merchants: Vec<Merchant> =
            items.iter().map(|item| decode(item, &LIFTED)).collect::<Result<_, Error>>()?;
        merchants.sort_by_key(|merchant| (merchant.created_at, merchant.id));
        Ok(merchants)
    }

    /// Stores a new merchant; the merchant that was there where its id is taken.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn create_merchant(&self, merchant: &Merchant) -> Result<Option<Merchant>, Error> {
        match self.put(&self.hub, item(merchant)?, &Expression::absent(), &nonce()).await? {
            Written::Done => Ok(None),
            Written::Refused(Some(there)) => decode(&there, &LIFTED).map(Some),
            Written::Refused(None) => Err(Error::Contention),
        }
    }

    /// Stores `next` in place of the merchant as it was read, together with its logo where one is given: false where
    /// the merchant was written since.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn change_merchant(
        &self,
        read: &Merchant,
        next: &Merchant,
        logo: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let nonce = nonce();
        let unchanged = Expression::at_version(read.version);
        let is_stored = match logo {
            None => matches!(self.put(&self.hub, item(next)?, &unchanged, &nonce).await?, Written::Done),
            Some(logo) => {
                let writes = vec![
                    Self::put_action(&self.hub, item(next)?, unchanged, &nonce)?,
                    put_logo(&self.hub, next.id, logo)?,
                ];
                self.transact(writes, &nonce).await?.is_ok()
            }
        };
        if is_stored {
            self.remember(next, now);
        }
        Ok(is_stored)
    }

    /// The logo of the merchant of this id.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Corrupt`].
    pub async fn logo(&self, id: MerchantId) -> Result<Option<Vec<u8>>, Error> {
        let Some(mut item) = self.get(&self.hub, logo_key(id)).await? else { return Ok(None) };
        match item.remove(PICTURE) {
            Some(AttributeValue::B(bytes)) => Ok(Some(bytes.into_inner())),
            _ => Err(Error::Corrupt(format!("the logo of {id}"))),
        }
    }

    fn remember(&self, merchant: &Merchant, now: Timestamp) {
        self.caches.merchants.put(cached(merchant.client, merchant.id), merchant.clone(), now);
    }
}

/// The merchant as an item.
pub(crate) fn item(merchant: &Merchant) -> Result<Item, Error> {
    encode_within(merchant_key(merchant.client, merchant.id), merchant, &LIFTED)
}

/// In place of whatever logo there was.
fn put_logo(table: &str, id: MerchantId, logo: &[u8]) -> Result<TransactWriteItem, Error> {
    let mut item = logo_key(id);
    item.insert(PICTURE.to_owned(), AttributeValue::B(Blob::new(logo)));
    let put = Put::builder().table_name(table).set_item(Some(item)).build();
    Ok(TransactWriteItem::builder().put(put.map_err(|e| Error::Corrupt(e.to_string()))?).build())
}

fn cached(client: ClientId, id: MerchantId) -> String {
    format!("{client}{id}")
}

fn merchant_key(client: ClientId, id: MerchantId) -> Item {
    key(account_partition(client), &format!("{PREFIX}{id}"))
}

fn logo_key(id: MerchantId) -> Item {
    key(format!("LOGO#{id}"), "LOGO")
}
