//! Merchants and their settings: created, changed, deleted, and the effect on payments.

use std::time::Duration;

use domain::{ids::MerchantId, limits::MAX_LOGO};
use flows::account::merchant;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    Answer, Merchant, TestHub,
    bank::BankReply,
    hub::{LONG_AFTER, PUBLIC_URL},
    samples::{APPROVED, OTHER_ADDRESS, by_card, card_charge, pix_charge, session},
};

const UNKNOWN_ID: &str = "c1db83fa-723c-4e1f-9722-bc19d1be6791";
const JSON: (&str, &str) = ("content-type", "application/json");
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a picture \xff\x00";

fn sandbox() -> Value {
    json!({"type": "sandbox"})
}

fn a_pharmacy() -> Value {
    json!({
        "mcc": "5912", "retryOnDecline": true,
        "providers": [
            {"name": "STRIPE", "priority": 20, "methods": ["credit"], "currencies": ["USD"], "credentials": sandbox()},
            {"name": "MERCADO_PAGO", "priority": 10, "credentials": {"type": "sandbox", "apiKey": "bank_key_1"}},
        ],
    })
}

async fn settings(merchant: &Merchant, method: Method, id: &str, body: Option<&Value>) -> Answer {
    let headers = [JSON, ("x-merchant-id", id)];
    merchant
        .send_beside(method, "/v1/settings", &headers, body.map(|body| body.to_string().into_bytes()))
        .await
        .unwrap()
}

async fn upload(merchant: &Merchant, id: &str, texts: &[(&str, &str)], logo: &[u8]) -> Answer {
    let mut body = Vec::new();
    for (name, text) in texts {
        body.extend_from_slice(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(b"--edge\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"l\"\r\n\r\n");
    body.extend_from_slice(logo);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=edge"), ("x-merchant-id", id)];
    merchant.send_beside(Method::POST, "/v1/settings", &headers, Some(body)).await.unwrap()
}

fn provider(charge: &Answer) -> &str {
    charge.text("/transactionRequests/0/providerType")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_is_created_shown_listed_changed_and_deleted() {
    let (hub, at) = (TestHub::build().await, Duration::from_secs(1));
    let merchant = &hub.merchant;
    hub.clock().advance(at);
    let made = merchant.post("/v1/merchants", &a_pharmacy()).await.expect(201);
    assert_eq!((made.text("/status"), made.text("/mcc")), ("active", "5912"));
    assert_eq!(made.body["createdAt"], made.body["updatedAt"]);
    // The preferred account is first, with all that it serves. Of its credentials the answer has the type alone.
    let [first, second] = made.body["providers"].as_array().unwrap().as_slice() else { unreachable!("{made:?}") };
    assert_eq!(
        (&first["name"], &first["methods"], &first["currencies"]),
        (&json!("MERCADO_PAGO"), &json!(["credit", "pix", "boleto"]), &json!(null))
    );
    assert_eq!(
        (&second["name"], &second["currencies"], &second["priority"]),
        (&json!("STRIPE"), &json!(["USD"]), &json!(20))
    );
    assert_eq!(first["credentials"], sandbox());

    let path = format!("/v1/merchants/{}", made.text("/id"));
    assert_eq!(merchant.get(&path).await.expect(200).body, made.body);
    let listed = merchant.get("/v1/merchants?limit=1&page=2").await.expect(200);
    assert_eq!((&listed.body["items"], listed.body["meta"]["totalItems"].as_u64()), (&json!([made.body]), Some(2)));
    let newest = merchant.get("/v1/merchants?limit=1&sort=DESC").await.expect(200);
    assert_eq!(newest.body["items"], json!([made.body]));

    hub.clock().advance(at);
    let changed = merchant.patch(&path, &json!({"mcc": "0742"})).await.expect(200);
    assert_eq!((changed.text("/mcc"), &changed.body["providers"]), ("0742", &made.body["providers"]));
    assert_ne!(changed.body["updatedAt"], made.body["updatedAt"]);

    merchant.delete(&path).await.assert_status(204);
    merchant.delete(&path).await.assert_status(204);
    assert_eq!(merchant.get(&path).await.expect(200).text("/status"), "deleted");
    assert_eq!(merchant.get("/v1/merchants").await.expect(200).body["meta"]["totalItems"], 1);
    let refused = merchant.patch(&path, &json!({"mcc": "5912"})).await.expect(400);
    assert!(refused.text("/error/message").contains("deleted"), "{}", refused.body);
    settings(merchant, Method::POST, made.text("/id"), Some(&json!({}))).await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_at_a_provider_is_encrypted_never_answered_and_kept_until_it_is_replaced() {
    let hub = TestHub::build().await;
    let client_id = hub.merchant.client_id.parse().unwrap();
    let made = hub.merchant.post("/v1/merchants", &a_pharmacy()).await.expect(201);
    let path = format!("/v1/merchants/{}", made.text("/id"));
    let id: MerchantId = made.text("/id").parse().unwrap();
    let key = async || {
        let merchant = merchant::find(hub.flows(), client_id, id).await.unwrap();
        hub.provider_secrets(client_id, merchant.providers.first().unwrap()).await
    };
    assert_eq!(key().await.as_deref(), Some("bank_key_1"));
    // A change without credentials keeps the stored ones.
    let kept = json!({"providers": [{"name": "MERCADO_PAGO", "methods": ["pix"]}]});
    let changed = hub.merchant.patch(&path, &kept).await.expect(200);
    assert_eq!(changed.body["providers"][0]["id"], made.body["providers"][0]["id"]);
    assert_eq!(key().await.as_deref(), Some("bank_key_1"));
    let replaced =
        json!({"providers": [{"name": "MERCADO_PAGO", "credentials": {"type": "sandbox", "apiKey": "bank_key_2"}}]});
    hub.merchant.patch(&path, &replaced).await.assert_status(200);
    assert_eq!(key().await.as_deref(), Some("bank_key_2"));
    hub.merchant
        .patch(&path, &json!({"providers": [{"name": "MERCADO_PAGO", "credentials": sandbox()}]}))
        .await
        .assert_status(200);
    assert_eq!(key().await, None);
    for item in hub.everything_stored().await {
        assert!(!item.contains("bank_key"), "{item}");
    }
    // The key belongs to its account: another account cannot decrypt it.
    hub.merchant.patch(&path, &replaced).await.assert_status(200);
    let merchant = merchant::find(hub.flows(), client_id, id).await.unwrap();
    let stranger = hub.another_merchant().await.client_id.parse().unwrap();
    assert_eq!(hub.provider_secrets(stranger, merchant.providers.first().unwrap()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_account_cannot_hold_what_its_provider_does_not_serve() {
    let hub = TestHub::build().await;
    for (provider, problem) in [
        (json!({"name": "BB", "methods": ["credit"]}), "providers.0.methods cannot hold credit: BB serves pix"),
        (
            json!({"name": "GETNET", "currencies": ["USD"]}),
            "providers.0.currencies cannot hold USD: GETNET serves credit in BRL and pix in BRL and boleto in BRL",
        ),
        (
            json!({"name": "ADYEN", "methods": ["credit", "pix"], "currencies": ["USD"]}),
            "providers.0.currencies must hold one for pix: ADYEN serves it in BRL",
        ),
    ] {
        let mut provider = provider;
        provider["credentials"] = sandbox();
        let refused =
            hub.merchant.post("/v1/merchants", &json!({"mcc": "5912", "providers": [provider]})).await.expect(400);
        assert_eq!(refused.body["error"]["details"], json!([problem]));
    }
    let path = format!("/v1/merchants/{}", hub.merchant.id);
    let unknown = hub.merchant.patch(&path, &json!({"providers": [{"name": "ADYEN"}]})).await.expect(400);
    assert_eq!(unknown.body["error"]["details"], json!(["providers.0.credentials should not be empty"]));
    let twice = json!([{"name": "STRIPE", "credentials": sandbox()}, {"name": "STRIPE", "credentials": sandbox()}]);
    let twice = hub.merchant.patch(&path, &json!({"providers": twice})).await.expect(400);
    let problem =
        "providers.1.name must not be STRIPE twice, but with the ids or credentials of two accounts: both are ";
    assert!(twice.text("/error/details/0").starts_with(problem), "{}", twice.body);
    let real = |environment: &str| json!({"type": "account", "environment": environment, "fields": {"apiKey": "x"}});
    for (accounts, problem) in [
        (
            json!([{"name": "GETNET", "credentials": real("sandbox")}]),
            "providers.0.credentials.type can only be sandbox: this hub has no adapter for accounts at GETNET yet",
        ),
        (
            json!([{"id": hub.merchant.id, "name": "STRIPE", "credentials": sandbox()}]),
            "providers.0.id must be an account of this merchant at STRIPE",
        ),
    ] {
        let refused = hub.merchant.patch(&path, &json!({"providers": accounts})).await.expect(400);
        assert_eq!(refused.body["error"]["details"], json!([problem]));
    }
    // Nothing was changed.
    hub.merchant.post("/v1/charges", &pix_charge(&hub.merchant.id)).await.assert_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_document_are_taken_as_they_are() {
    let hub = TestHub::build().await;
    let document: Value = serde_json::from_str(include_str!("../../shared/wire/openapi.json")).unwrap();
    let example = |name: &str| document["components"]["schemas"][name]["example"].clone();
    let made = hub.merchant.post("/v1/merchants", &example("CreateMerchant")).await.expect(201);
    let path = format!("/v1/merchants/{}", made.body["id"].as_str().unwrap());
    hub.merchant.patch(&path, &example("PatchMerchant")).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotent_replay_answers_the_merchant_as_it_was_created() {
    let hub = TestHub::build().await;
    let first = hub.merchant.post_with_key("/v1/merchants", &a_pharmacy(), "m-1").await.expect(201);
    let path = format!("/v1/merchants/{}", first.text("/id"));
    hub.clock().advance(Duration::from_secs(1));
    hub.merchant.patch(&path, &json!({"mcc": "0742", "providers": [{"name": "STRIPE"}]})).await.assert_status(200);
    hub.merchant.delete(&path).await.assert_status(204);
    let again = hub.merchant.post_with_key("/v1/merchants", &a_pharmacy(), "m-1").await.expect(201);
    assert!(again.is_replay() && !first.is_replay());
    assert_eq!(again.body, first.body);
    let mut other = a_pharmacy();
    other["mcc"] = json!("0742");
    hub.merchant.post_with_key("/v1/merchants", &other, "m-1").await.assert_status(422);
    assert_eq!(hub.merchant.get("/v1/merchants").await.expect(200).body["meta"]["totalItems"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_time_are_all_made() {
    let hub = TestHub::build().await;
    let path = format!("/v1/merchants/{}", hub.merchant.id);
    let (mcc, retry) = (json!({"mcc": "0742"}), json!({"retryOnDecline": true}));
    for _ in 0..5 {
        hub.merchant.patch(&path, &json!({"mcc": "5999", "retryOnDecline": false})).await.assert_status(200);
        let (one, other) = tokio::join!(hub.merchant.patch(&path, &mcc), hub.merchant.patch(&path, &retry));
        one.assert_status(200);
        other.assert_status(200);
        let merged = hub.merchant.get(&path).await.expect(200);
        assert_eq!((merged.text("/mcc"), &merged.body["retryOnDecline"]), ("0742", &json!(true)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merchants_and_settings_of_others_are_not_there() {
    let hub = TestHub::build().await;
    let stranger = hub.another_merchant().await;
    let theirs = stranger.id.as_str();
    for id in [theirs, UNKNOWN_ID] {
        let path = format!("/v1/merchants/{id}");
        for refused in [
            hub.merchant.get(&path).await,
            hub.merchant.patch(&path, &json!({"mcc": "0742"})).await,
            hub.merchant.delete(&path).await,
            settings(&hub.merchant, Method::GET, id, None).await,
            settings(&hub.merchant, Method::POST, id, Some(&json!({"companyName": "x"}))).await,
            upload(&hub.merchant, id, &[], PNG).await,
        ] {
            assert_eq!((refused.status, refused.text("/error/type")), (404, "entity_not_found"));
        }
        hub.merchant.post("/v1/charges", &card_charge(id, APPROVED)).await.assert_status(400);
    }
    assert_eq!(stranger.get(&format!("/v1/merchants/{theirs}")).await.expect(200).text("/mcc"), "5999");
    hub.merchant.get(&format!("/v1/settings/logo/{theirs}")).await.assert_status(404);
    hub.merchant.get("/v1/merchants/1").await.assert_status(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_goes_to_the_preferred_account_for_its_method_and_currency() {
    let hub = TestHub::build().await;
    let made = hub.merchant.post("/v1/merchants", &a_pharmacy()).await.expect(201);
    let id = made.text("/id");
    let reais = hub.merchant.creates_charge(&card_charge(id, APPROVED)).await;
    assert_eq!((reais.text("/status"), provider(&reais)), ("authorized", "MERCADO_PAGO"));
    let mut in_dollars = card_charge(id, APPROVED);
    in_dollars["currency"] = json!("USD");
    let dollars = hub.merchant.creates_charge(&in_dollars).await;
    assert_eq!((dollars.text("/status"), provider(&dollars)), ("authorized", "STRIPE"));
    // The reversed priorities apply at once on this hub.
    let change = json!({"providers": [
        {"name": "MERCADO_PAGO", "priority": 2},
        {"name": "STRIPE", "priority": 1, "methods": ["credit"]},
    ]});
    hub.merchant.patch(&format!("/v1/merchants/{id}"), &change).await.assert_status(200);
    assert_eq!(provider(&hub.merchant.creates_charge(&card_charge(id, APPROVED)).await), "STRIPE");
    assert_eq!(provider(&hub.merchant.creates_charge(&pix_charge(id)).await), "MERCADO_PAGO");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_charges_of_a_deleted_merchant_are_settled_and_it_takes_no_more_payments() {
    let hub = TestHub::build().await;
    let made = hub.merchant.post("/v1/merchants", &a_pharmacy()).await.expect(201);
    let id = made.text("/id");
    let open = hub.merchant.post("/v1/sessions", &session(id)).await.expect(201);
    hub.bank.expect([BankReply::LoseAnswer, BankReply::LoseAnswer]);
    let lost = hub.merchant.creates_charge(&card_charge(id, APPROVED)).await;
    assert_eq!((lost.text("/status"), provider(&lost)), ("pending", "MERCADO_PAGO"));
    // The merchant's account at that provider is removed, then the merchant is deleted.
    let left = json!({"providers": [{"name": "STRIPE"}]});
    hub.merchant.patch(&format!("/v1/merchants/{id}"), &left).await.assert_status(200);
    hub.merchant.delete(&format!("/v1/merchants/{id}")).await.assert_status(204);

    let refused = hub.merchant.post("/v1/charges", &card_charge(id, APPROVED)).await.expect(400);
    assert!(refused.text("/error/message").contains("names no merchant"), "{}", refused.body);
    hub.merchant.post("/v1/sessions", &session(id)).await.assert_status(400);
    let shopper = hub.merchant.with_key(open.text("/publicKey"));
    shopper.post(&format!("/v1/sessions/{}/charge", open.text("/id")), &by_card(APPROVED)).await.assert_status(400);

    hub.pass(LONG_AFTER).await;
    let settled = hub.merchant.reads_charge(lost.text("/id")).await;
    assert_eq!(settled.text("/status"), "authorized");
    hub.assert_books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_kept_shown_and_given_to_the_checkout_of_a_session() {
    let hub = TestHub::build().await;
    let (client, merchant) = (&hub.merchant, hub.merchant.id.as_str());
    let bare = settings(client, Method::GET, merchant, None).await.expect(200);
    assert_eq!(
        (bare.text("/id"), &bare.body["logo"], &bare.body["companyName"]),
        (merchant, &json!(null), &json!(null))
    );
    let texts = json!({"companyName": "Loja 1", "mainColor": "#0A7E3F", "language": "pt_BR", "phone": "11 5555"});
    settings(client, Method::POST, merchant, Some(&texts)).await.assert_status(201);
    let with_logo = upload(client, merchant, &[("companyName", "Loja é"), ("phone", "")], PNG).await.expect(201);
    let logo = format!("{PUBLIC_URL}/v1/settings/logo/{merchant}");
    for (pointer, value) in
        [("/companyName", "Loja é"), ("/mainColor", "#0A7E3F"), ("/phone", ""), ("/logo", logo.as_str())]
    {
        assert_eq!(with_logo.text(pointer), value);
    }

    let session = client.post("/v1/sessions", &session(merchant)).await.expect(201);
    let path = format!("/v1/sessions/{}/link", session.text("/id"));
    let mut link = client.with_key(session.text("/publicKey")).get(&path).await.expect(200);
    let page = link.body.as_object_mut().unwrap();
    assert_eq!(page.remove("settings"), Some(with_logo.body.clone()));
    let more = ["activeCharge", "attemptsLeft", "hasCharge", "heldUntil", "payableUntil"];
    let more = more.map(|field| page.remove(field).unwrap());
    let until = json!("2999-01-01T00:00:00.000Z");
    assert_eq!(more, [json!(null), json!(10), json!(false), json!(null), until]);
    assert_eq!(link.body, session.body);
    client.get(&path).await.assert_status(200);
    let from_elsewhere = [&OTHER_ADDRESS[..], &[("x-merchant-id", merchant)]].concat();
    for (path, pointer) in [("/v1/settings", "/logo"), (path.as_str(), "/settings/logo")] {
        let shown = client.send_beside(Method::GET, path, &from_elsewhere, None).await.unwrap().expect(200);
        assert_eq!(shown.text(pointer), logo, "{path}");
    }
    let stranger = hub.another_merchant().await;
    stranger.get(&path).await.assert_status(404);
    let other = client.post("/v1/sessions", &tests::samples::session(merchant)).await.expect(201);
    client.with_key(other.text("/publicKey")).get(&path).await.assert_status(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_is_a_public_picture_and_nothing_else() {
    let hub = TestHub::build().await;
    let (client, merchant) = (&hub.merchant, hub.merchant.id.as_str());
    let path = format!("/v1/settings/logo/{merchant}");
    client.get(&path).await.assert_status(404);
    let mut large = PNG.to_vec();
    large.resize(MAX_LOGO + 1, 0);
    for bad in [&b"<svg onload=alert(1)/>"[..], b"GIF89a", &large] {
        let refused = upload(client, merchant, &[("companyName", "x")], bad).await.expect(400);
        assert!(refused.text("/error/details/0").starts_with("logo must"), "{}", refused.body);
    }
    upload(client, merchant, &[], &vec![0; 300 * 1024]).await.assert_status(413);
    assert_eq!(settings(client, Method::GET, merchant, None).await.expect(200).body["companyName"], json!(null));

    upload(client, merchant, &[], PNG).await.assert_status(201);
    let shown = reqwest::Client::builder().no_proxy().build().unwrap();
    let shown = shown.get(format!("{}{path}", client.url())).send().await.unwrap();
    let header = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(shown.status(), 200);
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "public, max-age=300");
    assert_eq!(shown.bytes().await.unwrap(), PNG);
    // Texts alone leave it as it is.
    settings(client, Method::POST, merchant, Some(&json!({"companyName": "y"}))).await.assert_status(201);
    client.get(&path).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_make_no_sense_are_refused() {
    let hub = TestHub::build().await;
    let (client, merchant) = (&hub.merchant, hub.merchant.id.as_str());
    let both =
        settings(client, Method::POST, merchant, Some(&json!({"mainColor": "red", "email": "x"}))).await.expect(400);
    assert_eq!(
        both.body["error"]["details"],
        json!(["email must be an email", "mainColor must be a colour as #RRGGBB"])
    );
    client.post("/v1/settings", &json!({})).await.assert_status(400);
    settings(client, Method::GET, "1", None).await.assert_status(400);
    let broken = [("content-type", "multipart/form-data; boundary=edge"), ("x-merchant-id", merchant)];
    let refused = client.send_beside(Method::POST, "/v1/settings", &broken, Some(b"{}".to_vec())).await.unwrap();
    assert_eq!((refused.status, refused.text("/error/type")), (400, "bad_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_may_call_what_a_checkout_calls() {
    let hub = TestHub::build().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    // The last ones are those of the monitoring that a shop has in its page: OpenTelemetry, AWS X-Ray, Sentry, Datadog.
    let asked = "content-type,x-client-id,x-api-key,x-idempotency-key,x-merchant-id,\
                 traceparent,tracestate,baggage,x-amzn-trace-id,sentry-trace,x-datadog-trace-id,b3,x-request-id";
    for (method, path) in [
        ("GET", "/v1/sessions/1/link"),
        ("POST", "/v1/sessions/tokens"),
        ("POST", "/v1/sessions/cards"),
        ("POST", "/v1/sessions/customers?force=true"),
        ("GET", "/v1/sessions/customers/1"),
        ("GET", "/v1/sessions/customers/1/cards"),
        ("POST", "/v1/sessions/customers/1/cards"),
        ("POST", "/v1/sessions/1/charge"),
        ("POST", "/v1/tokens"),
        ("POST", "/v1/cards"),
        ("POST", "/v1/customers?force=true"),
        ("POST", "/v1/customers/1/cards"),
        ("POST", "/v1/charges"),
        ("GET", "/v1/charges/1"),
        ("POST", "/v1/settings"),
        ("PATCH", "/v1/settings"),
    ] {
        let request = http
            .request(Method::OPTIONS, format!("{}{path}", hub.merchant.url()))
            .header("origin", "https://shop.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", asked);
        let answer = request.send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!((answer.status().as_u16(), header("access-control-allow-origin").as_str()), (204, "*"), "{path}");
        assert!(header("access-control-allow-methods").split(',').any(|allowed| allowed == method), "{path}");
        let allowed = header("access-control-allow-headers");
        for name in asked.split(',') {
            assert!(allowed.split(',').any(|allowed| allowed == name), "{path} {name}: {allowed}");
        }
    }
}
