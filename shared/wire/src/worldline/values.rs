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
    match value {
        Value::Number(number) => whole_in(&number.to_string()),
        Value::String(text) => whole_in(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The same in a text, which holds its digits alone.
pub(super) fn whole_in(digits: &str) -> Option<u64> {
    Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// `true` or `false`, also as a text.
pub(super) fn flag() -> impl Rule<Read = bool> {
    rule(|value: &Value| truth(value).ok_or_else(|| "must be a boolean value".to_owned()), string)
}

/// The truth value that `value` is.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => truth_in(text),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The same in a text. Python's library writes `True`.
pub(super) fn truth_in(text: &str) -> Option<bool> {
    text.to_ascii_lowercase().parse().ok()
}
