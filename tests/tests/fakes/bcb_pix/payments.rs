//! Pix that arrive: in time, late, twice, with another amount.

use std::time::Duration;

use serde_json::json;
use tests::fakes::bcb_pix::{CobStatus, Profile};

use super::{Customer, TXID, is_problem};

#[tokio::test]
async fn a_payment_ends_the_cob_and_is_shown() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    let id = customer.bank.pays(TXID, 150).end_to_end_id().to_owned();
    assert!(id.starts_with('E') && id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    let pix = json!({
        "endToEndId": id,
        "txid": TXID,
        "valor": "1.50",
        "horario": customer.clock.now().to_string(),
        "infoPagador": "Pago pelo celular",
    });
    let cob = customer.reads(&format!("/cob/{TXID}")).await;
    assert_eq!((&cob["status"], &cob["pix"]), (&json!("CONCLUIDA"), &json!([pix])));
    assert_eq!(customer.reads(&format!("/pix/{id}")).await, pix);
    assert_eq!(customer.bank.balance(), 150);
    let booked = &customer.bank.books()[TXID];
    assert_eq!(
        (booked.status, booked.debited(), booked.given_back(), booked.net()),
        (CobStatus::Concluida, 150, 0, 150)
    );
}

#[tokio::test]
async fn banco_do_brasil_says_who_paid() {
    let customer = Customer::of(Profile::BancoDoBrasil).await;
    customer.creates(TXID).await;
    let id = customer.bank.pays(TXID, 150).end_to_end_id().to_owned();
    let pix = customer.reads(&format!("/pix/{id}")).await;
    assert_eq!(pix["pagador"], json!({ "cpf": "12345678909", "nome": "Maria da Silva" }));
    assert!(pix["horario"].as_str().unwrap().ends_with("-03:00"));
}

#[tokio::test]
async fn the_amount_that_was_paid_counts() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    customer.bank.pays(TXID, 123_456_789);
    let cob = customer.reads(&format!("/cob/{TXID}")).await;
    assert_eq!((&cob["valor"]["original"], &cob["pix"][0]["valor"]), (&json!("1.50"), &json!("1234567.89")));
}

#[tokio::test]
async fn an_expired_cob_is_paid_late() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    customer.clock.advance(Duration::from_hours(2));
    assert!(customer.reads(&format!("/cob/{TXID}")).await.get("pix").is_none());
    customer.bank.pays(TXID, 150);
    let cob = customer.reads(&format!("/cob/{TXID}")).await;
    assert_eq!((&cob["status"], &cob["pix"][0]["horario"]), (&json!("CONCLUIDA"), &json!(customer.clock.now())));
}

#[tokio::test]
async fn a_payment_under_way_arrives_at_a_removed_cob() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    customer.bank.removes(TXID);
    let id = customer.bank.pays_anyway(TXID, 150).end_to_end_id().to_owned();
    let cob = customer.reads(&format!("/cob/{TXID}")).await;
    assert_eq!((&cob["status"], &cob["pix"][0]["endToEndId"]), (&json!("REMOVIDA_PELO_PSP"), &json!(id)));
    assert_eq!(customer.bank.books()[TXID].net(), 150);
}

#[tokio::test]
async fn a_cob_paid_twice_shows_both_payments() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    let first = customer.bank.pays(TXID, 150);
    let second = customer.bank.pays_anyway(TXID, 149);
    assert_ne!(first.end_to_end_id(), second.end_to_end_id());
    let cob = customer.reads(&format!("/cob/{TXID}")).await;
    assert_eq!(cob["pix"][0]["endToEndId"], first.end_to_end_id());
    assert_eq!(cob["pix"][1]["valor"], "1.49");
    assert_eq!((customer.bank.books()[TXID].debited(), customer.bank.balance()), (299, 299));
}

#[tokio::test]
#[should_panic(expected = "the shopper's bank pays no other cob")]
async fn a_removed_cob_is_not_paid_from_its_beginning() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    customer.bank.removes(TXID);
    customer.bank.pays(TXID, 150);
}

#[tokio::test]
async fn a_pix_that_never_came_is_not_found() {
    let customer = Customer::of(Profile::Standard).await;
    for id in ["E".repeat(32), "E".repeat(31)] {
        is_problem(&customer.asks("GET", &format!("/pix/{id}"), None).await, 404, "PixNaoEncontrado", &[]);
    }
}
