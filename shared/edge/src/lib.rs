//! Lambda's edge: requests are read and authenticated, answers are written in the public wire format.
//!
//! - [`serve`] and [`answer`]: one event in, one answer out, whatever happens inside;
//! - [`Request`] and [`Reply`]: what handlers see of HTTP;
//! - [`Route`], [`Call`] and [`dispatch`]: a route stated once, and how a request reaches its handler;
//! - [`access`]: who may call a route, and whose key a request carries;
//! - [`Call::window`]: the part of a list that is asked for;
//! - [`config`]: the hub as its environment describes it.

pub mod access;
pub mod config;
mod form;
mod reply;
mod request;
mod route;
mod serve;
mod trust;
mod window;

pub use access::{Access, Caller, authenticate};
pub use form::Form;
pub use lambda_http::Error;
pub use reply::Reply;
pub use request::Request;
pub use route::{Answering, Call, Route, RouteKey, dispatch};
pub use serve::{answer, init_tracing, run, serve};
