//! What banks answer, read leniently: BB writes numbers as text, BS2 has names of its own, and where the standard lists
//! several things, its published example has one of them bare.

use domain::{brcode::BrCode, money::Amount};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Profile;
use crate::{
    HttpAnswer,
    decimal::Decimal,
    text::{self, MAX_ID, is_br_code, is_br_code_of},
};

/// The name and the city of a code that the hub writes. The shopper's bank shows those that go with the Pix key.
const PLACE: (&str, &str) = ("PIX", "BRASILIA");

/// A cob, and what was paid for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cob {
    txid: Option<String>,
    tx_id: Option<String>,
    pub(super) status: String,
    chave: Option<String>,
    valor: Option<Valor>,
    location: Option<String>,
    loc: Option<Loc>,
    pix_copia_e_cola: Option<String>,
    qr_code: Option<String>,
    #[serde(rename = "textoImagemQRcode")]
    texto_imagem_qrcode: Option<String>,
    #[serde(default, deserialize_with = "listed")]
    pub(super) pix: Vec<Pix>,
}

#[derive(Deserialize)]
struct Valor {
    original: Decimal,
}

#[derive(Deserialize)]
struct Loc {
    location: Option<String>,
}

/// A Pix that a shopper has sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pix {
    pub(super) end_to_end_id: Id,
    pub(super) txid: Option<String>,
    pub(super) valor: Decimal,
    #[serde(default, deserialize_with = "listed")]
    pub(super) devolucoes: Vec<Devolucao>,
}

/// Money on its way back to a shopper.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Devolucao {
    pub(super) id: Id,
    pub(super) rtr_id: Option<Id>,
    pub(super) valor: Decimal,
    pub(super) status: String,
    natureza: Option<String>,
}

/// The address to which the bank sends notifications.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Registered {
    pub(super) webhook_url: String,
}

/// An id of letters and digits, 64 of them at most: it is kept whole, and is a part of addresses as it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Id(pub(super) String);

impl TryFrom<String> for Id {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_id(&text) { Ok(Self(text)) } else { Err("no id of letters and digits") }
    }
}

/// Whether `text` can be an id of the Pix system.
pub(super) fn is_id(text: &str) -> bool {
    text::is_id(text, MAX_ID, &[])
}

impl Cob {
    /// The cob in an answer that is about this txid alone, and so are its payments. No Pix and no devolução is of nothing.
    pub(super) fn read(answer: &HttpAnswer, txid: &str) -> Option<Self> {
        let cob: Self = answer.read()?;
        let named = cob.txid.as_deref().or(cob.tx_id.as_deref());
        let is_its = |pix: &Pix| pix.txid.as_deref().is_none_or(|other| other == txid);
        let has_moved =
            |pix: &Pix| pix.valor.0 > Amount::ZERO && pix.devolucoes.iter().all(|one| one.valor.0 > Amount::ZERO);
        let is_it = named == Some(txid) && cob.pix.iter().all(|pix| is_its(pix) && has_moved(pix));
        is_it.then_some(cob)
    }

    /// Whether it is paid to this Pix key, or does not say to which.
    pub(super) fn is_of_key(&self, key: &str) -> bool {
        self.chave.as_deref().is_none_or(|own| own == key)
    }

    /// What it asks the shopper for; none where the bank does not say.
    pub(super) fn original(&self) -> Option<Amount> {
        self.valor.as_ref().map(|valor| valor.original.0)
    }

    /// The code that pays this amount: the bank's, or one that leads to the cob's location. None where a code of the bank
    /// asks for another amount.
    pub(super) fn code(&self, amount: Amount) -> Option<String> {
        let codes = [&self.pix_copia_e_cola, &self.qr_code, &self.texto_imagem_qrcode];
        match codes.into_iter().flatten().find(|code| is_br_code(code)) {
            Some(code) => is_br_code_of(code, amount).then(|| code.clone()),
            None => {
                let location = self.location.as_deref().or_else(|| self.loc.as_ref()?.location.as_deref())?;
                let location = location.strip_prefix("https://").unwrap_or(location);
                BrCode::dynamic(location, PLACE.0, PLACE.1, None).ok()
            }
        }
    }
}

impl Devolucao {
    /// Whether the shopper's bank took the money back (Mecanismo Especial de Devolução).
    pub(super) fn is_med(&self) -> bool {
        self.natureza.as_deref().is_some_and(|word| word.starts_with("MED_"))
    }
}

/// A list, one thing alone, or nothing.
pub(super) fn listed<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Listed<T> {
        Many(Vec<T>),
        One(T),
    }

    Ok(match Option::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Listed::Many(all)) => all,
        Some(Listed::One(one)) => vec![one],
    })
}

/// How a bank says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request breaks a rule, and nothing was done: 400 in the API's own words.
    Invalid,
    /// The bank, or a server before it, does not know the hub or does not let it do this: 401 or 403.
    NotAllowed,
    /// There is no such cob, Pix or devolução: 404 in the API's own words.
    NotFound,
    /// Something else, which says nothing about what was done.
    Unclear,
}

impl Refusal {
    /// What an answer that is no success means.
    pub(super) fn of(profile: Profile, answer: &HttpAnswer) -> Self {
        match (answer.status, words(profile, answer)) {
            (400, Words::Api | Words::Gateway) => Self::Invalid,
            (401 | 403, _) => Self::NotAllowed,
            (404, Words::Api) => Self::NotFound,
            (_, Words::Api | Words::Gateway | Words::Others) => Self::Unclear,
        }
    }
}

/// Whether an error is in the words of the bank.
pub(super) fn is_of_the_bank(profile: Profile, answer: &HttpAnswer) -> bool {
    match words(profile, answer) {
        Words::Api | Words::Gateway => true,
        Words::Others => false,
    }
}

/// Who speaks in an error.
enum Words {
    /// The API: a problem of RFC 7807, or `{message}` or `[{tag, descricao}]` of BS2.
    Api,
    /// The gateway before BB's API.
    Gateway,
    /// Some server that does not know the API.
    Others,
}

fn words(profile: Profile, answer: &HttpAnswer) -> Words {
    let has = |value: &Value, name: &str| value.get(name).is_some_and(Value::is_string);
    let Some(body) = answer.read::<Value>() else { return Words::Others };
    let is_tagged = body.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(|one| has(one, "tag")));
    match profile {
        Profile::Standard | Profile::BancoDoBrasil if has(&body, "type") || has(&body, "title") => Words::Api,
        Profile::BancoDoBrasil if body.get("statusCode").is_some() => Words::Gateway,
        Profile::Bs2 if has(&body, "message") || is_tagged => Words::Api,
        Profile::Standard | Profile::BancoDoBrasil | Profile::Bs2 => Words::Others,
    }
}
