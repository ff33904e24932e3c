//! What is written about providers, and where their names are.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod complete;
mod names;
mod tables;
