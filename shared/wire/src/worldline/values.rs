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

/// What `read` finds in the object in the field `name`; none inside where the field is absent.
#[expect(clippy::option_option, reason = "the outer one is that of every field")]
pub(super) fn within<T>(
    fields: &mut Fields<'_>,
    name: &str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match fields.value(name) {
        Some(object) => read(&mut fields.inside(name, object)?).map(Some),
        None => Some(None),
    }
}

/// The same of a field that must come.
pub(super) fn required<T>(
    fields: &mut Fields<'_>,
    name: &str,
    read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Option<T> {
    match within(fields, name, read)? {
        Some(found) => Some(found),
        None => fields.refuse(name, "should not be empty"),
    }
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

/// The whole number that `value` is. It is read from its text, which holds its digits alone, so that no number is
/// rounded.
pub(super) fn whole(value: &Value) -> Option<u64> {
    let digits = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// `true` or `false`, also as a text: Python's library writes `True`.
pub(super) fn flag() -> impl Rule<Read = bool> {
    let read = |value: &Value| {
        let truth = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.to_ascii_lowercase().parse().ok(),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        };
        truth.ok_or_else(|| "must be a boolean value".to_owned())
    };
    rule(read, string)
}
