//! What goes out.

use domain::refusal::Refusal;
use lambda_http::{Body, Response, http::header};
use serde::Serialize;

/// An answer in JSON.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    body: String,
    is_replay: bool,
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

    /// The same, said to be the answer to an earlier request with the same idempotency key.
    #[must_use]
    pub fn replayed(self) -> Self {
        Self { is_replay: true, ..self }
    }

    /// The answer that `refusal` is on the wire.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let (status, body) = wire::malga::errors::answer(refusal);
        Self::with(status, &body)
    }

    fn with(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self { status, body, is_replay: false },
            Err(error) => {
                tracing::error!(%error, "an answer could not be written");
                Self::refused(&Refusal::Internal)
            }
        }
    }
}

impl From<Reply> for Response<Body> {
    fn from(reply: Reply) -> Self {
        let mut response = Self::new(Body::Text(reply.body));
        *response.status_mut() = lambda_http::http::StatusCode::from_u16(reply.status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        if reply.is_replay {
            headers.insert("idempotent-replayed", header::HeaderValue::from_static("true"));
        }
        response
    }
}
