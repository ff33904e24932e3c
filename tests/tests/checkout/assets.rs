//! What the pages and merchants' pages load: how large it is, for how long it is kept, and its hash.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use ring::digest::{SHA384, digest};
use tests::{Answer, TestHub, hub::PUBLIC_URL};

use crate::{linked, opens};

const COMPONENT: &str = "/checkout/catraca-checkout.js";
/// What a merchant's page and the frame in it load together, compressed as browsers ask for it.
const MOST: usize = 30 * 1024;

/// The path of the script of both pages.
async fn form(hub: &TestHub) -> String {
    let hashes = hub.merchant.get("/checkout/integrity.json").await.expect(200);
    let paths = hashes.body["scripts"].as_object().unwrap().keys().cloned();
    let form: Vec<String> = paths.filter(|path| path.starts_with("/checkout/assets/form-")).collect();
    assert_eq!(form.len(), 1, "{}", hashes.body);
    form.into_iter().next().unwrap()
}

async fn file(hub: &TestHub, path: &str, headers: &[(&str, &str)]) -> (Answer, Vec<u8>) {
    hub.shopper.opens(&format!("{PUBLIC_URL}{path}"), headers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn component_frame_and_form_weigh_no_more_than_thirty_kilobytes() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let mut weights = Vec::new();
    for path in [COMPONENT, &format!("/checkout/frame/{}", order.id), &form(&hub).await] {
        let (answer, body) = file(&hub, path, &[("accept-encoding", "gzip, deflate, br")]).await;
        answer.assert_status(200);
        weights.push((path.to_owned(), answer.headers["content-encoding"].to_str().unwrap().to_owned(), body.len()));
    }
    assert!(weights.iter().map(|(_, _, weight)| weight).sum::<usize>() <= MOST, "{weights:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_the_coding_that_it_takes() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    for path in [COMPONENT, &form(&hub).await] {
        let (plain, all) = file(&hub, path, &[]).await;
        assert!(plain.headers.get("content-encoding").is_none());
        for (accepted, coding) in [("br", "br"), ("BR", "br"), ("gzip", "gzip"), ("br; Q=0, Gzip", "gzip")] {
            let (answer, body) = file(&hub, path, &[("accept-encoding", accepted)]).await;
            assert_eq!(answer.headers["content-encoding"], coding);
            assert!(body.len() < all.len() / 2, "{path} {coding}");
        }
        assert!(plain.headers["vary"].to_str().unwrap().contains("Accept-Encoding"));
    }
    let page = format!("/pay/{}", order.id);
    let (packed, body) = file(&hub, &page, &[("accept-encoding", "gzip")]).await;
    let (plain, html) = opens(&hub, &page, &[("accept-encoding", "identity")]).await;
    assert_eq!((&packed.headers["content-encoding"], &body[..2]), (&"gzip".parse().unwrap(), &b"\x1f\x8b"[..]));
    assert!(plain.headers.get("content-encoding").is_none() && body.len() < html.len() / 2);
}

/// What checks links asks so.
#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_what_a_browser_loads_has_the_headers_of_its_get() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let former = "/checkout/assets/form-0000000000000000.js".to_owned();
    let [page, frame, absent] = [
        format!("/pay/{}", order.id),
        format!("/checkout/frame/{}", order.id),
        "/pay/c1db83fa-723c-4e1f-9722-bc19d1be6791".to_owned(),
    ];
    for (path, status) in
        [(page, 200), (frame, 200), (COMPONENT.to_owned(), 200), (form(&hub).await, 200), (absent, 404), (former, 404)]
    {
        let ask = async |method: Method| {
            let mut answer = hub.merchant.send_with(method, &path, &[], None).await.unwrap().expect(status);
            for other in ["content-length", "date", "apigw-requestid"] {
                answer.headers.remove(other);
            }
            answer.headers
        };
        assert_eq!(ask(Method::HEAD).await, ask(Method::GET).await, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_browsers_reach_by_tls_is_asked_by_tls_alone() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let parts = flows::Parts { public_url: Some("http://127.0.0.1:3000".parse().unwrap()), ..hub.parts() };
    let plain = hub.merchant_at(&flows::Hub::from(parts)).await;
    let paths =
        [format!("/pay/{}", order.id), format!("/checkout/frame/{}", order.id), COMPONENT.to_owned(), form(&hub).await];
    for path in paths {
        let (by_tls, _) = file(&hub, &path, &[]).await;
        assert_eq!(by_tls.headers["strict-transport-security"], "max-age=31536000", "{path}");
        let (without, _) = plain.shopper().opens(&format!("{PUBLIC_URL}{path}"), &[]).await;
        without.assert_status(200);
        assert!(without.headers.get("strict-transport-security").is_none(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hash_is_that_of_what_is_served() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let hashes = hub.merchant.get("/checkout/integrity.json").await.expect(200);
    let hash = |bytes: &[u8]| format!("sha384-{}", STANDARD.encode(digest(&SHA384, bytes)));
    for (path, expected) in hashes.body["scripts"].as_object().unwrap() {
        assert_eq!(hash(&file(&hub, path, &[]).await.1), expected.as_str().unwrap(), "{path}");
    }
    let (_, html) = opens(&hub, &format!("/pay/{}", order.id), &[]).await;
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    assert_eq!(hash(style.as_bytes()), hashes.text("/inlineStyle"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_is_kept_for_ever_and_the_component_for_five_minutes() {
    let hub = TestHub::build().await;
    let form = form(&hub).await;
    for (path, kept) in [(COMPONENT, "public, max-age=300"), (form.as_str(), "public, max-age=31536000, immutable")] {
        let (answer, script) = file(&hub, path, &[("origin", "https://shop.example")]).await;
        answer.assert_status(200);
        for (name, value) in [
            ("cache-control", kept),
            ("content-type", "text/javascript; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("access-control-allow-origin", "*"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
        // A cache does not give a page of another origin the answer that had no such header.
        assert!(answer.headers["vary"].to_str().unwrap().contains("Origin"));
        assert!(!script.is_empty());
        let tag = answer.headers["etag"].to_str().unwrap();
        let (again, nothing) = file(&hub, path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, nothing.len(), &again.headers["cache-control"]), (304, 0, &kept.parse().unwrap()));
    }
    // The form of a former deployment.
    let former = hub.merchant.get("/checkout/assets/form-0000000000000000.js").await.expect(404);
    assert_eq!(former.headers["cache-control"], "no-store");
    hub.merchant.get("/checkout/assets/..%2fcatraca-checkout.js").await.assert_status(404);
}
