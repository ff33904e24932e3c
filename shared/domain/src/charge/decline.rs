//! Why a provider declined.

use serde::{Deserialize, Serialize};

macro_rules! decline_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $retryable:literal;)*) => {
        /// The reason for a decline.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum DeclineCode {
            $($(#[$doc])* $name),*
        }

        impl DeclineCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word that it is stored as.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
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
    Generic = "generic", false;
    /// The card has too little money or credit.
    InsufficientFunds = "insufficient_funds", true;
    /// The card has expired, or its date is wrong.
    ExpiredCard = "expired_card", false;
    /// The card number is wrong.
    InvalidNumber = "invalid_number", false;
    /// The CVV is wrong.
    InvalidCvv = "invalid_cvv", false;
    /// The amount is not valid, or above a limit.
    InvalidAmount = "invalid_amount", false;
    /// The card does not take such a payment.
    CardNotSupported = "card_not_supported", false;
    /// The card is blocked.
    BlockedCard = "blocked_card", false;
    /// The card is canceled.
    CanceledCard = "canceled_card", true;
    /// The issuer did not answer in time.
    Timeout = "timeout", true;
    /// The payment was not processed.
    TryAgain = "try_again", true;
    /// The payment was not made in time.
    Expired = "expired", false;
    /// The provider has no record of the payment.
    ProcessingError = "processing_error", true;
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
