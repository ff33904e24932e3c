//! What goes out.

use std::io::Write;

use domain::{refusal::Refusal, time::Timestamp};
use flate2::{Compression, write::GzEncoder};
use flows::Answered;
use lambda_http::{
    Body, Response,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
};
use seal::digest;
use serde::Serialize;

use crate::{
    Dialect,
    asset::{Asset, Codings, GZIP, Life},
};

/// For how many seconds an image may be shown without asking again: a logo is replaced, and a code is no longer shown
/// once it cannot be paid.
const IMAGE_LIFE: &str = "public, max-age=300";
/// The most bytes of JSON in an answer. Lambda takes 6 MiB of an event, in which the JSON is a text; the rest is for
/// its headers (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const MAX_ANSWER: usize = 6 * 1024 * 1024 - 64 * 1024;
/// What an answer may do in a tab, unless it is a document of the checkout: load nothing, run nothing, and be in no
/// frame.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
/// Where reports go (<https://www.w3.org/TR/reporting-1/#header>).
const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");
/// For how many seconds browsers ask this host by TLS alone, once it was reached so.
const BY_TLS: &str = "max-age=31536000";
/// What else a document of the checkout may do: it copies a Pix code, uses nothing of the shopper's device, and is in
/// reach of no page that opened it.
const DOCUMENT: [(HeaderName, &str); 4] = [
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), clipboard-read=(), clipboard-write=(self), \
         display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), \
         identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), \
         payment=(), publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), \
         usb=(), xr-spatial-tracking=()",
    ),
    (VARY, "Accept-Encoding, Accept-Language"),
];

/// An answer.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    content: Content,
    /// What the header says that marks an idempotent replay.
    replay: Option<HeaderValue>,
    /// Where the thing is that was made.
    location: Option<HeaderValue>,
    /// Whether the browser is to ask by TLS alone from now on.
    is_tls_only: bool,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Json(String),
    Image {
        media_type: &'static str,
        bytes: Vec<u8>,
    },
    ErrorPage(String),
    Document {
        html: String,
        policy: String,
        reports: &'static str,
    },
    Asset {
        asset: &'static Asset,
        life: Life,
    },
    Elsewhere(String),
    /// JSON that could not be written.
    Unwritten,
}

impl Reply {
    /// 200 with `body`.
    #[must_use]
    pub fn ok(body: &impl Serialize) -> Self {
        Self::with(200, body)
    }

    /// 201 with `body`.
    #[must_use]
    pub fn created(body: &impl Serialize) -> Self {
        Self::with(201, body)
    }

    /// 402 with `body`: the provider declined.
    #[must_use]
    pub fn payment_required(body: &impl Serialize) -> Self {
        Self::with(402, body)
    }

    /// The same, of a thing that was made and can be read at this address.
    #[must_use]
    pub fn located_at(self, address: &str) -> Self {
        Self { location: HeaderValue::from_str(address).ok(), ..self }
    }

    /// 204 with nothing.
    #[must_use]
    pub const fn no_content() -> Self {
        Self::of(204, Content::Nothing)
    }

    /// 200 with an image, which browsers take for nothing else. A caller that has it already gets 304.
    #[must_use]
    pub const fn image(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self::of(200, Content::Image { media_type, bytes })
    }

    /// `status` with an HTML page that may load and run nothing.
    pub(crate) const fn error_page(status: u16, html: String) -> Self {
        Self::of(status, Content::ErrorPage(html))
    }

    /// `status` with a document of the checkout, which may do what `policy` says. What it calls `checkout` is the path
    /// `reports`, where browsers report what broke the policy.
    #[must_use]
    pub const fn document(status: u16, html: String, policy: String, reports: &'static str) -> Self {
        Self::of(status, Content::Document { html, policy, reports })
    }

    /// 200 with a file of the hub's own. A caller that has it already gets 304.
    #[must_use]
    pub const fn asset(asset: &'static Asset, life: Life) -> Self {
        Self::of(200, Content::Asset { asset, life })
    }

    /// 302: what the browser looks for is at `url`.
    #[must_use]
    pub const fn see(url: String) -> Self {
        Self::of(302, Content::Elsewhere(url))
    }

    /// The same; where `is_tls`, for a browser that asks this host by TLS alone from now on.
    #[must_use]
    pub fn tls_only(self, is_tls: bool) -> Self {
        Self { is_tls_only: is_tls, ..self }
    }

    const fn of(status: u16, content: Content) -> Self {
        Self { status, content, replay: None, location: None, is_tls_only: false }
    }

    /// 201 with the body of what was made; an idempotent replay is marked as one.
    ///
    /// # Errors
    /// Where what was made has no body.
    pub fn answered<'a, T, B: Serialize>(
        answered: &'a Answered<T>,
        body: impl FnOnce(&'a T) -> Result<B, Refusal>,
    ) -> Result<Self, Refusal> {
        let is_replay = matches!(answered, Answered::Replayed(_));
        let replay = is_replay.then_some(HeaderValue::from_static("true"));
        Ok(Self { replay, ..Self::created(&body(answered.made())?) })
    }

    /// The same as an idempotent replay of a request that first came then.
    #[must_use]
    pub fn replayed_since(self, first: Timestamp) -> Self {
        Self { replay: Some(HeaderValue::from(first.as_millis())), ..self }
    }

    /// `status` with `body`.
    pub(crate) fn with(status: u16, body: &impl Serialize) -> Self {
        let content = serde_json::to_string(body).map_or_else(
            |error| {
                tracing::error!(%error, "an answer could not be written");
                Content::Unwritten
            },
            Content::Json,
        );
        Self::of(status, content)
    }

    /// The status code.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// Whether it answers an idempotent replay.
    pub(crate) const fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// The same, where its JSON could be written and is not too large.
    pub(crate) fn written(self) -> Result<Self, Refusal> {
        match &self.content {
            Content::Unwritten => Err(Refusal::Internal),
            Content::Json(json) if size_as_text(json) > MAX_ANSWER => Err(Refusal::AnswerTooLarge),
            Content::Json(_)
            | Content::Nothing
            | Content::Image { .. }
            | Content::ErrorPage(_)
            | Content::Document { .. }
            | Content::Asset { .. }
            | Content::Elsewhere(_) => Ok(self),
        }
    }

    /// The same in HTTP, for a caller that says in `If-None-Match` what it has, and takes bodies of these codings.
    pub(crate) fn response(self, dialect: Dialect, known: Option<&str>, codings: Codings) -> Response<Body> {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING));
        if let Some(replay) = self.replay {
            headers.insert(dialect.replayed(), replay);
        }
        headers.extend(self.location.map(|location| (LOCATION, location)));
        if self.is_tls_only {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(BY_TLS));
        }
        match self.content {
            Content::Nothing | Content::Unwritten => {}
            Content::Json(json) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
                *response.body_mut() = Body::Text(json);
            }
            Content::ErrorPage(html) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                *response.body_mut() = Body::Text(html);
            }
            Content::Document { html, policy, reports } => {
                let headers = response.headers_mut();
                // Without its policy it does nothing at all.
                if let Ok(policy) = HeaderValue::from_str(&policy) {
                    headers.insert(CONTENT_SECURITY_POLICY, policy);
                }
                let reports = HeaderValue::from_str(&format!("checkout=\"{reports}\""));
                headers.extend(reports.ok().map(|reports| (REPORTING_ENDPOINTS, reports)));
                write_document(&mut response, html, codings);
            }
            Content::Asset { asset, life } => write_asset(&mut response, asset, life, known, codings),
            Content::Image { media_type, bytes } => write_image(&mut response, media_type, bytes, known),
            Content::Elsewhere(url) => {
                headers.extend(HeaderValue::from_str(&url).ok().map(|url| (LOCATION, url)));
            }
        }
        response
    }
}

/// How many bytes the JSON takes as a text inside other JSON: quotes and backslashes take two.
fn size_as_text(json: &str) -> usize {
    let escaped = json.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    json.len().saturating_add(escaped)
}

/// The document is small and holds no secret, so it is compressed as it is sent.
fn write_document(response: &mut Response<Body>, html: String, codings: Codings) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.extend(DOCUMENT.map(|(name, value)| (name, HeaderValue::from_static(value))));
    let compressed = codings.gzip.then(|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(html.as_bytes()).and_then(|()| encoder.finish()).ok()
    });
    *response.body_mut() = match compressed.flatten() {
        Some(bytes) => {
            headers.insert(CONTENT_ENCODING, GZIP);
            Body::Binary(bytes)
        }
        None => Body::Text(html),
    };
}

/// Scripts are fetched with the `Origin` of a merchant's page, or without: a cache keeps both answers apart.
fn write_asset(
    response: &mut Response<Body>,
    asset: &'static Asset,
    life: Life,
    known: Option<&str>,
    codings: Codings,
) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(CACHE_CONTROL, life.cache_control());
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, Origin"));
    if is_known(headers, asset.integrity, known) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return;
    }
    let (bytes, coding) = asset.body(codings);
    headers.extend(coding.map(|coding| (CONTENT_ENCODING, coding)));
    *response.body_mut() = Body::Binary(bytes.to_vec());
}

fn write_image(response: &mut Response<Body>, media_type: &'static str, bytes: Vec<u8>, known: Option<&str>) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(IMAGE_LIFE));
    if is_known(headers, &digest(&bytes), known) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Body::Binary(bytes);
    }
}

/// Tags a file by its hash: whether the caller has it.
fn is_known(headers: &mut HeaderMap, hash: &str, known: Option<&str>) -> bool {
    let tag = format!("\"{hash}\"");
    headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (ETAG, tag)));
    known.is_some_and(|known| names(known, &tag))
}

/// Whether the `If-None-Match` of a caller names the file of this tag, in the weak comparison of RFC 9110.
fn names(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"";

    fn shown(known: Option<&str>) -> Response<Body> {
        Reply::image("image/png", b"abc".to_vec()).response(Dialect::Malga, known, Codings::default())
    }

    #[test]
    fn an_image_is_an_image_and_may_do_nothing() {
        let shown = shown(None);
        let headers: Vec<_> =
            ["content-type", "x-content-type-options", "content-security-policy", "cache-control", "etag"]
                .iter()
                .map(|name| {
                    shown.headers().get_all(*name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>()
                })
                .collect();
        let nothing = "default-src 'none'; frame-ancestors 'none'; sandbox";
        assert_eq!(headers, [["image/png"], ["nosniff"], [nothing], ["public, max-age=300"], [TAG]]);
        assert_eq!((shown.status(), shown.body()), (StatusCode::OK, &Body::Binary(b"abc".to_vec())));
    }

    #[test]
    fn an_image_that_the_caller_has_is_not_sent_again() {
        let (weak, list) = (format!("W/{TAG}"), format!("\"other\", {TAG}"));
        for known in [TAG, &weak, &list, "*"] {
            let answer = shown(Some(known));
            assert_eq!((answer.status(), answer.body()), (StatusCode::NOT_MODIFIED, &Body::Empty), "{known}");
            assert_eq!(answer.headers()["etag"], TAG);
            assert_eq!(answer.headers()["cache-control"], "public, max-age=300");
        }
        for other in ["", "\"other\"", "abc", &TAG[1..]] {
            assert_eq!(shown(Some(other)).status(), StatusCode::OK, "{other}");
        }
    }

    #[test]
    fn an_answer_that_lambda_would_not_take_is_refused() {
        let of = |length: usize| Reply::ok(&"\"".repeat(length)).written().map(|reply| reply.status);
        let longest = MAX_ANSWER / 4 - 1; // each quote takes four bytes in the text of its JSON
        assert_eq!((of(longest), of(longest + 1)), (Ok(200), Err(Refusal::AnswerTooLarge)));
    }

    #[test]
    fn everything_else_is_kept_by_no_cache_whatever_the_caller_has() {
        for reply in [Reply::ok(&1), Reply::no_content(), Reply::see("https://shop.example".to_owned())] {
            let answer = reply.response(Dialect::Malga, Some("*"), Codings::default());
            assert_eq!(answer.headers().get_all("cache-control").iter().collect::<Vec<_>>(), ["no-store"]);
            assert_ne!(answer.status(), StatusCode::NOT_MODIFIED);
        }
    }
}
