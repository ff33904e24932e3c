//! The adapter of Drip: what it asks, and what it makes of the answers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot unwrap has failed")]

mod answers;
mod calls;
mod golden;
mod requests;
mod samples;
