//! The golden files: every request, every kind of answer and every notification, as they are written and read.
//!
//! `CATRACA_BLESS=1` writes them anew.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{answers, notifications, requests};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/adyen/golden")
}

#[test]
fn requests_answers_and_notifications_are_those_of_the_golden_files() {
    let cases: Vec<(String, Value)> =
        [requests::golden(), answers::golden(), notifications::golden()].into_iter().flatten().collect();
    let names: BTreeSet<String> = cases.iter().map(|(name, _)| format!("{name}.json")).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    if std::env::var_os("CATRACA_BLESS").is_some() {
        let _ = fs::remove_dir_all(folder());
        fs::create_dir_all(folder()).unwrap();
        for (name, case) in &cases {
            let text = serde_json::to_string_pretty(case).unwrap();
            fs::write(folder().join(format!("{name}.json")), text + "\n").unwrap();
        }
    }
    let there = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(there.collect::<BTreeSet<_>>(), names, "a golden file is missing, or is of no case");
    for (name, case) in &cases {
        let text = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        assert_eq!(*case, serde_json::from_str::<Value>(&text).unwrap(), "{name}");
    }
}
