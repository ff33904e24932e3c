//! What each provider can do: one table, one row per provider.
//!
//! The sandbox under a provider's name has that provider's row.

use std::time::Duration;

use domain::{charge::Abilities, merchant::ProviderType, method::PaymentType, money::Currency};

/// One provider's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// The payment methods that it serves.
    pub methods: &'static [PaymentType],
    /// The currencies that its card payments may have; everything else is in BRL everywhere.
    pub currencies: Currencies,
    /// Whether a paid Pix can be refunded, wholly and in parts (Malga, "Pix", "Provedores suportados para estorno de
    /// Pix").
    pub can_refund_pix: bool,
    /// Whether an unpaid Pix or Drip can be canceled.
    pub can_cancel: bool,
    /// Whether the hub can query a reference there; where it cannot, an operator settles an unknown outcome.
    pub can_read: bool,
    /// Banking days until a boleto paid at another bank is cleared; 0 where the provider serves no boleto.
    pub boleto_clearing: u8,
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

const CREDIT_BOLETO: &[PaymentType] = &[PaymentType::Credit, PaymentType::Boleto];
const CREDIT_PIX: &[PaymentType] = &[PaymentType::Credit, PaymentType::Pix];
const CREDIT_PIX_BOLETO: &[PaymentType] = &[PaymentType::Credit, PaymentType::Pix, PaymentType::Boleto];
const PIX: &[PaymentType] = &[PaymentType::Pix];
const PIX_BOLETO: &[PaymentType] = &[PaymentType::Pix, PaymentType::Boleto];
const DRIP: &[PaymentType] = &[PaymentType::Drip];
const ALL: &[PaymentType] = &PaymentType::ALL;

const DAY: Duration = Duration::from_hours(24);

/// For how long after its payment a Pix can be refunded: Banco Central do Brasil, *Regulamento do Pix*, "Devolução":
/// 90 days.
const PIX_REFUNDS: Duration = DAY.saturating_mul(90);

/// For how long after its payment a card payment or a Drip can be refunded. Mercado Pago publishes 180 days; the hub
/// assumes the same of providers that publish nothing.
const OTHER_REFUNDS: Duration = DAY.saturating_mul(180);

/// The row of a provider that publishes nothing.
const NO: Capability = Capability {
    methods: &[],
    currencies: Currencies::Brl,
    can_refund_pix: false,
    can_cancel: false,
    can_read: false,
    boleto_clearing: 0,
};

/// A provider that serves boletos: banks clear them by the third banking day.
const SLIPS: Capability = Capability { boleto_clearing: 3, ..NO };

/// The table.
///
/// Payment methods and Pix refunds are those of the public API. Providers that sell outside Brazil take cards in any
/// currency, Brazilian acquirers in BRL. `can_cancel` and `can_read` are true only where a provider publishes how: the
/// banks' Pix API changes the charge's status (BB, BS2), Mercado Pago puts it, Pagar.me deletes the charge; Drip undoes
/// only a paid order. The `SANDBOX` provider can do everything, so that everything can be tested.
#[must_use]
#[expect(clippy::match_same_arms, reason = "one row per provider")]
pub const fn capability(provider: ProviderType) -> &'static Capability {
    use Currencies::Any;
    use ProviderType as Of;

    match provider {
        Of::Adyen => &Capability { methods: CREDIT_PIX_BOLETO, currencies: Any, can_refund_pix: true, ..SLIPS },
        Of::Bb => &Capability { methods: PIX, can_refund_pix: true, can_cancel: true, can_read: true, ..NO },
        Of::Bs2 => &Capability { methods: PIX_BOLETO, can_cancel: true, can_read: true, ..SLIPS },
        Of::Drip => &Capability { methods: DRIP, can_read: true, ..NO },
        Of::Getnet => &Capability { methods: CREDIT_PIX_BOLETO, ..SLIPS },
        Of::MercadoPago => {
            &Capability { methods: CREDIT_PIX_BOLETO, can_refund_pix: true, can_cancel: true, can_read: true, ..SLIPS }
        }
        Of::Pagarme => {
            &Capability { methods: CREDIT_PIX_BOLETO, can_refund_pix: true, can_cancel: true, can_read: true, ..SLIPS }
        }
        Of::Pagseguro => &Capability { methods: CREDIT_PIX, can_refund_pix: true, ..NO },
        Of::Safrapay => &Capability { methods: CREDIT_PIX, can_refund_pix: true, ..NO },
        Of::Sandbox => &Capability {
            methods: ALL,
            currencies: Any,
            can_refund_pix: true,
            can_cancel: true,
            can_read: true,
            ..SLIPS
        },
        Of::Stripe => &Capability { methods: CREDIT_BOLETO, currencies: Any, can_read: true, ..SLIPS },
        Of::Zoop => &Capability { methods: CREDIT_PIX_BOLETO, can_refund_pix: true, ..SLIPS },
    }
}

fn has(provider: ProviderType, method: PaymentType) -> bool {
    capability(provider).methods.contains(&method)
}

/// Whether `provider` serves payments by `method` in `currency`.
#[must_use]
pub fn serves(provider: ProviderType, method: PaymentType, currency: Currency) -> bool {
    let currencies = match method {
        PaymentType::Credit => capability(provider).currencies,
        PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => Currencies::Brl,
    };
    has(provider, method) && currencies.contains(currency)
}

/// Whether `provider` can refund a payment by `method`: a boleto never (Malga, "Pix" and "Drip").
#[must_use]
pub fn can_refund(provider: ProviderType, method: PaymentType) -> bool {
    let can = match method {
        PaymentType::Credit | PaymentType::Drip => true,
        PaymentType::Pix => capability(provider).can_refund_pix,
        PaymentType::Boleto => false,
    };
    has(provider, method) && can
}

/// Whether `provider` can cancel an unpaid payment by `method`.
#[must_use]
pub fn can_cancel(provider: ProviderType, method: PaymentType) -> bool {
    let can = match method {
        PaymentType::Pix | PaymentType::Drip => capability(provider).can_cancel,
        PaymentType::Credit | PaymentType::Boleto => false,
    };
    has(provider, method) && can
}

/// What `provider` can do for payments by `method`.
#[must_use]
pub fn abilities(provider: ProviderType, method: PaymentType) -> Abilities {
    let window = match method {
        PaymentType::Pix => PIX_REFUNDS,
        PaymentType::Credit | PaymentType::Boleto | PaymentType::Drip => OTHER_REFUNDS,
    };
    let refund_window = Some(window).filter(|_| can_refund(provider, method));
    Abilities { refund_window, can_cancel: can_cancel(provider, method), can_read: capability(provider).can_read }
}

/// Banking days after a boleto's last day until `provider` knows whether the boleto was paid.
#[must_use]
pub const fn clearing_days(provider: ProviderType) -> u8 {
    capability(provider).boleto_clearing
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The providers that serve `method` in `currency`, by name.
    fn serving(method: PaymentType, currency: &str) -> Vec<&'static str> {
        let currency = currency.parse().unwrap();
        ProviderType::ALL.iter().filter(|kind| serves(**kind, method, currency)).map(|kind| kind.name()).collect()
    }

    #[test]
    fn pix_refunds_are_those_of_the_published_table() {
        // Malga, "Pix", "Provedores suportados para estorno de Pix": total and partial are equal in every row.
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
    fn only_providers_that_serve_pix_refund_it() {
        for kind in ProviderType::ALL {
            let row = capability(*kind);
            assert!(!row.can_refund_pix || row.methods.contains(&PaymentType::Pix), "{kind}");
        }
    }

    /// All providers but these, by name.
    fn but(names: &[&str]) -> Vec<&'static str> {
        ProviderType::ALL.iter().map(|kind| kind.name()).filter(|name| !names.contains(name)).collect()
    }

    /// The providers of which `can` holds for a payment by `method`, by name.
    fn able(can: impl Fn(ProviderType, PaymentType) -> bool, method: PaymentType) -> Vec<&'static str> {
        ProviderType::ALL.iter().filter(|kind| can(**kind, method)).map(|kind| kind.name()).collect()
    }

    #[test]
    fn each_payment_method_is_served_by_the_providers_that_the_public_api_names() {
        assert_eq!(serving(PaymentType::Credit, "BRL"), but(&["BB", "BS2", "DRIP"]));
        assert_eq!(serving(PaymentType::Pix, "BRL"), but(&["DRIP", "STRIPE"]));
        let boleto = ["ADYEN", "BS2", "GETNET", "MERCADO_PAGO", "PAGARME", "SANDBOX", "STRIPE", "ZOOP"];
        assert_eq!(serving(PaymentType::Boleto, "BRL"), boleto);
        assert_eq!(serving(PaymentType::Drip, "BRL"), ["DRIP", "SANDBOX"]);
    }

    #[test]
    fn other_currencies_are_for_cards_at_providers_that_sell_outside_brazil() {
        for currency in ["USD", "JPY", "CLP"] {
            assert_eq!(serving(PaymentType::Credit, currency), ["ADYEN", "SANDBOX", "STRIPE"]);
            for method in [PaymentType::Pix, PaymentType::Boleto, PaymentType::Drip] {
                assert!(serving(method, currency).is_empty(), "{method}");
            }
        }
    }

    #[test]
    fn every_provider_refunds_what_it_serves_except_boletos_and_some_pix() {
        assert_eq!(able(can_refund, PaymentType::Credit), serving(PaymentType::Credit, "BRL"));
        assert_eq!(able(can_refund, PaymentType::Pix), but(&["BS2", "DRIP", "GETNET", "STRIPE"]));
        assert_eq!(able(can_refund, PaymentType::Drip), ["DRIP", "SANDBOX"]);
        assert!(able(can_refund, PaymentType::Boleto).is_empty());
    }

    #[test]
    fn only_a_pix_or_a_drip_is_canceled_and_only_where_a_provider_publishes_how() {
        assert_eq!(able(can_cancel, PaymentType::Pix), ["BB", "BS2", "MERCADO_PAGO", "PAGARME", "SANDBOX"]);
        assert_eq!(able(can_cancel, PaymentType::Drip), ["SANDBOX"]);
        for method in [PaymentType::Credit, PaymentType::Boleto] {
            assert!(able(can_cancel, method).is_empty(), "{method}");
        }
    }

    #[test]
    fn a_payment_is_superseded_only_where_it_can_be_canceled_read_and_refunded() {
        // BS2 cancels a Pix and refunds none.
        let can_supersede = |provider: ProviderType, method: PaymentType| {
            let able = abilities(provider, method);
            able.can_cancel && able.can_read && able.can_refund()
        };
        assert_eq!(able(can_supersede, PaymentType::Pix), ["BB", "MERCADO_PAGO", "PAGARME", "SANDBOX"]);
        assert_eq!(able(can_supersede, PaymentType::Drip), ["SANDBOX"]);
        for method in [PaymentType::Credit, PaymentType::Boleto] {
            assert!(able(can_supersede, method).is_empty(), "{method}");
        }
    }

    #[test]
    fn a_boleto_is_cleared_in_three_banking_days_by_all_that_serve_it() {
        for kind in ProviderType::ALL {
            let serves_boleto = serves(*kind, PaymentType::Boleto, Currency::BRL);
            assert_eq!(clearing_days(*kind), if serves_boleto { 3 } else { 0 }, "{kind}");
        }
    }

    #[test]
    fn a_pix_is_refunded_for_90_days_a_card_and_a_drip_for_180_and_what_is_never_refunded_for_none() {
        let days = |kind, method| abilities(kind, method).refund_window.unwrap_or_default().as_secs() / (24 * 60 * 60);
        for kind in ProviderType::ALL {
            for (method, window) in
                [(PaymentType::Credit, 180), (PaymentType::Pix, 90), (PaymentType::Boleto, 0), (PaymentType::Drip, 180)]
            {
                let window = if can_refund(*kind, method) { window } else { 0 };
                assert_eq!(days(*kind, method), window, "{kind}, {method}");
            }
        }
    }

    #[test]
    fn providers_without_a_published_read_are_not_asked() {
        let unread: Vec<_> =
            ProviderType::ALL.iter().filter(|kind| !capability(**kind).can_read).map(|kind| kind.name()).collect();
        assert_eq!(unread, ["ADYEN", "GETNET", "PAGSEGURO", "SAFRAPAY", "ZOOP"]);
    }
}
