//! What an operator looks up at a provider, where the hub cannot learn an outcome.

use std::fmt;

use domain::{charge::Charge, merchant::ProviderType};
use providers::{adapter, registry};

use crate::{charge::request, hub::Hub};

/// Where an operator finds the payment that a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookUp {
    /// The provider.
    pub provider: ProviderType,
    /// The hub's reference of the payment, which the provider shows.
    pub reference: String,
    /// The provider's own id of the payment, where it gave one.
    pub id: Option<String>,
    /// Where the provider shows it, and as what.
    pub place: &'static str,
}

impl LookUp {
    /// Where the payment is found that the request at `number` makes or changes; none where there is no such request.
    pub(crate) async fn of(hub: &Hub, charge: &Charge, number: usize) -> Option<Self> {
        let provider = charge.request(number)?.via.kind;
        // An attempt that a later one replaced is a payment of its own.
        let payment = if number <= charge.creation() { number } else { charge.payment_of(number) };
        // Without its account, be it because the table cannot be reached, the provider's name says where.
        let account = request::account_of(hub, charge, number).await.ok().flatten();
        let shown_by = account.as_ref().map_or_else(|| registry::adapter_of(provider), adapter);
        Some(Self {
            provider,
            reference: charge.reference(payment).to_string(),
            id: charge.transaction_of(number).map(ToOwned::to_owned),
            place: shown_by.look_up(),
        })
    }
}

impl fmt::Display for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has the payment under the reference {}", self.provider, self.reference)?;
        if let Some(id) = &self.id {
            write!(f, " and its own id {id}")?;
        }
        write!(f, ": {}", self.place)
    }
}
