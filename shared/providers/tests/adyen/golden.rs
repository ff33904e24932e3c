//! The golden files: every request, every kind of answer and every notification, as they are written and read.
//!
//! `CATRACA_BLESS=1` writes them anew.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{answers, golden_files, notifications, requests};

#[test]
fn requests_answers_and_notifications_are_those_of_the_golden_files() {
    let cases: Vec<(String, Value)> =
        [requests::golden(), answers::golden(), notifications::golden()].into_iter().flatten().collect();
    let count = cases.len();
    let files: BTreeMap<_, _> = cases.into_iter().map(|(name, case)| (format!("{name}.json"), case)).collect();
    assert_eq!(files.len(), count, "two cases have one name");
    golden_files::compare("adyen", &files);
}
