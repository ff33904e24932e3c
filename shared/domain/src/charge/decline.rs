//! Why a provider declined.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

macro_rules! decline_codes {
    ($($(#[$doc:meta])* $name:ident, $retryable:literal;)*) => {
        /// The reason for a decline.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum DeclineCode {
            $($(#[$doc])* $name),*
        }

        impl DeclineCode {
            /// Every code.
            pub const ALL: &[Self] = Self::VARIANTS;

            /// The word that it is stored as.
            #[must_use]
            pub fn name(self) -> &'static str {
                self.into()
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
    /// The provider gives no reason.
    Generic, false;
    /// The card has too little money or credit.
    InsufficientFunds, true;
    /// The card has expired, or its date is wrong.
    ExpiredCard, false;
    /// The card number is wrong.
    InvalidNumber, false;
    /// The CVV is wrong.
    InvalidCvv, false;
    /// The amount is not valid, or above a limit.
    InvalidAmount, false;
    /// The card does not take such a payment.
    CardNotSupported, false;
    /// The card is blocked.
    BlockedCard, false;
    /// The card is canceled.
    CanceledCard, true;
    /// The issuer did not answer in time.
    Timeout, true;
    /// The payment was not processed.
    TryAgain, true;
    /// The payment was not made in time.
    Expired, false;
    /// The provider has no record of the payment.
    ProcessingError, true;
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
