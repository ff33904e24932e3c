//! The parts of the end-to-end tests: a hub that can be killed, a bank with its own books, an engine whose proxy can
//! fail, and a client that checks every answer against the published description of the API.

mod agreement;
pub mod bank;
pub mod command;
pub mod engine;
pub mod fixture;
pub mod hub;
mod kms;
pub mod leak;
pub mod log;
pub mod merchant;
pub mod payment;
pub mod printed;
pub mod queue;
pub mod receiver;
pub mod refused;
pub mod roles;
pub mod samples;
pub mod session;
pub mod stream;
pub mod subscriber;

pub use hub::TestHub;
pub use merchant::{Answer, Client};
