//! What Worldline's dialect has and Malga's has not.
//!
//! - [`server_key`]: the keys with which merchants' servers sign their requests;
//! - [`client_session`]: the sessions with which shoppers' pages read payment products;
//! - [`products`]: what such a page may offer;
//! - `encrypted`: what such a page encrypted for one payment, in the function that decrypts it.

pub mod client_session;
#[cfg(feature = "rsa")]
pub mod encrypted;
pub mod products;
pub mod server_key;
