//! Providers: how they are called, and how they notify the hub.
//!
//! - [`executor`]: the one client that calls providers;
//! - `call`: a payment is made, an unknown outcome is asked about;
//! - [`notification`]: a provider's call is verified, and read as records;
//! - `inbox`: where those records are kept until they are applied.

pub(crate) mod call;
pub mod executor;
pub(crate) mod inbox;
pub mod notification;
