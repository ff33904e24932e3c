//! Lambda's edge: requests are read and authenticated, answers are written, each in the dialect of its function.
//!
//! - [`serve`] and [`answer`]: one event in, one answer out, whatever happens inside;
//! - [`Request`] and [`Reply`]: what handlers see of HTTP; [`Asset`]: a file of the hub's own;
//! - [`Route`], [`Call`] and [`dispatch`]: a route stated once, and how a request reaches its handler;
//! - [`Dialect`]: what differs between public APIs: [`malga`] and [`worldline`];
//! - [`access`]: who may call a route, and whose key a request carries;
//! - [`Call::window`]: the part of a list that is asked for;
//! - [`BatchAnswer`]: what a batch of the stream or the queue is answered with;
//! - `audit`: the line that the log has of each request;
//! - [`config`]: the hub as its environment describes it.

pub mod access;
mod asset;
mod audit;
mod batch;
pub mod config;
mod dialect;
mod form;
pub mod malga;
mod reply;
mod request;
mod route;
mod serve;
mod trust;
pub mod worldline;

pub use access::{Access, authenticate};
pub use asset::{Asset, Life};
pub use batch::{BatchAnswer, BatchItemFailure};
pub use dialect::Dialect;
pub use flows::caller::Caller;
pub use form::Form;
pub use lambda_http::Error;
pub use reply::Reply;
pub use request::Request;
pub use route::{Answering, Call, ClientCall, Route, RouteKey, RouteTable, dispatch};
pub use serve::{answer, init_tracing, run, serve};
