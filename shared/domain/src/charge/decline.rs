//! Why a provider declined, and whether the payment may be retried.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

/// Whether a declined payment may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// A soft decline: a retry can succeed, at the next provider too.
    Soft,
    /// A hard decline: the hub does not retry it by itself. Its shopper or the merchant may.
    Hard,
    /// An irreversible decline, as the card networks call it: this card must not be retried so, at any provider.
    Irreversible,
}

macro_rules! decline_codes {
    ($($(#[$doc:meta])* $name:ident, $retry:ident;)*) => {
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

            /// Whether a payment that is declined so may be retried, where its provider says nothing else.
            #[must_use]
            pub const fn retry(self) -> Retry {
                match self { $(Self::$name => Retry::$retry),* }
            }
        }
    };
}

decline_codes! {
    /// The provider gives no reason.
    Generic, Hard;
    /// The card has too little money or credit.
    InsufficientFunds, Soft;
    /// The card has expired, or its date is wrong.
    ExpiredCard, Irreversible;
    /// The card number is wrong.
    InvalidNumber, Irreversible;
    /// The CVV is wrong.
    InvalidCvv, Irreversible;
    /// The amount is not valid, or above a limit.
    InvalidAmount, Hard;
    /// The card does not take such a payment.
    CardNotSupported, Irreversible;
    /// The card is blocked.
    BlockedCard, Hard;
    /// The card is canceled.
    CanceledCard, Soft;
    /// The issuer did not answer in time.
    Timeout, Soft;
    /// The payment was not processed.
    TryAgain, Soft;
    /// The payment was not made in time.
    Expired, Hard;
    /// The provider has no record of the payment.
    ProcessingError, Soft;
    /// The payment is fraud.
    FraudConfirmed, Irreversible;
    /// The payment may be fraud.
    FraudSuspect, Hard;
    /// A field of the payment is wrong, or is missing.
    InvalidData, Irreversible;
    /// The number of installments is not possible.
    InvalidInstallment, Irreversible;
    /// The merchant is not known, or may not take such a payment.
    InvalidMerchant, Irreversible;
    /// The password of the card is wrong.
    InvalidPin, Hard;
    /// The issuer cannot be reached.
    IssuerNotAvailable, Soft;
    /// The card was reported as lost.
    LostCard, Irreversible;
    /// The issuer, the network or the law does not permit the payment.
    NotPermitted, Hard;
    /// The card is to be kept by whoever has it.
    PickupCard, Irreversible;
    /// The password of the card was wrong too often.
    PinTryExceeded, Hard;
    /// The card is blocked for now, for such payments or by its holder.
    RestrictedCard, Hard;
    /// The security of the payment is violated.
    SecurityViolation, Hard;
    /// The card does not have this service.
    ServiceNotAllowed, Hard;
    /// The card was reported as stolen.
    StolenCard, Irreversible;
    /// The card may not make such a transaction.
    TransactionNotAllowed, Irreversible;
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
    /// Whether it may be retried, where the card network says so of its code and its code's word says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_retry: Option<Retry>,
}

impl Decline {
    /// For this reason, with the card network's code, where there is one.
    #[must_use]
    pub const fn new(code: DeclineCode, network_code: Option<String>) -> Self {
        Self { code, network_code, network_retry: None }
    }

    /// The same, where the card network says whether it may be retried.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { network_retry: Some(retry).filter(|retry| *retry != self.code.retry()), ..self }
    }

    /// Whether it may be retried.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.network_retry.unwrap_or(self.code.retry())
    }

    /// Whether it is a soft decline: a retry of the payment can succeed.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.retry() == Retry::Soft
    }
}

impl From<DeclineCode> for Decline {
    fn from(code: DeclineCode) -> Self {
        Self::new(code, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decline_is_retried_as_its_word_says_unless_the_network_says_otherwise() {
        let word = Decline::from(DeclineCode::IssuerNotAvailable);
        assert_eq!((word.retry(), word.retryable()), (Retry::Soft, true));
        let network = word.clone().with_retry(Retry::Irreversible);
        assert_eq!((network.retry(), network.retryable()), (Retry::Irreversible, false));
        assert_eq!(word.clone().with_retry(Retry::Soft), word, "said once");
        let stored = serde_json::to_string(&network).unwrap();
        assert_eq!(stored, r#"{"code":"issuer_not_available","networkRetry":"irreversible"}"#);
        assert_eq!(serde_json::from_str::<Decline>(&stored).unwrap(), network);
    }
}
