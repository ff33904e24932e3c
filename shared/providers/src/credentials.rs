//! What an account at a provider needs: described by the adapter, read and kept by everything else from that description.

use std::collections::BTreeMap;

pub use domain::merchant::field::{Field, Form};
use domain::merchant::{field::FieldFault, order::SecretText};
use zeroize::Zeroizing;

/// The secret fields of one account, opened. They are wiped when they are dropped, and have no `Debug`.
#[derive(Default)]
pub struct Secrets(BTreeMap<String, Zeroizing<String>>);

impl Secrets {
    /// The value of the field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }
}

impl FromIterator<(String, String)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect())
    }
}

/// What is wrong with an address to which the adapter appends the paths of its calls: what follows a `?` or a `#` would
/// be no path any more, and another call than the one that is meant.
pub(crate) fn base_fault(name: &'static str, fields: &BTreeMap<String, SecretText>) -> Option<FieldFault> {
    let is_base = fields.get(name).is_none_or(|url| !url.reveal().contains(['?', '#']));
    let problem =
        "must be an address without a query (?) and without a fragment (#): the paths of calls are appended to it";
    (!is_base).then_some(FieldFault { name, problem })
}

/// How the hub identifies itself in the requests of one account.
#[derive(Default)]
pub struct Access {
    /// What goes into the headers.
    pub authorization: Authorization,
    /// The certificate that the connection is made with.
    pub certificate: Option<ClientCertificate>,
}

impl Access {
    /// One header, and no certificate.
    #[must_use]
    pub fn header(name: &'static str, value: String) -> Self {
        Self { authorization: Authorization::Header { name, value: Zeroizing::new(value) }, certificate: None }
    }

    /// None: nothing is sent.
    #[must_use]
    pub const fn lacking() -> Self {
        Self { authorization: Authorization::Lacking, certificate: None }
    }
}

/// What goes into the headers of a request to prove who asks.
#[derive(Default)]
pub enum Authorization {
    /// Nothing.
    #[default]
    None,
    /// The account lacks what it would be proved with, or has it for another environment: nothing is sent.
    Lacking,
    /// The same header in every request.
    Header {
        /// In lower case.
        name: &'static str,
        /// What it says.
        value: Zeroizing<String>,
    },
    /// A token that is fetched with `OAuth2` client credentials (RFC 6749, section 4.4), and sent as a bearer token.
    ClientCredentials(ClientCredentials),
}

/// How a token is fetched.
pub struct ClientCredentials {
    /// The scheme, host and leading path of the token's address.
    pub base: String,
    /// The rest of it.
    pub path: String,
    /// The client's id.
    pub id: Zeroizing<String>,
    /// The client's secret.
    pub secret: Zeroizing<String>,
    /// What the token is asked for: words separated by blanks.
    pub scope: String,
    /// The `User-Agent` of the request, where the provider demands one.
    pub user_agent: Option<String>,
    /// Whether a new token ends the one before it, so that all functions share one.
    pub is_single: bool,
}

/// A client certificate for mutual TLS (RFC 8705).
pub struct ClientCertificate {
    /// The certificate and the chain that it needs, in PEM.
    pub chain: Zeroizing<String>,
    /// Its private key, in PEM.
    pub key: Zeroizing<String>,
}

impl ClientCertificate {
    /// What one part of it needs.
    pub const BOTH_OR_NONE: &str = "a client certificate is used with its private key; give both, or neither";
    /// What a certificate without dates must be.
    pub const NO_DATES: &str = "must be one whose dates can be read: nothing would warn before its end. Get a new one";
    /// What a private key must be that cannot be read.
    pub const NO_KEY: &str = "must be a private key in PEM (PKCS #8, PKCS #1 or SEC 1) that has no passphrase";
    /// What a private key must be that is another certificate's.
    pub const NO_PAIR: &str = "must be the private key of the certificate: it is another one's. Give the two files that \
                               were made together, the account's own certificate before its chain";
}
