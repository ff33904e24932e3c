//! What a provider says of its own accord, and where it sends browsers.

use domain::charge::update::Reference;

/// Why a provider's call says nothing that the hub may believe. Nothing of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// It does not prove that it comes from the provider: 403.
    #[error("the signature is missing or wrong")]
    Forged,
    /// It comes from the provider, and is too old or from the future: 403. A call that was recorded may be played
    /// again only for a few minutes.
    #[error("the call is older or newer than its proof holds")]
    Stale,
    /// It comes from the provider and cannot be understood, or not in every part: 400.
    #[error("the call cannot be read")]
    Unreadable,
}

/// A browser that comes back from the provider's page. It proves nothing: whether it paid, the provider is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// The payment that the page was for.
    pub reference: Reference,
    /// Where it wants to go.
    pub to: Page,
}

/// One of the merchant's two pages after a payment at the provider's (seed 003).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `successRedirectUrl`.
    Success,
    /// `cancelRedirectUrl`.
    Cancel,
}
