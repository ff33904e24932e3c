//! Which notifications of the bank the hub accepts, and how it reads them.

use domain::{
    charge::{
        decline::{Decline, DeclineCode},
        request::Receipt,
        update::{ProviderUpdate, UpdateKind},
    },
    time::Timestamp,
};
use providers::{
    CallbackError, CallbackRequest, NoUpdate, Notified, Page, Return, Secrets, adapter,
    sandbox::{protocol::Updates, sign},
};
use serde_json::{Value, json};

use crate::samples::{CHANGE, KEY, REFERENCE, account, now, proof, reais};

const FIVE_MINUTES: i64 = 5 * 60 * 1000;

fn headers(timestamp: &str, signature: &str) -> Vec<(String, String)> {
    [("content-type", "application/json"), ("x-sandbox-timestamp", timestamp), ("x-sandbox-signature", signature)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn received(headers: Vec<(String, String)>, body: &[u8]) -> Notified {
    let call = CallbackRequest { headers, query: Vec::new(), body };
    adapter(&account()).notification(&proof(&account(), &Secrets::default()), &call, now())
}

/// The result of a call that the bank made `millis` before (or, below 0, after) the hub's clock.
fn sent_before(millis: i64, body: &[u8]) -> Notified {
    let at = Timestamp::from_millis(now().as_millis() - millis);
    received(headers(&at.as_millis().to_string(), &sign(KEY, at, body)), body)
}

fn sent(body: &[u8]) -> Notified {
    sent_before(0, body)
}

fn paid() -> Vec<u8> {
    json!({"notices": [{"id": "evt-1", "reference": REFERENCE, "news": "paid", "amount": 150}]})
        .to_string()
        .into_bytes()
}

fn one(fields: &Value) -> Notified {
    let mut update = json!({"id": "evt-1", "reference": REFERENCE});
    update.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    sent(json!({"notices": [update]}).to_string().as_bytes())
}

#[test]
fn the_signature_is_the_one_that_the_protocol_describes() {
    // HMAC-SHA-256 by another implementation, over "1628787600000.{}".
    let signature = sign("a key of the hub", Timestamp::from_millis(1_628_787_600_000), b"{}");
    assert_eq!(signature, "0779becc43e0c651e747b6d13e4808b98cb7f966cd2dddc96719d2d0593c0473");
}

#[test]
fn every_kind_of_update_is_read() {
    let amount = reais(149).amount;
    let why = |code: DeclineCode| Decline::from(code);
    let receipt = Receipt { transaction_id: Some("tx-1".to_owned()), ..Receipt::default() };
    for (fields, kind) in [
        (json!({"news": "paid", "amount": 149, "transactionId": "tx-1"}), UpdateKind::Paid { amount, receipt }),
        (json!({"news": "paid", "amount": 149}), UpdateKind::Paid { amount, receipt: Receipt::default() }),
        (json!({"news": "not_paid"}), UpdateKind::NotPaid { why: why(DeclineCode::Generic) }),
        (json!({"news": "not_paid", "code": "timeout"}), UpdateKind::NotPaid { why: why(DeclineCode::Timeout) }),
        (json!({"news": "refund_begun", "amount": 149}), UpdateKind::RefundBegun { amount }),
        (json!({"news": "refunded", "amount": 149}), UpdateKind::Refunded { amount, transaction: None }),
        (json!({"news": "refund_failed"}), UpdateKind::RefundFailed { why: why(DeclineCode::Generic) }),
        (
            json!({"news": "refund_failed", "code": "processing_error"}),
            UpdateKind::RefundFailed { why: why(DeclineCode::ProcessingError) },
        ),
        (json!({"news": "refund_reverted", "amount": 149}), UpdateKind::RefundReverted { amount, refund: None }),
        (
            json!({"news": "charged_back", "amount": 149}),
            UpdateKind::ChargedBack { amount, dispute: None, place: None },
        ),
        (
            json!({"news": "chargeback_reversed", "amount": 149, "dispute": "dp-1"}),
            UpdateKind::ChargebackReversed { amount, dispute: Some("dp-1".to_owned()), place: None },
        ),
        (json!({"news": "disputed", "dispute": "dp-1"}), UpdateKind::Disputed { dispute: Some("dp-1".to_owned()) }),
        (json!({"news": "dispute_closed", "aNewField": [1]}), UpdateKind::DisputeClosed { dispute: None, won: None }),
    ] {
        let update = ProviderUpdate {
            reference: REFERENCE.parse().unwrap(),
            id: "evt-1".to_owned(),
            payment: None,
            currency: None,
            kind,
        };
        assert_eq!(one(&fields), Ok(vec![Ok(update)]), "{fields}");
    }
}

#[test]
fn a_dispute_has_one_id_in_all_its_updates() {
    for (kind, amount) in
        [("charged_back", Some(149)), ("chargeback_reversed", Some(149)), ("disputed", None), ("dispute_closed", None)]
    {
        let read = |fields: Value| -> Option<String> {
            let update = json!({"id": "evt-1", "reference": REFERENCE, "news": kind, "amount": amount});
            let mut update = update.as_object().unwrap().clone();
            update.retain(|_, value| !value.is_null());
            update.extend(fields.as_object().unwrap().clone());
            let body = json!({"notices": [update]});
            let updates = Updates::read(body.to_string().as_bytes()).unwrap().updates;
            assert_eq!(serde_json::to_value(&updates).ok().as_ref(), body.get("notices"), "written as it was read");
            updates.first().unwrap().kind.dispute().map(str::to_owned)
        };
        assert_eq!(read(json!({"dispute": "dp-1"})).as_deref(), Some("dp-1"), "{kind}");
        assert_eq!(read(json!({})), None, "{kind}");
    }
    for kind in
        [json!({"news": "charged_back", "amount": 149}), json!({"news": "disputed"}), json!({"news": "dispute_closed"})]
    {
        let named = |dispute: Value| {
            let mut fields = kind.clone();
            fields.as_object_mut().unwrap().insert("dispute".to_owned(), dispute);
            one(&fields).unwrap().iter().all(Result::is_ok)
        };
        assert!(named(json!("d".repeat(64))) && named(json!(null)), "{kind}");
        for dispute in [json!(""), json!("d".repeat(65)), json!("é"), json!(7)] {
            assert!(!named(dispute.clone()), "{kind} {dispute}");
        }
    }
}

#[test]
fn several_updates_keep_their_order_and_their_references() {
    let body = json!({"notices": [
        {"id": "a", "reference": REFERENCE, "news": "paid", "amount": 150},
        {"id": "b", "reference": CHANGE, "news": "refunded", "amount": 50}
    ]});
    let updates = sent(body.to_string().as_bytes()).unwrap();
    let read: Vec<_> = updates
        .iter()
        .flatten()
        .map(|update| (update.id.as_str(), update.reference.to_string(), update.kind.name()))
        .collect();
    assert_eq!(read, [("a", REFERENCE.to_owned(), "paid"), ("b", CHANGE.to_owned(), "refunded")]);

    let many = |count| {
        let update = json!({"id": "a", "reference": REFERENCE, "news": "disputed"});
        sent(json!({"notices": vec![update; count]}).to_string().as_bytes()).map(|updates| updates.len())
    };
    assert_eq!(many(1), Ok(1));
    assert_eq!(many(100), Ok(100));
    assert_eq!(many(0), Err(CallbackError::Unreadable));
    assert_eq!(many(101), Err(CallbackError::Unreadable));
}

#[test]
fn an_update_that_comes_again_says_the_same() {
    let first = sent(&paid()).unwrap();
    assert_eq!(sent(&paid()), Ok(first.clone()), "the same call, repeated");
    assert_eq!(sent_before(1000, &paid()), Ok(first), "sent anew with another timestamp");
}

#[test]
fn a_call_that_the_bank_has_not_signed_is_forged() {
    let body = paid();
    let now = now();
    let time = now.as_millis().to_string();
    let right = sign(KEY, now, &body);
    assert!(received(headers(&time, &right), &body).is_ok());
    assert!(received(headers(&time, &right.to_uppercase()), &body).is_ok());

    let one_digit_off = right[..63].to_owned() + if right.ends_with('0') { "1" } else { "0" };
    let later = (now.as_millis() + 1).to_string();
    for (time, signature) in [
        (&time, sign("another key", now, &body)),
        (&time, one_digit_off),
        (&time, right[..62].to_owned()),
        (&time, right[..63].to_owned()),
        (&time, format!("{right}00")),
        (&time, format!("{right} ")),
        (&time, "+".repeat(64)),
        (&time, "é".repeat(32)),
        (&time, String::new()),
        (&later, right.clone()),
    ] {
        assert_eq!(received(headers(time, &signature), &body), Err(CallbackError::Forged), "{time} {signature}");
    }
    let other = String::from_utf8(body.clone()).unwrap().replace("150", "151");
    assert_eq!(received(headers(&time, &right), other.as_bytes()), Err(CallbackError::Forged));
    for missing in ["x-sandbox-timestamp", "x-sandbox-signature"] {
        let some: Vec<_> = headers(&time, &right).into_iter().filter(|(name, _)| name != missing).collect();
        assert_eq!(received(some, &body), Err(CallbackError::Forged), "without {missing}");
    }
}

#[test]
fn a_call_holds_for_five_minutes() {
    for (millis, expected) in
        [(FIVE_MINUTES, true), (-FIVE_MINUTES, true), (FIVE_MINUTES + 1, false), (-FIVE_MINUTES - 1, false)]
    {
        let result = sent_before(millis, &paid());
        assert_eq!(result.as_ref().err(), (!expected).then_some(&CallbackError::Stale), "{millis}");
    }
}

#[test]
fn forged_comes_before_stale_and_stale_before_unreadable() {
    let old = Timestamp::from_millis(now().as_millis() - FIVE_MINUTES - 1);
    let wrong = sign("another key", old, b"garbage");
    assert_eq!(received(headers(&old.as_millis().to_string(), &wrong), b"garbage"), Err(CallbackError::Forged));
    assert_eq!(sent_before(FIVE_MINUTES + 1, b"garbage"), Err(CallbackError::Stale));
    assert_eq!(sent(b"garbage"), Err(CallbackError::Unreadable));
}

#[test]
fn one_update_that_cannot_be_read_leaves_the_others_of_its_call() {
    for fields in [
        json!({}),
        json!({"news": "paid"}),
        json!({"news": "paid", "amount": null}),
        json!({"news": "paid", "amount": 0}),
        json!({"news": "paid", "amount": -1}),
        json!({"news": "paid", "amount": 1.5}),
        json!({"news": "paid", "amount": "150"}),
        json!({"news": "paid", "amount": 1_000_000_000_000_u64}),
        json!({"news": "refund_begun"}),
        json!({"news": "refund_begun", "amount": 0}),
        json!({"news": "refunded"}),
        json!({"news": "refunded", "amount": 0}),
        json!({"news": "refund_reverted"}),
        json!({"news": "refund_reverted", "amount": 0}),
        json!({"news": "charged_back"}),
        json!({"news": "charged_back", "amount": 0}),
        json!({"news": "PAID", "amount": 150}),
        json!({"news": "settled", "amount": 150}),
        json!({"news": "not_paid", "code": "no_such_code"}),
        json!({"news": "disputed", "reference": "c1db83fa723c4e1f9722bc19d1be6791"}),
        json!({"news": "disputed", "reference": "an order of another merchant"}),
        json!({"news": "disputed", "reference": null}),
        json!({"news": "disputed", "id": ""}),
        json!({"news": "disputed", "id": "a".repeat(65)}),
        json!({"news": "disputed", "id": "é"}),
        json!({"news": "disputed", "id": 7}),
    ] {
        assert_eq!(one(&fields), Ok(vec![Err(NoUpdate::Unreadable)]), "{fields}");
        let mut update = json!({"id": "evt-2", "reference": REFERENCE});
        update.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let good = json!({"id": "evt-1", "reference": REFERENCE, "news": "disputed"});
        let body = json!({"notices": [good, update]}).to_string();
        let read = sent(body.as_bytes()).unwrap();
        let is_read: Vec<bool> = read.iter().map(Result::is_ok).collect();
        assert_eq!(is_read, [true, false], "{body}");
    }
}

#[test]
fn garbage_is_unreadable() {
    let deep = format!(r#"{{"notices":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
    let twice = format!(r#"{{"notices":[{{"id":"a","id":"b","reference":"{REFERENCE}","news":"disputed"}}]}}"#);
    let two_kinds =
        format!(r#"{{"notices":[{{"id":"a","reference":"{REFERENCE}","news":"disputed","news":"paid","amount":1}}]}}"#);
    let a_list = format!(r#"[[{{"id":"a","reference":"{REFERENCE}","news":"disputed"}}]]"#);
    for body in ["", " ", "null", "[]", "{}", r#"{"notices":null}"#, r#"{"notices":{}}"#, &a_list] {
        assert_eq!(sent(body.as_bytes()), Err(CallbackError::Unreadable), "{body}");
    }
    for body in [&deep, &twice, &two_kinds] {
        assert_eq!(sent(body.as_bytes()), Ok(vec![Err(NoUpdate::Unreadable)]), "{body}");
    }
    assert_eq!(sent(&[b'{', 0xff, b'}']), Err(CallbackError::Unreadable));
    // An invalid timestamp with a valid signature.
    let body = paid();
    for time in ["", "yesterday", "1628784521000.5", "99999999999999999999"] {
        let signature = signed_text(time, &body);
        assert_eq!(received(headers(time, &signature), &body), Err(CallbackError::Unreadable), "{time}");
    }
}

/// The signature over a timestamp that is no number, which [`sign`] cannot make.
fn signed_text(time: &str, body: &[u8]) -> String {
    use ring::hmac::{HMAC_SHA256, Key, sign};

    let tag = sign(&Key::new(HMAC_SHA256, KEY.as_bytes()), &[time.as_bytes(), b".", body].concat());
    let digits = tag.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}

#[test]
fn the_transaction_id_of_an_update_is_kept_like_that_of_an_answer() {
    let fields = json!({"news": "paid", "amount": 149, "transactionId": "\"é".to_owned() + &"9".repeat(100)});
    let updates = one(&fields).unwrap();
    let Some(UpdateKind::Paid { receipt, .. }) = updates.iter().flatten().next().map(|update| &update.kind) else {
        panic!("not paid")
    };
    assert_eq!(receipt.transaction_id, Some("9".repeat(64)));
}

#[test]
fn a_browser_that_returns_names_its_payment_and_its_page() {
    let returned = |pairs: &[(&str, &str)]| {
        let query = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        adapter(&account()).returned(&CallbackRequest { headers: Vec::new(), query, body: b"" })
    };
    let reference = REFERENCE.parse().unwrap();
    for (word, to) in [("success", Page::Success), ("cancel", Page::Cancel)] {
        assert_eq!(returned(&[("reference", REFERENCE), ("to", word)]), Some(Return { reference, to }));
    }
    for pairs in [
        &[][..],
        &[("reference", REFERENCE)],
        &[("to", "success")],
        &[("reference", REFERENCE), ("to", "SUCCESS")],
        &[("reference", REFERENCE), ("to", "https://elsewhere.example")],
        &[("reference", "elsewhere"), ("to", "success")],
    ] {
        assert_eq!(returned(pairs), None, "{pairs:?}");
    }
}
