//! The hub on one machine, and the command line.
//!
//! [`local`] joins the functions and the services of [`aws_local`]: the functions are called by the events that they
//! receive on Lambda. [`time`] is the schedule.

pub mod account;
mod cards;
mod charge;
pub mod cli;
mod client;
mod env_file;
mod events;
pub mod failure;
mod field;
mod key;
pub mod listen;
pub mod local;
pub mod loopback;
mod provider;
mod serve;
mod server_key;
pub mod time;
mod which_hub;
