//! The documents: every link leads somewhere, every path exists, every alarm is explained, and pages stay readable.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use domain::alarm::Alarm;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The most words of the README.
const README_WORDS: usize = 1_500;
/// The most characters of a line. Tables and the code in documents may be wider.
const LINE: usize = 120;
/// How a path of this repository begins.
const FOLDERS: [&str; 4] = ["shared/", "functions/", "infra/", "tests/"];

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut problems = Vec::new();
    for document in documents() {
        let broken = links(&read(&document)).into_iter().filter(|link| !leads_somewhere(&document, link));
        problems.extend(broken.map(|link| format!("{document}: {link}")));
    }
    assert!(problems.is_empty(), "these links lead nowhere: {problems:#?}");
}

#[test]
fn every_path_in_backticks_exists() {
    let mut problems = Vec::new();
    for document in documents() {
        let missing = paths(&read(&document)).into_iter().filter(|path| !Path::new(ROOT).join(path).exists());
        problems.extend(missing.map(|path| format!("{document}: {path}")));
    }
    assert!(problems.is_empty(), "these paths do not exist: {problems:#?}");
}

#[test]
fn the_readme_is_read_in_minutes() {
    let words = read("README.md").split_whitespace().count();
    assert!(words <= README_WORDS, "README.md has {words} words");
}

#[test]
fn lines_of_prose_fit_a_screen() {
    let pages = ["README.md", "ARCHITECTURE.md", "GLOSSARY.md"];
    let mut problems = Vec::new();
    for document in documents().into_iter().filter(|name| pages.contains(&name.as_str()) || name.starts_with("docs/")) {
        let text = read(&document);
        let is_table = |line: &str| line.trim_start().starts_with('|');
        let long = prose(&text).filter(|line| !is_table(line) && line.chars().count() > LINE);
        problems.extend(long.map(|line| format!("{document}: {line}")));
    }
    assert!(problems.is_empty(), "these lines have more than {LINE} characters: {problems:#?}");
}

#[test]
fn lines_of_browser_code_fit_a_screen() {
    let mut problems = Vec::new();
    for file in tracked(&["functions/checkout/web/*.js", "tests/browser/*.mjs"]) {
        let text = read(&file);
        let long = text.lines().enumerate().filter(|(_, line)| line.chars().count() > LINE);
        problems.extend(long.map(|(at, line)| format!("{file}:{}: {line}", at + 1)));
    }
    assert!(problems.is_empty(), "these lines have more than {LINE} characters: {problems:#?}");
}

#[test]
fn every_alarm_is_explained_to_operators() {
    let page = read("docs/operations.md");
    let explained: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let alarms = alarms();
    assert!(alarms.len() > 20, "the alarms are not found: {alarms:?}");
    let missing: Vec<&String> = alarms.iter().filter(|alarm| !explained.contains(alarm.as_str())).collect();
    assert!(missing.is_empty(), "docs/operations.md has no row for {missing:?}");
}

#[test]
fn what_is_wrong_in_a_document_is_found() {
    let text = "[a](b.md#c), `[d](e)`, [f](https://g)\n```\n[h](i)\n```\n[j]: k.md";
    assert_eq!(links(text), ["b.md#c", "k.md"]);
    assert!(leads_somewhere("README.md", "ARCHITECTURE.md#layout"));
    assert!(leads_somewhere("docs/api.md", "../shared/wire/openapi.json"));
    assert!(!leads_somewhere("docs/api.md", "shared/wire/openapi.json"));
    assert!(!leads_somewhere("README.md", "ARCHITECTURE.md#no-such-heading"));
    assert!(!leads_somewhere("README.md", "#no-such-heading"));
    assert_eq!(anchor("## `catraca charge settle`, again"), "catraca-charge-settle-again");
    assert_eq!(
        paths("`shared/x.rs` `functions/<name>/y.rs` `tests/run prepare` `docs/z.md`"),
        ["shared/x.rs", "tests/run"]
    );
}

/// Every tracked document that exists.
fn documents() -> Vec<String> {
    tracked(&["*.md"])
}

fn tracked(patterns: &[&str]) -> Vec<String> {
    let done = Command::new("git").args(["ls-files", "-z", "--"]).args(patterns).current_dir(ROOT).output().unwrap();
    let names = String::from_utf8(done.stdout).unwrap();
    let found: Vec<String> = names.split_terminator('\0').map(ToOwned::to_owned).collect();
    assert!(!found.is_empty(), "git knows no {patterns:?}: {}", String::from_utf8_lossy(&done.stderr));
    found.into_iter().filter(|name| Path::new(ROOT).join(name).is_file()).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The lines outside code fences.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fence && !is_fenced
    })
}

/// A line without what it has in backticks, and what it has in backticks.
fn parts(line: &str) -> (String, Vec<&str>) {
    let (mut text, mut code) = (String::new(), Vec::new());
    for (at, part) in line.split('`').enumerate() {
        if at.is_multiple_of(2) {
            text.push_str(part);
        } else {
            code.push(part);
        }
    }
    (text, code)
}

/// The targets of the relative links of a document.
fn links(text: &str) -> Vec<String> {
    let is_relative = |target: &&str| !target.contains("://") && !target.starts_with("mailto:");
    let mut found = Vec::new();
    for line in prose(text) {
        let (line, _) = parts(line);
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let defined = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target.trim());
        found.extend(inline.chain(defined).filter(is_relative).map(ToOwned::to_owned));
    }
    found
}

/// Whether a relative link of `document` leads to a file or folder, and to a heading where it names one.
fn leads_somewhere(document: &str, link: &str) -> bool {
    let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
    let page = Path::new(ROOT).join(document);
    let target = if path.is_empty() { page } else { page.parent().unwrap().join(path) };
    match heading {
        None => target.exists(),
        Some(heading) => fs::read_to_string(target).is_ok_and(|text| anchors(&text).contains(heading)),
    }
}

fn anchors(text: &str) -> BTreeSet<String> {
    prose(text).filter(|line| line.starts_with('#')).map(anchor).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The paths in backticks, from the root of the repository. One with a placeholder names no file.
fn paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        let (_, code) = parts(line);
        let first_words = code.into_iter().filter_map(|code| code.split(' ').next());
        let is_path = |word: &&str| FOLDERS.iter().any(|folder| word.starts_with(folder));
        let is_whole = |word: &&str| !word.contains(['<', '*', '{', '…']);
        found.extend(first_words.filter(is_path).filter(is_whole).map(ToOwned::to_owned));
    }
    found
}

/// The names of every alarm: the hub's, and those that only one machine raises.
fn alarms() -> BTreeSet<String> {
    let mut found: BTreeSet<String> = Alarm::ALL.iter().map(ToString::to_string).collect();
    for path in tracked(&["shared/*/src/*.rs", "functions/*.rs", "infra/*/src/*.rs"]) {
        for rest in read(&path).split("alarm = \"").skip(1) {
            assert!(path.starts_with("infra/"), "{path} names an alarm that is not in domain::alarm");
            found.extend(rest.split('"').next().map(ToOwned::to_owned));
        }
    }
    found
}
