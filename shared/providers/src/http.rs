//! HTTP requests and answers as data: the hub's requests to providers, and the providers' calls to the hub.

use std::{fmt, io};

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::BuildError;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The sandbox's bank: in this process, or at a URL that the operator gave.
    Sandbox {
        /// What follows the bank's URL.
        path: &'static str,
    },
    /// A provider. On one machine another server may stand in for its host.
    Provider {
        /// The scheme and the host, such as `https://api.example.com`.
        base: String,
        /// The path and the query, as they are sent.
        path: String,
    },
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE, which may have a body.
    Delete,
}

/// One request to a provider.
///
/// Its body may hold a card number and a security code: `Debug` prints neither the body nor the values of
/// headers, and the body's memory is wiped when it is dropped. What the TLS connection holds of it while it is sent is not.
pub struct HttpRequest {
    /// Where it goes.
    pub target: Target,
    /// Its HTTP method.
    pub verb: Verb,
    /// Its headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body; empty where it has none.
    pub body: Zeroizing<Vec<u8>>,
}

impl HttpRequest {
    /// A request to a provider without a body.
    #[must_use]
    pub fn bare(verb: Verb, base: &str, path: String) -> Self {
        let target = Target::Provider { base: base.to_owned(), path };
        Self { target, verb, headers: Vec::new(), body: Zeroizing::new(Vec::new()) }
    }

    /// A request to a provider with a body in JSON.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn json(verb: Verb, base: &str, path: String, body: &impl Serialize) -> Result<Self, BuildError> {
        let headers = vec![("content-type", "application/json".to_owned())];
        Ok(Self { headers, body: written(body)?, ..Self::bare(verb, base, path) })
    }

    /// The same request with one header more, whose name is in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// `body` in a buffer of its final size: a buffer that grows leaves a copy of the card number in memory.
pub(crate) fn written(body: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, BuildError> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, body)?;
    let mut written = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *written, body)?;
    Ok(written)
}

/// Counts what is written.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpRequest")
            .field("target", &self.target)
            .field("verb", &self.verb)
            .field("headers", &headers)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// One answer of a provider. `Debug` prints neither the body nor the values of headers.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The body read as JSON; none where it is something else.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The value of the first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("headers", &names(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// One call of a provider, or of a browser that comes from its page, to the hub. `Debug` prints no values and no body.
pub struct CallbackRequest<'a> {
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The query's parameters, decoded.
    pub query: Vec<(String, String)>,
    /// The body, byte for byte as it came: signatures cover these bytes.
    pub body: &'a [u8],
}

impl CallbackRequest<'_> {
    /// The value of the first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    /// The value of the query's first parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        value(&self.query, name)
    }
}

fn names(pairs: &[(String, String)]) -> Vec<&String> {
    pairs.iter().map(|(name, _)| name).collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

impl fmt::Debug for CallbackRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackRequest")
            .field("headers", &names(&self.headers))
            .field("query", &names(&self.query))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
