//! Customers.

use domain::{
    customer::{Address, Customer},
    document::Document,
    ids::CustomerId,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A customer. The document is printed twice: as an object, and flat as client libraries read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StoredCustomer)]
pub struct CustomerBody {
    /// Its id.
    pub id: Uuid,
    /// The account that it belongs to.
    pub client_id: Uuid,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number, as it was sent.
    pub phone_number: String,
    /// The document that identifies the customer.
    pub document: DocumentBody,
    /// Its type again.
    pub document_type: String,
    /// Its number again.
    #[schema(required)]
    pub document_number: Option<String>,
    /// The country that issued it again.
    pub document_country: String,
    /// Postal address.
    #[schema(required)]
    pub address: Option<AddressBody>,
}

/// A customer's document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StoredDocument)]
pub struct DocumentBody {
    /// `cpf`, `cnpj`, `noDocument` or another national document.
    pub r#type: String,
    /// Its number; null for `noDocument`.
    #[schema(required)]
    pub number: Option<String>,
    /// The country that issued it, ISO 3166-1 alpha-2.
    pub country: String,
}

/// A customer's postal address; null for a part that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StoredAddress)]
pub struct AddressBody {
    /// Street.
    #[schema(required)]
    pub street: Option<String>,
    /// House number.
    #[schema(required)]
    pub street_number: Option<String>,
    /// Apartment, floor.
    #[schema(required)]
    pub complement: Option<String>,
    /// Postal code, as it was sent.
    #[schema(required)]
    pub zip_code: Option<String>,
    /// Country.
    #[schema(required)]
    pub country: Option<String>,
    /// State.
    #[schema(required)]
    pub state: Option<String>,
    /// City.
    #[schema(required)]
    pub city: Option<String>,
    /// District.
    #[schema(required)]
    pub district: Option<String>,
}

impl CustomerBody {
    /// The customer as it is now.
    #[must_use]
    pub fn new(customer: &Customer) -> Self {
        let document = DocumentBody::from(&customer.data.document);
        Self {
            id: customer.id.uuid(),
            client_id: customer.client.uuid(),
            created_at: customer.created_at,
            name: customer.data.name.clone(),
            email: customer.data.email.clone(),
            phone_number: customer.data.phone_number.clone(),
            document_type: document.r#type.clone(),
            document_number: document.number.clone(),
            document_country: document.country.clone(),
            document,
            address: customer.data.address.as_ref().map(AddressBody::from),
        }
    }
}

impl From<&Document> for DocumentBody {
    fn from(document: &Document) -> Self {
        Self {
            r#type: document.kind().to_string(),
            number: document.number().map(str::to_owned),
            country: document.country().to_owned(),
        }
    }
}

impl From<&Address> for AddressBody {
    fn from(address: &Address) -> Self {
        Self {
            street: address.street.clone(),
            street_number: address.street_number.clone(),
            complement: address.complement.clone(),
            zip_code: address.zip_code.clone(),
            country: address.country.clone(),
            state: address.state.clone(),
            city: address.city.clone(),
            district: address.district.clone(),
        }
    }
}

/// A customer that was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasedBody {
    /// The id of the erased customer, which finds no customer any more.
    pub id: Uuid,
}

impl From<CustomerId> for ErasedBody {
    fn from(id: CustomerId) -> Self {
        Self { id: id.uuid() }
    }
}
