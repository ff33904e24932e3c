//! Requests.
//!
//! Each request is stated once, by `fields!` of `object.rs`: its fields say how they are read and how the OpenAPI
//! document describes them. Its `read` turns the JSON into the request, or into a refusal that lists every problem.
//! Requests that hold a card are read into the domain's types, which print none of it.

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
mod query;
mod session;
mod settings;
mod token;
mod unserved;
mod webhook;

pub use auth::CreatePublicKey;
pub use card::{CardsQuery, CreateCard, CreateSessionCard};
pub use change::{CaptureCharge, ChangeStatus, VoidCharge};
pub use charge::CreateCharge;
pub use customer::{CreateCustomer, CreateCustomerQuery, CustomersQuery, LinkCard, PatchCustomer};
pub use fraud::ChangeAntifraud;
pub use list::{ChargesQuery, Created, EventsQuery, ListQuery, NotASort, Paging, SessionsQuery, Sort};
pub use merchant::{CreateMerchant, PatchMerchant};
pub use payment::{Sender, payment_type};
pub use session::{CreateSession, PatchSession, PaySession};
pub use settings::{ChangeSettings, logo_type};
pub use token::CreateToken;
pub use webhook::{CreateWebhook, PatchWebhook};

use domain::{
    limits::{MAX_ITEMS, MAX_ITEMS_JSON},
    refusal::Refusal,
};
use serde::Serialize;
use serde_json::Value;

use super::typed_card;
use crate::{
    object::{Object, list},
    reader::{self, Fields},
    rules::Rule,
};

/// What `request` reads from `body`, or all the problems that it found.
fn read<T>(body: &Value, request: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Refusal> {
    reader::read(body, typed_card(body).as_ref(), request)
}

/// `least` to [`MAX_ITEMS`] objects of `T`, of at most [`MAX_ITEMS_JSON`] bytes of JSON together.
fn items<T: Object<Read: Serialize>>(least: usize) -> impl Rule<Read = Vec<T::Read>> {
    list::<T>(least..=MAX_ITEMS).check(|items| {
        if serde_json::to_vec(items).map_or(true, |json| json.len() > MAX_ITEMS_JSON) {
            return Err(format!("must not be larger than {MAX_ITEMS_JSON} bytes of JSON"));
        }
        Ok(())
    })
}
