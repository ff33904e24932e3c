//! Payment providers: how each is asked, and what its answers mean.
//!
//! Nothing here waits, connects or looks at a clock. An adapter turns an [`Operation`] into one
//! [`HttpRequest`] and one [`HttpAnswer`] into an [`Outcome`]; the caller sends the request and receives the answer.
//! A provider notification comes in as one [`CallbackRequest`] and becomes [`ProviderUpdate`]s.
//! The modules:
//!
//! - [`http`]: requests and answers as data;
//! - [`capabilities`]: which provider can do what;
//! - [`abecs`]: what the decline codes of card issuers mean;
//! - [`registry`]: which adapter serves which account and which provider;
//! - [`sandbox`]: the adapter of the sandbox, the table of the providers that it plays, its protocol, and the bank that
//!   answers in process.
//!
//! A provider has its folder here, its line of the registry and its word in `ProviderType`. Its credentials, and where
//! its requests go, are variants that the use cases match: the compiler names each place.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod abecs;
mod callback;
pub mod capabilities;
pub mod http;
mod operation;
pub mod registry;
pub mod sandbox;

use domain::{
    charge::{
        Outcome,
        fraud::{FraudAnalysis, FraudOrder},
        update::ProviderUpdate,
    },
    merchant::ProviderAccount,
    time::Timestamp,
};

use capabilities::Capability;

pub use callback::{CallbackError, Page, Return};
pub use http::{CallbackRequest, HttpAnswer, HttpRequest, Target, Verb};
pub use operation::{BuildError, Change, Create, Operation, Query, Updates, Verify};
pub use registry::adapter;

/// The adapter of one provider.
pub trait Provider: Sync {
    /// What the provider can do.
    fn capability(&self) -> &Capability;

    /// Whether a query by the hub's reference is answered. The sandbox answers it under every name that it plays.
    fn answers_queries(&self) -> bool;

    /// The HTTP request that asks the provider for `operation` on behalf of `account`.
    ///
    /// # Errors
    /// A [`BuildError`] when there is no such request.
    fn prepare(&self, account: &ProviderAccount, operation: &Operation) -> Result<HttpRequest, BuildError>;

    /// The outcome of `operation` that `answer` reports. An answer that cannot be read, or that does not fit
    /// `operation`, is [`Outcome::Unknown`], never a success and never a failure.
    fn outcome(&self, operation: &Operation, answer: &HttpAnswer) -> Outcome;

    /// The analysis of fraud of a payment that asks for one; none where the provider makes none.
    fn fraud_analysis(&self, order: &FraudOrder) -> Option<FraudAnalysis>;

    /// The updates of one provider notification, received at `now` and signed with `key`. None for an update that
    /// cannot be read. A provider repeats a notification until the hub answers, so the same updates come again.
    ///
    /// # Errors
    /// A [`CallbackError`] for a call that does not prove its origin, or that cannot be read.
    fn callback(
        &self,
        key: &str,
        request: &CallbackRequest,
        now: Timestamp,
    ) -> Result<Vec<Option<ProviderUpdate>>, CallbackError>;

    /// The return of a browser from the provider's page to the hub; none where `request` is no return.
    fn returned(&self, request: &CallbackRequest) -> Option<Return>;
}
