//! Malga's public API.

pub mod errors;
mod normal_form;
pub mod requests;
pub mod responses;
pub(crate) mod schema;
pub mod webhooks;

pub use normal_form::{normal_form, typed_card};
