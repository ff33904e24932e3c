//! The answers of the bank in process about boletos and Drip, about changes, and to queries.

use std::time::Duration;

use domain::{
    barcode::Barcode,
    charge::{
        Outcome,
        decline::DeclineCode,
        request::{Receipt, RequestKind},
    },
    limits::HOLD_LIFE,
    method::Method,
};
use providers::{Change, Create, Operation, sandbox::bank};

use crate::samples::{
    BOLETO, CREDIT, DRIP, PIX, asked_later, asked_of_the_bank, card_ending_in, change, now, pay_by_boleto, pay_by_card,
    pay_by_pix, pay_with_drip, prepared, question, question_of, reais,
};

const ANOTHER: &str = "5b6dd01f46a94ac5a2d3ba1ae4d1c1a2001";

fn registered(create: &Create) -> Receipt {
    match asked_of_the_bank(&Operation::Create(*create)) {
        Outcome::Pending(receipt) => receipt,
        other => panic!("not registered: {other:?}"),
    }
}

/// `approved`, `pending` or a declined code.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Approved(_) => "approved",
        Outcome::Pending(_) => "pending",
        Outcome::Declined(decline) => decline.code.name(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_boleto_has_a_barcode_of_its_own_day_amount_and_reference() {
    let barcode = registered(&pay_by_boleto()).barcode.unwrap();
    assert!(Barcode::parse(&barcode).is_ok());
    // 2021-08-19 is day 8717 since 1997-10-07.
    assert!(barcode.starts_with("9999") && barcode.get(5..19) == Some("87170000000150"), "{barcode}");

    let another = registered(&Create { reference: ANOTHER, ..pay_by_boleto() }).barcode.unwrap();
    assert_ne!(barcode.get(19..), another.get(19..));
    assert_eq!(registered(&pay_by_boleto()).barcode.unwrap(), barcode);
}

#[test]
fn a_boleto_of_more_than_a_barcode_can_hold_is_declined() {
    let of = |minor| asked_of_the_bank(&Operation::Create(Create { money: reais(minor), ..pay_by_boleto() }));
    assert_eq!(word(&of(9_999_999_999)), "pending");
    assert_eq!(of(10_000_000_000), Outcome::Declined(DeclineCode::InvalidAmount.into()));
}

#[test]
fn drip_has_a_page_and_a_code_as_malgas_page_shows_them() {
    let receipt = registered(&pay_with_drip());
    let url = receipt.payment_url.unwrap();
    let page = url.strip_prefix("https://pay.sandbox.example/checkouts/").unwrap();
    let code = receipt.authorization_code.unwrap();
    for text in [page, &code] {
        let lengths: Vec<_> = text.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{text}");
        assert!(text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{text}");
    }
    assert_ne!(page, code);
    assert_ne!(registered(&Create { reference: ANOTHER, ..pay_with_drip() }).payment_url, Some(url));
}

#[test]
fn a_registered_payment_stays_pending() {
    for create in [pay_by_pix(), pay_by_boleto(), pay_with_drip()] {
        let receipt = registered(&create);
        let question = Operation::Query(question(&create));
        for age in [Duration::ZERO, HOLD_LIFE, HOLD_LIFE * 100] {
            assert_eq!(asked_later(&question, now().plus(age)), Outcome::Pending(receipt.clone()));
        }
    }
}

#[test]
fn the_lost_answers_of_boletos_and_drip_are_those_of_a_pix() {
    for create in [pay_by_pix(), pay_by_boleto(), pay_with_drip()] {
        for (minor, when_asked) in [(992, "pending"), (993, "generic")] {
            let create = Create { money: reais(minor), ..create };
            assert_eq!(bank::answer(&prepared(&Operation::Create(create)), now()).status, 504);
            assert_eq!(word(&asked_of_the_bank(&Operation::Query(question(&create)))), when_asked);
        }
    }
}

/// What a change of `minor` units comes to, and what its query says.
fn changed(asked: RequestKind, method: &Method, minor: u64) -> [&'static str; 2] {
    let change = Change { money: reais(minor), ..change(method) };
    let operation = match asked {
        RequestKind::Capture => Operation::Capture(change),
        RequestKind::Void => Operation::Void(change),
        RequestKind::Cancel => Operation::Cancel(change),
        other => panic!("{other:?} is no change"),
    };
    let done = asked_of_the_bank(&operation);
    let query = Operation::Query(question_of(&change, asked));
    assert_eq!(asked_later(&query, now().plus(HOLD_LIFE)), done, "its query repeats the answer");
    [word(&done), word(&asked_of_the_bank(&query))]
}

#[test]
fn changes_are_done_where_their_method_knows_them_and_a_refunded_pix_takes_its_time() {
    use RequestKind::{Cancel, Capture, Void};

    for (asked, credit, pix, boleto, drip) in [
        (Capture, "approved", "generic", "generic", "generic"),
        (Void, "approved", "pending", "generic", "approved"),
        (Cancel, "generic", "approved", "generic", "approved"),
    ] {
        for (method, expected) in [(&CREDIT, credit), (&PIX, pix), (&*BOLETO, boleto), (&*DRIP, drip)] {
            assert_eq!(changed(asked, method, 150), [expected; 2], "{asked:?} {}", method.kind());
        }
    }
}

#[test]
fn captures_and_voids_of_991_fail_and_nothing_else_does() {
    for method in [&CREDIT, &PIX, &DRIP] {
        assert_eq!(changed(RequestKind::Void, method, 991), ["generic"; 2]);
    }
    assert_eq!(changed(RequestKind::Capture, &CREDIT, 991), ["generic"; 2]);
    assert_eq!(changed(RequestKind::Cancel, &PIX, 991), ["approved"; 2]);
    let create = Create { money: reais(991), ..pay_by_pix() };
    assert_eq!(word(&asked_of_the_bank(&Operation::Create(create))), "pending");
}

#[test]
fn only_answers_to_creates_are_lost() {
    for minor in [992, 993] {
        assert_eq!(changed(RequestKind::Capture, &CREDIT, minor), ["approved"; 2]);
        assert_eq!(changed(RequestKind::Void, &PIX, minor), ["pending"; 2]);
        assert_eq!(changed(RequestKind::Cancel, &DRIP, minor), ["approved"; 2]);
    }
}

#[test]
fn a_change_has_an_id_of_its_own() {
    let Outcome::Approved(first) = asked_of_the_bank(&Operation::Void(change(&CREDIT))) else { panic!("not approved") };
    let second = Change { reference: "c1db83fa723c4e1f9722bc19d1be6791003", ..change(&CREDIT) };
    let Outcome::Approved(second) = asked_of_the_bank(&Operation::Void(second)) else { panic!("not approved") };
    assert_ne!(first.transaction_id, second.transaction_id);
    // A refund has no authorization code (Malga, "Drip").
    assert_eq!((first.authorization_code, first.authorization_nsu), (None, None));
}

#[test]
fn an_authorization_is_released_after_seven_days() {
    let a_moment = Duration::from_millis(1);
    for (digit, until_then) in [(4, "approved"), (2, "generic")] {
        let card = card_ending_in(digit, None);
        let create = Create { capture: false, ..pay_by_card(&card) };
        let query = Operation::Query(question(&create));
        let end = create.created_at.plus(HOLD_LIFE);
        let before = asked_later(&query, create.created_at.plus(HOLD_LIFE.saturating_sub(a_moment)));
        assert_eq!(word(&before), until_then);
        let after = asked_later(&query, end);
        match digit {
            4 => assert_eq!(after, Outcome::Canceled),
            _ => assert_eq!(after, before, "what was declined stays declined"),
        }
        // What was taken stays taken.
        let taken = Operation::Query(question(&pay_by_card(&card)));
        assert_eq!(word(&asked_later(&taken, end)), until_then);
    }
}
