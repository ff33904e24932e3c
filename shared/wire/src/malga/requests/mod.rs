//! Requests.
//!
//! Each request is a type with two uses: its fields describe it in the OpenAPI document, and its `read` turns the
//! JSON into the domain's type, or into a refusal that lists every problem. No request is ever held in the type
//! itself, so that a card number is in no structure that could be printed.

mod auth;
mod card;
mod change;
mod charge;
mod customer;
mod fraud;
mod list;
mod merchant;
mod method;
mod payment;
mod session;
mod settings;
mod token;
mod webhook;

pub use auth::{CreatePublicKey, NewPublicKey};
pub use card::{CardsQuery, CreateCard, CreateSessionCard, ZeroDollarFields};
pub use change::{CaptureCharge, ChangeStatus, VoidCharge};
pub use charge::CreateCharge;
pub use customer::{CreateCustomer, CustomersQuery, LinkCard, PatchCustomer, force};
pub use fraud::{ChangeAntifraud, FraudCustomerFields, FraudFields};
pub use list::{ChargesQuery, Created, EventsQuery, NotASort, Paging, SessionsQuery, Sort};
pub use merchant::{
    AccountChange, AccountFields, CreateMerchant, CredentialsFields, MerchantPatch, NewMerchant, PatchMerchant,
};
pub use method::{AcceptedMethod, BrowserFields, PaidItemFields, PaymentMethod, PenaltyFields};
pub use payment::{AddressFields, CardFields, CustomerFields, DocumentFields, PaymentSource, payment_type};
pub use session::{CreateSession, ItemFields, NewSession, PatchSession, PaySession};
pub use settings::{ChangeSettings, logo_type};
pub use token::{CreateToken, CvvFields};
pub(crate) use webhook::VERSIONS;
pub use webhook::{CreateWebhook, NewWebhook, PatchWebhook, WebhookPatch};

use domain::limits::{MAX_ITEMS, MAX_ITEMS_JSON};
use serde::Serialize;
use serde_json::Value;

use crate::reader::Fields;

/// What `each` reads from the objects in `items`: 1 to [`MAX_ITEMS`] of them, of at most [`MAX_ITEMS_JSON`] bytes of
/// JSON together.
fn items<T: Serialize>(fields: &mut Fields<'_>, each: impl FnMut(&mut Fields<'_>) -> Option<T>) -> Option<Vec<T>> {
    let items = fields.list("items", MAX_ITEMS, each)?;
    if serde_json::to_vec(&items).map_or(true, |json| json.len() > MAX_ITEMS_JSON) {
        fields.problem("items", &format!("must not be larger than {MAX_ITEMS_JSON} bytes of JSON"));
    }
    Some(items)
}

/// Adds a problem for each field that would change who gets how much, or who bears the risk. This hub serves none of
/// them.
fn money_fields_not_served(body: &mut Fields<'_>) {
    for name in ["splitRules", "vendor", "threeDSecure2", "delayToCompose"] {
        if body.value(name).is_some_and(says_something) {
            body.problem(name, "is not served by this hub");
        }
    }
    if body.value("maxPayments").is_some_and(|value| value.as_u64() != Some(1)) {
        body.problem("maxPayments", "other than 1 is not served by this hub");
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
