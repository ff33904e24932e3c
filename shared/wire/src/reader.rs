//! Reads a request's JSON and collects every problem of it before refusing.
//!
//! Problems are worded as the public API words them (class-validator): the dotted path
//! of the field, then what it must be. They name fields and rules, never values.

use domain::{
    limits::{MAX_BODY, MAX_DEPTH},
    refusal::Refusal,
};
use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// The JSON object of a request's body. No body at all is an empty object: client libraries announce JSON on
/// requests without one.
///
/// # Errors
/// [`Refusal::TooLarge`], or [`Refusal::Invalid`] with one problem, for what is no JSON object or is nested deeper
/// than [`MAX_DEPTH`].
pub fn parse(body: &[u8]) -> Result<Value, Refusal> {
    if body.len() > MAX_BODY {
        return Err(Refusal::TooLarge);
    }
    if body.trim_ascii().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let text = str::from_utf8(body).map_err(|_| invalid("the request body is not UTF-8".to_owned()))?;
    if depth(text) > MAX_DEPTH {
        return Err(invalid(format!("the request body is nested deeper than {MAX_DEPTH} levels")));
    }
    match serde_json::from_str(text) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err(invalid("the request body must be a JSON object".to_owned())),
        // The parser's own words could repeat what was sent.
        Err(error) => Err(invalid(format!(
            "the request body is not valid JSON: line {}, column {}",
            error.line(),
            error.column()
        ))),
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
    problems: &'a mut Vec<String>,
}

/// What `request` reads from `body`, or all the problems that it found.
pub(crate) fn read<T>(body: &Value, request: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Result<T, Refusal> {
    let mut problems = Vec::new();
    let nothing = Map::new();
    let object = body.as_object().unwrap_or(&nothing);
    let read = request(&mut Fields { object, path: String::new(), problems: &mut problems });
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

    /// Adds a problem of the field.
    pub(crate) fn problem(&mut self, name: &str, problem: &str) {
        self.problems.push(format!("{}{name} {problem}", self.path));
    }

    /// The field as `rule` reads it; none when it is absent.
    pub(crate) fn optional<T>(&mut self, name: &str, rule: impl FnOnce(&'a Value) -> Result<T, String>) -> Option<T> {
        match rule(self.value(name)?) {
            Ok(read) => Some(read),
            Err(problem) => {
                self.problem(name, &problem);
                None
            }
        }
    }

    /// The field as `rule` reads it. An absent field has two problems, as in the public API: it is not what it must
    /// be, and it should not be empty.
    pub(crate) fn required<T>(&mut self, name: &str, rule: impl FnOnce(&'a Value) -> Result<T, String>) -> Option<T> {
        if self.value(name).is_some() {
            return self.optional(name, rule);
        }
        if let Err(problem) = rule(&NULL) {
            self.problem(name, &problem);
        }
        self.problem(name, "should not be empty");
        None
    }

    /// The field as `rule` reads it; none when it is absent. Unlike in other fields, null is not absent:
    /// it is a problem as in a required field.
    pub(crate) fn optional_not_null<T>(
        &mut self,
        name: &str,
        rule: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Option<T> {
        if self.object.contains_key(name) { self.required(name, rule) } else { None }
    }

    /// The fields of the object in this field.
    pub(crate) fn object(&mut self, name: &str) -> Option<Fields<'_>> {
        let object = self.required(name, object)?;
        Some(self.inside(name, object))
    }

    /// The fields of the object in this field; none when it is absent.
    pub(crate) fn optional_object(&mut self, name: &str) -> Option<Fields<'_>> {
        let object = self.optional(name, object)?;
        Some(self.inside(name, object))
    }

    /// What `each` makes of every object in the list in this field, 1 to `max` of them.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        max: usize,
        mut each: impl FnMut(&mut Fields<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let elements = self.required(name, |value| match value.as_array() {
            Some(elements) if elements.is_empty() => Err("should not be empty".to_owned()),
            Some(elements) if elements.len() > max => Err(format!("must contain no more than {max} elements")),
            Some(elements) => Ok(elements),
            None => Err("must be an array".to_owned()),
        })?;
        let mut read = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let name = format!("{name}.{index}");
            match object(element) {
                Ok(object) => read.extend(each(&mut self.inside(&name, object))),
                Err(problem) => self.problem(&name, &problem),
            }
        }
        Some(read)
    }

    fn inside<'b>(&'b mut self, name: &str, object: &'b Map<String, Value>) -> Fields<'b> {
        Fields { object, path: format!("{}{name}.", self.path), problems: self.problems }
    }
}

fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| "must be an object".to_owned())
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
