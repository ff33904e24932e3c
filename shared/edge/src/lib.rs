//! Lambda's edge: what comes in is read and its sender known, what goes out is an answer in the public wire format.
//!
//! - [`serve`] and [`answer`]: one event in, one answer out, whatever happens inside;
//! - [`Request`] and [`Reply`]: what handlers see of HTTP;
//! - [`authenticate`]: whose key it is, and what that key may do;
//! - [`config`]: the hub as its environment describes it.

pub mod authenticate;
pub mod config;
mod reply;
mod request;
mod serve;
mod trust;

pub use authenticate::{Caller, Scope, secret_key};
pub use reply::Reply;
pub use request::Request;
pub use serve::{answer, init_tracing, serve};
