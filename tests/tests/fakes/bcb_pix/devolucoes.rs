//! Devoluções: asked for, done, not done, and those of the bank (MED).

use std::time::Duration;

use serde_json::json;
use tests::fakes::bcb_pix::{DevolucaoStatus, Profile};

use super::{Customer, ID, TXID, is_problem};

const INVALID: &str = "PixDevolucaoInvalida";
const SUM: &[&str] = &["devolucao.valor"];

/// A bank where 1.50 was paid, and the end-to-end id.
async fn paid() -> (Customer, String) {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    let end_to_end_id = customer.bank.pays(TXID, 150).end_to_end_id().to_owned();
    (customer, end_to_end_id)
}

#[tokio::test]
async fn a_devolucao_is_under_way_until_the_bank_has_done_it() {
    let (customer, of) = paid().await;
    let path = format!("/pix/{of}/devolucao/{ID}");
    let asked_at = customer.clock.now().to_string();
    let begun = customer.gives_back(&of, ID, "0.75").await;
    let rtr_id = begun.body["rtrId"].as_str().unwrap();
    assert!(rtr_id.starts_with('D') && rtr_id.len() == 32, "{rtr_id}");
    let expected = json!({
        "id": ID, "rtrId": rtr_id, "valor": "0.75", "status": "EM_PROCESSAMENTO",
        "horario": { "solicitacao": asked_at },
    });
    assert_eq!((begun.status, &begun.body), (201, &expected));
    assert_eq!(customer.reads(&path).await, expected);
    let booked = &customer.bank.books()[TXID];
    assert_eq!((booked.given_back(), booked.net(), customer.bank.balance()), (0, 150, 75));

    customer.clock.advance(Duration::from_secs(2));
    customer.bank.settles(&of, ID);
    let done = json!({
        "id": ID, "rtrId": rtr_id, "valor": "0.75", "status": "DEVOLVIDO",
        "horario": { "solicitacao": asked_at, "liquidacao": customer.clock.now().to_string() },
    });
    assert_eq!(customer.reads(&path).await, done);
    assert_eq!(customer.reads(&format!("/cob/{TXID}")).await["pix"][0]["devolucoes"], json!([done]));
    let booked = &customer.bank.books()[TXID];
    assert_eq!((booked.given_back(), booked.net(), customer.bank.balance()), (75, 75, 75));
}

#[tokio::test]
async fn a_devolucao_that_fails_leaves_the_money() {
    let (customer, of) = paid().await;
    customer.gives_back(&of, ID, "1.50").await;
    customer.bank.fails(&of, ID, "Negado por timeout");
    let failed = customer.reads(&format!("/pix/{of}/devolucao/{ID}")).await;
    assert_eq!((&failed["status"], &failed["motivo"]), (&json!("NAO_REALIZADO"), &json!("Negado por timeout")));
    assert!(failed["horario"].get("liquidacao").is_none());
    assert_eq!((customer.bank.books()[TXID].net(), customer.bank.balance()), (150, 150));
    assert_eq!(customer.gives_back(&of, "b", "1.50").await.status, 201, "another id may ask for the same money");
}

#[tokio::test]
async fn an_id_is_good_for_one_devolucao_of_one_pix() {
    let (customer, of) = paid().await;
    assert_eq!(customer.gives_back(&of, ID, "0.50").await.status, 201);
    is_problem(&customer.gives_back(&of, ID, "0.50").await, 400, INVALID, &["id"]);
    customer.bank.settles(&of, ID);
    is_problem(&customer.gives_back(&of, ID, "0.50").await, 400, INVALID, &["id"]);
    assert_eq!(customer.gives_back(&of, "b", "0.50").await.status, 201);
    customer.bank.fails(&of, "b", "Conta encerrada");
    is_problem(&customer.gives_back(&of, "b", "0.50").await, 400, INVALID, &["id"]);

    customer.creates(&"c".repeat(32)).await;
    let other = customer.bank.pays(&"c".repeat(32), 150).end_to_end_id().to_owned();
    assert_eq!(customer.gives_back(&other, ID, "0.50").await.status, 201, "the id belongs to its Pix");
}

#[tokio::test]
async fn no_more_is_given_back_than_was_paid() {
    let (customer, of) = paid().await;
    is_problem(&customer.gives_back(&of, "a", "1.51").await, 400, INVALID, SUM);
    assert_eq!(customer.gives_back(&of, "b", "0.50").await.status, 201);
    is_problem(&customer.gives_back(&of, "c", "1.01").await, 400, INVALID, SUM);
    customer.bank.settles(&of, "b");
    is_problem(&customer.gives_back(&of, "d", "1.01").await, 400, INVALID, SUM);
    let id = customer.bank.takes_back(&of, 30, "MED_FRAUDE").devolucao_id().to_owned();
    is_problem(&customer.gives_back(&of, "e", "0.71").await, 400, INVALID, SUM);
    is_problem(&customer.gives_back(&of, &id, "0.70").await, 400, INVALID, &["id"]);
    assert_eq!(customer.gives_back(&of, "f", "0.70").await.status, 201);
    customer.bank.settles(&of, "f");
    is_problem(&customer.gives_back(&of, "g", "0.01").await, 400, INVALID, SUM);
    let booked = &customer.bank.books()[TXID];
    assert_eq!((booked.debited(), booked.given_back(), booked.net(), customer.bank.balance()), (150, 150, 0, 0));
}

#[tokio::test]
async fn the_bank_takes_back_under_an_id_of_its_own() {
    let (customer, of) = paid().await;
    let id = customer.bank.takes_back(&of, 150, "MED_OPERACIONAL").devolucao_id().to_owned();
    let taken = customer.reads(&format!("/pix/{of}/devolucao/{id}")).await;
    assert_eq!((&taken["natureza"], &taken["status"]), (&json!("MED_OPERACIONAL"), &json!("DEVOLVIDO")));
    assert_eq!((customer.bank.books()[TXID].net(), customer.bank.balance()), (0, 0));
}

#[tokio::test]
async fn a_pix_is_given_back_for_ninety_days() {
    let (customer, of) = paid().await;
    customer.clock.advance(Duration::from_hours(90 * 24));
    assert_eq!(customer.gives_back(&of, "a", "0.50").await.status, 201);
    customer.clock.advance(Duration::from_millis(1));
    is_problem(&customer.gives_back(&of, "b", "0.50").await, 400, INVALID, &["horario"]);
}

#[tokio::test]
async fn a_devolucao_without_balance_is_not_done() {
    let (customer, of) = paid().await;
    customer.bank.withdraws(100);
    let refused = customer.gives_back(&of, ID, "0.51").await;
    assert_eq!(refused.status, 201);
    assert_eq!(
        (&refused.body["status"], &refused.body["motivo"]),
        (&json!("NAO_REALIZADO"), &json!("Saldo insuficiente"))
    );
    assert_eq!(customer.reads(&format!("/pix/{of}/devolucao/{ID}")).await, refused.body);
    assert_eq!((customer.bank.books()[TXID].net(), customer.bank.balance()), (150, 50));
    is_problem(&customer.gives_back(&of, ID, "0.51").await, 400, INVALID, &["id"]);
    assert_eq!(customer.gives_back(&of, "b", "0.50").await.body["status"], "EM_PROCESSAMENTO");
}

#[tokio::test]
async fn what_the_bank_does_not_know_is_not_found() {
    let (customer, of) = paid().await;
    let unknown = "E".repeat(32);
    is_problem(&customer.gives_back(&unknown, ID, "0.50").await, 404, "PixNaoEncontrado", &[]);
    let read = customer.asks("GET", &format!("/pix/{unknown}/devolucao/{ID}"), None).await;
    is_problem(&read, 404, "PixNaoEncontrado", &[]);
    let read = customer.asks("GET", &format!("/pix/{of}/devolucao/{ID}"), None).await;
    is_problem(&read, 404, "PixDevolucaoNaoEncontrada", &[]);
}

#[tokio::test]
async fn the_books_hold_each_devolucao() {
    let (customer, of) = paid().await;
    customer.gives_back(&of, "a", "0.20").await;
    customer.gives_back(&of, "b", "0.30").await;
    customer.bank.settles(&of, "a");
    let received = &customer.bank.books()[TXID].received[0];
    let held: Vec<_> = received.devolucoes.iter().map(|one| (one.id.as_str(), one.cents, one.status)).collect();
    assert_eq!(held, [("a", 20, DevolucaoStatus::Devolvido), ("b", 30, DevolucaoStatus::EmProcessamento)]);
    assert_eq!(received.end_to_end_id, of);
}
