//! What Worldline's dialect has and Malga's has not.
//!
//! - [`server_key`]: the keys with which merchants' servers sign their requests;
//! - [`client_session`]: the sessions with which shoppers' pages read payment products;
//! - [`products`]: what such a page may offer.

pub mod client_session;
pub mod products;
pub mod server_key;
