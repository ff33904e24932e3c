//! The parts of the end-to-end tests: a hub that can be killed, a bank with its own books, an engine whose proxy can
//! fail, and a client that checks every answer against the published description of the API.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]
#![expect(clippy::disallowed_methods, reason = "the parts around the hub are no functions of it")]
#![expect(clippy::indexing_slicing, reason = "a test that finds nothing there has failed")]
#![expect(clippy::missing_panics_doc, reason = "in a test support crate a panic is a failed test")]

mod agreement;
pub mod bank;
pub mod client;
pub mod command;
pub mod engine;
pub mod fixture;
pub mod hub;
mod kms;
pub mod leak;
pub mod log;
pub mod order;
pub mod payment;
pub mod printed;
pub mod queue;
pub mod receiver;
pub mod refused;
pub mod roles;
pub mod samples;
pub mod stream;
pub mod subscriber;

pub use client::{Answer, Client};
pub use hub::TestHub;
