//! The requests, by a schema of our own, and details of their bodies.

use std::sync::LazyLock;

use domain::customer::CustomerData;
use jsonschema::Validator;
use providers::{Create, Operation};
use serde_json::{Value, json};

use crate::{
    cases, golden_files,
    samples::{CHANGE, MARIA, REFERENCE, begun, by_card, by_pix},
};

static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("schema.json")).unwrap());

/// The schema of one kind of request.
fn schema(kind: &str) -> Validator {
    let schema = json!({"$ref": format!("#/$defs/{kind}"), "$defs": SCHEMA["$defs"]});
    jsonschema::validator_for(&schema).unwrap()
}

fn kind(operation: &Operation, request: &Value) -> &'static str {
    match (operation, request["method"].as_str().unwrap()) {
        (_, "GET") => "read",
        (Operation::Create(_), _) => "create",
        (Operation::Capture(_), _) => "capture",
        (Operation::Void(_) | Operation::Cancel(_), _) => "cancel",
        (Operation::Query(_) | Operation::Verify(_) | Operation::Register { .. } | Operation::Check, _) => {
            panic!("a query writes")
        }
    }
}

fn body(operation: &Operation) -> Value {
    golden_files::printed(&begun(operation).0)["body"].clone()
}

#[test]
fn every_request_is_as_the_schema_says() {
    for (name, operation) in cases::requests() {
        let request = golden_files::printed(&begun(&operation).0);
        let errors: Vec<_> =
            schema(kind(&operation, &request)).iter_errors(&request).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{name}");
    }
}

#[test]
fn a_wrong_request_is_refused_by_the_schema() {
    let request = |wanted: &str| {
        let (_, operation) = cases::requests().into_iter().find(|(name, _)| *name == wanted).unwrap();
        let request = golden_files::printed(&begun(&operation).0);
        (kind(&operation, &request), request)
    };
    for (name, pointer, wrong) in [
        ("card-captured", "/body/payments/0/amount", json!("150")),
        ("card-captured", "/body/payments/0/credit_card/card/number", json!("4000")),
        ("card-captured", "/body/payments/0/credit_card/card/exp_month", json!(13)),
        ("card-captured", "/body/payments/0/credit_card/statement_descriptor", json!("FOURTEEN CHARS")),
        ("card-reserved", "/body/payments/0/credit_card/operation_type", json!("capture")),
        ("card-reserved", "/headers", json!({"content-type": "application/json"})),
        ("pix", "/body/payments/0/pix", json!({})),
        ("pix", "/body/customer", json!({"name": "Maria"})),
        ("boleto", "/body/payments/0/boleto/due_at", json!("2026-01-08")),
        ("boleto", "/body/payments/0/boleto/fine/amount", json!("3.00")),
        ("boleto", "/body/customer/address/zip_code", json!("20000-000")),
        ("capture", "/body", json!({"amount": 0})),
        ("capture", "/body", json!({})),
        ("capture", "/url", json!("https://api.pagar.me/core/v5/charges/ch_x")),
        ("refund-part", "/body", json!({"amount": "75"})),
        ("cancel", "/method", json!("POST")),
        ("query-by-code", "/url", json!("https://api.pagar.me/core/v5/orders")),
        ("query-charge", "/body", json!({})),
        ("check", "/url", json!("https://api.pagar.me/core/v5/charges")),
    ] {
        let (kind, mut request) = request(name);
        assert!(schema(kind).is_valid(&request), "{name}");
        *request.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema(kind).is_valid(&request), "{name} {pointer}");
    }
}

#[test]
fn every_write_has_the_hubs_reference_as_its_key() {
    for (name, operation) in cases::requests() {
        let request = golden_files::printed(&begun(&operation).0);
        let key = match operation {
            _ if request["method"] == "GET" => Value::Null,
            Operation::Create(_) => json!(REFERENCE),
            _ => json!(CHANGE),
        };
        assert_eq!(request["headers"]["idempotency-key"], key, "{name}");
    }
}

#[test]
fn a_statement_descriptor_is_cut_and_cleaned() {
    for (text, sent) in [
        ("Loja da João*Maria", json!("LOJA DA JOAO")),
        ("  a  b  ", json!("A B")),
        ("ÀÇÉ 123", json!("ACE 123")),
        ("abcdefghijklmnop", json!("ABCDEFGHIJKLM")),
        ("***", Value::Null),
        ("店", Value::Null),
    ] {
        let create = Create { statement_descriptor: Some(text), ..by_card(true) };
        let body = body(&Operation::Create(create));
        assert_eq!(body["payments"][0]["credit_card"]["statement_descriptor"], sent, "{text}");
    }
}

#[test]
fn a_telephone_is_sent_where_it_is_brazilian() {
    let mobile = json!({"mobile_phone": {"country_code": "55", "area_code": "21", "number": "999999999"}});
    let home = json!({"home_phone": {"country_code": "55", "area_code": "21", "number": "33334444"}});
    for (text, sent) in [
        ("+55 21 99999-9999", &mobile),
        ("5521999999999", &mobile),
        ("21999999999", &mobile),
        ("(21) 3333-4444", &home),
        ("552133334444", &home),
        ("21 98889999099", &Value::Null),
        ("999999999", &Value::Null),
        ("", &Value::Null),
    ] {
        let customer = CustomerData { phone_number: text.to_owned(), ..MARIA.clone() };
        let create = Create { customer: Some(&customer), ..by_pix() };
        let is_sent = &body(&Operation::Create(create))["customer"]["phones"];
        assert_eq!(is_sent, sent, "{text}");
    }
}
