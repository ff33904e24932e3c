//! Where the bank sends what it has to say about a DICT key.

use reqwest::Url;
use serde_json::{Value, json};

use super::{Desk, Profile, Refusal, Reply, check::Check, print};

/// Characters of an address at Banco do Brasil.
const MAX_ADDRESS: usize = 140;

impl Desk<'_> {
    pub(super) fn put_webhook(&mut self, key: &str, body: &Value) -> Result<Reply, Refusal> {
        let most = if self.bank.profile == Profile::BancoDoBrasil { MAX_ADDRESS } else { usize::MAX };
        let mut check = Check::new("webhook", body);
        check.required("/webhookUrl", |value| {
            let address = value.as_str().filter(|text| text.chars().count() <= most);
            address.and_then(|text| Url::parse(text).ok()).is_some_and(|address| address.scheme() == "https")
        });
        let is_own = self.bank.account.keys.iter().any(|own| own == key);
        check.rule("/chave", "A chave não pertence ao usuário recebedor.", |_| is_own);
        check.end("WebhookOperacaoInvalida")?;
        let address = body["webhookUrl"].as_str().unwrap_or_default().to_owned();
        self.books.webhooks.insert(key.to_owned(), (address, self.now));
        Ok(Reply::empty(200))
    }

    pub(super) fn get_webhook(&self, key: &str) -> Result<Reply, Refusal> {
        let webhook = self.books.webhooks.get(key).ok_or_else(|| Refusal::not_found("NaoEncontrado"))?;
        let (address, since) = webhook;
        let since = print::time(self.bank.profile, *since);
        let body = json!({ "webhookUrl": address, "chave": key, "cnpj": "12ABC34501DE35", "criacao": since });
        Ok(Reply::json(200, &body))
    }
}
