//! What each provider can do, as its adapter says.

use std::time::Duration;

use domain::{
    charge::{Abilities, PartialRelease},
    limits::MAX_PIX_EXPIRY,
    merchant::ProviderType,
    method::PaymentType,
    money::Currency,
};

use crate::registry;

/// What one provider can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one published fact of a provider, and none a state")]
pub struct Capability {
    /// The payment methods that it serves.
    pub methods: &'static [PaymentType],
    /// The currencies that its card payments may have; everything else is in BRL everywhere.
    pub currencies: Currencies,
    /// Whether a paid Pix can be refunded, wholly and in parts.
    pub can_refund_pix: bool,
    /// Whether an unpaid Pix or Drip can be canceled.
    pub can_cancel: bool,
    /// Whether the provider publishes how a payment is read: only then an unpaid one of it is superseded. Whether a query
    /// is answered says [`crate::Provider::answers_queries`].
    pub can_read: bool,
    /// Whether the adapter takes a payment that is to be analysed for fraud.
    pub analyses_fraud: bool,
    /// Whether a part of what is reserved on a card can be captured.
    pub can_capture_part: bool,
    /// What becomes of a release of a part of what is reserved on a card.
    pub partial_release: PartialRelease,
    /// Whether a payment can have one refund or release under way: the provider's reads say sums alone.
    pub one_refund_at_a_time: bool,
    /// For how long money stays reserved on a card.
    pub hold_life: Duration,
    /// For how long a Pix code may be payable.
    pub pix_expiry: PixExpiry,
    /// Banking days until a boleto paid at another bank is cleared; 0 where the provider serves no boleto.
    pub boleto_clearing: u8,
    /// Whether a boleto can be paid after its due date, and cost interest and a fine then.
    pub boleto_past_due: bool,
    /// How the statement descriptor of a card payment is sent.
    pub descriptor: Descriptor,
}

/// How the statement descriptor of a card payment is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// As the merchant wrote it.
    Whole,
    /// In the characters that the provider takes, and at most so many.
    CutTo(usize),
    /// Not at all: the provider takes no card payments.
    NotSent,
}

/// For how long a Pix code may be payable, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixExpiry {
    /// At least.
    pub least: u32,
    /// At most.
    pub most: u32,
}

impl PixExpiry {
    /// As short or as long as the hub allows.
    pub const ANY: Self = Self { least: 1, most: MAX_PIX_EXPIRY };

    /// Whether a Pix code that is payable for so many seconds can be had.
    #[must_use]
    pub const fn contains(self, seconds: u32) -> bool {
        self.least <= seconds && seconds <= self.most
    }
}

/// A set of currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currencies {
    /// Every currency of ISO 4217.
    Any,
    /// Every currency but these codes, of which the provider counts other minor units than ISO 4217.
    AnyBut(&'static [&'static str]),
    /// The Brazilian real alone.
    Brl,
}

impl Currencies {
    /// Whether `currency` belongs to the set.
    #[must_use]
    pub fn contains(self, currency: Currency) -> bool {
        match self {
            Self::Any => true,
            Self::AnyBut(others) => !others.contains(&currency.code()),
            Self::Brl => currency == Currency::BRL,
        }
    }
}

const DAY: Duration = Duration::from_hours(24);

/// For how long after its payment a Pix can be refunded: Banco Central do Brasil, *Regulamento do Pix*, "Devolução":
/// 90 days.
pub(crate) const PIX_REFUNDS: Duration = DAY.saturating_mul(90);

/// For how long after its payment a card payment or a Drip can be refunded. Mercado Pago publishes 180 days; the hub
/// assumes the same of providers that publish nothing.
const OTHER_REFUNDS: Duration = DAY.saturating_mul(180);

/// What `provider` can do.
#[must_use]
pub fn capability(provider: ProviderType) -> &'static Capability {
    registry::adapter_of(provider).capability()
}

/// Whether `provider` serves payments by `method` in `currency`.
#[must_use]
pub fn serves(provider: ProviderType, method: PaymentType, currency: Currency) -> bool {
    let able = capability(provider);
    let currencies = match method {
        PaymentType::Credit => able.currencies,
        PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip => Currencies::Brl,
    };
    able.methods.contains(&method) && currencies.contains(currency)
}

/// What `provider` can do for payments by `method`. It can refund a payment by boleto never (Malga, "Pix" and "Drip").
#[must_use]
pub fn abilities(provider: ProviderType, method: PaymentType) -> Abilities {
    let able = capability(provider);
    let is_served = able.methods.contains(&method);
    let (refund_window, can_cancel) = match method {
        PaymentType::Credit => (Some(OTHER_REFUNDS), false),
        PaymentType::Pix => (Some(PIX_REFUNDS).filter(|_| able.can_refund_pix), able.can_cancel),
        PaymentType::Boleto => (None, false),
        PaymentType::Drip => (Some(OTHER_REFUNDS), able.can_cancel),
    };
    Abilities {
        refund_window: refund_window.filter(|_| is_served),
        can_cancel: is_served && can_cancel,
        can_read: able.can_read,
        can_capture_part: able.can_capture_part,
        partial_release: able.partial_release,
        one_refund_at_a_time: able.one_refund_at_a_time,
        hold_life: able.hold_life,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_providers_that_serve_pix_refund_it() {
        for kind in ProviderType::ALL {
            let row = capability(*kind);
            assert!(!row.can_refund_pix || row.methods.contains(&PaymentType::Pix), "{kind}");
        }
    }

    #[test]
    fn a_pix_is_refunded_for_90_days_a_card_and_a_drip_for_180_and_what_is_never_refunded_for_none() {
        for kind in ProviderType::ALL {
            let able = capability(*kind);
            for (method, days, is_refunded) in [
                (PaymentType::Credit, 180, true),
                (PaymentType::Pix, 90, able.can_refund_pix),
                (PaymentType::Boleto, 0, false),
                (PaymentType::Drip, 180, true),
            ] {
                let window = abilities(*kind, method).refund_window;
                let is_refunded = is_refunded && able.methods.contains(&method);
                assert_eq!(window, is_refunded.then_some(DAY * days), "{kind}, {method}");
            }
        }
    }
}
