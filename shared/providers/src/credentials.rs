//! What an account at a provider needs: described by the adapter, read and kept by everything else from that description.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// One field of an account's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the public API, in the command line and in the store.
    pub name: &'static str,
    /// Whether it is sealed and never shown again.
    pub is_secret: bool,
    /// Whether an account cannot do without it.
    pub is_required: bool,
    /// What its text must look like.
    pub form: Form,
    /// What it is and where the merchant finds it.
    pub help: &'static str,
}

/// What the text of a field must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 1 to 255 printable characters of ASCII without blanks: what a header may have.
    Word,
    /// 1 to 255 characters without control characters.
    Text,
    /// An https address without user name, query and fragment; checked as an address that the hub may call.
    Url,
    /// Hexadecimal digits, an even number of them.
    Hex,
    /// One X.509 certificate or a chain, in PEM.
    Certificate,
    /// One private key, in PEM.
    PrivateKey,
}

/// Characters of a field that is no PEM, at most.
pub const MAX_FIELD: usize = 255;
/// Bytes of a certificate chain or a private key in PEM, at most.
pub const MAX_PEM: usize = 16 * 1024;

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
}

/// What goes into the headers of a request to prove who asks.
#[derive(Default)]
pub enum Authorization {
    /// Nothing.
    #[default]
    None,
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
