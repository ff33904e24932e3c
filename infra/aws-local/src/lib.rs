//! The AWS services of the hub on one machine.
//!
//! One process contains what are separate services on AWS. [`gateway`] is the HTTP API, and [`engine`] has the
//! [`tables`]. [`stream`] has their changes, and [`stream::pump`] is its event source mapping. [`queue`] has the
//! deliveries. The clients of the SDK call tables and queue inside the process: the gateway has the only port. Routes,
//! CORS, the shape of the tables and the event sources are read from the deployment [`template`]. The functions are
//! handed in: they are called by the events that they receive on Lambda.

pub mod engine;
pub mod folder;
pub mod found;
pub mod gateway;
mod in_process;
pub mod queue;
pub mod stream;
pub mod tables;
pub mod template;
pub mod worker;

use tokio::task::JoinHandle;
use uuid::Uuid;

pub use in_process::Answer;

/// Runs `work` as a task of its own.
#[expect(clippy::disallowed_methods, reason = "unlike a function, this process does not freeze after an answer")]
pub fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}

/// An id that nothing else has.
#[expect(
    clippy::disallowed_methods,
    reason = "this crate uses no other of the workspace, and the hub none of these ids"
)]
fn fresh_id() -> String {
    Uuid::new_v4().to_string()
}
