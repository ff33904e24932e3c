//! Typed ids: each is a UUID on the wire, and none can be taken for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with these 128 bits.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                hyphenated(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A merchant's account: the owner of everything else.
    ClientId
    /// A seller of a client, with its providers.
    MerchantId
    /// A merchant's account at one provider.
    ProviderAccountId
    /// An order that is paid once.
    SessionId
    /// One payment, with all its transaction requests.
    ChargeId
    /// One transaction request of a charge.
    RequestId
    /// A customer.
    CustomerId
    /// A stored card.
    CardId
    /// A card number that waits to be used once.
    TokenId
    /// A webhook endpoint.
    WebhookId
    /// A public key; not the key itself, which opens what its scopes say.
    KeyId
    /// A key with which a merchant's server signs its requests.
    ServerKeyId
    /// An event.
    EventId
}

/// The text is not a UUID in its hyphenated form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no UUID in its hyphenated form")]
pub struct NotAnId;

/// Braced, URN and plain forms are refused, so that one thing has one spelling in keys and paths.
fn hyphenated(text: &str) -> Result<Uuid, NotAnId> {
    if text.len() == 36 { Uuid::try_parse(text).map_err(|_| NotAnId) } else { Err(NotAnId) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_hyphenated_uuid_and_nothing_else() {
        let text = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
        assert_eq!(text.parse::<ChargeId>().map(|id| id.to_string()), Ok(text.to_owned()));
        for other in ["c1db83fa723c4e1f9722bc19d1be6791", "{c1db83fa-723c-4e1f-9722-bc19d1be6791}", "x", ""] {
            assert_eq!(other.parse::<ChargeId>(), Err(NotAnId), "{other}");
        }
    }
}
