//! Providers: how they are called, and how they notify the hub.
//!
//! - [`executor`]: the one client that calls providers, `connection` how it reaches them, [`stand_in`] what is called
//!   in their place on one machine;
//! - `cause`: why a call came to nothing;
//! - `certificate`: client certificates; `oauth` and `token`: the tokens that providers give;
//! - `line`: the log line of a call;
//! - `send`: one request is sent, as its account proves itself; `asked`: the calls of one operation;
//! - `call`: a payment is made, an unknown outcome is asked about;
//! - [`notification`]: a provider's call is verified, and read as records;
//! - `inbox`: where those records are kept until they are applied.

pub(crate) mod asked;
pub(crate) mod call;
pub(crate) mod cause;
pub(crate) mod certificate;
pub(crate) mod connection;
pub mod executor;
pub(crate) mod inbox;
pub(crate) mod line;
pub mod notification;
mod oauth;
pub(crate) mod send;
pub mod stand_in;
mod token;
