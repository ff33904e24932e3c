//! Requests against a schema of our own writing.

use std::sync::LazyLock;

use domain::{
    charge::request::RequestKind,
    customer::CustomerData,
    document::Document,
    merchant::{Environment, order::SecretText},
};
use jsonschema::Validator;
use providers::{Authorization, BuildError, Change, Create, Operation, Query, Secrets, adapter};
use serde_json::{Value, json};

use crate::{
    golden::{requests, written},
    samples::{ACCOUNT, SHOPPER, account, begun, change, create, money, query},
};

static SCHEMA: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::validator_for(&serde_json::from_str(include_str!("schema.json")).unwrap()).unwrap());

#[test]
fn every_request_fits_the_schema() {
    for (name, request) in requests() {
        let problems: Vec<_> = SCHEMA.iter_errors(&request).map(|problem| problem.to_string()).collect();
        assert!(problems.is_empty(), "{name}: {problems:?}");
    }
}

#[test]
fn an_account_has_an_address_to_which_paths_can_be_appended() {
    for (url, faults) in
        [("https://api.example/api/v1", 0), ("https://api.example/api?v=1", 1), ("https://a.example/#", 1)]
    {
        let fields = [("baseUrl".to_owned(), SecretText::from(url))].into_iter().collect();
        assert_eq!(adapter(&ACCOUNT).account_faults(Environment::Sandbox, &fields).len(), faults, "{url}");
    }
}

#[test]
fn a_wrong_request_of_every_kind_is_refused() {
    let all = requests();
    let good = |name: &str| all.iter().find(|(other, _)| *other == name).unwrap().1.clone();
    for (name, pointer, wrong) in [
        ("create", "/body/amount", json!(1)),
        ("create", "/body/amount", json!("1.5")),
        ("create", "/body/merchantCode", json!("x")),
        ("create", "/body/customerCpf", json!("729.120.530-13")),
        ("create", "/body/products", json!([])),
        ("create", "/method", json!("PUT")),
        ("read-checkout", "/url", json!("https://api.drip.example/api/v1/checkouts/a/b")),
        ("read-order", "/body", json!({})),
        ("cancel-order", "/method", json!("POST")),
        ("cancel-order", "/body", json!({"amount": "1.00"})),
        ("check", "/url", json!("https://api.drip.example/api/v1/checkouts/")),
    ] {
        let mut request = good(name);
        *request.pointer_mut(pointer).unwrap() = wrong;
        assert!(!SCHEMA.is_valid(&request), "{name}: {pointer}");
    }
    let mut more = good("create");
    more["body"]["installments"] = json!(3);
    assert!(!SCHEMA.is_valid(&more));
}

#[test]
fn amounts_are_texts_with_two_decimals() {
    for (minor, text) in
        [(1, "0.01"), (10, "0.10"), (100, "1.00"), (123_456, "1234.56"), (999_999_999_999, "9999999999.99")]
    {
        let request = written(&begun(&Operation::Create(create(&SHOPPER, minor))).request);
        assert_eq!(request["body"]["amount"], text);
    }
}

#[test]
fn a_base_may_end_with_a_slash() {
    let account = account("https://api.drip.example/api/v1/");
    let call = adapter(&account).begin(&account, &Operation::Create(create(&SHOPPER, 100))).unwrap();
    assert_eq!(written(&call.request)["url"], "https://api.drip.example/api/v1/checkouts");
}

#[test]
fn the_key_is_a_header_and_nothing_else_of_the_account_is_sent() {
    let secrets: Secrets = [("apiKey".to_owned(), "key-1".to_owned())].into_iter().collect();
    let access = adapter(&ACCOUNT).access(&ACCOUNT, &secrets);
    let Authorization::Header { name, value } = &access.authorization else { panic!("no header") };
    assert_eq!((*name, value.as_str(), access.certificate.is_none()), ("x-api-key", "key-1", true));
    let secret: Vec<_> = adapter(&ACCOUNT).credentials().iter().map(|field| (field.name, field.is_secret)).collect();
    assert_eq!(secret, [("baseUrl", false), ("apiKey", true)]);
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is_sent() {
    let company =
        CustomerData { document: Document::new("cnpj", Some("11222333000181"), None).unwrap(), ..SHOPPER.clone() };
    let refused = |operation: &Operation| adapter(&ACCOUNT).begin(&ACCOUNT, operation).unwrap_err();
    let bare = create(&SHOPPER, 100);
    let wanting = Create { customer: Some(&company), ..bare };
    assert!(matches!(refused(&Operation::Create(wanting)), BuildError::NoShopper));
    assert!(matches!(refused(&Operation::Create(Create { customer: None, ..bare })), BuildError::NoShopper));
    let part = Change { left: money(200), ..change(100) };
    assert!(matches!(refused(&Operation::Void(part)), BuildError::NoPart));
    for id in [None, Some(""), Some("a/b"), Some("a?b"), Some("..%2f")] {
        let lost = Query { transaction_id: id, ..query(RequestKind::Pending, 0) };
        assert!(matches!(refused(&Operation::Query(lost)), BuildError::NoId), "{id:?}");
        let void = Change { transaction_id: id, ..change(100) };
        assert!(matches!(refused(&Operation::Void(void)), BuildError::NoId), "{id:?}");
    }
    assert!(matches!(refused(&Operation::Capture(change(100))), BuildError::NotServed));
    assert!(matches!(refused(&Operation::Cancel(change(100))), BuildError::NotServed));
    assert!(matches!(refused(&Operation::Query(query(RequestKind::Capture, 0))), BuildError::NotServed));
}

#[test]
fn debug_prints_nothing_of_the_shopper_or_the_address_of_the_hub() {
    let printed = format!("{:?}", begun(&Operation::Create(create(&SHOPPER, 100))));
    for secret in ["Maria", "maria@", "72912053013", "7Zx0a"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    let Value::Object(body) = &written(&begun(&Operation::Create(create(&SHOPPER, 100))).request)["body"] else {
        panic!("no body")
    };
    assert!(body["customerCpf"] == "72912053013");
}
