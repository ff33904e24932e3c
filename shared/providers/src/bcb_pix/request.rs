//! The requests to a bank.

use std::fmt::Write;

use domain::{customer::CustomerData, document::DocumentKind, merchant::ProviderAccount, money::Amount};
use serde::Serialize;

use super::{Profile, account, decimal};
use crate::{BuildError, Create, HttpRequest, Verb};

/// Characters of the words that the shopper reads, at most.
const MAX_WORDS: usize = 140;
/// Characters of a debtor's name, at most.
const MAX_NAME: usize = 200;

/// A bank, as one account uses it.
pub(super) struct Bank<'a> {
    pub(super) profile: Profile,
    pub(super) account: &'a ProviderAccount,
}

impl Bank<'_> {
    /// The creation of a cob.
    pub(super) fn create(&self, create: &Create, expires_in: u32) -> Result<HttpRequest, BuildError> {
        let cob = Cob {
            calendario: Calendario { expiracao: expires_in },
            devedor: create.customer.and_then(debtor),
            valor: Valor { original: decimal::written(create.money.amount) },
            chave: self.field(account::PIX_KEY)?,
            solicitacao_pagador: create.description.map(|words| cut(words, MAX_WORDS)),
        };
        match self.profile {
            Profile::Standard | Profile::BancoDoBrasil => {
                self.json(Verb::Put, &format!("/cob/{}", create.reference), &cob)
            }
            Profile::Bs2 => {
                let code = QrCode {
                    tx_id: create.reference,
                    cobranca: cob,
                    aceita_mais_de_um_pagamento: false,
                    recebivel_apos_vencimento: false,
                };
                self.json(Verb::Post, "/qrcodes/dinamico", &code)
            }
        }
    }

    /// The read of a cob.
    pub(super) fn read(&self, txid: &str) -> Result<HttpRequest, BuildError> {
        self.bare(Verb::Get, &format!("/cob/{txid}"))
    }

    /// The cancel of an unpaid cob, which may change nothing else.
    pub(super) fn cancel(&self, txid: &str) -> Result<HttpRequest, BuildError> {
        let removed = Revision { status: "REMOVIDA_PELO_USUARIO_RECEBEDOR" };
        self.json(Verb::Patch, &format!("/cob/{txid}"), &removed)
    }

    /// The devolução `id` of a Pix.
    pub(super) fn refund(&self, end_to_end_id: &str, id: &str, amount: Amount) -> Result<HttpRequest, BuildError> {
        let asked = Devolucao { valor: decimal::written(amount) };
        self.json(Verb::Put, &format!("/pix/{end_to_end_id}/devolucao/{id}"), &asked)
    }

    /// The read of the devolução `id` of a Pix.
    pub(super) fn read_refund(&self, end_to_end_id: &str, id: &str) -> Result<HttpRequest, BuildError> {
        self.bare(Verb::Get, &format!("/pix/{end_to_end_id}/devolucao/{id}"))
    }

    /// The registration of the address to which the bank sends the notifications about the account's Pix key.
    pub(super) fn register(&self, url: &str) -> Result<HttpRequest, BuildError> {
        let path = format!("/webhook/{}", encoded(self.field(account::PIX_KEY)?));
        self.json(Verb::Put, &path, &Webhook { webhook_url: url })
    }

    fn json(&self, verb: Verb, path: &str, body: &impl Serialize) -> Result<HttpRequest, BuildError> {
        Ok(self.of_this_bank(HttpRequest::json(verb, &self.base()?, self.path(path)?, body)?))
    }

    fn bare(&self, verb: Verb, path: &str) -> Result<HttpRequest, BuildError> {
        Ok(self.of_this_bank(HttpRequest::bare(verb, &self.base()?, self.path(path)?)))
    }

    fn base(&self) -> Result<String, BuildError> {
        account::base(self.profile, self.account).ok_or(BuildError::NoField(account::BASE_URL))
    }

    fn path(&self, path: &str) -> Result<String, BuildError> {
        Ok(match self.profile {
            Profile::Standard | Profile::Bs2 => path.to_owned(),
            Profile::BancoDoBrasil => format!("{path}?gw-dev-app-key={}", encoded(self.field(account::APP_KEY)?)),
        })
    }

    fn of_this_bank(&self, request: HttpRequest) -> HttpRequest {
        match account::user_agent(self.profile, self.account) {
            Some(agent) => request.with_header("user-agent", agent),
            None => request,
        }
    }

    fn field(&self, name: &'static str) -> Result<&str, BuildError> {
        self.account.credentials.field(name).ok_or(BuildError::NoField(name))
    }
}

/// `text` as a part of an address (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    })
}

/// A debtor is complete, with a document and a name, or there is none.
fn debtor(customer: &CustomerData) -> Option<Debtor<'_>> {
    let number = customer.document.number()?;
    let name = Some(cut(&customer.name, MAX_NAME)).filter(|name| !name.is_empty())?;
    match customer.document.kind() {
        DocumentKind::Cpf => Some(Debtor { cpf: Some(number), cnpj: None, nome: name }),
        DocumentKind::Cnpj => Some(Debtor { cpf: None, cnpj: Some(number), nome: name }),
        DocumentKind::NoDocument | DocumentKind::Other(_) => None,
    }
}

fn cut(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cob<'a> {
    calendario: Calendario,
    #[serde(skip_serializing_if = "Option::is_none")]
    devedor: Option<Debtor<'a>>,
    valor: Valor,
    chave: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    solicitacao_pagador: Option<String>,
}

#[derive(Serialize)]
struct Calendario {
    expiracao: u32,
}

#[derive(Serialize)]
struct Debtor<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cpf: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnpj: Option<&'a str>,
    nome: String,
}

#[derive(Serialize)]
struct Valor {
    original: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QrCode<'a> {
    tx_id: &'a str,
    cobranca: Cob<'a>,
    aceita_mais_de_um_pagamento: bool,
    recebivel_apos_vencimento: bool,
}

#[derive(Serialize)]
struct Revision {
    status: &'static str,
}

#[derive(Serialize)]
struct Devolucao {
    valor: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Webhook<'a> {
    webhook_url: &'a str,
}
