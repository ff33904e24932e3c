//! How the bank writes what its books hold.

use std::time::Duration;

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{Devolucao, Profile, Received, books::Cob, br_code};

/// `1.50` of 150 cents.
pub(super) fn amount(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Banco do Brasil writes the time of Brasília, to the hundredth of a second.
pub(super) fn time(profile: Profile, at: Timestamp) -> String {
    if profile != Profile::BancoDoBrasil {
        return at.to_string();
    }
    let local: String = at.minus(Duration::from_hours(3)).to_string().chars().take(22).collect();
    format!("{local}-03:00")
}

/// A cob and what was paid for it.
pub(super) fn cob(profile: Profile, txid: &str, cob: &Cob, received: &[&Received], has_code: bool) -> Value {
    let created_at = time(profile, cob.created_at);
    let expiration = match profile {
        Profile::BancoDoBrasil => json!(cob.expiration.to_string()),
        Profile::Standard | Profile::Bs2 => json!(cob.expiration),
    };
    let mut printed = cob.terms.clone();
    printed["calendario"] = json!({ "criacao": created_at, "expiracao": expiration });
    printed["txid"] = json!(txid);
    printed["revisao"] = json!(cob.revision);
    printed["status"] = json!(cob.status.word());
    printed["location"] = json!(cob.location);
    printed["loc"] = json!({
        "id": cob.location_id, "txid": txid, "location": cob.location, "tipoCob": "cob", "criacao": created_at,
    });
    if has_code {
        printed["pixCopiaECola"] = json!(br_code::of(&cob.location));
    }
    if !received.is_empty() {
        printed["pix"] = received.iter().map(|received| pix(profile, received)).collect();
    }
    printed
}

/// A Pix and its devoluções.
pub(super) fn pix(profile: Profile, received: &Received) -> Value {
    let mut printed = json!({
        "endToEndId": received.end_to_end_id,
        "txid": received.txid,
        "valor": amount(received.cents),
        "horario": time(profile, received.at),
        "infoPagador": "Pago pelo celular",
    });
    if profile == Profile::BancoDoBrasil {
        printed["pagador"] = json!({ "cpf": "12345678909", "nome": "Maria da Silva" });
    }
    if !received.devolucoes.is_empty() {
        printed["devolucoes"] = received.devolucoes.iter().map(|one| devolucao(profile, one)).collect();
    }
    printed
}

pub(super) fn devolucao(profile: Profile, devolucao: &Devolucao) -> Value {
    let mut printed = json!({
        "id": devolucao.id,
        "rtrId": devolucao.rtr_id,
        "valor": amount(devolucao.cents),
        "horario": { "solicitacao": time(profile, devolucao.asked_at) },
        "status": devolucao.status.word(),
    });
    if let Some(at) = devolucao.settled_at {
        printed["horario"]["liquidacao"] = json!(time(profile, at));
    }
    let words = [("natureza", &devolucao.natureza), ("descricao", &devolucao.descricao), ("motivo", &devolucao.motivo)];
    for (name, word) in words {
        if let Some(word) = word {
            printed[name] = json!(word);
        }
    }
    printed
}
