//! The parts of the end-to-end tests: a hub that can be killed, a bank with its own books, an engine whose proxy can
//! fail, and the actors: merchants, shoppers and the provider. Every answer is checked against the published description of the API.

mod agreement;
pub mod bank;
mod charge;
pub mod command;
pub mod engine;
pub mod fakes;
pub mod fixture;
pub mod hub;
mod kms;
pub mod leak;
pub mod log;
pub mod merchant;
pub mod operator;
pub mod payment;
pub mod printed;
pub mod provider;
pub mod queue;
pub mod receiver;
pub mod refused;
pub mod roles;
pub mod samples;
pub mod session;
pub mod shop;
pub mod shopper;
pub mod stream;
pub mod subscriber;
mod unchecked;
pub mod worldline;
pub mod worldline_shop;

pub use hub::TestHub;
pub use kms::MASTER;
pub use merchant::{Answer, Merchant};
