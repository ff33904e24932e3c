//! The codec: a value is its lifted fields as attributes, and the rest as one compact JSON document.
//!
//! Only what is conditioned, indexed, filtered or cheap to look at is lifted. No field is in an item twice.

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::limits::MAX_DOCUMENT;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Number, Value};

use crate::Error;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) const DOC: &str = "doc";
pub(crate) const WRITER: &str = "writer";

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

pub(crate) fn key(pk: impl Into<String>, sk: &str) -> Item {
    Item::from([("PK".to_owned(), s(pk)), ("SK".to_owned(), s(sk))])
}

/// The text of attribute `name`.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// `value` as an item under `key`, with the fields `lifted` as attributes. The size is not checked, because what grows
/// by itself must be stored.
pub(crate) fn encode<T: Serialize>(key: Item, value: &T, lifted: &[&str]) -> Result<Item, Error> {
    let Ok(Value::Object(mut rest)) = serde_json::to_value(value) else {
        return Err(Error::Corrupt("a value that is not an object".to_owned()));
    };
    let mut item = key;
    for name in lifted {
        if let Some(field) = rest.remove(*name) {
            item.insert((*name).to_owned(), attribute(field)?);
        }
    }
    item.insert(DOC.to_owned(), AttributeValue::S(Value::Object(rest).to_string()));
    Ok(item)
}

/// [`encode`], for what a caller makes or changes: [`Error::TooLarge`] above [`MAX_DOCUMENT`].
pub(crate) fn encode_within<T: Serialize>(key: Item, value: &T, lifted: &[&str]) -> Result<Item, Error> {
    let item = encode(key, value, lifted)?;
    let is_too_large = text(&item, DOC).is_some_and(|doc| doc.len() > MAX_DOCUMENT);
    if is_too_large { Err(Error::TooLarge(MAX_DOCUMENT)) } else { Ok(item) }
}

/// The value that [`encode`] made into `item`.
pub(crate) fn decode<T: DeserializeOwned>(item: &Item, lifted: &[&str]) -> Result<T, Error> {
    let name = || text(item, "PK").unwrap_or("an item without key").to_owned();
    let doc = text(item, DOC).ok_or_else(|| Error::Corrupt(name()))?;
    let mut fields: Map<String, Value> =
        serde_json::from_str(doc).map_err(|e| Error::Corrupt(format!("{}: {e}", name())))?;
    for field in lifted {
        if let Some(attribute) = item.get(*field) {
            fields.insert((*field).to_owned(), json(attribute)?);
        }
    }
    serde_json::from_value(Value::Object(fields)).map_err(|e| Error::Corrupt(format!("{}: {e}", name())))
}

fn attribute(field: Value) -> Result<AttributeValue, Error> {
    match field {
        Value::String(text) => Ok(AttributeValue::S(text)),
        Value::Number(number) => Ok(AttributeValue::N(number.to_string())),
        Value::Bool(flag) => Ok(AttributeValue::Bool(flag)),
        Value::Array(entries) => entries.into_iter().map(attribute).collect::<Result<_, _>>().map(AttributeValue::L),
        Value::Null | Value::Object(_) => Err(Error::Corrupt("a lifted field that is no scalar".to_owned())),
    }
}

fn json(attribute: &AttributeValue) -> Result<Value, Error> {
    match attribute {
        AttributeValue::S(text) => Ok(Value::String(text.clone())),
        AttributeValue::N(digits) => digits
            .parse::<Number>()
            .map(Value::Number)
            .map_err(|_| Error::Corrupt("a number that cannot be read".to_owned())),
        AttributeValue::Bool(flag) => Ok(Value::Bool(*flag)),
        AttributeValue::L(entries) => entries.iter().map(json).collect::<Result<_, _>>().map(Value::Array),
        _ => Err(Error::Corrupt("an attribute of an unknown type".to_owned())),
    }
}
