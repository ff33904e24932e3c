//! The sandbox seen from outside: golden requests, golden answers, and the rules of its bank.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot unwrap has failed")]

mod answers;
mod bank;
mod requests;
mod samples;
