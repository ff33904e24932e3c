//! What a server signs of a request: v1HMAC.
//!
//! | line | |
//! |---|---|
//! | method | in capital letters |
//! | `Content-Type` | empty without |
//! | `Date` | as it was sent |
//! | every `X-GCS…` header | its name in small letters, `:`, its value; in the order of the names |
//! | path and query | as they were sent |
//!
//! Each line ends with a line feed. The body is not signed.

use std::collections::BTreeSet;

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::Request;

/// What no path holds as it is (RFC 3986, 3.3).
const ESCAPED: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Every text that the sender of `request` may have signed; none where a header that is signed came twice: who signs
/// one and who reads the other would disagree.
pub(super) fn texts(request: &Request) -> Vec<String> {
    let Some(head) = head(request.method(), request.all_headers()) else { return Vec::new() };
    resources(request.path(), request.raw_query()).into_iter().map(|resource| format!("{head}{resource}\n")).collect()
}

/// The header of this name, where it came once and is text.
pub(super) fn one<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.header(name).filter(|_| request.headers(name).iter().count() == 1)
}

/// The lines before the path.
fn head(method: &str, headers: &HeaderMap) -> Option<String> {
    let is_once = |name: &str| headers.get_all(name).iter().count() <= 1;
    let gcs: BTreeSet<&str> = headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("x-gcs")).collect();
    if !gcs.iter().copied().chain(["content-type", "date"]).all(is_once) {
        return None;
    }
    let value = |name: &str| headers.get(name).map(text).unwrap_or_default();
    let mut head = format!("{}\n{}\n{}\n", method.to_ascii_uppercase(), value("content-type"), value("date"));
    for name in gcs {
        head.extend([name, ":", &value(name), "\n"]);
    }
    Some(head)
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).trim().to_owned()
}

/// Path and query as they may have been sent. The gateway decodes a path, and some senders double its first slash; some
/// libraries sign the query as it is sent, and others decoded.
fn resources(path: &str, query: &str) -> Vec<String> {
    let single = collapsed(path);
    let paths = [path.to_owned(), escaped(path), single.clone(), escaped(&single)];
    let queries = [query.to_owned(), percent_decode_str(query).decode_utf8_lossy().into_owned()];
    let mut resources = Vec::new();
    for path in &paths {
        for query in &queries {
            let resource = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
    }
    resources
}

fn escaped(path: &str) -> String {
    utf8_percent_encode(path, &ESCAPED).to_string()
}

/// The path without slashes that follow another.
fn collapsed(path: &str) -> String {
    let mut single = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !single.ends_with('/') {
            single.push(letter);
        }
    }
    single
}

#[cfg(test)]
mod tests {
    use seal::{Secret, has_signed};

    use super::*;

    const DATE: &str = "Fri, 06 Jun 2014 13:39:43 GMT";
    const SECRET: &str = "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg=";

    fn is_signed(secret: &str, method: &str, headers: &[(&str, &str)], path: &str, query: &str, by: &str) -> bool {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        let Some(head) = head(method, &headers.iter().map(header).collect()) else { return false };
        let secret = Secret::new(secret.to_owned());
        resources(path, query).iter().any(|resource| has_signed(&secret, &format!("{head}{resource}\n"), by))
    }

    #[test]
    fn the_published_vectors_are_signed() {
        let dated = [("Date", DATE)];
        let full = [
            ("X-GCS-ServerMetaInfo", "processed header value"),
            ("Content-Type", "application/json"),
            ("X-GCS-CustomerHeader", " processed header value "),
            ("Date", DATE),
            ("X-GCS-ClientMetaInfo", "processed header value"),
            ("User-Agent", "anything"),
        ];
        let tokens = "/v1/9991/tokens/123456789";
        let consumer = "/v1/consumer/ANDRÉE/";
        for (secret, method, headers, path, query, signature) in [
            (SECRET, "GET", &dated[..], tokens, "", "J5LjfSBvrQNhu7gG0gvifZt+IWNDReGCmHmBmth6ueI="),
            (SECRET, "get", &dated[..], tokens, "", "J5LjfSBvrQNhu7gG0gvifZt+IWNDReGCmHmBmth6ueI="),
            (SECRET, "GET", &dated[..], consumer, "q=na%20me", "3XV7LMYus9q7fp87/D4Qih2bKNtz20iqsttdrgJ09AU="),
            (SECRET, "GET", &dated[..], consumer, "q=na%20me", "x9S2hQmLhLTbpK0YdTuYCD8TB4D+Kf60tNW0Xw5Xls0="),
            (SECRET, "DELETE", &full[..], tokens, "", "jGWLz3ouN4klE+SkqO5gO+KkbQNM06Rric7E3dcfmqw="),
            ("secretApiKey", "DELETE", &full[..], tokens, "", "VfnXpPBQQoHZivTcAg0JvOWkhnzlPnaCPKpTQn/uMJM="),
            (
                "6Kj5HT0MQKC6D8eb7W3lTg71kVKVDSt1",
                "GET",
                &dated[..],
                tokens,
                "",
                "9ond5EIN05dBXJGCLRK5om9pxHsyrh/12pZJ7bvmwNM=",
            ),
        ] {
            assert!(is_signed(secret, method, headers, path, query, signature), "{secret} {method} {path} {query}");
            for changed in
                [("PUT", path, query), (method, "/v1/9992/tokens/123456789", query), (method, path, "q=other")]
            {
                assert!(!is_signed(secret, changed.0, headers, changed.1, changed.2, signature), "{changed:?}");
            }
        }
        // The path as the caller wrote it, and one whose first slash is doubled.
        for path in ["/v1/consumer/ANDR%C3%89E/", "//v1/consumer/ANDRÉE/"] {
            assert!(is_signed(
                SECRET,
                "GET",
                &dated,
                path,
                "q=na%20me",
                "x9S2hQmLhLTbpK0YdTuYCD8TB4D+Kf60tNW0Xw5Xls0="
            ));
        }
    }

    #[test]
    fn a_request_with_two_values_of_a_signed_header_has_no_signature() {
        for name in ["date", "content-type", "x-gcs-idempotence-key", "x-gcs-other", "x-gcsother"] {
            let mut headers = HeaderMap::new();
            headers.append(name, HeaderValue::from_static("a"));
            assert!(head("GET", &headers).is_some(), "{name}");
            headers.append(name, HeaderValue::from_static("a"));
            assert_eq!(head("GET", &headers), None, "{name}");
        }
    }

    #[test]
    fn requests_of_the_libraries_are_signed_as_they_were_recorded() {
        let date = ("Date", "Fri, 20 Nov 2026 09:19:22 GMT");
        let json = ("Content-Type", "application/json");
        for (key, meta, signature) in [
            (
                "idem-node-1",
                "eyJzZGtDcmVhdG9yIjoiV29ybGRsaW5lIiwic2RrSWRlbnRpZmllciI6Ik5vZGVqc1NlcnZlclNESy92NS4yLjAiLCJwbGF0Zm9ybUlkZW50aWZpZXIiOiJ1bmRlZmluZWQgTm9kZS5qcy8yMC4yMC4yIiwiaW50ZWdyYXRvciI6Ikh1YiB0ZXN0In0=",
                "o7kT8OdnvStPEjgVX+sm13cWejdb6C4Aq9TKw0KtshA=",
            ),
            (
                "idem-py-1",
                "ewogICAgInBsYXRmb3JtSWRlbnRpZmllciI6ICJMaW51eCA2LjE4LjQ0LWZjLXY2NTcvIzEgU01QIFBSRUVNUFRfRFlOQU1JQyBAMCBQeXRob24vMy4xMS43IChDUHl0aG9uOyBHQ0MgMTIuMi4wKSIsCiAgICAic2RrSWRlbnRpZmllciI6ICJQeXRob24zU2VydmVyU0RLL3Y2LjMuMCIsCiAgICAic2RrQ3JlYXRvciI6ICJXb3JsZGxpbmUiLAogICAgImludGVncmF0b3IiOiAiSHViIHRlc3QiCn0=",
                "qj6A7sr+73E+GVTP84CzukEpAZc1kyJdwRvuVb4M0Xs=",
            ),
        ] {
            let headers = [date, json, ("X-GCS-Idempotence-Key", key), ("X-GCS-ServerMetaInfo", meta)];
            assert!(is_signed(SECRET, "POST", &headers, "/v1/1234/sessions", "", signature), "{key}");
            // A header that was altered, left out, added or sent twice.
            for changed in [
                &[date, json, ("X-GCS-Idempotence-Key", "other"), headers[3]][..],
                &headers[..3],
                &[headers.as_slice(), &[("X-GCS-Other", "1")]].concat()[..],
                &[headers.as_slice(), &[headers[2]]].concat()[..],
                &[("Date", "Fri, 20 Nov 2026 09:19:23 GMT"), json, headers[2], headers[3]][..],
                &[date, ("Content-Type", "text/plain"), headers[2], headers[3]][..],
            ] {
                assert!(!is_signed(SECRET, "POST", changed, "/v1/1234/sessions", "", signature), "{changed:?}");
            }
        }
    }
}
