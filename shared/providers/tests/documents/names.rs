//! A provider is its folder, its line of the registry and its word of `ProviderType`: product code names it nowhere else.

use std::{
    fs,
    path::{Path, PathBuf},
};

use domain::merchant::ProviderType;

/// Where providers may be named: their words, the registry, the table of the providers that the sandbox plays, and the
/// providers that it plays for the account of a hub on one machine.
const EXCEPTED: [&str; 4] = [
    "shared/domain/src/merchant.rs",
    "shared/providers/src/registry.rs",
    "shared/providers/src/sandbox/capabilities.rs",
    "infra/catraca/src/local.rs",
];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The folders of adapters, without the sandbox's.
pub(crate) fn folders() -> Vec<String> {
    let entries = fs::read_dir(root().join("shared/providers/src")).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap());
    folders.filter(|name| name != "sandbox").collect()
}

/// The Rust files under the `src` folders of these folders' crates.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for group in ["shared", "functions", "infra"] {
        for name in fs::read_dir(root().join(group)).unwrap() {
            visit(&name.unwrap().path().join("src"), &mut found);
        }
    }
    assert!(found.len() > 100, "{} files", found.len());
    found
}

fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file: without its tests, comments, and examples of requests and answers.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut lines = String::new();
    let mut in_example = false;
    for line in product.lines() {
        in_example = in_example || line.trim_start().starts_with("#[example(");
        if !in_example && !line.trim_start().starts_with("//") {
            lines.push_str(line);
            lines.push('\n');
        }
        in_example = in_example && !line.contains(")]");
    }
    lines
}

/// How code names a provider: the variant of its word, or its word as a text.
fn names(provider: ProviderType) -> [String; 3] {
    [format!("ProviderType::{provider:?}"), format!("Of::{provider:?}"), format!("\"{provider}\"")]
}

fn holds(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let next = code.get(at + name.len()..).and_then(|rest| rest.chars().next());
        name.ends_with('"') || next.is_none_or(|next| !next.is_alphanumeric())
    })
}

#[test]
fn a_provider_is_named_in_its_folder_its_line_and_its_word_alone() {
    let adapters = root().join("shared/providers/src");
    let mut named = Vec::new();
    for path in sources() {
        let relative = path.strip_prefix(root()).unwrap().display().to_string();
        let in_adapter = path.strip_prefix(&adapters).is_ok_and(|path| path.components().count() > 1);
        let is_sandbox = path.starts_with(adapters.join("sandbox"));
        if EXCEPTED.contains(&relative.as_str()) || (in_adapter && !is_sandbox) {
            continue;
        }
        let code = code(&fs::read_to_string(&path).unwrap());
        // The sandbox under its own name is the hub's, and no provider's.
        let providers = ProviderType::ALL.iter().filter(|provider| **provider != ProviderType::Sandbox);
        for name in providers.flat_map(|provider| names(*provider)).filter(|name| holds(&code, name)) {
            named.push(format!("{relative}: {name}"));
        }
    }
    assert!(named.is_empty(), "{named:#?}");
}

/// The functions and their parameters are the same for every provider.
#[test]
fn the_template_names_no_provider() {
    let template = fs::read_to_string(root().join("template.yaml")).unwrap();
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_ascii_uppercase).collect()
    };
    let providers = ProviderType::ALL.iter().filter(|provider| **provider != ProviderType::Sandbox);
    let known: Vec<_> = providers.flat_map(|kind| [kind.to_string(), kind.to_string().replace('_', "")]).collect();
    let named: Vec<_> = words(&template).into_iter().filter(|word| known.contains(word)).collect();
    assert!(named.is_empty(), "{named:?}");
}

#[test]
fn an_adapter_is_used_by_the_registry_and_by_the_sandbox_that_plays_it_alone() {
    let adapters = root().join("shared/providers/src");
    let folders: Vec<_> = folders().into_iter().map(|name| adapters.join(name)).collect();
    let mut used = Vec::new();
    for path in sources() {
        let relative = path.strip_prefix(root()).unwrap().display().to_string();
        if EXCEPTED.contains(&relative.as_str()) {
            continue;
        }
        let code = code(&fs::read_to_string(&path).unwrap());
        for folder in folders.iter().filter(|folder| !path.starts_with(folder)) {
            let name = folder.file_name().unwrap().to_string_lossy();
            let paths = [format!("crate::{name}"), format!("providers::{name}")];
            let in_providers = path.starts_with(&adapters);
            if holds(&code, &paths[1]) || (in_providers && holds(&code, &paths[0])) {
                used.push(format!("{relative}: {name}"));
            }
        }
    }
    assert!(used.is_empty(), "{used:#?}");
}
