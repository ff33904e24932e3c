use domain::{
    charge::{decline::DeclineCode, update::Reference},
    money::Amount,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The header with the instant of a call, in milliseconds since 1970.
pub const TIMESTAMP: &str = "x-sandbox-timestamp";
/// The header with the call's signature.
pub const SIGNATURE: &str = "x-sandbox-signature";

/// The body of one notification of the bank.
#[derive(Debug, Serialize, Deserialize)]
pub struct Updates {
    /// 1 to 100 updates.
    #[serde(rename = "notices")]
    pub updates: Vec<ProviderUpdate>,
}

impl Updates {
    /// The updates that a body holds; none when it holds anything else.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        super::read(body)
    }

    /// Each update that a body holds, none for one that cannot be read; none when the body holds anything else.
    #[must_use]
    pub fn read_each(body: &[u8]) -> Option<Vec<Option<ProviderUpdate>>> {
        let parts: Parts<'_> = super::read(body)?;
        Some(parts.updates.into_iter().map(|update| super::read(update.get().as_bytes())).collect())
    }
}

/// A body whose updates are not read yet.
#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow, rename = "notices")]
    updates: Vec<&'a RawValue>,
}

/// One update: something that happened to a payment.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProviderUpdate {
    /// The bank's own id of the update; the same in every repeat.
    pub id: String,
    /// The reference of the payment or of the refund that the update is about.
    pub reference: Reference,
    /// What happened.
    #[serde(flatten)]
    pub kind: UpdateKind,
}

/// What happened. Amounts are in minor units.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum UpdateKind {
    /// The shopper has paid.
    Paid {
        /// How much, which may differ from what was asked for.
        amount: Amount,
        /// The bank's own id of the transaction.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_id: Option<String>,
    },
    /// The shopper will not pay.
    NotPaid {
        /// Why; generic where the bank does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<DeclineCode>,
    },
    /// A refund was begun at the bank itself.
    RefundBegun {
        /// How much of the payment.
        amount: Amount,
    },
    /// A refund is done: the referenced one, or a refund of the referenced payment that was begun at the bank itself.
    Refunded {
        /// How much of the payment.
        amount: Amount,
        /// The bank's own id of the refund.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_id: Option<String>,
    },
    /// The referenced refund will not be done.
    RefundFailed {
        /// Why; generic where the bank does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<DeclineCode>,
    },
    /// Refunded money came back to the merchant.
    RefundReverted {
        /// How much of it.
        amount: Amount,
    },
    /// The shopper's bank took the money back (chargeback).
    ChargedBack {
        /// How much of the payment.
        amount: Amount,
        /// The bank's own id of the dispute.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
    },
    /// The merchant received the amount of a chargeback again.
    ChargebackReversed {
        /// How much of the payment.
        amount: Amount,
        /// The bank's own id of the dispute.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
    },
    /// The shopper contests the payment.
    Disputed {
        /// The bank's own id of the dispute.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
    },
    /// The dispute has ended.
    DisputeClosed {
        /// The bank's own id of the dispute.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
    },
}

impl UpdateKind {
    /// The bank's own id of the dispute, where the update is about a dispute and the bank names it.
    #[must_use]
    pub fn dispute(&self) -> Option<&str> {
        match self {
            Self::ChargedBack { dispute, .. }
            | Self::ChargebackReversed { dispute, .. }
            | Self::Disputed { dispute }
            | Self::DisputeClosed { dispute } => dispute.as_deref(),
            Self::Paid { .. }
            | Self::NotPaid { .. }
            | Self::RefundBegun { .. }
            | Self::Refunded { .. }
            | Self::RefundFailed { .. }
            | Self::RefundReverted { .. } => None,
        }
    }
}

/// Updates in the bank's answer to a simulation: the headers and the body of the call that the bank would make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedUpdates {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The signature over timestamp and body.
    pub signature: String,
    /// The body, byte for byte.
    pub body: String,
}

impl SignedUpdates {
    /// The updates that a body holds; none when it holds anything else.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        super::read(body)
    }
}
