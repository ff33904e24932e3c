//! HTTP requests and answers as data: the hub's requests to providers, and the providers' calls to the hub.

use std::fmt;

use zeroize::Zeroizing;

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The sandbox's bank: in this process, or at a URL that the operator gave.
    Sandbox {
        /// What follows the bank's URL.
        path: &'static str,
    },
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// POST.
    Post,
}

/// One request to a provider.
///
/// Its body may hold a card number and a security code: `Debug` prints neither the body nor the values of
/// headers, and the body's memory is wiped when it is dropped.
pub struct HttpRequest {
    /// Where it goes.
    pub target: Target,
    /// Its HTTP method.
    pub verb: Verb,
    /// Its headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Zeroizing<Vec<u8>>,
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
