//! Golden files: every request in every variant, every kind of answer, every notification. `CATRACA_BLESS=1` writes them.

use std::collections::BTreeMap;

use domain::{charge::request::RequestKind, merchant::ProviderType};
use providers::{HttpAnswer, Operation, Progress, Step, adapter};
use serde_json::{Value, json};

use crate::{
    golden_files::{self, printed},
    samples::{
        CHANGE, MARIA, PAID, PAID_AGAIN, PAYMENT, RETURN, account, answer, begin, change, cob, create, customer,
        devolucao, first, pix, printed_updates, problem, question, question_about, step,
    },
};

use ProviderType::{Bb, BcbPix, Bs2};

/// Golden files by name.
type Files = BTreeMap<String, Value>;

#[test]
fn the_golden_files_are_what_the_adapter_does() {
    let mut files = Files::new();
    requests(&mut files);
    answers_about_payments(&mut files);
    answers_about_changes(&mut files);
    answers_of_banks(&mut files);
    notifications(&mut files);
    golden_files::compare("bcb_pix", &files);
}

/// Every request in every variant, by the operation of the schema that it is one of.
pub(crate) fn all_requests() -> Vec<(&'static str, String, Value)> {
    let company = customer("Loja Ltda", "cnpj", "12.ABC.345/01DE-35");
    let foreigner = customer("John Doe", "passport", "AB123456");
    let long = format!("Pedido 42 {}", "é".repeat(200));
    let mut all = Vec::new();
    let mut add = |operation, name: &str, kind: ProviderType, asked: &Operation| {
        let name = format!("{}.{name}", kind.name().to_lowercase());
        all.push((operation, name, printed(&begin(kind, asked).request)));
    };
    for kind in [BcbPix, Bb, Bs2] {
        let cob = if kind == Bs2 { "createQrCode" } else { "createCob" };
        add(cob, "create", kind, &Operation::Create(create(None)));
        add(cob, "create.cpf", kind, &Operation::Create(create(Some(&MARIA))));
        add(cob, "create.cnpj", kind, &Operation::Create(create(Some(&company))));
        add(cob, "create.passport", kind, &Operation::Create(create(Some(&foreigner))));
        let described = providers::Create { description: Some(&long), ..create(None) };
        add(cob, "create.description", kind, &Operation::Create(described));
        add("getCob", "query", kind, &Operation::Query(question()));
        add("getCob", "query.cancel", kind, &Operation::Query(question_about(RequestKind::Cancel, 150, None)));
        add("cancelCob", "cancel", kind, &Operation::Cancel(change(150)));
        add("getCob", "check", kind, &Operation::Check);
    }
    for kind in [BcbPix, Bb] {
        add("refundPix", "refund", kind, &Operation::Void(change(50)));
        let unnamed = providers::Change { transaction_id: None, ..change(50) };
        add("getCob", "refund.find", kind, &Operation::Void(unnamed));
        let asked = question_about(RequestKind::Void, 50, Some(PAID));
        add("getRefund", "query.refund", kind, &Operation::Query(asked));
        let again = providers::Change { is_retry: true, ..change(50) };
        add("getRefund", "refund.again", kind, &Operation::Void(again));
        let url = "https://pix.loja.example/v1/callbacks/BB/7Zx0a";
        add("putWebhook", "register", kind, &Operation::Register { url });
    }
    for kind in [BcbPix, Bb] {
        let register = Operation::Register { url: "https://pix.loja.example/v1/callbacks/BB/7Zx0a" };
        let taken = HttpAnswer { status: 200, headers: Vec::new(), body: Vec::new() };
        let Step::Call(read) = step(kind, &register, &first(), &taken) else { panic!("it is read back") };
        all.push(("getWebhook", format!("{}.register.read", kind.name().to_lowercase()), printed(&read.request)));
    }
    all
}

fn requests(files: &mut Files) {
    for (_, name, request) in all_requests() {
        files.insert(format!("request.{name}.json"), request);
    }
}

/// What the answer to the operation's call of this progress is read as.
fn says(files: &mut Files, name: &str, kind: ProviderType, of: (&Operation, &Progress), said: &HttpAnswer) {
    let body: Value = serde_json::from_slice(&said.body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&said.body)));
    let (outcome, updates) = match step(kind, of.0, of.1, said) {
        Step::Done(reading) => (json!(format!("{:?}", reading.outcome)), printed_updates(&reading.updates)),
        Step::Call(call) => (json!({"next": printed(&call.request)}), json!([])),
    };
    let name = format!("answer.{}.{name}.json", kind.name().to_lowercase());
    files.insert(name, json!({"status": said.status, "body": body, "outcome": outcome, "updates": updates}));
}

fn answers_about_payments(files: &mut Files) {
    let (made, asked) = (Operation::Create(create(None)), Operation::Query(question()));
    let mut of_create = |name: &str, said: &HttpAnswer| says(files, name, BcbPix, (&made, &first()), said);
    of_create("create.active", &answer(201, &cob("ATIVA", &json!({}))));
    of_create("create.without_code", &answer(201, &cob("ATIVA", &json!({"pixCopiaECola": null}))));
    of_create("create.another_amount", &answer(201, &cob("ATIVA", &json!({"valor": {"original": "1.51"}}))));
    of_create("create.invalid", &problem(400, "CobOperacaoInvalida"));
    of_create("create.not_allowed", &problem(403, "AcessoNegado"));
    of_create("create.unavailable", &problem(503, "ServicoIndisponivel"));
    let mut of_query = |name: &str, said: &HttpAnswer| says(files, name, BcbPix, (&asked, &first()), said);
    of_query("query.active", &answer(200, &cob("ATIVA", &json!({}))));
    of_query("query.paid", &answer(200, &cob("CONCLUIDA", &json!({"pix": [pix(PAID, "1.50", &[])]}))));
    of_query("query.removed", &answer(200, &cob("REMOVIDA_PELO_USUARIO_RECEBEDOR", &json!({}))));
    of_query("query.removed_by_bank", &answer(200, &cob("REMOVIDA_PELO_PSP", &json!({}))));
    of_query("query.completed_without_pix", &answer(200, &cob("CONCLUIDA", &json!({}))));
    of_query("query.not_found", &problem(404, "CobNaoEncontrado"));
    let mut med = devolucao("MED0001", "0.20", "DEVOLVIDO");
    med["natureza"] = json!("MED_FRAUDE");
    let all = [
        devolucao(CHANGE, "0.50", "DEVOLVIDO"),
        devolucao("0190f0c0a1b27c3d8e4f5a6b7c8d9e0f003", "0.40", "NAO_REALIZADO"),
        devolucao("0190f0c0a1b27c3d8e4f5a6b7c8d9e0f004", "0.30", "EM_PROCESSAMENTO"),
        devolucao("balcao1", "0.10", "DEVOLVIDO"),
        med,
    ];
    let twice = json!({"pix": [pix(PAID, "1.50", &all), pix(PAID_AGAIN, "1.00", &[])]});
    of_query("query.paid_twice_and_given_back", &answer(200, &cob("CONCLUIDA", &twice)));
    let bare = json!({"pix": {
        "endToEndId": PAID, "valor": "1.50", "horario": "2026-01-05T13:40:09.000Z",
        "devolucoes": devolucao(CHANGE, "0.50", "DEVOLVIDO"),
    }});
    of_query("query.one_bare", &answer(200, &cob("CONCLUIDA", &bare)));
}

fn answers_about_changes(files: &mut Files) {
    let (cancel, void) = (Operation::Cancel(change(150)), Operation::Void(change(50)));
    let again = Operation::Query(question_about(RequestKind::Void, 50, Some(PAID)));
    let mut of_cancel = |name: &str, said: &HttpAnswer| says(files, name, BcbPix, (&cancel, &first()), said);
    of_cancel("cancel.removed", &answer(200, &cob("REMOVIDA_PELO_USUARIO_RECEBEDOR", &json!({}))));
    of_cancel("cancel.refused", &problem(400, "CobOperacaoInvalida"));
    for (operation, name) in [(&void, "refund"), (&again, "query.refund")] {
        let progress = begin(BcbPix, operation).progress;
        for (word, status) in [("under_way", "EM_PROCESSAMENTO"), ("done", "DEVOLVIDO"), ("not_done", "NAO_REALIZADO")]
        {
            let said = answer(201, &devolucao(CHANGE, "0.50", status));
            says(files, &format!("{name}.{word}"), BcbPix, (operation, &progress), &said);
        }
    }
    let progress = begin(BcbPix, &void).progress;
    says(files, "refund.refused", BcbPix, (&void, &progress), &problem(400, "PixDevolucaoInvalida"));
    says(files, "refund.unknown_pix", BcbPix, (&void, &progress), &problem(404, "PixNaoEncontrado"));
    let progress = begin(BcbPix, &again).progress;
    says(files, "query.refund.not_found", BcbPix, (&again, &progress), &problem(404, "PixDevolucaoNaoEncontrada"));
    let again = Operation::Void(providers::Change { is_retry: true, ..change(50) });
    says(files, "refund.again.not_found", BcbPix, (&again, &progress), &problem(404, "PixDevolucaoNaoEncontrada"));
    let url = "https://pix.loja.example/v1/callbacks/BCB_PIX/7Zx0a";
    let register = Operation::Register { url };
    says(
        files,
        "register.taken",
        BcbPix,
        (&register, &first()),
        &HttpAnswer { status: 200, headers: Vec::new(), body: Vec::new() },
    );
    let second = Progress { step: 2, ..Progress::first() };
    let has = |address: &str| answer(200, &json!({"webhookUrl": address, "chave": "loja@bank.example"}));
    says(files, "register.read_back", BcbPix, (&register, &second), &has(url));
    says(files, "register.another", BcbPix, (&register, &second), &has("https://other.example/"));
    says(files, "register.refused", BcbPix, (&register, &first()), &problem(400, "WebhookOperacaoInvalida"));
    says(files, "check.known", BcbPix, (&Operation::Check, &first()), &problem(404, "CobNaoEncontrado"));
    says(files, "check.unknown", BcbPix, (&Operation::Check, &first()), &problem(403, "AcessoNegado"));
}

fn answers_of_banks(files: &mut Files) {
    let (made, asked) = (Operation::Create(create(None)), Operation::Query(question()));
    let local = json!({"criacao": "2026-01-05T07:38:56.38-03:00", "expiracao": "3600"});
    let own = json!({"calendario": local, "pixCopiaECola": null, "textoImagemQRcode": null});
    says(files, "create.active", Bb, (&made, &first()), &answer(200, &cob("ATIVA", &own)));
    let mut paid = pix(PAID, "1.50", &[]);
    paid["pagador"] = json!({"cpf": "72912053013", "nome": "Maria da Silva"});
    says(files, "query.paid", Bb, (&asked, &first()), &answer(200, &cob("CONCLUIDA", &json!({"pix": [paid]}))));
    let gateway = |status: u16, error: &str| {
        answer(status, &json!({"statusCode": status, "error": error, "message": "…", "attributes": {"error": "…"}}))
    };
    says(files, "create.not_allowed", Bb, (&made, &first()), &gateway(401, "Unauthorized"));
    says(files, "query.no_such_path", Bb, (&asked, &first()), &gateway(404, "Not Found"));
    let short = json!({
        "txId": PAYMENT, "status": "ATIVA", "calendario": {"criacao": "2026-01-05T10:38:56.380Z", "expiracao": 3600},
        "location": crate::samples::LOCATION, "revisao": 0, "qrCode": crate::samples::CODE,
    });
    says(files, "create.active", Bs2, (&made, &first()), &answer(201, &short));
    let tagged = json!([{"tag": "cobranca.calendario.expiracao", "descricao": "deve ser de 3600 a 604800"}]);
    says(files, "create.invalid", Bs2, (&made, &first()), &answer(400, &tagged));
    says(files, "query.not_found", Bs2, (&asked, &first()), &answer(404, &json!({"message": "Não encontrado"})));
    let unread = json!({"pixCopiaECola": null});
    says(files, "query.active", Bs2, (&asked, &first()), &answer(200, &cob("ATIVA", &unread)));
}

/// Notifications by name, with their bodies.
pub(crate) fn all_notifications() -> Vec<(&'static str, Value)> {
    let other = "0190f0c0a1b27c3d8e4f5a6b7c8d9e10001";
    let mut second = pix(PAID_AGAIN, "2.00", &[]);
    second["txid"] = json!(other);
    let mut foreign = pix(PAID_AGAIN, "2.00", &[]);
    foreign["txid"] = json!("c3e0e7a4e7f1469a9f782d3d4999343c");
    vec![
        ("paid", json!({"pix": [pix(PAID, "1.50", &[])]})),
        ("several", json!({"pix": [second, pix(PAID, "1.50", &[]), foreign.clone(), pix(PAID_AGAIN, "1.50", &[])]})),
        ("given_back", json!({"pix": [pix(PAID, "1.50", &[devolucao(CHANGE, "0.50", "DEVOLVIDO")])]})),
        (
            "one_bare",
            json!({"pix": {"endToEndId": PAID, "txid": PAYMENT, "valor": "1.50", "devolucoes": {
            "id": CHANGE, "rtrId": RETURN, "valor": "0.50", "horario": {}, "status": "DEVOLVIDO"}}}),
        ),
        ("of_others", json!({"pix": [foreign]})),
        ("without_txid", json!({"pix": [{"endToEndId": PAID, "valor": "1.50"}]})),
        ("trial", json!({})),
    ]
}

fn notifications(files: &mut Files) {
    for (name, body) in all_notifications() {
        let account = account(BcbPix);
        let bytes = body.to_string();
        let said = adapter(&account).notification(
            &providers::Proof { account: &account, secrets: &crate::samples::secrets(), key: "a key of the hub" },
            &providers::CallbackRequest { headers: Vec::new(), query: Vec::new(), body: bytes.as_bytes() },
            crate::samples::now(),
        );
        let updates: Vec<_> = said.unwrap().into_iter().flatten().collect();
        let read = json!({"body": body, "updates": printed_updates(&updates)});
        files.insert(format!("notification.{name}.json"), read);
    }
}
