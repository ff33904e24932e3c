//! Signed requests: what a signature is over, and what is refused.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::{
    Answer, TestHub,
    worldline::{Server, error},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

type Headers = Vec<(String, String)>;

/// A request to make a client session, whose headers `change` makes of the right ones.
async fn sent(server: &Server, change: impl FnOnce(&mut Headers)) -> Answer {
    let path = server.path("/sessions");
    let mut headers = server.signed("POST", &path, &[("X-GCS-Idempotence-Key", "key")]);
    change(&mut headers);
    server.send_as_is(Method::POST, &path, &headers, Some("{}".to_owned())).await
}

fn set(name: &'static str, value: &str) -> impl FnOnce(&mut Headers) {
    let value = value.to_owned();
    move |headers| headers.iter_mut().filter(|(own, _)| own == name).for_each(|header| header.1.clone_from(&value))
}

fn without(name: &'static str) -> impl FnOnce(&mut Headers) {
    move |headers| headers.retain(|(own, _)| own != name)
}

fn and(name: &str, value: &str) -> impl FnOnce(&mut Headers) {
    let header = (name.to_owned(), value.to_owned());
    move |headers| headers.push(header)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_its_key_has_not_signed_is_refused_and_stores_nothing() {
    let hub = TestHub::build().await;
    let server = Server::of(&hub.merchant);
    let stored = hub.everything_stored().await.len();
    let signature = server.signed("POST", &server.path("/sessions"), &[]).pop().unwrap().1;
    let (start, bare) = signature.rsplit_once(':').unwrap();
    let other_key = Server { key: "c1db83fa-723c-4e1f-9722-bc19d1be6791".to_owned(), ..server.clone() };
    let no_key = Server { key: "5e45c937b9db33ae".to_owned(), ..server.clone() };
    let other_secret = Server { secret: format!("{}x", server.secret), ..server.clone() };
    let right = |_: &mut Headers| {};
    let answers = [
        ("no authorization", sent(&server, without("Authorization")).await),
        ("an empty one", sent(&server, set("Authorization", "")).await),
        ("another scheme", sent(&server, set("Authorization", &signature.replace("v1HMAC", "v1Client"))).await),
        ("the scheme in small letters", sent(&server, set("Authorization", &signature.to_lowercase())).await),
        ("no signature", sent(&server, set("Authorization", start)).await),
        ("half a signature", sent(&server, set("Authorization", &format!("{start}:{}", &bare[..20]))).await),
        ("no key", sent(&server, set("Authorization", &format!("GCS v1HMAC::{bare}"))).await),
        ("the signature of another request", sent(&server, set("Authorization", &signature)).await),
        ("two authorizations", sent(&server, and("Authorization", &signature)).await),
        ("an unknown key", sent(&other_key, right).await),
        ("a key that is no id", sent(&no_key, right).await),
        ("another secret", sent(&other_secret, right).await),
        ("no date", sent(&server, without("Date")).await),
        ("a date that is none", sent(&server, set("Date", "today")).await),
        ("another date", sent(&server, set("Date", "Fri, 06 Jun 2014 13:39:43 GMT")).await),
        ("another content type", sent(&server, set("Content-Type", "text/plain")).await),
        ("another idempotence key", sent(&server, set("X-GCS-Idempotence-Key", "other")).await),
        ("no idempotence key", sent(&server, without("X-GCS-Idempotence-Key")).await),
        ("two idempotence keys", sent(&server, and("X-GCS-Idempotence-Key", "key")).await),
        ("two dates", sent(&server, and("Date", "Fri, 06 Jun 2014 13:39:43 GMT")).await),
        ("two content types", sent(&server, and("Content-Type", "text/plain")).await),
        ("one more header", sent(&server, and("X-GCS-Other", "1")).await),
    ];
    for (what, answer) in &answers {
        assert_eq!(error(answer), (403, "9002"), "{what}");
        assert_eq!(answer.text("/errors/0/id"), "MISSING_OR_INVALID_AUTHORIZATION");
    }
    assert_eq!(hub.everything_stored().await.len(), stored);
    sent(&server, right).await.assert_status(200);
    // Headers without the prefix are not signed.
    sent(&server, and("X-Forwarded-For", "10.0.0.1")).await.assert_status(200);
}

/// The answer to these bytes: its status line and the rest.
async fn answer_to(hub: &TestHub, request: &str) -> String {
    let mut socket = TcpStream::connect(hub.merchant.url().strip_prefix("http://").unwrap()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The library for Node sends every body in chunks, and no length. The body is not signed, and neither are its chunks.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_chunks_is_read_as_any_other() {
    let hub = TestHub::build().await;
    let server = Server::of(&hub.merchant);
    let path = server.path("/sessions");
    for (chunks, status, what) in [
        ("5\r\n{\"tok\r\nb\r\nens\":[\"a\"]}\r\n0\r\n\r\n", "200", r#""invalidTokens":["a"]"#),
        ("2\r\n{}\r\n0\r\n\r\n", "200", "clientSessionId"),
        ("0\r\n\r\n", "200", "clientSessionId"),
        ("1\r\n{\r\n0\r\n\r\n", "400", r#""code":"1099""#),
        ("zz\r\n{}\r\n0\r\n\r\n", "400", ""),
    ] {
        let mut request = format!("POST {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n");
        for (name, value) in server.signed("POST", &path, &[]) {
            request.extend([&name, ": ", &value, "\r\n"]);
        }
        let answer = answer_to(&hub, &format!("{request}Transfer-Encoding: chunked\r\n\r\n{chunks}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(what), "{chunks:?}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_was_signed_just_now_by_the_clock_of_its_caller() {
    let hub = TestHub::build().await;
    let (server, now) = (Server::of(&hub.merchant), hub.clock().real_time());
    let path = server.path("/sessions");
    let send = async |at| {
        let headers = server.signed_at(at, "POST", &path, &[]);
        server.send_as_is(Method::POST, &path, &headers, Some("{}".to_owned())).await
    };
    let (near, far) = (Duration::from_mins(14), Duration::from_mins(16));
    for (at, status) in [(now.minus(near), 200), (now.plus(near), 200), (now.minus(far), 403), (now.plus(far), 403)] {
        send(at).await.assert_status(status);
    }
    // The test clock moves the hub's time alone.
    hub.clock().advance(Duration::from_hours(24 * 30));
    send(now).await.assert_status(200);
}

/// The gateway takes a path as it is: one with a doubled slash is that of no route, however it was signed.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_a_doubled_slash_is_none_of_this_api() {
    let hub = TestHub::build().await;
    let (server, stored) = (Server::of(&hub.merchant), hub.everything_stored().await.len());
    let right = server.path("/sessions");
    let doubled = [format!("/{right}"), right.replace("/sessions", "//sessions")];
    for (path, signed) in doubled.iter().flat_map(|path| [(path, path), (path, &right)]) {
        let headers = server.signed("POST", signed, &[]);
        let answer = server.send_as_is(Method::POST, path, &headers, Some("{}".to_owned())).await;
        assert_eq!(error(&answer), (404, "404"), "{path}");
        let asked = format!("RESOURCE_NOT_FOUND: this hub does not offer POST {path}");
        assert_eq!((answer.text("/errors/0/id"), answer.text("/errors/0/message")), ("RESOURCE_NOT_FOUND", &*asked));
    }
    assert_eq!(hub.everything_stored().await.len(), stored);
    server.post(&right, &json!({})).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_the_merchants_of_its_account_alone() {
    let hub = TestHub::build().await;
    let (server, stranger) = (Server::of(&hub.merchant), hub.another_merchant().await);
    let provider = json!({"name": "STRIPE", "credentials": {"type": "sandbox"}});
    let second = hub.merchant.post("/v1/merchants", &json!({"mcc": "5912", "providers": [provider]})).await.expect(201);
    let path = |merchant: &str| format!("/v1/{merchant}/sessions");
    server.post(&path(second.text("/id")), &json!({})).await.assert_status(200);
    hub.merchant.delete(&format!("/v1/merchants/{}", second.text("/id"))).await.assert_status(204);
    for merchant in [second.text("/id"), &stranger.id, "c1db83fa-723c-4e1f-9722-bc19d1be6791", "1234"] {
        let refused = server.post(&path(merchant), &json!({})).await;
        assert_eq!(error(&refused), (403, "9007"), "{merchant}");
        assert_eq!(refused.text("/errors/0/id"), "ACCESS_TO_MERCHANT_NOT_ALLOWED");
        let said = "merchantId must be the id of a merchant of the key's account, a UUID";
        assert!(refused.text("/errors/0/message").contains(said), "{}", refused.body);
    }
    // Without the key's signature every merchant is refused alike.
    let unsigned = Server { secret: "x".to_owned(), ..server };
    for merchant in [&hub.merchant.id, &stranger.id] {
        assert_eq!(error(&unsigned.post(&path(merchant), &json!({})).await), (403, "9002"));
    }
}
