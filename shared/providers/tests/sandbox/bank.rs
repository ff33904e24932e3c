//! The rules of the bank in process.

use domain::{
    brcode::{field, parse},
    card::CardData,
    charge::{Outcome, decline::DeclineCode, request::Receipt},
};
use providers::{Create, HttpAnswer, Operation, sandbox::bank};

use crate::samples::{
    REFERENCE, asked_of_the_bank, card, card_ending_in, now, outcome, pay_by_card, pay_by_pix, prepared, question,
    reais, verify,
};

/// The public API's test cards, number and security code, by the outcome of a payment.
const AUTHORIZED: [&str; 5] = [
    "5214254988499590/220",
    "4916745120294124/560",
    "371511430434941/6560",
    "6062829302997360/980",
    "36757624613710/490",
];
const UNAUTHORIZED: [&str; 5] = [
    "5171407375927752/300",
    "4916878170842862/650",
    "346924402646172/8460",
    "6062820734125142/520",
    "30306641444422/900",
];
const TIMEOUT: [&str; 5] = [
    "5402839904300856/130",
    "4485401945979546/600",
    "372763217194656/3290",
    "6062828660520236/970",
    "30308603779936/540",
];
const AUTHORIZED_OR_TIMEOUT: [&str; 5] = [
    "5491266201550748/260",
    "4556613630132678/850",
    "379769909235288/3240",
    "6062827833068438/720",
    "30392608411448/410",
];
const BLOCKED: [&str; 5] = [
    "5521448129190195/880",
    "4556684530238865/440",
    "341033144189205/4990",
    "6062825739079475/530",
    "30089464740585/180",
];
const CANCELED: [&str; 5] = [
    "5597251149584267/340",
    "4485406132091427/170",
    "342582504975297/6820",
    "6062824159779557/480",
    "36176932295997/660",
];
const EXPIRED: [&str; 5] = [
    "5462320441541663/830",
    "4532552729063643/660",
    "377134064055173/6240",
    "6062820196712783/840",
    "38955717860903/230",
];
const INVALID_CVV: [&str; 5] = [
    "5240675434648372/231",
    "4716866286004545/965",
    "340035263979895/7552",
    "6062823576109778/347",
    "30383606498545/138",
];

/// The word of a card payment's outcome: `approved` or a declined code.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Approved(_) => "approved",
        Outcome::Declined(decline) => decline.code.name(),
        Outcome::Pending(_) => "pending",
        Outcome::Paid(..) => "paid",
        Outcome::Canceled => "canceled",
        Outcome::Unknown => "unknown",
        Outcome::NotFound => "not found",
        Outcome::NotSent => "not sent",
    }
}

fn paid_with(card: &CardData) -> Outcome {
    asked_of_the_bank(&Operation::Create(pay_by_card(card)))
}

fn test_card(text: &str) -> CardData {
    let (number, cvv) = text.split_once('/').unwrap();
    card(number, Some(cvv))
}

fn verified(card: &CardData) -> Outcome {
    asked_of_the_bank(&verify(card))
}

fn pending(outcome: Outcome) -> Receipt {
    match outcome {
        Outcome::Pending(receipt) => receipt,
        other => panic!("not pending: {other:?}"),
    }
}

/// References of many charges.
fn references() -> Vec<String> {
    (0_u32..200).map(|n| format!("{:032x}001", u128::from(n) * 0x9e37_79b9_7f4a_7c15)).collect()
}

#[test]
fn the_public_test_cards_do_what_their_table_says() {
    for (cards, expected) in [
        (AUTHORIZED, "approved"),
        (UNAUTHORIZED, "generic"),
        (TIMEOUT, "timeout"),
        (BLOCKED, "blocked_card"),
        (CANCELED, "canceled_card"),
        (EXPIRED, "expired_card"),
        (INVALID_CVV, "invalid_cvv"),
    ] {
        for text in cards {
            assert_eq!(word(&paid_with(&test_card(text))), expected, "{text}");
        }
    }
    for text in AUTHORIZED_OR_TIMEOUT {
        assert!(matches!(word(&paid_with(&test_card(text))), "approved" | "timeout"), "{text}");
    }
}

#[test]
fn the_cards_of_malgas_pages_are_approved_with_any_security_code() {
    for number in ["4929564637987814", "5261424250184574"] {
        for cvv in [None, Some("170"), Some("321")] {
            assert_eq!(word(&paid_with(&card(number, cvv))), "approved", "{number} {cvv:?}");
        }
    }
}

#[test]
fn the_last_digit_decides_and_a_wrong_security_code_declines_only_what_may_be_declined() {
    for (digit, plain, with_wrong_cvv) in [
        (0, "approved", "approved"),
        (1, "approved", "approved"),
        (2, "generic", "invalid_cvv"),
        (3, "expired_card", "invalid_cvv"),
        (4, "approved", "approved"),
        (5, "blocked_card", "invalid_cvv"),
        (6, "timeout", "invalid_cvv"),
        (7, "canceled_card", "invalid_cvv"),
        (9, "approved", "approved"),
    ] {
        assert_eq!(word(&paid_with(&card_ending_in(digit, None))), plain, "{digit}");
        assert_eq!(word(&paid_with(&card_ending_in(digit, Some("120")))), plain, "{digit}");
        assert_eq!(word(&paid_with(&card_ending_in(digit, Some("123")))), with_wrong_cvv, "{digit}");
    }
    assert_eq!(word(&paid_with(&card_ending_in(8, Some("123")))), "invalid_cvv");
}

#[test]
fn a_card_ending_in_eight_is_approved_or_not_by_its_reference() {
    let card = card_ending_in(8, None);
    let references = references();
    let paid = |reference: &str| asked_of_the_bank(&Operation::Create(Create { reference, ..pay_by_card(&card) }));
    let words: Vec<_> = references.iter().map(|reference| word(&paid(reference))).collect();
    let approved = words.iter().filter(|word| **word == "approved").count();
    assert!((50..=150).contains(&approved), "{approved} of 200");
    assert!(words.iter().all(|word| matches!(*word, "approved" | "timeout")));
    let again: Vec<_> = references.iter().map(|reference| word(&paid(reference))).collect();
    assert_eq!(words, again);
}

#[test]
fn a_query_repeats_the_answer_to_the_create() {
    for digit in 0..=9 {
        let card = card_ending_in(digit, Some("120"));
        for reference in references().iter().take(20) {
            for capture in [true, false] {
                let create = Create { reference, capture, ..pay_by_card(&card) };
                let said = asked_of_the_bank(&Operation::Create(create));
                assert_eq!(asked_of_the_bank(&Operation::Query(question(&create))), said, "{digit} {reference}");
            }
        }
    }
    let create = pay_by_pix();
    let said = asked_of_the_bank(&Operation::Create(create));
    assert_eq!(asked_of_the_bank(&Operation::Query(question(&create))), said);
}

#[test]
fn a_query_holds_no_security_code() {
    let card = card_ending_in(5, Some("123"));
    let create = pay_by_card(&card);
    assert_eq!(word(&asked_of_the_bank(&Operation::Create(create))), "invalid_cvv");
    assert_eq!(word(&asked_of_the_bank(&Operation::Query(question(&create)))), "blocked_card");
}

#[test]
fn the_lost_answers_are_unknown_until_the_hub_queries() {
    for (minor, when_asked, pix_when_asked) in [(992, "approved", "pending"), (993, "generic", "generic")] {
        for digit in 0..=9 {
            let card = card_ending_in(digit, Some("123"));
            let create = Create { money: reais(minor), ..pay_by_card(&card) };
            assert_eq!(bank::answer(&prepared(&Operation::Create(create)), now()).status, 504);
            assert_eq!(asked_of_the_bank(&Operation::Create(create)), Outcome::Unknown);
            assert_eq!(word(&asked_of_the_bank(&Operation::Query(question(&create)))), when_asked, "{digit}");
        }
        let create = Create { money: reais(minor), ..pay_by_pix() };
        assert_eq!(asked_of_the_bank(&Operation::Create(create)), Outcome::Unknown);
        assert_eq!(word(&asked_of_the_bank(&Operation::Query(question(&create)))), pix_when_asked);
    }
}

#[test]
fn an_approval_has_codes_of_its_own_charge() {
    let card = card_ending_in(4, None);
    let mut ids = Vec::new();
    for reference in &references() {
        let create = Create { reference, ..pay_by_card(&card) };
        let Outcome::Approved(receipt) = asked_of_the_bank(&Operation::Create(create)) else {
            panic!("not approved: {reference}");
        };
        let digits = |text: &Option<String>| {
            text.as_ref().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).map(String::len)
        };
        assert_eq!(digits(&receipt.authorization_code), Some(6));
        assert_eq!(digits(&receipt.authorization_nsu), Some(12));
        assert_eq!(receipt.response_code.as_deref(), Some("00"));
        assert_eq!(receipt.network_code.as_deref(), Some("00"));
        ids.push(receipt.transaction_id.unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 200);
}

#[test]
fn a_decline_has_a_network_code() {
    let Outcome::Declined(decline) = paid_with(&card_ending_in(3, None)) else { panic!("not declined") };
    assert_eq!((decline.code, decline.network_code.as_deref()), (DeclineCode::ExpiredCard, Some("54")));
}

#[test]
fn a_pix_is_a_dynamic_code_over_its_amount_whose_crc_holds() {
    for (minor, printed) in [(1, "0.01"), (150, "1.50"), (999_999_999_999, "9999999999.99")] {
        let create = Create { money: reais(minor), ..pay_by_pix() };
        let receipt = pending(asked_of_the_bank(&Operation::Create(create)));
        assert!(serde_json::to_vec(&receipt).unwrap().len() <= 512);
        let fields = parse(&receipt.pix_code.unwrap()).unwrap();
        assert_eq!(field(&fields, "01"), Some("12"));
        assert_eq!(field(&fields, "53"), Some("986"));
        assert_eq!(field(&fields, "54"), Some(printed));
        let location = format!("pix.sandbox.example/qr/v2/{REFERENCE}");
        assert!(field(&fields, "26").unwrap().ends_with(&location));
    }
}

#[test]
fn a_request_that_is_not_of_the_protocol_is_refused() {
    let card = card_ending_in(4, Some("120"));
    let good = prepared(&Operation::Create(pay_by_card(&card)));
    let text = String::from_utf8(good.body.to_vec()).unwrap();
    let bad_number = text.replace(card.pan.reveal(), "4111111111111112");
    let bodies = ["", "{}", "null", &bad_number, &text.replace("\"create\"", "\"settle\""), &text.replace("120", "12")];
    for body in bodies {
        assert_ne!(body, text);
        let mut request = prepared(&Operation::Create(pay_by_card(&card)));
        request.body = body.as_bytes().to_vec().into();
        assert_eq!(bank::answer(&request, now()).status, 400, "{body}");
        assert_eq!(outcome(&Operation::Create(pay_by_card(&card)), &bank::answer(&request, now())), Outcome::Unknown);
    }
    let mut query = prepared(&Operation::Query(question(&pay_by_card(&card))));
    assert_eq!(bank::answer(&query, now()).status, 200);
    let asked = String::from_utf8(query.body.to_vec()).unwrap();
    query.body = asked.replace(r#""cardLastDigit":4"#, r#""cardLastDigit":10"#).into_bytes().into();
    assert_eq!(bank::answer(&query, now()).status, 400);
    let too_long = "x".repeat(78);
    let create = Create { reference: &too_long, ..pay_by_pix() };
    assert_eq!(bank::answer(&prepared(&Operation::Create(create)), now()).status, 400);
}

#[test]
fn a_verification_checks_the_security_code_first_and_then_the_card() {
    for (cards, expected) in [
        (AUTHORIZED, "approved"),
        (UNAUTHORIZED, "generic"),
        (TIMEOUT, "timeout"),
        (BLOCKED, "blocked_card"),
        (CANCELED, "canceled_card"),
        (EXPIRED, "expired_card"),
        (INVALID_CVV, "invalid_cvv"),
    ] {
        for text in cards {
            assert_eq!(word(&verified(&test_card(text))), expected, "{text}");
        }
    }
    for digit in 0..=9 {
        for cvv in [Some("321"), None] {
            assert_eq!(word(&verified(&card_ending_in(digit, cvv))), "invalid_cvv", "{digit} {cvv:?}");
        }
    }
}

#[test]
fn a_verification_is_not_answered_with_not_found() {
    let card = card_ending_in(4, Some("320"));
    let answer = |body: &str| HttpAnswer { status: 200, headers: Vec::new(), body: body.into() };
    assert_eq!(outcome(&verify(&card), &answer(r#"{"result":"not_found"}"#)), Outcome::Unknown);
    assert_eq!(outcome(&verify(&card), &answer(r#"{"result":"good"}"#)), Outcome::Unknown);
}
