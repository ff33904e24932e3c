//! JSON of the public API: requests and answers.
//!
//! This crate decides nothing. Readers turn bytes into the domain's types and report every problem of a request at
//! once; responses print the domain's types in the public API's words.
//!
//! - [`reader`]: bytes to JSON, and the problems of a request; `object`: the fields of a request, each stated once;
//!   `rules` and `texts`: what a field may hold; `problems`: the words for what the domain finds wrong;
//! - [`NormalBody`]: what stays the same when a request is sent again;
//! - [`accepted`]: what a caller accepts, by its headers;
//! - [`checkout`]: the pages at which a session is paid;
//! - [`malga`]: Malga's sessions, charges, tokens, lists and errors;
//! - [`worldline`]: the part of Worldline Connect's API that the hub speaks;
//! - [`openapi`]: the document that describes Malga's.

mod accept;
pub mod checkout;
pub mod malga;
mod normal;
mod object;
pub mod openapi;
mod problems;
pub mod reader;
mod rules;
mod texts;
pub mod worldline;

pub use accept::accepted;
pub use normal::{NormalBody, NormalText};
