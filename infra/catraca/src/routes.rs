//! Which function answers a request: the routes of an HTTP API.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::template::{Function, Route};

/// All routes and the function for everything else.
#[derive(Clone, Debug)]
pub struct Routes {
    routes: Vec<Route>,
    fallback: Function,
}

/// The route that a request takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// The route's name in the event, such as `GET /v1/sessions/{id}`.
    pub key: String,
    /// Who answers.
    pub function: &'a Function,
    /// The path parameters, percent-decoded.
    pub parameters: HashMap<String, String>,
}

impl Routes {
    /// The routes `routes`; `fallback` answers what none of them matches.
    #[must_use]
    pub const fn new(routes: Vec<Route>, fallback: Function) -> Self {
        Self { routes, fallback }
    }

    /// The route of `method` and the raw `path`; `None` if the path has escapes that are not percent-encoded UTF-8.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        let segments = path.split('/').map(decoded).collect::<Option<Vec<_>>>()?;
        let fits = |route: &&Route| {
            route.method == method
                && route.path.split('/').count() == segments.len()
                && route.path.split('/').zip(&segments).all(|(pattern, segment)| match parameter(pattern) {
                    Some(_) => !segment.is_empty(),
                    None => pattern == segment,
                })
        };
        // Of several that fit, the one with the leftmost literal segment wins.
        let literals =
            |route: &&Route| route.path.split('/').map(|pattern| parameter(pattern).is_none()).collect::<Vec<_>>();
        Some(match self.routes.iter().filter(fits).max_by_key(literals) {
            None => Match { key: "$default".to_owned(), function: &self.fallback, parameters: HashMap::new() },
            Some(route) => Match {
                key: format!("{} {}", route.method, route.path),
                function: &route.function,
                parameters: route
                    .path
                    .split('/')
                    .zip(segments)
                    .filter_map(|(pattern, segment)| Some((parameter(pattern)?.to_owned(), segment)))
                    .collect(),
            },
        })
    }
}

fn parameter(pattern: &str) -> Option<&str> {
    pattern.strip_prefix('{')?.strip_suffix('}')
}

/// `text` without its percent-encoding; `None` if an escape is broken or the result is not UTF-8.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let whole = text.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    });
    whole.then(|| percent_decode_str(text).decode_utf8().ok()).flatten().map(Into::into)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

    use std::time::Duration;

    use super::*;

    fn function(name: &str) -> Function {
        Function { name: name.to_owned(), limit: Duration::from_secs(1) }
    }

    fn routes() -> Routes {
        let route = |method: &str, path: &str, name: &str| Route {
            method: method.to_owned(),
            path: path.to_owned(),
            function: function(name),
        };
        Routes::new(
            vec![
                route("GET", "/v1/{kind}/last", "last-of-kind"),
                route("GET", "/v1/charges/{id}", "read"),
                route("GET", "/v1/charges/mine", "mine"),
                route("POST", "/v1/charges", "create"),
            ],
            function("fallback"),
        )
    }

    fn answers(method: &str, path: &str) -> String {
        routes().find(method, path).unwrap().function.name.clone()
    }

    #[test]
    fn a_literal_segment_beats_a_parameter_and_the_leftmost_decides() {
        assert_eq!(answers("GET", "/v1/charges/mine"), "mine");
        assert_eq!(answers("GET", "/v1/charges/7"), "read");
        assert_eq!(answers("GET", "/v1/sessions/last"), "last-of-kind");
        assert_eq!(answers("GET", "/v1/charges/last"), "read");
    }

    #[test]
    fn what_no_route_matches_goes_to_the_default_function() {
        for (method, path) in [
            ("DELETE", "/v1/charges"),
            ("POST", "/v1/charges/"),
            ("GET", "/v1/charges/"),
            ("GET", "/v1/charges/1/2"),
            ("GET", "/V1/charges/1"),
            ("GET", "/"),
        ] {
            let routes = routes();
            let found = routes.find(method, path).unwrap();
            assert_eq!((found.key.as_str(), found.function.name.as_str()), ("$default", "fallback"), "{method} {path}");
        }
    }

    #[test]
    fn path_parameters_are_percent_decoded_and_an_escaped_slash_separates_nothing() {
        let routes = routes();
        let found = routes.find("GET", "/v1/charges/a%20b%2Fc%C3%A9").unwrap();
        assert_eq!(found.key, "GET /v1/charges/{id}");
        assert_eq!(found.parameters, HashMap::from([("id".to_owned(), "a b/cé".to_owned())]));
    }

    #[test]
    fn broken_escapes_match_nothing() {
        for path in ["/v1/charges/%", "/v1/charges/%4", "/v1/charges/%zz", "/v1/charges/%ff", "/v1/charges/%4%41"] {
            assert_eq!(routes().find("GET", path), None, "{path}");
        }
    }
}
