//! Why a call came to nothing.

use std::{error::Error, io};

use domain::charge::decline::DeclineCode;
use rustls::AlertDescription;
use strum::{EnumString, IntoStaticStr};

use crate::address::{NotPublic, UnknownHost};

/// Why a call has no answer, or an answer that does not help. The log has its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Cause {
    /// This hub calls no provider, or not this one.
    NotCalled,
    /// The account's keys cannot be opened.
    KeysNotOpened,
    /// The account lacks a key, or its key is of another environment.
    KeysUnusable,
    /// The client certificate is no PEM, or its key is missing or another one's.
    CertificateUnusable,
    /// The request cannot be written.
    RequestUnusable,
    /// The provider's address is not https, or not public.
    AddressNotPublic,
    /// The provider's name cannot be looked up.
    UnknownHost,
    /// The provider refused the connection.
    ConnectionRefused,
    /// No connection in time.
    ConnectTimeout,
    /// No connection for another reason.
    NoConnection,
    /// The provider's certificate is not trusted, or is another host's, or has ended.
    ProviderCertificate,
    /// The provider did not accept the client certificate, or asks for one.
    ClientCertificateRefused,
    /// The provider did not accept the account's keys, or they do not allow this.
    KeyRefused,
    /// The provider was called too often.
    Throttled,
    /// No token was given, and no answer says why.
    NoToken,
    /// The token cannot be shared: the table or the key service cannot be reached.
    TokenNotShared,
    /// The connection was made, and then ended without a whole answer.
    NoAnswer,
    /// The connection was made, and the answer did not come in time.
    Timeout,
    /// The answer is larger than any that is read.
    AnswerTooLarge,
    /// The provider failed.
    ProviderFailed,
    /// The answer cannot be read, or does not say what came of the request.
    AnswerUnclear,
}

impl Cause {
    /// The word in the log.
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }

    /// What an operator is to know of it.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::NotCalled => "this hub calls no provider here: the sandbox is not called where real money is moved",
            Self::KeysNotOpened => "the account's keys cannot be opened: the master key or KMS key is another hub's",
            Self::KeysUnusable => {
                "the account lacks a key, or its key is of another environment: give it the right one; nothing was sent"
            }
            Self::CertificateUnusable => {
                "the client certificate or its private key is missing or is no PEM, or the two are no pair: give the \
                 account both again; nothing was sent"
            }
            Self::RequestUnusable => "the request cannot be written",
            Self::AddressNotPublic => "the provider's address is not https, or not public",
            Self::UnknownHost => "the name of the provider's host cannot be looked up",
            Self::ConnectionRefused => "the provider's host refuses the connection",
            Self::ConnectTimeout => "the provider's host does not answer in time",
            Self::NoConnection => "no connection to the provider's host could be made",
            Self::ProviderCertificate => "the provider's certificate is not trusted, is another host's, or has ended",
            Self::ClientCertificateRefused => "the provider does not accept the client certificate, or asks for one",
            Self::KeyRefused => "the provider does not accept the keys",
            Self::Throttled => "the provider was called too often: try again later",
            Self::NoAnswer => "the connection ended without an answer",
            Self::Timeout => "the provider did not answer in time",
            Self::AnswerTooLarge => "the answer is larger than any that is read",
            Self::NoToken => "the provider gave no token, and does not say why",
            Self::TokenNotShared => "the token cannot be shared: the table or the key service cannot be reached",
            Self::AnswerUnclear => "the provider's answer cannot be read: is the address the provider's?",
            Self::ProviderFailed => "the provider failed: try again later",
        }
    }

    /// Why an answer with this status does not help.
    pub(crate) const fn of_status(status: u16) -> Option<Self> {
        match status {
            401 | 403 => Some(Self::KeyRefused),
            429 => Some(Self::Throttled),
            500.. => Some(Self::ProviderFailed),
            _ => None,
        }
    }

    /// What a merchant reads of a payment for which nothing was sent: whether the account is to be mended, or the payment
    /// can be tried again.
    pub(crate) const fn decline(self) -> DeclineCode {
        match self {
            Self::KeyRefused
            | Self::KeysUnusable
            | Self::ClientCertificateRefused
            | Self::CertificateUnusable
            | Self::AddressNotPublic => DeclineCode::InvalidMerchant,
            Self::NotCalled
            | Self::KeysNotOpened
            | Self::RequestUnusable
            | Self::UnknownHost
            | Self::ConnectionRefused
            | Self::ConnectTimeout
            | Self::NoConnection
            | Self::ProviderCertificate
            | Self::Throttled
            | Self::NoToken
            | Self::TokenNotShared
            | Self::NoAnswer
            | Self::Timeout
            | Self::AnswerTooLarge
            | Self::ProviderFailed
            | Self::AnswerUnclear => DeclineCode::TryAgain,
        }
    }

    /// Why there is no answer, and whether the provider cannot have seen the request.
    pub(crate) fn of_error(error: &reqwest::Error) -> (Self, bool) {
        let found = chain(error).find_map(Self::of_link);
        match found {
            // In TLS 1.3 the refusal of a client certificate comes after the handshake, and before anything is read.
            Some(cause) => (cause, error.is_connect() || cause == Self::ClientCertificateRefused),
            None if error.is_builder() => (Self::RequestUnusable, true),
            None if error.is_connect() && error.is_timeout() => (Self::ConnectTimeout, true),
            None if error.is_connect() => (Self::NoConnection, true),
            None if error.is_timeout() => (Self::Timeout, false),
            None => (Self::NoAnswer, false),
        }
    }

    /// What one error of a chain says by itself.
    fn of_link(error: &(dyn Error + 'static)) -> Option<Self> {
        if error.is::<NotPublic>() {
            return Some(Self::AddressNotPublic);
        }
        if error.is::<UnknownHost>() {
            return Some(Self::UnknownHost);
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Self::of_tls(error);
        }
        let is_refusal = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        error.downcast_ref::<io::Error>().is_some_and(is_refusal).then_some(Self::ConnectionRefused)
    }

    fn of_tls(error: &rustls::Error) -> Option<Self> {
        match error {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                Some(Self::ProviderCertificate)
            }
            rustls::Error::AlertReceived(
                AlertDescription::NoCertificate
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::CertificateRequired
                // Its signature is not the one that its issuer makes.
                | AlertDescription::DecryptError,
            ) => Some(Self::ClientCertificateRefused),
            _ => None,
        }
    }
}

/// An error, and what it comes from. An [`io::Error`] hides the error that it was made of.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error = *error;
        let hidden = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match hidden {
            Some(hidden) => Some(hidden as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}
