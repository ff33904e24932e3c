//! What is wrong with a request.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

static CHECKOUT: LazyLock<Validator> = LazyLock::new(|| {
    let amount = json!({"type": "string", "pattern": "^[0-9]+\\.[0-9]{2}$"});
    let required = ["amount", "merchantCode", "resolveUrl", "customerCpf", "customerName", "customerEmail"];
    let product = json!({
        "type": "object", "additionalProperties": false, "required": ["name", "quantity", "amount", "totalAmount"],
        "properties": {
            "name": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1}, "amount": amount,
            "totalAmount": amount, "id": {"type": "string"}, "merchantCode": {"type": "string"},
            "productId": {"type": "string"}, "link": {"type": "string"}, "principalImage": {"type": "string"},
            "description": {"type": "string"},
        },
    });
    let mut fields = json!({
        "amount": amount, "merchantCode": {"type": "string", "minLength": 1},
        "resolveUrl": {"type": "string", "pattern": "^https?://"},
        "customerCpf": {"type": "string", "pattern": "^[0-9]{11}$"},
        "customerName": {"type": "string", "minLength": 1}, "customerEmail": {"type": "string", "pattern": "@"},
        "customerPhone": {"type": "string"}, "products": {"type": "array", "items": product},
    });
    for part in ["Cep", "Street", "Number", "Complement", "Neighborhood", "City", "State"] {
        fields[format!("customerAddress{part}")] = json!({"type": "string"});
    }
    let schema = json!({"type": "object", "required": required, "additionalProperties": false, "properties": fields});
    jsonschema::validator_for(&schema).unwrap()
});

/// The first problem of a new checkout. It never repeats what was sent.
pub(super) fn checkout(body: &Value) -> Option<String> {
    let problem = CHECKOUT.iter_errors(body).next().map(|error| format!("It is not valid: {}", error.schema_path));
    let is_nothing = || body["amount"].as_str().and_then(cents) == Some(0);
    problem.or_else(|| is_nothing().then(|| "The amount is nothing.".to_owned()))
}

/// The cents of an amount such as `100.00`.
pub(super) fn cents(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.')?;
    let is_amount =
        part.len() == 2 && !whole.is_empty() && (whole.bytes().chain(part.bytes())).all(|c| c.is_ascii_digit());
    if is_amount { format!("{whole}{part}").parse().ok() } else { None }
}

/// Cents as a text such as `100.00`.
pub(super) fn text(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
