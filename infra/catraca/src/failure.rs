//! Why a command failed.

use std::{io, path::PathBuf};

use domain::{
    charge::status::Status,
    ids::{ClientId, ProviderAccountId, ServerKeyId},
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
    /// No account at a provider was listed or checked.
    #[error("the accounts could not be read, and no provider was called: {}. Run the command again", errors::message(.0))]
    AccountsNotListed(Refusal),
    /// There is no such account at a provider.
    #[error("nothing was done: no merchant has the account {0}; `catraca provider list` shows them")]
    NoProviderAccount(ProviderAccountId),
    /// The account was removed before.
    #[error("nothing was done: the account {0} was removed before, and its earlier payments are still settled there")]
    Removed(ProviderAccountId),
    /// The provider refuses the keys.
    #[error(
        "the provider does not accept the keys of {account}: they are wrong, or lack a permission or scope, or the \
         provider does not know the hub's address. Compare them there; new ones: {mend}"
    )]
    KeysRefused {
        /// Whose they are.
        account: ProviderAccountId,
        /// The command that replaces them.
        mend: String,
    },
    /// The keys cannot be checked.
    #[error("the keys of {account} are not checked: {why}{}", asked(.hosts))]
    NotChecked {
        /// Whose they are.
        account: ProviderAccountId,
        /// Why.
        why: &'static str,
        /// The hosts that were to be called.
        hosts: String,
    },
    /// The key was revoked or replaced before.
    #[error("nothing was done: the key {0} has ended before")]
    EndedServerKey(ServerKeyId),
    /// The account has no such key.
    #[error("nothing was done: the account has no key {0}; `catraca worldline-key list` shows them")]
    NoServerKey(ServerKeyId),
    /// The account lacks a field.
    #[error("the keys of {account} are not checked: the account lacks {field}, which its provider needs: {mend}")]
    Lacks {
        /// Which one.
        account: ProviderAccountId,
        /// The name of the field.
        field: &'static str,
        /// The command that gives it.
        mend: String,
    },
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
    /// The id of a charge is that of a request, and `--request` names another one.
    #[error("the id is that of request {named}, and --request is {number}; nothing was recorded")]
    OtherRequest {
        /// The request of the id.
        named: usize,
        /// The request of the option.
        number: usize,
    },
    /// Nothing was recorded.
    #[error(transparent)]
    Settle(NotRecorded),
    /// Nothing was recorded of a reservation, whose success the hub knows.
    #[error("{0}. If the reservation has ended at the provider, record `refunded`; if it goes on there, wait")]
    StillReserved(NotRecorded),
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
            NotRecorded::Nothing { charge: Status::PreAuthorized, .. } => Self::StillReserved(problem),
            problem => Self::Settle(problem),
        }
    }
}

/// Which hosts were to be called, after why they could not be.
fn asked(hosts: &str) -> String {
    if hosts.is_empty() { String::new() } else { format!(" ({hosts})") }
}
