//! Cobs: created, changed, read, canceled.

use std::time::Duration;

use domain::brcode;
use serde_json::json;
use tests::fakes::bcb_pix::{BcbPix, CobStatus, Profile};

use super::{Customer, KEY, TXID, is_problem, wanted, with};

const INVALID: &str = "CobOperacaoInvalida";

#[tokio::test]
async fn a_cob_is_created_and_read() {
    let customer = Customer::of(Profile::Standard).await;
    let created = customer.creates(TXID).await;
    let body = &created.body;
    let (location, now) = (body["location"].as_str().unwrap(), customer.clock.now().to_string());
    let expected = json!({
        "calendario": { "criacao": now, "expiracao": 3600 },
        "txid": TXID,
        "revisao": 0,
        "loc": { "id": body["loc"]["id"], "txid": TXID, "location": location, "tipoCob": "cob", "criacao": now },
        "location": location,
        "status": "ATIVA",
        "devedor": { "cpf": "12345678909", "nome": "Maria da Silva" },
        "valor": { "original": "1.50" },
        "chave": KEY,
        "solicitacaoPagador": "Pedido 42",
        "pixCopiaECola": body["pixCopiaECola"],
    });
    assert_eq!((created.status, body), (201, &expected));
    assert!(location.starts_with("pix.example.com/qr/v2/") && location.len() <= 77);
    assert_eq!(customer.reads(&format!("/cob/{TXID}")).await, expected);
    let booked = &customer.bank.books()[TXID];
    assert_eq!((booked.status, booked.debited()), (CobStatus::Ativa, 0));
}

#[tokio::test]
async fn banco_do_brasil_answers_200_and_writes_times_and_lives_its_own_way() {
    let customer = Customer::of(Profile::BancoDoBrasil).await;
    let created = customer.creates(TXID).await;
    assert_eq!((created.status, &created.body["calendario"]["expiracao"]), (200, &json!("3600")));
    let at = created.body["calendario"]["criacao"].as_str().unwrap();
    assert_eq!(at.split_once('.').unwrap().1.len(), "38-03:00".len(), "{at}");
    let off = customer.clock.now().as_millis() - at.parse::<domain::time::Timestamp>().unwrap().as_millis();
    assert!((0..10).contains(&off), "{at}");
    assert_eq!(customer.reads(&format!("/cob/{TXID}")).await, created.body);
}

#[tokio::test]
async fn the_code_leads_to_the_location() {
    for profile in [Profile::Standard, Profile::BancoDoBrasil] {
        let created = Customer::of(profile).await.creates(TXID).await.body;
        let fields = brcode::parse(created["pixCopiaECola"].as_str().unwrap()).unwrap();
        let account = format!("0014br.gov.bcb.pix25{}{}", 54, created["location"].as_str().unwrap());
        assert_eq!(brcode::field(&fields, "26"), Some(account.as_str()));
        assert_eq!(brcode::field(&fields, "62"), Some("0503***"));
    }
}

#[tokio::test]
async fn a_bank_may_print_no_code() {
    let customer = Customer::of_bank(|clock| BcbPix::new(Profile::Standard, clock).without_codes()).await;
    let created = customer.creates(TXID).await.body;
    assert!(created.get("pixCopiaECola").is_none() && created["location"].is_string());
    assert!(customer.reads(&format!("/cob/{TXID}")).await.get("pixCopiaECola").is_none());
}

#[tokio::test]
async fn a_cob_without_a_life_has_a_day_and_stays_active_after_it() {
    let customer = Customer::of(Profile::Standard).await;
    let path = format!("/cob/{TXID}");
    let body = with(wanted(), "/calendario", json!({}));
    assert_eq!(customer.asks("PUT", &path, Some(&body)).await.body["calendario"]["expiracao"], 86_400);
    customer.clock.advance(Duration::from_hours(48));
    assert_eq!(customer.reads(&path).await["status"], "ATIVA");
}

#[tokio::test]
async fn the_same_put_again_changes_nothing_and_another_revises() {
    let customer = Customer::of(Profile::Standard).await;
    let path = format!("/cob/{TXID}");
    let created = customer.creates(TXID).await;
    customer.clock.advance(Duration::from_mins(1));
    assert_eq!(customer.creates(TXID).await, created);
    let changed = with(with(wanted(), "/valor/original", json!("2.00")), "/devedor", json!(null));
    let revised = customer.asks("PUT", &path, Some(&changed)).await;
    assert_eq!((revised.status, &revised.body["revisao"]), (201, &json!(1)));
    assert_eq!((&revised.body["valor"]["original"], revised.body.get("devedor")), (&json!("2.00"), None));
    assert_eq!(revised.body["calendario"], created.body["calendario"]);
    assert_eq!(revised.body["location"], created.body["location"]);
    assert_eq!(customer.bank.books().len(), 1);
}

#[tokio::test]
async fn a_cob_that_is_not_active_is_not_changed() {
    let customer = Customer::of(Profile::Standard).await;
    let txids = ["a".repeat(26), "b".repeat(26), "c".repeat(26)];
    for txid in &txids {
        customer.creates(txid).await;
    }
    customer.bank.pays(&txids[0], 150);
    customer.bank.removes(&txids[1]);
    let cancel = json!({ "status": "REMOVIDA_PELO_USUARIO_RECEBEDOR" });
    customer.asks("PATCH", &format!("/cob/{}", txids[2]), Some(&cancel)).await;
    for (txid, status) in txids.iter().zip(["CONCLUIDA", "REMOVIDA_PELO_PSP", "REMOVIDA_PELO_USUARIO_RECEBEDOR"]) {
        let path = format!("/cob/{txid}");
        is_problem(&customer.asks("PUT", &path, Some(&wanted())).await, 400, INVALID, &["cob.status"]);
        is_problem(&customer.asks("PATCH", &path, Some(&cancel)).await, 400, INVALID, &["cob.status"]);
        assert_eq!(customer.reads(&path).await["status"], status);
    }
}

#[tokio::test]
async fn a_cob_is_canceled_by_its_status_alone() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    let path = format!("/cob/{TXID}");
    let cancel = json!({ "status": "REMOVIDA_PELO_USUARIO_RECEBEDOR" });
    let wrong = [
        json!({}),
        json!({ "status": "REMOVIDA_PELO_PSP" }),
        json!({ "valor": { "original": "2.00" } }),
        with(cancel.clone(), "/solicitacaoPagador", json!("Pedido 43")),
    ];
    for body in wrong {
        is_problem(&customer.asks("PATCH", &path, Some(&body)).await, 400, INVALID, &["cob.status"]);
    }
    assert_eq!(customer.bank.books()[TXID].status, CobStatus::Ativa);
    let canceled = customer.asks("PATCH", &path, Some(&cancel)).await;
    assert_eq!((canceled.status, &canceled.body["status"]), (200, &cancel["status"]));
    assert_eq!(canceled.body["revisao"], 1);
    assert_eq!(customer.bank.books()[TXID].status, CobStatus::RemovidaPeloUsuarioRecebedor);
}

#[tokio::test]
async fn what_the_bank_does_not_know_is_not_found() {
    let customer = Customer::of(Profile::Standard).await;
    let path = format!("/cob/{TXID}");
    let cancel = json!({ "status": "REMOVIDA_PELO_USUARIO_RECEBEDOR" });
    is_problem(&customer.asks("GET", &path, None).await, 404, "CobNaoEncontrado", &[]);
    is_problem(&customer.asks("PATCH", &path, Some(&cancel)).await, 404, "CobNaoEncontrado", &[]);
    for (method, path) in
        [("POST", "/cob"), ("DELETE", path.as_str()), ("GET", "/cobv/1"), ("POST", "/qrcodes/dinamico")]
    {
        is_problem(&customer.asks(method, path, Some(&wanted())).await, 404, "NaoEncontrado", &[]);
    }
}
