//! The hub's public address.

use std::str::FromStr;

use url::Url;

/// The address at which providers and browsers reach the hub, such as `https://pay.example`. It is configuration: what
/// a request says of its own address, its `Host` header among it, is the caller's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// The text is no public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a public address is http or https, without user, path and query, such as https://pay.example")]
pub struct NotPublicUrl;

impl FromStr for PublicUrl {
    type Err = NotPublicUrl;

    fn from_str(text: &str) -> Result<Self, NotPublicUrl> {
        let url = Url::parse(text).ok().filter(is_origin).ok_or(NotPublicUrl)?;
        Ok(Self(url.origin().ascii_serialization()))
    }
}

fn is_origin(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && (url.username(), url.password()) == ("", None)
        && (url.path(), url.query(), url.fragment()) == ("/", None, None)
}

impl PublicUrl {
    /// Whether browsers reach it by TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Its text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (text, kept) in [
            ("https://pay.example", "https://pay.example"),
            ("https://Pay.Example:443/", "https://pay.example"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "pay.example",
            "//pay.example",
            "/pay",
            "ftp://pay.example",
            "https://",
            "https://pay.example/v1",
            "https://pay.example?",
            "https://pay.example?a=b",
            "https://pay.example#a",
            "https://user@pay.example",
            "https://user:secret@pay.example",
            "https://pay example",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(NotPublicUrl), "{text}");
        }
    }
}
