//! The merchant's terms: what a session says wins over what its payment says, with every kind of key.

use std::time::Duration;

use domain::{merchant::ProviderType, method::PaymentType, time::Date};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    hub::PUBLIC_URL,
    samples::{
        APPROVED, by_boleto, by_card, by_drip, by_pix, card_charge, drip_charge, pix_charge, session, with, without,
    },
    session::Session,
};

const SHOP: &str = "https://shop.example";
const NOT_NAMED: &str = "successRedirectUrl and cancelRedirectUrl must lie under an origin that the merchant's setting \
                         redirectOrigins names; nothing was done. Set redirectOrigins by PATCH /v1/settings with the \
                         secret key";

/// A day so many days ahead.
fn in_days(hub: &TestHub, days: u16) -> String {
    Date::in_brazil(hub.clock().now()).plus_days(days).to_string()
}

/// What the merchant fixed: 3 installments, a minute for a Pix, all terms of a boleto, the pages of Drip.
fn terms(hub: &TestHub) -> Value {
    json!([
        {"paymentType": "credit", "installments": 3},
        {"paymentType": "pix", "expiresIn": 60},
        {
            "paymentType": "boleto", "expiresDate": in_days(hub, 3), "instructions": "Pagar no banco",
            "fine": {"days": 1, "amount": 500}, "interest": {"days": 1, "amount": 100},
        },
        {
            "paymentType": "drip", "maxInstallments": 4,
            "successRedirectUrl": format!("{SHOP}/ok"), "cancelRedirectUrl": format!("{SHOP}/no"),
        },
    ])
}

fn order(hub: &TestHub) -> Value {
    with(session(&hub.merchant.id), "/paymentMethods", terms(hub))
}

/// A public key of the account.
async fn public_key(hub: &TestHub, scope: &Value) -> Merchant {
    let made = hub.merchant.post("/v1/auth", &json!({"scope": scope})).await.expect(201);
    hub.merchant.with_key(made.text("/publicKey"))
}

/// Asks to change the merchant's settings.
async fn changes_settings(merchant: &Merchant, change: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("x-merchant-id", merchant.id.as_str())];
    let body = Some(change.to_string().into_bytes());
    merchant.send_beside(Method::PATCH, "/v1/settings", &headers, body).await.unwrap()
}

/// Pays with each kind of key that may pay a session, each time a session of its own: the answers.
async fn paid_by_each_key(hub: &TestHub, body: &Value) -> Vec<Answer> {
    let public = public_key(hub, &json!("sessions")).await;
    changes_settings(&hub.merchant, &json!({"redirectOrigins": [SHOP]})).await.assert_status(200);
    let by_public = public.creates_session(&order(hub)).await;
    let by_secret = hub.merchant.creates_session(&order(hub)).await;
    let by_shopper = hub.merchant.creates_session(&order(hub)).await;
    vec![
        hub.merchant.post(&by_secret.path("/charge"), body).await,
        hub.shopper.pays(&by_shopper, body).await,
        public.post(&by_public.path("/charge"), body).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn more_installments_than_the_session_says_are_refused() {
    let hub = TestHub::build().await;
    for refused in paid_by_each_key(&hub, &with(by_card(APPROVED), "/paymentMethod/installments", json!(4))).await {
        let details = &refused.expect(400).body["error"]["details"];
        assert_eq!(details, &json!(["paymentMethod.installments must not be greater than 3"]));
    }
    assert_eq!(hub.bank.creates(), 0);
    for installments in [json!(2), json!(3)] {
        let body = with(by_card(APPROVED), "/paymentMethod/installments", installments.clone());
        for paid in paid_by_each_key(&hub, &body).await {
            assert_eq!(paid.expect(201).body["paymentMethod"]["installments"], installments);
        }
    }
    let silent = without(by_card(APPROVED), "/paymentMethod/installments");
    for paid in paid_by_each_key(&hub, &silent).await {
        assert_eq!(paid.expect(201).body["paymentMethod"]["installments"], 3);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_names_no_installments_is_paid_at_once_and_says_so() {
    let hub = TestHub::build().await;
    let methods = json!([{"paymentType": "credit"}]);
    let made = hub.merchant.post("/v1/sessions", &with(session(&hub.merchant.id), "/paymentMethods", methods)).await;
    let shown = json!([{"paymentType": "credit", "installments": 1}]);
    assert_eq!(made.body["paymentMethods"], shown);
    let order = Session { id: made.text("/id").to_owned(), key: made.text("/publicKey").to_owned() };
    let two = with(by_card(APPROVED), "/paymentMethod/installments", json!(2));
    let refused = hub.shopper.pays(&order, &two).await.expect(400);
    let problem = "paymentMethod.installments must not be greater than 1";
    assert_eq!(refused.body["error"]["details"], json!([problem]));
    let paid = hub.shopper.pays(&order, &without(two, "/paymentMethod/installments")).await.expect(201);
    assert_eq!((&paid.body["paymentMethod"]["installments"], &paid.body["paymentMethods"]), (&json!(1), &shown));
    assert_eq!(hub.merchant.reads_session(&order).await.body["paymentMethods"], shown);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lives_no_longer_than_the_session_says() {
    let hub = TestHub::build().await;
    for (said, lives) in [(2_592_000, 60), (61, 60), (30, 30)] {
        for waiting in paid_by_each_key(&hub, &with(by_pix(), "/paymentMethod/expiresIn", json!(said))).await {
            let waiting = waiting.expect(201);
            assert_eq!(waiting.body["paymentMethod"]["expiresIn"], lives);
            let shown = hub.merchant.reads_charge(waiting.text("/chargeId")).await;
            assert_eq!(shown.body["paymentMethod"]["expiresIn"], lives);
        }
    }
    assert!(hub.bank.asked().iter().all(|create| create["payment"]["expiresIn"].as_u64() <= Some(60)));
    hub.pass(Duration::from_mins(2)).await;
    assert!(hub.charges().await.iter().all(|charge| charge.status().name() == "failed"));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terms_and_the_items_of_a_boleto_are_the_sessions() {
    let hub = TestHub::build().await;
    let others = json!({
        "paymentType": "boleto", "expiresDate": in_days(&hub, 300), "maxDaysPastDue": 365, "instructions": "Outras",
        "fine": {"days": 300, "amount": 1}, "interest": {"days": 300, "amount": 1},
        "items": [{"id": "9", "title": "outro", "quantity": 1, "unitPrice": 1}],
    });
    let item = json!({"id": "1", "title": "Item", "quantity": 1, "unitPrice": 100});
    let terms = &terms(&hub)[2];
    for body in [by_boleto(), with(by_boleto(), "/paymentMethod", others)] {
        for waiting in paid_by_each_key(&hub, &body).await {
            let method = waiting.expect(201).body["paymentMethod"].clone();
            for term in ["expiresDate", "instructions", "fine", "interest"] {
                assert_eq!(method[term], terms[term], "{term}");
            }
            assert_eq!((&method["items"], &method["maxDaysPastDue"]), (&json!([item]), &json!(null)));
        }
    }
    // A payment that prices the delay, where the session does not, moves no last day either.
    let due = in_days(&hub, 3);
    let methods = json!([{"paymentType": "boleto", "expiresDate": due}]);
    let order = hub.merchant.creates_session(&with(session(&hub.merchant.id), "/paymentMethods", methods)).await;
    let fined = with(by_boleto(), "/paymentMethod/fine", json!({"days": 1, "amount": 1}));
    let waiting = hub.shopper.pays(&order, &fined).await.expect(201);
    let method = &waiting.body["paymentMethod"];
    assert_eq!((&method["expiresDate"], &method["maxDaysPastDue"]), (&json!(due), &json!(0)));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_by_drip_has_the_sessions_pages_and_items_and_needs_nothing_more() {
    let hub = TestHub::build().await;
    let others = json!({"successRedirectUrl": "https://evil.example/a", "cancelRedirectUrl": "https://evil.example/b"});
    let mut elsewhere = by_drip();
    elsewhere["paymentMethod"].as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    for waiting in paid_by_each_key(&hub, &elsewhere).await {
        let method = waiting.expect(201).body["paymentMethod"].clone();
        assert_eq!(method["successRedirectUrl"], format!("{SHOP}/ok"));
        assert_eq!(method["cancelRedirectUrl"], format!("{SHOP}/no"));
        assert_eq!(method["items"], json!([{"id": "1", "title": "Item", "quantity": 1, "unitPrice": 100}]));
        assert_eq!(method["maxInstallments"], 4);
    }
    let more = with(by_drip(), "/paymentMethod/maxInstallments", json!(5));
    for refused in paid_by_each_key(&hub, &more).await {
        let details = &refused.expect(400).body["error"]["details"];
        assert_eq!(details, &json!(["paymentMethod.maxInstallments must not be greater than 4"]));
    }

    let order = hub.merchant.creates_session(&order(&hub)).await;
    let bare = with(by_drip(), "/paymentMethod", json!({"paymentType": "drip"}));
    let agent = [("content-type", "application/json"), ("user-agent", "Mozilla/5.0 (X11)")];
    let browser = hub.merchant.with_key(&order.key);
    let body = Some(bare.to_string().into_bytes());
    // No header of the request says from which address it comes.
    let headers = [&agent[..], &[("x-forwarded-for", "203.0.113.7")]].concat();
    let waiting = browser.send_beside(Method::POST, &order.path("/charge"), &headers, body).await.unwrap().expect(201);
    let seen = json!({"ipAddress": "127.0.0.1", "browserFingerprint": "Mozilla/5.0 (X11)"});
    assert_eq!(waiting.body["paymentMethod"]["browser"], seen);
    // A list of no items says nothing: the session has its own.
    for body in [by_drip(), by_boleto()] {
        let accepts = with(session(&hub.merchant.id), "/paymentMethods", terms(&hub));
        let order = hub.merchant.creates_session(&accepts).await;
        hub.shopper.pays(&order, &with(body, "/paymentMethod/items", json!([]))).await.assert_status(201);
    }
    // A charge without a session must say all of it.
    let none = with(drip_charge(&hub.merchant.id), "/paymentMethod/items", json!([]));
    let details = hub.merchant.post("/v1/charges", &none).await.expect(400).body["error"]["details"].clone();
    assert_eq!(details, json!(["paymentMethod.items should not be empty"]));
    let silent = without(drip_charge(&hub.merchant.id), "/paymentMethod/browser");
    let details = hub.merchant.post("/v1/charges", &silent).await.expect(400).body["error"]["details"].clone();
    assert_eq!(
        details,
        json!(["paymentMethod.browser must be an object", "paymentMethod.browser should not be empty"])
    );
    hub.assert_books_agree().await;
}

/// A Drip charge whose browser returns to these pages.
fn charge_to(hub: &TestHub, success: &str, cancel: &str) -> Value {
    let body = with(drip_charge(&hub.merchant.id), "/paymentMethod/successRedirectUrl", json!(success));
    with(body, "/paymentMethod/cancelRedirectUrl", json!(cancel))
}

#[track_caller]
fn assert_not_named(answer: &Answer) {
    assert_eq!((answer.status, answer.text("/error/message")), (400, NOT_NAMED), "{}", answer.body);
    assert_eq!(answer.text("/error/type"), "invalid_request_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_sends_browsers_only_to_the_origins_that_the_settings_name() {
    let hub = TestHub::build().await;
    let public = public_key(&hub, &json!(["charges", "sessions"])).await;
    let good = charge_to(&hub, "https://shop.example/ok?a=1", "https://shop.example:443/no");
    assert_not_named(&public.post("/v1/charges", &good).await);
    hub.merchant.post("/v1/charges", &good).await.assert_status(201);

    for host in ["*.shop.example", "*", "shop.*"] {
        let refused = changes_settings(&hub.merchant, &json!({"redirectOrigins": [format!("https://{host}")]})).await;
        let problem = "redirectOrigins.0 must be an origin without a path, such as https://shop.example";
        assert_eq!(refused.expect(400).body["error"]["details"], json!([problem]), "{host}");
    }
    let named = json!({"redirectOrigins": ["https://Shop.Example/", "https://other.example:8443"]});
    let settings = changes_settings(&hub.merchant, &named).await.expect(200);
    let kept = json!([SHOP, "https://other.example:8443"]);
    assert_eq!(settings.body["redirectOrigins"], kept);
    let created = hub.bank.creates();
    for (success, cancel) in [
        ("https://evil.example/ok", "https://shop.example/no"),
        ("https://shop.example/ok", "https://evil.example/no"),
        ("https://shop.example.evil.example/ok", "https://shop.example/no"),
        ("https://evilshop.example/ok", "https://shop.example/no"),
        ("https://shop.example:8443/ok", "https://shop.example/no"),
        ("http://shop.example/ok", "https://shop.example/no"),
        ("https://other.example/ok", "https://shop.example/no"),
    ] {
        assert_not_named(&public.post("/v1/charges", &charge_to(&hub, success, cancel)).await);
    }
    assert_eq!(hub.bank.creates(), created);
    public.post("/v1/charges", &good).await.assert_status(201);
    public.post("/v1/charges", &charge_to(&hub, "https://other.example:8443/", SHOP)).await.assert_status(201);
    // The secret key is not bound, and neither are payments without a page.
    let elsewhere = charge_to(&hub, "https://evil.example/ok", "https://evil.example/no");
    hub.merchant.post("/v1/charges", &elsewhere).await.assert_status(201);
    public.post("/v1/charges", &card_charge(&hub.merchant.id, APPROVED)).await.assert_status(201);

    // A replay is recognised before the refusal.
    public.post_with_key("/v1/charges", &good, "once").await.assert_status(201);
    changes_settings(&hub.merchant, &json!({"redirectOrigins": []})).await.assert_status(200);
    assert!(public.post_with_key("/v1/charges", &good, "once").await.expect(201).is_replay());
    assert_not_named(&public.post("/v1/charges", &good).await);
    hub.assert_books_agree().await;
}

/// The pages of a session that a public key makes are pages that a public key names.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_no_other_origins_to_a_public_key() {
    let hub = TestHub::build().await;
    let public = public_key(&hub, &json!("sessions")).await;
    let silent = with(session(&hub.merchant.id), "/paymentMethods", json!([{"paymentType": "drip"}]));
    assert_not_named(&public.post("/v1/sessions", &order(&hub)).await);
    let (of_public, of_secret) = (public.creates_session(&silent).await, hub.merchant.creates_session(&silent).await);
    // The key of a session that a public key made is bound too; that of the merchant's session is not.
    assert_not_named(&public.post(&of_public.path("/charge"), &by_drip()).await);
    assert_not_named(&hub.shopper.pays(&of_public, &by_drip()).await);
    hub.shopper.pays(&of_secret, &by_drip()).await.assert_status(201);

    changes_settings(&hub.merchant, &json!({"redirectOrigins": [SHOP]})).await.assert_status(200);
    let own = public.creates_session(&order(&hub)).await;
    hub.shopper.pays(&own, &by_drip()).await.assert_status(201);
    assert_not_named(&hub.shopper.pays(&of_public, &by_drip()).await);
    // Origins that the merchant names bind every browser, and never a page that the merchant's session names.
    let of_secret = hub.merchant.creates_session(&silent).await;
    assert_not_named(&hub.shopper.pays(&of_secret, &by_drip()).await);
    let pages = json!([{"paymentType": "drip", "successRedirectUrl": "https://b.example/", "cancelRedirectUrl": "https://c.example/"}]);
    let elsewhere = hub.merchant.creates_session(&with(session(&hub.merchant.id), "/paymentMethods", pages)).await;
    hub.shopper.pays(&elsewhere, &by_drip()).await.assert_status(201);
    hub.merchant.post(&of_secret.path("/charge"), &by_drip()).await.assert_status(201);
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_names_the_page_to_which_its_session_has_a_link_and_no_other_page_of_the_hub() {
    let hub = TestHub::build().await;
    let public = public_key(&hub, &json!("sessions")).await;
    let silent = with(session(&hub.merchant.id), "/paymentMethods", json!([{"paymentType": "drip"}]));
    let to = |success: &str, cancel: &str| {
        let body = with(by_drip(), "/paymentMethod/successRedirectUrl", json!(success));
        with(body, "/paymentMethod/cancelRedirectUrl", json!(cancel))
    };
    let linked = with(silent.clone(), "/createLink", json!(true));
    changes_settings(&hub.merchant, &json!({"redirectOrigins": [SHOP]})).await.assert_status(200);
    let (own, other) = (hub.merchant.creates_session(&linked).await, hub.merchant.creates_session(&linked).await);
    let page = format!("{PUBLIC_URL}/pay/{}", own.id);
    for another in [
        format!("{PUBLIC_URL}/pay/{}", other.id),
        format!("{PUBLIC_URL}/pay/{}", own.id.to_uppercase()),
        format!("{PUBLIC_URL}/checkout/frame/{}", own.id),
        format!("{page}/"),
        format!("{page}?to=1"),
        format!("{PUBLIC_URL}.evil.example/pay/{}", own.id),
        PUBLIC_URL.to_owned(),
    ] {
        assert_not_named(&hub.shopper.pays(&own, &to(&another, &page)).await);
        assert_not_named(&hub.shopper.pays(&own, &to(&page, &another)).await);
    }
    hub.shopper.pays(&own, &to(&page, &page)).await.assert_status(201);
    for maker in [&public, &hub.merchant] {
        let own = maker.creates_session(&silent).await;
        let page = format!("{PUBLIC_URL}/pay/{}", own.id);
        assert_not_named(&hub.shopper.pays(&own, &to(&page, &page)).await);
    }
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_changed_in_part_and_shown_without_a_merchants_id() {
    let hub = TestHub::build().await;
    let first = changes_settings(&hub.merchant, &json!({"companyName": "Loja", "phone": "11"})).await.expect(200);
    assert_eq!((first.text("/companyName"), &first.body["redirectOrigins"]), ("Loja", &json!([])));
    let second = changes_settings(&hub.merchant, &json!({"phone": "", "mainColor": "#0A7E3F"})).await.expect(200);
    let [name, phone, colour] = ["companyName", "phone", "mainColor"].map(|field| second.body[field].clone());
    assert_eq!((name, phone, colour), (json!("Loja"), json!(null), json!("#0A7E3F")));

    // The account's first merchant, and after it the next one.
    assert_eq!(hub.merchant.get("/v1/settings").await.expect(200).body, second.body);
    let body = json!({"mcc": "5912", "providers": [
        {"name": "SANDBOX", "priority": 1, "credentials": {"type": "sandbox"}},
    ]});
    let next = hub.merchant.post("/v1/merchants", &body).await.expect(201).text("/id").to_owned();
    assert_eq!(hub.merchant.get("/v1/settings").await.expect(200).body, second.body);
    hub.merchant.delete(&format!("/v1/merchants/{}", hub.merchant.id)).await.assert_status(204);
    assert_eq!(hub.merchant.get("/v1/settings").await.expect(200).text("/id"), next);
    hub.merchant.delete(&format!("/v1/merchants/{next}")).await.assert_status(204);
    hub.merchant.get("/v1/settings").await.assert_status(404);
    // A change names its merchant.
    let refused = hub.merchant.patch("/v1/settings", &json!({})).await.expect(400);
    assert_eq!(refused.body["error"]["details"], json!(["X-Merchant-Id must be a UUID"]));
    assert_eq!(changes_settings(&hub.merchant, &json!({})).await.status, 400, "the merchant is deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_is_https_and_a_host_and_nothing_more() {
    let hub = TestHub::build().await;
    let origin = "must be an origin without a path, such as https://shop.example";
    for (text, problem) in [
        ("shop.example", "must be a URL address"),
        ("*", "must be a URL address"),
        ("ftp://shop.example", "must be an https URL address"),
        ("https://user@shop.example", "must not contain a user name or a password"),
        ("https://shop.example/#a", "must not contain a fragment"),
        ("https://shop.example/ok", origin),
        ("https://shop.example?a", origin),
        ("https://10.0.0.1", "must be at a public address"),
    ] {
        let refused = changes_settings(&hub.merchant, &json!({"redirectOrigins": [SHOP, text]})).await.expect(400);
        assert_eq!(refused.body["error"]["details"], json!([format!("redirectOrigins.1 {problem}")]), "{text}");
    }
    assert_eq!(hub.merchant.get("/v1/settings").await.expect(200).body["redirectOrigins"], json!([]));
    // On one machine a shop may be there too, as an endpoint of a webhook may.
    let local = json!({"redirectOrigins": ["http://localhost:3000"]});
    changes_settings(&hub.merchant, &local).await.assert_status(200);
    let public = public_key(&hub, &json!("charges")).await;
    let here = charge_to(&hub, "http://localhost:3000/ok", "http://localhost:3000/no");
    public.post("/v1/charges", &here).await.assert_status(201);
    hub.assert_books_agree().await;
}

/// A field that would be ignored is refused, as long as it says something.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_would_be_dropped_is_refused() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    let charge = card_charge(&hub.merchant.id, APPROVED);
    for (path, body, method) in [
        ("/v1/charges".to_owned(), charge, "paymentMethod"),
        (order.path("/charge"), by_card(APPROVED), "paymentMethod"),
        ("/v1/sessions".to_owned(), session(&hub.merchant.id), "paymentMethods.0"),
    ] {
        for (field, value, nothing) in [
            ("captchaEnabled".to_owned(), json!(true), json!(false)),
            ("providerReferenceKey".to_owned(), json!("key"), json!("")),
            (format!("{method}.recurrence"), json!("initial"), json!(null)),
        ] {
            let pointer = format!("/{}", field.replace('.', "/"));
            let refused = hub.refuses(hub.merchant.post(&path, &with(body.clone(), &pointer, value)), 400).await;
            let problem = format!("{field} is not served by this hub");
            assert_eq!(refused.body["error"]["details"], json!([problem]), "{path}");
            if path != order.path("/charge") {
                hub.merchant.post(&path, &with(body.clone(), &pointer, nothing)).await.assert_status(201);
            }
        }
    }
    let recurring = with(card_charge(&hub.merchant.id, APPROVED), "/paymentSource/card/recurrence", json!(true));
    let refused = hub.refuses(hub.merchant.post("/v1/charges", &recurring), 400).await;
    let problem = "paymentSource.card.recurrence is not served by this hub";
    assert_eq!(refused.body["error"]["details"], json!([problem]));
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analysis_of_fraud_is_refused_where_no_provider_takes_it() {
    let hub = TestHub::with(&[(PaymentType::Pix, ProviderType::Bb), (PaymentType::Credit, ProviderType::Stripe)]).await;
    let analysis = json!({"customer": {"identity": "72912053011"}});
    let message = "fraudAnalysis is not served for a payment at BB; nothing was charged. Send the payment without it";
    let pix = pix_charge(&hub.merchant.id);
    let order = hub.merchant.creates_session(&session(&hub.merchant.id)).await;
    for said in [analysis.clone(), json!({"cart": {"items": [1]}})] {
        let analysed = with(pix.clone(), "/fraudAnalysis", said.clone());
        let refused = hub.refuses(hub.merchant.post("/v1/charges", &analysed), 400).await;
        assert_eq!((refused.text("/error/message"), refused.text("/error/type")), (message, "invalid_request_error"));
        let in_session = with(by_pix(), "/fraudAnalysis", said);
        let refused = hub.refuses(hub.shopper.pays(&order, &in_session), 400).await;
        assert_eq!(refused.text("/error/message"), message);
    }
    for nothing in [json!(null), json!({})] {
        let made = hub.merchant.creates_charge(&with(pix.clone(), "/fraudAnalysis", nothing)).await;
        assert_eq!(made.text("/status"), "pending");
    }
    let card = with(card_charge(&hub.merchant.id, APPROVED), "/fraudAnalysis", analysis);
    let made = hub.merchant.creates_charge(&card).await;
    assert!(made.body.to_string().contains("approved"), "{}", made.body);
    hub.assert_books_agree().await;
}
