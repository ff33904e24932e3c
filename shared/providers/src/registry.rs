//! Which adapter serves which account and which provider.

use domain::merchant::{Credentials, ProviderAccount, ProviderType};

use crate::{Provider, sandbox};

/// The adapter for `account`, by its credentials.
#[must_use]
pub fn adapter(account: &ProviderAccount) -> &'static dyn Provider {
    match account.credentials {
        Credentials::Sandbox { .. } => sandbox::playing(account.kind),
    }
}

/// The adapter that says what `provider` can do: the sandbox plays every provider that has no adapter of its own.
pub(crate) fn adapter_of(provider: ProviderType) -> &'static dyn Provider {
    sandbox::playing(provider)
}
