//! Captures, voids and status changes of a charge, and fraud analyses.

use domain::{
    charge::{fraud::Verdict, status::Status},
    refusal::Refusal,
};
use serde_json::{Value, json};
use wire::malga::requests::{CaptureCharge, ChangeAntifraud, ChangeStatus, CreateCharge, VoidCharge};

use crate::fixtures::{card_request, minor, now, pay_session, session, session_payment_request, with};

fn problems<T: std::fmt::Debug>(read: Result<T, Refusal>) -> Vec<String> {
    match read {
        Err(Refusal::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_capture_or_a_void_is_of_some_amount_or_of_all() {
    for read in [VoidCharge::read, CaptureCharge::read] {
        assert_eq!(read(&json!({"amount": 90})), Ok(Some(minor(90))));
        for all in [json!({}), json!({"delayToCompose": null, "unknown": 1})] {
            assert_eq!(read(&all), Ok(None), "{all}");
        }
        // A sum that is missing is not all of the money.
        assert_eq!(
            problems(read(&json!({"amount": null}))),
            ["amount must be an integer number", "amount should not be empty"]
        );
        for (body, problem) in [
            (json!({"amount": 0}), "amount must be a positive number"),
            (json!({"amount": -90}), "amount must be a positive number"),
            (json!({"amount": 1.5}), "amount must be an integer number"),
            (json!({"amount": "90"}), "amount must be an integer number"),
            (json!({"amount": 1_000_000_000_000_u64}), "amount must not be greater than 999999999999"),
            (json!({"delayToCompose": 2}), "delayToCompose is not served by this hub"),
            (json!({"delayToCompose": 0, "amount": 90}), "delayToCompose is not served by this hub"),
            (json!({"splitRules": [{}]}), "splitRules is not served by this hub"),
        ] {
            assert_eq!(problems(read(&body)), [problem], "{body}");
        }
    }
}

#[test]
fn every_status_of_a_charge_can_be_asked_of_the_sandbox() {
    for status in Status::ALL {
        assert_eq!(ChangeStatus::read(&json!({"status": status.name()})), Ok(*status));
    }
    let one = "status must be one of the following values: pending, pre_authorized, authorized, failed, canceled, \
               voided, charged_back, refund_pending";
    for other in [json!("paid"), json!("Authorized"), json!(1)] {
        assert_eq!(problems(ChangeStatus::read(&json!({"status": other}))), [one]);
    }
    assert_eq!(problems(ChangeStatus::read(&json!({}))), [one, "status should not be empty"]);
}

#[test]
fn a_fraud_analysis_can_be_changed() {
    for (word, verdict) in
        [("approved", Verdict::Approved), ("reproved", Verdict::Reproved), ("failed", Verdict::Failed)]
    {
        assert_eq!(ChangeAntifraud::read(&json!({"status": word})), Ok(verdict));
    }
    let one = "status must be one of the following values: approved, reproved, failed";
    for other in [json!("pending"), json!(true)] {
        assert_eq!(problems(ChangeAntifraud::read(&json!({"status": other}))), [one]);
    }
}

#[test]
fn a_fraud_analysis_reads_the_shoppers_document_and_ignores_everything_else() {
    let document = |analysis: Value| {
        let of_session =
            pay_session(&with(session_payment_request(), "/fraudAnalysis", analysis.clone()), &session(), now());
        let of_charge = CreateCharge::read(&with(card_request(), "/fraudAnalysis", analysis), now());
        let [of_session, of_charge] = [of_session, of_charge].map(|order| order.unwrap().fraud);
        assert_eq!(of_session, of_charge);
        of_charge.map(|fraud| fraud.document)
    };
    let of = |identity: &str| document(json!({"customer": {"identity": identity, "number": 7}, "cart": {"items": 1}}));
    for identity in ["12345678900", "123.456.789-09", "none", ""] {
        assert_eq!(of(identity), Some(Some(identity.to_owned())));
    }
    for unread in [json!({"customer": []}), json!({"customer": {"identity": 1}}), json!({"cart": {"items": []}})] {
        assert_eq!(document(unread.clone()), Some(None), "{unread}");
    }
    for nothing in [json!(null), json!("x"), json!([]), json!({}), json!({"customer": null})] {
        assert_eq!(document(nothing.clone()), None, "{nothing}");
    }
}
