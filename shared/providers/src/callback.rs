//! Provider notifications, and browsers that return from a provider's page.

use domain::{
    charge::update::{ProviderUpdate, Reference, UpdateKind},
    money::{Amount, Currency},
};
use serde::Serialize;

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

/// Why a part of a verified call is no update.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoUpdate {
    /// It cannot be read.
    #[error("the update cannot be read")]
    Unreadable,
    /// Money of a payment moved, and no reference of the hub says of which: the payment or its change was made at the
    /// provider by another program or by a person. Nothing of it is used, and an operator is to know of it.
    #[error("the update names no payment of the hub")]
    UnknownPayment(MoneyMoved),
}

/// What a provider says of money that moved, of a payment that the hub cannot find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MoneyMoved {
    /// The provider's word for what happened.
    pub event: String,
    /// The provider's id of it.
    pub id: String,
    /// The provider's id of the payment, where it says one.
    pub payment: Option<String>,
    /// How much, where it says it.
    pub amount: Option<Amount>,
    /// In which currency, where it says one.
    pub currency: Option<Currency>,
}

/// The updates of one provider notification.
pub type Notified = Result<Vec<Result<ProviderUpdate, NoUpdate>>, CallbackError>;

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
    ProviderUpdate { reference, id, payment: None, currency: None, kind: UpdateKind::Look }
}
