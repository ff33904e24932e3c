//! HTTP on one side, the payload of an HTTP API (format 2.0) on the other.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::Full;
use hyper::{
    HeaderMap, Response, StatusCode, Uri,
    body::Bytes,
    header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, HeaderValue, SET_COOKIE},
    http::request::Parts,
};
use lambda_http::aws_lambda_events::{apigw::ApiGatewayV2httpResponse, encodings::Body};
use serde_json::{Map, Value, json};
use url::Url;

use super::routes::{Match, decoded};

/// What the gateway adds to a request.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The gateway's id of the request.
    pub id: String,
    /// Where it came from.
    pub peer: SocketAddr,
    /// Where it was received.
    pub local: SocketAddr,
}

/// The event for a request; `None` where the gateway itself answers 400: a Host, path or query that cannot be read.
#[must_use]
pub fn event(parts: &Parts, body: &Bytes, route: &Match<'_>, arrival: &Arrival) -> Option<Value> {
    let path = decoded(parts.uri.path())?;
    let query = parts.uri.query().unwrap_or_default();
    decoded(query)?;
    let (headers, cookies) = headers(&parts.headers, arrival)?;
    headers.get("host").and_then(Value::as_str).filter(|host| can_be_decoded(host, &path))?;
    let text = text(&parts.headers, body);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        // API Gateway decodes it too.
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "pathParameters": route.parameters,
        "isBase64Encoded": text.is_none(),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": headers.get("host"),
            "domainPrefix": "local",
            "requestId": arrival.id,
            "routeKey": route.key,
            "stage": "$default",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": arrival.peer.ip(),
                "userAgent": headers.get("user-agent"),
            },
        },
    });
    let fields = event.as_object_mut()?;
    if !cookies.is_empty() {
        fields.insert("cookies".to_owned(), cookies.into());
    }
    if !body.is_empty() {
        fields.insert("body".to_owned(), text.map_or_else(|| STANDARD.encode(body), str::to_owned).into());
    }
    Some(event)
}

/// Headers as one text each, repeated ones joined by commas; and the cookies, which are separate.
fn headers(received: &HeaderMap, arrival: &Arrival) -> Option<(Map<String, Value>, Vec<String>)> {
    let (mut headers, mut cookies) = (Map::new(), Vec::new());
    for name in received.keys() {
        let values = received.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        if name == COOKIE {
            cookies.extend(values.flat_map(|value| value.split("; ").map(str::to_owned).collect::<Vec<_>>()));
        } else {
            headers.insert(name.as_str().to_owned(), values.collect::<Vec<_>>().join(",").into());
        }
    }
    let host = match received.get(HOST) {
        Some(host) => host.to_str().ok().filter(|host| is_host(host))?.to_owned(),
        None => arrival.local.to_string(),
    };
    let peer = arrival.peer.ip();
    let forwarded = match headers.get("x-forwarded-for").and_then(Value::as_str) {
        Some(before) => format!("{before}, {peer}"),
        None => peer.to_string(),
    };
    for (name, value) in [
        ("host", host),
        ("x-forwarded-for", forwarded),
        ("x-forwarded-port", arrival.local.port().to_string()),
        ("x-forwarded-proto", "http".to_owned()),
    ] {
        headers.insert(name.to_owned(), value.into());
    }
    Some((headers, cookies))
}

/// The library that decodes the event makes one URL of host and path, and panics where it cannot: on a name that is no
/// Punycode, for one.
fn can_be_decoded(host: &str, path: &str) -> bool {
    Url::parse(&format!("http://{host}{path}")).is_ok_and(|url| url.as_str().parse::<Uri>().is_ok())
}

/// Whether a Host header is a name or an address, with or without a port, and nothing more.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let name =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let last_is_word =
        host.rsplit('.').next().is_some_and(|label| label.starts_with(|c: char| c.is_ascii_alphabetic()));
    port.is_none_or(|port| port.parse::<u16>().is_ok())
        && match inside {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => host.parse::<Ipv4Addr>().is_ok() || (last_is_word && host.split('.').all(name)),
        }
}

/// The body as text, if the gateway would pass it as text: by its content type, and only when it is UTF-8.
fn text<'a>(headers: &HeaderMap, body: &'a Bytes) -> Option<&'a str> {
    let kind = headers.get(CONTENT_TYPE).map_or(Ok(""), HeaderValue::to_str).ok()?.to_ascii_lowercase();
    let textual = kind.is_empty()
        || kind.starts_with("text/")
        || ["json", "xml", "javascript"].iter().any(|format| kind.contains(format));
    (textual && !headers.contains_key(CONTENT_ENCODING)).then(|| std::str::from_utf8(body).ok()).flatten()
}

/// The HTTP answer for what a function returned; `None` if it is not one, which the gateway answers with a 500.
#[must_use]
pub fn answer(returned: &[u8]) -> Option<Response<Full<Bytes>>> {
    let returned: ApiGatewayV2httpResponse = serde_json::from_slice(returned).ok()?;
    let bytes = match returned.body {
        Some(Body::Text(text)) if returned.is_base64_encoded => Bytes::from(STANDARD.decode(text).ok()?),
        Some(body) => Bytes::copy_from_slice(body.as_ref()),
        None => Bytes::new(),
    };
    let mut answer = Response::new(Full::new(bytes));
    *answer.status_mut() = StatusCode::from_u16(u16::try_from(returned.status_code).ok()?).ok()?;
    *answer.headers_mut() = returned.headers;
    for cookie in returned.cookies {
        answer.headers_mut().append(SET_COOKIE, HeaderValue::try_from(cookie).ok()?);
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use hyper::Request;
    use lambda_http::{RequestExt, request::LambdaRequest};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::template::Function;

    fn read(request: Request<()>, body: &'static [u8]) -> Option<lambda_http::Request> {
        let function = Function { name: "read".to_owned(), limit: Duration::from_secs(1) };
        let route = Match {
            key: "GET /v1/charges/{id}".to_owned(),
            function: &function,
            parameters: HashMap::from([("id".to_owned(), "a b".to_owned())]),
        };
        let arrival = Arrival {
            id: "arrival-1".to_owned(),
            peer: "10.0.0.9:4000".parse().unwrap(),
            local: "127.0.0.1:3000".parse().unwrap(),
        };
        let event = event(&request.into_parts().0, &Bytes::from_static(body), &route, &arrival)?;
        Some(serde_json::from_str::<LambdaRequest>(&event.to_string()).unwrap().into())
    }

    fn get(uri: &str) -> Request<()> {
        Request::get(uri).header("host", "localhost:3000").body(()).unwrap()
    }

    #[test]
    fn path_and_parameters_are_decoded_and_the_query_is_not() {
        let request = read(get("/v1/charges/a%20b?name=x%26y&flag"), b"").unwrap();
        assert_eq!(request.raw_http_path(), "/v1/charges/a b");
        assert_eq!(request.path_parameters().first("id"), Some("a b"));
        assert_eq!(request.query_string_parameters().first("name"), Some("x&y"));
    }

    #[test]
    fn a_query_or_path_that_cannot_be_decoded_is_no_event() {
        for uri in ["/v1/charges/1?a=%", "/v1/charges/1?a=%g1", "/v1/charges/1?a=%c3%28", "/v1/%ff"] {
            assert!(read(get(uri), b"").is_none(), "{uri}");
        }
    }

    #[test]
    fn the_host_is_what_the_caller_named_or_else_the_hub_itself() {
        let host = |request| read(request, b"").unwrap().headers()["host"].to_str().unwrap().to_owned();
        assert_eq!(host(get("/v1/charges/1")), "localhost:3000");
        assert_eq!(host(Request::get("/v1/charges/1").body(()).unwrap()), "127.0.0.1:3000");
    }

    #[test]
    fn hosts_that_are_none_are_refused_before_they_are_decoded() {
        for host in ["localhost", "127.0.0.1:80", "[::1]:3000", "pay.shop.example:443", "a-1.b2"] {
            assert!(read(Request::get("/").header("host", host).body(()).unwrap(), b"").is_some(), "{host}");
        }
        for host in ["", "a b", "1.2.3.999", "a:99999", "[::1", "user@host", "host/path", "a..b", "x?y", "[v1.x]"] {
            assert!(read(Request::get("/").header("host", host).body(()).unwrap(), b"").is_none(), "{host}");
        }
    }

    #[test]
    fn a_name_that_is_no_punycode_is_refused_before_it_is_decoded() {
        for host in ["xn--a", "XN--A", "xn--", "a.xn--0", "xn--a.example:80", "xn--a-", "xn--99999999", "xn--zn7c.com"]
        {
            assert!(read(Request::get("/").header("host", host).body(()).unwrap(), b"").is_none(), "{host}");
        }
        let host = "xn--bcher-kva.example";
        assert!(read(Request::get("/").header("host", host).body(()).unwrap(), b"").is_some(), "{host}");
    }

    #[test]
    fn a_target_that_is_no_path_is_refused_before_it_is_decoded() {
        assert!(read(get("*"), b"").is_none());
    }

    /// Pieces of hosts, good and bad.
    const PIECES: [&str; 28] = [
        "xn--",
        "XN--",
        "a",
        "z9",
        "0",
        "1",
        "255",
        "256",
        "0x7f",
        ".",
        "..",
        "-",
        "--",
        ":",
        ":0",
        ":65536",
        "[",
        "]",
        "::",
        "%41",
        "_",
        "@",
        "/",
        "?",
        "#",
        "\u{e9}",
        "\u{ad}",
        "localhost",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        // The decoder panics on what it cannot take.
        #[test]
        fn a_host_is_refused_or_decoded(pieces in vec(select(&PIECES[..]), 0..9), path in "/[ -~]{0,12}") {
            let host = HeaderValue::from_bytes(pieces.concat().as_bytes()).unwrap();
            let uri = utf8_percent_encode(&path, NON_ALPHANUMERIC).to_string().replace("%2F", "/");
            let _ = read(Request::get(uri).header("host", host).body(()).unwrap(), b"");
        }

        #[test]
        fn a_name_of_any_letters_is_refused_or_decoded(host in "(xn--)?[a-z0-9.-]{0,14}(:[0-9]{0,6})?") {
            let _ = read(Request::get("/").header("host", host).body(()).unwrap(), b"");
        }
    }

    #[test]
    fn the_gateway_decides_what_was_forwarded() {
        let request = Request::get("/")
            .header("x-forwarded-proto", "no scheme")
            .header("x-forwarded-for", "192.0.2.1")
            .body(())
            .unwrap();
        let request = read(request, b"").unwrap();
        assert_eq!(request.headers()["x-forwarded-proto"], "http");
        assert_eq!(request.headers()["x-forwarded-for"], "192.0.2.1, 10.0.0.9");
    }

    #[test]
    fn repeated_headers_are_joined_and_cookies_kept_apart() {
        let request = Request::get("/")
            .header("x-client-id", "a")
            .header("x-client-id", "b")
            .header("cookie", "c=1; d=2")
            .body(())
            .unwrap();
        let request = read(request, b"").unwrap();
        assert_eq!(request.headers()["x-client-id"], "a,b");
        assert_eq!(request.headers()["cookie"], "c=1; d=2");
    }

    #[test]
    fn json_arrives_as_text_and_every_other_body_as_bytes() {
        let post = |kind: &str| Request::post("/").header("content-type", kind).body(()).unwrap();
        let body = |kind, bytes| read(post(kind), bytes).unwrap().into_body();
        assert_eq!(body("application/json; charset=utf-8", b"{}"), Body::Text("{}".to_owned()));
        assert_eq!(body("application/octet-stream", b"{}"), Body::Binary(b"{}".to_vec()));
        assert_eq!(body("application/json", b"\xff\x00"), Body::Binary(b"\xff\x00".to_vec()));
        assert_eq!(body("application/json", b""), Body::Empty);
        let zipped = Request::post("/").header("content-encoding", "gzip").body(()).unwrap();
        assert_eq!(read(zipped, b"{}").unwrap().into_body(), Body::Binary(b"{}".to_vec()));
    }

    #[test]
    fn the_request_id_is_the_gateways() {
        let context = read(get("/"), b"").unwrap().request_context();
        let lambda_http::request::RequestContext::ApiGatewayV2(context) = context else {
            unreachable!("the only kind of event");
        };
        assert_eq!(context.request_id.as_deref(), Some("arrival-1"));
        assert_eq!(context.http.source_ip.as_deref(), Some("10.0.0.9"));
        assert_eq!(context.route_key.as_deref(), Some("GET /v1/charges/{id}"));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(answer(b"{}").is_none());
        assert!(answer(br#"{"statusCode":7,"headers":{},"multiValueHeaders":{},"cookies":[]}"#).is_none());
        let good = answer(br#"{"statusCode":201,"headers":{"a":"b"},"multiValueHeaders":{},"cookies":["c=1","d=2"]}"#);
        let good = good.unwrap();
        assert_eq!((good.status().as_u16(), good.headers().get_all("set-cookie").iter().count()), (201, 2));
    }
}
