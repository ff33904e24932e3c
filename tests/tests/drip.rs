//! Drip: a page at the provider's, the browser's return from that page, and refunds that end at once.

use std::time::Duration;

use domain::{limits::RETURN_PAUSE, method::PaymentType::Drip};
use futures::future::join_all;
use reqwest::{Method, redirect::Policy};
use serde_json::json;
use tests::{
    Answer, TestHub,
    bank::{BankReply, reference},
    fixture::{Fixture, details},
    samples::{DECLINED, by_card, by_drip, drip_charge, events, pix_charge, session, summary, with, without},
    session::{Session, in_millis},
};

const DAY: Duration = Duration::from_hours(24);

/// A charge by Drip of so many minor units: its answer.
async fn create(hub: &TestHub, amount: u64) -> Answer {
    let body = with(drip_charge(&hub.merchant.id), "/amount", json!(amount));
    hub.merchant.creates_charge(&body).await
}

/// A session of 100 minor units that accepts Drip and card.
async fn order(hub: &TestHub) -> Session {
    let methods = json!([{"paymentType": "drip"}, {"paymentType": "credit"}]);
    hub.merchant.creates_session(&with(session(&hub.merchant.id), "/paymentMethods", methods)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_the_page_and_echoes_all_that_was_sent() {
    let hub = TestHub::build().await;
    let body = with(drip_charge(&hub.merchant.id), "/paymentMethod/maxInstallments", json!(4));
    let items = json!([
        {"id": "1", "title": "Ração", "quantity": 2, "unitPrice": 50},
        {"id": "2", "title": "Frete", "quantity": 1, "unitPrice": 0},
    ]);
    let body = with(body, "/paymentMethod/items", items);
    let made = hub.merchant.creates_charge(&body).await;
    let page = made.text("/paymentMethod/paymentUrl");
    assert!(page.starts_with("https://pay.sandbox.example/checkouts/"), "{page}");
    let shown = with(body["paymentMethod"].clone(), "/paymentUrl", json!(page));
    assert_eq!(made.body["paymentMethod"], shown);
    assert_eq!(made.body["transactionRequests"][0]["drip"], without(shown.clone(), "/paymentType"));
    assert_eq!(summary(&made), "pending 150: pending success 150");
    assert_eq!((made.text("/paymentSource/sourceType"), &made.body["capture"]), ("customer", &json!(true)));
    assert_eq!(hub.merchant.reads_charge(made.text("/id")).await.body, made.body, "as it was answered");
    assert_eq!(events(&hub, made.text("/id")).await, ["pending"]);

    // A paid charge still has the address of its page (Malga's page "Drip").
    let id = made.text("/id");
    hub.provider.notifies(&hub.bank.pay(&reference(id, 1), 150)).await;
    let paid = hub.merchant.reads_charge(id).await;
    assert_eq!(summary(&paid), "authorized 150: authorization success 150, pending success 150");
    assert_eq!((&paid.body["paymentMethod"], paid.text("/transactionRequests/0/providerType")), (&shown, "DRIP"));
    assert_eq!(events(&hub, id).await, ["pending", "authorized"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_drip_cannot_do_without_is_required() {
    let fixture = Fixture::open().await;
    let good = drip_charge(&fixture.hub.merchant.id);
    let long = format!("https://loja.example/{}", "a".repeat(2048));
    let changes = [
        ("items", json!([]), "items should not be empty"),
        ("items/0/quantity", json!(0), "items.0.quantity must be a positive number"),
        ("items/0/unitPrice", json!(-1), "items.0.unitPrice must not be less than 0"),
        ("items/0/title", json!(""), "items.0.title should not be empty"),
        ("items/0/id", json!(7), "items.0.id must be a string"),
        ("browser", json!("Firefox"), "browser must be an object"),
        ("browser/ipAddress", json!("localhost"), "browser.ipAddress must be an ip address"),
        ("maxInstallments", json!(0), "maxInstallments must be a positive number"),
        ("maxInstallments", json!(100), "maxInstallments must not be greater than 99"),
        ("successRedirectUrl", json!(long), "successRedirectUrl must be shorter than or equal to 2048 characters"),
    ];
    for (field, value, problem) in changes {
        let change = (&*format!("/paymentMethod/{field}"), value, &*format!("paymentMethod.{problem}"));
        fixture.each("/v1/charges", &good, &[change]).await;
    }
    for field in ["items", "browser", "browser/browserFingerprint", "successRedirectUrl", "cancelRedirectUrl"] {
        let body = without(good.clone(), &format!("/paymentMethod/{field}"));
        let problem = format!("paymentMethod.{} should not be empty", field.replace('/', "."));
        assert_eq!(fixture.problems(&Method::POST, "/v1/charges", &body).await.last(), Some(&problem));
    }
    fixture.hub.assert_books_agree().await;
}

/// Nothing that a browser takes for another place, or for a program, is ever one of the merchant's pages.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_to_come_back_to_are_web_addresses() {
    let fixture = Fixture::open().await;
    let good = drip_charge(&fixture.hub.merchant.id);
    for address in [
        "javascript:alert(1)",
        "data:text/html,hello",
        "//evil.example",
        "/success",
        "loja.example/success",
        "https://",
        "https://loja.example@evil.example/",
        "https://evil.example\\@loja.example/",
        "https://loja.example/\r\nset-cookie: a=b",
        "https://loja.example/caf\u{e9}",
        "ftp://loja.example/",
    ] {
        for field in ["successRedirectUrl", "cancelRedirectUrl"] {
            let problem = format!("paymentMethod.{field} must be a URL address of http or https without credentials");
            let change = (&*format!("/paymentMethod/{field}"), json!(address), &*problem);
            fixture.each("/v1/charges", &good, &[change]).await;
        }
    }
    fixture.hub.assert_books_agree().await;
}

/// Malga's page "Drip": the shopper needs a complete address, sent along or stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_without_a_complete_address_is_refused_before_anything_is_sent() {
    let hub = TestHub::build().await;
    let good = drip_charge(&hub.merchant.id);
    let without_address = without(good.clone(), "/paymentSource/customer/address");
    let refused = hub.refuses(hub.merchant.post("/v1/charges", &without_address), 400).await;
    assert!(refused.body.to_string().contains("address"), "{}", refused.body);
    for part in ["street", "streetNumber", "zipCode", "country", "state", "district", "city"] {
        let incomplete = without(good.clone(), &format!("/paymentSource/customer/address/{part}"));
        let problems = details(&hub.refuses(hub.merchant.post("/v1/charges", &incomplete), 400).await);
        let field = format!("paymentSource.customer.address.{part} ");
        assert!(!problems.is_empty() && problems.iter().all(|problem| problem.starts_with(&field)), "{problems:?}");
    }
    let shopper = without_address["paymentSource"]["customer"].clone();
    let stored = hub.merchant.post("/v1/customers", &shopper).await.expect(201);
    let by_id = json!({"sourceType": "customer", "customerId": stored.text("/id")});
    let by_id = with(good.clone(), "/paymentSource", by_id);
    let message = "Drip needs a customer with a complete address; nothing was charged. Add it to the customer";
    let refused = hub.refuses(hub.merchant.post("/v1/charges", &by_id), 400).await;
    assert_eq!((refused.text("/error/type"), refused.text("/error/message")), ("invalid_request_error", message));

    let address = json!({"address": good["paymentSource"]["customer"]["address"]});
    let path = format!("/v1/customers/{}", stored.text("/id"));
    let changed = hub.merchant.patch(&path, &address).await;
    assert!(changed.status < 300, "{}", changed.body);
    let made = hub.merchant.creates_charge(&by_id).await;
    assert_eq!((made.text("/status"), made.text("/customerId")), ("pending", stored.text("/id")));
    // A stored customer needs no stored address if the request sends one.
    assert_eq!(hub.merchant.creates_charge(&good).await.text("/customerId"), stored.text("/id"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_its_shopper_rejects_or_does_not_pay_fails() {
    let hub = TestHub::build().await;
    let (rejected, unpaid, unnotified) = (create(&hub, 150).await, create(&hub, 150).await, create(&hub, 150).await);
    hub.provider.notifies(&hub.bank.reject(&reference(rejected.text("/id"), 1))).await;
    // The shopper rejects this one, and the bank's notification does not arrive.
    let _ = hub.bank.reject(&reference(unnotified.text("/id"), 1));
    let failed = hub.merchant.reads_charge(rejected.text("/id")).await;
    assert_eq!(summary(&failed), "failed 150: authorization failed 150, pending success 150");
    assert_eq!(failed.text("/transactionRequests/0/providerError/declinedCode"), "generic");
    hub.pass(DAY.saturating_sub(Duration::from_mins(1))).await;
    assert_eq!(hub.merchant.reads_charge(unpaid.text("/id")).await.text("/status"), "pending");
    hub.pass(Duration::from_mins(2)).await;
    for made in [&rejected, &unpaid, &unnotified] {
        let id = made.text("/id");
        assert_eq!(
            summary(&hub.merchant.reads_charge(id).await),
            "failed 150: authorization failed 150, pending success 150"
        );
        assert_eq!(events(&hub, id).await, ["pending", "failed"]);
        assert_eq!(hub.merchant.voids(id, &json!({})).await.status, 400);
    }
    // The shopper can still pay.
    let late = unpaid.text("/id");
    hub.provider.notifies(&hub.bank.pay(&reference(late, 1), 150)).await;
    assert_eq!(hub.merchant.reads_charge(late).await.text("/status"), "authorized");
    assert_eq!(events(&hub, late).await, ["pending", "failed", "authorized"]);
    hub.assert_books_agree().await;
}

/// Malga's page "Drip", table of events: `failed` is a payment that could not be registered.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_opened_fails() {
    let hub = TestHub::build().await;
    let open = create(&hub, 993).await;
    assert_eq!(
        (summary(&open).as_str(), open.text("/paymentMethod/paymentUrl")),
        ("pending 993: pending processing 993", "")
    );
    assert_eq!(events(&hub, open.text("/id")).await, [""; 0]);
    hub.pass(Duration::from_mins(2)).await;
    assert_eq!(summary(&hub.merchant.reads_charge(open.text("/id")).await), "failed 993: pending failed 993");
    assert_eq!(events(&hub, open.text("/id")).await, ["failed"]);
    let lost = create(&hub, 992).await;
    hub.pass(Duration::from_mins(2)).await;
    let found = hub.merchant.reads_charge(lost.text("/id")).await;
    assert!(!found.text("/paymentMethod/paymentUrl").is_empty());
    assert_eq!((found.text("/status"), events(&hub, lost.text("/id")).await), ("pending", vec!["pending"]));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_end_at_once_in_full_and_in_parts() {
    let hub = TestHub::build().await;
    let id = hub.sells(Drip, 1200).await;
    let before = "authorization success 1200, pending success 1200";
    let part = hub.merchant.voids(&id, &json!({"amount": 200})).await.expect(201);
    assert_eq!(summary(&part), format!("authorized 1000: void success 200, {before}"));
    let refused = hub.merchant.voids(&id, &json!({"amount": 991})).await.expect(201);
    assert_eq!(summary(&refused), format!("authorized 1000: void failed 991, void success 200, {before}"));
    assert_eq!(
        hub.merchant.voids(&id, &json!({"amount": 1001})).await.expect(400).text("/error/type"),
        "invalid_request_error"
    );
    hub.bank.expect([BankReply::LoseAnswer]);
    let open = hub.merchant.voids(&id, &json!({"amount": 300})).await.expect(201);
    assert!(summary(&open).starts_with("authorized 1000: void processing 300, "), "{}", summary(&open));
    hub.pass(Duration::from_mins(2)).await;
    assert!(summary(&hub.merchant.reads_charge(&id).await).starts_with("authorized 700: void success 300, "));
    let rest = hub.merchant.voids(&id, &json!({})).await.expect(201);
    assert!(summary(&rest).starts_with("voided 0: void success 700, "), "{}", summary(&rest));
    assert_eq!(events(&hub, &id).await, ["pending", "authorized", "voided", "voided", "voided"]);
    assert_eq!(hub.merchant.captures(&id, &json!({})).await.status, 400);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_waits_for_the_page_and_is_paid_by_it() {
    let hub = TestHub::build().await;
    let order = order(&hub).await;
    let waiting = hub.shopper.pays(&order, &by_drip()).await.expect(201);
    assert_eq!((waiting.text("/status"), hub.merchant.session_status(&order).await.as_str()), ("pending", "created"));
    assert!(!waiting.text("/paymentMethod/paymentUrl").is_empty());
    // Drip can undo a paid order only: another payment takes the session's lock, and the page stays payable.
    let declined = hub.shopper.pays(&order, &by_card(DECLINED)).await.expect(201);
    assert_eq!((declined.text("/status"), hub.merchant.session_status(&order).await.as_str()), ("failed", "created"));
    assert_eq!(hub.merchant.reads_charge(waiting.text("/chargeId")).await.text("/status"), "pending");
    let id = waiting.text("/chargeId");
    hub.provider.notifies(&hub.bank.pay(&reference(id, 1), 100)).await;
    assert_eq!(hub.merchant.session_status(&order).await, "paid");
    assert_eq!(hub.merchant.voids(&order.id, &json!({})).await.expect(201).text("/status"), "voided");
    assert_eq!(hub.merchant.session_status(&order).await, "voided");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_lives_no_longer_than_its_session() {
    let hub = TestHub::build().await;
    let body = with(session(&hub.merchant.id), "/paymentMethods", json!([{"paymentType": "drip"}]));
    let due = json!(in_millis(&hub, 3_600_000).to_string());
    let order = hub.merchant.creates_session(&with(body, "/dueDate", due)).await;
    let waiting = hub.shopper.pays(&order, &by_drip()).await.expect(201);
    hub.pass(Duration::from_mins(61)).await;
    assert_eq!(hub.merchant.reads_charge(waiting.text("/chargeId")).await.text("/status"), "failed");
    assert_eq!(hub.merchant.session_status(&order).await, "created");
    hub.assert_books_agree().await;
}

/// Where the provider's page sends browsers back to: the address without its query.
async fn return_path(hub: &TestHub) -> String {
    let other = create(hub, 150).await;
    let update = hub.bank.reject(&reference(other.text("/id"), 1));
    hub.provider.notifies(&update).await;
    update.path().to_owned()
}

/// A browser that comes back: the status, and the address of the redirect.
async fn come_back(hub: &TestHub, path: &str, query: &str) -> (u16, String) {
    let browser = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let answer = browser.get(format!("{}{path}{query}", hub.merchant.url())).send().await.unwrap();
    let place = answer.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
    (answer.status().as_u16(), place.unwrap_or_default())
}

const SUCCESS: &str = "https://loja.example/success";
const CANCEL: &str = "https://loja.example/cancel";

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_comes_back_is_redirected_and_the_hub_asks_the_bank_whether_it_paid() {
    let hub = TestHub::build().await;
    let back = return_path(&hub).await;
    let made = create(&hub, 150).await;
    let (id, payment) = (made.text("/id"), reference(made.text("/id"), 1));
    let success = format!("?reference={payment}&to=success");
    // Not paid, whatever the browser says.
    let queries = hub.bank.queries();
    assert_eq!(come_back(&hub, &back, &success).await, (302, SUCCESS.to_owned()));
    hub.clock().advance(RETURN_PAUSE);
    assert_eq!(come_back(&hub, &back, &format!("?to=cancel&reference={payment}")).await, (302, CANCEL.to_owned()));
    assert_eq!((hub.bank.queries(), hub.merchant.reads_charge(id).await.text("/status")), (queries + 2, "pending"));
    // Paid, and no notification came.
    let update = hub.bank.pay(&payment, 150);
    hub.clock().advance(RETURN_PAUSE);
    assert_eq!(come_back(&hub, &back, &success).await, (302, SUCCESS.to_owned()));
    let paid = hub.merchant.reads_charge(id).await;
    assert_eq!(summary(&paid), "authorized 150: authorization success 150, pending success 150");
    assert_eq!(hub.bank.queries(), queries + 3);
    // The hub knows the outcome and does not ask again. The notification changes nothing.
    assert_eq!(come_back(&hub, &back, &success).await, (302, SUCCESS.to_owned()));
    hub.provider.notifies(&update).await;
    assert_eq!((hub.bank.queries(), hub.merchant.reads_charge(id).await.body), (queries + 3, paid.body));
    assert_eq!(events(&hub, id).await, ["pending", "authorized"]);
    hub.assert_books_agree().await;
}

/// Whoever knows the address of the page may open it as often as they like.
#[tokio::test(flavor = "multi_thread")]
async fn browsers_that_come_back_at_once_or_again_and_again_make_the_hub_ask_once_in_ten_seconds() {
    let hub = TestHub::build().await;
    let back = return_path(&hub).await;
    let made = create(&hub, 150).await;
    let payment = reference(made.text("/id"), 1);
    let success = format!("?reference={payment}&to=success");
    let queries = hub.bank.queries();
    hub.engine.gather("GetItem CHARGE", 25); // all have read the charge before one of them marks it
    let returned = join_all((0..25).map(|_| come_back(&hub, &back, &success))).await;
    assert!(returned.iter().all(|answer| *answer == (302, SUCCESS.to_owned())), "{returned:?}");
    for _ in 0..25 {
        assert_eq!(come_back(&hub, &back, &success).await, (302, SUCCESS.to_owned()));
    }
    assert_eq!(hub.bank.queries(), queries + 1);
    hub.clock().advance(RETURN_PAUSE / 2);
    assert_eq!(come_back(&hub, &back, &success).await.0, 302);
    assert_eq!(hub.bank.queries(), queries + 1);
    hub.clock().advance(RETURN_PAUSE / 2);
    assert_eq!(come_back(&hub, &back, &success).await.0, 302);
    assert_eq!(hub.bank.queries(), queries + 2);
    // Another charge has a pause of its own.
    let other = reference(create(&hub, 150).await.text("/id"), 1);
    assert_eq!(come_back(&hub, &back, &format!("?reference={other}&to=success")).await.0, 302);
    assert_eq!(hub.bank.queries(), queries + 3);
    // What is printed of the charge, and its events, are as before.
    assert_eq!(hub.merchant.reads_charge(made.text("/id")).await.body, made.body);
    assert_eq!(events(&hub, made.text("/id")).await, ["pending"]);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_comes_back_pays_a_session_too() {
    let hub = TestHub::build().await;
    let back = return_path(&hub).await;
    let order = order(&hub).await;
    let payment = reference(hub.shopper.pays(&order, &by_drip()).await.expect(201).text("/chargeId"), 1);
    let _ = hub.bank.pay(&payment, 100);
    assert_eq!(come_back(&hub, &back, &format!("?reference={payment}&to=success")).await.0, 302);
    assert_eq!(hub.merchant.session_status(&order).await, "paid");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_not_redirected_shows_a_page_that_can_do_nothing() {
    let hub = TestHub::build().await;
    let address = format!("{}/v1/callbacks/DRIP/x?reference=1&to=success", hub.merchant.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let opened = client.get(&address).header("sec-fetch-mode", "navigate").send().await.unwrap();
    let header = |name: &str| opened.headers()[name].to_str().unwrap().to_owned();
    assert_eq!((opened.status().as_u16(), header("content-type")), (404, "text/html; charset=utf-8".to_owned()));
    assert_eq!(header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let page = opened.text().await.unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("Volte à loja"), "{page}");
    // The request of a script, or of a library, is no page.
    for (name, value) in [("sec-fetch-mode", "cors"), ("accept", "text/html")] {
        let asked = client.get(&address).header(name, value).send().await.unwrap();
        assert_eq!(asked.headers()["content-type"], "application/json; charset=utf-8", "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_redirected_only_to_the_pages_that_the_merchant_named() {
    let hub = TestHub::build().await;
    let back = return_path(&hub).await;
    let made = create(&hub, 150).await;
    let payment = reference(made.text("/id"), 1);
    let pix = hub.merchant.creates_charge(&pix_charge(&hub.merchant.id)).await;
    let stranger = hub.another_merchant().await;
    let theirs = stranger.creates_charge(&drip_charge(&stranger.id)).await;
    let unknown = "0".repeat(32);
    for query in [
        String::new(),
        "?".to_owned(),
        format!("?reference={payment}"),
        "?to=success".to_owned(),
        format!("?reference={payment}&to="),
        format!("?reference={payment}&to=https://evil.example"),
        format!("?reference={payment}&to=SUCCESS"),
        format!("?reference={}&to=success", made.text("/id")),
        format!("?reference={unknown}001&to=success"),
        "?reference=https://evil.example&to=success".to_owned(),
        format!("?reference={}&to=success", reference(pix.text("/id"), 1)),
        format!("?reference={}&to=success", reference(theirs.text("/id"), 1)),
    ] {
        assert_eq!(come_back(&hub, &back, &query).await, (404, String::new()), "{query}");
    }
    for more in ["url=https://evil.example", "successRedirectUrl=https://evil.example", "to=https://evil.example"] {
        let (status, place) = come_back(&hub, &back, &format!("?reference={payment}&to=success&{more}")).await;
        assert!((status, place.as_str()) == (302, SUCCESS) || (status, place.as_str()) == (404, ""), "{more}: {place}");
    }
    let others = back.replace("/DRIP/", "/STRIPE/");
    for path in [&others, &format!("{back}A"), "/v1/callbacks/DRIP/x"] {
        let query = format!("?reference={payment}&to=success");
        assert_eq!(come_back(&hub, path, &query).await, (404, String::new()), "{path}");
    }
    hub.assert_books_agree().await;
}
