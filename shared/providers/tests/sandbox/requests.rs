//! What leaves the house.

use domain::{charge::request::RequestKind, money::Money};
use providers::{BuildError, Create, HttpAnswer, Operation, Query, Target, Verb, adapter};
use serde_json::{Value, json};

use crate::samples::{REFERENCE, account, card, pay_by_card, pay_by_pix, pay_without_card, prepared, question, verify};

const NUMBER: &str = "4929564637987814";
const CVV: &str = "321";

fn body(operation: &Operation) -> Value {
    serde_json::from_slice(&prepared(operation).body).unwrap()
}

#[test]
fn every_operation_is_posted_as_json_to_one_path() {
    let card = card(NUMBER, Some(CVV));
    let create = pay_by_card(&card);
    for operation in
        [Operation::Create(create), Operation::Query(question(&create)), Operation::Create(pay_by_pix()), verify(&card)]
    {
        let request = prepared(&operation);
        assert_eq!(request.target, Target::Sandbox { path: "/operations" });
        assert_eq!(request.verb, Verb::Post);
        assert_eq!(request.headers, [("content-type", "application/json".to_owned())]);
    }
}

#[test]
fn a_card_payment_carries_the_card() {
    let card = card(NUMBER, Some(CVV));
    let create = Create { statement_descriptor: Some("LOJA DO ZÉ"), ..pay_by_card(&card) };
    let expected = json!({
        "operation": "create",
        "reference": REFERENCE,
        "amount": 150,
        "currency": "BRL",
        "payment": {
            "method": "credit",
            "capture": true,
            "installments": 3,
            "card": {
                "number": "4929564637987814",
                "holder": "João \"Jo\" da Silva",
                "expiration": "06/2028",
                "cvv": "321"
            }
        },
        "statementDescriptor": "LOJA DO ZÉ",
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&Operation::Create(create)), expected);
}

#[test]
fn a_verification_carries_the_card_and_no_money() {
    let expected = json!({
        "operation": "verify",
        "reference": REFERENCE,
        "card": {
            "number": "4929564637987814",
            "holder": "João \"Jo\" da Silva",
            "expiration": "06/2028",
            "cvv": "321"
        },
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&verify(&card(NUMBER, Some(CVV)))), expected);
}

#[test]
fn what_was_not_given_is_left_out() {
    let card = card(NUMBER, None);
    let money = Money { currency: "USD".parse().unwrap(), ..pay_by_card(&card).money };
    let body = body(&Operation::Create(Create { capture: false, money, ..pay_by_card(&card) }));
    let expected = json!({
        "operation": "create",
        "reference": REFERENCE,
        "amount": 150,
        "currency": "USD",
        "payment": {
            "method": "credit",
            "capture": false,
            "installments": 3,
            "card": {"number": "4929564637987814", "holder": "João \"Jo\" da Silva", "expiration": "06/2028"}
        },
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body, expected);
}

#[test]
fn a_pix_carries_its_life() {
    let expected = json!({
        "operation": "create",
        "reference": REFERENCE,
        "amount": 150,
        "currency": "BRL",
        "payment": {"method": "pix", "expiresIn": 3600},
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&Operation::Create(pay_by_pix())), expected);
}

#[test]
fn a_question_says_what_was_asked_and_names_no_card() {
    let card = card(NUMBER, Some(CVV));
    let query = question(&pay_by_card(&card));
    for (asked, word) in
        [(RequestKind::Authorization, "authorization"), (RequestKind::PreAuthorization, "pre_authorization")]
    {
        let expected = json!({
            "operation": "query",
            "reference": REFERENCE,
            "asked": word,
            "amount": 150,
            "currency": "BRL",
            "payment": {"method": "credit", "cardLastDigit": 4},
            "createdAt": "2021-08-12T16:08:39.536Z"
        });
        assert_eq!(body(&Operation::Query(Query { asked, ..query })), expected);
    }
    let expected = json!({
        "operation": "query",
        "reference": REFERENCE,
        "asked": "pending",
        "amount": 150,
        "currency": "BRL",
        "payment": {"method": "pix"},
        "createdAt": "2021-08-12T16:08:39.536Z"
    });
    assert_eq!(body(&Operation::Query(question(&pay_by_pix()))), expected);
}

#[test]
fn a_card_payment_without_its_card_is_not_sent() {
    let query = Query { card_last_digit: None, ..question(&pay_without_card()) };
    for operation in [Operation::Create(pay_without_card()), Operation::Query(query)] {
        let built = adapter(&account()).prepare(&account(), &operation);
        assert!(matches!(built, Err(BuildError::NoCard)));
    }
}

#[test]
fn the_longest_texts_fit_and_longer_ones_are_not_sent() {
    // A control character takes six bytes of JSON, more than any other.
    let longest = "\u{1}".repeat(255);
    let mut card = card(NUMBER, Some(CVV));
    card.holder.clone_from(&longest);
    let create = Create { statement_descriptor: Some(&longest), ..pay_by_card(&card) };
    assert_eq!(body(&Operation::Create(create)).get("statementDescriptor"), Some(&json!(longest)));

    let beyond = "x".repeat(4096);
    let create = Create { statement_descriptor: Some(&beyond), ..pay_by_card(&card) };
    let built = adapter(&account()).prepare(&account(), &Operation::Create(create));
    assert!(matches!(built, Err(BuildError::Body(_))));
}

#[test]
fn debug_prints_no_card_number_and_no_security_code() {
    let card = card(NUMBER, Some(CVV));
    let mut request = prepared(&Operation::Create(pay_by_card(&card)));
    request.headers.push(("authorization", "Bearer very-secret".to_owned()));
    let length = request.body.len();
    let printed = format!("{request:?} {request:#?}");
    for hidden in [NUMBER, CVV, "7814", "João", "very-secret"] {
        assert!(!printed.contains(hidden), "{printed}");
    }
    assert!(printed.contains("authorization") && printed.contains(&format!("{length} bytes")), "{printed}");
    // Nor as a list of byte values.
    assert!(!printed.contains(&format!("{:?}", NUMBER.as_bytes()).replace(['[', ']'], "")), "{printed}");

    let answer = HttpAnswer {
        status: 200,
        headers: vec![("set-cookie".to_owned(), "very-secret".to_owned())],
        body: NUMBER.as_bytes().to_vec(),
    };
    assert_eq!(format!("{answer:?}"), "HttpAnswer { status: 200, headers: [\"set-cookie\"], body: 16 bytes }");
}
