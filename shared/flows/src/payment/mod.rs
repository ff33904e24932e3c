//! A payment is made.
//!
//! - [`prepare`]: from an order to a payment that could be made: merchant, provider account, source, the built request;
//! - `source`: what the caller pays with becomes ids that are kept and numbers that are used once;
//! - [`lock`]: the intent is stored, and the session locked, before anything is sent;
//! - [`pay`]: the provider is called, and where it cannot have taken the money, the next one;
//! - [`replay`]: the same request again gets the same answer.

pub mod lock;
pub mod pay;
pub mod prepare;
pub mod replay;
mod source;
