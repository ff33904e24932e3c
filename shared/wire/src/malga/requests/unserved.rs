//! Fields of the public API that this hub does not serve.

use serde_json::Value;

use crate::{object::fields, reader::Fields};

fields! {
    /// Fields that would change who gets how much, who bears the risk, or what a shopper must do first: a problem for
    /// each that says something.
    pub(super) struct UnservedFields(fields) reads UnservedFields {} => {
        let names = ["splitRules", "vendor", "threeDSecure2", "delayToCompose", "providerReferenceKey", "captchaEnabled"];
        unserved(fields, &names);
        if fields.value("maxPayments").is_some_and(|value| value.as_u64() != Some(1)) {
            fields.problem("maxPayments", "other than 1 is not served by this hub");
        }
        Some(Self)
    }
}

/// A problem for each of these fields that says something.
pub(super) fn unserved(fields: &mut Fields<'_>, names: &[&str]) {
    for name in names {
        if fields.value(name).is_some_and(says_something) {
            fields.problem(name, "is not served by this hub");
        }
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Number(_) => true,
    }
}
