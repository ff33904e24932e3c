//! What the bank posts, and where.

use serde_json::{Value, json};
use tests::fakes::bcb_pix::Profile;

use super::{Customer, ID, KEY, TXID};

#[tokio::test]
async fn each_happening_is_notified_as_it_is_read() {
    for profile in [Profile::Standard, Profile::BancoDoBrasil] {
        let customer = Customer::of(profile).await;
        customer.creates(TXID).await;
        let paid = customer.bank.pays(TXID, 150);
        let path = format!("/pix/{}", paid.end_to_end_id());
        let of = paid.end_to_end_id();
        assert_eq!(paid.body(), json!({ "pix": [customer.reads(&path).await] }));
        assert!(paid.body()["pix"][0].get("devolucoes").is_none());

        for id in ["a", "b"] {
            customer.gives_back(of, id, "0.50").await;
        }
        let done = customer.bank.settles(of, "a");
        assert_eq!(done.body(), json!({ "pix": [customer.reads(&path).await] }));
        let failed = customer.bank.fails(of, "b", "Negado por timeout");
        assert_eq!(failed.body(), json!({ "pix": [customer.reads(&path).await] }));
        let taken = customer.bank.takes_back(of, 25, "MED_PIX_AUTOMATICO");
        assert_eq!(taken.body(), json!({ "pix": [customer.reads(&path).await] }));

        let devolucoes = taken.body()["pix"][0]["devolucoes"].clone();
        let said: Vec<&str> =
            devolucoes.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(said, ["DEVOLVIDO", "NAO_REALIZADO", "DEVOLVIDO"]);
        assert_eq!(devolucoes[2]["id"], taken.devolucao_id());
    }
}

#[tokio::test]
async fn one_call_may_bring_several_pix() {
    let customer = Customer::of(Profile::Standard).await;
    let other = "c".repeat(32);
    customer.creates(TXID).await;
    customer.creates(&other).await;
    let (one, two) = (customer.bank.pays(TXID, 150), customer.bank.pays(&other, 150));
    let pix = |body: Value| body["pix"][0].clone();
    let both = one.clone().and(two.clone());
    assert_eq!(both.body(), json!({ "pix": [pix(one.body()), pix(two.body())] }));
}

#[tokio::test]
async fn a_devolucao_may_come_as_an_object() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    let of = customer.bank.pays(TXID, 150).end_to_end_id().to_owned();
    customer.gives_back(&of, ID, "0.50").await;
    let done = customer.bank.settles(&of, ID);
    let as_object = done.clone().with_devolucao_as_object().body();
    assert_eq!(as_object["pix"][0]["devolucoes"], done.body()["pix"][0]["devolucoes"][0]);
}

#[tokio::test]
async fn a_lie_changes_no_books() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    let invented = customer.bank.invents(TXID, 150);
    assert_eq!(invented.body()["pix"][0]["valor"], "1.50");
    let read = customer.asks("GET", &format!("/pix/{}", invented.end_to_end_id()), None).await;
    assert_eq!((read.status, customer.bank.books()[TXID].debited()), (404, 0));

    let paid = customer.bank.pays(TXID, 150);
    let lie = paid.clone().says("/valor", &json!("99.00"));
    assert_eq!(lie.body()["pix"][0]["valor"], "99.00");
    assert_eq!((paid.body()["pix"][0]["valor"].as_str(), customer.bank.books()[TXID].debited()), (Some("1.50"), 150));
}

#[tokio::test]
async fn the_bank_posts_to_the_address_of_the_key() {
    let customer = Customer::of(Profile::Standard).await;
    customer.creates(TXID).await;
    assert_eq!(customer.bank.notifies_at(TXID), None);
    let address = "https://hub.example.com/v1/callbacks/bank/secret";
    let registered = customer.asks("PUT", &format!("/webhook/{KEY}"), Some(&json!({ "webhookUrl": address }))).await;
    assert_eq!((registered.status, registered.body), (200, Value::Null));
    assert_eq!(customer.bank.notifies_at(TXID), Some(format!("{address}/pix")));
    let read = customer.reads(&format!("/webhook/{KEY}")).await;
    let since = customer.clock.now().to_string();
    assert_eq!(read, json!({ "webhookUrl": address, "chave": KEY, "cnpj": "12ABC34501DE35", "criacao": since }));
}

#[tokio::test]
async fn a_key_is_read_from_an_encoded_path() {
    let customer = Customer::of(Profile::Standard).await;
    let body = json!({ "webhookUrl": "https://hub.example.com" });
    for key in ["testqrcode01@bb.com.br", "testqrcode01%40bb.com.br"] {
        assert_eq!(customer.asks("PUT", &format!("/webhook/{key}"), Some(&body)).await.status, 200);
    }
    assert_eq!(customer.reads("/webhook/testqrcode01%40bb.com.br").await["chave"], "testqrcode01@bb.com.br");
}

#[tokio::test]
#[should_panic(expected = "is not published")]
async fn what_bs2_posts_is_not_published() {
    let customer = Customer::of(Profile::Bs2).await;
    customer.asks("POST", "/qrcodes/dinamico", Some(&super::bs2::wanted(TXID))).await;
    let _ = customer.bank.pays(TXID, 150).body();
}
