//! The tries to tell an endpoint: made in the published pauses, again whoever dies, at a known cost; an endpoint that
//! misbehaves holds up nobody else.

#![expect(clippy::similar_names, reason = "a try and what was tried")]
#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that finds nothing there has failed")]

mod again;
mod blocked;
mod cost;
mod deaths;
mod lost;
mod schedule;
