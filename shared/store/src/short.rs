//! The short form of a document. DynamoDB counts a write by the kilobytes of its item: an ordinary charge and an
//! ordinary session stay below one.
//!
//! - The fields in [`NAMES`] have a name of one letter.
//! - A field that has its usual value is left out: where it is missing, it has that value. What is usual is stated
//!   once for both directions, where the item is ([`Usual`]). A field that is usual and that a value lacks is `null`.
//!
//! Any other field that is missing makes the item corrupt.

use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Error,
    item::{DOC, Item, attribute, corrupt, json, s, text, unwritable},
};

/// The fields of a value, lifted ones too.
pub(crate) type Fields = Map<String, Value>;

/// Visits every field of a value that may have its usual value.
pub(crate) type Usual = fn(&mut Fields, Visit);

/// What is done with a field, given its usual value: [`leave_out`] or [`fill_in`].
pub(crate) type Visit = fn(&mut Fields, &str, Value);

/// The names of fields, and the letters for them. `createdAt`, `updatedAt` and `at` are as they are: a hub on one
/// machine looks for them in all that it has stored.
const NAMES: [(&str, &str); 46] = [
    ("amount", "A"),
    ("answers", "a"),
    ("asSent", "s"),
    ("authorizationCode", "c"),
    ("authorizationNsu", "n"),
    ("body", "b"),
    ("brand", "g"),
    ("byCard", "B"),
    ("callBefore", "w"),
    ("captureId", "x"),
    ("card", "C"),
    ("cardId", "i"),
    ("description", "d"),
    ("digest", "D"),
    ("dueDate", "u"),
    ("event", "e"),
    ("expiresIn", "E"),
    ("expiry", "y"),
    ("first6", "f"),
    ("holder", "h"),
    ("idempotencyKey", "k"),
    ("installments", "I"),
    ("items", "t"),
    ("key", "K"),
    ("kind", "j"),
    ("last4", "l"),
    ("method", "m"),
    ("methods", "M"),
    ("name", "N"),
    ("networkCode", "z"),
    ("paymentType", "p"),
    ("quantity", "q"),
    ("receipt", "r"),
    ("requests", "R"),
    ("responseCode", "v"),
    ("sealed", "S"),
    ("source", "o"),
    ("sourceType", "O"),
    ("statementDescriptor", "Z"),
    ("status", "F"),
    ("step", "P"),
    ("tookMs", "T"),
    ("transactionId", "X"),
    ("type", "Y"),
    ("unitPrice", "U"),
    ("via", "V"),
];

/// `value` as an item under `key` in its short form, with the fields `lifted` as attributes.
pub(crate) fn encode_short<T: Serialize>(key: Item, value: &T, lifted: &[&str], usual: Usual) -> Result<Item, Error> {
    let Value::Object(mut fields) = serde_json::to_value(value).map_err(unwritable)? else {
        return Err(Error::Corrupt("a value without fields".to_owned()));
    };
    usual(&mut fields, leave_out);
    let mut item = key;
    for name in lifted {
        if let Some(field) = fields.remove(*name) {
            item.insert((*name).to_owned(), attribute(field)?);
        }
    }
    let document = serde_json::to_string(&Short(&Value::Object(fields))).map_err(unwritable)?;
    item.insert(DOC.to_owned(), s(document));
    Ok(item)
}

/// The value that [`encode_short`] made into `item`; the fields `in_key` are in the item's keys alone.
pub(crate) fn decode_short<T: DeserializeOwned>(
    item: &Item,
    in_key: &[(&str, &str)],
    lifted: &[&str],
    usual: Usual,
) -> Result<T, Error> {
    let document = text(item, DOC).and_then(|doc| serde_json::from_str(doc).ok());
    let Some(Value::Object(mut fields)) = document.map(long) else { return Err(corrupt(item, "no document")) };
    let mut beside: Fields = in_key.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    for name in lifted {
        if let Some(attribute) = item.get(*name) {
            beside.insert((*name).to_owned(), json(attribute)?);
        }
    }
    for (name, value) in beside {
        if fields.insert(name, value).is_some() {
            return Err(corrupt(item, "a field that is in it twice"));
        }
    }
    usual(&mut fields, fill_in);
    serde_json::from_value(Value::Object(fields)).map_err(|error| corrupt(item, &error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "the other direction keeps the value")]
fn leave_out(fields: &mut Fields, name: &str, usual: Value) {
    match fields.get(name) {
        Some(value) if *value == usual => drop(fields.remove(name)),
        Some(_) => {}
        None => drop(fields.insert(name.to_owned(), Value::Null)),
    }
}

fn fill_in(fields: &mut Fields, name: &str, usual: Value) {
    if !fields.contains_key(name) {
        fields.insert(name.to_owned(), usual);
    }
}

/// A value that is written with short names.
struct Short<'a>(&'a Value);

impl Serialize for Short<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let short = |name| NAMES.iter().find(|(long, _)| *long == name).map_or(name, |(_, short)| *short);
        match self.0 {
            Value::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (short(name.as_str()), Short(value))))
            }
            Value::Array(entries) => serializer.collect_seq(entries.iter().map(Short)),
            scalar => scalar.serialize(serializer),
        }
    }
}

/// The value that was written with short names.
fn long(value: Value) -> Value {
    let long_name = |name: String| match NAMES.iter().find(|(_, short)| *short == name) {
        Some((long, _)) => (*long).to_owned(),
        None => name,
    };
    match value {
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (long_name(name), long(value))).collect(),
        Value::Array(entries) => entries.into_iter().map(long).collect(),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_name_has_a_letter_of_its_own() {
        let letters: HashSet<&str> = NAMES.iter().map(|(_, short)| *short).collect();
        let names: HashSet<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!((letters.len(), names.len()), (NAMES.len(), NAMES.len()));
        assert!(letters.iter().all(|letter| letter.len() == 1) && names.iter().all(|name| name.len() > 1));
    }
}
