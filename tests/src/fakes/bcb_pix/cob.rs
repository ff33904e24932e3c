//! Cobs: create or change, read, cancel.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::{
    Account, CobStatus, Desk, Profile, Refusal, Reply,
    books::Cob,
    check::{self, Check},
    print,
    refusal::Violation,
};

/// The name of the errors of operations on cobs.
const INVALID: &str = "CobOperacaoInvalida";
/// A cob without `expiracao` lives so many seconds.
const DEFAULT_EXPIRATION: i64 = 86_400;
/// What a cob keeps of its request; `calendario` is kept apart.
const TERMS: [&str; 5] = ["devedor", "valor", "chave", "solicitacaoPagador", "infoAdicionais"];

impl Desk<'_> {
    pub(super) fn put_cob(&mut self, txid: &str, body: &Value) -> Result<Reply, Refusal> {
        is_txid(txid)?;
        check_cob("cob", body, &self.bank.account, 1..=i64::from(i32::MAX))?;
        if let Some(cob) = self.books.cobs.get_mut(txid) {
            active(cob)?;
            cob.change(body);
        } else {
            self.create(txid, body);
        }
        let status = if self.bank.profile == Profile::BancoDoBrasil { 200 } else { 201 };
        self.reply_cob(txid, status)
    }

    pub(super) fn get_cob(&self, txid: &str) -> Result<Reply, Refusal> {
        self.reply_cob(txid, 200)
    }

    /// Cancels the cob. The bank offers no other change by PATCH.
    pub(super) fn patch_cob(&mut self, txid: &str, body: &Value) -> Result<Reply, Refusal> {
        is_txid(txid)?;
        let cob = self.books.cobs.get_mut(txid).ok_or_else(unknown)?;
        let removed = CobStatus::RemovidaPeloUsuarioRecebedor;
        if *body != json!({ "status": removed.word() }) {
            return Err(Refusal::operation(INVALID, vec![Violation::new("cob.status", "Alteração não permitida.")]));
        }
        active(cob)?;
        cob.status = removed;
        cob.revision += 1;
        self.reply_cob(txid, 200)
    }

    /// Puts a new cob into the books.
    pub(super) fn create(&mut self, txid: &str, body: &Value) -> &Cob {
        let location_id = self.books.number();
        let cob = Cob {
            created_at: self.now,
            revision: 0,
            status: CobStatus::Ativa,
            expiration: expiration(body),
            terms: terms(body),
            location_id,
            location: format!("pix.example.com/qr/v2/9d36b84fc70b478f{location_id:016x}"),
        };
        self.books.cobs.entry(txid.to_owned()).or_insert(cob)
    }

    fn reply_cob(&self, txid: &str, status: u16) -> Result<Reply, Refusal> {
        let cob = self.books.cobs.get(txid).ok_or_else(unknown)?;
        let has_code = self.bank.has_codes && self.bank.profile != Profile::Bs2;
        let printed = print::cob(self.bank.profile, txid, cob, &self.books.received_for(txid), has_code);
        Ok(Reply::json(status, &printed))
    }
}

impl Cob {
    /// Only a change counts as a revision.
    fn change(&mut self, body: &Value) {
        let (expiration, terms) = (expiration(body), terms(body));
        if (self.expiration, &self.terms) != (expiration, &terms) {
            self.revision += 1;
        }
        (self.expiration, self.terms) = (expiration, terms);
    }
}

/// The rules of a cob's fields.
pub(super) fn check_cob(
    object: &'static str,
    body: &Value,
    account: &Account,
    expirations: RangeInclusive<i64>,
) -> Result<(), Refusal> {
    let mut check = Check::new(object, body);
    let is_expiration = |value: &Value| value.as_i64().is_some_and(|seconds| expirations.contains(&seconds));
    check.required("/calendario", Value::is_object);
    check.optional("/calendario/expiracao", is_expiration);
    check.optional("/devedor", check::is_debtor);
    check.required("/valor", Value::is_object);
    check.required("/valor/original", |value| check::cents(value).is_some_and(|cents| cents > 0));
    check.optional("/valor/modalidadeAlteracao", |value| matches!(value.as_i64(), Some(0 | 1)));
    check.rule("/valor/retirada", "O recebedor não oferece saque nem troco.", |value| value.is_none());
    check.required("/chave", check::is_text(77));
    let is_own = |value: Option<&Value>| account.keys.iter().any(|key| value.is_some_and(|value| value == key));
    check.rule("/chave", "A chave não pertence ao usuário recebedor.", is_own);
    check.optional("/solicitacaoPagador", check::is_text(140));
    check.optional("/infoAdicionais", check::is_information);
    check.rule("/loc", "O location não existe.", |value| value.is_none());
    check.end(INVALID)
}

pub(super) fn is_txid(txid: &str) -> Result<(), Refusal> {
    if check::is_id(txid, 26..=35) { Ok(()) } else { Err(Refusal::request("txid inválido")) }
}

fn active(cob: &Cob) -> Result<(), Refusal> {
    let not_active = || Refusal::operation(INVALID, vec![Violation::new("cob.status", "A cobrança não está ATIVA.")]);
    if cob.status == CobStatus::Ativa { Ok(()) } else { Err(not_active()) }
}

const fn unknown() -> Refusal {
    Refusal::not_found("CobNaoEncontrado")
}

fn expiration(body: &Value) -> i64 {
    body.pointer("/calendario/expiracao").and_then(Value::as_i64).unwrap_or(DEFAULT_EXPIRATION)
}

fn terms(body: &Value) -> Value {
    TERMS.iter().filter_map(|name| Some(((*name).to_owned(), body.get(name)?.clone()))).collect()
}
