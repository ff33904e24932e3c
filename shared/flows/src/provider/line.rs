//! The log line of one call of a provider.

use domain::{
    ids::ClientId,
    merchant::{Credentials, ProviderAccount},
    time::Timestamp,
};

use crate::provider::{cause::Cause, connection::Sent};

/// What one call is about.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// The account of the hub.
    pub(crate) client: ClientId,
    /// The account at the provider.
    pub(crate) account: &'a ProviderAccount,
    /// What is asked of the provider.
    pub(crate) operation: &'static str,
    /// The hub's reference: it names the charge or the card.
    pub(crate) reference: &'a str,
    /// When the call began.
    pub(crate) started: Timestamp,
}

/// What came of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallEnd {
    /// Its word.
    pub(crate) outcome: &'static str,
    /// Why it is no better.
    pub(crate) cause: Option<&'static str>,
    /// Whether the call itself failed: an operator counts these.
    pub(crate) has_failed: bool,
}

impl CallEnd {
    /// A call that succeeded, or that was declined for this reason.
    pub(crate) const fn done(outcome: &'static str, decline: Option<&'static str>) -> Self {
        Self { outcome, cause: decline, has_failed: false }
    }

    /// A call that failed.
    pub(crate) fn failed(outcome: &'static str, cause: Cause) -> Self {
        Self { outcome, cause: Some(cause.name()), has_failed: true }
    }
}

impl Line<'_> {
    /// Writes the line. A call of a provider that failed is a warning, which the metric of the operators counts: one of the
    /// sandbox fails where a test asks for it.
    pub(crate) fn write(&self, sent: &Sent, end: CallEnd, now: Timestamp) {
        let status = match sent {
            Sent::Answered(answer) => Some(answer.status),
            Sent::Lost(_) | Sent::Never(_) => None,
        };
        let (provider, provider_account) = (self.account.kind.name(), self.account.id);
        let (client, operation, reference) = (self.client, self.operation, self.reference);
        let CallEnd { outcome, cause, has_failed } = end;
        let ms = u64::try_from(now.since(self.started).as_millis()).unwrap_or(u64::MAX);
        if has_failed && !matches!(self.account.credentials, Credentials::Sandbox { .. }) {
            tracing::warn!(%client, provider, %provider_account, operation, reference, outcome, cause, status, ms, "provider call");
        } else {
            tracing::info!(%client, provider, %provider_account, operation, reference, outcome, cause, status, ms, "provider call");
        }
    }
}
