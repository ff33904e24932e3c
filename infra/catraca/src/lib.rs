//! The hub on one machine.
//!
//! One process holds what the cloud holds apart: [`host`] is the gateway, [`engine`] the tables, [`stream`] and [`pump`]
//! tell of their changes, [`queue`] holds what is to be delivered, [`time`] is the schedule, and the functions are called
//! through the same events that they get on Lambda. Routes, CORS, the shape of the tables and what wakes whom are read
//! from the deployment [`template`], so that both houses have one plan. [`local`] joins it all.

pub mod account;
pub mod cli;
pub mod cors;
pub mod engine;
pub mod event;
pub mod filter;
pub mod folder;
pub mod host;
pub mod listen;
pub mod local;
pub mod loopback;
pub mod pump;
pub mod queue;
pub mod routes;
pub mod sqs;
pub mod stream;
pub mod template;
pub mod time;
pub mod worker;

use tokio::task::JoinHandle;

/// Runs `work` beside everything else.
#[expect(clippy::disallowed_methods, reason = "unlike a function, this process does not freeze after an answer")]
fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
