//! The fields of a cob and of a devolução, one rule after the other.

use reqwest::Method;
use serde_json::{Value, json};
use tests::fakes::bcb_pix::Profile;

use super::{Customer, ID, KEY, SCOPES, TXID, answer, is_problem, wanted, with};

#[tokio::test]
async fn a_cob_with_a_wrong_field_is_refused() {
    let customer = Customer::of(Profile::Standard).await;
    let (cpf, cnpj) = (json!("12345678909"), json!("12ABC34501DE35"));
    let information = |count: usize| json!(vec![json!({ "nome": "n", "valor": "v" }); count]);
    let wrong: Vec<(&str, Value, &[&str])> = vec![
        ("/calendario", json!(null), &["cob.calendario"]),
        ("/calendario", json!("3600"), &["cob.calendario"]),
        ("/calendario/expiracao", json!("3600"), &["cob.calendario.expiracao"]),
        ("/calendario/expiracao", json!(0), &["cob.calendario.expiracao"]),
        ("/calendario/expiracao", json!(-1), &["cob.calendario.expiracao"]),
        ("/calendario/expiracao", json!(1.5), &["cob.calendario.expiracao"]),
        ("/calendario/expiracao", json!(2_147_483_648_u64), &["cob.calendario.expiracao"]),
        ("/devedor", json!("Maria"), &["cob.devedor"]),
        ("/devedor", json!({ "nome": "Maria" }), &["cob.devedor"]),
        ("/devedor", json!({ "cpf": cpf }), &["cob.devedor"]),
        ("/devedor", json!({ "cpf": cpf, "nome": "M".repeat(201) }), &["cob.devedor"]),
        ("/devedor", json!({ "cpf": "123.456.789-09", "nome": "Maria" }), &["cob.devedor"]),
        ("/devedor", json!({ "cpf": "1234567890", "nome": "Maria" }), &["cob.devedor"]),
        ("/devedor", json!({ "cpf": 12_345_678_909_u64, "nome": "Maria" }), &["cob.devedor"]),
        ("/devedor", json!({ "cnpj": "12abc34501de35", "nome": "Loja" }), &["cob.devedor"]),
        ("/devedor", json!({ "cnpj": "12.345.678/0001-9", "nome": "Loja" }), &["cob.devedor"]),
        ("/devedor", json!({ "cpf": cpf, "cnpj": cnpj, "nome": "Maria" }), &["cob.devedor"]),
        ("/valor", json!(null), &["cob.valor", "cob.valor.original"]),
        ("/valor/original", json!(1.5), &["cob.valor.original"]),
        ("/valor/original", json!("1.5"), &["cob.valor.original"]),
        ("/valor/original", json!("150"), &["cob.valor.original"]),
        ("/valor/original", json!("1,50"), &["cob.valor.original"]),
        ("/valor/original", json!("-1.50"), &["cob.valor.original"]),
        ("/valor/original", json!("0.00"), &["cob.valor.original"]),
        ("/valor/original", json!("12345678901.00"), &["cob.valor.original"]),
        ("/valor/modalidadeAlteracao", json!(2), &["cob.valor.modalidadeAlteracao"]),
        ("/valor/retirada", json!({}), &["cob.valor.retirada"]),
        ("/chave", json!(null), &["cob.chave", "cob.chave"]),
        ("/chave", json!("12345678909"), &["cob.chave"]),
        ("/chave", json!("k".repeat(78)), &["cob.chave", "cob.chave"]),
        ("/solicitacaoPagador", json!("ã".repeat(141)), &["cob.solicitacaoPagador"]),
        ("/solicitacaoPagador", json!(42), &["cob.solicitacaoPagador"]),
        ("/infoAdicionais", information(51), &["cob.infoAdicionais"]),
        ("/infoAdicionais", json!([{ "nome": "n" }]), &["cob.infoAdicionais"]),
        ("/infoAdicionais", json!([{ "nome": "n".repeat(51), "valor": "v" }]), &["cob.infoAdicionais"]),
        ("/infoAdicionais", json!([{ "nome": "n", "valor": "v".repeat(201) }]), &["cob.infoAdicionais"]),
        ("/loc", json!({ "id": 1, "tipoCob": "cob" }), &["cob.loc"]),
    ];
    for (pointer, value, fields) in wrong {
        let body = with(wanted(), pointer, value);
        let refused = customer.asks("PUT", &format!("/cob/{TXID}"), Some(&body)).await;
        is_problem(&refused, 400, "CobOperacaoInvalida", fields);
    }
    assert!(customer.bank.books().is_empty());
}

#[tokio::test]
async fn a_cob_at_the_limits_of_its_fields_is_taken() {
    let customer = Customer::of(Profile::Standard).await;
    let information = json!({ "nome": "é".repeat(50), "valor": "é".repeat(200) });
    let right = [
        ("/calendario/expiracao", json!(1)),
        ("/calendario/expiracao", json!(i32::MAX)),
        ("/devedor", json!(null)),
        ("/devedor", json!({ "cnpj": "12ABC34501DE35", "nome": "L".repeat(200) })),
        ("/valor/original", json!("0.01")),
        ("/valor/original", json!("9999999999.99")),
        ("/valor/modalidadeAlteracao", json!(1)),
        ("/chave", json!("testqrcode01@bb.com.br")),
        ("/solicitacaoPagador", json!("ã".repeat(140))),
        ("/solicitacaoPagador", json!(null)),
        ("/infoAdicionais", json!(vec![information; 50])),
    ];
    for (pointer, value) in right {
        let body = with(wanted(), pointer, value.clone());
        let taken = customer.asks("PUT", &format!("/cob/{TXID}"), Some(&body)).await;
        assert_eq!(taken.status, 201, "{taken:?}");
        assert_eq!(taken.body.pointer(pointer), Some(&value).filter(|value| !value.is_null()));
    }
}

#[tokio::test]
async fn a_txid_has_26_to_35_letters_and_digits() {
    let customer = Customer::of(Profile::Standard).await;
    for txid in ["a".repeat(25), "a".repeat(36), format!("{}-", "a".repeat(30)), "%C3%A3".repeat(13)] {
        let path = format!("/cob/{txid}");
        for method in ["PUT", "PATCH"] {
            let refused = customer.asks(method, &path, Some(&wanted())).await;
            is_problem(&refused, 400, "RequisicaoInvalida", &[]);
        }
        is_problem(&customer.asks("GET", &path, None).await, 404, "CobNaoEncontrado", &[]);
    }
    customer.creates(&"Z".repeat(26)).await;
    customer.creates(&"9".repeat(35)).await;
}

#[tokio::test]
async fn a_body_is_an_object_of_json() {
    let customer = Customer::of(Profile::Standard).await;
    let token = customer.token(SCOPES).await;
    let url = format!("{}/api/pix/v2/cob/{TXID}", customer.server.url());
    let request = |kind: &str, body: String| {
        let request = customer.http.request(Method::PUT, &url).bearer_auth(&token);
        request.header("content-type", kind).body(body)
    };
    let whole = wanted().to_string();
    let half = whole[..whole.len() / 2].to_owned();
    for (kind, body) in
        [("application/json", half), ("application/json", "[]".to_owned()), ("text/plain", whole.clone())]
    {
        is_problem(&answer(request(kind, body)).await.unwrap(), 400, "RequisicaoInvalida", &[]);
    }
    assert_eq!(answer(request("application/json; charset=utf-8", whole)).await.unwrap().status, 201);
}

#[tokio::test]
async fn a_devolucao_with_a_wrong_field_is_refused() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    let end_to_end_id = customer.bank.pays(TXID, 150).end_to_end_id().to_owned();
    let right = json!({ "valor": "0.75", "natureza": "ORIGINAL", "descricao": "é".repeat(140) });
    let path = |id: &str| format!("/pix/{end_to_end_id}/devolucao/{id}");
    let wrong = [
        ("/valor", json!(null)),
        ("/valor", json!(0.75)),
        ("/valor", json!("0.7")),
        ("/valor", json!("0.00")),
        ("/natureza", json!("MED_FRAUDE")),
        ("/descricao", json!("é".repeat(141))),
    ];
    for (pointer, value) in wrong {
        let refused = customer.asks("PUT", &path(ID), Some(&with(right.clone(), pointer, value))).await;
        is_problem(&refused, 400, "PixDevolucaoInvalida", &[&format!("devolucao{}", pointer.replace('/', "."))]);
    }
    for id in ["a".repeat(36), "a-b".to_owned()] {
        is_problem(&customer.asks("PUT", &path(&id), Some(&right)).await, 400, "RequisicaoInvalida", &[]);
        is_problem(&customer.asks("GET", &path(&id), None).await, 404, "PixDevolucaoNaoEncontrada", &[]);
    }
    for of in ["E".repeat(31), "E".repeat(33), "-".repeat(32)] {
        let refused = customer.asks("PUT", &format!("/pix/{of}/devolucao/{ID}"), Some(&right)).await;
        is_problem(&refused, 400, "RequisicaoInvalida", &[]);
    }
    assert!(customer.bank.books()[TXID].received[0].devolucoes.is_empty());
    let taken = customer.asks("PUT", &path(&"a".repeat(35)), Some(&right)).await;
    assert_eq!((taken.status, &taken.body["natureza"]), (201, &right["natureza"]));
    assert_eq!(taken.body["descricao"], right["descricao"]);
}

#[tokio::test]
async fn a_webhook_with_a_wrong_field_is_refused() {
    let customer = Customer::of(Profile::BancoDoBrasil).await;
    let address = |length: usize| format!("https://hub.example.com/{:a<1$}", "", length - 24);
    let path = format!("/webhook/{KEY}");
    for wrong in [json!({}), json!({ "webhookUrl": "http://hub.example.com" }), json!({ "webhookUrl": "hub" })] {
        let refused = customer.asks("PUT", &path, Some(&wrong)).await;
        is_problem(&refused, 400, "WebhookOperacaoInvalida", &["webhook.webhookUrl"]);
    }
    let refused = customer.asks("PUT", &path, Some(&json!({ "webhookUrl": address(141) }))).await;
    is_problem(&refused, 400, "WebhookOperacaoInvalida", &["webhook.webhookUrl"]);
    let right = json!({ "webhookUrl": address(140) });
    assert_eq!(customer.asks("PUT", &path, Some(&right)).await.status, 200);
    let refused = customer.asks("PUT", "/webhook/12345678909", Some(&right)).await;
    is_problem(&refused, 400, "WebhookOperacaoInvalida", &["webhook.chave"]);
    is_problem(&customer.asks("GET", "/webhook/12345678909", None).await, 404, "NaoEncontrado", &[]);
}
