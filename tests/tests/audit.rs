//! The lines of requests and of provider calls in the log: what they name, and what they do not.

use std::net::TcpListener;

use domain::limits::FORMER_SERVER_KEY_LIFE;
use flows::{
    Clock,
    account::server_keys,
    provider::stand_in::{Roots, StandIns},
};
use reqwest::Method;
use seal::digest;
use serde_json::{Value, json};
use tests::{
    Merchant, TestHub,
    bank::BankReply,
    log::{listen, logged},
    samples::{APPROVED, DECLINED, by_card, card, card_charge, open_session, pix_charge, with},
    worldline::{Server, error},
};

const HOLDER: &str = "MARIANA HOLDER";
const DOCUMENT: &str = "72912053013";

/// The lines with this message in which `field` has this value.
fn lines(message: &str, field: &str, value: &str) -> Vec<Value> {
    let all = logged();
    let fields =
        all.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).map(|mut l| l["fields"].take());
    fields.filter(|line| line["message"] == message && line[field] == value).collect()
}

/// The requests of this account, the oldest first.
fn requests(merchant: &Merchant) -> Vec<Value> {
    lines("request", "client", &merchant.client_id)
}

fn last(merchant: &Merchant) -> Value {
    requests(merchant).pop().unwrap()
}

fn digits(key: &str) -> String {
    digest(key)[..8].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_one_line_that_says_who_did_what_to_which_thing() {
    listen("info");
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let charge = merchant.post_with_key("/v1/charges", &card_charge(&merchant.id, APPROVED), "key-1").await.expect(201);
    let line = last(merchant);
    let expected = json!({
        "client": merchant.client_id, "key": digits(&merchant.api_key), "kind": "secret", "route": "POST /v1/charges",
        "made": charge.text("/id"), "status": 201, "outcome": "done",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&line[name], value, "{name} of {line}");
    }
    assert!(line["ms"].is_u64() && line["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{line}");
    assert!(line.get("source").is_none() && line.get("id").is_none(), "{line}");
    assert_eq!(requests(merchant).len(), 1);

    merchant.post_with_key("/v1/charges", &card_charge(&merchant.id, APPROVED), "key-1").await.assert_status(201);
    assert_eq!(last(merchant)["outcome"], "replayed");
    merchant.post(&format!("/v1/charges/{}/capture", charge.text("/id")), &json!({})).await.assert_status(400);
    let line = last(merchant);
    assert_eq!((&line["id"], &line["status"]), (&charge.body["id"], &json!(400)));
    assert_eq!(line["outcome"], "not_capturable");
    assert!(line.get("made").is_none(), "{line}");

    let order = merchant.creates_session(&open_session(&merchant.id)).await;
    let shopper = merchant.with_key(&order.key);
    let paid = shopper.post(&order.path("/charge"), &by_card(APPROVED)).await.expect(201);
    let line = last(merchant);
    assert_eq!((&line["kind"], &line["key"]), (&json!("session"), &json!(digits(&order.key))));
    assert_eq!((&line["id"], &line["made"]), (&json!(order.id), &paid.body["chargeId"]));
    // What no route answers has a line too, without the path: that may hold anything.
    merchant.get("/v1/nothing/4929564637987814").await.assert_status(404);
    assert!(!logged().contains("4929564637987814"));
}

/// A shop that is answered 9002 finds out why from the operator: the answer is the same for every reason.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_why_a_signed_request_is_refused() {
    listen("info");
    let hub = TestHub::build().await;
    let (server, client) = (Server::of(&hub.merchant), hub.merchant.client_id.parse().unwrap());
    let path = server.path("/sessions");
    let signed = server.signed("POST", &path, &[]);
    let without = |name: &str| signed.iter().filter(|(own, _)| own != name).cloned().collect::<Vec<_>>();
    let old = server.signed_at("2026-01-01T00:00:00Z".parse().unwrap(), "POST", &path, &[]);
    let by = |key: &str, secret: &str| {
        let other = Server { key: key.to_owned(), secret: secret.to_owned(), ..server.clone() };
        other.signed("POST", &path, &[])
    };
    let unknown = by("c1db83fa-723c-4e1f-9722-bc19d1be6791", &server.secret);
    server_keys::rotate(hub.flows(), client).await.unwrap();
    let reasons = async |headers: &[(String, String)], reason: &str| {
        let before = lines("request", "reason", reason).len();
        let answer = server.send_as_is(Method::POST, &path, headers, Some("{}".to_owned())).await;
        assert_eq!(error(&answer), (403, "9002"), "{reason}");
        let logged = lines("request", "reason", reason);
        assert_eq!((logged.len() - before, &logged[before]["outcome"]), (1, &json!("forbidden")), "{reason}");
    };
    for (headers, reason) in [
        (without("Authorization"), "no_signature"),
        (without("Date"), "no_date"),
        (old, "date_too_far"),
        (unknown, "unknown_key"),
        (by("5e45c937b9db33ae", "x"), "unknown_key"),
        (by(&server.key, "x"), "bad_signature"),
    ] {
        reasons(&headers, reason).await;
    }
    hub.clock().advance(FORMER_SERVER_KEY_LIFE);
    reasons(&signed, "ended_key").await;
    assert!(requests(&hub.merchant).iter().all(|line| line["outcome"] != "done" || line.get("reason").is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_keys_merchants_and_webhooks_and_refused_keys_have_the_address_of_the_caller() {
    listen("info");
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let key = merchant.post("/v1/auth", &json!({"scope": "*"})).await.expect(201).text("/publicKey").to_owned();
    let made = last(merchant)["made"].clone();
    assert_eq!(last(merchant)["source"], "127.0.0.1");
    merchant.delete(&format!("/v1/auth/{key}")).await.assert_status(204);
    let line = last(merchant);
    assert_eq!((&line["id"], &line["source"]), (&made, &json!("127.0.0.1")));
    merchant.get("/v1/webhooks").await.assert_status(200);
    assert_eq!(last(merchant)["source"], "127.0.0.1");
    merchant.get("/v1/charges").await.assert_status(200);
    assert!(last(merchant).get("source").is_none());

    for wrong in [&key, "sk_wrong"] {
        merchant.with_key(wrong).post("/v1/tokens", &card(APPROVED)).await.assert_status(403);
        let line = last(merchant);
        assert_eq!((&line["source"], &line["outcome"]), (&json!("127.0.0.1"), &json!("forbidden")));
        assert_eq!((&line["key"], line.get("kind")), (&json!(digits(wrong)), None));
    }
    // Without a key there is an address still.
    let before = lines("request", "outcome", "forbidden").len();
    merchant.send_with(Method::GET, "/v1/charges", &[], None).await.unwrap().assert_status(403);
    let refused = lines("request", "outcome", "forbidden");
    assert_eq!((refused.len() - before, &refused[before]["source"]), (1, &json!("127.0.0.1")));
    assert!(!logged().contains(&key) && !logged().contains(&merchant.api_key));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_call_has_one_line_with_its_outcome_and_cause() {
    listen("info");
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let charge = merchant.charges(&card_charge(&merchant.id, APPROVED)).await;
    let of = |charge: &str| {
        let all = logged();
        let reference = charge.replace('-', "");
        let fields = all.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let fields = fields.map(|mut line| line["fields"].take());
        let is_its = |line: &Value| line["reference"].as_str().is_some_and(|named| named.starts_with(&reference));
        fields.filter(|line| line["message"] == "provider call" && is_its(line)).collect::<Vec<_>>()
    };
    let [line] = &of(&charge)[..] else { panic!("not one line: {:?}", of(&charge)) };
    assert_eq!((&line["operation"], &line["outcome"]), (&json!("authorization"), &json!("approved")));
    assert!(line["provider"].is_string() && line["ms"].is_u64() && line["status"] == 200, "{line}");
    merchant.voids(&charge, &json!({})).await.assert_status(201);
    assert_eq!(of(&charge).iter().map(|line| line["operation"].clone()).collect::<Vec<_>>(), ["authorization", "void"]);
}

/// The lines of calls about this charge: level, outcome and cause.
fn calls(charge: &str) -> Vec<[String; 3]> {
    let (all, reference) = (logged(), charge.replace('-', ""));
    let lines = all.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let is_its = |line: &Value| {
        let fields = &line["fields"];
        let named = fields["reference"].as_str().unwrap_or_default();
        fields["message"] == "provider call" && named.starts_with(&reference)
    };
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let words = |line: Value| [said(&line["level"]), said(&line["fields"]["outcome"]), said(&line["fields"]["cause"])];
    lines.filter(is_its).map(words).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_is_a_warning_with_its_cause_and_a_decline_is_none() {
    listen("info");
    let mut hub = TestHub::build().await;
    let charge = hub.merchant.charges(&card_charge(&hub.merchant.id, DECLINED)).await;
    let [[level, outcome, cause]] = &calls(&charge)[..] else { panic!("not one line: {:?}", calls(&charge)) };
    assert_eq!((level.as_str(), outcome.as_str()), ("INFO", "declined"));
    assert!(!cause.is_empty());
    hub.bank.expect([BankReply::LoseAnswer]);
    let charge = hub.merchant.charges(&card_charge(&hub.merchant.id, APPROVED)).await;
    assert_eq!(calls(&charge), [["INFO", "unknown", "no_answer"]], "the sandbox fails where a test asks for it");
    hub.kill_and_restart_without_bank().await;
    let charge = hub.merchant.charges(&card_charge(&hub.merchant.id, APPROVED)).await;
    let failed = calls(&charge);
    assert!(!failed.is_empty());
    for call in failed {
        assert_eq!(call, ["INFO", "not_sent", "connection_refused"]);
    }

    // A provider that fails is an operator's.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stand_in = format!("PAGARME=http://{closed}").parse().unwrap();
    let hub = TestHub::build_beside(Clock::system(), StandIns::new(vec![stand_in], Roots::default()).unwrap()).await;
    let credentials = json!({"type": "account", "environment": "sandbox", "fields": {"secretKey": "sk_test_1"}});
    let account = json!({"providers": [{"name": "PAGARME", "credentials": credentials}]});
    hub.merchant.patch(&format!("/v1/merchants/{}", hub.merchant.id), &account).await.assert_status(200);
    let charge = hub.merchant.charges(&card_charge(&hub.merchant.id, APPROVED)).await;
    assert_eq!(calls(&charge), [["WARN", "not_sent", "connection_refused"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_no_card_and_no_personal_data_is_in_the_lines() {
    listen("info");
    let hub = TestHub::build().await;
    let merchant = &hub.merchant;
    let page = merchant.post("/v1/auth", &json!({"scope": "*"})).await.expect(201).text("/publicKey").to_owned();
    let browser = merchant.with_key(&page);
    let order = browser.creates_session(&open_session(&merchant.id)).await;
    let shopper = merchant.with_key(&order.key);
    let plain = with(card(APPROVED), "/cardHolderName", json!(HOLDER));
    let token = shopper.post("/v1/sessions/tokens", &plain).await.expect(201);
    let other = merchant.post_with_key("/v1/tokens", &plain, "key-of-a-token").await.expect(201);
    let customer = json!({
        "name": HOLDER, "email": "mariana@example.com", "phoneNumber": "21 98889999099",
        "document": {"type": "cpf", "number": DOCUMENT},
    });
    shopper.post("/v1/sessions/customers", &customer).await.assert_status(201);
    let pix = with(pix_charge(&merchant.id), "/paymentSource/customer", customer);
    merchant.post("/v1/charges", &pix).await.assert_status(201);
    merchant.get(&format!("/v1/customers?document.number={DOCUMENT}")).await.assert_status(200);
    shopper.post("/v1/sessions/cards", &json!({"tokenId": token.text("/tokenId")})).await.assert_status(201);
    let webhook = json!({"event": "*", "endpoint": "http://127.0.0.1:9/secret-path", "version": "1.0"});
    let made = merchant.post("/v1/webhooks", &webhook).await.expect(201);
    let secret = merchant.get(&format!("/v1/webhooks/{}/secret", made.text("/id"))).await.expect(200);
    merchant.delete(&format!("/v1/auth/{page}")).await.assert_status(204);
    assert!(requests(merchant).len() > 9 && !lines("provider call", "operation", "pending").is_empty());

    let log = logged();
    for private in [
        &merchant.api_key,
        &page,
        &order.key,
        APPROVED,
        HOLDER,
        DOCUMENT,
        "mariana",
        "98889999099",
        "secret-path",
        token.text("/tokenId"),
        other.text("/tokenId"),
        "key-of-a-token",
        secret.text("/secret"),
    ] {
        assert!(!log.contains(private), "{private} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_worldlines_api_has_a_kind_of_its_own() {
    listen("info");
    let hub = TestHub::build().await;
    let made = Server::of(&hub.merchant).makes_session(&json!({})).await.expect(200);
    assert_eq!(last(&hub.merchant)["kind"], "server");
    let path = format!("/client/v1/{}/crypto/publickey", made.text("/customerId"));
    let proof = format!("GCS v1Client:{}", made.text("/clientSessionId"));
    let answer = hub.merchant.send_with(Method::GET, &path, &[("authorization", &proof)], None).await.unwrap();
    answer.assert_status(200);
    assert_eq!(last(&hub.merchant)["kind"], "client_session");
}
