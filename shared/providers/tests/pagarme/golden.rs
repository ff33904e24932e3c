//! The golden files: each request, answer and notification, with what it is read as. `CATRACA_BLESS=1` writes them.

use std::collections::BTreeMap;

use domain::charge::{Outcome, update::ProviderUpdate};
use providers::Reading;
use serde_json::{Value, json};

use crate::{cases, golden_files, notifications, samples};

/// Every golden file by its name.
fn golden() -> BTreeMap<String, Value> {
    let requests = cases::requests().into_iter().map(|(name, operation)| {
        let (request, _) = samples::begun(&operation);
        (format!("request-{name}.json"), golden_files::printed(&request))
    });
    let answers = cases::cases().into_iter().map(|case| {
        let Reading { outcome, updates } =
            samples::reading(&case.operation, case.status, case.body.to_string().as_bytes());
        let file = json!({
            "answer": {"status": case.status, "body": case.body},
            "outcome": meaning(&outcome),
            "updates": shown(&updates),
        });
        (format!("answer-{}.json", case.name), file)
    });
    let notifications = notifications::cases().into_iter().map(|(name, body)| {
        let updates: Vec<_> = notifications::read(&body).unwrap().into_iter().flatten().collect();
        (format!("notification-{name}.json"), json!({"body": body, "updates": shown(&updates)}))
    });
    requests.chain(answers).chain(notifications).collect()
}

fn meaning(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Approved(receipt) | Outcome::Pending(receipt) => json!({"is": outcome.name(), "receipt": receipt}),
        Outcome::Paid(amount, receipt) => json!({"is": outcome.name(), "amount": amount, "receipt": receipt}),
        Outcome::Declined(decline) => json!({"is": outcome.name(), "decline": decline}),
        Outcome::Canceled | Outcome::Unknown | Outcome::NotFound | Outcome::NotSent => json!({"is": outcome.name()}),
    }
}

fn shown(updates: &[ProviderUpdate]) -> Value {
    serde_json::to_value(updates).unwrap()
}

#[test]
fn every_request_answer_and_notification_is_as_its_golden_file_says() {
    golden_files::compare("pagarme", &golden());
}
