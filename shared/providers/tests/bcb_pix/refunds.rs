//! Refunds: what is sent after which answer. A devolução's id is never sent twice without a read in between.

use domain::charge::{
    Outcome,
    decline::DeclineCode,
    request::{Receipt, RequestKind},
};
use providers::{Call, Change, HttpAnswer, Operation, Progress, Query, Step};
use serde_json::{Value, json};

use crate::{
    golden_files::printed,
    samples::{
        CHANGE, PAID, PAID_AGAIN, REFUNDING, RETURN, answer, begin, change, cob, devolucao, pix, problem,
        question_about, step,
    },
};

use domain::merchant::ProviderType::{self, BcbPix};

fn declined() -> Outcome {
    Outcome::Declined(DeclineCode::Generic.into())
}

fn receipt() -> Receipt {
    Receipt { transaction_id: Some(RETURN.to_owned()), ..Receipt::default() }
}

fn called(call: &Call) -> String {
    let printed = printed(&call.request);
    let path = printed["url"].as_str().unwrap().split("/pix/v2").nth(1).unwrap().split('?').next().unwrap().to_owned();
    format!("{} {path}", printed["method"].as_str().unwrap())
}

/// The calls of a refund that is answered like this, and its outcome.
fn refund(kind: ProviderType, operation: &Operation, answers: &[HttpAnswer]) -> (Vec<String>, Outcome) {
    let (mut call, mut calls) = (begin(kind, operation), Vec::new());
    for said in answers {
        calls.push(called(&call));
        assert_eq!(call.has_effect, calls.last().unwrap().starts_with("PUT"), "{calls:?}");
        match step(kind, operation, &call.progress, said) {
            Step::Done(reading) => {
                assert!(reading.updates.is_empty());
                assert_eq!(calls.len(), answers.len(), "{calls:?}");
                return (calls, reading.outcome);
            }
            Step::Call(next) => call = next,
        }
    }
    panic!("one more call: {}", called(&call));
}

fn asked() -> Operation<'static> {
    Operation::Void(change(50))
}

fn asked_again() -> Operation<'static> {
    Operation::Void(Change { is_retry: true, ..change(50) })
}

fn known_of() -> Operation<'static> {
    Operation::Query(question_about(RequestKind::Void, 50, Some(PAID)))
}

fn put() -> String {
    format!("PUT /pix/{PAID}/devolucao/{CHANGE}")
}

fn get() -> String {
    format!("GET /pix/{PAID}/devolucao/{CHANGE}")
}

fn said(status: &str) -> HttpAnswer {
    answer(201, &devolucao(CHANGE, "0.50", status))
}

const NONE: (u16, &str) = (404, "PixDevolucaoNaoEncontrada");

fn none() -> HttpAnswer {
    problem(NONE.0, NONE.1)
}

#[test]
fn a_devolucao_is_under_way_done_or_not_done() {
    for kind in REFUNDING {
        for (status, expected) in [
            ("EM_PROCESSAMENTO", Outcome::Pending(receipt())),
            ("DEVOLVIDO", Outcome::Approved(receipt())),
            ("NAO_REALIZADO", declined()),
            ("AGENDADA", Outcome::Unknown),
        ] {
            assert_eq!(refund(kind, &asked(), &[said(status)]), (vec![put()], expected.clone()), "{kind} {status}");
            assert_eq!(refund(kind, &asked_again(), &[said(status)]), (vec![get()], expected), "{kind} {status}");
        }
    }
}

#[test]
fn a_devolucao_is_ours_and_of_our_amount() {
    let without = |field: &str| {
        let mut one = devolucao(CHANGE, "0.50", "DEVOLVIDO");
        one[field] = Value::Null;
        one
    };
    let other = "0190f0c0a1b27c3d8e4f5a6b7c8d9e0f003";
    for body in [
        devolucao(other, "0.50", "DEVOLVIDO"),
        devolucao(CHANGE, "0.51", "DEVOLVIDO"),
        without("id"),
        without("valor"),
        without("status"),
    ] {
        for operation in [asked(), asked_again()] {
            assert_eq!(refund(BcbPix, &operation, &[answer(200, &body)]).1, Outcome::Unknown, "{body}");
        }
    }
    let named = Outcome::Approved(Receipt { transaction_id: Some(CHANGE.to_owned()), ..Receipt::default() });
    assert_eq!(refund(BcbPix, &asked(), &[answer(201, &without("rtrId"))]).1, named);
}

#[test]
fn after_a_lost_answer_the_devolucao_is_read_and_sent_only_where_there_is_none() {
    let again = |answers: &[HttpAnswer]| refund(BcbPix, &asked_again(), answers);
    assert_eq!(again(&[none(), said("DEVOLVIDO")]), (vec![get(), put()], Outcome::Approved(receipt())));
    let refused = problem(400, "PixDevolucaoInvalida");
    let three = vec![get(), put(), get()];
    let late = again(&[none(), refused.clone(), said("EM_PROCESSAMENTO")]);
    assert_eq!(late, (three.clone(), Outcome::Pending(receipt())));
    assert_eq!(again(&[none(), refused.clone(), none()]), (three.clone(), declined()));
    assert_eq!(again(&[none(), refused, problem(503, "ServicoIndisponivel")]), (three, Outcome::Unknown));
    for status in [401, 403, 429, 500, 503] {
        assert_eq!(again(&[problem(status, "AcessoNegado")]), (vec![get()], Outcome::Unknown), "{status}");
        let second = again(&[none(), problem(status, "AcessoNegado")]);
        assert_eq!(second, (vec![get(), put()], Outcome::Unknown), "{status}");
    }
}

/// Whoever can make the hub ask about a refund cannot make it.
#[test]
fn to_ask_about_a_devolucao_sends_none() {
    for (said, expected) in [
        (said("DEVOLVIDO"), Outcome::Approved(receipt())),
        (said("EM_PROCESSAMENTO"), Outcome::Pending(receipt())),
        (said("NAO_REALIZADO"), declined()),
        (none(), Outcome::NotFound),
        (problem(503, "ServicoIndisponivel"), Outcome::Unknown),
    ] {
        for kind in REFUNDING {
            assert_eq!(
                refund(kind, &known_of(), std::slice::from_ref(&said)),
                (vec![get()], expected.clone()),
                "{kind}"
            );
        }
    }
}

#[test]
fn a_refused_devolucao_is_read_before_it_counts_as_refused() {
    let refused = problem(400, "PixDevolucaoInvalida");
    let two = vec![put(), get()];
    assert_eq!(refund(BcbPix, &asked(), &[refused.clone(), none()]), (two.clone(), declined()));
    let used = refund(BcbPix, &asked(), &[refused.clone(), said("DEVOLVIDO")]);
    assert_eq!(used, (two.clone(), Outcome::Approved(receipt())));
    for unclear in [problem(500, "ErroInternoDoServidor"), problem(403, "AcessoNegado"), refused.clone()] {
        assert_eq!(refund(BcbPix, &asked(), &[refused.clone(), unclear]), (two.clone(), Outcome::Unknown));
    }
}

#[test]
fn other_refusals_of_a_devolucao() {
    let gateway = answer(403, &json!({"statusCode": 403, "error": "Forbidden", "message": "x"}));
    assert_eq!(refund(ProviderType::Bb, &asked(), std::slice::from_ref(&gateway)).1, Outcome::NotSent);
    assert_eq!(refund(BcbPix, &asked(), &[gateway]).1, Outcome::Unknown);
    for (status, expected) in [
        (404, declined()),
        (401, Outcome::NotSent),
        (403, Outcome::NotSent),
        (409, Outcome::Unknown),
        (422, Outcome::Unknown),
        (429, Outcome::Unknown),
        (500, Outcome::Unknown),
        (503, Outcome::Unknown),
    ] {
        assert_eq!(refund(BcbPix, &asked(), &[problem(status, "PixNaoEncontrado")]).1, expected, "{status}");
    }
    // A page of some server in between proves nothing, whatever its status.
    for body in [json!("<html>"), json!({}), json!({"error": "forbidden"})] {
        for status in [400, 401, 403, 404] {
            assert_eq!(refund(BcbPix, &asked(), &[answer(status, &body)]).1, Outcome::Unknown, "{status} {body}");
        }
    }
}

#[test]
fn without_an_end_to_end_id_the_only_payment_of_the_cob_is_refunded() {
    let unnamed = Operation::Void(Change { transaction_id: None, ..change(50) });
    let find = format!("GET /cob/{}", crate::samples::PAYMENT);
    let paid = |all: &[Value]| answer(200, &cob("CONCLUIDA", &json!({"pix": all})));
    let once = paid(&[pix(PAID, "1.50", &[])]);
    let found = refund(BcbPix, &unnamed, &[once.clone(), said("DEVOLVIDO")]);
    assert_eq!(found, (vec![find.clone(), put()], Outcome::Approved(receipt())));
    let twice = paid(&[pix(PAID, "1.50", &[]), pix(PAID_AGAIN, "1.50", &[])]);
    let again = Operation::Void(Change { transaction_id: None, is_retry: true, ..change(50) });
    for unclear in [twice, paid(&[]), problem(404, "CobNaoEncontrado"), problem(503, "ServicoIndisponivel")] {
        assert_eq!(refund(BcbPix, &unnamed, std::slice::from_ref(&unclear)), (vec![find.clone()], Outcome::NotSent));
        assert_eq!(refund(BcbPix, &again, &[unclear]), (vec![find.clone()], Outcome::Unknown));
    }
    assert_eq!(refund(BcbPix, &again, &[once, none(), said("DEVOLVIDO")]).0, [find, get(), put()]);
}

#[test]
fn an_id_that_is_none_of_the_pix_system_is_looked_up() {
    let other = Operation::Void(Change { transaction_id: Some("E1/../x"), ..change(50) });
    assert_eq!(called(&begin(BcbPix, &other)), format!("GET /cob/{}", crate::samples::PAYMENT));
}

#[test]
fn progress_of_another_operation_is_unknown() {
    let strange = Progress { step: 9, kept: Some(PAID.to_owned()), is_retry: false };
    let Step::Done(reading) = step(BcbPix, &asked(), &strange, &none()) else { panic!("one more call") };
    assert_eq!(reading.outcome, Outcome::Unknown);
    let query = Query { transaction_id: Some(PAID), ..question_about(RequestKind::Void, 50, None) };
    let Step::Done(reading) = step(BcbPix, &Operation::Query(query), &strange, &none()) else {
        panic!("one more call")
    };
    assert_eq!(reading.outcome, Outcome::Unknown);
}
