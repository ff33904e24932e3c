//! What is read, what is printed, and the document that describes both.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot unwrap has failed"
)]

mod account;
mod card_numbers;
mod cards;
mod changes;
mod endpoints;
mod errors;
mod fixtures;
mod hostile;
mod life;
mod lists;
mod methods;
mod openapi;
mod repeats;
mod requests;
mod responses;
mod webhooks;
mod worldline_payments;
