//! Fields of the public API that this hub does not serve.

use serde_json::Value;

use crate::object::fields;

fields! {
    /// Fields that would change who gets how much, or who bears the risk: a problem for each that says something.
    pub(super) struct MoneyFields(fields) reads MoneyFields {} => {
        for name in ["splitRules", "vendor", "threeDSecure2", "delayToCompose"] {
            if fields.value(name).is_some_and(says_something) {
                fields.problem(name, "is not served by this hub");
            }
        }
        if fields.value("maxPayments").is_some_and(|value| value.as_u64() != Some(1)) {
            fields.problem("maxPayments", "other than 1 is not served by this hub");
        }
        Some(Self)
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
