//! Which adapter serves which account and which provider.

use domain::merchant::{Credentials, ProviderAccount, ProviderType};

use crate::{Provider, adyen, bcb_pix, drip, pagarme, sandbox, unserved::Unserved};

/// The adapter for `account`, by its credentials. The sandbox never serves an account at a provider: where the provider has
/// no adapter, each operation is refused.
#[must_use]
pub fn adapter(account: &ProviderAccount) -> &'static dyn Provider {
    match account.credentials {
        Credentials::Sandbox { .. } => sandbox::playing(account.kind),
        Credentials::Account { .. } => real(account.kind).unwrap_or(&Unserved),
    }
}

/// Whether the hub has an adapter for `account`.
#[must_use]
pub fn has_adapter(account: &ProviderAccount) -> bool {
    match account.credentials {
        Credentials::Sandbox { .. } => true,
        Credentials::Account { .. } => real(account.kind).is_some(),
    }
}

/// The adapter for accounts at `provider` itself; none where the hub has none yet.
#[must_use]
pub fn real(provider: ProviderType) -> Option<&'static dyn Provider> {
    match provider {
        ProviderType::Adyen => Some(&adyen::Adyen),
        ProviderType::Bb => Some(&bcb_pix::BANCO_DO_BRASIL),
        ProviderType::BcbPix => Some(&bcb_pix::STANDARD),
        ProviderType::Bs2 => Some(&bcb_pix::BS2),
        ProviderType::Drip => Some(&drip::Drip),
        ProviderType::Pagarme => Some(&pagarme::Pagarme),
        ProviderType::Getnet
        | ProviderType::MercadoPago
        | ProviderType::Pagseguro
        | ProviderType::Safrapay
        | ProviderType::Sandbox
        | ProviderType::Stripe
        | ProviderType::Zoop => None,
    }
}

/// The adapter that says what `provider` can do: the sandbox plays every provider that has no adapter of its own.
#[must_use]
pub fn adapter_of(provider: ProviderType) -> &'static dyn Provider {
    real(provider).unwrap_or_else(|| sandbox::playing(provider))
}

#[cfg(test)]
mod tests {
    use domain::{merchant::ProviderType, method::PaymentType};

    use super::adapter_of;

    /// In a browser a card pays without a customer that the hub uses, and the checkout's card form asks for none. With
    /// the first provider that needs one, such payments would be refused.
    #[test]
    fn no_provider_needs_to_know_a_shopper_who_pays_by_card() {
        let needs = |kind: &&ProviderType| !adapter_of(**kind).needs(PaymentType::Credit).is_empty();
        assert_eq!(ProviderType::ALL.iter().find(needs), None);
    }
}
