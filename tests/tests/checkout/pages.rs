//! The pages of a session in HTML: what they hold, what they may load, and who may have them in a frame.

use flows::{Executor, Outbound, Stage};
use reqwest::Method;
use serde_json::json;
use tests::{
    Answer, TestHub,
    engine::Fault,
    hub::PUBLIC_URL,
    log::{EVERYTHING, listen, logged},
    session::Session,
};

use crate::{SHOP, changes_settings, linked, opens, policy};

const ABSENT: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";

fn paths(order: &Session) -> [String; 2] {
    [format!("/pay/{}", order.id), format!("/checkout/frame/{}", order.id)]
}

/// The value of an attribute of the page's element.
fn attribute<'a>(html: &'a str, name: &str) -> &'a str {
    let (_, rest) = html.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name}: {html}"));
    rest.split_once('"').unwrap().0
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers[name].to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_names_its_session_and_its_account_and_holds_nothing_else_of_them() {
    let hub = TestHub::build().await;
    changes_settings(&hub.merchant, &json!({"companyName": "Loja do João"})).await.assert_status(200);
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    for (path, surface) in paths(&order).iter().zip(["page", "frame"]) {
        let (answer, html) = opens(&hub, path, &[]).await;
        answer.assert_status(200);
        let attributes = [
            ("lang", "pt"),
            ("data-surface", surface),
            ("data-session", &order.id),
            ("data-client", &hub.merchant.client_id),
            ("data-embedding", "any"),
            ("data-sandbox", "true"),
        ];
        for (name, value) in attributes {
            assert_eq!(attribute(&html, name), value, "{path} {name}");
        }
        for other in ["Loja", "João", "Pedido 1", "Item", &hub.merchant.id, &order.key, &hub.merchant.api_key] {
            assert!(!html.contains(other), "{path} has {other}");
        }
        assert!(html.contains("<noscript>"), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_runs_the_hubs_script_alone_and_sends_to_the_hub_alone() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let hashes = hub.merchant.get("/checkout/integrity.json").await.expect(200);
    for path in paths(&order) {
        let (answer, html) = opens(&hub, &path, &[]).await;
        let policy = policy(&answer);
        for (directive, sources) in [
            ("default-src", "'none'"),
            ("script-src", "'self'"),
            ("style-src", &format!("'{}'", hashes.text("/inlineStyle"))),
            ("img-src", "'self' data:"),
            ("connect-src", "'self'"),
            ("form-action", "'none'"),
            ("base-uri", "'none'"),
            ("require-trusted-types-for", "'script'"),
            ("trusted-types", "'none'"),
            ("report-uri", "/checkout/reports"),
            ("report-to", "checkout"),
        ] {
            assert_eq!(policy[directive], sources, "{path} {directive}");
        }
        assert_eq!(policy.len(), 12, "{policy:?}");
        assert_eq!(header(&answer, "reporting-endpoints"), "checkout=\"/checkout/reports\"");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
        assert_eq!(header(&answer, "cross-origin-opener-policy"), "same-origin");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "cache-control"), "no-store");
        let permissions = header(&answer, "permissions-policy");
        for used in ["payment=()", "camera=()", "publickey-credentials-get=()", "clipboard-write=(self)"] {
            assert!(permissions.contains(used), "{permissions}");
        }
        // One script with its hash; nothing of the page runs or is styled inside an attribute.
        let source = attribute(&html, "src");
        assert_eq!(hashes.body["scripts"][source], attribute(&html, "integrity"));
        assert_eq!((html.matches("<script").count(), html.matches("<style>").count()), (1, 1));
        assert!(!html.contains(" style=") && !html.contains("<link rel=\"stylesheet"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_is_for_the_pages_that_the_settings_name_and_a_page_is_in_no_frame() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let [page, frame] = paths(&order);
    let ancestors = async |path: &str| {
        let (answer, html) = opens(&hub, path, &[]).await;
        (policy(&answer)["frame-ancestors"].clone(), attribute(&html, "data-embedding").to_owned())
    };
    let any = ("https: http://localhost:* http://127.0.0.1:*".to_owned(), "any".to_owned());
    assert_eq!(ancestors(&frame).await, any);
    let origins = json!({"checkoutOrigins": ["https://Shop.Example/", "https://other.example:8443"]});
    let settings = changes_settings(&hub.merchant, &origins).await.expect(200);
    assert_eq!(settings.body["checkoutOrigins"], json!([SHOP, "https://other.example:8443"]));
    let named = ("https://shop.example https://other.example:8443".to_owned(), "named".to_owned());
    assert_eq!(ancestors(&frame).await, named);
    let none = ("'none'".to_owned(), "any".to_owned());
    assert_eq!(ancestors(&page).await, none);
    // The other setting is about other pages.
    changes_settings(&hub.merchant, &json!({"checkoutOrigins": [], "redirectOrigins": [SHOP]}))
        .await
        .assert_status(200);
    assert_eq!((ancestors(&frame).await, ancestors(&page).await), (any, none));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_real_payments_are_made_only_https_pages_have_the_frame() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let parts = flows::Parts {
        executor: Executor::new(Stage::Production, None).unwrap().into(),
        outbound: Outbound::public().unwrap().into(),
        ..hub.parts()
    };
    let real = hub.merchant_at(&flows::Hub::from(parts)).await;
    let [page, frame] = paths(&order);
    for (path, ancestors) in [(page, "'none'"), (frame, "https:")] {
        let (answer, html) = real.shopper().opens(&format!("{PUBLIC_URL}{path}"), &[]).await;
        let html = String::from_utf8(html).unwrap();
        assert_eq!((&*policy(&answer)["frame-ancestors"], attribute(&html, "data-sandbox")), (ancestors, "false"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_long_origins_fit_into_the_header_of_an_answer() {
    let hub = TestHub::build().await;
    let name = |number: usize| {
        let label = "a".repeat(59);
        format!("https://{label}.{label}.{label}.{label}.{number:02}x.abcd:65535")
    };
    assert!(name(1).len() > 250);
    let origins: Vec<String> = (0..20).map(name).collect();
    changes_settings(&hub.merchant, &json!({"checkoutOrigins": origins})).await.assert_status(200);
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let (answer, _) = opens(&hub, &paths(&order)[1], &[]).await;
    assert_eq!(policy(&answer)["frame-ancestors"], origins.join(" "));
    let all: usize = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    assert!(all < 10 * 1024, "{all} bytes of headers: more than API Gateway sends");

    let too_long = format!("https://{}.example", vec!["a".repeat(60); 5].join("."));
    for refused in [json!([too_long]), json!(["https://*.shop.example"]), json!([format!("{SHOP}/cart")])] {
        let refused = changes_settings(&hub.merchant, &json!({"checkoutOrigins": refused})).await.expect(400);
        let problem = "checkoutOrigins.0 must be an origin without a path, such as https://shop.example";
        assert_eq!(refused.body["error"]["details"], json!([problem]));
    }
    let many = changes_settings(&hub.merchant, &json!({"checkoutOrigins": vec![SHOP; 21]})).await.expect(400);
    assert_eq!(many.body["error"]["details"], json!(["checkoutOrigins must contain no more than 20 elements"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_does_not_exist_is_a_sentence_in_the_shoppers_language() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    for (place, [there, absent, other]) in [
        ("/pay/", [&*order.id, ABSENT, "none-of-these"]),
        ("/checkout/frame/", [&*order.id, ABSENT, "c1db83fa-723c-4e1f-9722"]),
    ] {
        let (shown, _) = opens(&hub, &format!("{place}{there}"), &[]).await;
        for id in [absent, other] {
            for (accepted, language, sentence) in [
                (None, "pt", "Este pagamento não existe."),
                (Some("fr-FR, pt-BR;q=0.8"), "pt", "Este pagamento não existe."),
                (Some("en-GB,en;q=0.9"), "en", "This payment does not exist."),
                (Some("es"), "es", "Este pago no existe."),
                (Some("ES-ar"), "es", "Este pago no existe."),
                (Some("pt;q=0.5, en;q=0.8, es;q=0.8"), "en", "This payment does not exist."),
                (Some("pt;q=0.5, en;q=0"), "pt", "Este pagamento não existe."),
                (Some("est, en-GB;q=0.1"), "en", "This payment does not exist."),
                (Some("é, ,e"), "pt", "Este pagamento não existe."),
            ] {
                let headers: Vec<_> = accepted.map(|accepted| ("accept-language", accepted)).into_iter().collect();
                let (answer, html) = opens(&hub, &format!("{place}{id}"), &headers).await;
                answer.assert_status(404);
                assert_eq!(attribute(&html, "lang"), language);
                assert!(html.contains(sentence) && !html.contains("<script") && !html.contains(id), "{html}");
                for name in ["content-security-policy", "permissions-policy", "referrer-policy", "cache-control"] {
                    assert_eq!(answer.headers[name], shown.headers[name], "{place}{id} {name}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn until_its_script_arrives_a_page_says_what_a_shopper_can_do() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    for path in paths(&order) {
        for (accepted, sentence) in [
            ("pt-BR", "O pagamento está carregando. Se nada aparecer, recarregue a página."),
            ("en", "The payment is loading. If nothing appears, reload the page."),
            ("es", "El pago se está cargando. Si no aparece nada, recargue la página."),
        ] {
            let (_, html) = opens(&hub, &path, &[("accept-language", accepted)]).await;
            let main = format!("<main id=\"checkout\"><h1 class=\"sentence\">{sentence}</h1></main>");
            assert!(html.contains(&main), "{html}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_in_no_frame_and_in_no_cache() {
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let refused = async |hub: &TestHub, method: Method, path: &str, status: u16| {
        for mode in ["navigate", "cors"] {
            let headers = [("sec-fetch-mode", mode)];
            let answer = hub.merchant.send_with(method.clone(), path, &headers, None).await.unwrap().expect(status);
            assert_eq!(
                header(&answer, "content-security-policy"),
                "default-src 'none'; frame-ancestors 'none'; sandbox"
            );
            assert_eq!(header(&answer, "cache-control"), "no-store");
            let kind = if mode == "navigate" { "text/html" } else { "application/json" };
            assert!(header(&answer, "content-type").starts_with(kind), "{method} {path} {mode}");
        }
    };
    let [page, frame] = paths(&order);
    refused(&hub, Method::GET, "/pay/", 404).await;
    refused(&hub, Method::GET, "/checkout/frame/a/b", 404).await;
    refused(&hub, Method::POST, &page, 404).await;
    refused(&hub, Method::DELETE, &frame, 404).await;
    refused(&hub, Method::GET, "/checkout/assets/form-0000000000000000.js", 404).await;
    hub.engine.fail(|_, _| Fault::LoseRequest);
    for path in [&page, &frame] {
        refused(&hub, Method::GET, path, 503).await;
    }
    hub.engine.heal();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_has_the_key_of_a_session() {
    listen(EVERYTHING);
    let hub = TestHub::build().await;
    let order = hub.merchant.creates_session(&linked(&hub.merchant.id)).await;
    let browser = hub.merchant.with_key(&order.key);
    for path in paths(&order) {
        opens(&hub, &path, &[]).await.0.assert_status(200);
    }
    browser.get(&order.path("/link")).await.assert_status(200);
    browser.get(&order.path("/status")).await.assert_status(200);
    browser.get(&order.path("/charge")).await.assert_status(404);
    let log = logged();
    assert!(log.contains("GET /pay/{id}") && log.contains("GET /v1/sessions/{id}/status"));
    let line = log.lines().find(|line| line.contains(&order.key));
    assert_eq!(line, None);
}
