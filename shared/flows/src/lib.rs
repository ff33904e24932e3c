//! The use cases of the hub, shared by its functions and its sweeper. One folder a noun:
//!
//! - [`caller`], [`identity`]: who calls, and asks for what, under which id;
//! - [`payment`]: from an order to a charge: prepared, locked, paid, or answered again;
//! - [`charge`]: what happens to a charge once it is stored;
//! - [`session`]: sessions, and superseding: an unpaid session is paid by another payment method;
//! - [`provider`]: how providers are called, and how they call the hub;
//! - [`webhook`]: the events of charges, delivered to endpoints;
//! - [`account`]: accounts, their keys, merchants and settings;
//! - [`customer`]: customers, their cards, card tokens;
//! - [`worldline`]: what Worldline's dialect has besides: client sessions;
//! - [`sweep`]: the periodic run over what is due;
//! - [`retention`]: what is erased when its time is over;
//! - [`sandbox`]: changes of charges that a caller simulates in the sandbox;
//! - `key_pair`: the key pairs under which browsers encrypt cards, with the feature `rsa`;
//! - `vault`: what is encrypted, and under which key;
//! - `address`: which addresses of other hosts may be called;
//! - [`tls`]: the roots that connections to other hosts than AWS trust.

pub mod account;
mod address;
mod answered;
pub mod caller;
mod card_testing;
pub mod charge;
mod clock;
pub mod customer;
mod hub;
pub mod identity;
#[cfg(feature = "rsa")]
pub mod key_pair;
pub mod payment;
pub mod provider;
mod public_url;
pub mod retention;
mod retry;
pub mod sandbox;
pub mod session;
mod stage;
pub mod sweep;
pub mod tls;
mod vault;
pub mod webhook;
pub mod worldline;

pub use answered::Answered;
pub use clock::Clock;
pub use hub::{Hub, Parts};
pub use provider::executor::Executor;
pub use public_url::{NotPublicUrl, PublicUrl};
pub use stage::Stage;
pub use webhook::outbound::Outbound;
