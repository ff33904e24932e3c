//! A model of banks and of their books: what a bank does with what it is asked, and what its books say of a payment.
//!
//! It is pure, uses no other crate and shares no code with the hub's decisions, so that the hub can be compared with it.
//!
//! - [`ledger`]: the money of one payment, and which captures and refunds are possible;
//! - [`bank`]: several accounts in memory, which carry out orders and to whose payments things happen by themselves. The
//!   property tests of the domain live their lives against it;
//! - [`notes`]: what the accounts report by themselves.
//!
//! The bank of the end-to-end tests speaks the sandbox's protocol, and keeps the money of each payment in a ledger.
#![expect(
    clippy::pedantic,
    clippy::indexing_slicing,
    reason = "the model is short-lived and small; its shape follows the books, and a wrong index is a failed test"
)]

pub mod bank;
pub mod ledger;
pub mod notes;
