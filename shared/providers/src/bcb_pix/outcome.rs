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
    account::PIX_KEY,
    answer::{Cob, Refusal, Registered},
    reading::{self, ACTIVE, REMOVED},
    refund::{Aim, Refund},
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
            Method::Pix { expires_in } => Ok(Call::with_effect(bank.create(create, *expires_in)?)),
            Method::Credit { .. } | Method::Boleto(_) | Method::Drip(_) => Err(BuildError::NotServed),
        },
        Operation::Cancel(change) => Ok(Call::with_effect(bank.cancel(change.payment)?)),
        Operation::Query(query) if is_of_the_cob(query.asked) => Ok(Call::safe(bank.read(query.payment)?)),
        Operation::Check => Ok(Call::safe(bank.read(NO_REFERENCE)?)),
        // BS2 does not publish which events it can be asked for. Where the answer is lost, the address may be registered.
        Operation::Register { url } if bank.profile != Profile::Bs2 => Ok(Call::with_effect(bank.register(url)?)),
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
        Operation::Register { .. } if progress.step == 1 => registered(bank, answer),
        Operation::Register { url } => read_back(url, answer).into(),
        Operation::Capture(_) | Operation::Void(_) | Operation::Verify(_) => Outcome::Unknown.into(),
    }
}

/// The refund that is asked for, or asked about.
fn refund<'a>(operation: &Operation<'a>) -> Option<Refund<'a>> {
    match operation {
        Operation::Void(Change { reference, payment, transaction_id, money, is_retry, .. }) => {
            let aim = if *is_retry { Aim::MakeOnce } else { Aim::Make };
            Some(Refund { reference, payment, transaction_id: *transaction_id, amount: money.amount, aim })
        }
        Operation::Query(Query { reference, payment, transaction_id, money, asked: RequestKind::Void, .. }) => {
            Some(Refund { reference, payment, transaction_id: *transaction_id, amount: money.amount, aim: Aim::Know })
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
    let is_own = |cob: &Cob| bank.account.credentials.field(PIX_KEY).is_some_and(|key| cob.is_of_key(key));
    let cob = Cob::read(answer, create.reference).filter(|cob| cob.status == ACTIVE && fits(cob) && is_own(cob));
    match cob.and_then(|cob| cob.code(create.money.amount)) {
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

/// What a bank says to the address has no published form, so that it is read back.
fn registered(bank: &Bank, answer: &HttpAnswer) -> Step {
    match (answer.status, Refusal::of(bank.profile, answer)) {
        (200 | 201 | 204, _) => bank
            .read_registered()
            .map_or_else(|_| Outcome::Unknown.into(), |request| Step::Call(Call::safe(request).at(2, None))),
        (_, Refusal::Invalid | Refusal::NotAllowed | Refusal::NotFound) => {
            Outcome::Declined(DeclineCode::Generic.into()).into()
        }
        (_, Refusal::Unclear) => Outcome::Unknown.into(),
    }
}

/// Whether the bank has this address now.
fn read_back(url: &str, answer: &HttpAnswer) -> Outcome {
    match answer.read::<Registered>() {
        Some(registered) if answer.status == 200 && registered.webhook_url == url => {
            Outcome::Approved(Receipt::default())
        }
        Some(_) | None => Outcome::Unknown,
    }
}
