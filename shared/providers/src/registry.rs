//! Which adapter serves which account.

use domain::merchant::{Credentials, ProviderAccount};

use crate::{Provider, sandbox::Sandbox};

/// The adapter for `account`, by its credentials.
#[must_use]
pub fn adapter(account: &ProviderAccount) -> &'static dyn Provider {
    match account.credentials {
        Credentials::Sandbox { .. } => &Sandbox,
    }
}
