//! Reads a request's JSON and collects every problem of it before refusing.
//!
//! Problems are worded as the public API words them (class-validator): the dotted path
//! of the field, then what it must be. They name fields and rules, never values.

use std::fmt;

use domain::{card::Pan, limits::MAX_DEPTH, refusal::Refusal};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value, error::Category};

use crate::{
    object::{Nested, Object},
    rules::Rule,
};

static NULL: Value = Value::Null;

/// The JSON object of a request's body. No body at all is an empty object: client libraries announce JSON on
/// requests without one.
///
/// # Errors
/// [`Refusal::Invalid`] with one problem, for what is no JSON object, is nested deeper than [`MAX_DEPTH`] or has two
/// fields of one name: parsers disagree which of the two counts.
pub fn parse(body: &[u8]) -> Result<Value, Refusal> {
    if body.trim_ascii().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let text = str::from_utf8(body).map_err(|_| invalid("the request body is not UTF-8".to_owned()))?;
    if depth(text) > MAX_DEPTH {
        return Err(invalid(format!("the request body is nested deeper than {MAX_DEPTH} levels")));
    }
    match serde_json::from_str(text) {
        Ok(Distinct(object @ Value::Object(_))) => Ok(object),
        Ok(Distinct(_)) => Err(invalid("the request body must be a JSON object".to_owned())),
        // The parser's own words could repeat what was sent.
        Err(error) => {
            let problem = match error.classify() {
                Category::Data => "names a field twice",
                Category::Syntax | Category::Eof | Category::Io => "is not valid JSON",
            };
            Err(invalid(format!("the request body {problem}: line {}, column {}", error.line(), error.column())))
        }
    }
}

/// Any JSON whose objects have no two fields of one name.
struct Distinct(Value);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Distinct(element)) = list.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let Distinct(field) = object.next_value()?;
            if fields.insert(name, field).is_some() {
                return Err(A::Error::custom("a field comes twice"));
            }
        }
        Ok(Value::Object(fields))
    }
}

fn invalid(problem: String) -> Refusal {
    Refusal::Invalid(vec![problem])
}

/// How deep brackets and braces nest, counted before anything recurses into them.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The fields of one JSON object, and the problems of the whole request.
///
/// A field that is null is absent. A field that cannot be read adds its problem and is none, so that reading goes on to
/// the next field.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
    /// The card that the request holds: no other text repeats its number.
    card: Option<&'a Pan>,
    problems: &'a mut Vec<String>,
}

/// What `request` reads from `body`, in which `card` is, or all the problems that it found.
pub(crate) fn read<T>(
    body: &Value,
    card: Option<&Pan>,
    request: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Result<T, Refusal> {
    let mut problems = Vec::new();
    let nothing = Map::new();
    let object = body.as_object().unwrap_or(&nothing);
    let read = request(&mut Fields { object, path: String::new(), card, problems: &mut problems });
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        Some(_) | None => Err(Refusal::Invalid(problems)),
    }
}

impl<'a> Fields<'a> {
    /// The field, unless it is absent or null.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// The object as it was sent.
    pub(crate) const fn object(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// Whether every field is one of `known`, those that are null too.
    pub(crate) fn are_all_of(&self, known: &[&str]) -> bool {
        self.object.keys().all(|name| known.contains(&name.as_str()))
    }

    /// Whether the field is there, also where it is null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Whether every field is absent or null.
    pub(crate) fn is_empty(&self) -> bool {
        self.object.values().all(Value::is_null)
    }

    /// Whether `text` holds the number of the card that the request holds.
    pub(crate) fn is_card_in(&self, text: &str) -> bool {
        self.card.is_some_and(|card| card.is_in(text))
    }

    /// Adds a problem of the field.
    pub(crate) fn problem(&mut self, name: &str, problem: &str) {
        self.problems.push(format!("{}{name} {problem}", self.path));
    }

    /// Adds a problem of the field, which then cannot be read.
    pub(crate) fn refuse<T>(&mut self, name: &str, problem: &str) -> Option<T> {
        self.problem(name, problem);
        None
    }

    /// The field as `rule` reads it.
    pub(crate) fn required<R: Rule>(&mut self, rule: R, name: &str) -> Option<R::Read> {
        match self.value(name) {
            Some(value) => rule.read(value, self, name),
            None => self.missing(rule, name),
        }
    }

    /// Adds the problems of a field that is absent. It has two, as in the public API: it is not what it must be, and it
    /// should not be empty.
    pub(crate) fn missing<R: Rule>(&mut self, rule: R, name: &str) -> Option<R::Read> {
        rule.read(&NULL, self, name);
        self.refuse(name, "should not be empty")
    }

    /// The field as `rule` reads it, or none. The outer option is always there, as if the field were absent, so that
    /// what the object is made of can be read in spite of a problem: nothing is made of a request that has one.
    #[expect(clippy::option_option, clippy::unnecessary_wraps, reason = "the outer one is that of every field")]
    pub(crate) fn optional<R: Rule>(&mut self, rule: R, name: &str) -> Option<Option<R::Read>> {
        Some(self.value(name).and_then(|value| rule.read(value, self, name)))
    }

    /// The field as `rule` reads it, which may itself read none: what says nothing is absent.
    #[expect(clippy::option_option, reason = "the outer one is that of every field")]
    pub(crate) fn or_nothing<T, R: Rule<Read = Option<T>>>(&mut self, rule: R, name: &str) -> Option<Option<T>> {
        self.optional(rule, name).map(Option::flatten)
    }

    /// The field as `rule` reads it; none when it is absent. Unlike in other fields, null is not absent: it is a
    /// problem as in a required field.
    #[expect(clippy::option_option, reason = "the outer one is that of every field")]
    pub(crate) fn optional_not_null<R: Rule>(&mut self, rule: R, name: &str) -> Option<Option<R::Read>> {
        if self.object.contains_key(name) { self.required(rule, name).map(Some) } else { Some(None) }
    }

    /// The field as `rule` reads it, or else what `rule` reads from `default`.
    pub(crate) fn or<R: Rule>(&mut self, rule: R, default: &Value, name: &str) -> Option<R::Read> {
        rule.read(self.value(name).unwrap_or(default), self, name)
    }

    /// The field as `rule` reads it, or nothing: what cannot be read is no problem.
    #[expect(clippy::unnecessary_wraps, reason = "every field is an option")]
    pub(crate) fn lenient<R: Rule<Read: Default>>(&mut self, rule: R, name: &str) -> Option<R::Read> {
        let mut ignored = Vec::new();
        let mut fields = Fields { object: self.object, path: String::new(), card: self.card, problems: &mut ignored };
        Some(fields.optional(rule, name).flatten().unwrap_or_default())
    }

    /// The fields of another object, in this one.
    pub(crate) fn part<T: Object<Given>, Given>(&mut self, part: Nested<T, Given>) -> Option<T::Read> {
        part.part(self)
    }

    /// The fields of `object` in the field `name`.
    pub(crate) fn inside<'b>(&'b mut self, name: &str, object: &'b Value) -> Option<Fields<'b>> {
        match object.as_object() {
            Some(object) => {
                let path = format!("{}{name}.", self.path);
                Some(Fields { object, path, card: self.card, problems: self.problems })
            }
            None => self.refuse(name, "must be an object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_inside_strings_do_not_nest() {
        assert_eq!(depth(r#"{"a":[{"b":"[[[{{{\"[["}]}"#), 3);
        assert_eq!(depth(r#""\\" [[]] []"#), 2);
        assert_eq!(depth(&"[".repeat(5000)), 5000);
        assert_eq!(depth("]]]]["), 1);
    }
}
