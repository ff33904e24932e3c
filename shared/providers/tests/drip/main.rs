//! The adapter of Drip: what it asks, and what it makes of the answers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap or index has failed"
)]

mod answers;
mod calls;
mod golden;
#[path = "../golden_files/mod.rs"]
mod golden_files;
mod requests;
mod samples;
