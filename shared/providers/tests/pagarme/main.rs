//! Pagar.me's adapter: every request, every kind of answer and every notification, as golden files and as tables.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap has failed"
)]

mod access;
mod answers;
mod cases;
mod golden;
#[path = "../golden_files/mod.rs"]
mod golden_files;
mod notifications;
mod requests;
mod samples;
