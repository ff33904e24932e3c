//! What the bank decides, and by what.

use std::borrow::Cow;

use domain::{
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
/// A create of this many minor units is refused, and the answer is lost.
const LOST_REFUSAL: u64 = 993;

/// The part of a request that decides.
pub(super) struct Asked<'a> {
    pub(super) reference: Cow<'a, str>,
    pub(super) kind: RequestKind,
    pub(super) amount: Amount,
    pub(super) means: Means,
}

/// With what the payment is, or was to be, made.
pub(super) enum Means {
    Card { last_digit: u8, cvv_is_wrong: bool },
    Pix,
    Boleto { expires_date: Date },
    Drip,
}

/// Whether the answer to a create gets lost.
pub(super) const fn loses_the_answer(create: &Asked) -> bool {
    matches!(create.amount.minor(), LOST_APPROVAL | LOST_REFUSAL)
}

/// The answer that is not lost; none for a digit that is none, a reference or a day that no code can hold, and what
/// nobody asks of a bank.
pub(super) fn said(asked: &Asked) -> Option<Answer> {
    use RequestKind as Kind;

    let amount = asked.amount.minor();
    match (asked.kind, &asked.means) {
        (Kind::Authorization | Kind::PreAuthorization | Kind::Pending, _) if amount == LOST_REFUSAL => Some(refused()),
        (Kind::Capture | Kind::Void, _) if amount == FAILING => Some(refused()),
        (Kind::Authorization | Kind::PreAuthorization, Means::Card { .. }) if amount == LOST_APPROVAL => {
            Some(texts::approved(&asked.reference))
        }
        (Kind::Authorization | Kind::PreAuthorization, Means::Card { last_digit, cvv_is_wrong }) => {
            by_card(&asked.reference, *last_digit, *cvv_is_wrong)
        }
        (Kind::Pending, Means::Pix) => texts::pix(&asked.reference, asked.amount),
        (Kind::Pending, Means::Boleto { expires_date }) => texts::boleto(&asked.reference, *expires_date, asked.amount),
        (Kind::Pending, Means::Drip) => Some(texts::drip(&asked.reference)),
        (Kind::Capture, Means::Card { .. }) => Some(texts::approved(&asked.reference)),
        (Kind::Void, Means::Card { .. } | Means::Drip) | (Kind::Cancel, Means::Pix | Means::Drip) => {
            Some(texts::done(&asked.reference))
        }
        (Kind::Void, Means::Pix) => {
            Some(Answer::Processing { transaction_id: texts::transaction_id(&asked.reference) })
        }
        (Kind::Capture, Means::Pix | Means::Boleto { .. } | Means::Drip)
        | (Kind::Void, Means::Boleto { .. })
        | (Kind::Cancel, Means::Card { .. } | Means::Boleto { .. }) => Some(refused()),
        (Kind::Authorization | Kind::PreAuthorization, Means::Pix | Means::Boleto { .. } | Means::Drip)
        | (Kind::Pending, Means::Card { .. })
        | (Kind::ChargeBack | Kind::ChargeBackReversal | Kind::Dispute | Kind::DisputeClosed | Kind::RevertVoid, _) => {
            None
        }
    }
}

/// The public API's table of test cards: the last digit decides, and a wrong security code spoils only a card that
/// might be refused. The network codes are those of ISO 8583 as Brazilian acquirers use them.
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
