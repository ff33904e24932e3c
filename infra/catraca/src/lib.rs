//! The hub on one machine.
//!
//! One process holds what the cloud holds apart: [`host`] is the gateway, [`engine`] the tables, [`time`] the schedule,
//! and the functions are called through the same events that they get on Lambda. Routes, CORS and the shape of the
//! tables are read from the deployment [`template`], so that both houses have one plan. [`local`] joins it all.

pub mod account;
pub mod cli;
pub mod cors;
pub mod engine;
pub mod event;
pub mod folder;
pub mod host;
pub mod local;
pub mod routes;
pub mod template;
pub mod time;

use tokio::task::JoinHandle;

/// Runs `work` beside everything else.
#[expect(clippy::disallowed_methods, reason = "unlike a function, this process does not freeze after an answer")]
fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
