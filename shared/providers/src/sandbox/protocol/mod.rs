//! The sandbox's small JSON protocol as types: what the adapter writes, any bank reads, and the reverse.
//!
//! `PROTOCOL.md` in the parent folder describes it for operators who run a bank of their own.

mod answer;
mod request;
mod update;

pub use answer::Answer;
pub use request::{Card, Change, Create, Key, PATH, Payment, Query, Recalled, Request, Simulate, Subscription, Verify};
pub use update::{ProviderUpdate, SIGNATURE, SignedUpdates, TIMESTAMP, UpdateKind, Updates};

/// What a body holds; none when it holds anything else.
fn read<'a, T: serde::Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    // Without this an array of the fields in their order would do as well.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    if is_object { serde_json::from_slice(body).ok() } else { None }
}
