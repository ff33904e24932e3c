//! What goes out.

use domain::refusal::Refusal;
use flows::Answered;
use lambda_http::{Body, Response, http::header};
use serde::Serialize;

use crate::Dialect;

/// For how many seconds a picture may be shown without asking again.
const PICTURE_LIFE: &str = "public, max-age=300";

/// An answer.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    content: Content,
    is_replay: bool,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Json(String),
    Picture {
        media_type: &'static str,
        bytes: Vec<u8>,
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

    /// 204 with nothing.
    #[must_use]
    pub const fn no_content() -> Self {
        Self { status: 204, content: Content::Nothing, is_replay: false }
    }

    /// 200 with a picture, which browsers take for nothing else.
    #[must_use]
    pub const fn picture(media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { status: 200, content: Content::Picture { media_type, bytes }, is_replay: false }
    }

    /// 302: what the browser looks for is at `url`.
    #[must_use]
    pub const fn see(url: String) -> Self {
        Self { status: 302, content: Content::Elsewhere(url), is_replay: false }
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
        Ok(Self { is_replay, ..Self::created(&body(answered.made())?) })
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
        Self { status, content, is_replay: false }
    }

    /// The status code.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// Whether it answers an idempotent replay.
    pub(crate) const fn is_replay(&self) -> bool {
        self.is_replay
    }

    /// The same, where its JSON could be written.
    pub(crate) fn written(self) -> Result<Self, Refusal> {
        if matches!(self.content, Content::Unwritten) { Err(Refusal::Internal) } else { Ok(self) }
    }

    /// The same in HTTP.
    pub(crate) fn response(self, dialect: Dialect) -> Response<Body> {
        let mut location = None;
        let (body, media_type, caching) = match self.content {
            Content::Elsewhere(url) => {
                location = header::HeaderValue::from_str(&url).ok();
                (Body::Empty, None, "no-store")
            }
            Content::Nothing | Content::Unwritten => (Body::Empty, None, "no-store"),
            Content::Json(text) => (Body::Text(text), Some("application/json; charset=utf-8"), "no-store"),
            Content::Picture { media_type, bytes } => (Body::Binary(bytes), Some(media_type), PICTURE_LIFE),
        };
        let mut response = Response::new(body);
        *response.status_mut() = lambda_http::http::StatusCode::from_u16(self.status).unwrap_or_default();
        let headers = response.headers_mut();
        if let Some(media_type) = media_type {
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static(caching));
        if let Some(location) = location {
            headers.insert(header::LOCATION, location);
        }
        if self.is_replay {
            headers.insert(dialect.replayed(), header::HeaderValue::from_static("true"));
        }
        response
    }
}
