//! The CORS headers of an HTTP API. The gateway sets them; functions do not.

use hyper::{
    HeaderMap, Method,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue,
        ORIGIN,
    },
};

use crate::template::Cors;

impl Cors {
    /// Whether the request is a preflight, which the gateway answers without a function.
    #[must_use]
    pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
        method == Method::OPTIONS && headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The headers of the answer to a preflight request; none for an origin that may not call.
    #[must_use]
    pub fn preflight(&self, request: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(origin) = self.allowed(request) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            insert(&mut headers, ACCESS_CONTROL_ALLOW_METHODS, &self.methods.join(","));
            insert(&mut headers, ACCESS_CONTROL_ALLOW_HEADERS, &self.headers.join(","));
            insert(&mut headers, ACCESS_CONTROL_MAX_AGE, &self.max_age.to_string());
        }
        headers
    }

    /// Puts the gateway's own CORS headers into an answer, in place of any that a function set.
    pub fn apply(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        let set_by_function = answer.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned();
        for name in set_by_function.collect::<Vec<_>>() {
            answer.remove(name);
        }
        if let Some(origin) = self.allowed(request) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            insert(answer, ACCESS_CONTROL_EXPOSE_HEADERS, &self.exposed.join(","));
        }
    }

    fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(ORIGIN)?;
        if self.origins.iter().any(|allowed| allowed == "*") {
            Some(HeaderValue::from_static("*"))
        } else {
            self.origins.iter().any(|allowed| allowed == origin).then(|| origin.clone())
        }
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors(origin: &str) -> Cors {
        let list = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Cors {
            origins: list(&[origin]),
            methods: list(&["GET", "POST"]),
            headers: list(&["content-type", "x-api-key"]),
            exposed: list(&["idempotent-replayed"]),
            max_age: 600,
        }
    }

    fn from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))])
    }

    fn value(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
        headers.get(name).and_then(|value| value.to_str().ok())
    }

    #[test]
    fn a_preflight_is_answered_with_headers_by_name() {
        let headers = cors("*").preflight(&from("https://shop.example"));
        assert_eq!(value(&headers, ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
        assert_eq!(value(&headers, ACCESS_CONTROL_ALLOW_METHODS), Some("GET,POST"));
        assert_eq!(value(&headers, ACCESS_CONTROL_ALLOW_HEADERS), Some("content-type,x-api-key"));
        assert_eq!(value(&headers, ACCESS_CONTROL_MAX_AGE), Some("600"));
    }

    #[test]
    fn an_origin_that_is_not_listed_gets_no_permission() {
        let cors = cors("https://shop.example");
        assert_eq!(cors.preflight(&from("https://other.example")), HeaderMap::new());
        let allowed = cors.preflight(&from("https://shop.example"));
        assert_eq!(value(&allowed, ACCESS_CONTROL_ALLOW_ORIGIN), Some("https://shop.example"));
    }

    #[test]
    fn the_cors_headers_of_a_function_are_replaced() {
        let mut answer = HeaderMap::new();
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("https://function.example"));
        answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("1"));
        cors("*").apply(&from("https://shop.example"), &mut answer);
        assert_eq!(value(&answer, ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
        assert_eq!(value(&answer, ACCESS_CONTROL_EXPOSE_HEADERS), Some("idempotent-replayed"));
        assert_eq!(value(&answer, ACCESS_CONTROL_MAX_AGE), None);
    }

    #[test]
    fn a_caller_that_is_no_browser_gets_no_cors_headers() {
        let mut answer = HeaderMap::new();
        cors("*").apply(&HeaderMap::new(), &mut answer);
        assert_eq!(answer, HeaderMap::new());
    }
}
