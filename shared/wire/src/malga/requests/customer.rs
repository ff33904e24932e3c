//! Customers.

use domain::{
    customer::{CustomerChange, CustomerData},
    ids::{CardId, CustomerId},
    limits::MAX_TEXT,
    refusal::Refusal,
};
use serde_json::Value;

use super::{
    list::{Paging, Sort},
    payment::{Address, Customer},
    query::query,
};
use crate::{
    object::{fields, object},
    rules::uuid,
    texts::filled,
};

fields! {
    /// A customer to be registered.
    pub struct CreateCustomer reads CustomerData {
        customer = part(object::<Customer>()).given(false),
    } => customer
}

impl CreateCustomer {
    /// The customer in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CustomerData, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

query! {
    /// How a customer is created.
    pub struct CreateCustomerQuery {
        /// `true`: although another has the same document or e-mail address.
        "force" => force: bool = flag(),
    }
}

fields! {
    /// A change of a customer. E-mail and document cannot be changed.
    #[example({"phoneNumber": "21 98889999099"})]
    pub struct PatchCustomer reads CustomerChange {
        /// Full name.
        "name" => name = optional(filled(MAX_TEXT).without_card_numbers()),
        /// Telephone number, in any spelling.
        "phoneNumber" => phone_number = optional(filled(MAX_TEXT).of_any_digits()),
        /// The whole postal address.
        "address" => address = or_nothing(object::<Address>()).given(false),
    }
}

/// What a customer is recognised by, under its names in requests and answers.
const FIXED: [&str; 5] = ["email", "document", "documentNumber", "documentType", "documentCountry"];

impl PatchCustomer {
    /// The change in `body`; what it leaves out stays.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CustomerChange, Refusal> {
        super::read(body, |body| {
            for name in FIXED {
                if body.value(name).is_some() {
                    body.problem(name, "cannot be changed: only name, phoneNumber and address can");
                }
            }
            body.part(object::<Self>())
        })
    }
}

fields! {
    /// A card to be linked to a customer.
    #[example({"cardId": "8be71cdf-01dc-4b1a-823a-4c58be6e4cf1"})]
    pub struct LinkCard reads CardId {
        /// The card.
        "cardId" => card = required(uuid::<CardId>()),
    } => card
}

impl LinkCard {
    /// The card in `body`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every problem.
    pub fn read(body: &Value) -> Result<CardId, Refusal> {
        super::read(body, |body| body.part(object::<Self>()))
    }
}

query! {
    /// Which customers are listed; none does not filter.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CustomersQuery {
        /// Which part.
        paging: Paging = paging(Sort::Ascending),
        /// The customer itself.
        "id" => id: Option<CustomerId> = uuid(),
        /// The type of its document, in any case.
        "document.type" => document_type: Option<String> = any_case(),
        /// The number of its document, in any spelling.
        "document.number" => document_number: Option<String> = text(MAX_TEXT),
    }
}
