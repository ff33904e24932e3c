//! What is wrong with a webhook endpoint: with its address, and with a call of it.

use serde::{Deserialize, Serialize};

/// Why the hub does not call an address, as far as its text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressProblem {
    /// It has white space or control characters.
    Characters,
    /// It is no URL.
    NotAUrl,
    /// It is not called over TLS.
    NotHttps,
    /// It has a user name or a password.
    Credentials,
    /// It has a fragment.
    Fragment,
    /// Its host is not public.
    NotPublic,
    /// It has a path or a query, and an origin has none.
    NotAnOrigin,
}

/// Why a call of an endpoint has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallProblem {
    /// Its address is not called: nothing was sent.
    Address(AddressProblem),
    /// Its host's name leads to an address that is not public: nothing was sent.
    NameNotPublic,
    /// No connection was made, for this cause.
    NoConnection(String),
    /// No answer came over the connection, for this cause.
    NoAnswer(String),
    /// No answer came in time.
    Timeout,
}
