//! What BS2 has of its own: the create of a cob, and the read of a Pix.

use serde_json::{Value, json};

use super::{
    Desk, DevolucaoStatus, Profile, Received, Refusal, Reply, br_code,
    check::Check,
    cob::{check_cob, is_txid},
    print,
    refusal::Violation,
};

/// Seconds that a cob may live at BS2.
const EXPIRATIONS: std::ops::RangeInclusive<i64> = 3_600..=604_800;

impl Desk<'_> {
    pub(super) fn create_qr_code(&mut self, body: &Value) -> Result<Reply, Refusal> {
        let mut check = Check::new("", body);
        check.required("/txId", |value| value.as_str().is_some_and(|txid| is_txid(txid).is_ok()));
        check.required("/cobranca", Value::is_object);
        check.required("/cobranca/calendario/expiracao", |_| true);
        check.optional("/aceitaMaisDeUmPagamento", Value::is_boolean);
        check.optional("/recebivelAposVencimento", Value::is_boolean);
        check.end("CobOperacaoInvalida")?;
        check_cob("cobranca", &body["cobranca"], &self.bank.account, EXPIRATIONS)?;
        let txid = body["txId"].as_str().unwrap_or_default();
        if self.books.cobs.contains_key(txid) {
            return Err(Refusal::operation("CobOperacaoInvalida", vec![Violation::new("txId", "O txId já existe.")]));
        }
        let cob = self.create(txid, &body["cobranca"]);
        let printed = json!({
            "txId": txid,
            "status": cob.status.word(),
            "calendario": { "criacao": print::time(Profile::Bs2, cob.created_at), "expiracao": cob.expiration },
            "location": cob.location,
            "revisao": cob.revision,
            "qrCode": br_code::of(&cob.location),
        });
        Ok(Reply::json(201, &printed))
    }

    pub(super) fn get_recebimento(&self, end_to_end_id: &str, txid: Option<&str>) -> Result<Reply, Refusal> {
        let received = self.received(end_to_end_id)?;
        if txid.is_some_and(|txid| txid != received.txid) {
            return Err(Refusal::not_found("PixNaoEncontrado"));
        }
        Ok(Reply::json(200, &recebimento(received)))
    }
}

/// A Pix as BS2 writes it: the amount of the payment is a number.
fn recebimento(received: &Received) -> Value {
    let devolucoes = received.devolucoes.iter().filter(|one| one.status == DevolucaoStatus::Devolvido);
    json!({
        "endToEndId": received.end_to_end_id,
        "recebimentoId": format!("9a1c{}", received.end_to_end_id.to_lowercase()),
        "txId": received.txid,
        "data": print::time(Profile::Bs2, received.at),
        "valor": serde_json::from_str::<Value>(&print::amount(received.cents)).unwrap(),
        "status": "Efetivado",
        "pagador": { "documento": "12345678909", "nome": "Maria da Silva" },
        "situacao": "ACCC",
        "devolucoes": devolucoes.map(|one| print::devolucao(Profile::Bs2, one)).collect::<Vec<_>>(),
    })
}
