//! What Drip's answers mean.

use domain::{
    charge::{
        Outcome,
        decline::DeclineCode,
        request::{Receipt, RequestKind},
        update::{ProviderUpdate, UpdateKind},
    },
    merchant::ProviderAccount,
    money::Amount,
};
use serde::Deserialize;

use super::{
    answer::{Checkout, CheckoutStatus, Sums},
    request::{cancel_order, read_order},
};
use crate::{BuildError, Call, Change, Create, HttpAnswer, Operation, Progress, Query, Reading, Step};

/// What follows from `answer`.
pub(super) fn next(account: &ProviderAccount, operation: &Operation, progress: &Progress, answer: &HttpAnswer) -> Step {
    let order = progress.kept.as_deref().unwrap_or_default();
    match (operation, progress.step) {
        (Operation::Create(create), _) => created(create, answer).into(),
        (Operation::Query(query), 1) => checkout_read(account, query, answer),
        (Operation::Query(query), _) => Step::Done(order_read(query, order, answer)),
        (Operation::Void(change), 1) => order_to_cancel(account, change, answer),
        (Operation::Void(change), 2) => cancel_whole(account, change, order, answer),
        (Operation::Void(_), _) => canceled(order, answer).into(),
        (Operation::Check, _) => checked(answer).into(),
        (Operation::Capture(_) | Operation::Cancel(_) | Operation::Verify(_) | Operation::Register { .. }, _) => {
            Outcome::Unknown.into()
        }
    }
}

/// A checkout whose page no shopper has seen is paid by no shopper: what refuses it, refuses it for good.
fn created(create: &Create, answer: &HttpAnswer) -> Outcome {
    match answer.status {
        401 | 403 => Outcome::NotSent,
        400 | 404 | 422 => Outcome::Declined(DeclineCode::InvalidData.into()),
        _ => match Checkout::read(answer, create.reference) {
            Some(checkout) if checkout.status == CheckoutStatus::Refused => declined(),
            Some(checkout) if checkout.page().is_some() => Outcome::Pending(receipt(&checkout)),
            Some(_) | None => Outcome::Unknown,
        },
    }
}

fn checkout_read(account: &ProviderAccount, query: &Query, answer: &HttpAnswer) -> Step {
    let is_payment = query.asked == RequestKind::Pending;
    if is_payment && is_missing(answer) {
        return Outcome::NotFound.into();
    }
    let checkout = Checkout::read(answer, query.payment).filter(|read| Some(read.id()) == query.transaction_id);
    match checkout {
        Some(checkout) => match (checkout.status, checkout.order()) {
            (CheckoutStatus::Open, _) if is_payment => Outcome::Pending(receipt(&checkout)).into(),
            (CheckoutStatus::Refused, _) if is_payment => declined().into(),
            (CheckoutStatus::Agreed, Some(order)) => going_on(read_order(account, order)),
            (CheckoutStatus::Open | CheckoutStatus::Refused | CheckoutStatus::Agreed, _) => Outcome::Unknown.into(),
        },
        None => Outcome::Unknown.into(),
    }
}

fn order_read(query: &Query, order: &str, answer: &HttpAnswer) -> Reading {
    match Sums::read(answer, order) {
        None => Outcome::Unknown.into(),
        Some(sums) if query.asked == RequestKind::Void => refund_in(&sums, query, order).into(),
        Some(sums) => {
            let transaction_id = query.transaction_id.map(str::to_owned);
            let receipt = Receipt { transaction_id, ..Receipt::default() };
            let updates = refunded_at_drip(&sums, query, order).into_iter().collect();
            Reading { outcome: Outcome::Paid(sums.amount, receipt), updates }
        }
    }
}

/// Whether the sums hold the refund: Drip has no name for it. A lost request may be carried out late, so that what is not
/// there yet is not found, and no more than that.
fn refund_in(sums: &Sums, query: &Query, order: &str) -> Outcome {
    let with_it = query.refunded.checked_add(query.money.amount);
    if Some(sums.canceled) == with_it {
        Outcome::Approved(of_order(order))
    } else if sums.canceled == query.refunded {
        Outcome::NotFound
    } else {
        Outcome::Unknown
    }
}

/// That the order was canceled whole at Drip itself. A closed order of which less was canceled is paid.
fn refunded_at_drip(sums: &Sums, query: &Query, order: &str) -> Option<ProviderUpdate> {
    let is_whole = sums.left() == Amount::ZERO && query.refunded == Amount::ZERO;
    let kind = UpdateKind::Refunded { amount: sums.amount, transaction: Some(order.to_owned()) };
    let reference = query.payment.parse().ok()?;
    is_whole.then(|| ProviderUpdate { reference, id: format!("{order}-canceled"), payment: None, currency: None, kind })
}

/// Nothing is done before the third call.
fn order_to_cancel(account: &ProviderAccount, change: &Change, answer: &HttpAnswer) -> Step {
    let checkout = Checkout::read(answer, change.payment).filter(|read| Some(read.id()) == change.transaction_id);
    match checkout.as_ref().map(|checkout| (checkout.status, checkout.order())) {
        Some((CheckoutStatus::Agreed, Some(order))) => going_on(read_order(account, order)),
        Some((CheckoutStatus::Open | CheckoutStatus::Refused, _)) => declined().into(),
        Some((CheckoutStatus::Agreed, None)) | None => Outcome::NotSent.into(),
    }
}

/// A cancellation takes all that is left, so that nothing but all that is left may be asked for. An order that was
/// canceled whole at Drip is refunded already: this refund is that one.
fn cancel_whole(account: &ProviderAccount, change: &Change, order: &str, answer: &HttpAnswer) -> Step {
    match Sums::read(answer, order) {
        Some(sums) if sums.canceled == change.money.amount && sums.left() == Amount::ZERO => {
            Outcome::Approved(of_order(order)).into()
        }
        Some(sums) if sums.left() == change.money.amount => going_on(cancel_order(account, order)),
        Some(_) => Outcome::Declined(DeclineCode::InvalidAmount.into()).into(),
        None => Outcome::NotSent.into(),
    }
}

/// A cancellation is answered without a body. Whatever else is answered, the order is read later: another server in
/// between may have a page of its own, also of 401 and 403, and nothing published says which refusals are definite.
fn canceled(order: &str, answer: &HttpAnswer) -> Outcome {
    if answer.status == 204 { Outcome::Approved(of_order(order)) } else { Outcome::Unknown }
}

/// Whoever may ask about a checkout that is not there is known.
fn checked(answer: &HttpAnswer) -> Outcome {
    match answer.status {
        _ if is_missing(answer) => Outcome::Approved(Receipt::default()),
        401 | 403 => declined(),
        _ => Outcome::Unknown,
    }
}

/// An error of Drip.
#[derive(Deserialize)]
struct Failure {
    message: String,
}

/// Whether Drip has no such checkout, and says so. Any other page says that this address is not Drip's.
fn is_missing(answer: &HttpAnswer) -> bool {
    answer.status == 404 && answer.read::<Failure>().is_some_and(|failure| !failure.message.is_empty())
}

fn going_on(call: Result<Call, BuildError>) -> Step {
    call.map_or_else(|_| Outcome::NotSent.into(), Step::Call)
}

fn declined() -> Outcome {
    Outcome::Declined(DeclineCode::Generic.into())
}

fn receipt(checkout: &Checkout) -> Receipt {
    Receipt {
        transaction_id: Some(checkout.id().to_owned()),
        authorization_code: Some(checkout.id().to_owned()),
        payment_url: checkout.page().map(str::to_owned),
        ..Receipt::default()
    }
}

fn of_order(order: &str) -> Receipt {
    Receipt { transaction_id: Some(order.to_owned()), ..Receipt::default() }
}
