//! What an operator looks up at a provider, where the hub cannot learn an outcome.

use std::fmt;

use domain::{
    charge::{
        Charge,
        request::{Origin, Via},
    },
    ids::ProviderAccountId,
    merchant::{Credentials, Environment, ProviderType},
};
use providers::{adapter, registry};

use crate::{charge::request, hub::Hub};

/// Where an operator finds the payment that a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookUp {
    /// The provider.
    pub provider: ProviderType,
    /// The account there.
    pub account: ProviderAccountId,
    /// Whether that account is in the provider's sandbox or its production; none where it is in neither, or unknown.
    pub environment: Option<Environment>,
    /// What is looked up at the payment: the word and the hub's reference of a capture, a void or a cancel; none of the
    /// payment itself. A provider that reported it by itself knows no such reference.
    pub change: Option<(&'static str, String)>,
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
        let request = charge.request(number)?;
        let Via { id, kind: provider } = request.via;
        // An attempt that a later one replaced is a payment of its own.
        let payment = if number <= charge.creation() { number } else { charge.payment_of(number) };
        let is_change = number != payment && request.origin != Origin::Provider;
        // Without its account, be it because the table cannot be reached, the provider's name says where.
        let account = request::account_of(hub, charge, number).await.ok().flatten();
        let shown_by = account.as_ref().map_or_else(|| registry::adapter_of(provider), adapter);
        Some(Self {
            provider,
            account: id,
            environment: account.as_ref().and_then(|account| environment(&account.credentials)),
            change: is_change.then(|| (request.kind.name(), charge.reference(number).to_string())),
            reference: charge.reference(payment).to_string(),
            id: charge.transaction_of(number).map(ToOwned::to_owned),
            place: shown_by.look_up(),
        })
    }
}

fn environment(credentials: &Credentials) -> Option<Environment> {
    match credentials {
        Credentials::Account { environment, .. } => Some(*environment),
        Credentials::Sandbox { .. } => None,
    }
}

impl fmt::Display for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}, account {}", self.provider, self.account)?;
        if let Some(environment) = self.environment {
            write!(f, " ({})", environment.name())?;
        }
        match &self.change {
            Some((word, reference)) => {
                write!(f, ", look for the {word} {reference} of the payment with the reference {}", self.reference)?;
            }
            None => write!(f, ", look for the reference {}", self.reference)?,
        }
        if let Some(id) = &self.id {
            write!(f, " or the provider's own id {id}")?;
        }
        write!(f, ": {}", self.place)
    }
}
