//! Which addresses may be called: the rules for an endpoint as it is written, and for what its name leads to.

use std::{
    error::Error,
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use domain::endpoint::AddressProblem;
use reqwest::dns::{Name, Resolve, Resolving};
use url::{Host, Url};

/// For how long a connection waits for the next call: less than common servers keep one open, so that a call does not
/// fail because its connection was about to end.
pub(crate) const IDLE: Duration = Duration::from_secs(4);

/// The endpoint, if it may be called as far as its text shows: `https`, no user name, no fragment, and a host that is a
/// name or a public address. Where `local`, loopback too, which needs no TLS: what it is sent stays on one machine.
/// Numbers in any base and addresses of any form are checked as the address that will be dialled.
///
/// # Errors
/// What is wrong with it.
pub fn check_url(endpoint: &str, local: bool) -> Result<Url, AddressProblem> {
    // This parser would skip these characters silently, and other parsers would not.
    if endpoint.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(AddressProblem::Characters);
    }
    let url = Url::parse(endpoint).map_err(|_| AddressProblem::NotAUrl)?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !(local && is_loopback && url.scheme() == "http") {
        return Err(AddressProblem::NotHttps);
    }
    // An empty user name is one, too.
    let authority = endpoint.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    // This parser would take the first part of the path for the host.
    if authority.is_empty() {
        return Err(AddressProblem::NotAUrl);
    }
    if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
        return Err(AddressProblem::Credentials);
    }
    if url.fragment().is_some() {
        return Err(AddressProblem::Fragment);
    }
    let may_be_called = match url.host() {
        Some(Host::Domain(name)) => local || !is_localhost(name),
        Some(Host::Ipv4(address)) => is_public(address.into()) || local && address.is_loopback(),
        Some(Host::Ipv6(address)) => is_public(address.into()) || local && address.is_loopback(),
        None => false,
    };
    if !may_be_called {
        return Err(AddressProblem::NotPublic);
    }
    Ok(url)
}

/// The names that mean this machine, whatever a lookup says (RFC 6761, 6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address is public on the internet, and not a special one (IANA's registries of special addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = match a {
        // "This network", loopback, multicast, reserved and broadcast.
        0 | 127 | 224.. => true,
        100 => b & 0b1100_0000 == 64, // carrier-grade NAT
        // Protocol assignments, and the relays of 6to4.
        192 => matches!((b, c), (0, 0) | (88, 99)),
        198 => matches!(b, 18 | 19), // benchmarks
        _ => false,
    };
    !(is_special || address.is_private() || address.is_link_local() || address.is_documentation())
}

/// Global unicast alone, so that unique local, link-local, mapped, translated (NAT64) and multicast addresses are out.
/// Addresses that carry another address, or are for documents, are out as well.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_special = match first {
        0x2001 => second < 0x0200 || second == 0x0db8, // protocol assignments with Teredo; documents
        0x2002 => true,                                // 6to4
        0x3fff => second < 0x1000,                     // documents
        _ => false,
    };
    first & 0xe000 == 0x2000 && !is_special
}

/// Looks names up, and refuses those that lead to an address that must not be called.
pub(crate) struct Guard {
    pub(crate) names: Arc<dyn Resolve>,
    pub(crate) local: bool,
}

/// The name leads to an address that must not be called.
#[derive(Debug)]
pub(crate) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host's name leads to an address that is not public")
    }
}

impl Error for NotPublic {}

/// The lookup of a name failed.
#[derive(Debug, thiserror::Error)]
#[error("the host's name cannot be looked up")]
pub(crate) struct UnknownHost(#[source] io::Error);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, local) = (self.names.resolve(name), self.local);
        Box::pin(async move {
            let found: Vec<SocketAddr> = looking.await?.collect();
            // One bad address refuses the name: the client may dial any of its addresses.
            if found.iter().all(|address| is_public(address.ip()) || local && address.ip().is_loopback()) {
                Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
            } else {
                Err(NotPublic.into())
            }
        })
    }
}

/// Names as the system looks them up.
pub(crate) struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(UnknownHost)?;
            let found: Vec<SocketAddr> = found.collect();
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_https_address_and_nothing_else() {
        for endpoint in [
            "https://example.com",
            "https://example.com:8443/hooks?shop=1",
            "https://loja.example.com.br/a%20b",
            "https://bücher.example/hooks",
            "https://8.8.8.8/hooks",
            "https://[2606:4700:4700::1111]/hooks",
            "https://localhost.example.com",
        ] {
            assert!(check_url(endpoint, false).is_ok(), "{endpoint}");
        }
        for (endpoint, problem) in [
            ("http://example.com", AddressProblem::NotHttps),
            ("ftp://example.com", AddressProblem::NotHttps),
            ("file:///etc/passwd", AddressProblem::NotHttps),
            ("gopher://example.com", AddressProblem::NotHttps),
            ("javascript:alert(1)", AddressProblem::NotHttps),
            ("example.com/hooks", AddressProblem::NotAUrl),
            ("//example.com", AddressProblem::NotAUrl),
            ("https://", AddressProblem::NotAUrl),
            ("https:///example.com", AddressProblem::NotAUrl),
            ("https:example.com", AddressProblem::NotAUrl),
            ("https://example.com:99999", AddressProblem::NotAUrl),
            ("", AddressProblem::NotAUrl),
            ("https://user@example.com", AddressProblem::Credentials),
            ("https://user:word@example.com", AddressProblem::Credentials),
            ("https://:word@example.com", AddressProblem::Credentials),
            ("https://@example.com", AddressProblem::Credentials),
            ("https://example.com%00@127.0.0.1", AddressProblem::Credentials),
            ("https://example.com#part", AddressProblem::Fragment),
            ("https://example.com/#", AddressProblem::Fragment),
            ("https://exam\nple.com", AddressProblem::Characters),
            (" https://example.com", AddressProblem::Characters),
            ("https://example.com/a b", AddressProblem::Characters),
            ("https://localhost", AddressProblem::NotPublic),
            ("https://LOCALHOST.:443/hooks", AddressProblem::NotPublic),
            ("https://hub.localhost", AddressProblem::NotPublic),
        ] {
            assert_eq!(check_url(endpoint, false), Err(problem), "{endpoint}");
        }
    }

    /// Every spelling of an address that must not be called.
    const INSIDE: [&str; 44] = [
        "127.0.0.1",
        "127.255.255.254",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0.0.0.0",
        "0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "3232235777",
        "169.254.169.254",
        "0xa9fea9fe",
        "169.254.170.2",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
    ];

    #[test]
    fn an_address_inside_is_refused_in_every_spelling() {
        for host in INSIDE {
            let refused = check_url(&format!("https://{host}/hooks"), false);
            assert_eq!(refused, Err(AddressProblem::NotPublic), "{host}");
        }
        for host in
            ["[2001::1]", "[2001:db8::1]", "[2002:7f00:1::1]", "[3fff::1]", "[fec0::1]", "[100::1]", "[5f00::1]"]
        {
            assert!(check_url(&format!("https://{host}/hooks"), false).is_err(), "{host}");
        }
        for host in
            ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.254"]
        {
            assert!(check_url(&format!("https://{host}/hooks"), false).is_ok(), "{host}");
        }
    }

    #[test]
    fn on_one_machine_that_machine_may_be_called_and_no_other_inside() {
        for endpoint in [
            "http://127.0.0.1:3000/hooks",
            "http://localhost:3000",
            "http://[::1]",
            "http://127.9.9.9",
            "http://shop.localhost.",
            "https://127.0.0.1",
            "https://example.com",
        ] {
            assert!(check_url(endpoint, true).is_ok(), "{endpoint}");
        }
        for endpoint in [
            "http://example.com",
            "http://localhost.example.com",
            "http://8.8.8.8",
            "http://[2606:4700:4700::1111]",
            "http://0x7f000001.example",
            "http://10.0.0.1",
            "http://169.254.169.254/latest/meta-data",
            "http://[::ffff:127.0.0.1]",
            "http://user@localhost",
            "ftp://localhost",
        ] {
            assert!(check_url(endpoint, true).is_err(), "{endpoint}");
        }
    }
}
