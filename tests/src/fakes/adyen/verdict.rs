//! What becomes of a new payment: by a script of the test, by its card number, or by its method.

use super::schema::Method;

/// The result of one `POST /payments`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The issuer agrees.
    Authorised,
    /// The issuer or Adyen declines.
    Refused(Refusal),
    /// Something failed on the side of the issuer or of Adyen; no money moves.
    Error,
    /// The payment was canceled before it was complete.
    Cancelled,
    /// The outcome follows by notification.
    Pending,
    /// The order arrived; the outcome follows by notification.
    Received,
    /// The shopper has to pay with what the answer shows.
    PresentToShopper,
    /// The shopper has to go to the page that the answer names.
    RedirectShopper,
    /// The issuer agrees to this much only, in minor units.
    PartiallyAuthorised(i64),
}

/// Why a payment is declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `refusalReason`, and the `reason` of the notification.
    pub reason: &'static str,
    /// `refusalReasonCode`.
    pub code: &'static str,
    /// `additionalData.refusalReasonRaw`: what the issuer said.
    pub raw: Option<&'static str>,
    /// `additionalData.merchantAdviceCode`: whether and how to try again.
    pub advice: Option<&'static str>,
}

impl Refusal {
    /// The card has not enough money.
    pub const NOT_ENOUGH_BALANCE: Self = Self {
        reason: "Not enough balance",
        code: "12",
        raw: Some("51 : Insufficient funds"),
        advice: Some("01 : New account information available"),
    };

    /// A refusal of which the issuer says nothing more.
    #[must_use]
    pub const fn of(code: &'static str, reason: &'static str) -> Self {
        Self { reason, code, raw: None, advice: None }
    }
}

/// Any other card that is valid is authorized.
pub const AUTHORISED_CARD: &str = "4111111111111111";
/// A card that is refused for [`Refusal::NOT_ENOUGH_BALANCE`].
pub const REFUSED_CARD: &str = "4000000000000119";
/// A card with which the payment ends in `Error`.
pub const ERROR_CARD: &str = "4000000000000226";
/// A card with which the payment is `Cancelled`.
pub const CANCELLED_CARD: &str = "4000000000000333";
/// A card whose payment is `Pending`.
pub const PENDING_CARD: &str = "4000000000000440";
/// A card whose payment is `Received`.
pub const RECEIVED_CARD: &str = "4000000000000556";
/// A card whose issuer wants to see the shopper.
pub const REDIRECT_CARD: &str = "4000000000000663";
/// A card that is authorized for half of the amount.
pub const PARTIAL_CARD: &str = "4000000000000770";

impl Verdict {
    /// What becomes of a payment for which the test has no script.
    pub(super) fn unscripted(method: Method, card: Option<&str>, value: i64) -> Self {
        match (method, card) {
            (Method::Boleto, _) => Self::PresentToShopper,
            (Method::Card, Some(REFUSED_CARD)) => Self::Refused(Refusal::NOT_ENOUGH_BALANCE),
            (Method::Card, Some(ERROR_CARD)) => Self::Error,
            (Method::Card, Some(CANCELLED_CARD)) => Self::Cancelled,
            (Method::Pix, _) | (Method::Card, Some(PENDING_CARD)) => Self::Pending,
            (Method::Card, Some(RECEIVED_CARD)) => Self::Received,
            (Method::Card, Some(REDIRECT_CARD)) => Self::RedirectShopper,
            (Method::Card, Some(PARTIAL_CARD)) => Self::PartiallyAuthorised(value / 2),
            (Method::Card, _) => Self::Authorised,
        }
    }

    /// `resultCode`.
    pub(super) const fn result_code(&self) -> &'static str {
        match self {
            Self::Authorised => "Authorised",
            Self::Refused(_) => "Refused",
            Self::Error => "Error",
            Self::Cancelled => "Cancelled",
            Self::Pending => "Pending",
            Self::Received => "Received",
            Self::PresentToShopper => "PresentToShopper",
            Self::RedirectShopper => "RedirectShopper",
            Self::PartiallyAuthorised(_) => "PartiallyAuthorised",
        }
    }

    /// Why the payment is over without money, if it is.
    pub(super) const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            Self::Error => Some(Refusal::of("4", "Acquirer Error")),
            Self::Cancelled => Some(Refusal::of("15", "Cancelled")),
            Self::Authorised
            | Self::Pending
            | Self::Received
            | Self::PresentToShopper
            | Self::RedirectShopper
            | Self::PartiallyAuthorised(_) => None,
        }
    }
}
