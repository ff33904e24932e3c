//! The rules of fields.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{Refusal, refusal::Violation};

const SCHEMA: &str = "O campo não respeita o schema.";

/// Looks at the fields of one body, and notes each that breaks a rule.
pub(super) struct Check<'a> {
    object: &'static str,
    body: &'a Value,
    found: Vec<Violation>,
}

impl<'a> Check<'a> {
    /// Of a body whose fields violations name below `object`.
    pub(super) const fn new(object: &'static str, body: &'a Value) -> Self {
        Self { object, body, found: Vec::new() }
    }

    /// The field is there, and right.
    pub(super) fn required(&mut self, pointer: &str, is_right: impl Fn(&Value) -> bool) {
        self.rule(pointer, SCHEMA, |value| value.is_some_and(is_right));
    }

    /// The field is right, where it is there.
    pub(super) fn optional(&mut self, pointer: &str, is_right: impl Fn(&Value) -> bool) {
        self.rule(pointer, SCHEMA, |value| value.is_none_or(is_right));
    }

    pub(super) fn rule(&mut self, pointer: &str, reason: &str, holds: impl FnOnce(Option<&Value>) -> bool) {
        let value = self.body.pointer(pointer);
        if !holds(value) {
            let path = format!("{}{pointer}", self.object).replace('/', ".");
            let property = path.trim_start_matches('.').to_owned();
            let value = value.and_then(Value::as_str).map(ToOwned::to_owned);
            self.found.push(Violation { reason: reason.to_owned(), property, value });
        }
    }

    /// Refuses the operation by this name, where a rule was broken.
    pub(super) fn end(self, name: &'static str) -> Result<(), Refusal> {
        if self.found.is_empty() { Ok(()) } else { Err(Refusal::operation(name, self.found)) }
    }
}

/// Text of so many characters at most.
pub(super) fn is_text(most: usize) -> impl Fn(&Value) -> bool {
    move |value| value.as_str().is_some_and(|text| text.chars().count() <= most)
}

/// An amount: one to ten digits, a point, two digits.
pub(super) fn is_amount(value: &Value) -> bool {
    let Some((reais, cents)) = value.as_str().and_then(|text| text.split_once('.')) else { return false };
    is_of(reais, 1..=10, u8::is_ascii_digit) && is_of(cents, 2..=2, u8::is_ascii_digit)
}

/// Letters and digits, so many of them.
pub(super) fn is_id(text: &str, length: RangeInclusive<usize>) -> bool {
    is_of(text, length, u8::is_ascii_alphanumeric)
}

/// A whole debtor: a person with CPF and name, or a company with CNPJ and name. A CNPJ may hold letters.
pub(super) fn is_debtor(value: &Value) -> bool {
    let document = |name, length: usize, is_right: fn(u8) -> bool| {
        value.get(name).map(|text| text.as_str().is_some_and(|text| text.len() == length && text.bytes().all(is_right)))
    };
    let cpf = document("cpf", 11, |byte| byte.is_ascii_digit());
    let cnpj = document("cnpj", 14, |byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let has_name = value.get("nome").is_some_and(is_text(200));
    has_name && matches!((cpf, cnpj), (Some(true), None) | (None, Some(true)))
}

/// Up to fifty names and values.
pub(super) fn is_information(value: &Value) -> bool {
    let has = |item: &Value, name: &str, most| item.get(name).is_some_and(is_text(most));
    let is_right = |item: &Value| has(item, "nome", 50) && has(item, "valor", 200);
    value.as_array().is_some_and(|items| items.len() <= 50 && items.iter().all(is_right))
}

/// The cents of an amount.
pub(super) fn cents(value: &Value) -> Option<u64> {
    value.as_str().filter(|_| is_amount(value))?.replace('.', "").parse().ok()
}

fn is_of(text: &str, length: RangeInclusive<usize>, is_right: fn(&u8) -> bool) -> bool {
    length.contains(&text.len()) && text.bytes().all(|byte| is_right(&byte))
}
