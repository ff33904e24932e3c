//! Which function answers a request: the routes of an HTTP API.

use std::collections::HashMap;

use matchit::{InsertError, Router};
use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

use crate::template::{Function, Route};

/// What separates the segments of a path, and what escapes it.
const SEPARATORS: AsciiSet = AsciiSet::EMPTY.add(b'/').add(b'%');

/// All routes and the function for everything else.
#[derive(Clone, Debug)]
pub struct Routes {
    by_method: HashMap<String, Router<Route>>,
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
    ///
    /// # Errors
    /// [`InsertError`] for two routes of one method and path, and for a path that cannot be matched.
    pub fn new(routes: Vec<Route>, fallback: Function) -> Result<Self, InsertError> {
        let mut by_method: HashMap<String, Router<Route>> = HashMap::new();
        for route in routes {
            by_method.entry(route.method.clone()).or_default().insert(route.path.clone(), route)?;
        }
        Ok(Self { by_method, fallback })
    }

    /// The route of `method` and the raw `path`; `None` if the path has escapes that are not percent-encoded UTF-8. Of
    /// several routes that match, the one with the leftmost literal segment wins.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<Match<'_>> {
        // Literal segments match decoded ones. A slash or percent sign that was escaped stays escaped.
        let segments = path.split('/').map(decoded).collect::<Option<Vec<_>>>()?;
        let segments = segments.iter().map(|segment| utf8_percent_encode(segment, &SEPARATORS).to_string());
        let path = segments.collect::<Vec<_>>().join("/");
        let found = self.by_method.get(method).and_then(|router| router.at(&path).ok());
        // The router lets a parameter be empty between two slashes; the gateway does not.
        let found = found.filter(|found| found.params.iter().all(|(_, value)| !value.is_empty()));
        Some(match found {
            None => Match { key: "$default".to_owned(), function: &self.fallback, parameters: HashMap::new() },
            Some(matchit::Match { value: route, params }) => Match {
                key: format!("{} {}", route.method, route.path),
                function: &route.function,
                parameters: params
                    .iter()
                    .map(|(name, value)| Some((name.to_owned(), decoded(value)?)))
                    .collect::<Option<_>>()?,
            },
        })
    }
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
        .unwrap()
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
            ("GET", "/v1//last"),
            ("GET", "/v1/charges/1/"),
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
    fn an_escaped_literal_segment_is_that_segment_and_an_escaped_percent_sign_is_one() {
        assert_eq!(answers("GET", "/v1/ch%61rges/min%65"), "mine");
        let routes = routes();
        let found = routes.find("GET", "/v1/charges/%252F%25").unwrap();
        assert_eq!(found.parameters, HashMap::from([("id".to_owned(), "%2F%".to_owned())]));
    }

    #[test]
    fn two_routes_of_one_method_and_path_are_refused() {
        let route = |path: &str| Route { method: "GET".to_owned(), path: path.to_owned(), function: function("any") };
        assert!(Routes::new(vec![route("/v1/{id}"), route("/v1/{name}")], function("fallback")).is_err());
        assert!(Routes::new(vec![route("/v1/{id}"), route("/v1/{name}/cards")], function("fallback")).is_ok());
    }

    #[test]
    fn broken_escapes_match_nothing() {
        for path in ["/v1/charges/%", "/v1/charges/%4", "/v1/charges/%zz", "/v1/charges/%ff", "/v1/charges/%4%41"] {
            assert_eq!(routes().find("GET", path), None, "{path}");
        }
    }
}
