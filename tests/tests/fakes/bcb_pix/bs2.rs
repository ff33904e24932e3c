//! BS2's own paths and shapes.

use serde_json::{Value, json};
use tests::fakes::bcb_pix::{CobStatus, Profile};

use super::{Answer, Customer, ID, KEY, TXID, with};

/// What BS2 wants for a Pix of 1.50 for one hour.
pub(super) fn wanted(txid: &str) -> Value {
    json!({
        "txId": txid,
        "cobranca": super::wanted(),
        "aceitaMaisDeUmPagamento": false,
        "recebivelAposVencimento": false,
    })
}

async fn creates(customer: &Customer, body: &Value) -> Answer {
    customer.asks("POST", "/qrcodes/dinamico", Some(body)).await
}

/// Asserts an error that names these fields.
#[track_caller]
fn names(answer: &Answer, fields: &[&str]) {
    let found: Vec<_> = answer.body.as_array().unwrap().iter().map(|one| one["tag"].as_str().unwrap()).collect();
    assert_eq!((answer.status, found.as_slice()), (400, fields), "{answer:?}");
}

#[tokio::test]
async fn a_cob_is_created_read_and_canceled() {
    let customer = Customer::of(Profile::Bs2).await;
    let created = creates(&customer, &wanted(TXID)).await;
    let body = &created.body;
    let calendar = json!({ "criacao": customer.clock.now().to_string(), "expiracao": 3600 });
    let expected = json!({
        "txId": TXID, "status": "ATIVA", "calendario": calendar, "location": body["location"], "revisao": 0,
        "qrCode": body["qrCode"],
    });
    assert_eq!((created.status, body), (201, &expected));
    assert!(domain::brcode::parse(body["qrCode"].as_str().unwrap()).is_ok());

    let path = format!("/cob/{TXID}");
    let read = customer.reads(&path).await;
    assert_eq!((&read["txid"], &read["status"], &read["location"]), (&json!(TXID), &body["status"], &body["location"]));
    assert_eq!((&read["calendario"], read.get("pixCopiaECola")), (&calendar, None));
    let cancel = json!({ "status": "REMOVIDA_PELO_USUARIO_RECEBEDOR" });
    assert_eq!(customer.asks("PATCH", &path, Some(&cancel)).await.body["status"], cancel["status"]);
    assert_eq!(customer.bank.books()[TXID].status, CobStatus::RemovidaPeloUsuarioRecebedor);
}

#[tokio::test]
async fn a_wrong_field_is_refused() {
    let customer = Customer::of(Profile::Bs2).await;
    let wrong: [(&str, Value, &[&str]); 10] = [
        ("/txId", json!(null), &["txId"]),
        ("/txId", json!("a".repeat(25)), &["txId"]),
        ("/cobranca", json!(null), &["cobranca", "cobranca.calendario.expiracao"]),
        ("/cobranca/calendario/expiracao", json!(null), &["cobranca.calendario.expiracao"]),
        ("/cobranca/calendario/expiracao", json!(3_599), &["cobranca.calendario.expiracao"]),
        ("/cobranca/calendario/expiracao", json!(604_801), &["cobranca.calendario.expiracao"]),
        ("/cobranca/valor/original", json!("0.00"), &["cobranca.valor.original"]),
        ("/cobranca/chave", json!("another"), &["cobranca.chave"]),
        ("/aceitaMaisDeUmPagamento", json!("false"), &["aceitaMaisDeUmPagamento"]),
        ("/recebivelAposVencimento", json!(0), &["recebivelAposVencimento"]),
    ];
    for (pointer, value, fields) in wrong {
        names(&creates(&customer, &with(wanted(TXID), pointer, value)).await, fields);
    }
    assert!(customer.bank.books().is_empty());
    let longest = with(wanted(TXID), "/cobranca/calendario/expiracao", json!(604_800));
    assert_eq!(creates(&customer, &longest).await.status, 201);
}

#[tokio::test]
async fn a_tx_id_is_used_once() {
    let customer = Customer::of(Profile::Bs2).await;
    assert_eq!(creates(&customer, &wanted(TXID)).await.status, 201);
    names(&creates(&customer, &wanted(TXID)).await, &["txId"]);
}

#[tokio::test]
async fn a_payment_is_read_with_its_amount_as_a_number() {
    let customer = Customer::of(Profile::Bs2).await;
    creates(&customer, &wanted(TXID)).await;
    let id = customer.bank.pays(TXID, 150).end_to_end_id().to_owned();
    assert_eq!(customer.reads(&format!("/cob/{TXID}")).await["pix"][0]["endToEndId"], id);
    customer.bank.takes_back(&id, 50, "MED_FRAUDE");
    let path = format!("/recebimentos/{id}/recebimento");
    let read = customer.reads(&format!("{path}?TxId={TXID}")).await;
    let now = customer.clock.now().to_string();
    let devolucao = &read["devolucoes"][0];
    let expected = json!({
        "endToEndId": id,
        "recebimentoId": read["recebimentoId"],
        "txId": TXID,
        "data": now,
        "valor": 1.5,
        "status": "Efetivado",
        "pagador": { "documento": "12345678909", "nome": "Maria da Silva" },
        "situacao": "ACCC",
        "devolucoes": [{
            "id": devolucao["id"], "rtrId": devolucao["rtrId"], "valor": "0.50", "natureza": "MED_FRAUDE",
            "horario": { "solicitacao": now, "liquidacao": now }, "status": "DEVOLVIDO",
        }],
    });
    assert_eq!(read, expected);
    let other = customer.asks("GET", &format!("{path}?TxId={}", "c".repeat(32)), None).await;
    assert_eq!((other.status, other.body), (404, json!({ "message": "Entidade não encontrada." })));
}

#[tokio::test]
async fn what_bs2_does_not_offer_is_not_found() {
    let customer = Customer::of(Profile::Bs2).await;
    let body = super::wanted();
    let pix = format!("/pix/{}", "E".repeat(32));
    for (method, path) in [
        ("PUT", format!("/cob/{TXID}")),
        ("GET", pix.clone()),
        ("PUT", format!("{pix}/devolucao/{ID}")),
        ("PUT", format!("/webhook/{KEY}")),
    ] {
        let refused = customer.asks(method, &path, (method == "PUT").then_some(&body)).await;
        assert_eq!((refused.status, refused.body), (404, json!({ "message": "Entidade não encontrada." })), "{path}");
    }
}
