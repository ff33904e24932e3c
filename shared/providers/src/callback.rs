//! Provider notifications, and browsers that return from a provider's page.

use domain::charge::update::{ProviderUpdate, Reference, UpdateKind};

/// Why the hub rejects a provider notification. The hub uses nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// The call does not prove that it comes from the provider: 403.
    #[error("the signature is missing or wrong")]
    Forged,
    /// The call comes from the provider, and its timestamp is too old or in the future: 403. A recorded call can be
    /// repeated only for a few minutes.
    #[error("the call is older or newer than its proof holds")]
    Stale,
    /// The call comes from the provider, and the call or one of its updates cannot be read: 400.
    #[error("the call cannot be read")]
    Unreadable,
}

/// A browser that returns from the provider's page. The return proves no payment: the hub asks the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// The payment that the page was for.
    pub reference: Reference,
    /// Where the browser goes next.
    pub to: Page,
}

/// One of the merchant's two pages after a payment on the provider's page (Malga, "Drip").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `successRedirectUrl`.
    Success,
    /// `cancelRedirectUrl`.
    Cancel,
    /// The provider has one address for both: `successRedirectUrl` where the payment was made by then, else
    /// `cancelRedirectUrl`.
    OfStatus,
}

/// The update of a notification whose content proves nothing: the hub reads the payment.
pub(crate) const fn look(reference: Reference, id: String) -> ProviderUpdate {
    ProviderUpdate { reference, id, currency: None, kind: UpdateKind::Look }
}
