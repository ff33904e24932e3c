//! Payment providers: how each is asked, and what its answers mean.
//!
//! Nothing here waits, connects or looks at a clock. An adapter turns an [`Operation`] into one
//! [`HttpRequest`] and one [`HttpAnswer`] into an [`Outcome`]; whoever owns the network carries them.
//! What a provider says of its own accord comes in as one [`CallbackRequest`] and becomes [`ProviderUpdate`]s.
//! The rooms:
//!
//! - [`http`]: requests and answers as data;
//! - [`capabilities`]: which provider can do what;
//! - [`registry`]: which adapter speaks for which account;
//! - [`sandbox`]: the adapter of the sandbox, its protocol, and the bank that answers in process.
//!
//! A provider is added by its folder, one line of the registry and one row of the capabilities.

#![warn(clippy::wildcard_enum_match_arm)]

mod callback;
pub mod capabilities;
pub mod http;
mod operation;
pub mod registry;
pub mod sandbox;

use domain::{
    charge::{Outcome, update::ProviderUpdate},
    merchant::ProviderAccount,
    time::Timestamp,
};

pub use callback::{CallbackError, Page, Return};
pub use http::{CallbackRequest, HttpAnswer, HttpRequest, Target, Verb};
pub use operation::{BuildError, Change, Create, Operation, Query, Updates, Verify};
pub use registry::adapter;

/// One provider's language.
pub trait Provider: Sync {
    /// The request that puts `operation` to the provider on behalf of `account`.
    ///
    /// # Errors
    /// A [`BuildError`] when there is no such request.
    fn prepare(&self, account: &ProviderAccount, operation: &Operation) -> Result<HttpRequest, BuildError>;

    /// What `answer` says of `operation`: an answer that cannot be read, or that makes no sense to what was asked, is
    /// [`Outcome::Unknown`], never a success and never a failure.
    fn outcome(&self, operation: &Operation, answer: &HttpAnswer) -> Outcome;

    /// What the provider reports with `request`, received at `now`; `key` is what it was given to prove itself with. None
    /// for a notification of the call that cannot be read. A provider repeats a call until it is answered, so the same
    /// notifications come again.
    ///
    /// # Errors
    /// A [`CallbackError`] for a call that does not prove itself, or is no call.
    fn callback(
        &self,
        key: &str,
        request: &CallbackRequest,
        now: Timestamp,
    ) -> Result<Vec<Option<ProviderUpdate>>, CallbackError>;

    /// Where a browser wants to go that the provider's page sent back to the hub; none where `request` is nothing of
    /// the kind.
    fn returned(&self, request: &CallbackRequest) -> Option<Return>;
}
