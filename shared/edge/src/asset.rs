//! Files of the hub's own, and how they are compressed.

use lambda_http::http::HeaderValue;
use wire::accepted;

/// A file that a build made: as it is, and compressed.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its media type.
    pub media_type: &'static str,
    /// Its hash, as browsers check it: `sha384-…`.
    pub integrity: &'static str,
    /// The file.
    pub plain: &'static [u8],
    /// The file, compressed by gzip.
    pub gzip: &'static [u8],
    /// The file, compressed by Brotli.
    pub brotli: &'static [u8],
}

/// For how long a browser keeps a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Five minutes, then it asks again: the next deployment changes the file.
    Short,
    /// A year, without asking again: the name of the file changes with it.
    Immutable,
}

impl Life {
    pub(crate) const fn cache_control(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Short => "public, max-age=300",
            Self::Immutable => "public, max-age=31536000, immutable",
        })
    }
}

/// What a body compressed by gzip is marked with.
pub(crate) const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const BROTLI: HeaderValue = HeaderValue::from_static("br");

/// How bodies may be compressed, as an `Accept-Encoding` says (RFC 9110, 12.5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Codings {
    pub(crate) gzip: bool,
    pub(crate) brotli: bool,
}

impl Codings {
    pub(crate) fn accepted(by: Option<&str>) -> Self {
        let allows = |coding: &str| accepted(by.unwrap_or_default()).any(|(name, _)| name == coding);
        Self { gzip: allows("gzip"), brotli: allows("br") }
    }
}

impl Asset {
    /// The file as small as the browser takes it, and its coding.
    pub(crate) const fn body(&self, codings: Codings) -> (&'static [u8], Option<HeaderValue>) {
        if codings.brotli {
            (self.brotli, Some(BROTLI))
        } else if codings.gzip {
            (self.gzip, Some(GZIP))
        } else {
            (self.plain, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_compressed_as_its_browser_allows() {
        const ASSET: Asset =
            Asset { media_type: "text/javascript", integrity: "", plain: b"plain", gzip: b"gzip", brotli: b"br" };
        for (accepted, body) in [
            (Some("gzip, deflate, br, zstd"), "br"),
            (Some("gzip, deflate"), "gzip"),
            (Some("br;q=0.000, gzip; q=0.5"), "gzip"),
            (Some("BR, Gzip"), "br"),
            (Some("br; Q=0, GZIP"), "gzip"),
            (Some("gzip;q=0"), "plain"),
            (Some("identity"), "plain"),
            (Some("brotli, xgzip"), "plain"),
            (None, "plain"),
        ] {
            let (bytes, coding) = ASSET.body(Codings::accepted(accepted));
            assert_eq!(bytes, body.as_bytes(), "{accepted:?}");
            assert_eq!(coding.is_none(), body == "plain", "{accepted:?}");
        }
    }
}
