//! Malga's public API.

pub mod errors;
pub mod requests;
pub mod responses;
pub(crate) mod schema;
pub mod webhooks;
