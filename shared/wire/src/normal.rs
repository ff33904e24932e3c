//! The normal form of a request's body: what stays the same when the same request is sent again. Each dialect says
//! where its secrets and its payment sources are.

use std::{collections::BTreeMap, fmt};

use domain::ids::TokenId;
use serde_json::Value;

/// A body in its normal form, and what pays according to it.
#[derive(Clone, PartialEq, Eq)]
pub struct NormalBody {
    /// The body without secrets.
    pub text: NormalText,
    /// The card number in the body, as it was sent.
    pub card_number: Option<String>,
    /// The token that the body names.
    pub token: Option<TokenId>,
}

/// What a body says without secrets. Two bodies that say the same have the same text.
#[derive(Clone, PartialEq, Eq)]
pub struct NormalText {
    said: Value,
    /// The fields that name what pays.
    sources: &'static [&'static str],
}

impl NormalText {
    /// The text of `said`, in which the fields `sources` name what pays.
    pub(crate) fn new(said: Value, sources: &'static [&'static str]) -> Self {
        Self { said: normal(said), sources }
    }

    /// The text of the body as it was sent.
    #[must_use]
    pub fn as_sent(&self) -> String {
        self.said.to_string()
    }

    /// The text of the body where what pays is the card of this fingerprint: the same for the card's number and for a
    /// token of the card.
    #[must_use]
    pub fn by_card(&self, fingerprint: &str) -> String {
        let mut said = self.said.clone();
        for field in self.sources {
            if let Some(source) = said.get_mut(field) {
                *source = Value::String(fingerprint.to_owned());
            }
        }
        said.to_string()
    }
}

/// The digits of a card may be anywhere in a body that is refused later.
impl fmt::Debug for NormalBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NormalBody").finish_non_exhaustive()
    }
}

impl fmt::Debug for NormalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NormalText").finish_non_exhaustive()
    }
}

/// `value` with sorted keys and without fields that are null. An object of `serde_json` keeps its keys sorted, or, with
/// that crate's feature `preserve_order`, in the order in which they were inserted: here that is the same.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<String, Value> = fields.into_iter().filter(|(_, field)| !field.is_null()).collect();
            Value::Object(sorted.into_iter().map(|(name, field)| (name, normal(field))).collect())
        }
        Value::Array(entries) => Value::Array(entries.into_iter().map(normal).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}
