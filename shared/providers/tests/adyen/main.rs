//! The adapter of Adyen: its requests, the outcomes that it reads from answers, and the updates of notifications.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot unwrap or index has failed"
)]

mod answers;
mod golden;
#[path = "../golden_files/mod.rs"]
mod golden_files;
mod notifications;
mod requests;
mod samples;
