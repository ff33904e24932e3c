//! Why a provider declined, as the public API names it.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

macro_rules! decline_codes {
    ($($name:ident, $message:literal, $retryable:literal;)*) => {
        /// A `declinedCode` of the public API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum DeclineCode {
            $(#[doc = $message] $name),*
        }

        impl DeclineCode {
            /// Every code.
            pub const ALL: &[Self] = Self::VARIANTS;

            /// Its name in the public API.
            #[must_use]
            pub fn name(self) -> &'static str {
                self.into()
            }

            /// Its text in the public API.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message),* }
            }

            /// Whether it is a soft decline: a retry of the payment can succeed.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => $retryable),* }
            }
        }
    };
}

decline_codes! {
    Generic, "The card has been declined for a unknown reason", false;
    InsufficientFunds, "The card has insufficient funds", true;
    ExpiredCard, "The card expiration date is invalid", false;
    InvalidNumber, "The card number is invalid", false;
    InvalidCvv, "The security code is invalid", false;
    InvalidAmount, "The charge amount is not valid or exceeded maximum allowed", false;
    CardNotSupported, "The card does not support this type of purchase", false;
    BlockedCard, "The card is blocked", false;
    CanceledCard, "The card is canceled", true;
    Timeout, "The issuer did not answer in time", true;
    TryAgain, "The payment was not processed; it may be tried again", true;
    Expired, "The payment was not made in time", false;
    ProcessingError, "The provider has no record of this payment", true;
}

/// A decline by a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decline {
    /// Why.
    pub code: DeclineCode,
    /// The card network's code, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_code: Option<String>,
}

impl From<DeclineCode> for Decline {
    fn from(code: DeclineCode) -> Self {
        Self { code, network_code: None }
    }
}
