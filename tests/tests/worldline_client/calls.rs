//! From where the client API is called, and what a call costs.

use reqwest::Method;
use serde_json::json;
use tests::{TestHub, engine::Call, worldline::error};

use crate::page::{IN_BRAZIL, Page};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_may_call_it_from_any_page_and_reads_what_refuses_it() {
    let hub = TestHub::build().await;
    let path = format!("/client/v1/{}/products", Page::open(&hub).await.customer);
    let asked = "authorization,content-type,x-gcs-clientmetainfo";
    let preflight = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", asked),
    ];
    let answer = hub.merchant.send_with(Method::OPTIONS, &path, &preflight, None).await.unwrap().expect(204);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let allowed = answer.headers["access-control-allow-headers"].to_str().unwrap();
    for header in asked.split(',') {
        assert!(allowed.split(',').any(|one| one == header), "{header} is not in {allowed}");
    }
    let origin = [("origin", "https://shop.example"), ("authorization", "GCS v1Client:none")];
    let refused = hub.merchant.send_with(Method::GET, &path, &origin, None).await.unwrap();
    assert_eq!(error(&refused), (403, "9002"));
    assert_eq!(refused.headers["access-control-allow-origin"], "*");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_read() {
    let hub = TestHub::build().await;
    let page = Page::open(&hub).await;
    let queries = [
        format!("/products?{IN_BRAZIL}&hide=fields"),
        format!("/products/1?{IN_BRAZIL}"),
        format!("/productgroups?{IN_BRAZIL}"),
        format!("/productgroups/cards?{IN_BRAZIL}"),
        "/crypto/publickey".to_owned(),
    ];
    let assert_one_read = |calls: &[Call], path: &str| {
        assert_eq!(calls.iter().map(Call::what).collect::<Vec<_>>(), ["GetItem WLSESSION"], "{path}");
    };
    page.get("/crypto/publickey").await.assert_status(200); // the pair is made, and then cached like the merchant
    for path in &queries {
        let _ = hub.engine.take_calls();
        page.get(path).await.assert_status(200);
        assert_one_read(&hub.engine.take_calls(), path);
    }
    let context = json!({"countryCode": "BR", "amountOfMoney": {"amount": 1000, "currencyCode": "BRL"}});
    page.asks_iin(&json!({"bin": "491674", "paymentContext": context})).await.assert_status(200);
    assert_one_read(&hub.engine.take_calls(), "getIINdetails");
}
