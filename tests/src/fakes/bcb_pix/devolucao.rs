//! Devoluções that the receiver asks for, and the Pix that they are of.

use std::time::Duration;

use serde_json::Value;

use super::{
    Desk, Devolucao, DevolucaoStatus, Received, Refusal, Reply,
    check::{self, Check},
    print,
    refusal::Violation,
};

/// The name of the errors of a devolução.
const INVALID: &str = "PixDevolucaoInvalida";
/// How long a Pix can be given back.
const WINDOW: Duration = Duration::from_hours(90 * 24);

impl Desk<'_> {
    pub(super) fn get_pix(&self, end_to_end_id: &str) -> Result<Reply, Refusal> {
        Ok(Reply::json(200, &print::pix(self.bank.profile, self.received(end_to_end_id)?)))
    }

    pub(super) fn put_devolucao(&mut self, end_to_end_id: &str, id: &str, body: &Value) -> Result<Reply, Refusal> {
        if !check::is_id(end_to_end_id, 32..=32) || !check::is_id(id, 1..=35) {
            return Err(Refusal::request("e2eid ou id inválido"));
        }
        let mut check = Check::new("devolucao", body);
        check.required("/valor", |value| check::cents(value).is_some_and(|cents| cents > 0));
        check.optional("/natureza", |value| matches!(value.as_str(), Some("ORIGINAL" | "RETIRADA")));
        check.optional("/descricao", check::is_text(140));
        check.end(INVALID)?;
        let cents = check::cents(&body["valor"]).unwrap_or_default();
        self.may_give_back(self.received(end_to_end_id)?, id, cents)?;

        let is_covered = self.books.balance >= cents;
        let word = |name: &str| body[name].as_str().map(ToOwned::to_owned);
        let (status, motivo) = if is_covered {
            (DevolucaoStatus::EmProcessamento, None)
        } else {
            (DevolucaoStatus::NaoRealizado, Some("Saldo insuficiente".to_owned()))
        };
        let devolucao = Devolucao {
            id: id.to_owned(),
            rtr_id: self.books.pix_id('D', "12345678", self.now),
            cents,
            natureza: word("natureza"),
            descricao: word("descricao"),
            asked_at: self.now,
            settled_at: None,
            status,
            motivo,
        };
        if is_covered {
            self.books.balance -= cents;
        }
        let printed = print::devolucao(self.bank.profile, &devolucao);
        self.books.received.entry(end_to_end_id.to_owned()).and_modify(|pix| pix.devolucoes.push(devolucao));
        Ok(Reply::json(201, &printed))
    }

    pub(super) fn get_devolucao(&self, end_to_end_id: &str, id: &str) -> Result<Reply, Refusal> {
        let devolucao = self.received(end_to_end_id)?.devolucoes.iter().find(|one| one.id == id);
        let devolucao = devolucao.ok_or_else(|| Refusal::not_found("PixDevolucaoNaoEncontrada"))?;
        Ok(Reply::json(200, &print::devolucao(self.bank.profile, devolucao)))
    }

    pub(super) fn received(&self, end_to_end_id: &str) -> Result<&Received, Refusal> {
        self.books.received.get(end_to_end_id).ok_or_else(|| Refusal::not_found("PixNaoEncontrado"))
    }

    /// An id is good for one devolução, and asking again is an error.
    fn may_give_back(&self, received: &Received, id: &str, cents: u64) -> Result<(), Refusal> {
        let broken = if received.devolucoes.iter().any(|one| one.id == id) {
            ("id", "O id já foi usado.")
        } else if cents > received.available() {
            ("devolucao.valor", "A soma das devoluções supera o valor do Pix.")
        } else if self.now.since(received.at) > WINDOW {
            ("horario", "O prazo de 90 dias terminou.")
        } else {
            return Ok(());
        };
        Err(Refusal::operation(INVALID, vec![Violation::new(broken.0, broken.1)]))
    }
}
