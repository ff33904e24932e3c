//! A payment is made.
//!
//! - [`prepare`]: from an order to a payment that could be made: merchant, provider account, source, the built request;
//! - `source`: the payment source becomes ids that are kept and numbers that are used once;
//! - [`lock`]: the intent is stored, and the session locked, before anything is sent;
//! - [`pay`]: the provider is called, and the next one where it cannot have taken the money;
//! - [`replay`]: an idempotent replay gets the same answer.

pub mod lock;
pub mod pay;
pub mod prepare;
pub mod replay;
mod source;
