//! The codec: a value is its lifted fields as attributes, and the rest as one compact JSON document.
//!
//! Only what is conditioned, indexed, filtered or cheap to look at is lifted. No field is in an item twice.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::limits::MAX_DOCUMENT;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Number, Value, value::RawValue};

use crate::Error;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) const DOC: &str = "doc";
pub(crate) const WRITER: &str = "writer";
const NO_KEY: &str = "an item without key";

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
    let json = serde_json::to_string(value).map_err(unwritable)?;
    // Each field stays the text that it is: no tree of values is built.
    let mut rest: BTreeMap<&str, &RawValue> = serde_json::from_str(&json).map_err(unwritable)?;
    let mut item = key;
    for name in lifted {
        if let Some(field) = rest.remove(name) {
            item.insert((*name).to_owned(), attribute(serde_json::from_str(field.get()).map_err(unwritable)?)?);
        }
    }
    item.insert(DOC.to_owned(), AttributeValue::S(serde_json::to_string(&rest).map_err(unwritable)?));
    Ok(item)
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes it so")]
pub(crate) fn unwritable(error: serde_json::Error) -> Error {
    Error::Corrupt(format!("a value that cannot be stored: {error}"))
}

/// [`encode`], for what a caller makes or changes: [`Error::TooLarge`] above [`MAX_DOCUMENT`].
pub(crate) fn encode_within<T: Serialize>(key: Item, value: &T, lifted: &[&str]) -> Result<Item, Error> {
    within(encode(key, value, lifted)?)
}

/// The item, if its document is no longer than [`MAX_DOCUMENT`].
pub(crate) fn within(item: Item) -> Result<Item, Error> {
    let is_too_large = text(&item, DOC).is_some_and(|doc| doc.len() > MAX_DOCUMENT);
    if is_too_large { Err(Error::TooLarge(MAX_DOCUMENT)) } else { Ok(item) }
}

/// The value that [`encode`] made into `item`.
pub(crate) fn decode<T: DeserializeOwned>(item: &Item, lifted: &[&str]) -> Result<T, Error> {
    decode_keyed(item, &[], lifted)
}

/// The same of a value with fields that are in the item's key alone. All attributes are written in front of the document,
/// so that the value is read from one text.
pub(crate) fn decode_keyed<T: DeserializeOwned>(
    item: &Item,
    in_key: &[(&str, &str)],
    lifted: &[&str],
) -> Result<T, Error> {
    let rest = text(item, DOC).and_then(|doc| doc.strip_prefix('{')?.strip_suffix('}'));
    let rest = rest.ok_or_else(|| corrupt(item, "no document"))?;
    let mut fields: Vec<String> = in_key.iter().map(|(name, value)| field(name, &Value::from(*value))).collect();
    for name in lifted {
        if let Some(attribute) = item.get(*name) {
            fields.push(field(name, &json(attribute)?));
        }
    }
    fields.extend((!rest.is_empty()).then(|| rest.to_owned()));
    serde_json::from_str(&format!("{{{}}}", fields.join(","))).map_err(|error| corrupt(item, &error.to_string()))
}

/// That `item` is not what it must be, with its key.
pub(crate) fn corrupt(item: &Item, reason: &str) -> Error {
    Error::Corrupt(format!("{}: {reason}", text(item, "PK").unwrap_or(NO_KEY)))
}

/// The id in the key of `item`, after `prefix`.
pub(crate) fn id_in_key<'a>(item: &'a Item, prefix: &str) -> Result<&'a str, Error> {
    let key = text(item, "PK").unwrap_or(NO_KEY);
    key.strip_prefix(prefix).ok_or_else(|| Error::Corrupt(key.to_owned()))
}

fn field(name: &str, value: &Value) -> String {
    format!("\"{name}\":{value}")
}

pub(crate) fn attribute(field: Value) -> Result<AttributeValue, Error> {
    match field {
        Value::String(text) => Ok(AttributeValue::S(text)),
        Value::Number(number) => Ok(AttributeValue::N(number.to_string())),
        Value::Bool(flag) => Ok(AttributeValue::Bool(flag)),
        Value::Array(entries) => entries.into_iter().map(attribute).collect::<Result<_, _>>().map(AttributeValue::L),
        Value::Null | Value::Object(_) => Err(Error::Corrupt("a lifted field that is no scalar".to_owned())),
    }
}

pub(crate) fn json(attribute: &AttributeValue) -> Result<Value, Error> {
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    struct Thing {
        id: u64,
        name: String,
        is_open: bool,
        marks: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<Value>,
    }

    const LIFTED: [&str; 5] = ["id", "name", "is_open", "marks", "note"];

    fn thing(note: Option<&str>, more: Option<Value>) -> Thing {
        let marks = vec!["a\"b".to_owned(), String::new()];
        Thing { id: 7, name: "{,}\\\n".to_owned(), is_open: true, marks, note: note.map(str::to_owned), more }
    }

    #[test]
    fn a_value_is_its_lifted_fields_and_one_document_of_the_rest() {
        let more = serde_json::json!({"number": 1, "text": "\"}\u{1f600}"});
        let item = encode(key("THING#7", "THING"), &thing(None, Some(more.clone())), &LIFTED).unwrap();
        assert_eq!(text(&item, DOC), Some(format!("{{\"more\":{more}}}").as_str()));
        assert_eq!(item.get("id"), Some(&n(7)));
        assert_eq!(item.get("is_open"), Some(&AttributeValue::Bool(true)));
        assert_eq!(item.get("marks"), Some(&AttributeValue::L(vec![s("a\"b"), s("")])));
        assert_eq!(item.len(), 7);
        assert_eq!(decode::<Thing>(&item, &LIFTED).unwrap(), thing(None, Some(more)));
    }

    #[test]
    fn a_field_may_be_in_the_key_and_the_document_may_be_empty() {
        let whole = thing(Some("\"}"), None);
        let mut item = encode(key("THING#x", "THING"), &whole, &LIFTED).unwrap();
        assert_eq!(text(&item, DOC), Some("{}"));
        assert_eq!(decode::<Thing>(&item, &LIFTED).unwrap(), whole);
        let name = item.remove("name").unwrap();
        assert_eq!(decode_keyed::<Thing>(&item, &[("name", name.as_s().unwrap())], &LIFTED).unwrap(), whole);
        assert_eq!(id_in_key(&item, "THING#").unwrap(), "x");
        assert!(matches!(id_in_key(&item, "OTHER#"), Err(Error::Corrupt(key)) if key == "THING#x"));
    }

    #[test]
    fn an_item_that_is_no_value_names_its_key() {
        let item = encode(key("THING#7", "THING"), &thing(None, None), &LIFTED).unwrap();
        for doc in ["", "{", "}", "[]", "{\"more\":}", "{\"id\":8}"] {
            let broken: Item = item.clone().into_iter().chain([(DOC.to_owned(), s(doc))]).collect();
            let error = decode::<Thing>(&broken, &LIFTED).unwrap_err();
            assert!(matches!(&error, Error::Corrupt(text) if text.starts_with("THING#7: ")), "{doc}: {error:?}");
        }
    }
}
