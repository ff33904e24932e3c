//! Outgoing webhooks: each event of a charge is delivered to the endpoints that are registered for it.

pub mod deliver;
pub mod endpoint;
pub mod outbound;
pub mod relay;
