//! What an adapter has beside its code: its page, its golden files, its tests, and a fake that the hub is tried with.

use std::{fs, path::Path};

use domain::merchant::ProviderType;

use crate::names::{folders, root};

#[test]
fn every_adapter_has_a_page_golden_files_tests_and_a_fake() {
    let root = root();
    let list = fs::read_to_string(root.join("docs/providers/README.md")).unwrap();
    let mut missing = Vec::new();
    let adapters = folders();
    assert!(adapters.len() > 3, "{adapters:?}");
    for name in &adapters {
        let mut needs = |what: String, is_there: bool| missing.extend((!is_there).then_some(what));
        for file in [
            format!("docs/providers/{name}.md"),
            format!("shared/providers/tests/{name}/main.rs"),
            format!("shared/providers/tests/{name}/schema.json"),
            format!("tests/src/fakes/{name}/mod.rs"),
            format!("tests/tests/providers/{name}.rs"),
        ] {
            let is_there = root.join(&file).is_file();
            needs(file, is_there);
        }
        let golden = format!("shared/providers/src/{name}/golden");
        let is_there = has_files(&root.join(&golden));
        needs(golden, is_there);
        needs(format!("a link to {name}.md in docs/providers/README.md"), list.contains(&format!("]({name}.md)")));
    }
    assert!(missing.is_empty(), "docs/adding-a-provider.md says what these are: {missing:#?}");
}

fn has_files(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
}

#[test]
fn every_provider_has_its_row_among_those_that_the_sandbox_plays() {
    let page = fs::read_to_string(root().join("docs/sandbox.md")).unwrap();
    let missing: Vec<_> = ProviderType::ALL.iter().filter(|kind| !page.contains(&format!("\n| `{kind}` |"))).collect();
    assert!(missing.is_empty(), "docs/sandbox.md has no row of {missing:?}");
}
