//! Joins ES modules into one, so that a browser fetches one file. A module keeps its names: two that declare the same
//! one cannot be joined.

use std::collections::BTreeMap;

/// The module at `entry` with all that it imports: each module once, before the first that imports it. `read` gives the
/// text of the module at a path.
pub(crate) fn joined(entry: &str, read: &dyn Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut joining =
        Joining { read, text: String::new(), owners: BTreeMap::new(), done: Vec::new(), open: Vec::new() };
    joining.add(entry)?;
    Ok(joining.text)
}

struct Joining<'a> {
    read: &'a dyn Fn(&str) -> Result<String, String>,
    text: String,
    /// Every name at the top of a module, and the path of that module.
    owners: BTreeMap<String, String>,
    /// The modules that are in the text.
    done: Vec<String>,
    /// The modules whose imports are being added.
    open: Vec<String>,
}

impl Joining<'_> {
    fn add(&mut self, path: &str) -> Result<(), String> {
        if self.done.iter().any(|done| done == path) {
            return Ok(());
        }
        if self.open.iter().any(|open| open == path) {
            return Err(format!("{path} imports itself through {}", self.open.join(", ")));
        }
        self.open.push(path.to_owned());
        let source = (self.read)(path)?;
        let (mut body, mut lines) = (String::new(), source.lines());
        while let Some(line) = lines.next() {
            let code = line.trim_start();
            if line.starts_with("import ") {
                let mut statement = line.to_owned();
                while !statement.ends_with(';') {
                    statement.push_str(lines.next().ok_or_else(|| format!("{path}: an import does not end with ;"))?);
                }
                self.add(&imported(path, &statement)?)?;
            } else if code.starts_with("/*") {
                let mut end = code;
                while !end.ends_with("*/") {
                    end = lines.next().ok_or_else(|| format!("{path}: a comment does not end"))?.trim_end();
                }
            } else if !code.is_empty() && !code.starts_with("//") {
                body.push_str(self.statement(path, line)?);
                body.push('\n');
            }
        }
        self.text.push_str(&body);
        self.open.pop();
        self.done.push(path.to_owned());
        Ok(())
    }

    /// The line as it is in the joined module.
    fn statement<'l>(&mut self, path: &str, line: &'l str) -> Result<&'l str, String> {
        if line.contains("import(") {
            return Err(format!("{path}: a module is imported by a statement alone: {line}"));
        }
        let statement = line.strip_prefix("export ").unwrap_or(line);
        match declared(statement) {
            Some("") => Err(format!("{path}: one name is declared at a time at the top of a module: {line}")),
            Some(name) => match self.owners.insert(name.to_owned(), path.to_owned()) {
                Some(other) => Err(format!("{path} and {other} declare {name}: rename it in one of them")),
                None => Ok(statement),
            },
            None if statement == line => Ok(statement),
            None => Err(format!("{path}: export stands before a declaration: {line}")),
        }
    }
}

/// The name that a line at the top of a module declares; empty where it is no single one.
fn declared(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let keywords = ["const ", "let ", "var ", "class ", "function* ", "function "];
    let rest = keywords.iter().find_map(|keyword| line.strip_prefix(keyword))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$').unwrap_or(rest.len());
    rest.get(..end)
}

/// The path of the module that a statement of the module at `path` imports.
fn imported(path: &str, statement: &str) -> Result<String, String> {
    let refused =
        || format!("{path}: an import has the form import {{ name }} from \"./module.js\"; and no other: {statement}");
    let names = statement.strip_prefix("import ").and_then(|rest| rest.split_once(" from "));
    let (names, target) = names.map(|(names, target)| (names.trim(), target.trim())).ok_or_else(refused)?;
    let is_list = names.starts_with('{') && names.ends_with('}') && !names.contains(" as ");
    let target = target.trim_end_matches(';').trim_matches(['"', '\'']);
    if !is_list || !target.starts_with('.') {
        return Err(refused());
    }
    let mut steps: Vec<&str> = path.split('/').collect();
    steps.pop();
    for step in target.split('/') {
        match step {
            "." => {}
            ".." => steps.pop().map(drop).ok_or_else(refused)?,
            name => steps.push(name),
        }
    }
    Ok(steps.join("/"))
}

/// Style sheets as one, without comments and indentation.
pub(crate) fn style(sheets: &[String]) -> String {
    let mut joined = String::new();
    for sheet in sheets {
        let mut parts = sheet.split("/*");
        let mut code = parts.next().unwrap_or_default().to_owned();
        code.extend(parts.map(|part| part.split_once("*/").map_or("", |(_, after)| after)));
        for line in code.lines().map(str::trim).filter(|line| !line.is_empty()) {
            joined.push_str(line);
            joined.push('\n');
        }
    }
    joined
}
