//! The HTTP API: routes, CORS, and the events that its functions receive.

pub mod cors;
pub mod event;
pub mod host;
pub mod routes;
