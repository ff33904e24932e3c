//! `PROTOCOL.md` describes the protocol of the code.

use domain::{
    card::Pan,
    charge::{Outcome, decline::DeclineCode, request::RequestKind},
    time::Timestamp,
};
use providers::{
    HttpAnswer, Operation,
    sandbox::{
        bank,
        protocol::{Answer, Request, SIGNATURE, SignedUpdates, TIMESTAMP, UpdateKind, Updates},
        sign,
    },
};

use crate::samples::{
    KEY, PIX, change, now, outcome, pay_by_boleto, pay_by_pix, pay_with_drip, pay_without_card, prepared, question,
    question_of,
};

const PAGE: &str = include_str!("../../src/sandbox/PROTOCOL.md");

#[test]
fn its_examples_are_requests_answers_and_updates() {
    let (mut requests, mut answers, mut updates, mut calls) = (0, 0, 0, 0);
    for block in PAGE.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        if Request::read(block.as_bytes()).is_ok() {
            requests += 1;
            let mut request = prepared(&Operation::Create(pay_by_pix()));
            request.body = block.as_bytes().to_vec().into();
            assert_eq!(bank::answer(&request, now()).status, 200, "{block}");
        } else if Answer::read(block.as_bytes()).is_some() {
            answers += 1;
            assert!(is_understood(block), "{block}");
        } else if Updates::read(block.as_bytes()).is_some() {
            updates += 1;
        } else {
            calls += 1;
            let call = SignedUpdates::read(block.as_bytes()).unwrap();
            let signature = sign(KEY, Timestamp::from_millis(call.timestamp), call.body.as_bytes());
            assert_eq!(call.signature, signature);
        }
    }
    assert_eq!((requests, answers, updates, calls), (12, 9, 2, 1));
    // The page's card is one of the public test cards.
    assert!(PAGE.contains("4916745120294124") && Pan::new("4916745120294124").is_ok());
}

/// Whether some operation can have this answer.
fn is_understood(block: &str) -> bool {
    let answer = HttpAnswer { status: 200, headers: Vec::new(), body: block.as_bytes().to_vec() };
    [pay_by_pix(), pay_by_boleto(), pay_with_drip(), pay_without_card()]
        .map(Operation::Create)
        .into_iter()
        .chain([
            Operation::Query(question(&pay_by_pix())),
            Operation::Query(question_of(&change(&PIX), RequestKind::Void)),
        ])
        .any(|operation| outcome(&operation, &answer) != Outcome::Unknown)
}

#[test]
fn it_names_every_word() {
    let codes = DeclineCode::ALL.iter().map(|code| code.name());
    for word in codes.chain([TIMESTAMP, SIGNATURE]) {
        assert!(PAGE.contains(&format!("`{word}`")), "{word}");
    }
    let amount = pay_by_pix().money.amount;
    for kind in [
        UpdateKind::Paid { amount, transaction_id: None },
        UpdateKind::NotPaid { code: None },
        UpdateKind::RefundBegun { amount },
        UpdateKind::Refunded { amount, transaction_id: None },
        UpdateKind::RefundFailed { code: None },
        UpdateKind::RefundReverted { amount },
        UpdateKind::ChargedBack { amount, dispute: None },
        UpdateKind::ChargebackReversed { amount, dispute: None },
        UpdateKind::Disputed { dispute: None },
        UpdateKind::DisputeClosed { dispute: None },
    ] {
        let written = serde_json::to_value(&kind).unwrap();
        let word = written.get("news").unwrap().as_str().unwrap().to_owned();
        assert!(PAGE.contains(&format!("`{word}`")), "{word}");
    }
}
