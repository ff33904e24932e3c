//! What Worldline's dialect has and Malga's has not. The keys with which servers sign their requests are the account's.
//!
//! - [`client_session`]: the sessions with which shoppers' pages read payment products;
//! - [`products`]: what such a page may offer;
//! - `encrypted`: what such a page encrypted for one payment, in the function that decrypts it.

pub mod client_session;
#[cfg(feature = "rsa")]
pub mod encrypted;
pub mod products;
