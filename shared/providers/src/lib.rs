//! Payment providers: how each is asked, and what its answers mean.
//!
//! Nothing here waits, connects or looks at a clock. An adapter turns an [`Operation`] into one [`HttpRequest`] or several,
//! and each [`HttpAnswer`] into the next one or an outcome; the caller sends the requests and receives the answers.
//! A provider notification comes in as one [`CallbackRequest`] and becomes `ProviderUpdate`s.
//! The modules:
//!
//! - [`contract`]: what an adapter does;
//! - [`http`]: requests and answers as data;
//! - [`credentials`]: what an account at a provider needs, and how the hub identifies itself with it;
//! - [`capabilities`]: which provider can do what;
//! - [`abecs`]: what the decline codes of card issuers mean;
//! - `decimal` and `text`: amounts in reais, ids and codes, as several adapters read and write them;
//! - `adyen`, `bcb_pix`, `drip`, `pagarme`: one adapter each;
//! - [`registry`]: which adapter serves which account and which provider;
//! - [`sandbox`]: the adapter of the sandbox, the table of the providers that it plays, its protocol, and the bank that
//!   answers in process.
//!
//! A provider has its folder here, its line of the registry and its word in `ProviderType`.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod abecs;
mod adyen;
mod bcb_pix;
mod callback;
pub mod capabilities;
pub mod contract;
pub mod credentials;
mod decimal;
mod drip;
pub mod http;
mod operation;
mod pagarme;
pub mod registry;
pub mod sandbox;
mod text;
mod unserved;

pub use callback::{CallbackError, MoneyMoved, NoUpdate, Notified, Page, Return};
pub use contract::{Call, Need, Progress, Proof, Provider, Reading, Registration, Step};
pub use credentials::{Access, Authorization, ClientCertificate, ClientCredentials, Field, Form, Secrets};
pub use http::{CallbackRequest, HttpAnswer, HttpRequest, Target, Verb};
pub use operation::{BuildError, Change, Create, Operation, Query, Updates, Verify};
pub use registry::adapter;
