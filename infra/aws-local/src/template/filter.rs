//! Which changes of a table invoke a function: the patterns of `FilterCriteria`.
//!
//! This module reads only what the hub's template uses: fields, the values that a field may have, and prefixes of
//! texts. The hub does not start with any other pattern, so one machine filters as AWS does.

use serde_json::Value;

/// The patterns of a filter. A record passes if it fits one of them; without patterns every record passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<Value>);

/// A pattern that the hub on one machine does not support.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is a pattern that is not understood here: {0}")]
pub struct UnknownPattern(String);

impl Filter {
    /// A filter of these patterns, each the JSON text of the template.
    ///
    /// # Errors
    /// [`UnknownPattern`], with the part that is not understood.
    pub fn parse(patterns: &[String]) -> Result<Self, UnknownPattern> {
        let read = |text: &String| {
            let pattern = serde_json::from_str(text).map_err(|_| UnknownPattern(text.clone()))?;
            understand(&pattern)?;
            Ok(pattern)
        };
        patterns.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a record of the stream invokes the function.
    #[must_use]
    pub fn passes(&self, record: &Value) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| fits(pattern, Some(record)))
    }
}

fn understand(pattern: &Value) -> Result<(), UnknownPattern> {
    match pattern {
        Value::Object(fields) => fields.values().try_for_each(understand),
        Value::Array(accepted) => {
            let strange = accepted.iter().find(|one| match one {
                Value::Object(_) => prefix(one).is_none(),
                Value::Array(_) => true,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            });
            strange.map_or(Ok(()), |one| Err(UnknownPattern(one.to_string())))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(UnknownPattern(pattern.to_string())),
    }
}

/// The text of `{"prefix": "…"}`.
fn prefix(accepted: &Value) -> Option<&str> {
    let rule = accepted.as_object().filter(|rule| rule.len() == 1)?;
    rule.get("prefix")?.as_str()
}

fn fits(pattern: &Value, value: Option<&Value>) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(name, pattern)| fits(pattern, value.and_then(|value| value.get(name))))
        }
        Value::Array(accepted) => accepted.iter().any(|one| match prefix(one) {
            Some(prefix) => value.and_then(Value::as_str).is_some_and(|text| text.starts_with(prefix)),
            None => value == Some(one),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CHARGES: &str =
        r#"{"eventName":["INSERT","MODIFY"],"dynamodb":{"Keys":{"PK":{"S":[{"prefix":"CHARGE#"}]}}}}"#;

    fn filter(patterns: &[&str]) -> Result<Filter, UnknownPattern> {
        Filter::parse(&patterns.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>())
    }

    fn record(event: &str, key: &str) -> Value {
        json!({"eventName": event, "dynamodb": {"Keys": {"PK": {"S": key}, "SK": {"S": "CHARGE"}}}})
    }

    #[test]
    fn a_record_passes_that_fits_every_field_of_a_pattern() {
        let charges = filter(&[CHARGES]).unwrap();
        assert!(charges.passes(&record("INSERT", "CHARGE#1")));
        assert!(charges.passes(&record("MODIFY", "CHARGE#1")));
        assert!(!charges.passes(&record("REMOVE", "CHARGE#1")));
        assert!(!charges.passes(&record("MODIFY", "EVENT#1")));
        assert!(!charges.passes(&record("MODIFY", "THE CHARGE#1")));
        assert!(!charges.passes(&json!({"eventName": "MODIFY"})));
    }

    #[test]
    fn one_of_several_patterns_is_enough_and_without_any_everything_passes() {
        let two = filter(&[CHARGES, r#"{"eventName":["REMOVE"]}"#]).unwrap();
        assert!(two.passes(&record("REMOVE", "EVENT#1")) && two.passes(&record("INSERT", "CHARGE#1")));
        assert!(!two.passes(&record("INSERT", "EVENT#1")));
        assert!(filter(&[]).unwrap().passes(&record("REMOVE", "EVENT#1")));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_not_ignored() {
        for (pattern, part) in [
            (r#"{"eventName":[{"suffix":"T"}]}"#, r#"{"suffix":"T"}"#),
            (r#"{"n":[{"numeric":[">",1]}]}"#, r#"{"numeric":[">",1]}"#),
            (r#"{"n":[{"prefix":"a","suffix":"b"}]}"#, r#"{"prefix":"a","suffix":"b"}"#),
            (r#"{"eventName":"INSERT"}"#, r#""INSERT""#),
            ("{", "{"),
        ] {
            let refused = filter(&[pattern]).unwrap_err().to_string();
            assert_eq!(refused, format!("is a pattern that is not understood here: {part}"));
        }
    }
}
