//! Who may ask, where, and what an idempotency key does.

use std::{sync::Arc, time::Duration};

use reqwest::Client;
use serde_json::json;
use tests::fakes::{
    Asked, Fake, Fault, Reply, Server,
    adyen::{API_KEY, Adyen, MERCHANT_ACCOUNT, Stage, configuration_error, internal_error},
};

use super::{Merchant, asked, cancel_of, card, change_of, json_of};

/// The answer to a card payment that was changed on its way.
fn answer_to(change: impl FnOnce(&mut Asked)) -> Reply {
    let merchant = Merchant::new();
    let mut asked = asked(None, "/v72/payments", &card("r1"));
    change(&mut asked);
    let reply = merchant.adyen.answer(&asked);
    assert_eq!(merchant.adyen.payments().len(), usize::from(reply.status == 200));
    reply
}

fn error_of(reply: &Reply) -> (u16, String, String) {
    let body = json_of(reply);
    assert_eq!(body["status"], json!(reply.status));
    assert!(!body["message"].as_str().unwrap().is_empty());
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (reply.status, text("errorCode"), text("errorType"))
}

fn error(status: u16, code: &str, kind: &str) -> (u16, String, String) {
    (status, code.to_owned(), kind.to_owned())
}

#[test]
fn only_the_right_key_opens_the_account() {
    let wrong = answer_to(|asked| asked.headers[0].1 = "another".to_owned());
    assert_eq!(error_of(&wrong), error(401, "000", "security"));
    assert!(json_of(&wrong)["pspReference"].is_null());
    let none = answer_to(|asked| drop(asked.headers.remove(0)));
    assert_eq!(error_of(&none), error(401, "000", "security"));
    let other = answer_to(|asked| {
        let mut body = card("r1");
        body["merchantAccount"] = json!("Outra");
        asked.body = body.to_string().into_bytes();
    });
    assert_eq!(error_of(&other), error(403, "901", "security"));
}

#[test]
fn the_payment_methods_of_the_account_are_listed_and_nothing_is_paid() {
    let merchant = Merchant::new();
    let reply =
        merchant.adyen.answer(&asked(None, "/v72/paymentMethods", &json!({"merchantAccount": MERCHANT_ACCOUNT})));
    let types: Vec<_> =
        json_of(&reply)["paymentMethods"].as_array().unwrap().iter().map(|it| it["type"].clone()).collect();
    assert_eq!((reply.status, types), (200, vec![json!("scheme"), json!("pix"), json!("boletobancario")]));
    let other = asked(None, "/v72/paymentMethods", &json!({"merchantAccount": "Outra"}));
    assert_eq!(merchant.adyen.answer(&other).status, 403);
    assert!(merchant.adyen.payments().is_empty());
}

#[test]
fn only_json_is_read() {
    let broken = answer_to(|asked| asked.body = b"{".to_vec());
    assert_eq!(error_of(&broken), error(400, "702", "validation"));
    let form = answer_to(|asked| asked.headers[1].1 = "application/x-www-form-urlencoded".to_owned());
    assert_eq!(error_of(&form), error(400, "702", "validation"));
}

#[test]
fn there_is_no_read_and_no_other_version() {
    assert_eq!(answer_to(|asked| asked.method = "GET".to_owned()).status, 404);
    assert_eq!(answer_to(|asked| asked.path = "/v71/payments".to_owned()).status, 404);
    assert_eq!(answer_to(|asked| asked.path = "/payments".to_owned()).status, 404);
    assert_eq!(answer_to(|asked| asked.path = "/v72/payments/1/voids".to_owned()).status, 404);
    assert_eq!(answer_to(|asked| asked.path = "/checkout/v72/payments".to_owned()).status, 200);
}

#[test]
fn the_same_key_has_the_same_answer_for_seven_days() {
    let merchant = Merchant::new();
    let first = merchant.ask_under(Some("k"), "/v72/payments", &card("r1"));
    merchant.clock.advance(Duration::from_hours(7 * 24) - Duration::from_secs(1));
    let again = merchant.ask_under(Some("k"), "/v72/payments", &card("r1"));
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(merchant.adyen.payments().len(), 1);

    merchant.clock.advance(Duration::from_secs(1));
    let later = merchant.ask_under(Some("k"), "/v72/payments", &card("r1"));
    assert_eq!(later.status, 200);
    assert_ne!(later.body, first.body);
    assert_eq!(merchant.adyen.holding("r1").authorised, 2000);
}

#[test]
fn a_key_belongs_to_all_operations_and_keeps_refusals() {
    let merchant = Merchant::new();
    let payment = merchant.pays(&card("r1"));
    let captures = format!("/v72/payments/{payment}/captures");
    let first = merchant.ask_under(Some("k"), &captures, &change_of("c1", 1000));
    let refund = merchant.ask_under(Some("k"), &format!("/v72/payments/{payment}/refunds"), &change_of("f1", 1000));
    assert_eq!(refund.body, first.body);
    assert_eq!(merchant.adyen.modifications().len(), 1);

    let refused = merchant.ask_under(Some("l"), &captures, &change_of("c2", 0));
    assert_eq!(refused.status, 422);
    assert_eq!(merchant.ask_under(Some("l"), &captures, &change_of("c2", 1)).body, refused.body);
    // A request without the right API key has used no idempotency key.
    let mut stranger = asked(Some("m"), &captures, &change_of("c3", 1));
    stranger.headers[0].1 = "another".to_owned();
    assert_eq!(merchant.adyen.answer(&stranger).status, 401);
    assert_eq!(merchant.ask_under(Some("m"), &captures, &change_of("c3", 1)).status, 201);
}

#[test]
fn a_key_has_at_most_64_characters() {
    let merchant = Merchant::new();
    assert_eq!(merchant.ask_under(Some(&"k".repeat(64)), "/v72/payments", &card("r1")).status, 200);
    for key in ["k".repeat(65), String::new()] {
        let refused = merchant.ask_under(Some(&key), "/v72/payments", &card("r2"));
        assert_eq!(error_of(&refused), error(400, "702", "validation"));
    }
    assert_eq!(merchant.adyen.payments().len(), 1);
}

#[test]
fn a_repeat_while_the_first_still_runs_is_answered_704() {
    let merchant = Merchant::new();
    merchant.adyen.run_long_next();
    assert_eq!(merchant.ask_under(Some("k"), "/v72/payments", &card("r1")).status, 504);
    let repeat = merchant.ask_under(Some("k"), "/v72/payments", &card("r1"));
    assert_eq!(error_of(&repeat), error(422, "704", "validation"));

    // A cancel that overtakes the authorization finds nothing.
    merchant.asks("/v72/cancels", &cancel_of("r1", "x1"));
    merchant.adyen.settle_all();
    assert_eq!(merchant.codes(), ["TECHNICAL_CANCEL!"]);
    assert!(merchant.adyen.payments().is_empty());

    merchant.adyen.finish_running();
    assert_eq!(merchant.codes(), ["AUTHORISATION"]);
    let answer = merchant.ask_under(Some("k"), "/v72/payments", &card("r1"));
    assert_eq!((answer.status, &json_of(&answer)["resultCode"]), (200, &json!("Authorised")));
    assert_eq!(merchant.adyen.payments()[0].stage, Stage::Authorised);

    // The next request does not run long.
    assert_eq!(merchant.ask("/v72/payments", &card("r2")).status, 200);
}

#[test]
fn both_kinds_of_500_are_as_published() {
    assert_eq!(error_of(&configuration_error()), error(500, "905", "configuration"));
    assert_eq!(error_of(&internal_error()), error(500, "000", "internal"));
}

#[tokio::test]
async fn a_lost_answer_is_repeated_by_its_key_over_http() {
    let adyen = Adyen::new(flows::Clock::system());
    let server = Server::open(Arc::new(adyen.clone())).await;
    // Another test of this process may have chosen the same one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    let send = || {
        let request = client.post(format!("{}/v72/payments", server.url())).body(card("r1").to_string());
        let request = request.header("content-type", "application/json");
        request.header("x-api-key", API_KEY).header("idempotency-key", "k").send()
    };
    server.treat_next("POST", "/payments", Fault::LoseAnswer);
    send().await.unwrap_err();
    let payment = adyen.payments()[0].psp_reference.clone();
    let answer: serde_json::Value = serde_json::from_slice(&send().await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(answer["pspReference"], json!(payment));
    assert_eq!((adyen.payments().len(), server.count("POST", "/payments")), (1, 2));
}
