//! Outgoing webhooks: each event of a charge is delivered to the endpoints that are registered for it.
//!
//! - [`endpoint`]: endpoints and the keys that sign for them;
//! - [`event`]: events as they are stored;
//! - [`relay`]: each event of a charge becomes a record, and a delivery for each endpoint that is registered for it;
//! - [`deliver`]: one delivery attempt after the other, rendered and signed, until the endpoint takes it or the last is
//!   made;
//! - [`delivery`]: deliveries listed and resent, and endpoints tested;
//! - [`outbound`]: the one client that calls merchants' endpoints.

pub mod deliver;
pub mod delivery;
pub mod endpoint;
pub mod event;
pub mod outbound;
pub mod relay;
