//! The registration of the notification address at a bank.

use flows::{
    PublicUrl,
    account::provider::{self, NotRegistered, Registered},
};
use serde_json::json;
use tests::fakes::{Fault, Reply, bcb_pix::Profile};

use super::{Shop, kind, txid};

impl Shop {
    /// Registers the account's notification address, at this public address of the hub.
    async fn registers(&self, public_url: &str) -> Result<Registered, NotRegistered> {
        let client = self.hub.merchant.client_id.parse().unwrap();
        let public_url: PublicUrl = public_url.parse().unwrap();
        let listed = flows::account::merchant::list(self.hub.flows(), client).await.unwrap();
        let account = listed[0].accounts_at(kind(self.bank.profile())).next().unwrap().id;
        provider::register(&self.hub.flows().clone().at(public_url), client, account).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notification_address_is_registered_and_the_bank_calls_there() {
    for profile in [Profile::Standard, Profile::BancoDoBrasil] {
        let shop = Shop::open(profile).await;
        let address = format!("https://pay.example{}", shop.path);
        for _ in 0..2 {
            assert_eq!(shop.registers("https://pay.example").await, Ok(Registered::Done(address.clone())));
        }
        let (charge, _) = shop.sells().await; // by notifications to this path
        assert_eq!(shop.bank.notifies_at(&txid(&charge)), Some(format!("{address}/pix")));
        shop.assert_books_agree().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_bank_cannot_use_is_refused_before_any_call() {
    for public_url in ["http://pay.example", "http://127.0.0.1:3000", "https://10.0.0.1", "https://localhost"] {
        let shop = Shop::open(Profile::BancoDoBrasil).await;
        assert_eq!(shop.registers(public_url).await, Err(NotRegistered::NotPublic), "{public_url}");
        assert!(shop.server.asked().is_empty());
    }
    // Banco do Brasil takes 140 characters: `https://`, a host of 29, and a path of 103.
    let shop = Shop::open(Profile::BancoDoBrasil).await;
    let too_long = shop.registers(&format!("https://{}.example", "a".repeat(22))).await.unwrap_err();
    assert_eq!(too_long, NotRegistered::TooLong { has: 141, takes: 140, host: 29 });
    assert!(too_long.to_string().contains("141 characters") && too_long.to_string().contains("at most 29"));
    assert!(shop.server.asked().is_empty());
    shop.registers(&format!("https://{}.example", "a".repeat(21))).await.unwrap();
    let other = Shop::open(Profile::Standard).await;
    other.registers(&format!("https://{}.example", "a".repeat(60))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn why_an_address_was_not_registered_is_said() {
    let wrong = Shop::open_with(Profile::Standard, Some("wrong")).await;
    assert_eq!(wrong.registers("https://pay.example").await, Err(NotRegistered::KeysRefused));
    let unclear = "the provider failed: try again later";
    for (fault, why) in [
        (
            Reply::json(
                400,
                &json!({"type": "https://pix.bcb.gov.br/api/v2/error/WebhookOperacaoInvalida",
            "title": "Inválida", "status": 400}),
            ),
            NotRegistered::AddressRefused,
        ),
        (Reply::empty(503), NotRegistered::UnknownOutcome(unclear)),
    ] {
        let shop = Shop::open(Profile::Standard).await;
        shop.server.treat(move |asked| asked.path.contains("/webhook/").then(|| Fault::Refuse(fault.clone())));
        assert_eq!(shop.registers("https://pay.example").await, Err(why));
        assert_eq!(shop.bank.notifies_at(&txid(&shop.charges().await)), None);
    }
    assert_eq!(Shop::open(Profile::Bs2).await.registers("https://pay.example").await, Ok(Registered::Nowhere));
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_an_address_was_registered_is_unknown_without_an_answer_that_shows_it() {
    let lost = NotRegistered::UnknownOutcome("the connection ended without an answer");
    let unclear = NotRegistered::UnknownOutcome("the provider's answer is unclear, or shows another address");
    for (method, fault, why) in [
        ("PUT", Fault::LoseAnswer, lost.clone()),
        ("GET", Fault::LoseAnswer, lost),
        ("GET", Fault::Refuse(Reply::empty(403)), NotRegistered::NotReadBack),
        ("GET", Fault::Refuse(Reply::json(200, &json!({"webhookUrl": "https://other.example/"}))), unclear),
    ] {
        let shop = Shop::open(Profile::Standard).await;
        shop.server
            .treat(move |asked| (asked.method == method && asked.path.contains("/webhook/")).then(|| fault.clone()));
        assert_eq!(shop.registers("https://pay.example").await, Err(why), "{method}");
        assert!(shop.bank.notifies_at(&txid(&shop.charges().await)).is_some(), "the bank has it");
    }
}
