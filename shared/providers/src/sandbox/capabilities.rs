//! The providers whose names the sandbox plays: one row each, of what the provider publishes.
//!
//! The row of a provider ends when the provider has an adapter of its own.

use domain::{charge::PartialRelease, limits::HOLD_LIFE, merchant::ProviderType, method::PaymentType};

use super::Sandbox;
use crate::{
    adyen, bcb_pix,
    capabilities::{Capability, Currencies, Descriptor, PixExpiry},
    drip, pagarme,
};

const CREDIT_BOLETO: &[PaymentType] = &[PaymentType::Credit, PaymentType::Boleto];
const CREDIT_PIX: &[PaymentType] = &[PaymentType::Credit, PaymentType::Pix];
const CREDIT_PIX_BOLETO: &[PaymentType] = &[PaymentType::Credit, PaymentType::Pix, PaymentType::Boleto];
const ALL: &[PaymentType] = &PaymentType::ALL;

/// The row of a provider that publishes nothing. The sandbox analyses fraud under its name.
const NO: Capability = Capability {
    methods: &[],
    currencies: Currencies::Brl,
    can_refund_pix: false,
    can_cancel: false,
    can_read: false,
    analyses_fraud: true,
    can_capture_part: true,
    partial_release: PartialRelease::Real,
    one_refund_at_a_time: false,
    hold_life: HOLD_LIFE,
    pix_expiry: PixExpiry::ANY,
    boleto_clearing: 0,
    boleto_past_due: false,
    descriptor: Descriptor::Whole,
};

/// A provider that serves boletos: banks clear them by the third banking day.
const SLIPS: Capability = Capability { boleto_clearing: 3, boleto_past_due: true, ..NO };

/// The sandbox as it plays `provider`.
///
/// Payment methods and Pix refunds are those of the public API (Malga, "Pix", "Provedores suportados para estorno de
/// Pix"). Providers that sell outside Brazil take cards in any currency, Brazilian acquirers in BRL. `can_cancel` and
/// `can_read` are true only where a provider publishes how: Mercado Pago puts the charge's status. The `SANDBOX` provider
/// can do everything, so that everything can be tested. A
/// provider with an adapter of its own is played as that adapter can do.
#[must_use]
#[expect(clippy::match_same_arms, reason = "one row per provider")]
pub(crate) const fn playing(provider: ProviderType) -> &'static Sandbox {
    use Currencies::Any;
    use ProviderType as Of;

    match provider {
        Of::Adyen => &Sandbox(adyen::CAPABILITY),
        Of::Bb | Of::BcbPix => &Sandbox(bcb_pix::PIX),
        Of::Bs2 => &Sandbox(bcb_pix::PIX_OF_BS2),
        Of::Drip => &Sandbox(drip::CAPABILITY),
        Of::Getnet => &Sandbox(Capability { methods: CREDIT_PIX_BOLETO, ..SLIPS }),
        Of::MercadoPago => &Sandbox(Capability {
            methods: CREDIT_PIX_BOLETO,
            can_refund_pix: true,
            can_cancel: true,
            can_read: true,
            ..SLIPS
        }),
        Of::Pagarme => &Sandbox(pagarme::CAPABILITY),
        Of::Pagseguro => &Sandbox(Capability { methods: CREDIT_PIX, can_refund_pix: true, ..NO }),
        Of::Safrapay => &Sandbox(Capability { methods: CREDIT_PIX, can_refund_pix: true, ..NO }),
        Of::Sandbox => &Sandbox(Capability {
            methods: ALL,
            currencies: Any,
            can_refund_pix: true,
            can_cancel: true,
            can_read: true,
            ..SLIPS
        }),
        Of::Stripe => &Sandbox(Capability { methods: CREDIT_BOLETO, currencies: Any, can_read: true, ..SLIPS }),
        Of::Zoop => &Sandbox(Capability { methods: CREDIT_PIX_BOLETO, can_refund_pix: true, ..SLIPS }),
    }
}

#[cfg(test)]
mod tests {
    use domain::money::Currency;

    use super::*;
    use crate::capabilities::{abilities, capability, serves};

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

    /// All providers but these, by name.
    fn but(names: &[&str]) -> Vec<&'static str> {
        ProviderType::ALL.iter().map(|kind| kind.name()).filter(|name| !names.contains(name)).collect()
    }

    /// The providers of which `can` holds for a payment by `method`, by name.
    fn able(can: impl Fn(ProviderType, PaymentType) -> bool, method: PaymentType) -> Vec<&'static str> {
        ProviderType::ALL.iter().filter(|kind| can(**kind, method)).map(|kind| kind.name()).collect()
    }

    fn can_refund(provider: ProviderType, method: PaymentType) -> bool {
        abilities(provider, method).can_refund()
    }

    fn can_cancel(provider: ProviderType, method: PaymentType) -> bool {
        abilities(provider, method).can_cancel
    }

    /// BS2's boletos, which the public API names too, are an API of their own, whose bodies are not published. `BCB_PIX` is
    /// the hub's own word.
    #[test]
    fn each_payment_method_is_served_by_the_providers_that_the_public_api_names() {
        assert_eq!(serving(PaymentType::Credit, "BRL"), but(&["BB", "BCB_PIX", "BS2", "DRIP"]));
        assert_eq!(serving(PaymentType::Pix, "BRL"), but(&["DRIP", "STRIPE"]));
        let boleto = ["ADYEN", "GETNET", "MERCADO_PAGO", "PAGARME", "SANDBOX", "STRIPE", "ZOOP"];
        assert_eq!(serving(PaymentType::Boleto, "BRL"), boleto);
        assert_eq!(serving(PaymentType::Drip, "BRL"), ["DRIP", "SANDBOX"]);
    }

    #[test]
    fn other_currencies_are_for_cards_at_providers_that_sell_outside_brazil() {
        for currency in ["USD", "JPY", "CLP", "CVE", "IDR", "ISK"] {
            // Adyen counts other minor units of some.
            let all = ["ADYEN", "SANDBOX", "STRIPE"];
            let serve = if ["USD", "JPY"].contains(&currency) { &all } else { &all[1..] };
            assert_eq!(serving(PaymentType::Credit, currency), serve);
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
        assert_eq!(able(can_cancel, PaymentType::Pix), ["BB", "BCB_PIX", "BS2", "MERCADO_PAGO", "PAGARME", "SANDBOX"]);
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
        assert_eq!(able(can_supersede, PaymentType::Pix), ["BB", "BCB_PIX", "MERCADO_PAGO", "PAGARME", "SANDBOX"]);
        assert_eq!(able(can_supersede, PaymentType::Drip), ["SANDBOX"]);
        for method in [PaymentType::Credit, PaymentType::Boleto] {
            assert!(able(can_supersede, method).is_empty(), "{method}");
        }
    }

    #[test]
    fn a_boleto_is_cleared_in_three_banking_days_or_as_its_provider_publishes() {
        for kind in ProviderType::ALL {
            let serves_boleto = serves(*kind, PaymentType::Boleto, Currency::BRL);
            let published = if *kind == ProviderType::Adyen { 5 } else { 3 };
            let days = if serves_boleto { published } else { 0 };
            assert_eq!(capability(*kind).boleto_clearing, days, "{kind}");
        }
    }

    #[test]
    fn a_boleto_is_paid_past_its_due_date_but_at_adyen() {
        let past_due = ProviderType::ALL.iter().filter(|kind| capability(**kind).boleto_past_due);
        let but_adyen: Vec<_> =
            serving(PaymentType::Boleto, "BRL").into_iter().filter(|name| *name != "ADYEN").collect();
        assert_eq!(past_due.map(|kind| kind.name()).collect::<Vec<_>>(), but_adyen);
    }

    #[test]
    fn providers_without_a_place_for_it_take_no_analysis_of_fraud() {
        let none = ProviderType::ALL.iter().filter(|kind| !capability(**kind).analyses_fraud);
        assert_eq!(
            none.map(|kind| kind.name()).collect::<Vec<_>>(),
            ["ADYEN", "BB", "BCB_PIX", "BS2", "DRIP", "PAGARME"]
        );
    }

    #[test]
    fn providers_without_a_published_read_are_not_asked() {
        let unread: Vec<_> =
            ProviderType::ALL.iter().filter(|kind| !capability(**kind).can_read).map(|kind| kind.name()).collect();
        assert_eq!(unread, ["ADYEN", "GETNET", "PAGSEGURO", "SAFRAPAY", "ZOOP"]);
    }
}
