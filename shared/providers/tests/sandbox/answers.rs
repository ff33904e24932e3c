//! How the adapter reads a bank's answers.

use crc::{CRC_16_IBM_3740, Crc};
use domain::{
    charge::{
        Outcome,
        decline::{Decline, DeclineCode},
        request::{Receipt, RequestKind},
    },
    method::PaymentType,
};
use providers::{Create, HttpAnswer, Operation, Query};
use serde_json::json;

use crate::samples::{
    CREDIT, DRIP, PIX, asked_of_the_bank, change, outcome, pay_by_boleto, pay_by_pix, pay_with_drip, pay_without_card,
    question, question_of, reais,
};

/// The dynamic code that the Banco Central's manual shows.
const CODE: &str = "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441\
    5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4";

/// A barcode whose check digit holds, worked out by hand.
const BARCODE: &str = "99998871700000150001234567890123456789012345";
/// A page like the one that Malga's page "Drip" prints.
const PAGE: &str = "https://pay.example/checkouts/0f6aa94e-8593-4662-bddd-7bfce2d4c935";

fn create<'a>() -> Operation<'a> {
    Operation::Create(pay_without_card())
}

fn query<'a>() -> Operation<'a> {
    Operation::Query(question(&pay_without_card()))
}

fn said(body: &impl ToString) -> HttpAnswer {
    HttpAnswer { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() }
}

#[test]
fn an_approval_is_kept_with_its_codes() {
    let answer = said(&json!({
        "result": "approved",
        "transactionId": "tx-1",
        "authorizationCode": "012345",
        "authorizationNsu": "000000000042",
        "responseCode": "00",
        "networkCode": "85",
        "aNewField": {"which": ["is", "ignored"]}
    }));
    let receipt = Receipt {
        transaction_id: Some("tx-1".to_owned()),
        authorization_code: Some("012345".to_owned()),
        authorization_nsu: Some("000000000042".to_owned()),
        response_code: Some("00".to_owned()),
        network_code: Some("85".to_owned()),
        ..Receipt::default()
    };
    assert_eq!(outcome(&create(), &answer), Outcome::Approved(receipt.clone()));
    assert_eq!(outcome(&query(), &answer), Outcome::Approved(receipt));
}

#[test]
fn an_approval_needs_no_more_than_an_id() {
    let receipt = Receipt { transaction_id: Some("tx-1".to_owned()), ..Receipt::default() };
    for body in [
        json!({"result": "approved", "transactionId": "tx-1"}),
        json!({"result": "approved", "transactionId": "tx-1", "authorizationCode": null, "responseCode": ""}),
    ] {
        assert_eq!(outcome(&create(), &said(&body)), Outcome::Approved(receipt.clone()));
    }
}

#[test]
fn every_decline_has_its_code() {
    for code in DeclineCode::ALL {
        let answer = said(&json!({"result": "declined", "code": code.name(), "networkCode": "05"}));
        let decline = Decline::new(*code, Some("05".to_owned()));
        assert_eq!(outcome(&create(), &answer), Outcome::Declined(decline));
    }
    let answer = said(&json!({"result": "declined", "code": "generic"}));
    assert_eq!(outcome(&query(), &answer), Outcome::Declined(DeclineCode::Generic.into()));
}

#[test]
fn a_registered_pix_is_kept_with_its_code() {
    let answer = said(&json!({"result": "pending", "transactionId": "tx-1", "pixCode": CODE}));
    let receipt =
        Receipt { transaction_id: Some("tx-1".to_owned()), pix_code: Some(CODE.to_owned()), ..Receipt::default() };
    assert_eq!(outcome(&Operation::Create(pay_by_pix()), &answer), Outcome::Pending(receipt));
}

#[test]
fn a_registered_boleto_is_kept_with_its_barcode() {
    let answer = said(&json!({"result": "pending", "transactionId": "tx-1", "barcode": BARCODE}));
    let receipt =
        Receipt { transaction_id: Some("tx-1".to_owned()), barcode: Some(BARCODE.to_owned()), ..Receipt::default() };
    assert_eq!(outcome(&Operation::Create(pay_by_boleto()), &answer), Outcome::Pending(receipt.clone()));
    assert_eq!(outcome(&Operation::Query(question(&pay_by_boleto())), &answer), Outcome::Pending(receipt));
}

#[test]
fn a_payment_with_drip_is_kept_with_its_page_and_its_code() {
    let answer = said(&json!({
        "result": "pending",
        "transactionId": "tx-1",
        "authorizationCode": "f03a3928-460e-42b3-8ece-76cdfdcb5924",
        "paymentUrl": PAGE
    }));
    let receipt = Receipt {
        transaction_id: Some("tx-1".to_owned()),
        authorization_code: Some("f03a3928-460e-42b3-8ece-76cdfdcb5924".to_owned()),
        payment_url: Some(PAGE.to_owned()),
        ..Receipt::default()
    };
    assert_eq!(outcome(&Operation::Create(pay_with_drip()), &answer), Outcome::Pending(receipt));

    let without = said(&json!({"result": "pending", "transactionId": "tx-1", "paymentUrl": PAGE}));
    assert!(matches!(outcome(&Operation::Create(pay_with_drip()), &without), Outcome::Pending(_)));
}

#[test]
fn a_payment_is_registered_with_the_one_text_of_its_method() {
    let texts = [("pixCode", CODE), ("barcode", BARCODE), ("paymentUrl", PAGE)];
    for (create, own) in [(pay_by_pix(), "pixCode"), (pay_by_boleto(), "barcode"), (pay_with_drip(), "paymentUrl")] {
        for (name, text) in texts {
            let one = said(&json!({"result": "pending", "transactionId": "tx-1", name: text}));
            let is_kept = matches!(outcome(&Operation::Create(create), &one), Outcome::Pending(_));
            assert_eq!(is_kept, name == own, "{own} {name}");
            for (other, second) in texts.iter().filter(|(other, _)| *other != name) {
                let two = json!({"result": "pending", "transactionId": "tx-1", name: text, *other: second});
                assert_eq!(outcome(&Operation::Create(create), &said(&two)), Outcome::Unknown, "{two}");
            }
        }
    }
    for (name, text) in texts {
        let answer = said(&json!({"result": "pending", "transactionId": "tx-1", name: text}));
        assert_eq!(outcome(&create(), &answer), Outcome::Unknown, "a card is not registered");
    }
}

/// The answers that `operation` can have, with their outcomes.
fn possible_answers(operation: &Operation) -> Vec<(&'static str, Outcome)> {
    let payable = match operation {
        Operation::Create(Create { method, .. }) | Operation::Query(Query { method, .. }) => match method.kind() {
            PaymentType::Credit | PaymentType::Pix => ("pixCode", CODE),
            PaymentType::Boleto => ("barcode", BARCODE),
            PaymentType::Drip => ("paymentUrl", PAGE),
        },
        _ => ("pixCode", CODE),
    };
    [
        ("approved", json!({"result": "approved", "transactionId": "tx-1"})),
        ("declined", json!({"result": "declined", "code": "generic"})),
        ("pending", json!({"result": "pending", "transactionId": "tx-1", payable.0: payable.1})),
        ("processing", json!({"result": "processing", "transactionId": "tx-1"})),
        ("paid", json!({"result": "paid", "amount": 149, "transactionId": "tx-1"})),
        ("canceled", json!({"result": "canceled"})),
        ("not_found", json!({"result": "not_found"})),
    ]
    .into_iter()
    .map(|(name, answer)| (name, outcome(operation, &said(&answer))))
    .filter(|(_, outcome)| *outcome != Outcome::Unknown)
    .collect()
}

#[test]
fn every_operation_has_its_answers_and_no_others() {
    let capture = Operation::Capture(change(&CREDIT));
    let void = Operation::Void(change(&PIX));
    let cancel = Operation::Cancel(change(&DRIP));
    let ask = |asked| Operation::Query(question_of(&change(&CREDIT), asked));
    for (operation, expected) in [
        (create(), &["approved", "declined"][..]),
        (Operation::Create(Create { capture: false, ..pay_without_card() }), &["approved", "declined"]),
        (Operation::Create(pay_by_pix()), &["declined", "pending"]),
        (Operation::Create(pay_by_boleto()), &["declined", "pending"]),
        (Operation::Create(pay_with_drip()), &["declined", "pending"]),
        (capture, &["approved", "declined"]),
        (void, &["approved", "declined", "processing"]),
        (cancel, &["approved", "declined"]),
        (ask(RequestKind::Authorization), &["approved", "declined", "not_found"]),
        (ask(RequestKind::PreAuthorization), &["approved", "declined", "canceled", "not_found"]),
        (Operation::Query(question(&pay_by_pix())), &["declined", "pending", "paid", "canceled", "not_found"]),
        (Operation::Query(question(&pay_with_drip())), &["declined", "pending", "paid", "canceled", "not_found"]),
        (ask(RequestKind::Capture), &["approved", "declined", "not_found"]),
        (ask(RequestKind::Void), &["approved", "declined", "processing", "not_found"]),
        (ask(RequestKind::Cancel), &["approved", "declined", "not_found"]),
    ] {
        let said: Vec<_> = possible_answers(&operation).into_iter().map(|(name, _)| name).collect();
        assert_eq!(said, expected, "{:?}", described(&operation));
    }
}

/// Enough of an operation to find it in the table above.
fn described(operation: &Operation) -> String {
    match operation {
        Operation::Create(create) => format!("create {}", create.method.kind()),
        Operation::Capture(_) => "capture".to_owned(),
        Operation::Void(_) => "void".to_owned(),
        Operation::Cancel(_) => "cancel".to_owned(),
        Operation::Query(query) => format!("query {} {}", query.asked.name(), query.method.kind()),
        Operation::Verify(_) => "verify".to_owned(),
        Operation::Check => "check".to_owned(),
        Operation::Register { .. } => "register".to_owned(),
    }
}

#[test]
fn credentials_are_accepted_where_the_bank_answers_and_refused_where_it_says_so() {
    let answer = |status| HttpAnswer { status, headers: Vec::new(), body: Vec::new() };
    assert_eq!(asked_of_the_bank(&Operation::Check), Outcome::Approved(Receipt::default()));
    for (status, expected) in [
        (401, Outcome::Declined(DeclineCode::Generic.into())),
        (403, Outcome::Declined(DeclineCode::Generic.into())),
        (500, Outcome::Unknown),
        (200, Outcome::Unknown),
    ] {
        assert_eq!(outcome(&Operation::Check, &answer(status)), expected, "{status}");
    }
}

#[test]
fn a_registered_payment_is_paid_with_the_amount_that_the_bank_reports() {
    let answer = said(&json!({"result": "paid", "amount": 149, "transactionId": "tx-9"}));
    let receipt = Receipt { transaction_id: Some("tx-9".to_owned()), ..Receipt::default() };
    for create in [pay_by_pix(), pay_by_boleto(), pay_with_drip()] {
        let paid = Outcome::Paid(reais(149).amount, receipt.clone());
        assert_eq!(outcome(&Operation::Query(question(&create)), &answer), paid);
    }
    for (amount, id) in
        [(json!(0), "tx-9"), (json!(-1), "tx-9"), (json!(1_000_000_000_000_u64), "tx-9"), (json!(1), "")]
    {
        let answer = said(&json!({"result": "paid", "amount": amount, "transactionId": id}));
        assert_eq!(outcome(&Operation::Query(question(&pay_by_pix())), &answer), Outcome::Unknown, "{amount} {id}");
    }
}

#[test]
fn a_refund_under_way_is_pending_with_its_own_id() {
    let receipt = Receipt { transaction_id: Some("rf-1".to_owned()), ..Receipt::default() };
    let answer = said(&json!({"result": "processing", "transactionId": "rf-1"}));
    let query = Operation::Query(question_of(&change(&PIX), RequestKind::Void));
    assert_eq!(outcome(&Operation::Void(change(&PIX)), &answer), Outcome::Pending(receipt.clone()));
    assert_eq!(outcome(&query, &answer), Outcome::Pending(receipt));
}

#[test]
fn a_canceled_payment_and_a_released_authorization_are_canceled() {
    let answer = said(&json!({"result": "canceled"}));
    assert_eq!(outcome(&Operation::Query(question(&pay_by_pix())), &answer), Outcome::Canceled);
    let held = question_of(&change(&CREDIT), RequestKind::PreAuthorization);
    assert_eq!(outcome(&Operation::Query(held), &answer), Outcome::Canceled);
}

#[test]
fn not_found_answers_a_query_and_nothing_else() {
    let answer = said(&json!({"result": "not_found"}));
    assert_eq!(outcome(&query(), &answer), Outcome::NotFound);
    assert_eq!(outcome(&create(), &answer), Outcome::Unknown);
}

#[test]
fn another_status_than_200_is_unknown_whatever_its_body() {
    for body in [
        json!({"result": "approved", "transactionId": "tx-1"}),
        json!({"result": "declined", "code": "generic"}),
        json!({"result": "not_found"}),
    ] {
        for status in [0, 100, 201, 202, 204, 301, 400, 404, 409, 422, 429, 500, 502, 503, 504, 599, 65535] {
            let answer = HttpAnswer { status, ..said(&body) };
            assert_eq!(outcome(&create(), &answer), Outcome::Unknown, "{status} {body}");
            assert_eq!(outcome(&query(), &answer), Outcome::Unknown, "{status} {body}");
        }
    }
}

#[test]
fn garbage_is_neither_a_success_nor_a_failure() {
    let deep = format!(r#"{{"result":"approved","transactionId":"tx-1","x":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
    for body in [
        "",
        " ",
        "null",
        "true",
        "[]",
        "{}",
        "approved",
        "<html>504 Gateway Time-out</html>",
        r#"{"result":"approved","transactionId":"tx-1""#,
        r#"{"result":"approved","transactionId":"tx-1"} {"result":"declined","code":"generic"}"#,
        r#"{"result":"approved"}"#,
        r#"{"result":"approved","transactionId":null}"#,
        r#"{"result":"approved","transactionId":""}"#,
        r#"{"result":"approved","transactionId":"\u0000\""}"#,
        r#"{"result":"approved","transactionId":1}"#,
        r#"{"result":"approved","transactionId":1e999}"#,
        r#"{"result":"approved","transactionId":123456789012345678901234567890123456789012345678901234567890}"#,
        r#"{"result":"approved","transactionId":"a","transactionId":"b"}"#,
        r#"{"result":"approved","result":"declined","transactionId":"a","code":"generic"}"#,
        r#"{"result":"APPROVED","transactionId":"tx-1"}"#,
        r#"{"result":"paid","transactionId":"tx-1"}"#,
        r#"{"result":"processing"}"#,
        r#"{"result":"settled","transactionId":"tx-1"}"#,
        r#"{"Result":"approved","transactionId":"tx-1"}"#,
        r#"["approved",{"transactionId":"tx-1"}]"#,
        r#"["approved","tx-1"]"#,
        r#"{"result":"declined"}"#,
        r#"{"result":"declined","code":"no_such_code"}"#,
        r#"{"result":"declined","code":51}"#,
        r#"["declined","generic",null]"#,
        r#"["not_found"]"#,
        r#"{"result":"pending","transactionId":"tx-1"}"#,
        r#"{"result":1e400}"#,
        &deep,
    ] {
        assert_eq!(outcome(&create(), &said(&body)), Outcome::Unknown, "{body}");
        assert_eq!(outcome(&query(), &said(&body)), Outcome::Unknown, "{body}");
    }
    let not_text = HttpAnswer { body: vec![b'{', 0xff, 0xfe, b'}'], ..said(&"") };
    assert_eq!(outcome(&create(), &not_text), Outcome::Unknown);
}

/// A code of `length` characters whose CRC holds: three full fields, and one that fills up.
fn code_of(length: usize) -> String {
    let filler = |size: usize| format!("50{size:02}{}", "x".repeat(size));
    let code = ["000201", &filler(99), &filler(99), &filler(99), &filler(length - 327), "6304"].concat();
    let crc = Crc::<u16>::new(&CRC_16_IBM_3740).checksum(code.as_bytes());
    format!("{code}{crc:04X}")
}

#[test]
fn a_code_that_is_invalid_or_cannot_be_kept_whole_is_unknown() {
    let outcome = |code: &str| {
        let answer = said(&json!({"result": "pending", "transactionId": "9".repeat(64), "pixCode": code}));
        outcome(&Operation::Create(pay_by_pix()), &answer)
    };
    for code in ["", "000201", &CODE.replace("64E4", "64E5"), &CODE.replace("Fulano", "Ful\u{e3}no"), &code_of(385)] {
        assert_eq!(outcome(code), Outcome::Unknown, "{code}");
    }
    let longest = code_of(384);
    let Outcome::Pending(receipt) = outcome(&longest) else { panic!("not pending: {longest}") };
    assert_eq!(receipt.pix_code, Some(longest));
    assert!(serde_json::to_vec(&receipt).unwrap().len() <= 512);
}

#[test]
fn an_invalid_barcode_is_unknown() {
    for digits in ["", "0", &BARCODE.replace("99998", "99997"), &format!("{BARCODE}0"), &BARCODE.replace('1', "x")] {
        let answer = said(&json!({"result": "pending", "transactionId": "tx-1", "barcode": digits}));
        assert_eq!(outcome(&Operation::Create(pay_by_boleto()), &answer), Outcome::Unknown, "{digits}");
    }
}

#[test]
fn a_page_that_no_browser_should_open_is_unknown() {
    let outcome = |url: &str| {
        let answer = said(&json!({
            "result": "pending",
            "transactionId": "9".repeat(64),
            "authorizationCode": "9".repeat(64),
            "paymentUrl": url
        }));
        outcome(&Operation::Create(pay_with_drip()), &answer)
    };
    let page_of = |length: usize| format!("https://pay.example/{}", "x".repeat(length - 20));
    for url in [
        "",
        "pay.example/1",
        "//pay.example/1",
        "https://",
        "https:///1",
        "javascript:alert(1)",
        "data:text/html,1",
        "ftp://pay.example/1",
        " https://pay.example/1",
        "https://pay.example/a b",
        "https://pay.example/\"",
        "https://pay.example/\n",
        "https://pay.example/\u{e3}",
        &page_of(353),
    ] {
        assert_eq!(outcome(url), Outcome::Unknown, "{url}");
    }
    for url in ["http://localhost:3000/1", "https://[::1]/1", "https://pay.example", &page_of(352)] {
        let Outcome::Pending(receipt) = outcome(url) else { panic!("not pending: {url}") };
        assert_eq!(receipt.payment_url.as_deref(), Some(url));
        assert!(serde_json::to_vec(&receipt).unwrap().len() <= 512);
    }
}

#[test]
fn texts_are_cut_to_what_the_hub_keeps_and_stay_within_512_bytes() {
    let noise = "\u{7f}é\u{1}\"\\".to_owned() + &"9".repeat(100_000);
    let answer = said(&json!({
        "result": "approved",
        "transactionId": noise,
        "authorizationCode": noise,
        "authorizationNsu": noise,
        "responseCode": noise,
        "networkCode": noise
    }));
    let receipt = Receipt {
        transaction_id: Some("9".repeat(64)),
        authorization_code: Some("9".repeat(36)),
        authorization_nsu: Some("9".repeat(36)),
        response_code: Some("9".repeat(8)),
        network_code: Some("9".repeat(8)),
        ..Receipt::default()
    };
    assert!(serde_json::to_vec(&receipt).unwrap().len() <= 512);
    assert_eq!(outcome(&create(), &answer), Outcome::Approved(receipt));

    let answer = said(&json!({"result": "declined", "code": "generic", "networkCode": noise}));
    let decline = Decline::new(DeclineCode::Generic, Some("9".repeat(8)));
    assert_eq!(outcome(&create(), &answer), Outcome::Declined(decline));
}
