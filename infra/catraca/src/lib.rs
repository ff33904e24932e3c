//! The hub on one machine.
//!
//! One process contains what are separate services on AWS. [`host`] is the gateway and [`engine`] has the tables.
//! [`stream`] has their changes, and [`pump`] is its event source mapping. [`queue`] has the deliveries, and [`time`]
//! is the schedule. The functions are called by the events that they receive on Lambda. Routes, CORS, the shape of the
//! tables and the event sources are read from the deployment [`template`]. [`local`] joins all of them.

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

/// Runs `work` as a task of its own.
#[expect(clippy::disallowed_methods, reason = "unlike a function, this process does not freeze after an answer")]
fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
