//! Lambda's edge: requests are read and authenticated, answers are written in the public wire format.
//!
//! - [`serve`] and [`answer`]: one event in, one answer out, whatever happens inside;
//! - [`Request`] and [`Reply`]: what handlers see of HTTP;
//! - [`access`]: the account of a key, and the routes that it opens;
//! - [`window`]: the part of a list that is asked for;
//! - [`config`]: the hub as its environment describes it.

pub mod access;
pub mod config;
mod form;
mod reply;
mod request;
mod serve;
mod trust;
mod window;

pub use access::{Caller, caller, caller_of, granter};
pub use form::Form;
pub use reply::Reply;
pub use request::Request;
pub use serve::{answer, init_tracing, serve};
pub use window::window;
