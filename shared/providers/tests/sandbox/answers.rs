//! What the adapter understands of a bank's answers.

use crc::{CRC_16_IBM_3740, Crc};
use domain::charge::{
    Outcome,
    decline::{Decline, DeclineCode},
    request::Receipt,
};
use providers::{HttpAnswer, Operation};
use serde_json::json;

use crate::samples::{outcome, pay_by_pix, pay_without_card, question};

/// The dynamic code that the Banco Central's manual shows.
const CODE: &str = "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441\
    5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4";

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
        pix_code: None,
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
fn every_refusal_has_its_word() {
    for code in DeclineCode::ALL {
        let answer = said(&json!({"result": "declined", "code": code.name(), "networkCode": "05"}));
        let decline = Decline { code: *code, network_code: Some("05".to_owned()) };
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
fn not_found_answers_a_question_and_nothing_else() {
    let answer = said(&json!({"result": "not_found"}));
    assert_eq!(outcome(&query(), &answer), Outcome::NotFound);
    assert_eq!(outcome(&create(), &answer), Outcome::Unknown);
}

#[test]
fn another_status_than_200_says_nothing_whatever_its_body() {
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
fn a_code_that_nobody_can_pay_or_that_cannot_be_kept_whole_says_nothing() {
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
        authorization_code: Some("9".repeat(24)),
        authorization_nsu: Some("9".repeat(24)),
        response_code: Some("9".repeat(8)),
        network_code: Some("9".repeat(8)),
        pix_code: None,
    };
    assert!(serde_json::to_vec(&receipt).unwrap().len() <= 512);
    assert_eq!(outcome(&create(), &answer), Outcome::Approved(receipt));

    let answer = said(&json!({"result": "declined", "code": "generic", "networkCode": noise}));
    let decline = Decline { code: DeclineCode::Generic, network_code: Some("9".repeat(8)) };
    assert_eq!(outcome(&create(), &answer), Outcome::Declined(decline));
}
