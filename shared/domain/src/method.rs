//! The ways to pay that the hub serves.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A way to pay, as `paymentType` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentType {
    /// Credit card.
    Credit,
    /// Pix, Brazil's instant payment, by a dynamic QR code.
    Pix,
}

impl PaymentType {
    /// Every way to pay that is served.
    pub const ALL: [Self; 2] = [Self::Credit, Self::Pix];

    /// The word of the public API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Pix => "pix",
        }
    }
}

impl fmt::Display for PaymentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no way to pay that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of the following values: credit, pix")]
pub struct NotServed;

impl FromStr for PaymentType {
    type Err = NotServed;

    fn from_str(name: &str) -> Result<Self, NotServed> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(NotServed)
    }
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
}

impl Method {
    /// Which way to pay this is.
    #[must_use]
    pub const fn kind(&self) -> PaymentType {
        match self {
            Self::Credit { .. } => PaymentType::Credit,
            Self::Pix { .. } => PaymentType::Pix,
        }
    }
}

/// A way to pay that a session accepts, with what its payment takes from the session when it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "paymentType", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Accepted {
    /// Credit card.
    Credit {
        /// Installments when the payment does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        installments: Option<u8>,
    },
    /// Pix.
    Pix {
        /// Seconds that a code lives when the payment does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_in: Option<u32>,
    },
}

impl Accepted {
    /// Which way to pay this is.
    #[must_use]
    pub const fn kind(self) -> PaymentType {
        match self {
            Self::Credit { .. } => PaymentType::Credit,
            Self::Pix { .. } => PaymentType::Pix,
        }
    }
}
