//! What each provider can do: one table, one row per provider.
//!
//! The sandbox under a provider's name has that provider's row.

use domain::{merchant::ProviderType, method::PaymentType, money::Currency};

/// One provider's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The ways to pay that it serves.
    pub methods: &'static [PaymentType],
    /// The currencies that its card payments may have; a Pix is in BRL everywhere.
    pub currencies: Currencies,
    /// Whether a paid Pix can be given back, wholly and in parts (seed 001, "Provedores suportados para estorno de
    /// Pix").
    pub can_refund_pix: bool,
    /// Whether it can be asked what came of a reference; where it cannot, a person settles an unknown outcome.
    pub can_read: bool,
}

/// A set of currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currencies {
    /// Every currency of ISO 4217.
    Any,
    /// The Brazilian real alone.
    Brl,
}

impl Currencies {
    /// Whether `currency` belongs to the set.
    #[must_use]
    pub fn contains(self, currency: Currency) -> bool {
        match self {
            Self::Any => true,
            Self::Brl => currency == Currency::BRL,
        }
    }
}

const CREDIT: &[PaymentType] = &[PaymentType::Credit];
const PIX: &[PaymentType] = &[PaymentType::Pix];
const BOTH: &[PaymentType] = &[PaymentType::Credit, PaymentType::Pix];

/// The table.
///
/// Ways to pay and Pix refunds are those of the public API. Providers that sell outside Brazil take cards in any
/// currency, Brazilian acquirers in BRL. `can_read` stands only where a provider publishes a read that finds a
/// payment. The `SANDBOX` provider can do everything, so that everything can be tried.
#[must_use]
#[expect(clippy::match_same_arms, reason = "one row per provider")]
pub const fn capability(provider: ProviderType) -> &'static Capability {
    use Currencies::{Any, Brl};
    use ProviderType as Of;

    match provider {
        Of::Adyen => &Capability { methods: BOTH, currencies: Any, can_refund_pix: true, can_read: false },
        Of::Bb => &Capability { methods: PIX, currencies: Brl, can_refund_pix: true, can_read: true },
        Of::Bs2 => &Capability { methods: PIX, currencies: Brl, can_refund_pix: false, can_read: true },
        Of::Getnet => &Capability { methods: BOTH, currencies: Brl, can_refund_pix: false, can_read: false },
        Of::MercadoPago => &Capability { methods: BOTH, currencies: Brl, can_refund_pix: true, can_read: true },
        Of::Pagarme => &Capability { methods: BOTH, currencies: Brl, can_refund_pix: true, can_read: true },
        Of::Pagseguro => &Capability { methods: BOTH, currencies: Brl, can_refund_pix: true, can_read: false },
        Of::Safrapay => &Capability { methods: BOTH, currencies: Brl, can_refund_pix: true, can_read: false },
        Of::Sandbox => &Capability { methods: BOTH, currencies: Any, can_refund_pix: true, can_read: true },
        Of::Stripe => &Capability { methods: CREDIT, currencies: Any, can_refund_pix: false, can_read: true },
        Of::Zoop => &Capability { methods: BOTH, currencies: Brl, can_refund_pix: true, can_read: false },
    }
}

/// Whether `provider` serves payments by `method` in `currency`.
#[must_use]
pub fn serves(provider: ProviderType, method: PaymentType, currency: Currency) -> bool {
    let capability = capability(provider);
    let currencies = match method {
        PaymentType::Credit => capability.currencies,
        PaymentType::Pix => Currencies::Brl,
    };
    capability.methods.contains(&method) && currencies.contains(currency)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use super::*;

    /// The providers that serve `method` in `currency`, by name.
    fn serving(method: PaymentType, currency: &str) -> Vec<&'static str> {
        let currency = currency.parse().unwrap();
        ProviderType::ALL.iter().filter(|kind| serves(**kind, method, currency)).map(|kind| kind.name()).collect()
    }

    #[test]
    fn pix_refunds_are_those_of_the_source_documents_table() {
        // Seed 001, "Provedores suportados para estorno de Pix": total and partial go together in every row.
        let table = [
            ("MERCADO_PAGO", true),
            ("PAGARME", true),
            ("BS2", false),
            ("BB", true),
            ("ZOOP", true),
            ("PAGSEGURO", true),
            ("ADYEN", true),
            ("GETNET", false),
            ("SAFRAPAY", true),
        ];
        for (name, refunds) in table {
            let provider = name.parse().unwrap();
            assert_eq!(capability(provider).can_refund_pix, refunds, "{name}");
            assert!(serves(provider, PaymentType::Pix, Currency::BRL), "{name}");
        }
    }

    #[test]
    fn only_what_serves_pix_refunds_it() {
        for kind in ProviderType::ALL {
            let row = capability(*kind);
            assert!(!row.can_refund_pix || row.methods.contains(&PaymentType::Pix), "{kind}");
        }
    }

    #[test]
    fn cards_are_served_by_all_but_the_banks_and_pix_by_all_but_stripe() {
        let all: Vec<_> = ProviderType::ALL.iter().map(|kind| kind.name()).collect();
        let but = |names: &[&str]| all.iter().copied().filter(|name| !names.contains(name)).collect::<Vec<_>>();
        assert_eq!(serving(PaymentType::Credit, "BRL"), but(&["BB", "BS2"]));
        assert_eq!(serving(PaymentType::Pix, "BRL"), but(&["STRIPE"]));
    }

    #[test]
    fn other_currencies_are_for_cards_at_providers_that_sell_outside_brazil() {
        for currency in ["USD", "JPY", "CLP"] {
            assert_eq!(serving(PaymentType::Credit, currency), ["ADYEN", "SANDBOX", "STRIPE"]);
            assert!(serving(PaymentType::Pix, currency).is_empty());
        }
    }

    #[test]
    fn providers_without_a_published_read_are_not_asked() {
        let unread: Vec<_> =
            ProviderType::ALL.iter().filter(|kind| !capability(**kind).can_read).map(|kind| kind.name()).collect();
        assert_eq!(unread, ["ADYEN", "GETNET", "PAGSEGURO", "SAFRAPAY", "ZOOP"]);
    }
}
