//! Who is paid, and through which providers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, MerchantId, ProviderId},
    method::PaymentType,
    money::Currency,
    time::Timestamp,
};

macro_rules! provider_types {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A payment provider, as `providerType` names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum ProviderType {
            $(#[doc = concat!("`", $text, "`.")] $name),*
        }

        impl ProviderType {
            /// Every provider that the hub knows by name.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word of the public API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

provider_types! {
    Adyen = "ADYEN",
    Bb = "BB",
    Bs2 = "BS2",
    Getnet = "GETNET",
    MercadoPago = "MERCADO_PAGO",
    Pagarme = "PAGARME",
    Pagseguro = "PAGSEGURO",
    Safrapay = "SAFRAPAY",
    Sandbox = "SANDBOX",
    Stripe = "STRIPE",
    Zoop = "ZOOP",
}

/// The word names no provider that the hub knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a provider that the hub knows")]
pub struct UnknownProvider(String);

impl FromStr for ProviderType {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| UnknownProvider(name.to_owned()))
    }
}

impl TryFrom<String> for ProviderType {
    type Error = UnknownProvider;

    fn try_from(name: String) -> Result<Self, UnknownProvider> {
        name.parse()
    }
}

impl From<ProviderType> for String {
    fn from(kind: ProviderType) -> Self {
        kind.name().to_owned()
    }
}

impl fmt::Display for ProviderType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the hub identifies itself to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Credentials {
    /// The sandbox answers under the provider's name and with its capabilities.
    Sandbox,
}

/// A merchant's account at one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAccount {
    /// The account's id in the hub, `providerId` of every transaction request.
    pub id: ProviderId,
    /// Which provider.
    pub kind: ProviderType,
    /// The ways to pay that it serves for this merchant.
    pub methods: Vec<PaymentType>,
    /// How the hub identifies itself.
    pub credentials: Credentials,
}

/// A seller of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Merchant {
    /// Its id.
    pub id: MerchantId,
    /// The account that it belongs to.
    pub client: ClientId,
    /// Its accounts at providers, the preferred first.
    pub providers: Vec<ProviderAccount>,
    /// Whether a decline that may be tried again is tried again at the next account.
    #[serde(default)]
    pub retry_on_decline: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Merchant {
    /// Its accounts for `method` in `currency`, the preferred first.
    pub fn accounts_for(&self, method: PaymentType, _currency: Currency) -> impl Iterator<Item = &ProviderAccount> {
        self.providers.iter().filter(move |account| account.methods.contains(&method))
    }

    /// Its account with this id.
    #[must_use]
    pub fn account(&self, id: ProviderId) -> Option<&ProviderAccount> {
        self.providers.iter().find(|account| account.id == id)
    }
}
