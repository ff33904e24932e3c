//! The rules of `ARCHITECTURE.md`: which crate may use which, and what a function links.

use std::{collections::BTreeSet, path::Path, process::Command};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use domain::merchant::ProviderType;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The crates of the workspace that a crate may use. `infra/catraca`, the tests and the benches may use all of them; the
/// controls of the benches use none.
fn may_use(package: &Package) -> Option<&'static [&'static str]> {
    if is_function(package) {
        return Some(&["edge", "flows", "store", "wire", "domain"]);
    }
    match package.name.as_str() {
        "edge" => Some(&["flows", "store", "seal", "wire", "domain"]),
        "flows" => Some(&["store", "seal", "providers", "wire", "domain"]),
        "store" | "providers" | "wire" | "seal" => Some(&["domain"]),
        "domain" | "aws-local" | "model" | "hello" | "transaction" => Some(&[]),
        "catraca" | "tests" | "benches" => None,
        other => unreachable!("{other} is unknown here: add what it may use here and in ARCHITECTURE.md"),
    }
}

#[test]
fn every_crate_uses_only_the_crates_that_it_may_use() {
    let packages = workspace();
    let crates: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    for package in &packages {
        let Some(allowed) = may_use(package) else { continue };
        let forbidden: Vec<&str> = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.as_str())
            .filter(|name| crates.contains(name) && !allowed.contains(name))
            .collect();
        assert!(forbidden.is_empty(), "{} must not use {forbidden:?}", package.name);
    }
}

#[test]
fn functions_use_only_the_lists_of_the_store() {
    let functions: Vec<String> = tracked().into_iter().filter(|path| path.starts_with("functions/")).collect();
    assert!(!functions.is_empty());
    for path in functions {
        for line in read(&path).lines() {
            assert_eq!(line.matches("store::").count(), line.matches("store::lists").count(), "{path}: {line}");
        }
    }
}

/// A handler takes only the time from the hub; everything else is a use case.
#[test]
fn functions_use_the_parts_of_the_hub_only_through_use_cases() {
    let is_rust = |path: &str| Path::new(path).extension().is_some_and(|extension| extension == "rs");
    let code = |path: &String| path.starts_with("functions/") && is_rust(path);
    for path in tracked().into_iter().filter(code) {
        for line in read(&path).lines() {
            let mut parts = line.split("hub.").skip(1).filter(|rest| rest.starts_with(|c: char| c.is_alphabetic()));
            assert!(parts.all(|rest| rest.starts_with("now()")), "{path}: {line}");
        }
    }
}

/// A provider has its folder in `providers`, one line of the registry and its word in [`ProviderType`]. Examples of the
/// public API name some.
#[test]
fn no_code_names_a_provider_but_its_adapter_and_the_registry() {
    let names_one = |line: &str, kind: &ProviderType| {
        let (variant, word) = (format!("{kind:?}"), format!("\"{kind}\""));
        let is_example = line.contains(&format!("\"name\": {word}"));
        line.contains(&format!("ProviderType::{variant}")) || (line.contains(&word) && !is_example)
    };
    let mut definition = String::new();
    for path in tracked().into_iter().filter(|path| is_neutral(path)) {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if code.contains("pub enum ProviderType {") {
            definition.clone_from(&path);
        }
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            assert!(!line.contains("ProviderType::{") && !line.contains("ProviderType as"), "{path}: {line}");
            assert!(!ProviderType::ALL.iter().any(|kind| names_one(line, kind)), "{path}: {line}");
        }
    }
    assert_eq!(definition, "shared/domain/src/merchant.rs", "the search has not seen the definition of ProviderType");
}

/// Whether a file is source of the hub, and neither an adapter's nor the registry's.
fn is_neutral(path: &str) -> bool {
    let is_source = (path.starts_with("shared/") || path.starts_with("functions/")) && path.contains("/src/");
    let of_providers = path.strip_prefix("shared/providers/src/");
    is_source && of_providers.is_none_or(|file| !file.contains('/') && file != "registry.rs")
}

/// What a caller reads is worded by the wire format alone: a sentence about a field ("must be …"), or a name of a
/// field in the text of an error.
#[test]
fn the_domain_the_use_cases_and_the_edge_word_nothing_for_callers() {
    let sources = |path: &String| {
        ["shared/domain/src/", "shared/flows/src/", "shared/edge/src/"].iter().any(|part| path.starts_with(part))
    };
    let mut seen = 0;
    for path in tracked().into_iter().filter(sources) {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            let names_a_field =
                line.starts_with("#[error(") && line.split(|c: char| !c.is_alphanumeric()).any(is_camel);
            let is_of_a_field = ["\"must ", "\"should ", " must be "].iter().any(|part| line.contains(part))
                && !line.starts_with("#[error(");
            assert!(!names_a_field && !is_of_a_field, "{path}: {line}");
            seen += usize::from(line.starts_with("#[error("));
        }
    }
    assert!(seen > 0);
}

/// Whether the word is spelled as a field of the public API, such as `merchantId`.
fn is_camel(word: &str) -> bool {
    word.starts_with(char::is_lowercase) && word.contains(char::is_uppercase)
}

#[test]
fn the_domain_links_no_input_or_output() {
    let outside = ["tokio", "hyper", "http", "reqwest"];
    let found: Vec<Linked> = linked("domain")
        .into_iter()
        .filter(|linked| linked.name.starts_with("aws-") || outside.contains(&linked.name.as_str()))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_function_has_one_tls_stack_and_one_http_stack() {
    let packages = workspace();
    let functions: Vec<&Package> = packages.iter().filter(|package| is_function(package)).collect();
    assert!(!functions.is_empty());
    for function in functions {
        let linked = linked(&function.name);
        let versions = |name: &str| {
            linked.iter().filter(|one| one.name == name).map(|one| one.version.as_str()).collect::<Vec<_>>()
        };
        let one_of = |name: &str, release: &str| {
            let found = versions(name);
            let is_right = matches!(found.as_slice(), [only] if only.starts_with(release));
            assert!(is_right, "{} must link one {name} {release}x, not {found:?}", function.name);
        };
        one_of("ring", "0.17.");
        one_of("rustls", "0.23.");
        one_of("hyper", "1.");
        one_of("http", "1.");
        for other in ["aws-lc-fips-sys", "openssl", "openssl-sys", "native-tls"] {
            assert_eq!(versions(other), [""; 0], "{} links {other}", function.name);
        }
        // What Worldline's library encrypts is decrypted by RSA, which ring does not do: in this one function.
        for rsa in ["aws-lc-rs", "aws-lc-sys"] {
            let opens_cards = function.name.as_str() == "worldline";
            assert_eq!(versions(rsa).len(), usize::from(opens_cards), "{} links {rsa}", function.name);
        }
    }
}

/// TLS is ring's, in that function too: the other library is linked by `seal` alone, which decrypts what pages encrypted.
#[test]
fn no_tls_is_by_the_library_that_decrypts_cards() {
    let above = ["tree", "-p", "worldline", "-e", "normal", "--prefix", "none", "--locked", "--depth", "1"];
    let tree = output(Command::new(env!("CARGO")).args(above).args(["--invert", "aws-lc-rs"]));
    let users: Vec<&str> = tree.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(users, ["seal"]);
}

/// A crate takes the lints of the workspace whole or not at all, so the tests list theirs.
#[test]
fn the_tests_have_the_lints_of_the_workspace_but_for_those_about_tests() {
    let listed = |path: &str, tables: [&str; 2]| -> BTreeSet<String> {
        let text = read(path);
        let lints = |table| text.split_once(table).unwrap().1.lines().skip(1).take_while(|line| !line.is_empty());
        tables.into_iter().flat_map(lints).map(ToOwned::to_owned).collect()
    };
    let of_all = listed("Cargo.toml", ["[workspace.lints.rust]", "[workspace.lints.clippy]"]);
    let of_tests = listed("tests/Cargo.toml", ["[lints.rust]", "[lints.clippy]"]);
    let missing: Vec<&String> = of_all.difference(&of_tests).collect();
    let own: Vec<&String> = of_tests.difference(&of_all).collect();
    let not_in_tests = ["disallowed_methods", "expect_used", "indexing_slicing", "panic", "unwrap_used"];
    assert_eq!(missing, not_in_tests.map(|lint| format!("{lint} = \"warn\"")).iter().collect::<Vec<_>>());
    assert_eq!(own, ["disallowed_methods = \"allow\"", "missing_panics_doc = \"allow\""]);
}

#[test]
fn no_file_names_one_machine() {
    // Each in two halves, so that this file passes its own test.
    let places = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/tmp/ba", "sh"),
        concat!("arti", "factory"),
        concat!("registry.", "npmjs"),
        concat!("files.python", "hosted"),
        concat!("index.crates", ".io"),
    ];
    for path in tracked() {
        let text = read(&path);
        for place in places {
            assert!(!text.contains(place), "{path} names {place}");
        }
    }
}

fn workspace() -> Vec<Package> {
    let manifest = Path::new(ROOT).join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap().packages
}

fn is_function(package: &Package) -> bool {
    package.manifest_path.components().rev().nth(2).is_some_and(|folder| folder.as_str() == "functions")
}

#[derive(Debug)]
struct Linked {
    name: String,
    version: String,
}

/// What `cargo build -p package` links, with the features of this build and not of the whole workspace.
fn linked(package: &str) -> Vec<Linked> {
    let edges = ["-e", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe", "--locked"];
    let tree = output(Command::new(env!("CARGO")).args(["tree", "-p", package]).args(edges));
    let lines: BTreeSet<&str> = tree.lines().collect();
    lines
        .into_iter()
        .map(|line| {
            let (name, rest) = line.split_once(" v").unwrap();
            Linked { name: name.to_owned(), version: rest.split(' ').next().unwrap_or_default().to_owned() }
        })
        .collect()
}

/// Every file of the repository that exists.
fn tracked() -> Vec<String> {
    let files = output(Command::new("git").args(["ls-files", "-z"]));
    let names: Vec<String> = files.split_terminator('\0').map(ToOwned::to_owned).collect();
    assert!(!names.is_empty());
    names.into_iter().filter(|name| Path::new(ROOT).join(name).is_file()).collect()
}

fn read(path: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(Path::new(ROOT).join(path)).unwrap()).into_owned()
}

fn output(command: &mut Command) -> String {
    let done = command.current_dir(ROOT).output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The encryption context in a role's own statement says what the role may decrypt.
#[test]
fn only_functions_that_call_providers_may_decrypt_card_numbers() {
    let template = include_str!("../../template.yaml");
    let policies = template.split("- PolicyName: ").skip(1).map(|policy| {
        let end = policy.find("\n    Type: AWS::").unwrap_or(policy.len());
        policy.split_at(end).0
    });
    let mut may_decrypt: Vec<&str> =
        policies.filter(|policy| policy.contains("cards:*")).filter_map(|policy| policy.lines().next()).collect();
    may_decrypt.sort_unstable();
    assert_eq!(may_decrypt, ["cards", "charge-create", "session-pay", "worldline"]);
}
