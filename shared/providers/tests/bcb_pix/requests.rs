//! Requests: the schema of each operation holds for all of them, and refuses wrong ones.

use domain::{
    charge::request::RequestKind,
    merchant::ProviderType,
    method::{Boleto, Method},
};
use jsonschema::Validator;
use providers::{BuildError, Operation, adapter};
use serde_json::{Value, json};

use crate::{
    golden::all_requests,
    golden_files::printed,
    samples::{ALL, account, begin, change, create, customer, question, question_about},
};

use ProviderType::{BcbPix, Bs2};

const SCHEMA: &str = include_str!("schema.json");

/// The schema of one operation's requests.
fn schema(operation: &str) -> Validator {
    let all: Value = serde_json::from_str(SCHEMA).unwrap();
    let one = json!({"$ref": format!("#/$defs/{operation}"), "$defs": all["$defs"]});
    jsonschema::validator_for(&one).unwrap()
}

#[test]
fn every_request_is_one_of_its_operation() {
    for (operation, name, request) in all_requests() {
        let problems: Vec<_> = schema(operation).iter_errors(&request).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

/// `request` with another value at a place.
fn with(request: &Value, pointer: &str, value: Value) -> Value {
    let mut wrong = request.clone();
    *wrong.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    wrong
}

/// A place in a request, and a value that it must not have.
type Wrong = (&'static str, Value);

#[test]
fn a_wrong_request_is_refused_per_operation() {
    let bad: [(&str, &str, &[Wrong]); 8] = [
        (
            "createCob",
            "bcb_pix.create.cpf",
            &[
                ("/method", json!("POST")),
                ("/url", json!("https://pix.bank.example/api/pix/v2/cob/short")),
                ("/body/valor/original", json!(1.5)),
                ("/body/valor/original", json!("1.5")),
                ("/body/valor/original", json!("0.00")),
                ("/body/calendario/expiracao", json!("3600")),
                ("/body/calendario", json!(null)),
                ("/body/chave", json!("x".repeat(78))),
                ("/body/devedor", json!({"nome": "Maria"})),
                ("/body/devedor", json!({"cpf": "729.120.530-13", "nome": "Maria"})),
                ("/body/devedor", json!({"cpf": "72912053013", "cnpj": "12ABC34501DE35", "nome": "Maria"})),
            ],
        ),
        (
            "createQrCode",
            "bs2.create.cpf",
            &[
                ("/body/txId", json!("short")),
                ("/body/cobranca/calendario/expiracao", json!(3599)),
                ("/body/cobranca/calendario/expiracao", json!(604_801)),
                ("/body/aceitaMaisDeUmPagamento", json!(true)),
            ],
        ),
        ("getCob", "bcb_pix.query", &[("/method", json!("PUT")), ("/body", json!({}))]),
        (
            "cancelCob",
            "bb.cancel",
            &[("/body/status", json!("REMOVIDA_PELO_PSP")), ("/body", json!({"status": "ATIVA"}))],
        ),
        (
            "refundPix",
            "bcb_pix.refund",
            &[("/body/valor", json!(0.5)), ("/url", json!("https://pix.bank.example/pix/E1/devolucao/a b"))],
        ),
        ("getRefund", "bb.query.refund", &[("/method", json!("PUT")), ("/body", json!({"valor": "0.50"}))]),
        ("getWebhook", "bb.register.read", &[("/method", json!("PUT")), ("/body", json!({}))]),
        (
            "putWebhook",
            "bcb_pix.register",
            &[("/body/webhookUrl", json!("http://pix.loja.example")), ("/body", json!({}))],
        ),
    ];
    let requests = all_requests();
    for (operation, of, wrongs) in bad {
        let (_, _, right) = requests.iter().find(|(_, name, _)| name == of).unwrap();
        for (pointer, value) in wrongs {
            let wrong = with(right, pointer, value.clone());
            assert!(!schema(operation).is_valid(&wrong), "{operation}, {pointer}, {value}");
        }
    }
}

#[test]
fn a_debtor_is_complete_or_there_is_none() {
    let debtor = |name: &str, kind: &str, number: &str| {
        let shopper = customer(name, kind, number);
        printed(&begin(BcbPix, &Operation::Create(create(Some(&shopper)))).request)["body"]["devedor"].clone()
    };
    assert_eq!(debtor(" Maria ", "cpf", "72912053013"), json!({"cpf": "72912053013", "nome": "Maria"}));
    assert_eq!(debtor("Loja", "cnpj", "12ABC34501DE35"), json!({"cnpj": "12ABC34501DE35", "nome": "Loja"}));
    assert_eq!(debtor("Maria", "noDocument", ""), Value::Null);
    assert_eq!(debtor("Maria", "passport", "AB123"), Value::Null);
    assert_eq!(debtor(" ", "cpf", "72912053013"), Value::Null);
    let long = debtor(&"é".repeat(201), "cpf", "72912053013");
    assert_eq!(long["nome"].as_str().unwrap().chars().count(), 200);
}

#[test]
fn an_amount_is_written_in_reais() {
    for (minor, text) in [(1, "0.01"), (150, "1.50"), (999_999_999_999, "9999999999.99")] {
        let asked = providers::Create { money: crate::samples::reais(minor), ..create(None) };
        let request = printed(&begin(BcbPix, &Operation::Create(asked)).request);
        assert_eq!(request["body"]["valor"]["original"], text);
    }
}

#[test]
fn what_a_bank_does_not_offer_is_not_asked_for() {
    let boleto = Method::Boleto(Boleto {
        expires_date: "2026-08-19".parse().unwrap(),
        max_days_past_due: None,
        instructions: None,
        interest: None,
        fine: None,
        items: Vec::new(),
        clearing_days: 0,
    });
    let card = Method::Credit { installments: 1 };
    let refused = |kind: ProviderType, operation: &Operation| {
        let account = account(kind);
        matches!(adapter(&account).begin(&account, operation), Err(BuildError::NotServed))
    };
    for kind in ALL {
        for method in [&boleto, &card] {
            let create = providers::Create { method, ..create(None) };
            assert!(refused(kind, &Operation::Create(create)), "{kind}");
        }
        assert!(refused(kind, &Operation::Capture(change(150))));
        let asked = providers::Query { asked: RequestKind::Capture, ..question() };
        assert!(refused(kind, &Operation::Query(asked)));
    }
    assert!(refused(Bs2, &Operation::Void(change(50))));
    assert!(refused(Bs2, &Operation::Query(question_about(RequestKind::Void, 50, None))));
    assert!(refused(Bs2, &Operation::Register { url: "https://pix.loja.example/v1/callbacks/BS2/7Zx0a" }));
}

#[test]
fn only_what_may_move_money_says_so() {
    for kind in ALL {
        assert!(begin(kind, &Operation::Create(create(None))).has_effect);
        assert!(begin(kind, &Operation::Cancel(change(150))).has_effect);
        for operation in [Operation::Query(question()), Operation::Check] {
            assert!(!begin(kind, &operation).has_effect);
        }
    }
    assert!(begin(BcbPix, &Operation::Void(change(50))).has_effect);
}
