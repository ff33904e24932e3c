//! Simulated updates.

use domain::{
    charge::{
        Outcome,
        decline::DeclineCode,
        request::Receipt,
        update::{ProviderUpdate, UpdateKind},
    },
    limits::HOLD_LIFE,
    time::Timestamp,
};
use providers::{
    CallbackError, HttpAnswer, Notified, Operation, Secrets, Target, adapter,
    sandbox::{Simulate, bank, sign, simulate, simulated},
};
use serde_json::{Value, json};

use crate::samples::{CHANGE, KEY, REFERENCE, account, asked_of_the_bank, now, pay_by_pix, proof, reais};

fn simulation<'a>(kind: &'a UpdateKind, reference: &str) -> Simulate<'a> {
    Simulate { id: "sim-1", reference: reference.parse().unwrap(), kind, key: KEY, created_at: now() }
}

/// The updates that the hub reads, at `now`, from the bank's answer to `simulation`.
fn received(simulation: &Simulate, now: Timestamp) -> Notified {
    let signed = simulated(&bank::answer(&simulate(simulation).unwrap(), now)).unwrap();
    adapter(&account()).notification(&proof(&account(), &Secrets::default()), &signed.call(), now)
}

fn every_kind() -> Vec<UpdateKind> {
    let amount = reais(149).amount;
    vec![
        UpdateKind::Paid { amount, receipt: Receipt::default() },
        UpdateKind::NotPaid { why: DeclineCode::Timeout.into() },
        UpdateKind::RefundBegun { amount },
        UpdateKind::Refunded { amount, transaction: None },
        UpdateKind::RefundFailed { why: DeclineCode::ProcessingError.into() },
        UpdateKind::RefundReverted { amount, refund: None },
        UpdateKind::ChargedBack { amount, dispute: Some("dp-1".to_owned()), place: None },
        UpdateKind::ChargebackReversed { amount, dispute: Some("dp-1".to_owned()), place: None },
        UpdateKind::Disputed { dispute: None },
        UpdateKind::DisputeClosed { dispute: None, won: None },
    ]
}

#[test]
fn a_simulation_is_posted_where_operations_go() {
    let amount = reais(149).amount;
    let written = |kind: &UpdateKind, reference| -> Value {
        let request = simulate(&simulation(kind, reference)).unwrap();
        assert_eq!(request.target, Target::Sandbox { path: "/operations" });
        serde_json::from_slice(&request.body).unwrap()
    };
    let expected = json!({
        "operation": "simulate",
        "id": "sim-1",
        "reference": REFERENCE,
        "news": "paid",
        "amount": 149,
        "notices": {"key": "a key of the hub"},
        "createdAt": "2021-08-12T16:08:41.000Z"
    });
    assert_eq!(written(&UpdateKind::Paid { amount, receipt: Receipt::default() }, REFERENCE), expected);
    let expected = json!({
        "operation": "simulate",
        "id": "sim-1",
        "reference": CHANGE,
        "news": "refund_failed",
        "code": "processing_error",
        "notices": {"key": "a key of the hub"},
        "createdAt": "2021-08-12T16:08:41.000Z"
    });
    let why = DeclineCode::ProcessingError.into();
    assert_eq!(written(&UpdateKind::RefundFailed { why }, CHANGE), expected);
}

#[test]
fn a_simulation_is_answered_with_an_update_that_the_hub_accepts() {
    let Outcome::Pending(registered) = asked_of_the_bank(&Operation::Create(pay_by_pix())) else {
        panic!("not registered")
    };
    for kind in every_kind() {
        let simulation = simulation(&kind, REFERENCE);
        let kind = match &kind {
            UpdateKind::Paid { amount, .. } => {
                let transaction_id = registered.transaction_id.clone();
                UpdateKind::Paid { amount: *amount, receipt: Receipt { transaction_id, ..Receipt::default() } }
            }
            other => other.clone(),
        };
        let update = ProviderUpdate {
            reference: REFERENCE.parse().unwrap(),
            id: "sim-1".to_owned(),
            payment: None,
            currency: None,
            kind,
        };
        assert_eq!(received(&simulation, now()), Ok(vec![Ok(update.clone())]));
        assert_eq!(received(&simulation, now().plus(HOLD_LIFE)), Ok(vec![Ok(update)]), "at any time");
    }
}

#[test]
fn the_update_is_signed_with_the_key_of_the_request_and_the_time_of_the_answer() {
    let kind = UpdateKind::Disputed { dispute: None };
    let other = Simulate { key: "another key", ..simulation(&kind, REFERENCE) };
    assert_eq!(received(&other, now()), Err(CallbackError::Forged));

    let signed = simulated(&bank::answer(&simulate(&other).unwrap(), now())).unwrap();
    assert_eq!(signed.timestamp, now().as_millis());
    assert_eq!(signed.signature, sign("another key", now(), signed.body.as_bytes()));
}

#[test]
fn a_bank_that_refuses_a_simulation_sends_no_update() {
    let good = bank::answer(&simulate(&simulation(&UpdateKind::Disputed { dispute: None }, REFERENCE)).unwrap(), now());
    assert!(simulated(&good).is_some());
    for status in [201, 400, 404, 500] {
        assert_eq!(simulated(&HttpAnswer { status, ..good.clone() }), None, "{status}");
    }
    for body in ["", "null", "{}", r#"[1,"a","b"]"#, r#"{"timestamp":"1","signature":"a","body":"b"}"#] {
        assert_eq!(simulated(&HttpAnswer { body: body.into(), ..good.clone() }), None, "{body}");
    }
}
