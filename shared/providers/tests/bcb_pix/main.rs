//! The banks with the Central Bank's API Pix: what is sent, and what is made of what comes back.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap or index has failed"
)]

mod access;
mod answers;
mod golden;
#[path = "../golden_files/mod.rs"]
mod golden_files;
mod notifications;
mod refunds;
mod requests;
mod samples;
