//! JSON of the public API: requests and answers.
//!
//! This crate decides nothing. Readers turn bytes into the domain's types and report every problem of a request at
//! once; responses print the domain's types in the public API's words.
//!
//! - [`reader`]: bytes to JSON, and the names and types of fields;
//! - [`malga`]: Malga's sessions, charges, tokens, lists and errors;
//! - [`openapi`]: the document that describes them.

pub mod malga;
mod object;
pub mod openapi;
mod problems;
pub mod reader;
mod rules;
