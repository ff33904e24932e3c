//! The use cases of the hub, shared by its functions and its sweeper.
//!
//! The story of a payment, one room a chapter:
//!
//! - [`attempt`]: who asks for what, under which id;
//! - [`prepare`]: from an order to a payment that could be made: merchant, provider, source, the built request;
//! - [`claim`]: the intent is stored, and the session taken, before anything leaves the house;
//! - [`pay`]: the call is made, and where it cannot have been, the next provider's;
//! - [`call`]: the executor, the only one that speaks to providers;
//! - [`settle`]: what came of it is stored, again and again until it is;
//! - [`repeat`]: the same request again gets the same answer;
//! - [`change`]: a charge is captured or voided;
//! - [`supersede`]: a session that waits for its buyer is paid another way, or given up;
//! - [`callback`]: providers call, and what they tell is applied once;
//! - `late`: money that came after its charge had failed;
//! - [`reconcile`]: what is due is done, what is not known is asked;
//! - [`relay`]: each event of a charge becomes a record, and a delivery for each endpoint that wants it;
//! - [`deliver`]: each delivery is tried, signed, until its endpoint takes it or is given up;
//! - [`outbound`]: the only way out to merchants' endpoints;
//! - [`tls`]: whom a connection to anybody but AWS trusts;
//! - [`sandbox`]: what a person makes happen in the sandbox;
//! - [`sweep`]: the hub looks after what is due;
//! - [`session`], [`token`], [`card`], [`customer`], [`provision`]: sessions, card tokens, cards, buyers, accounts;
//! - [`keys`], [`merchant`], [`settings`], [`webhook`]: what an account makes for itself.

pub mod attempt;
pub mod call;
pub mod callback;
pub mod card;
pub mod change;
pub mod claim;
mod clock;
pub mod customer;
pub mod deliver;
mod hub;
pub mod keys;
mod late;
mod means;
pub mod merchant;
pub mod outbound;
pub mod pay;
pub mod prepare;
pub mod provision;
pub mod reconcile;
pub mod relay;
pub mod repeat;
pub mod sandbox;
pub mod session;
pub mod settings;
pub mod settle;
pub mod supersede;
pub mod sweep;
pub mod tls;
pub mod token;
mod vault;
pub mod webhook;

pub use call::Executor;
pub use clock::Clock;
pub use hub::{Hub, Stage};
pub use outbound::Outbound;
