//! The operations: how each begins, and what the bank's answers mean.

use domain::{
    charge::{
        Outcome,
        decline::DeclineCode,
        request::{Receipt, RequestKind},
    },
    method::Method,
};

use super::{
    Profile,
    answer::{Cob, Refusal},
    reading::{self, ACTIVE, REMOVED},
    refund::Refund,
    request::Bank,
};
use crate::{BuildError, Call, Change, Create, HttpAnswer, Operation, Progress, Query, Step, operation::NO_REFERENCE};

/// The first call of an operation.
pub(super) fn begin(bank: &Bank, operation: &Operation) -> Result<Call, BuildError> {
    if let Some(refund) = refund(operation) {
        return if bank.profile == Profile::Bs2 { Err(BuildError::NotServed) } else { refund.begin(bank) };
    }
    match operation {
        Operation::Create(create) => match create.method {
            Method::Pix { expires_in } => Ok(Call::of_money(bank.create(create, *expires_in)?)),
            Method::Credit { .. } | Method::Boleto(_) | Method::Drip(_) => Err(BuildError::NotServed),
        },
        Operation::Cancel(change) => Ok(Call::of_money(bank.cancel(change.payment)?)),
        Operation::Query(query) if is_of_the_cob(query.asked) => Ok(Call::safe(bank.read(query.payment)?)),
        Operation::Check => Ok(Call::safe(bank.read(NO_REFERENCE)?)),
        // BS2 does not publish which events it can be asked for.
        Operation::Register { url } if bank.profile != Profile::Bs2 => Ok(Call::safe(bank.register(url)?)),
        Operation::Capture(_)
        | Operation::Void(_)
        | Operation::Query(_)
        | Operation::Verify(_)
        | Operation::Register { .. } => Err(BuildError::NotServed),
    }
}

/// What follows from an answer.
pub(super) fn next(bank: &Bank, operation: &Operation, progress: &Progress, answer: &HttpAnswer) -> Step {
    if let Some(refund) = refund(operation) {
        return refund.next(bank, progress, answer);
    }
    match operation {
        Operation::Create(create) => created(bank, create, answer).into(),
        Operation::Cancel(change) => canceled(bank, change, answer).into(),
        Operation::Query(query) => asked(bank, query, answer),
        Operation::Check => checked(bank, answer).into(),
        Operation::Register { .. } => registered(bank, answer).into(),
        Operation::Capture(_) | Operation::Void(_) | Operation::Verify(_) => Outcome::Unknown.into(),
    }
}

/// The refund that is asked for, or asked about.
fn refund<'a>(operation: &Operation<'a>) -> Option<Refund<'a>> {
    match operation {
        Operation::Void(Change { reference, payment, transaction_id, money, .. }) => {
            Some(Refund { reference, payment, transaction_id: *transaction_id, amount: money.amount, is_again: false })
        }
        Operation::Query(Query { reference, payment, transaction_id, money, asked: RequestKind::Void, .. }) => {
            Some(Refund { reference, payment, transaction_id: *transaction_id, amount: money.amount, is_again: true })
        }
        Operation::Create(_)
        | Operation::Capture(_)
        | Operation::Cancel(_)
        | Operation::Query(_)
        | Operation::Verify(_)
        | Operation::Check
        | Operation::Register { .. } => None,
    }
}

/// Whether the cob says what became of such a request.
const fn is_of_the_cob(asked: RequestKind) -> bool {
    asked.is_payment() || matches!(asked, RequestKind::Cancel)
}

/// BS2's answer does not repeat the amount.
fn created(bank: &Bank, create: &Create, answer: &HttpAnswer) -> Outcome {
    if !matches!(answer.status, 200 | 201) {
        return match Refusal::of(bank.profile, answer) {
            Refusal::Invalid => Outcome::Declined(DeclineCode::InvalidData.into()),
            Refusal::NotAllowed => Outcome::NotSent,
            Refusal::NotFound | Refusal::Unclear => Outcome::Unknown,
        };
    }
    let fits = |cob: &Cob| match cob.original() {
        Some(original) => original == create.money.amount,
        None => bank.profile == Profile::Bs2,
    };
    let cob = Cob::read(answer, create.reference).filter(|cob| cob.status == ACTIVE && fits(cob));
    match cob.and_then(|cob| cob.code()) {
        Some(code) => Outcome::Pending(Receipt { pix_code: Some(code), ..Receipt::default() }),
        None => Outcome::Unknown,
    }
}

fn canceled(bank: &Bank, change: &Change, answer: &HttpAnswer) -> Outcome {
    if answer.status == 200 {
        let cob = Cob::read(answer, change.payment).filter(|cob| cob.status == REMOVED && cob.pix.is_empty());
        return cob.map_or(Outcome::Unknown, |_| Outcome::Approved(Receipt::default()));
    }
    match Refusal::of(bank.profile, answer) {
        // It was paid or removed before: the cob says which.
        Refusal::Invalid => Outcome::Declined(DeclineCode::Generic.into()),
        Refusal::NotAllowed => Outcome::NotSent,
        Refusal::NotFound | Refusal::Unclear => Outcome::Unknown,
    }
}

fn asked(bank: &Bank, query: &Query, answer: &HttpAnswer) -> Step {
    if answer.status == 200 {
        let cob = Cob::read(answer, query.payment);
        return cob.map_or_else(|| Outcome::Unknown.into(), |cob| Step::Done(reading::of(&cob, query)));
    }
    match Refusal::of(bank.profile, answer) {
        Refusal::NotFound => Outcome::NotFound.into(),
        Refusal::Invalid | Refusal::NotAllowed | Refusal::Unclear => Outcome::Unknown.into(),
    }
}

/// The bank looks for a cob only for a client that may read cobs.
fn checked(bank: &Bank, answer: &HttpAnswer) -> Outcome {
    match Refusal::of(bank.profile, answer) {
        Refusal::NotFound => Outcome::Approved(Receipt::default()),
        Refusal::NotAllowed => Outcome::Declined(DeclineCode::Generic.into()),
        Refusal::Invalid | Refusal::Unclear => Outcome::Unknown,
    }
}

fn registered(bank: &Bank, answer: &HttpAnswer) -> Outcome {
    match (answer.status, Refusal::of(bank.profile, answer)) {
        (200 | 201 | 204, _) => Outcome::Approved(Receipt::default()),
        (_, Refusal::Invalid | Refusal::NotAllowed | Refusal::NotFound) => {
            Outcome::Declined(DeclineCode::Generic.into())
        }
        (_, Refusal::Unclear) => Outcome::Unknown,
    }
}
