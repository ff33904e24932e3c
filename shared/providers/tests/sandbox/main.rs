//! The sandbox seen from outside: golden requests, golden answers, updates, and the rules of its bank.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot unwrap has failed")]

mod answers;
mod bank;
mod changes;
mod page;
mod requests;
mod samples;
mod simulations;
mod updates;
