//! The payment methods that the hub serves.

mod boleto;
mod drip;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

pub use boleto::{
    Boleto, MAX_DAYS_AHEAD, MAX_DAYS_PAST_DUE, MAX_PENALTY_DAYS, NotAPercentage, Penalty, Percentage, Rate,
};
pub use drip::{Browser, Drip, MAX_URL};

use crate::{
    money::Amount,
    time::{Date, Timestamp},
};

/// A payment method, as `paymentType` names it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = NotServed, parse_err_fn = not_served)]
pub enum PaymentType {
    /// Credit card.
    Credit,
    /// Pix, Brazil's instant payment, by a dynamic QR code.
    Pix,
    /// Boleto, a slip with a barcode that is paid at any bank until its date.
    Boleto,
    /// Drip, a payment by instalments on the provider's own page.
    Drip,
}

impl PaymentType {
    /// Every payment method that is served.
    pub const ALL: [Self; 4] = [Self::Credit, Self::Pix, Self::Boleto, Self::Drip];

    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether its shopper completes it later, outside the hub: everything but a card.
    #[must_use]
    pub const fn is_asynchronous(self) -> bool {
        match self {
            Self::Credit => false,
            Self::Pix | Self::Boleto | Self::Drip => true,
        }
    }
}

/// The text names no payment method that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no payment method that is served: credit, pix, boleto or drip")]
pub struct NotServed;

fn not_served(_: &str) -> NotServed {
    NotServed
}

/// How one charge is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "paymentType", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Method {
    /// By credit card, in `installments` parts (1 = at once).
    Credit {
        /// 1 to [`crate::limits::MAX_INSTALLMENTS`].
        installments: u8,
    },
    /// By Pix, payable for `expires_in` seconds.
    Pix {
        /// 1 to [`crate::limits::MAX_PIX_EXPIRY`] seconds.
        expires_in: u32,
    },
    /// By boleto, payable at any bank until the end of its last day.
    Boleto(Boleto),
    /// By Drip, on Drip's page.
    Drip(Drip),
}

/// One thing that is bought, as a boleto or Drip shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaidItem {
    /// The merchant's id of it.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// The price of one, in minor units.
    pub unit_price: Amount,
}

impl Method {
    /// Until when a payment that was ordered at `created` can be made; a card's is made at once.
    #[must_use]
    pub fn expires_at(&self, created: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Credit { .. } => None,
            Self::Pix { expires_in } | Self::Drip(Drip { expires_in, .. }) => {
                Some(created.plus(Duration::from_secs(u64::from(*expires_in))))
            }
            Self::Boleto(boleto) => Some(boleto.payable_until().end_in_brazil()),
        }
    }

    /// Until when its provider may say that a payment that was ordered at `created` was made: a boleto is cleared
    /// for some days more.
    #[must_use]
    pub fn ends_at(&self, created: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Boleto(boleto) => Some(boleto.ends().end_in_brazil()),
            Self::Credit { .. } | Self::Pix { .. } | Self::Drip(_) => self.expires_at(created),
        }
    }

    /// The pages of the merchant to which a browser returns from the provider's.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        let pages = match self {
            Self::Drip(drip) => [Some(drip.success_redirect_url.as_str()), Some(drip.cancel_redirect_url.as_str())],
            Self::Credit { .. } | Self::Pix { .. } | Self::Boleto(_) => [None, None],
        };
        pages.into_iter().flatten()
    }

    /// Which payment method this is.
    #[must_use]
    pub const fn kind(&self) -> PaymentType {
        match self {
            Self::Credit { .. } => PaymentType::Credit,
            Self::Pix { .. } => PaymentType::Pix,
            Self::Boleto(_) => PaymentType::Boleto,
            Self::Drip(_) => PaymentType::Drip,
        }
    }
}

/// A payment method that a session accepts, on the merchant's terms: they win over what its payment says. What is none
/// here is for the payment to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "paymentType", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Accepted {
    /// Credit card.
    Credit {
        /// The most installments that the payment may have, and what it has when it does not say.
        #[serde(default = "at_once")]
        installments: u8,
    },
    /// Pix.
    Pix {
        /// The most seconds that a code lives, and what it lives when the payment does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_in: Option<u32>,
    },
    /// Boleto.
    Boleto {
        /// Its due date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_date: Option<Date>,
        /// For how many days after that it can be paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_days_past_due: Option<u16>,
        /// The instructions for the cashier on the slip.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instructions: Option<String>,
        /// What is added for each day, or each month, of delay.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interest: Option<Penalty>,
        /// What is added once for a delay.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fine: Option<Penalty>,
    },
    /// Drip.
    Drip {
        /// Where the browser goes after a payment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        success_redirect_url: Option<String>,
        /// Where the browser goes when the shopper cancels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cancel_redirect_url: Option<String>,
        /// The most installments that the shopper may choose, and what the payment allows when it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_installments: Option<u8>,
    },
}

/// The installments of a card payment for which none were named.
const fn at_once() -> u8 {
    1
}

impl Accepted {
    /// Which payment method this is.
    #[must_use]
    pub const fn kind(&self) -> PaymentType {
        match self {
            Self::Credit { .. } => PaymentType::Credit,
            Self::Pix { .. } => PaymentType::Pix,
            Self::Boleto { .. } => PaymentType::Boleto,
            Self::Drip { .. } => PaymentType::Drip,
        }
    }
}

impl From<PaymentType> for Accepted {
    /// Only the payment method; a card pays at once.
    fn from(kind: PaymentType) -> Self {
        match kind {
            PaymentType::Credit => Self::Credit { installments: at_once() },
            PaymentType::Pix => Self::Pix { expires_in: None },
            PaymentType::Boleto => Self::Boleto {
                expires_date: None,
                max_days_past_due: None,
                instructions: None,
                interest: None,
                fine: None,
            },
            PaymentType::Drip => {
                Self::Drip { success_redirect_url: None, cancel_redirect_url: None, max_installments: None }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> PaidItem {
        PaidItem {
            id: "123".to_owned(),
            title: "item title".to_owned(),
            quantity: 2,
            unit_price: Amount::new(75).unwrap(),
        }
    }

    fn boleto() -> Boleto {
        let rates = [Rate::Percentage("0.33".parse().unwrap()), Rate::Amount(Amount::new(200).unwrap())];
        let [interest, fine] = rates.map(|rate| Some(Penalty { days: 1, rate }));
        let instructions = Some("Pagar no banco".to_owned());
        Boleto {
            expires_date: "2026-12-30".parse().unwrap(),
            max_days_past_due: Some(0),
            instructions,
            interest,
            fine,
            items: vec![item()],
            clearing_days: 3,
        }
    }

    fn drip() -> Drip {
        Drip {
            items: vec![item()],
            browser: Browser { ip_address: "127.0.0.1".to_owned(), browser_fingerprint: "074c1ee6".to_owned() },
            success_redirect_url: "https://loja.example/ok".to_owned(),
            cancel_redirect_url: "https://loja.example/volta".to_owned(),
            max_installments: Some(3),
            expires_in: 60,
        }
    }

    #[test]
    fn every_payment_method_is_read_back_as_it_was_stored() {
        let (boleto, drip) = (boleto(), drip());
        let bare = Boleto {
            max_days_past_due: None,
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            ..boleto.clone()
        };
        for method in [
            Method::Credit { installments: 3 },
            Method::Pix { expires_in: 3600 },
            Method::Boleto(boleto),
            Method::Boleto(bare),
            Method::Drip(drip),
        ] {
            let stored = serde_json::to_string(&method).unwrap();
            assert_eq!(serde_json::from_str::<Method>(&stored).unwrap(), method, "{stored}");
        }
    }

    #[test]
    fn what_a_session_accepts_is_read_back_as_it_was_stored() {
        let Boleto { expires_date, max_days_past_due, instructions, interest, fine, .. } = boleto();
        let expires_date = Some(expires_date);
        let terms = Accepted::Boleto { expires_date, max_days_past_due, instructions, interest, fine };
        for accepted in PaymentType::ALL.map(Accepted::from).into_iter().chain([terms]) {
            let stored = serde_json::to_string(&accepted).unwrap();
            assert_eq!(serde_json::from_str::<Accepted>(&stored).unwrap(), accepted, "{stored}");
        }
        assert_eq!(PaymentType::ALL.map(|kind| Accepted::from(kind).kind()), PaymentType::ALL);
        // A session that was stored without installments is paid at once.
        let silent = serde_json::from_str::<Accepted>(r#"{"paymentType":"credit"}"#).unwrap();
        assert_eq!(silent, Accepted::Credit { installments: 1 });
    }

    #[test]
    fn a_payment_can_be_made_until_its_code_or_page_expires_or_its_day_ends_in_brazil() {
        let created: Timestamp = "2026-12-30T12:00:00.000Z".parse().unwrap();
        let until = |method: Method| method.expires_at(created).map(|instant| instant.to_string());
        assert_eq!(until(Method::Credit { installments: 1 }), None);
        assert_eq!(until(Method::Pix { expires_in: 3600 }).as_deref(), Some("2026-12-30T13:00:00.000Z"));
        assert_eq!(until(Method::Drip(drip())).as_deref(), Some("2026-12-30T12:01:00.000Z"));
        assert_eq!(until(Method::Boleto(boleto())).as_deref(), Some("2026-12-31T03:00:00.000Z"));
        let late = Boleto { max_days_past_due: Some(1), ..boleto() };
        assert_eq!(until(Method::Boleto(late)).as_deref(), Some("2027-01-05T03:00:00.000Z"));
    }

    #[test]
    fn a_boleto_is_cleared_after_its_last_day_and_everything_else_ends_when_it_expires() {
        let created: Timestamp = "2026-12-30T12:00:00.000Z".parse().unwrap();
        let end = Method::Boleto(boleto()).ends_at(created).map(|instant| instant.to_string());
        assert_eq!(end.as_deref(), Some("2027-01-07T03:00:00.000Z"));
        for method in [Method::Credit { installments: 1 }, Method::Pix { expires_in: 3600 }, Method::Drip(drip())] {
            assert_eq!(method.ends_at(created), method.expires_at(created));
        }
    }

    #[test]
    fn a_boleto_that_was_stored_before_it_said_how_late_it_may_be_paid_is_read() {
        let stored = r#"{"paymentType":"boleto","expiresDate":"2026-12-30"}"#;
        let bare = Boleto {
            expires_date: "2026-12-30".parse().unwrap(),
            max_days_past_due: None,
            instructions: None,
            interest: None,
            fine: None,
            items: Vec::new(),
            clearing_days: 0,
        };
        assert_eq!(serde_json::from_str::<Method>(stored).unwrap(), Method::Boleto(bare));
    }
}
