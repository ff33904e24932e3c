//! Answers that are cut, that are about something else, or that are no answers.

use domain::charge::{Outcome, request::RequestKind};
use providers::{Operation, Query};
use serde_json::{Value, json};

use crate::{
    golden::{answers, text},
    samples::{CHECKOUT, ORDER, SHOPPER, answered, begun, change, checkout, create, order, query, step},
};

fn is_success(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Approved(_) | Outcome::Pending(_) | Outcome::Paid(..) | Outcome::Canceled)
}

/// The last answer of each row, cut anywhere, is no success and no decline. A cancellation has no body to cut.
#[test]
fn an_answer_that_is_cut_anywhere_is_no_success() {
    for (name, operation, answers) in answers() {
        let (last, before) = answers.split_last().unwrap();
        let whole = text(&last.1);
        if !(200..300).contains(&last.0) {
            continue;
        }
        for end in 0..whole.len() {
            let mut all: Vec<_> = before.iter().map(|(status, body)| (*status, text(body))).collect();
            all.push((last.0, whole.get(..end).unwrap_or_default().to_owned()));
            let read = answered(&operation, &all);
            assert!(!is_success(&read.outcome) && read.updates.is_empty(), "{name}, {end}: {read:?}");
            assert!(!matches!(read.outcome, Outcome::Declined(_)), "{name}, {end}: {read:?}");
        }
    }
}

#[test]
fn a_checkout_of_another_reference_or_id_is_unknown() {
    let payment = Operation::Query(query(RequestKind::Pending, 0));
    for (pointer, wrong) in [
        ("/merchantCode", json!("0190f0c0a1b27c3d8e4f5a6b7c8d9e0f002")),
        ("/merchantCode", Value::Null),
        ("/id", json!("b9c1a3f0-0000-4000-8000-000000000002")),
        ("/id", json!("../orders")),
        ("/status", json!("PAID")),
        ("/status", Value::Null),
    ] {
        for status in ["MORE_INFO", "KO", "OK"] {
            let mut other = checkout(status, Some(ORDER));
            *other.pointer_mut(pointer).unwrap() = wrong.clone();
            let read = answered(&payment, &[(200, other.to_string())]);
            assert_eq!(read.outcome, Outcome::Unknown, "{pointer}, {status}");
            let void = answered(&Operation::Void(change(100)), &[(200, other.to_string())]);
            assert_eq!(void.outcome, Outcome::NotSent, "{pointer}, {status}: nothing is canceled");
        }
    }
}

#[test]
fn a_new_checkout_must_have_our_reference_and_a_page_that_can_be_kept() {
    let operation = Operation::Create(create(&SHOPPER, 100));
    let long = format!("https://page.drip.example/{}", "a".repeat(352));
    for (pointer, wrong) in [
        ("/merchantCode", json!("x")),
        ("/id", json!("")),
        ("/id", json!("a".repeat(37))),
        ("/formUrl", Value::Null),
        ("/formUrl", json!("javascript:alert(1)")),
        ("/formUrl", json!("http://page.drip.example/")),
        ("/formUrl", json!("https://page.drip.example/\u{e9}")),
        ("/formUrl", json!(long)),
    ] {
        let mut other = checkout("MORE_INFO", None);
        *other.pointer_mut(pointer).unwrap() = wrong;
        assert_eq!(answered(&operation, &[(201, other.to_string())]).outcome, Outcome::Unknown, "{pointer}");
    }
}

#[test]
fn amounts_that_make_no_sense_are_unknown() {
    let payment = Operation::Query(query(RequestKind::Pending, 0));
    let agreed = (200, checkout("OK", Some(ORDER)).to_string());
    for (pointer, wrong) in [
        ("/amount", json!("0.00")),
        ("/amount", json!("1")),
        ("/amount", json!("1.0")),
        ("/amount", json!("1.000")),
        ("/amount", json!("-1.00")),
        ("/amount", json!("1,00")),
        ("/amount", json!("1e2.00")),
        ("/amount", json!(1.0)),
        ("/amount", json!("99999999999999999999.00")),
        ("/canceledAmount", json!("1.01")),
        ("/canceledAmount", json!("x")),
        ("/id", json!("another")),
        ("/status", json!("OPEN")),
    ] {
        let mut other = order("ACTIVE", "1.00", "0.00");
        *other.pointer_mut(pointer).unwrap() = wrong.clone();
        let read = answered(&payment, &[agreed.clone(), (200, other.to_string())]);
        assert_eq!(read.outcome, Outcome::Unknown, "{pointer} = {wrong}");
    }
    // What is closed must say how much of it was canceled.
    let closed = json!({"status": "CLOSED", "amount": "1.00"});
    assert_eq!(answered(&payment, &[agreed.clone(), (200, closed.to_string())]).outcome, Outcome::Unknown);
    let active = json!({"status": "ACTIVE", "amount": "1.00"});
    assert!(matches!(answered(&payment, &[agreed, (200, active.to_string())]).outcome, Outcome::Paid(..)));
}

#[test]
fn statuses_that_no_page_describes_are_unknown() {
    for status in [100, 301, 408, 409, 429, 500, 502, 503] {
        let body = checkout("OK", Some(ORDER)).to_string();
        let created = answered(&Operation::Create(create(&SHOPPER, 100)), &[(status, body.clone())]);
        assert_eq!(created.outcome, Outcome::Unknown, "{status}");
        let read = answered(&Operation::Query(query(RequestKind::Pending, 0)), &[(status, body)]);
        assert_eq!(read.outcome, Outcome::Unknown, "{status}");
        let canceled = [
            (200, checkout("OK", Some(ORDER)).to_string()),
            (200, order("ACTIVE", "1.00", "0.00").to_string()),
            (status, String::new()),
        ];
        assert_eq!(answered(&Operation::Void(change(100)), &canceled).outcome, Outcome::Unknown, "{status}");
    }
    let html = "<html>Not Found</html>".to_owned();
    // Drip answers a cancellation by 204. A page may be another server's, which has canceled nothing.
    for (status, body) in [(200, String::new()), (200, html.clone()), (202, "{}".to_owned())] {
        let canceled = [
            (200, checkout("OK", Some(ORDER)).to_string()),
            (200, order("ACTIVE", "1.00", "0.00").to_string()),
            (status, body),
        ];
        assert_eq!(answered(&Operation::Void(change(100)), &canceled).outcome, Outcome::Unknown, "{status}");
    }
    // Nor is it a word of Drip's about a checkout.
    let read = answered(&Operation::Query(query(RequestKind::Pending, 0)), &[(404, html)]);
    assert_eq!(read.outcome, Outcome::Unknown);
}

#[test]
fn what_was_refunded_before_is_no_proof_of_the_refund_that_is_asked_about() {
    let agreed = (200, checkout("OK", Some(ORDER)).to_string());
    for (refunded, canceled, expected) in [
        (0, "1.00", "approved"),
        (100, "1.00", "not_found"),
        (100, "2.00", "approved"),
        (50, "1.00", "unknown"),
        (0, "1.50", "unknown"),
        (100, "0.50", "unknown"),
    ] {
        let asked = Operation::Query(Query { ..query(RequestKind::Void, refunded) });
        let read = answered(&asked, &[agreed.clone(), (200, order("CLOSED", "2.00", canceled).to_string())]);
        assert_eq!(read.outcome.name(), expected, "{refunded}, {canceled}");
        assert!(read.updates.is_empty());
    }
}

#[test]
fn every_call_of_an_operation_is_read_by_its_own_step() {
    // An order is no checkout, and a checkout is no order.
    let void = Operation::Void(change(100));
    let first = begun(&void);
    assert_eq!(first.progress.step, 1);
    let wrong = step(&void, &first.progress, 200, order("ACTIVE", "1.00", "0.00").to_string().as_bytes());
    assert!(matches!(wrong, providers::Step::Done(reading) if reading.outcome == Outcome::NotSent));
    assert!(begun(&Operation::Check).request.body.is_empty() && !CHECKOUT.is_empty());
}

/// Only Drip's own words about a checkout count: a page in JSON may be any server's.
#[test]
fn a_404_without_a_message_says_nothing_of_a_checkout() {
    for (body, is_missing) in [
        (r#"{"message":"x"}"#, true),
        ("{}", false),
        (r#"{"message":""}"#, false),
        (r#"{"message":1}"#, false),
        ("[]", false),
    ] {
        let said = [(404, body.to_owned())];
        let read = answered(&Operation::Query(query(RequestKind::Pending, 0)), &said).outcome;
        assert_eq!(read == Outcome::NotFound, is_missing, "{body}: {read:?}");
        let read = answered(&Operation::Check, &said).outcome;
        assert_eq!(matches!(read, Outcome::Approved(_)), is_missing, "{body}: {read:?}");
    }
}
