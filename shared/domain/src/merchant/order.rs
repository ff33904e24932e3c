//! A merchant's account at a provider, as it is asked for.

use std::{collections::BTreeMap, fmt, str::FromStr};

use zeroize::Zeroizing;

use super::{
    Environment, ProviderType,
    field::{FieldFault, Form},
};
use crate::{endpoint::AddressProblem, ids::ProviderAccountId, method::PaymentType, money::Currency, time::Timestamp};

/// The longest key that a provider hands out, in characters.
pub const MAX_KEY: usize = 255;

/// A key at a provider. It is never answered or serialised, `Debug` hides it, and its memory is wiped when it is
/// dropped.
pub struct ApiKey(Zeroizing<String>);

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key at a provider: empty, too long, or not of printable ASCII alone")]
pub struct NotAKey;

impl ApiKey {
    /// The key itself, for encryption and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiKey {
    type Err = NotAKey;

    /// The key goes into a header, so that it has only characters that a header may have.
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let is_key = (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_key { Ok(Self(Zeroizing::new(text.to_owned()))) } else { Err(NotAKey) }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

/// How the hub is to identify itself.
#[derive(Debug)]
pub enum CredentialsOrder {
    /// To the sandbox.
    Sandbox {
        /// The key that is shown to an HTTP bank.
        api_key: Option<ApiKey>,
    },
    /// To the provider itself.
    Account {
        /// Which of the provider's environments the account is in.
        environment: Environment,
        /// The fields that the provider's adapter describes, by name.
        fields: BTreeMap<String, SecretText>,
    },
}

/// A text that may be a secret: `Debug` hides it, and its memory is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The text itself, to be checked, and encrypted where it is a secret.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// One account.
#[derive(Debug)]
pub struct AccountOrder {
    /// The account of the merchant that it is; without, the one at its provider that it keeps, or a new one.
    pub id: Option<ProviderAccountId>,
    /// At which provider.
    pub kind: ProviderType,
    /// Its place: the lowest is asked first.
    pub priority: u16,
    /// The payment methods that it shall serve; without, all that the provider serves.
    pub methods: Option<Vec<PaymentType>>,
    /// The currencies that it shall serve; without, all that the provider takes.
    pub currencies: Option<Vec<Currency>>,
    /// How the hub identifies itself; without, as before.
    pub credentials: Option<CredentialsOrder>,
}

/// Why a merchant cannot have one of the accounts that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProblem {
    /// Its place in the list that was asked for, from 0.
    pub index: usize,
    /// At which provider.
    pub provider: ProviderType,
    /// What is wrong with it.
    pub fault: AccountFault,
}

/// What is wrong with an account that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountFault {
    /// Its provider does not serve this payment method.
    Method {
        /// The payment method.
        method: PaymentType,
        /// What its provider serves.
        served: Vec<PaymentType>,
    },
    /// Its provider serves this payment method in none of the account's currencies.
    MethodInCurrencies {
        /// The payment method.
        method: PaymentType,
        /// The only currency in which its provider serves it; none where it serves it in every other currency.
        only_in: Option<Currency>,
    },
    /// Its provider serves none of the account's payment methods in this currency.
    Currency {
        /// The currency.
        currency: Currency,
        /// The account's payment methods that its provider serves, and for each the only currency, as above.
        served: Vec<(PaymentType, Option<Currency>)>,
    },
    /// The merchant has no account at its provider yet, and it has no credentials.
    NoCredentials,
    /// The merchant has several accounts at its provider, and neither an id nor credentials say which is meant.
    NoId,
    /// The merchant has no account of this id at its provider.
    UnknownId,
    /// The same account comes twice.
    Twice {
        /// Its id.
        id: ProviderAccountId,
    },
    /// The hub has no adapter for accounts at its provider.
    NoAdapter,
    /// The hub cannot use accounts of this environment.
    Environment {
        /// The environment that the hub uses.
        usable: Environment,
    },
    /// The sandbox moves no money, and this hub moves real money.
    Sandbox,
    /// The credentials are not of the place where the account is: its charges would be asked about where they were not
    /// made.
    Elsewhere {
        /// The fields that say where an account at its provider is.
        fields: Vec<&'static str>,
    },
    /// A field that its provider needs is missing.
    FieldMissing {
        /// Its name.
        name: &'static str,
        /// What it is.
        help: &'static str,
    },
    /// Its provider has no such field.
    UnknownField {
        /// The fields that its provider has.
        known: Vec<&'static str>,
    },
    /// A field does not look like what it is.
    Field {
        /// Its name.
        name: &'static str,
        /// What it must look like.
        form: Form,
    },
    /// A field does not fit the account's environment or another field.
    FieldUnusable(FieldFault),
    /// The client certificate has expired.
    CertificateExpired {
        /// The name of its field.
        name: &'static str,
        /// When it expired.
        expired: Timestamp,
    },
    /// The client certificate is not valid yet.
    CertificateNotYetValid {
        /// The name of its field.
        name: &'static str,
        /// When it begins to be valid.
        begins: Timestamp,
    },
    /// A field is no address that the hub may call.
    FieldAddress {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        problem: AddressProblem,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_only_characters_of_a_header_and_is_not_printed() {
        let key: ApiKey = "key_live-1/+=".parse().unwrap();
        assert_eq!((key.reveal(), format!("{key:?}").as_str()), ("key_live-1/+=", "ApiKey(..)"));
        for text in ["", "a b", "a\r\nb", "chave-é", &"a".repeat(256)] {
            assert!(text.parse::<ApiKey>().is_err(), "{text}");
        }
    }
}
