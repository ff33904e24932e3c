//! Customers: stored records of shoppers.

use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr};

use crate::{
    card::Fingerprint,
    document::{Document, DocumentKind},
    ids::{CardId, ClientId, CustomerId},
    maker::Maker,
    time::Timestamp,
};

/// A stored customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// What is known of the shopper.
    #[serde(flatten)]
    pub data: CustomerData,
    /// When it was stored.
    pub created_at: Timestamp,
    /// The key that registered it, or that paid with it.
    #[serde(flatten)]
    pub made_by: Maker,
    /// The keyed hash of the body that created it; none where a payment brought it along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The keyed hash of its document's number, for lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_number: Option<String>,
    /// What it alone is.
    pub unique_keys: UniqueKeys,
    /// Its cards, the one that was linked last at the end, one for each number.
    pub cards: Vec<LinkedCard>,
    /// How often it was written.
    pub version: u64,
}

/// The keyed hashes that no other customer of the account may have while this one holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKeys {
    /// Of its document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Of its e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl UniqueKeys {
    /// Removes the keys that another customer has taken.
    pub fn remove(&mut self, taken: &[Unique]) {
        for what in taken {
            match what {
                Unique::Document => self.document = None,
                Unique::Email => self.email = None,
            }
        }
    }
}

/// A card of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedCard {
    /// The card.
    pub id: CardId,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
}

/// What the hub knows of a shopper.
///
/// Telephone and postal code keep the caller's spelling: Malga's pages "Pix" and "Drip" send
/// `"21 98889999099"` and `"xx999999999"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerData {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number as written by the caller.
    pub phone_number: String,
    /// The document that identifies the shopper.
    pub document: Document,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

impl CustomerData {
    /// The same customer after `change`.
    #[must_use]
    pub fn changed(&self, change: &CustomerChange) -> Self {
        Self {
            name: change.name.clone().unwrap_or_else(|| self.name.clone()),
            phone_number: change.phone_number.clone().unwrap_or_else(|| self.phone_number.clone()),
            address: change.address.clone().or_else(|| self.address.clone()),
            ..self.clone()
        }
    }

    /// One text for one mailbox, however its address was written.
    #[must_use]
    pub fn mailbox(&self) -> String {
        self.email.to_lowercase()
    }
}

/// Something that a provider must know of a shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr)]
pub enum Need {
    /// A full name.
    #[strum(serialize = "name")]
    Name,
    /// CPF or CNPJ.
    #[strum(serialize = "document")]
    Document,
    /// A CPF: no document of a company.
    #[strum(serialize = "document.cpf")]
    Cpf,
    /// An e-mail address.
    #[strum(serialize = "email")]
    Email,
    /// A telephone number.
    #[strum(serialize = "phoneNumber")]
    Phone,
    /// A postal address with street, number, district, city, state and postal code.
    #[strum(serialize = "address")]
    Address,
}

impl Need {
    /// The field of a customer that says it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether `customer` says it.
    #[must_use]
    pub fn is_met_by(self, customer: &CustomerData) -> bool {
        let kind = customer.document.kind();
        match self {
            Self::Name => !customer.name.trim().is_empty(),
            Self::Document => matches!(kind, DocumentKind::Cpf | DocumentKind::Cnpj),
            Self::Cpf => *kind == DocumentKind::Cpf,
            Self::Email => !customer.email.trim().is_empty(),
            Self::Phone => customer.phone_number.chars().any(|c| c.is_ascii_digit()),
            Self::Address => customer.address.as_ref().is_some_and(Address::is_whole),
        }
    }
}

/// What may be changed of a customer; what is none stays. E-mail and document never change: they identify the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerChange {
    /// Full name.
    pub name: Option<String>,
    /// Telephone number as written by the caller.
    pub phone_number: Option<String>,
    /// The whole postal address.
    pub address: Option<Address>,
}

/// What no two customers of an account share, unless they were created with `force`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
#[strum(serialize_all = "lowercase")]
pub enum Unique {
    /// The document.
    Document,
    /// The e-mail address.
    Email,
}

/// A postal address: the parts that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// House number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_number: Option<String>,
    /// Apartment, floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complement: Option<String>,
    /// Postal code as written by the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// State.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// District.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
}

impl Address {
    /// Whether every part but the complement is known.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let Self { street, street_number, complement: _, zip_code, country, state, city, district } = self;
        [street, street_number, zip_code, country, state, city, district].into_iter().all(Option::is_some)
    }
}
