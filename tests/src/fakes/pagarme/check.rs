//! What is wrong with the contents of a request: the map `errors` of a 422.

use std::{collections::BTreeMap, sync::LazyLock};

use domain::time::Timestamp;
use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

/// The problems of each field, by its path, such as `order.payments[0].credit_card.card.number`.
pub(super) type Problems = BTreeMap<String, Vec<String>>;

static ORDER: LazyLock<Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(include_str!("order.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
});

static CAPTURE: LazyLock<Validator> = LazyLock::new(|| changed_by(&json!({"type": "string", "maxLength": 52}), "code"));

static CANCELLATION: LazyLock<Validator> =
    LazyLock::new(|| changed_by(&json!({"type": "object", "minProperties": 1}), "bank_account"));

fn changed_by(field: &Value, name: &str) -> Validator {
    let fields = json!({"amount": {"type": "integer", "minimum": 1}, name: field});
    let schema = json!({"type": "object", "properties": fields, "additionalProperties": false});
    jsonschema::validator_for(&schema).unwrap()
}

/// The problems of an order.
pub(super) fn order(body: &Value) -> Problems {
    let mut problems = problems(&ORDER, "order", body);
    let payment = "order.payments[0]";
    if body.pointer("/payments/0/credit_card/card/number").and_then(Value::as_str).is_some_and(|card| !is_luhn(card)) {
        add(&mut problems, format!("{payment}.credit_card.card.number"), "The field number is not a valid card number");
    }
    for (pointer, field) in
        [("/payments/0/pix/expires_at", "pix.expires_at"), ("/payments/0/boleto/due_at", "boleto.due_at")]
    {
        let text = body.pointer(pointer).and_then(Value::as_str);
        if text.is_some_and(|text| text.parse::<Timestamp>().is_err()) {
            add(&mut problems, format!("{payment}.{field}"), "The field is not a valid date");
        }
    }
    problems
}

/// The problems of a capture.
pub(super) fn capture(body: &Value) -> Problems {
    problems(&CAPTURE, "charge", body)
}

/// The problems of a cancellation.
pub(super) fn cancellation(body: &Value) -> Problems {
    problems(&CANCELLATION, "charge", body)
}

fn problems(schema: &Validator, root: &str, body: &Value) -> Problems {
    let mut problems = Problems::new();
    for error in schema.iter_errors(body) {
        let (part, problem) = describe(&error);
        add(&mut problems, format!("{root}{}{part}", path_of(&error)), &problem);
    }
    problems
}

fn add(problems: &mut Problems, path: String, problem: &str) {
    problems.entry(path).or_default().push(problem.to_owned());
}

/// The part of the path that the error adds, and the problem in words. They never repeat what was sent.
fn describe(error: &ValidationError<'_>) -> (String, String) {
    match &error.kind {
        ValidationErrorKind::Required { property: Value::String(field) } => {
            (format!(".{field}"), format!("The {field} field is required."))
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let field = unexpected.first().cloned().unwrap_or_default();
            (format!(".{field}"), format!("The field {field} is unknown."))
        }
        ValidationErrorKind::MaxLength { limit } => {
            (String::new(), format!("The field must be a string with a maximum length of {limit}."))
        }
        _ => (String::new(), "The field is not valid.".to_owned()),
    }
}

/// `/payments/0/amount` as `.payments[0].amount`.
fn path_of(error: &ValidationError<'_>) -> String {
    let parts = error.instance_path.as_str().split('/').skip(1);
    parts.map(|part| if part.parse::<usize>().is_ok() { format!("[{part}]") } else { format!(".{part}") }).collect()
}

fn is_luhn(number: &str) -> bool {
    let digits = number.bytes().rev().map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let sum: u32 =
        digits.enumerate().map(|(place, digit)| if place % 2 == 0 { digit } else { digit * 2 - digit / 5 * 9 }).sum();
    sum.is_multiple_of(10)
}
