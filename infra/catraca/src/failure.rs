//! Why a command failed.

use std::{io, path::PathBuf};

use domain::{
    ids::{ClientId, ProviderAccountId, ServerKeyId},
    merchant::ProviderType,
    refusal::Refusal,
};
use flows::{account::provider::NotRegistered, charge::operator::NotRecorded, provider::stand_in::TwoStandIns};
use wire::malga::errors;

use crate::{listen::ListenError, local::StartError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The hub did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A provider has two servers that stand in for it.
    #[error("the hub did not start: {0}")]
    StandIns(#[from] TwoStandIns),
    /// The deployed hub cannot be reached.
    #[error(transparent)]
    Config(#[from] edge::config::ConfigError),
    /// No account was made.
    #[error("no account was made: {}", errors::message(.0))]
    Account(Refusal),
    /// The secret key was not replaced, or no public key was revoked.
    #[error("no key was changed: {}", errors::message(.0))]
    Key(Refusal),
    /// No public key was listed.
    #[error("no key was listed: {}", errors::message(.0))]
    NotListed(Refusal),
    /// No account at a provider was added or changed.
    #[error("no account was added or changed: {}", errors::message(.0))]
    NotAdded(Refusal),
    /// A field of an account at a provider cannot be used.
    #[error("no account was added or changed: {0}")]
    Field(String),
    /// The hub has no adapter for accounts at this provider.
    #[error("no account was added or changed: this hub has no adapter for accounts at {0} yet")]
    NoAdapter(ProviderType),
    /// No account at a provider was listed or checked.
    #[error("the accounts could not be read, and no provider was called: {}. Run the command again", errors::message(.0))]
    AccountsNotListed(Refusal),
    /// There is no such account at a provider.
    #[error("nothing was done: no merchant has the account {0}; `catraca provider list` shows them")]
    NoProviderAccount(ProviderAccountId),
    /// The provider refuses the keys.
    #[error("the provider does not accept the keys of {0}: give it new ones with `catraca provider add --account {0}`")]
    KeysRefused(ProviderAccountId),
    /// The keys cannot be checked.
    #[error("the keys of {0} are not checked: {1}")]
    NotChecked(ProviderAccountId, &'static str),
    /// The account has no such key.
    #[error("nothing was done: the account has no key {0}; `catraca worldline-key list` shows them")]
    NoServerKey(ServerKeyId),
    /// The account lacks a field.
    #[error(
        "the keys of {0} are not checked: the account lacks {1}, which its provider needs. Give it all its fields with \
         `catraca provider add --account {0}`"
    )]
    Lacks(ProviderAccountId, &'static str),
    /// The address of an account's notifications was not registered.
    #[error("the notification address of {0} was not registered: {1}")]
    NotRegistered(ProviderAccountId, NotRegistered),
    /// The provider took the address of an account's notifications, and does not show it.
    #[error("the notification address of {0} was not confirmed: {1}, and run the command again")]
    NotReadBack(ProviderAccountId, NotRegistered),
    /// The provider was asked to register an address, and did not answer clearly.
    #[error(
        "it is unknown whether the notification address of {0} was registered: {1}. Run the command again: the last \
         address counts. Or ask the provider which address it has"
    )]
    MaybeRegistered(ProviderAccountId, &'static str),
    /// There is no such account: no key was changed, and none was listed.
    #[error("nothing was done: there is no account {0}")]
    NoAccount(ClientId),
    /// Nothing was recorded.
    #[error(transparent)]
    Settle(NotRecorded),
    /// The table could not be used to record anything.
    #[error("{}", errors::message(.0))]
    Refused(Refusal),
    /// There is no such charge to be shown.
    #[error(
        "there is no such charge in this hub; nothing was shown. Compare the id, and which hub --data or --table names"
    )]
    NoCharge,
    /// An amount without `refunded`, or one that is too large.
    #[error("--amount is for `refunded` alone, and at most 999999999999; nothing was recorded")]
    Amount,
    /// An id without `approved`.
    #[error("--id is for `approved` alone; nothing was recorded")]
    Id,
    /// No waiting notification could be applied.
    #[error("no notification of this charge could be applied")]
    NothingApplied,
    /// No event can be forwarded.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The replay stopped before its end.
    #[error("not every charge was read; run the command again: {}", errors::message(.0))]
    Replay(Refusal),
    /// The purge stopped before its end.
    #[error("not every card was read; run the command again: {}", errors::message(.0))]
    Purge(Refusal),
    /// The replay skipped charges.
    #[error("{0} charges could not be read; the log has the reasons")]
    Unreadable(usize),
    /// The file of variables cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    EnvFile {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Signals or the terminal failed.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

impl From<NotRecorded> for Failure {
    fn from(problem: NotRecorded) -> Self {
        match problem {
            NotRecorded::Refused(refusal) => Self::Refused(refusal),
            problem => Self::Settle(problem),
        }
    }
}
