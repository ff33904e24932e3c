//! Answers about payments: what each means, and that none means more than it says.

use domain::{
    brcode::BrCode,
    charge::{
        Outcome,
        decline::DeclineCode,
        request::{Receipt, RequestKind},
        update::{ProviderUpdate, UpdateKind},
    },
    merchant::ProviderType,
    money::Amount,
};
use providers::{HttpAnswer, Operation, Query, Reading, Step};
use serde_json::{Value, json};

use crate::samples::{
    ALL, CHANGE, CODE, LOCATION, PAID, PAID_AGAIN, PAYMENT, RETURN, answer, change, cob, create, devolucao, first,
    outcome, pix, problem, question, question_about, reading, refusal, step,
};

use ProviderType::{Bb, BcbPix, Bs2};

const REMOVED: &str = "REMOVIDA_PELO_USUARIO_RECEBEDOR";
/// The code that the hub writes for [`LOCATION`].
const WRITTEN: &str = "00020101021226760014br.gov.bcb.pix2554pix.example.com/qr/v2/9d36b84fc70b478fb95c12729b90ca25\
    5204000053039865802BR5903PIX6008BRASILIA62070503***6304";

fn declined() -> Outcome {
    Outcome::Declined(DeclineCode::Generic.into())
}

fn invalid() -> Outcome {
    Outcome::Declined(DeclineCode::InvalidData.into())
}

fn receipt(id: &str) -> Receipt {
    Receipt { transaction_id: Some(id.to_owned()), ..Receipt::default() }
}

fn payable(code: &str) -> Outcome {
    Outcome::Pending(Receipt { pix_code: Some(code.to_owned()), ..Receipt::default() })
}

fn cents(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn made(kind: ProviderType, said: &HttpAnswer) -> Outcome {
    outcome(kind, &Operation::Create(create(None)), said)
}

fn read(status: &str, more: &Value) -> Reading {
    reading(BcbPix, &Operation::Query(question()), &answer(200, &cob(status, more)))
}

#[test]
fn an_active_cob_is_payable_by_its_code() {
    for (kind, status) in [(BcbPix, 201), (Bb, 200), (Bs2, 201)] {
        assert_eq!(made(kind, &answer(status, &cob("ATIVA", &json!({})))), payable(CODE), "{kind}");
    }
    for name in ["qrCode", "textoImagemQRcode"] {
        let said = cob("ATIVA", &json!({"pixCopiaECola": null, name: CODE}));
        assert_eq!(made(BcbPix, &answer(201, &said)), payable(CODE), "{name}");
    }
}

#[test]
fn a_code_of_another_amount_and_a_cob_of_another_key_are_never_shown() {
    let of = |minor| BrCode::dynamic(LOCATION, "PIX", "BRASILIA", Some(cents(minor))).unwrap();
    for (more, expected) in [
        (json!({"pixCopiaECola": of(150)}), payable(&of(150))),
        (json!({"pixCopiaECola": of(1500)}), Outcome::Unknown),
        (json!({"pixCopiaECola": null, "qrCode": of(1500), "location": LOCATION}), Outcome::Unknown),
        (json!({"chave": "thief@evil.example"}), Outcome::Unknown),
    ] {
        assert_eq!(made(BcbPix, &answer(201, &cob("ATIVA", &more))), expected, "{more}");
    }
}

#[test]
fn a_pix_or_a_devolucao_of_nothing_is_no_answer() {
    let of_nothing = |value: &str| {
        let mut sent = pix(PAID, "1.50", &[]);
        sent["valor"] = json!(value);
        sent
    };
    assert!(matches!(read("CONCLUIDA", &json!({"pix": [of_nothing("1.50")]})).outcome, Outcome::Paid(..)));
    assert_eq!(read("CONCLUIDA", &json!({"pix": [of_nothing("0.00")]})).outcome, Outcome::Unknown);
    assert_eq!(read("ATIVA", &json!({"pix": [of_nothing("0.00")]})).outcome, Outcome::Unknown);
}

#[test]
fn without_a_code_that_can_be_kept_one_is_written_from_the_location() {
    let long = format!("{CODE}{}", "0".repeat(400));
    let wrong = CODE.replace("64E4", "ABCD");
    for (code, location, loc) in [
        (Value::Null, json!(LOCATION), Value::Null),
        (json!(long), json!(format!("https://{LOCATION}")), Value::Null),
        (json!(wrong), Value::Null, json!({"id": 1, "location": LOCATION})),
    ] {
        let said = cob("ATIVA", &json!({"pixCopiaECola": code, "location": location, "loc": loc}));
        let Outcome::Pending(Receipt { pix_code: Some(code), .. }) = made(BcbPix, &answer(201, &said)) else {
            panic!("no code: {said}")
        };
        assert_eq!(code.split_at(code.len() - 4).0, WRITTEN);
        assert!(domain::brcode::parse(&code).is_ok());
    }
    let none = cob("ATIVA", &json!({"pixCopiaECola": null, "location": null, "loc": null}));
    assert_eq!(made(BcbPix, &answer(201, &none)), Outcome::Unknown);
}

#[test]
fn a_created_cob_is_ours_of_our_amount_and_active() {
    for more in [
        json!({"valor": {"original": "1.51"}}),
        json!({"valor": {"original": "150"}}),
        json!({"valor": null}),
        json!({"txid": "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f009"}),
        json!({"txid": null}),
        json!({"status": "CONCLUIDA"}),
        json!({"status": REMOVED}),
        json!({"status": "NOVA"}),
    ] {
        assert_eq!(made(BcbPix, &answer(201, &cob("ATIVA", &more))), Outcome::Unknown, "{more}");
    }
    // BS2 does not repeat the amount.
    assert_eq!(made(Bs2, &answer(201, &cob("ATIVA", &json!({"valor": null})))), payable(CODE));
    assert_eq!(made(Bs2, &answer(201, &cob("ATIVA", &json!({"valor": {"original": "1.51"}})))), Outcome::Unknown);
}

#[test]
fn a_refusal_of_a_create_is_definite_only_in_the_words_of_the_api() {
    for kind in ALL {
        assert_eq!(made(kind, &refusal(kind, 400, "CobOperacaoInvalida")), invalid(), "{kind}");
        for status in [401, 403] {
            assert_eq!(made(kind, &refusal(kind, status, "AcessoNegado")), Outcome::NotSent, "{kind}");
        }
        for status in [404, 409, 410, 422, 429, 500, 502, 503, 504] {
            assert_eq!(made(kind, &refusal(kind, status, "ServicoIndisponivel")), Outcome::Unknown, "{kind} {status}");
        }
        for body in ["", "<html>Bad Request</html>", "{}", "[]", "null"] {
            let said = HttpAnswer { status: 400, headers: Vec::new(), body: body.as_bytes().to_vec() };
            assert_eq!(made(kind, &said), Outcome::Unknown, "{kind}, {body}");
        }
    }
    let tagged = json!([{"tag": "cobranca.valor", "descricao": "inválido"}]);
    assert_eq!(made(Bs2, &answer(400, &tagged)), invalid());
    let gateway = json!({"statusCode": 400, "error": "Bad Request", "message": "…"});
    assert_eq!(made(Bb, &answer(400, &gateway)), invalid());
}

#[test]
fn no_part_of_an_answer_is_a_success() {
    let paid = cob("CONCLUIDA", &json!({"pix": [pix(PAID, "1.50", &[devolucao(CHANGE, "0.50", "DEVOLVIDO")])]}));
    let refunded = devolucao(CHANGE, "0.50", "DEVOLVIDO");
    for (operation, whole) in [
        (Operation::Create(create(None)), cob("ATIVA", &json!({}))),
        (Operation::Query(question()), paid),
        (Operation::Cancel(change(150)), cob(REMOVED, &json!({}))),
        (Operation::Void(change(50)), refunded.clone()),
        (Operation::Query(question_about(RequestKind::Void, 50, Some(PAID))), refunded),
    ] {
        let whole = answer(200, &whole);
        assert_ne!(outcome(BcbPix, &operation, &whole), Outcome::Unknown);
        for end in 0..whole.body.len() {
            let cut = HttpAnswer { body: whole.body[..end].to_vec(), ..whole.clone() };
            assert_eq!(outcome(BcbPix, &operation, &cut), Outcome::Unknown, "{}", String::from_utf8_lossy(&cut.body));
        }
        for status in [202, 206, 301, 500, 503] {
            let other = HttpAnswer { status, ..whole.clone() };
            assert_eq!(outcome(BcbPix, &operation, &other), Outcome::Unknown, "{status}");
        }
    }
}

#[test]
fn the_state_of_a_cob_is_the_state_of_its_payment() {
    let paid = Outcome::Paid(cents(150), receipt(PAID));
    let once = json!({"pix": [pix(PAID, "1.50", &[])]});
    for (status, more, expected) in [
        ("ATIVA", json!({}), payable(CODE)),
        ("ATIVA", json!({"pix": []}), payable(CODE)),
        ("ATIVA", json!({"pix": null}), payable(CODE)),
        ("CONCLUIDA", once.clone(), paid.clone()),
        ("ATIVA", once.clone(), paid.clone()),
        (REMOVED, once.clone(), paid.clone()),
        ("REMOVIDA_PELO_PSP", once, paid),
        ("CONCLUIDA", json!({}), Outcome::Unknown),
        (REMOVED, json!({}), Outcome::Canceled),
        ("REMOVIDA_PELO_PSP", json!({}), declined()),
        ("NOVA", json!({}), Outcome::Unknown),
    ] {
        assert_eq!(read(status, &more), Reading::from(expected), "{status} {more}");
    }
}

#[test]
fn a_read_of_another_cob_says_nothing() {
    let other = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f009";
    let mut foreign = pix(PAID, "1.50", &[]);
    foreign["txid"] = json!(other);
    for more in [
        json!({"txid": other, "pix": [pix(PAID, "1.50", &[])]}),
        json!({"txid": null, "pix": [pix(PAID, "1.50", &[])]}),
        json!({"pix": [pix(PAID, "1.50", &[]), foreign]}),
        json!({"pix": [pix("E1/../x", "1.50", &[])]}),
        json!({"pix": [pix(&"E".repeat(65), "1.50", &[])]}),
        json!({"pix": [pix(PAID, "1,50", &[])]}),
        json!({"pix": [{"valor": "1.50"}]}),
        json!({"pix": "E1"}),
    ] {
        assert_eq!(read("CONCLUIDA", &more), Reading::from(Outcome::Unknown), "{more}");
    }
    let another_amount = json!({"valor": {"original": "1.51"}});
    assert_eq!(read("ATIVA", &another_amount), Reading::from(Outcome::Unknown));
}

#[test]
fn the_amount_is_what_the_shopper_paid() {
    for (valor, minor) in [(json!("1.40"), 140), (json!("1.60"), 160), (json!(1.5), 150)] {
        let mut paid = pix(PAID, "0.00", &[]);
        paid["valor"] = valor;
        assert_eq!(read("CONCLUIDA", &json!({"pix": [paid]})).outcome, Outcome::Paid(cents(minor), receipt(PAID)));
    }
}

#[test]
fn only_a_not_found_of_the_api_means_that_there_is_no_cob() {
    let asked = |kind, said: &HttpAnswer| outcome(kind, &Operation::Query(question()), said);
    for kind in ALL {
        assert_eq!(asked(kind, &refusal(kind, 404, "CobNaoEncontrado")), Outcome::NotFound, "{kind}");
        for status in [400, 401, 403, 409, 410, 429, 500, 503, 504] {
            assert_eq!(asked(kind, &refusal(kind, status, "CobConsultaInvalida")), Outcome::Unknown, "{kind} {status}");
        }
        for body in [json!("<html>Not Found</html>"), json!({}), Value::Null] {
            assert_eq!(asked(kind, &answer(404, &body)), Outcome::Unknown, "{kind}, {body}");
        }
    }
    let gateway = json!({"statusCode": 404, "error": "Not Found", "message": "Cannot GET /pix"});
    assert_eq!(asked(Bb, &answer(404, &gateway)), Outcome::Unknown);
    assert_eq!(asked(BcbPix, &answer(404, &json!({"message": "no Route matched"}))), Outcome::Unknown);
}

fn update(reference: &str, id: &str, kind: UpdateKind) -> ProviderUpdate {
    ProviderUpdate { reference: reference.parse().unwrap(), id: id.to_owned(), payment: None, currency: None, kind }
}

#[test]
fn a_second_pix_of_the_same_code_is_reported_beside_the_first() {
    let all = json!({"pix": [pix(PAID, "1.50", &[]), pix(PAID_AGAIN, "1.00", &[])]});
    let Reading { outcome, updates } = read("CONCLUIDA", &all);
    assert_eq!(outcome, Outcome::Paid(cents(150), receipt(PAID)));
    let second = UpdateKind::Paid { amount: cents(100), receipt: receipt(PAID_AGAIN) };
    assert_eq!(updates, [update(PAYMENT, PAID_AGAIN, second)]);
    // The payment that the hub knows stays the payment, wherever the bank lists it.
    let known = Query { transaction_id: Some(PAID_AGAIN), ..question() };
    let Reading { outcome, updates } = reading(BcbPix, &Operation::Query(known), &answer(200, &cob("CONCLUIDA", &all)));
    assert_eq!(outcome, Outcome::Paid(cents(100), receipt(PAID_AGAIN)));
    let first = UpdateKind::Paid { amount: cents(150), receipt: receipt(PAID) };
    assert_eq!(updates, [update(PAYMENT, PAID, first)]);
}

/// What one devolução of the only payment adds to the reading.
fn added(devolucao: Value) -> Vec<ProviderUpdate> {
    let Reading { outcome, updates } = read("CONCLUIDA", &json!({"pix": [pix(PAID, "1.50", &[devolucao])]}));
    assert_eq!(outcome, Outcome::Paid(cents(150), receipt(PAID)));
    updates
}

#[test]
fn a_devolucao_of_the_hub_ends_the_refund_that_it_names() {
    let done = UpdateKind::Refunded { amount: cents(50), transaction: Some(RETURN.to_owned()) };
    assert_eq!(added(devolucao(CHANGE, "0.50", "DEVOLVIDO")), [update(CHANGE, RETURN, done)]);
    let failed = UpdateKind::RefundFailed { why: DeclineCode::Generic.into() };
    assert_eq!(added(devolucao(CHANGE, "0.50", "NAO_REALIZADO")), [update(CHANGE, RETURN, failed)]);
    assert_eq!(added(devolucao(CHANGE, "0.50", "EM_PROCESSAMENTO")), []);
    let mut bare = devolucao(CHANGE, "0.50", "DEVOLVIDO");
    bare["rtrId"] = Value::Null;
    let done = UpdateKind::Refunded { amount: cents(50), transaction: Some(CHANGE.to_owned()) };
    assert_eq!(added(bare), [update(CHANGE, CHANGE, done)]);
}

#[test]
fn a_devolucao_that_the_hub_did_not_ask_for_is_a_refund_outside_or_a_chargeback() {
    let of_another_charge = "0190f0c0a1b27c3d8e4f5a6b7c8d9e1f002";
    for (id, natureza, is_med) in [
        ("balcao1", Value::Null, false),
        ("balcao1", json!("ORIGINAL"), false),
        ("balcao1", json!("RETIRADA"), false),
        (of_another_charge, Value::Null, false),
        ("MED1", json!("MED_FRAUDE"), true),
        ("MED1", json!("MED_OPERACIONAL"), true),
        ("MED1", json!("MED_PIX_AUTOMATICO"), true),
    ] {
        let mut one = devolucao(id, "0.50", "DEVOLVIDO");
        one["natureza"] = natureza.clone();
        let amount = cents(50);
        let expected = if is_med {
            UpdateKind::ChargedBack { amount, dispute: None, place: None }
        } else {
            UpdateKind::RefundedOutside { amount }
        };
        assert_eq!(added(one.clone()), [update(PAYMENT, id, expected)], "{natureza}");
        for status in ["EM_PROCESSAMENTO", "NAO_REALIZADO", "AGENDADA"] {
            one["status"] = json!(status);
            assert_eq!(added(one.clone()), [], "{natureza} {status}");
        }
    }
}

#[test]
fn of_a_second_pix_only_the_hubs_own_devolucoes_are_reported() {
    let devolucoes = [devolucao(CHANGE, "1.00", "DEVOLVIDO"), devolucao("balcao1", "0.50", "DEVOLVIDO")];
    let all = json!({"pix": [pix(PAID, "1.50", &[]), pix(PAID_AGAIN, "1.00", &devolucoes)]});
    let updates = read("CONCLUIDA", &all).updates;
    let kinds: Vec<_> = updates.iter().map(|update| (update.reference.to_string(), update.kind.name())).collect();
    assert_eq!(kinds, [(PAYMENT.to_owned(), "paid"), (CHANGE.to_owned(), "refunded")]);
}

#[test]
fn what_the_standard_lists_may_be_bare() {
    let bare = json!({"pix": {
        "endToEndId": PAID, "valor": "1.50", "devolucoes": devolucao(CHANGE, "0.50", "DEVOLVIDO"),
    }});
    let listed = json!({"pix": [pix(PAID, "1.50", &[devolucao(CHANGE, "0.50", "DEVOLVIDO")])]});
    assert_eq!(read("CONCLUIDA", &bare), read("CONCLUIDA", &listed));
}

#[test]
fn numbers_may_be_text_and_times_of_brasilia() {
    let own = json!({"calendario": {"criacao": "2026-01-05T07:38:56.38-03:00", "expiracao": "3600"}});
    assert_eq!(made(Bb, &answer(200, &cob("ATIVA", &own))), payable(CODE));
}

#[test]
fn a_cancel_is_done_once_the_cob_is_removed_and_unpaid() {
    for kind in ALL {
        let canceled = |said: &HttpAnswer| outcome(kind, &Operation::Cancel(change(150)), said);
        assert_eq!(canceled(&answer(200, &cob(REMOVED, &json!({})))), Outcome::Approved(Receipt::default()));
        assert_eq!(canceled(&answer(200, &cob("ATIVA", &json!({})))), Outcome::Unknown);
        assert_eq!(canceled(&answer(200, &cob("CONCLUIDA", &json!({})))), Outcome::Unknown);
        let paid = json!({"pix": [pix(PAID, "1.50", &[])]});
        assert_eq!(canceled(&answer(200, &cob(REMOVED, &paid))), Outcome::Unknown);
        let other = json!({"txid": "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f009"});
        assert_eq!(canceled(&answer(200, &cob(REMOVED, &other))), Outcome::Unknown);
        assert_eq!(canceled(&refusal(kind, 400, "CobOperacaoInvalida")), declined());
        assert_eq!(canceled(&refusal(kind, 403, "AcessoNegado")), Outcome::NotSent);
        for status in [404, 429, 500, 503] {
            assert_eq!(canceled(&refusal(kind, status, "CobNaoEncontrado")), Outcome::Unknown, "{status}");
        }
    }
}

#[test]
fn a_question_about_a_cancel_is_answered_by_the_cob() {
    let asked = |status: &str, more: &Value| {
        let query = Operation::Query(question_about(RequestKind::Cancel, 150, None));
        reading(BcbPix, &query, &answer(200, &cob(status, more)))
    };
    assert_eq!(asked(REMOVED, &json!({})), Reading::from(Outcome::Canceled));
    assert_eq!(asked("REMOVIDA_PELO_PSP", &json!({})), Reading::from(Outcome::Canceled));
    assert_eq!(asked("ATIVA", &json!({})), Reading::from(Outcome::NotFound));
    let Reading { outcome, updates } = asked("CONCLUIDA", &json!({"pix": [pix(PAID, "1.50", &[])]}));
    assert_eq!(outcome, Outcome::Paid(cents(150), receipt(PAID)));
    let paid = UpdateKind::Paid { amount: cents(150), receipt: receipt(PAID) };
    assert_eq!(updates, [update(PAYMENT, PAID, paid)]);
}

#[test]
fn a_check_succeeds_where_the_bank_looks_for_a_cob() {
    for kind in ALL {
        let checked = |said: &HttpAnswer| outcome(kind, &Operation::Check, said);
        assert_eq!(checked(&refusal(kind, 404, "CobNaoEncontrado")), Outcome::Approved(Receipt::default()));
        for status in [401, 403] {
            assert_eq!(checked(&refusal(kind, status, "AcessoNegado")), declined());
        }
        assert_eq!(checked(&answer(404, &json!("<html>"))), Outcome::Unknown);
        assert_eq!(checked(&refusal(kind, 500, "ErroInternoDoServidor")), Outcome::Unknown);
    }
}

#[test]
fn a_registration_is_taken_or_refused() {
    for kind in [BcbPix, Bb] {
        let url = "https://pix.loja.example/v1/callbacks/BB/7Zx0a";
        let registered = |said: &HttpAnswer| outcome(kind, &Operation::Register { url }, said);
        for status in [200, 201, 204] {
            let empty = HttpAnswer { status, headers: Vec::new(), body: Vec::new() };
            let Step::Call(read) = step(kind, &Operation::Register { url }, &first(), &empty) else { panic!() };
            assert!(!read.has_effect);
            let read_back = |said: &HttpAnswer| {
                let Step::Done(read) = step(kind, &Operation::Register { url }, &read.progress, said) else { panic!() };
                read.outcome
            };
            let has = |address: &str| answer(200, &json!({"webhookUrl": address, "chave": "loja@bank.example"}));
            assert_eq!(read_back(&has(url)), Outcome::Approved(Receipt::default()), "{status}");
            for unclear in [has("https://other.example/"), answer(200, &json!("<html>")), empty, problem(404, "X")] {
                assert_eq!(read_back(&unclear), Outcome::Unknown, "{status}");
            }
        }
        for (status, name) in [(400, "WebhookOperacaoInvalida"), (403, "AcessoNegado"), (404, "NaoEncontrado")] {
            assert_eq!(registered(&problem(status, name)), declined(), "{status}");
        }
        assert_eq!(registered(&problem(503, "ServicoIndisponivel")), Outcome::Unknown);
    }
}
