//! Delivery attempts: their schedule, their retries after a death of the hub, and their cost. An endpoint that
//! misbehaves delays no other.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that finds nothing there has failed")]

mod again;
mod blocked;
mod cost;
mod deaths;
mod lost;
mod schedule;
