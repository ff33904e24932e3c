//! Provider updates: what provider notifications say of charges.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{decline::Decline, request::Receipt};
use crate::{
    ids::ChargeId,
    money::{Amount, Currency},
};

/// Our name for what a provider was asked: the charge's id as 32 hex digits and three digits of the request's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    /// The charge.
    pub charge: ChargeId,
    /// The request's number in the charge, from 1.
    pub number: u16,
}

/// The text is not a reference of this hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a reference of this hub")]
pub struct NotAReference;

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{:03}", self.charge.uuid().simple(), self.number)
    }
}

impl std::str::FromStr for Reference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let (id, number) = text.split_at_checked(32).ok_or(NotAReference)?;
        let is_plain = number.len() == 3
            && number.bytes().all(|digit| digit.is_ascii_digit())
            && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !is_plain {
            return Err(NotAReference);
        }
        let charge = uuid::Uuid::try_parse(id).map_err(|_| NotAReference)?;
        Ok(Self { charge: ChargeId::new(charge), number: number.parse().map_err(|_| NotAReference)? })
    }
}

impl TryFrom<String> for Reference {
    type Error = NotAReference;

    fn try_from(text: String) -> Result<Self, NotAReference> {
        text.parse()
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}

/// What one provider notification says of one charge, read and verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderUpdate {
    /// What it is about: a payment, or one of its refunds.
    pub reference: Reference,
    /// The provider's own id of what happened; the same for every repeat of the notification.
    pub id: String,
    /// The provider's id of the payment that it changes, where the provider says it: a duplicate payment has the same
    /// reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// The currency of its amount, where the provider names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What happened.
    pub kind: UpdateKind,
}

/// What happened at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "is", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum UpdateKind {
    /// Something happened, and the notification does not prove what: the payment is to be read. By itself it changes
    /// nothing.
    Look,
    /// The payment was approved with this much. It is reserved where it was only to be reserved; where its provider
    /// captures it by itself, or its shopper makes it, it is paid.
    Reserved {
        /// Minor units.
        amount: Amount,
        /// What the provider says of it.
        #[serde(default)]
        receipt: Receipt,
    },
    /// A capture will not be made, or what was captured was not: the money is only reserved. Names the capture, or the
    /// payment where its provider captures it by itself.
    CaptureFailed {
        /// Why.
        why: Decline,
    },
    /// What was reserved is reserved no more, and was not captured: it expired, or it was canceled. Names the payment,
    /// or the release that did it.
    ReservationEnded,
    /// The shopper has paid this much, which may differ from what was asked for. Of a reservation: this much was
    /// captured.
    Paid {
        /// Minor units.
        amount: Amount,
        /// What the provider says of it.
        #[serde(default)]
        receipt: Receipt,
    },
    /// The shopper will not pay: rejected, or expired.
    NotPaid {
        /// Why.
        why: Decline,
    },
    /// A refund that the reference does not name was begun at the provider itself.
    RefundBegun {
        /// Minor units.
        amount: Amount,
    },
    /// A refund is done: the one that the reference names, or one that was begun at the provider itself.
    Refunded {
        /// Minor units.
        amount: Amount,
        /// The provider's id of the refund, where the notification has one besides its own id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction: Option<String>,
    },
    /// A refund is done, as its provider says or as an operator found: the one that the reference names, or else one
    /// outside the hub, whatever refunds of the hub are under way.
    RefundedOutside {
        /// Minor units.
        amount: Amount,
    },
    /// The refund that the reference names will not be done.
    RefundFailed {
        /// Why.
        why: Decline,
    },
    /// A refund that was done came back to the merchant.
    RefundReverted {
        /// Minor units.
        amount: Amount,
        /// The provider's own id of the refund, where every refund of the provider has one that its notification says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund: Option<String>,
    },
    /// The shopper's bank took the money back.
    ChargedBack {
        /// Minor units.
        amount: Amount,
        /// The provider's id of the dispute, where the notification has one besides its own id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
        /// Its place among the steps of the dispute, from 1, where they have an order of their own: each is newer than
        /// those before it, in whichever order they are reported.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<u8>,
    },
    /// A chargeback was credited again: the merchant won the dispute.
    ChargebackReversed {
        /// Minor units.
        amount: Amount,
        /// The provider's id of the dispute; the debited one where there is only one and none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
        /// Its place among the steps of the dispute, as above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<u8>,
    },
    /// The shopper disputes the payment.
    Disputed {
        /// The provider's id of the dispute, where the notification has one besides its own id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
    },
    /// The dispute is closed.
    DisputeClosed {
        /// The provider's id of the dispute; the last open one where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dispute: Option<String>,
        /// Whether the merchant won it; none where the provider does not say. Money moves by updates of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        won: Option<bool>,
    },
}

impl UpdateKind {
    /// Its name in logs and in the keys by which repeats are recognised.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_is_written_and_nothing_else_is_one() {
        let text = "c1db83fa723c4e1f9722bc19d1be6791012";
        assert_eq!(text.parse::<Reference>().map(|reference| reference.to_string()), Ok(text.to_owned()));
        for other in ["c1db83fa723c4e1f9722bc19d1be679101", "C1DB83FA723C4E1F9722BC19D1BE6791012", "é", ""] {
            assert_eq!(other.parse::<Reference>(), Err(NotAReference), "{other}");
        }
    }
}
