//! The files and folders of the use cases: their calls form no cycle, and every function of a handler is short.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The longest that a function of a handler may be, from its signature to its closing brace.
const HANDLER_LINES: usize = 25;

/// Each name, and the names that it uses.
type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_file_of_the_use_cases_is_called_by_what_it_calls() {
    let arrows = files(&sources(&Path::new(ROOT).join("shared/flows/src")));
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 50, "the arrows are not read: {arrows:?}");
    assert_eq!(cycle(&arrows), None);
}

#[test]
fn no_folder_of_the_use_cases_is_called_by_what_it_calls() {
    let arrows = folders(&files(&sources(&Path::new(ROOT).join("shared/flows/src"))));
    assert!(arrows.len() > 3, "the arrows are not read: {arrows:?}");
    assert_eq!(cycle(&arrows), None);
}

#[test]
fn a_cycle_is_found_however_it_is_written() {
    let through = |settle: &str, late: &str| {
        let file = |text: &str| text.to_owned();
        let sources = BTreeMap::from([
            ("lib".to_owned(), file("pub mod charge;\nmod hub;\npub use hub::Hub;")),
            ("hub".to_owned(), file("pub struct Hub;")),
            ("charge".to_owned(), file("mod settle;\nmod late;\nuse crate::Hub;")),
            ("charge::settle".to_owned(), file(settle)),
            ("charge::late".to_owned(), file(late)),
        ]);
        cycle(&files(&sources))
    };
    let found = Some(vec!["charge::late".to_owned(), "charge::settle".to_owned()]);
    let back = "use crate::{Hub, charge::{settle, settle::Step}};";
    assert_eq!(through("use crate::charge::late::take;", back), found);
    assert_eq!(through("use crate::{\n    charge::late::{self, Late},\n};", back), found);
    assert_eq!(through("use super::late;", back), found);
    assert_eq!(through("use crate::charge;\nfn step() { charge::late::take(); }", back), found);
    assert_eq!(through("fn step() { crate::charge::late::take(); }", back), found);
    assert_eq!(through("// crate::charge::late\nuse crate::Hub;", back), None);
    assert_eq!(through("use crate::hub::Hub;\n#[cfg(test)]\nmod tests { use crate::charge::late; }", back), None);
}

#[test]
fn every_function_of_a_handler_is_short() {
    let mut seen = 0;
    for (path, text) in functions() {
        for (name, lines) in functions_in(&text) {
            seen += 1;
            assert!(lines <= HANDLER_LINES, "{path}: {name} has {lines} lines");
        }
    }
    assert!(seen > 50, "the handlers are not read: {seen}");
}

/// The files under `folder` by their module paths, without comments and tests.
fn sources(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in rust_files(folder) {
        let module = path.strip_prefix(folder).unwrap().with_extension("");
        let module = module.strip_prefix("mod").unwrap_or(&module);
        let names: Vec<&str> = module.iter().map(|name| name.to_str().unwrap()).filter(|name| *name != "mod").collect();
        found.insert(names.join("::"), fs::read_to_string(&path).unwrap());
    }
    found
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// Which file names which other, by what it uses and by the paths in its text. The root only lists the others.
fn files(sources: &BTreeMap<String, String>) -> Arrows {
    let code: BTreeMap<&str, String> = sources.iter().map(|(module, text)| (module.as_str(), code(text))).collect();
    let root = used(code.get("lib").unwrap());
    let reexported: BTreeMap<&str, &str> =
        root.iter().filter_map(|(name, path)| path.contains("::").then_some((name.as_str(), path.as_str()))).collect();
    let home = |path: &str| -> Option<String> {
        let first = path.split("::").next().unwrap();
        let path = reexported.get(first).copied().unwrap_or(path);
        let mut parts: Vec<&str> = path.split("::").collect();
        while !parts.is_empty() && !code.contains_key(parts.join("::").as_str()) {
            parts.pop();
        }
        (!parts.is_empty()).then(|| parts.join("::"))
    };
    let mut arrows = Arrows::new();
    for (module, text) in code.iter().filter(|(module, _)| **module != "lib") {
        let uses = used(text);
        let mut named: BTreeSet<String> = uses.values().filter_map(|path| absolute(path, module, &code)).collect();
        for path in paths(text) {
            let (first, rest) = path.split_once("::").unwrap();
            let path = uses.get(first).map_or_else(|| path.clone(), |full| format!("{full}::{rest}"));
            named.extend(absolute(&path, module, &code));
        }
        let targets = named.iter().filter_map(|path| home(path)).filter(|target| target != module);
        arrows.insert((*module).to_owned(), targets.collect());
    }
    arrows
}

/// The path from the crate's root; none where it leads out of the crate.
fn absolute(path: &str, module: &str, code: &BTreeMap<&str, String>) -> Option<String> {
    let (first, rest) = path.split_once("::").unwrap_or((path, ""));
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let joined = |base: &str| if base.is_empty() { rest.to_owned() } else { format!("{base}::{rest}") };
    match first {
        "crate" => Some(rest.to_owned()),
        "self" => Some(joined(module)),
        "super" => Some(joined(parent)),
        child => {
            let child = format!("{module}::{child}");
            code.contains_key(child.as_str()).then(|| format!("{child}::{rest}"))
        }
    }
}

/// The names that `use` brings into a file, and their full paths.
fn used(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for statement in format!("\n{text}").replace("\npub use ", "\nuse ").split("\nuse ").skip(1) {
        let Some((tree, _)) = statement.split_once(';') else { continue };
        let tree: String = tree.chars().filter(|c| !c.is_whitespace()).collect();
        for path in leaves(&tree) {
            let path = path.strip_suffix("::self").unwrap_or(&path);
            found.insert(path.rsplit("::").next().unwrap().to_owned(), path.to_owned());
        }
    }
    found
}

/// `a::{b, c::{self, D}}` as `a::b`, `a::c::self`, `a::c::D`.
fn leaves(tree: &str) -> Vec<String> {
    let Some((before, inside)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    for (at, character) in inside.char_indices().chain([(inside.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let inner = leaves(&inside[start..at]);
                found.extend(inner.into_iter().filter(|leaf| !leaf.is_empty()).map(|leaf| format!("{before}{leaf}")));
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// Every `a::b` in a text that is no `use`.
fn paths(text: &str) -> BTreeSet<String> {
    let is_use = |part: &str| part.trim_start().starts_with("use ") || part.trim_start().starts_with("pub use ");
    let without_uses: String = text.split_inclusive(';').filter(|part| !is_use(part)).collect();
    without_uses
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|word| word.trim_matches(':'))
        .filter(|word| word.contains("::"))
        .map(ToOwned::to_owned)
        .collect()
}

/// The text without comments and without its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Which folder names which other. Files at the top are in none.
fn folders(files: &Arrows) -> Arrows {
    let folder = |module: &str| {
        let top = module.split("::").next().unwrap().to_owned();
        let is_folder = files.keys().any(|other| other.starts_with(&format!("{top}::")));
        is_folder.then_some(top)
    };
    let mut arrows = Arrows::new();
    for (from, targets) in files {
        let Some(from) = folder(from) else { continue };
        let others = targets.iter().filter_map(|to| folder(to)).filter(|to| *to != from);
        arrows.entry(from.clone()).or_default().extend(others);
    }
    arrows
}

/// The names of one cycle, if there is any.
fn cycle(arrows: &Arrows) -> Option<Vec<String>> {
    let reached = |from: &str| {
        let (mut found, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(name) = open.pop() {
            for target in arrows.get(&name).into_iter().flatten() {
                if found.insert(target.clone()) {
                    open.push(target.clone());
                }
            }
        }
        found
    };
    let start = arrows.keys().find(|name| reached(name).contains(*name))?;
    Some(reached(start).into_iter().filter(|name| reached(name).contains(start)).collect())
}

/// The source of every function's crate.
fn functions() -> Vec<(String, String)> {
    let files = rust_files(&Path::new(ROOT).join("functions"));
    files.into_iter().map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

/// The functions at the top of a file that answer requests, and how many lines each has.
fn functions_in(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let signature = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let Some(rest) = signature.strip_prefix("async fn ") else { continue };
        let name = rest.split(['(', '<']).next().unwrap().to_owned();
        let body = lines.by_ref().take_while(|line| *line != "}").count();
        found.push((name, body + 2));
    }
    found
}
