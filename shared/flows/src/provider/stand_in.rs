//! Servers on one machine that stand in for providers.

use std::{collections::BTreeMap, str::FromStr};

use domain::merchant::ProviderType;
use rustls::pki_types::CertificateDer;

use crate::{address::check_url, provider::certificate};

/// A server that is called in place of a provider's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    kind: ProviderType,
    /// Its scheme, host and port.
    origin: String,
}

/// The text names no stand-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAStandIn {
    /// It is not of the form.
    #[error("must be PROVIDER=URL, such as BB=http://127.0.0.1:8099")]
    Form,
    /// It names no provider.
    #[error("names no provider that the hub knows")]
    Provider,
    /// It has no address that may be called.
    #[error("needs an http address on loopback, or an https one, without user, path and query")]
    Url,
}

impl FromStr for StandIn {
    type Err = NotAStandIn;

    fn from_str(text: &str) -> Result<Self, NotAStandIn> {
        let (kind, url) = text.split_once('=').ok_or(NotAStandIn::Form)?;
        let kind = kind.parse().map_err(|_| NotAStandIn::Provider)?;
        let origin = url.strip_suffix('/').unwrap_or(url);
        let is_origin = origin.split_once("://").is_some_and(|(_, host)| !host.contains(['/', '?', '#', '\\']));
        if !is_origin || check_url(url, true).is_err() {
            return Err(NotAStandIn::Url);
        }
        Ok(Self { kind, origin: origin.to_owned() })
    }
}

/// Root certificates that stand-ins may have, beside the public ones.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

/// The text has no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no certificate in PEM")]
pub struct NotRoots;

impl FromStr for Roots {
    type Err = NotRoots;

    fn from_str(pem: &str) -> Result<Self, NotRoots> {
        certificate::certificates(pem.as_bytes()).map(Self).map_err(|_| NotRoots)
    }
}

/// What is called in place of providers.
#[derive(Clone, Debug, Default)]
pub struct StandIns {
    servers: BTreeMap<ProviderType, String>,
    roots: Vec<CertificateDer<'static>>,
}

/// Two servers stand in for one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} has two servers that stand in for it")]
pub struct TwoStandIns(ProviderType);

impl StandIns {
    /// These servers, whose certificates may come from `roots`.
    ///
    /// # Errors
    /// [`TwoStandIns`].
    pub fn new(servers: Vec<StandIn>, roots: Roots) -> Result<Self, TwoStandIns> {
        let mut by_kind = BTreeMap::new();
        for StandIn { kind, origin } in servers {
            if by_kind.insert(kind, origin).is_some() {
                return Err(TwoStandIns(kind));
            }
        }
        Ok(Self { servers: by_kind, roots: roots.0 })
    }

    /// What their certificates may come from, beside the public roots.
    pub(crate) fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    /// What is called in place of `base`, whose leading path stays; none where that itself is called.
    pub(crate) fn base(&self, kind: ProviderType, base: &str) -> Option<String> {
        let origin = self.servers.get(&kind)?;
        let path = base.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        Some(format!("{origin}{}", path.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<StandIn, NotAStandIn> {
        text.parse()
    }

    #[test]
    fn a_stand_in_is_a_server_on_loopback_or_one_with_https() {
        for url in ["http://127.0.0.1:8099", "http://localhost:1/", "http://[::1]:80", "https://bank.example"] {
            assert!(parsed(&format!("BB={url}")).is_ok(), "{url}");
        }
        assert_eq!(parsed("http://127.0.0.1:1"), Err(NotAStandIn::Form));
        assert_eq!(parsed("NOBANK=http://127.0.0.1:1"), Err(NotAStandIn::Provider));
        for url in [
            "",
            "127.0.0.1:1",
            "http://bank.example",
            "http://10.0.0.1:80",
            "https://10.0.0.1",
            "http://user@127.0.0.1:1",
            "http://127.0.0.1:1/path",
            "http://127.0.0.1:1?query",
            "http://127.0.0.1:1#part",
            "ftp://127.0.0.1",
        ] {
            assert_eq!(parsed(&format!("BB={url}")), Err(NotAStandIn::Url), "{url}");
        }
    }

    #[test]
    fn the_scheme_and_the_host_are_replaced_and_the_path_stays() {
        let server = parsed("BB=http://127.0.0.1:8099/").unwrap();
        let servers = StandIns::new(vec![server.clone()], Roots::default()).unwrap();
        let base = |base| servers.base(ProviderType::Bb, base);
        assert_eq!(base("https://api.example").unwrap(), "http://127.0.0.1:8099");
        assert_eq!(base("https://api.example:8443/pix/v2").unwrap(), "http://127.0.0.1:8099/pix/v2");
        assert_eq!(servers.base(ProviderType::Bs2, "https://api.example"), None);
        let twice = StandIns::new(vec![server.clone(), server], Roots::default());
        assert_eq!(twice.unwrap_err(), TwoStandIns(ProviderType::Bb));
    }

    #[test]
    fn roots_are_certificates() {
        for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"] {
            assert!(text.parse::<Roots>().is_err(), "{text}");
        }
    }
}
