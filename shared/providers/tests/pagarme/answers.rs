//! What answers are read as.

use domain::{
    brcode::BrCode,
    card::Brand,
    charge::{Outcome, decline::DeclineCode, update::UpdateKind},
    money::Amount,
};
use providers::{Operation, Reading, Step};
use serde_json::{Value, json};

use crate::{
    cases::{self, Case},
    golden_files,
    samples::{
        BARCODE, CHANGE, CHARGE, LINE, PIX_CODE, REFERENCE, TRANSACTION, begun, by_card, charge, order, read, reading,
        with,
    },
};

/// The outcome in words, and what is reported besides.
fn words(reading: &Reading) -> String {
    let outcome = match &reading.outcome {
        Outcome::Declined(decline) => format!("declined {}", decline.code.name()),
        other => other.name().to_owned(),
    };
    let updates = reading.updates.iter().map(|update| match &update.kind {
        UpdateKind::Refunded { amount, .. }
        | UpdateKind::RefundReverted { amount, .. }
        | UpdateKind::ChargedBack { amount, .. } => format!(", {} {amount}", update.kind.name()),
        other => format!(", {}", other.name()),
    });
    outcome + &updates.collect::<String>()
}

const fn is_a_success(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Approved(_) | Outcome::Pending(_) | Outcome::Paid(..) | Outcome::Canceled)
}

#[test]
fn every_answer_is_read_as_its_row_says() {
    for Case { name, operation, status, body, is } in cases::cases() {
        assert_eq!(words(&reading(&operation, status, body.to_string().as_bytes())), is, "{name}");
    }
}

#[test]
fn an_answer_that_is_cut_anywhere_is_never_a_success() {
    for Case { name, operation, status, body, .. } in cases::cases() {
        let body = body.to_string();
        for end in 0..body.len() {
            let Reading { outcome, updates } = reading(&operation, status, &body.as_bytes()[..end]);
            assert!(!is_a_success(&outcome) && updates.is_empty(), "{name}: {}", &body[..end]);
            assert!(outcome == Outcome::Unknown || operation_is_check(&operation), "{name}: {outcome:?}");
        }
    }
}

const fn operation_is_check(operation: &Operation) -> bool {
    matches!(operation, Operation::Check)
}

#[test]
fn what_is_no_answer_of_the_provider_is_unknown() {
    for status in [200, 201, 204, 301, 400, 401, 403, 404, 409, 412, 422, 429, 500, 502, 503] {
        for body in ["", "<html>502 Bad Gateway</html>", "{}", "[]", "null", r#"{"message":7}"#] {
            for (name, operation) in cases::requests() {
                let (_, progress) = begun(&operation);
                let Step::Done(Reading { outcome, updates }) = read(&operation, &progress, status, body.as_bytes())
                else {
                    panic!("{name}: one more call")
                };
                let is_safe = match operation {
                    Operation::Check => !is_a_success(&outcome),
                    // The search before a change moved no money.
                    _ if name == "find-charge" => outcome == Outcome::NotSent,
                    _ => outcome == Outcome::Unknown,
                };
                assert!(is_safe && updates.is_empty(), "{name}, {status}, {body}: {outcome:?}");
            }
        }
    }
}

/// `body` with `value` at every place of this pointer.
fn altered(body: &Value, pointer: &str, value: &Value) -> Option<Value> {
    let mut body = body.clone();
    *body.pointer_mut(pointer)? = value.clone();
    Some(body)
}

#[test]
fn an_answer_about_another_payment_is_no_answer() {
    let (mut seen, second) = (0, charge("credit_card", &json!({"status": "paid"}), &json!({"status": "paid"})));
    for Case { name, operation, status, body, .. } in cases::cases() {
        if !is_a_success(&reading(&operation, status, body.to_string().as_bytes()).outcome) {
            continue;
        }
        let places = ["", "/charges/0", "/data/0", "/data/0/charges/0"];
        let wrong = [
            ("code", json!(CHANGE)),
            ("payment_method", json!("cash")),
            ("currency", json!("USD")),
            ("id", json!("../orders")),
            ("id", json!("")),
        ];
        for place in places {
            for (field, value) in &wrong {
                // An order's own id is not used.
                if *field == "id" && !body.pointer(&format!("{place}/last_transaction")).is_some_and(Value::is_object) {
                    continue;
                }
                let Some(other) = altered(&body, &format!("{place}/{field}"), value) else { continue };
                seen += 1;
                let outcome = reading(&operation, status, other.to_string().as_bytes()).outcome;
                assert_eq!(outcome, Outcome::Unknown, "{name}: {place}/{field} {value}");
            }
        }
        for (place, charges) in [("/charges", json!([])), ("/charges", json!([second, second]))] {
            let Some(other) = altered(&body, place, &charges) else { continue };
            seen += 1;
            assert_eq!(reading(&operation, status, other.to_string().as_bytes()).outcome, Outcome::Unknown, "{name}");
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn an_answer_of_another_amount_is_no_success_of_what_was_asked() {
    for Case { name, operation, status, body, .. } in cases::cases() {
        let is_create_or_payment = match &operation {
            Operation::Create(_) => true,
            Operation::Query(query) => query.reference == query.payment && query.asked.is_payment(),
            _ => false,
        };
        let first = reading(&operation, status, body.to_string().as_bytes()).outcome;
        if !is_create_or_payment || !is_a_success(&first) {
            continue;
        }
        for place in ["/amount", "/charges/0/amount", "/data/0/charges/0/amount"] {
            let is_order = place == "/amount" && body.pointer("/charges").is_some();
            let Some(other) = altered(&body, place, &json!(151)).filter(|_| !is_order) else { continue };
            let outcome = reading(&operation, status, other.to_string().as_bytes()).outcome;
            assert_eq!(outcome, Outcome::Unknown, "{name}: {place}");
        }
    }
}

#[test]
fn what_asks_its_shopper_for_another_amount_or_lacks_the_hubs_code_is_no_answer() {
    let of = |name: &str| cases::cases().into_iter().find(|case| case.name == name).unwrap();
    let said = |case: &Case, body: &Value| words(&reading(&case.operation, case.status, body.to_string().as_bytes()));
    let code = |minor| BrCode::dynamic("pix.example.com/1", "LOJA", "BRASILIA", Amount::new(minor).ok()).unwrap();
    let (pix, boleto) = (of("pix-waiting"), of("boleto-generated"));
    for (case, field, right, wrong) in [
        (&pix, "last_transaction/qr_code", json!(code(150)), json!(code(1500))),
        (
            &boleto,
            "last_transaction/line",
            json!(LINE),
            json!("34191.09107 00000.135558 51122.200002 1 57810000115300"),
        ),
        (&pix, "code", json!(REFERENCE), Value::Null),
        (&pix, "payment_method", json!("pix"), Value::Null),
    ] {
        for (value, expected) in [(right, "pending"), (wrong, "unknown")] {
            let body = altered(&case.body, &format!("/charges/0/{field}"), &value).unwrap();
            assert_eq!(said(case, &body), expected, "{field} {value}");
        }
    }
}

#[test]
fn a_reservation_whose_transaction_failed_is_no_reservation() {
    for name in ["card-reserved", "query-reserved"] {
        let case = cases::cases().into_iter().find(|case| case.name == name).unwrap();
        for (success, expected) in [(json!(true), "approved"), (Value::Null, "approved"), (json!(false), "unknown")] {
            let places = ["", "/charges/0", "/data/0/charges/0"];
            let of = |place: &&str| altered(&case.body, &format!("{place}/last_transaction/success"), &success);
            let body = places.iter().find_map(of).unwrap();
            let read = reading(&case.operation, case.status, body.to_string().as_bytes());
            assert_eq!(words(&read), expected, "{name} {success}");
        }
    }
}

#[test]
fn a_change_without_an_id_finds_the_charge_first_and_then_changes_it() {
    let (operation, body) = cases::found();
    let (request, progress) = begun(&operation);
    assert_eq!(golden_files::printed(&request)["method"], "GET");
    let Step::Call(call) = read(&operation, &progress, 200, body.to_string().as_bytes()) else { panic!("no call") };
    assert!(call.has_effect);
    let then = golden_files::printed(&call.request);
    assert_eq!(then["url"], format!("https://api.pagar.me/core/v5/charges/{CHARGE}"));
    assert_eq!((&then["method"], &then["body"]), (&json!("DELETE"), &json!({"amount": 75})));
    let done = with(&body["data"][0]["charges"][0], &json!({"canceled_amount": 75}));
    let done = altered(&done, "/last_transaction/status", &json!("partial_void")).unwrap();
    let Step::Done(reading) = read(&operation, &call.progress, 200, done.to_string().as_bytes()) else {
        panic!("one more call")
    };
    assert_eq!(words(&reading), "approved");
    // Where it is not found, nothing was done.
    for body in [json!({"data": []}), json!({"data": [body["data"][0], body["data"][0]]}), json!({})] {
        let Step::Done(reading) = read(&operation, &progress, 200, body.to_string().as_bytes()) else {
            panic!("one more call")
        };
        assert_eq!(reading.outcome, Outcome::NotSent);
    }
}

#[test]
fn a_receipt_keeps_the_ids_and_what_pays() {
    let kept = |wanted: &str| {
        let Case { operation, status, body, .. } = cases::cases().into_iter().find(|case| case.name == wanted).unwrap();
        match reading(&operation, status, body.to_string().as_bytes()).outcome {
            Outcome::Approved(receipt) | Outcome::Pending(receipt) | Outcome::Paid(_, receipt) => receipt,
            other => panic!("{other:?}"),
        }
    };
    let card = kept("card-captured");
    assert_eq!(card.transaction_id.as_deref(), Some(CHARGE));
    let codes = [card.authorization_code, card.authorization_nsu, card.response_code];
    assert_eq!(codes.map(Option::unwrap), ["654321", "000123", "00"]);
    assert_eq!(kept("pix-waiting").pix_code.as_deref(), Some(PIX_CODE));
    assert_eq!(kept("boleto-generated").barcode.as_deref(), Some(BARCODE));
    // A refund has an id of its own: that of its transaction, and with the sum once it is done.
    for (refund, sum) in [("refund-begun", ""), ("refunded-part", "-75"), ("query-refund-done", "-125")] {
        assert_eq!(kept(refund).transaction_id.unwrap(), format!("{TRANSACTION}{sum}"), "{refund}");
    }
    assert_eq!(kept("refund-begun-without-an-id").transaction_id.as_deref(), Some(CHARGE));
}

#[test]
fn a_decline_has_the_word_of_its_card_brand() {
    assert_eq!(by_card(true).card.unwrap().pan.brand(), Brand::Visa);
    for (code, word) in [
        ("05", DeclineCode::Generic),
        ("14", DeclineCode::InvalidNumber),
        ("41", DeclineCode::LostCard),
        ("43", DeclineCode::StolenCard),
        ("51", DeclineCode::InsufficientFunds),
        ("54", DeclineCode::ExpiredCard),
        ("57", DeclineCode::TransactionNotAllowed),
        ("59", DeclineCode::FraudSuspect),
        ("91", DeclineCode::IssuerNotAvailable),
        ("N7", DeclineCode::InvalidCvv),
    ] {
        let last = json!({"status": "not_authorized", "success": false, "acquirer_return_code": code});
        let body = order(&charge("credit_card", &json!({"status": "failed"}), &last));
        let Outcome::Declined(decline) =
            reading(&Operation::Create(by_card(true)), 200, body.to_string().as_bytes()).outcome
        else {
            panic!("{code}")
        };
        assert_eq!((decline.code, decline.network_code.as_deref()), (word, Some(code)));
    }
}
