//! The rules by which the bank answers.

use std::borrow::Cow;

use domain::{
    card::Cvv,
    charge::{decline::DeclineCode, request::RequestKind},
    money::Amount,
    time::Date,
};

use super::texts;
use crate::sandbox::protocol::Answer;

/// A capture or a void of this many minor units fails (the public API's sandbox).
const FAILING: u64 = 991;
/// A create of this many minor units is done, but its answer is lost.
const LOST_APPROVAL: u64 = 992;
/// A create of this many minor units is declined, and its answer is lost.
const LOST_REFUSAL: u64 = 993;

/// The part of a request that decides the answer.
pub(super) struct Asked<'a> {
    pub(super) reference: Cow<'a, str>,
    pub(super) kind: RequestKind,
    pub(super) amount: Amount,
    pub(super) method: Method,
}

/// How the payment is, or was to be, made.
pub(super) enum Method {
    Card { last_digit: u8, cvv_is_wrong: bool },
    Pix,
    Boleto { expires_date: Date },
    Drip,
}

/// Whether the answer to a create is lost.
pub(super) const fn loses_the_answer(create: &Asked) -> bool {
    matches!(create.amount.minor(), LOST_APPROVAL | LOST_REFUSAL)
}

/// The answer that is not lost; none for an invalid digit, a reference or a day that no code can hold, and a kind of
/// request that no bank receives.
pub(super) fn said(asked: &Asked) -> Option<Answer> {
    use RequestKind as Kind;

    let amount = asked.amount.minor();
    match (asked.kind, &asked.method) {
        (Kind::Authorization | Kind::PreAuthorization | Kind::Pending, _) if amount == LOST_REFUSAL => Some(refused()),
        (Kind::Capture | Kind::Void, _) if amount == FAILING => Some(refused()),
        (Kind::Authorization | Kind::PreAuthorization, Method::Card { .. }) if amount == LOST_APPROVAL => {
            Some(texts::approved(&asked.reference))
        }
        (Kind::Authorization | Kind::PreAuthorization, Method::Card { last_digit, cvv_is_wrong }) => {
            by_card(&asked.reference, *last_digit, *cvv_is_wrong)
        }
        (Kind::Pending, Method::Pix) => texts::pix(&asked.reference, asked.amount),
        (Kind::Pending, Method::Boleto { expires_date }) => {
            texts::boleto(&asked.reference, *expires_date, asked.amount)
        }
        (Kind::Pending, Method::Drip) => Some(texts::drip(&asked.reference)),
        (Kind::Capture, Method::Card { .. }) => Some(texts::approved(&asked.reference)),
        (Kind::Void, Method::Card { .. } | Method::Drip) | (Kind::Cancel, Method::Pix | Method::Drip) => {
            Some(texts::done(&asked.reference))
        }
        (Kind::Void, Method::Pix) => {
            Some(Answer::Processing { transaction_id: texts::transaction_id(&asked.reference) })
        }
        (Kind::Capture, Method::Pix | Method::Boleto { .. } | Method::Drip)
        | (Kind::Void, Method::Boleto { .. })
        | (Kind::Cancel, Method::Card { .. } | Method::Boleto { .. }) => Some(refused()),
        (Kind::Authorization | Kind::PreAuthorization, Method::Pix | Method::Boleto { .. } | Method::Drip)
        | (Kind::Pending, Method::Card { .. })
        | (Kind::ChargeBack | Kind::ChargeBackReversal | Kind::Dispute | Kind::DisputeClosed | Kind::RevertVoid, _) => {
            None
        }
    }
}

/// Whether the security code is right: it ends in 0 (Malga, "Testing your integration").
pub(super) fn is_right(cvv: &Cvv) -> bool {
    cvv.reveal().ends_with('0')
}

/// The public API's table of test cards: the last digit decides, and a wrong security code declines only a card that
/// may be declined. The network codes are those of ISO 8583 as Brazilian acquirers use them.
pub(super) fn by_card(reference: &str, last_digit: u8, cvv_is_wrong: bool) -> Option<Answer> {
    Some(match last_digit {
        0 | 1 | 4 | 9 => texts::approved(reference),
        2 | 3 | 5..=8 if cvv_is_wrong => declined(DeclineCode::InvalidCvv, "82"),
        2 => refused(),
        3 => declined(DeclineCode::ExpiredCard, "54"),
        5 => declined(DeclineCode::BlockedCard, "62"),
        7 => declined(DeclineCode::CanceledCard, "46"),
        8 if texts::number(reference, "chance").is_multiple_of(2) => texts::approved(reference),
        6 | 8 => declined(DeclineCode::Timeout, "91"),
        _ => return None,
    })
}

pub(super) fn declined(code: DeclineCode, network_code: &str) -> Answer {
    Answer::Declined { code, network_code: Some(network_code.to_owned()) }
}

fn refused() -> Answer {
    declined(DeclineCode::Generic, "05")
}
