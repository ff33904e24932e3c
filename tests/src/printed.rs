//! Compares an answer with one that a document prints, field by field.
//!
//! Every printed field must be present with the printed value. Where it cannot have that value, an exception says why,
//! and what the value is. An exception that is not needed fails too, so that the list stays short.

use serde_json::Value;

/// A field that differs from what is printed.
pub struct Exception {
    path: &'static str,
    instead: Instead,
    reason: &'static str,
}

/// The value of an excepted field.
enum Instead {
    /// A value of the printed type of which this holds.
    Made(fn(&Value) -> bool),
    /// A value of the printed type: this one.
    Is(Value),
    /// A value of another type than the printed one, of which this holds.
    OtherType(fn(&Value) -> bool),
    /// A list of this many entries; each printed one is still compared.
    Entries(usize),
}

/// The field at `path` has a value of the printed type of which `holds` is true.
#[must_use]
pub const fn made(path: &'static str, holds: fn(&Value) -> bool, reason: &'static str) -> Exception {
    Exception { path, instead: Instead::Made(holds), reason }
}

/// The field at `path` is `value`, which is of the printed type.
#[must_use]
pub const fn is(path: &'static str, value: Value, reason: &'static str) -> Exception {
    Exception { path, instead: Instead::Is(value), reason }
}

/// The field at `path` is of another type than the printed one, and `holds` is true of it.
#[must_use]
pub const fn other_type(path: &'static str, holds: fn(&Value) -> bool, reason: &'static str) -> Exception {
    Exception { path, instead: Instead::OtherType(holds), reason }
}

/// The list at `path` has `count` entries.
#[must_use]
pub const fn entries(path: &'static str, count: usize, reason: &'static str) -> Exception {
    Exception { path, instead: Instead::Entries(count), reason }
}

/// Fails with everything in which `answer` is not as `printed`.
///
/// # Panics
/// Where they differ other than the exceptions say, or an exception is not needed.
#[track_caller]
pub fn assert_as_printed(printed: &Value, answer: &Value, exceptions: &[Exception]) {
    let differences = differences(printed, answer, exceptions);
    assert!(differences.is_empty(), "{}\nthe answer: {answer:#}", differences.join("\n"));
}

fn differences(printed: &Value, answer: &Value, exceptions: &[Exception]) -> Vec<String> {
    let mut found = Vec::new();
    let mut used = Vec::new();
    compare("", printed, Some(answer), exceptions, &mut used, &mut found);
    for exception in exceptions.iter().filter(|exception| !used.contains(&exception.path)) {
        found.push(format!("{}: the exception ({}) is not needed", exception.path, exception.reason));
    }
    found
}

fn compare(
    path: &str,
    printed: &Value,
    answer: Option<&Value>,
    exceptions: &[Exception],
    used: &mut Vec<&'static str>,
    found: &mut Vec<String>,
) {
    let Some(answer) = answer else { return found.push(format!("{path}: missing")) };
    if let Some(exception) = exceptions.iter().find(|exception| exception.path == path)
        && !is_same_here(printed, answer)
    {
        used.push(exception.path);
        if !exception.instead.allows(printed, answer) {
            found.push(format!("{path}: {answer} for {printed} is not what the exception ({}) says", exception.reason));
        }
        if !matches!(exception.instead, Instead::Entries(_)) {
            return;
        }
    } else if !is_same_here(printed, answer) {
        return found.push(format!("{path}: {answer}, but {printed} is printed"));
    }
    match printed {
        Value::Object(fields) => {
            for (name, field) in fields {
                compare(&format!("{path}/{name}"), field, answer.get(name), exceptions, used, found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                compare(&format!("{path}/{index}"), element, answer.get(index), exceptions, used, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether they are the same but for what is inside.
fn is_same_here(printed: &Value, answer: &Value) -> bool {
    match (printed, answer) {
        (Value::Object(_), Value::Object(_)) => true,
        (Value::Array(printed), Value::Array(answer)) => printed.len() == answer.len(),
        _ => printed == answer,
    }
}

impl Instead {
    fn allows(&self, printed: &Value, answer: &Value) -> bool {
        let same_type = std::mem::discriminant(printed) == std::mem::discriminant(answer);
        match self {
            Self::Made(holds) => same_type && holds(answer),
            Self::Is(value) => same_type && value == answer,
            Self::OtherType(holds) => !same_type && holds(answer),
            Self::Entries(count) => answer.as_array().is_some_and(|elements| elements.len() == *count),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECOND: Exception = made("/list/0/id", Value::is_string, "ids are made here");

    fn printed() -> Value {
        json!({"status": "paid", "code": null, "list": [{"id": "a", "amount": 100}]})
    }

    fn problems(answer: &Value, exceptions: &[Exception]) -> Vec<String> {
        differences(&printed(), answer, exceptions)
    }

    #[test]
    fn an_answer_may_say_more_than_is_printed() {
        let answer = json!({"status": "paid", "code": null, "more": 1, "list": [{"id": "b", "amount": 100, "x": {}}]});
        assert_eq!(problems(&answer, &[SECOND]), [""; 0]);
    }

    #[test]
    fn a_missing_field_fails_even_where_its_value_is_excepted() {
        let answer = json!({"status": "paid", "code": null, "list": [{"amount": 100}]});
        let problems = problems(&answer, &[SECOND]);
        assert_eq!(problems.first().map(String::as_str), Some("/list/0/id: missing"));
    }

    #[test]
    fn another_type_fails_even_where_its_value_is_excepted_and_null_is_a_type() {
        for id in [json!(7), json!(null), json!(["b"])] {
            let answer = json!({"status": "paid", "code": null, "list": [{"id": id, "amount": 100}]});
            let problems = problems(&answer, &[made("/list/0/id", |_| true, "ids are made here")]);
            assert_eq!(problems.len(), 1, "{problems:?}");
        }
        let answer = json!({"status": "paid", "code": "00", "list": [{"id": "a", "amount": 100}]});
        assert_eq!(problems(&answer, &[made("/code", |_| true, "-")]).len(), 1);
        assert_eq!(problems(&answer, &[other_type("/code", Value::is_string, "-")]), [""; 0]);
    }

    #[test]
    fn another_value_fails_at_its_path() {
        let answer = json!({"status": "failed", "code": null, "list": [{"id": "a", "amount": 1}]});
        assert_eq!(
            problems(&answer, &[]),
            ["/list/0/amount: 1, but 100 is printed", r#"/status: "failed", but "paid" is printed"#]
        );
        assert_eq!(problems(&answer, &[is("/status", json!("voided"), "-")]).len(), 2);
    }

    #[test]
    fn an_exception_that_is_not_needed_fails() {
        for exception in [SECOND, is("/code", json!(null), "-"), made("/nowhere", |_| true, "-")] {
            let path = exception.path;
            let problems = problems(&printed(), &[exception]);
            assert_eq!(problems.len(), 1, "{path}");
        }
    }

    #[test]
    fn a_list_of_another_length_fails_and_its_printed_entries_are_compared_anyhow() {
        let answer = json!({"status": "paid", "code": null, "list": [{"id": "a", "amount": 1}, {}]});
        assert_eq!(problems(&answer, &[]).len(), 1);
        assert_eq!(problems(&answer, &[entries("/list", 2, "-")]), ["/list/0/amount: 1, but 100 is printed"]);
        assert_eq!(problems(&answer, &[entries("/list", 3, "-")]).len(), 2);
    }
}
