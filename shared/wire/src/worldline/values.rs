//! Values that this API takes in several spellings: hand-written clients send numbers and truth values as texts.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::{
    reader::Fields,
    rules::{Rule, rule, string},
};

/// The field as `rule` reads it; that it is absent is one problem.
pub(super) fn needed<R: Rule>(fields: &mut Fields<'_>, rule: R, name: &str) -> Option<R::Read> {
    if fields.value(name).is_none() {
        return fields.refuse(name, "should not be empty");
    }
    fields.required(rule, name)
}

/// A whole number in `range`, as a number or as its digits in a text.
pub(super) fn number(range: RangeInclusive<u64>) -> impl Rule<Read = u64> {
    let (least, most) = (*range.start(), *range.end());
    let read = move |value: &Value| {
        whole(value).filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            if least == 0 { "must be a whole number".to_owned() } else { format!("must be {least} to {most}") }
        })
    };
    rule(read, string)
}

/// The whole number that `value` is. It is read from its text, so that no number is rounded.
pub(super) fn whole(value: &Value) -> Option<u64> {
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// `true` or `false`, also as a text.
pub(super) fn flag() -> impl Rule<Read = bool> {
    let read = |value: &Value| match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text == "true" => Ok(true),
        Value::String(text) if text == "false" => Ok(false),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err("must be a boolean value".to_owned())
        }
    };
    rule(read, string)
}
