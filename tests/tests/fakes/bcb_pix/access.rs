//! Tokens, scopes, and the key of an application.

use std::time::Duration;

use serde_json::{Value, json};
use tests::fakes::bcb_pix::{BcbPix, Profile};

use super::{Answer, Customer, ID, KEY, SCOPES, TXID, answer, wanted};

const PROFILES: [Profile; 3] = [Profile::Standard, Profile::BancoDoBrasil, Profile::Bs2];
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_token_opens_the_api_until_its_life_ends() {
    for (profile, life) in PROFILES.into_iter().zip([3_600_u64, 600, 300]) {
        let customer = Customer::of(profile).await;
        let secret = &customer.bank.account().client_secret;
        let issued = customer.asks_token(secret, &[GRANT, ("scope", SCOPES)]).await;
        let token = issued.body["access_token"].as_str().unwrap();
        let expected = json!({ "access_token": token, "token_type": "Bearer", "expires_in": life, "scope": SCOPES });
        assert_eq!((issued.status, &issued.body), (200, &expected));

        customer.clock.advance(Duration::from_millis(life * 1_000 - 1));
        assert_eq!(read_with(&customer, token).await.status, 404);
        customer.clock.advance(Duration::from_millis(1));
        assert_eq!(read_with(&customer, token).await, unauthorized(profile, "Token desconhecido ou expirado"));
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_open() {
    for profile in PROFILES {
        let customer = Customer::of(profile).await;
        assert_eq!(read_with(&customer, "").await.status, 401);
        let unknown = read_with(&customer, "token99999999").await;
        assert_eq!(unknown, unauthorized(profile, "Token desconhecido ou expirado"));
    }
}

#[tokio::test]
async fn a_wrong_client_gets_no_token() {
    let customer = Customer::of(Profile::Standard).await;
    let account = customer.bank.account();
    let form = [GRANT, ("scope", SCOPES)];
    let wrong = customer.asks_token("another", &form).await;
    assert_eq!((wrong.status, wrong.body["error"].as_str()), (401, Some("invalid_client")));
    assert!(wrong.body["error_description"].is_string());

    let url = format!("{}/oauth/token", customer.server.url());
    let inside =
        [GRANT, ("scope", SCOPES), ("client_id", &account.client_id), ("client_secret", &account.client_secret)];
    let wrong = answer(customer.http.post(url).form(&inside)).await.unwrap();
    assert_eq!((wrong.status, wrong.body["error"].as_str()), (401, Some("invalid_client")), "only by Basic");
}

#[tokio::test]
async fn a_wrong_form_gets_no_token() {
    let customer = Customer::of(Profile::BancoDoBrasil).await;
    let account = customer.bank.account();
    let forms: [(&[(&str, &str)], &str); 4] = [
        (&[("scope", SCOPES)], "invalid_request"),
        (&[("grant_type", "password"), ("scope", SCOPES)], "unsupported_grant_type"),
        (&[GRANT], "invalid_scope"),
        (&[GRANT, ("scope", "cob.writer")], "invalid_scope"),
    ];
    for (form, error) in forms {
        let wrong = customer.asks_token(&account.client_secret, form).await;
        assert_eq!((wrong.status, wrong.body["error"].as_str()), (400, Some(error)), "{form:?}");
    }
    let url = format!("{}/oauth/token", customer.server.url());
    let basic = |request: reqwest::RequestBuilder| request.basic_auth(&account.client_id, Some(&account.client_secret));
    let json = json!({ "grant_type": "client_credentials", "scope": SCOPES }).to_string();
    let as_json = basic(customer.http.post(&url)).header("content-type", "application/json").body(json);
    assert_eq!(answer(as_json).await.unwrap().status, 415);
    assert_eq!(answer(basic(customer.http.get(&url))).await.unwrap().status, 405);
}

#[tokio::test]
async fn each_operation_wants_its_scope() {
    let customer = Customer::of(Profile::Standard).await;
    let pix = format!("/pix/{}", "E".repeat(32));
    let (devolucao, cob, webhook) =
        (format!("{pix}/devolucao/{ID}"), format!("/cob/{TXID}"), format!("/webhook/{KEY}"));
    let operations = [
        ("PUT", &cob, "cob.write"),
        ("PATCH", &cob, "cob.write"),
        ("GET", &cob, "cob.read"),
        ("GET", &pix, "pix.read"),
        ("PUT", &devolucao, "pix.write"),
        ("GET", &devolucao, "pix.read"),
        ("PUT", &webhook, "webhook.write"),
        ("GET", &webhook, "webhook.read"),
    ];
    for (method, path, scope) in operations {
        let body = wanted();
        let body = (method != "GET").then_some(&body);
        let others: Vec<&str> = SCOPES.split(' ').filter(|other| *other != scope).collect();
        let without = customer.token(&others.join(" ")).await;
        let refused = customer.asks_with(&without, method, path, body).await;
        super::is_problem(&refused, 403, "AcessoNegado", &[]);
        let token = customer.token(scope).await;
        let open = customer.asks_with(&token, method, path, body).await;
        assert!(![401, 403].contains(&open.status), "{method} {path}: {open:?}");
    }
    assert!(customer.bank.books().contains_key(TXID), "of all these requests one was right");
}

#[tokio::test]
async fn a_missing_scope_is_said_in_each_banks_words() {
    let path = format!("/cob/{TXID}");
    let bb = Customer::of(Profile::BancoDoBrasil).await;
    let refused = bb.asks_with(&bb.token("cob.write").await, "GET", &path, None).await;
    assert_eq!((refused.status, refused.body), (403, gateway(403, "Forbidden", "insufficient_scope")));
    let bs2 = Customer::of(Profile::Bs2).await;
    let refused = bs2.asks_with(&bs2.token("cob.write").await, "GET", &path, None).await;
    assert_eq!((refused.status, refused.body), (403, json!({ "message": "insufficient_scope" })));
}

#[tokio::test]
async fn a_bank_may_grant_less_and_write_the_life_as_text() {
    let customer =
        Customer::of_bank(|clock| BcbPix::new(Profile::Standard, clock).granting(&["cob.read"]).with_life_as_text())
            .await;
    let issued = customer.asks_token(&customer.bank.account().client_secret, &[GRANT, ("scope", SCOPES)]).await;
    assert_eq!(
        (issued.status, &issued.body["scope"], &issued.body["expires_in"]),
        (200, &json!("cob.read"), &json!("3600"))
    );
    let refused = customer.asks("PUT", &format!("/cob/{TXID}"), Some(&wanted())).await;
    super::is_problem(&refused, 403, "AcessoNegado", &[]);
}

#[tokio::test]
async fn banco_do_brasil_wants_the_key_of_the_application_in_the_query() {
    let customer = Customer::of(Profile::BancoDoBrasil).await;
    let key = customer.bank.account().app_key.clone().unwrap();
    let token = customer.token(SCOPES).await;
    let url = format!("{}/pix/v2/cob/{TXID}", customer.server.url());
    let request = || customer.http.get(&url).bearer_auth(&token);
    let refused = unauthorized(Profile::BancoDoBrasil, "gw-dev-app-key inválida");
    assert_eq!(answer(request()).await.unwrap(), refused);
    assert_eq!(answer(request().query(&[("gw-dev-app-key", "another")])).await.unwrap(), refused);
    assert_eq!(answer(request().header("x-developer-application-key", &key)).await.unwrap(), refused);
    assert_eq!(answer(request().query(&[("gw-dev-app-key", &key)])).await.unwrap().status, 404);
}

#[tokio::test]
async fn only_at_bs2_a_new_token_ends_the_one_before() {
    for profile in PROFILES {
        let customer = Customer::of(profile).await;
        let (first, second) = (customer.token(SCOPES).await, customer.token(SCOPES).await);
        assert_ne!(first, second);
        let expected = if profile == Profile::Bs2 { 401 } else { 404 };
        assert_eq!(read_with(&customer, &first).await.status, expected);
        assert_eq!(read_with(&customer, &second).await.status, 404);
    }
}

#[tokio::test]
async fn bs2_answers_ten_calls_for_a_token_in_a_minute() {
    let customer = Customer::of(Profile::Bs2).await;
    for _ in 0..10 {
        customer.token(SCOPES).await;
    }
    let secret = &customer.bank.account().client_secret;
    let refused = customer.asks_token(secret, &[GRANT, ("scope", SCOPES)]).await;
    assert_eq!((refused.status, refused.body), (429, json!({ "message": "Limite de requisições excedido" })));
    customer.clock.advance(Duration::from_mins(1));
    customer.token(SCOPES).await;
}

#[tokio::test]
async fn a_refused_call_for_a_token_ends_none() {
    let customer = Customer::of(Profile::Bs2).await;
    let token = customer.token(SCOPES).await;
    assert_eq!(customer.asks_token("another", &[GRANT, ("scope", SCOPES)]).await.status, 401);
    assert_eq!(read_with(&customer, &token).await.status, 404);
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let customer = Customer::of(Profile::Standard).await;
    let token = customer.token(SCOPES).await;
    customer.bank.revoke_tokens();
    assert_eq!(read_with(&customer, &token).await.status, 401);
    let token = customer.token(SCOPES).await;
    assert_eq!(read_with(&customer, &token).await.status, 404);
}

/// Reads a cob that does not exist.
async fn read_with(customer: &Customer, token: &str) -> Answer {
    customer.asks_with(token, "GET", &format!("/cob/{TXID}"), None).await
}

fn unauthorized(profile: Profile, why: &str) -> Answer {
    let body = match profile {
        Profile::Standard => json!({ "error": "invalid_token", "error_description": why }),
        Profile::BancoDoBrasil => gateway(401, "Unauthorized", why),
        Profile::Bs2 => json!({ "message": why }),
    };
    Answer { status: 401, kind: "application/json".to_owned(), body }
}

fn gateway(status: u16, error: &str, message: &str) -> Value {
    json!({ "statusCode": status, "error": error, "message": message, "attributes": { "error": message } })
}
