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

use std::collections::BTreeMap;

use lambda_http::http::{HeaderMap, HeaderValue};
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

/// Every text that the sender of `request` may have signed.
pub(super) fn texts(request: &Request) -> Vec<String> {
    let head = head(request.method(), request.all_headers());
    resources(request.path(), request.raw_query()).into_iter().map(|resource| format!("{head}{resource}\n")).collect()
}

/// The lines before the path.
fn head(method: &str, headers: &HeaderMap) -> String {
    let mut signed: BTreeMap<&str, String> = BTreeMap::new();
    for name in headers.keys().filter(|name| name.as_str().starts_with("x-gcs")) {
        signed.insert(name.as_str(), headers.get_all(name).iter().map(text).collect::<Vec<_>>().join(","));
    }
    let one = |name: &str| headers.get(name).map(text).unwrap_or_default();
    let mut head = format!("{}\n{}\n{}\n", method.to_ascii_uppercase(), one("content-type"), one("date"));
    for (name, value) in signed {
        head.extend([name, ":", &value, "\n"]);
    }
    head
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).trim().to_owned()
}

/// Path and query as they may have been sent. The gateway decodes a path, and some senders double its first slash; some
/// libraries sign the query as it is sent, and others decoded.
fn resources(path: &str, query: &str) -> Vec<String> {
    let single = collapsed(path);
    let mut paths = vec![path.to_owned(), escaped(path), single.clone(), escaped(&single)];
    paths.dedup();
    let mut queries = vec![query.to_owned(), percent_decode_str(query).decode_utf8_lossy().into_owned()];
    queries.dedup();
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
    use lambda_http::http::HeaderName;
    use seal::{Secret, has_signed};

    use super::*;

    const DATE: &str = "Fri, 06 Jun 2014 13:39:43 GMT";
    const SECRET: &str = "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg=";

    fn is_signed(secret: &str, method: &str, headers: &[(&str, &str)], path: &str, query: &str, by: &str) -> bool {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        let head = head(method, &headers.iter().map(header).collect());
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
