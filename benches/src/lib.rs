//! The parts of the bench: what surrounds a function on AWS, and what counts its work.
//!
//! - [`services`]: one address for the table and the key service, which counts calls, units and connections;
//! - [`lambda`]: Lambda's Runtime API, which hands events to a process and takes its answers;
//! - [`tls`]: the certificates of that address;
//! - [`program`]: a function as it ships, built and run, with its instructions counted or not.
//! - [`figures`]: the figures as a table, and compared with those that are kept.

pub mod figures;
pub mod lambda;
pub mod program;
pub mod services;
pub mod tls;
