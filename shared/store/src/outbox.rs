//! The outbox: charges as the table's stream shows them, and a scan of all charges for events that the stream lost.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::charge::Charge;
use serde::Deserialize;

use crate::{
    Error, Store,
    charges::decode_charge,
    item::{Item, n, s},
    keys::CHARGE,
    write::unreachable,
};

/// An item as a stream shows it, in DynamoDB's own JSON.
#[derive(Clone, Debug, Deserialize)]
pub struct Image(HashMap<String, Attribute>);

/// The types of attributes that a charge's item has.
#[derive(Clone, Debug, Deserialize)]
enum Attribute {
    S(String),
    N(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    L(Vec<Self>),
}

impl Image {
    /// How many events the charge has had.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where it does not say.
    pub fn event_no(&self) -> Result<u32, Error> {
        match self.0.get("eventNo") {
            Some(Attribute::N(digits)) => digits.parse().ok(),
            Some(Attribute::S(_) | Attribute::Bool(_) | Attribute::L(_)) | None => None,
        }
        .ok_or_else(|| Error::Corrupt("an image without its number of events".to_owned()))
    }

    /// The charge.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where it is none.
    pub fn charge(&self) -> Result<Charge, Error> {
        let item: Item = self.0.iter().map(|(name, attribute)| (name.clone(), attribute.into())).collect();
        decode_charge(&item)
    }
}

impl From<&Attribute> for AttributeValue {
    fn from(attribute: &Attribute) -> Self {
        match attribute {
            Attribute::S(text) => s(text),
            Attribute::N(digits) => n(digits),
            Attribute::Bool(flag) => Self::Bool(*flag),
            Attribute::L(entries) => Self::L(entries.iter().map(Self::from).collect()),
        }
    }
}

/// A position in the scan of all charges.
#[derive(Clone, Debug)]
pub struct Place(Item);

impl Store {
    /// Some charges of any account that have had events, in no order, and the position of the next ones. A charge that
    /// cannot be read is an error in its place.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn some_charges(
        &self,
        from: Option<Place>,
    ) -> Result<(Vec<Result<Charge, Error>>, Option<Place>), Error> {
        let answer = self
            .client
            .scan()
            .table_name(&*self.hub)
            .consistent_read(true)
            .filter_expression("begins_with(PK, :charge) AND eventNo > :none")
            .expression_attribute_values(":charge", s(CHARGE))
            .expression_attribute_values(":none", n(0))
            .set_exclusive_start_key(from.map(|place| place.0))
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        let charges = answer.items.unwrap_or_default().iter().map(decode_charge).collect();
        Ok((charges, answer.last_evaluated_key.map(Place)))
    }
}
