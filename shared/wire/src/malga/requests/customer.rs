//! Customers.

use domain::{
    customer::{CustomerChange, CustomerData},
    ids::{CardId, CustomerId},
    limits::MAX_TEXT,
    refusal::Refusal,
};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    list::{Paging, Query},
    payment::{AddressFields, CustomerFields, address, customer},
};
use crate::{
    reader::{self, Fields},
    rules,
};

/// A customer to be registered.
#[derive(ToSchema)]
pub struct CreateCustomer(pub CustomerFields);

impl CreateCustomer {
    /// The customer in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CustomerData, Refusal> {
        reader::read(body, customer)
    }
}

/// Whether the query says `force=true`.
///
/// # Errors
/// [`Refusal::Invalid`] where it says something else than `true` or `false`.
pub fn force(pairs: &[(String, String)]) -> Result<bool, Refusal> {
    let mut query = Query::new(pairs);
    let force = query.one("force", "must be a boolean value").unwrap_or(false);
    query.finish(force)
}

/// A change of a customer. E-mail and document cannot be changed.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"phoneNumber": "21 98889999099"}))]
pub struct PatchCustomer {
    /// Full name.
    #[schema(min_length = 1, max_length = 255)]
    pub name: Option<String>,
    /// Telephone number, in any spelling.
    #[schema(min_length = 1, max_length = 255)]
    pub phone_number: Option<String>,
    /// The whole postal address.
    pub address: Option<AddressFields>,
}

/// What a customer is recognised by, under its names in requests and answers.
const FIXED: [&str; 5] = ["email", "document", "documentNumber", "documentType", "documentCountry"];

impl PatchCustomer {
    /// The change in `body`; what it leaves out stays.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CustomerChange, Refusal> {
        reader::read(body, |body| {
            for name in FIXED {
                if body.value(name).is_some() {
                    body.problem(name, "cannot be changed: only name, phoneNumber and address can");
                }
            }
            Some(CustomerChange {
                name: body.optional("name", rules::filled(MAX_TEXT)),
                phone_number: body.optional("phoneNumber", rules::filled(MAX_TEXT)),
                address: body.optional_object("address").and_then(|mut fields: Fields<'_>| address(&mut fields)),
            })
        })
    }
}

/// A card to be linked to a customer.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"cardId": "8be71cdf-01dc-4b1a-823a-4c58be6e4cf1"}))]
pub struct LinkCard {
    /// The card.
    pub card_id: Uuid,
}

impl LinkCard {
    /// The card in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CardId, Refusal> {
        reader::read(body, |body| body.required("cardId", rules::uuid))
    }
}

/// Which customers are listed; none does not filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomersQuery {
    /// Which part.
    pub paging: Paging,
    /// The customer itself.
    pub id: Option<CustomerId>,
    /// With a document of this type, in lower case.
    pub document_type: Option<String>,
    /// With a document of this number, in any spelling.
    pub document_number: Option<String>,
}

impl CustomersQuery {
    /// The query in these decoded `name=value` pairs.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Query::new(pairs);
        let customers = Self {
            paging: query.paging(),
            id: query.one("id", "must be a UUID"),
            document_type: query.one("document.type", "must be a string").map(|name: String| name.to_ascii_lowercase()),
            document_number: query.one("document.number", "must be a string"),
        };
        query.finish(customers)
    }
}
