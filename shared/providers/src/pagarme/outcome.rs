//! What an answer means for the operation that was asked for.

use domain::{
    charge::{
        Outcome,
        decline::DeclineCode,
        request::{Receipt, RequestKind},
        update::{ProviderUpdate, UpdateKind},
    },
    method::PaymentType,
    money::Amount,
};

use super::{
    answer::{Cancellation, Charge, Order, Orders, State, is_id, is_problem},
    decline, request,
};
use crate::{
    Change, Create, HttpAnswer, Operation, Progress, Query, Reading, Step,
    text::{MAX_AUTHORIZATION, MAX_CODE, kept},
};

/// What follows from `answer`.
pub(super) fn after(operation: &Operation, progress: &Progress, answer: &HttpAnswer) -> Step {
    match operation {
        Operation::Create(create) => created(create, answer).into(),
        Operation::Capture(change) | Operation::Void(change) | Operation::Cancel(change) => {
            if progress.step == request::FINDS {
                found(operation, change, answer)
            } else {
                changed(operation, change, answer).into()
            }
        }
        Operation::Query(query) => Step::Done(queried(query, answer)),
        Operation::Check => checked(answer).into(),
        Operation::Verify(_) | Operation::Register { .. } => Outcome::Unknown.into(),
    }
}

/// Whether the account's key is accepted.
fn checked(answer: &HttpAnswer) -> Outcome {
    match answer.status {
        200 if answer.read::<Orders>().is_some() => Outcome::Approved(Receipt::default()),
        401 | 403 => Outcome::Declined(DeclineCode::Generic.into()),
        _ => Outcome::Unknown,
    }
}

/// A write that was refused as a whole. An unknown key or address is refused before anything else, wrong contents and
/// broken rules before anything is made; what else is refused may have been made.
fn refused(answer: &HttpAnswer) -> Outcome {
    match answer.status {
        _ if !is_problem(answer) => Outcome::Unknown,
        401 | 403 => Outcome::NotSent,
        400 | 422 => Outcome::Declined(DeclineCode::InvalidData.into()),
        412 => Outcome::Declined(DeclineCode::Generic.into()),
        _ => Outcome::Unknown,
    }
}

fn created(create: &Create, answer: &HttpAnswer) -> Outcome {
    if answer.status != 200 {
        return refused(answer);
    }
    let method = create.method.kind();
    let charge = answer.read().and_then(|order| charge_of(order, create.reference, method));
    let amount = create.money.amount.minor();
    let Some(charge) = charge.filter(|charge| charge.amount == amount) else { return Outcome::Unknown };
    match (method, charge.state()) {
        (PaymentType::Credit, State::Taken(paid)) if create.capture && paid == amount && charge.is_taken_last() => {
            Outcome::Approved(receipt(&charge))
        }
        (PaymentType::Credit, State::Reserved) if !create.capture => Outcome::Approved(receipt(&charge)),
        (PaymentType::Pix | PaymentType::Boleto, State::Waiting) => {
            payable(&charge, method).map_or(Outcome::Unknown, Outcome::Pending)
        }
        (_, State::Refused) => Outcome::Declined(decline::of(&charge, create.card.map(|card| card.pan.brand()))),
        (
            _,
            State::Reserved
            | State::Taken(_)
            | State::Waiting
            | State::Expired
            | State::Error
            | State::Undone
            | State::Unclear,
        ) => Outcome::Unknown,
    }
}

/// The charge that is to be changed was found, or nothing is done.
fn found(operation: &Operation, asked: &Change, answer: &HttpAnswer) -> Step {
    let found = (answer.status == 200).then(|| answer.read()).flatten();
    let charge = match found.map(|orders| listed(orders, asked.payment, asked.method.kind())) {
        Some(Listed::One(charge)) => charge,
        Some(Listed::Nothing | Listed::Unclear) | None => return Outcome::NotSent.into(),
    };
    request::changing(operation, asked, &charge.id).map_or_else(|_| Outcome::NotSent.into(), Step::Call)
}

fn changed(operation: &Operation, asked: &Change, answer: &HttpAnswer) -> Outcome {
    if answer.status != 200 {
        return refused(answer);
    }
    let method = asked.method.kind();
    let is_it = |charge: &Charge| {
        charge.is_of(asked.payment, word(method)) && asked.transaction_id.is_none_or(|id| id == charge.id)
    };
    let Some(charge) = answer.read().filter(is_it) else { return Outcome::Unknown };
    match operation {
        Operation::Capture(_) => captured(asked, &charge),
        Operation::Cancel(_) if charge.state() == State::Undone => Outcome::Approved(receipt(&charge)),
        Operation::Void(_) => canceled(asked, &charge),
        Operation::Create(_)
        | Operation::Cancel(_)
        | Operation::Query(_)
        | Operation::Verify(_)
        | Operation::Register { .. }
        | Operation::Check => Outcome::Unknown,
    }
}

fn captured(asked: &Change, charge: &Charge) -> Outcome {
    match (charge.state(), charge.cancellation()) {
        (State::Taken(paid), _) if paid == asked.money.amount.minor() && charge.is_taken_last() => {
            Outcome::Approved(receipt(charge))
        }
        (State::Unclear | State::Refused, Cancellation::Failed) => {
            Outcome::Declined(decline::of(charge, asked.card.map(|card| card.brand)))
        }
        (
            State::Reserved
            | State::Taken(_)
            | State::Waiting
            | State::Refused
            | State::Expired
            | State::Error
            | State::Undone
            | State::Unclear,
            _,
        ) => Outcome::Unknown,
    }
}

/// A refund or a release: what is canceled in all says whether it was done.
fn canceled(asked: &Change, charge: &Charge) -> Outcome {
    let (amount, left) = (asked.money.amount.minor(), asked.left.amount.minor());
    let Some(before) = base(charge).and_then(|base| base.checked_sub(left)) else { return Outcome::Unknown };
    let done = before.saturating_add(amount);
    let is = |refunds| is_sum(charge, asked.method.kind(), refunds);
    match charge.cancellation() {
        Cancellation::Done if is(done) => Outcome::Approved(receipt_of_refund(done_id(charge))),
        Cancellation::Begun if is(before) => Outcome::Pending(receipt_of_refund(begun_id(charge).to_owned())),
        Cancellation::Failed if is(before) => Outcome::Declined(decline::of(charge, asked.card.map(|card| card.brand))),
        Cancellation::Done | Cancellation::Begun | Cancellation::Failed | Cancellation::None => Outcome::Unknown,
    }
}

/// What can be canceled of a charge in all: what was paid, or else what was reserved.
fn base(charge: &Charge) -> Option<u64> {
    match charge.state() {
        State::Taken(paid) => Some(paid),
        State::Reserved | State::Undone => Some(charge.amount),
        State::Waiting | State::Refused | State::Expired | State::Error | State::Unclear => None,
    }
}

/// Whether so much was refunded by the sum of what was canceled. The sum may hold what a partial capture of a card released,
/// too: no page says whether it does.
fn is_sum(charge: &Charge, method: PaymentType, refunds: u64) -> bool {
    let released = match charge.state() {
        State::Taken(paid) if method == PaymentType::Credit => charge.amount.saturating_sub(paid),
        State::Taken(_)
        | State::Reserved
        | State::Waiting
        | State::Refused
        | State::Expired
        | State::Error
        | State::Undone
        | State::Unclear => 0,
    };
    [refunds, refunds.saturating_add(released)].contains(&charge.canceled())
}

fn queried(query: &Query, answer: &HttpAnswer) -> Reading {
    let method = query.method.kind();
    let read = match query.transaction_id.filter(|id| is_id(id)) {
        _ if answer.status != 200 => Listed::Unclear,
        None => answer.read().map_or(Listed::Unclear, |orders| listed(orders, query.payment, method)),
        Some(id) => {
            let charge = answer.read::<Charge>();
            let charge = charge.filter(|charge| charge.id == id && charge.is_of(query.payment, word(method)));
            charge.map_or(Listed::Unclear, |charge| Listed::One(Box::new(charge)))
        }
    };
    match read {
        Listed::One(charge) => known(query, &charge),
        Listed::Nothing => Outcome::NotFound.into(),
        Listed::Unclear => Outcome::Unknown.into(),
    }
}

/// What a read charge says of what was asked.
fn known(query: &Query, charge: &Charge) -> Reading {
    match query.asked {
        RequestKind::Pending | RequestKind::Authorization | RequestKind::PreAuthorization => {
            if charge.amount != query.money.amount.minor() {
                return Outcome::Unknown.into();
            }
            Reading { outcome: payment(query, charge), updates: beside(query, charge) }
        }
        RequestKind::Capture => capture(query, charge).into(),
        RequestKind::Void => refund(query, charge).into(),
        RequestKind::Cancel => cancel(charge).into(),
        RequestKind::ChargeBack
        | RequestKind::ChargeBackReversal
        | RequestKind::Dispute
        | RequestKind::DisputeClosed
        | RequestKind::RevertVoid => Outcome::Unknown.into(),
    }
}

fn payment(query: &Query, charge: &Charge) -> Outcome {
    let is_authorization = query.asked == RequestKind::Authorization;
    match charge.state() {
        State::Reserved if query.asked == RequestKind::PreAuthorization => Outcome::Approved(receipt(charge)),
        State::Taken(paid) if is_authorization && paid == charge.amount => Outcome::Approved(receipt(charge)),
        State::Taken(paid) => paid_as(paid, charge),
        State::Waiting if query.asked == RequestKind::Pending => {
            payable(charge, query.method.kind()).map_or(Outcome::Unknown, Outcome::Pending)
        }
        State::Refused => Outcome::Declined(decline::of(charge, query.card.map(|card| card.brand))),
        State::Expired => Outcome::Declined(DeclineCode::Expired.into()),
        // It was read again, and still is an error.
        State::Error => Outcome::Declined(DeclineCode::Generic.into()),
        State::Undone if is_authorization => Outcome::Declined(DeclineCode::Generic.into()),
        State::Undone => Outcome::Canceled,
        State::Reserved | State::Waiting | State::Unclear => Outcome::Unknown,
    }
}

fn capture(query: &Query, charge: &Charge) -> Outcome {
    match charge.state() {
        State::Taken(paid) if paid == query.money.amount.minor() => Outcome::Approved(receipt(charge)),
        State::Taken(paid) => paid_as(paid, charge),
        State::Reserved => Outcome::NotFound,
        State::Undone => Outcome::Declined(DeclineCode::Generic.into()),
        State::Waiting | State::Refused | State::Expired | State::Error | State::Unclear => Outcome::Unknown,
    }
}

/// One refund at a time is under way: the sum without it and the sum with it say whether it was done. Another one may be
/// made in the dashboard: the last transaction says something of a refund that was accepted only where it has its id.
fn refund(query: &Query, charge: &Charge) -> Outcome {
    let (before, asked) = (query.refunded.minor(), query.money.amount.minor());
    let is_accepted = query.request_id.is_some();
    let is_last = query.request_id.is_none_or(|id| begun_id(charge) == id);
    let is = |refunds| is_sum(charge, query.method.kind(), refunds);
    match (is(before.saturating_add(asked)), is(before)) {
        _ if base(charge).is_none() => Outcome::Unknown,
        (true, false) => Outcome::Approved(receipt_of_refund(done_id(charge))),
        (true, true) | (false, false) => Outcome::Unknown,
        (false, true) => match charge.cancellation() {
            Cancellation::Begun if is_last => Outcome::Pending(receipt_of_refund(begun_id(charge).to_owned())),
            Cancellation::Failed if is_accepted && is_last => Outcome::Declined(DeclineCode::Generic.into()),
            // An older refund may be the one that failed.
            Cancellation::Done | Cancellation::Failed | Cancellation::None if !is_accepted => Outcome::NotFound,
            Cancellation::Begun | Cancellation::Done | Cancellation::Failed | Cancellation::None => Outcome::Unknown,
        },
    }
}

fn cancel(charge: &Charge) -> Outcome {
    match charge.state() {
        State::Undone => Outcome::Approved(receipt(charge)),
        State::Waiting => Outcome::NotFound,
        State::Taken(_) | State::Refused | State::Expired => Outcome::Declined(DeclineCode::Generic.into()),
        State::Reserved | State::Error | State::Unclear => Outcome::Unknown,
    }
}

/// What a payment's charge says beside it: refunds that the hub does not know, or that came back, and a chargeback. A sum
/// counts where the last transaction is what changed it: an older read is not a refund that came back. Where it may hold no
/// more than what a partial capture released, nothing was refunded.
fn beside(query: &Query, charge: &Charge) -> Vec<ProviderUpdate> {
    let State::Taken(paid) = charge.state() else { return Vec::new() };
    let Ok(reference) = query.payment.parse() else { return Vec::new() };
    let (sum, known) = (charge.canceled(), query.refunded.minor());
    let amount = |minor: u64| Amount::new(minor).ok().filter(|amount| *amount != Amount::ZERO);
    let id = done_id(charge);
    let refunded = match charge.cancellation() {
        Cancellation::Done if !is_sum(charge, query.method.kind(), known) => {
            let is_last = |refund: &&str| [begun_id(charge), charge.id.as_str()].contains(refund);
            let under_way = query.refund_under_way.filter(is_last);
            let transaction = Some(under_way.map_or_else(|| id.clone(), str::to_owned));
            amount(sum.saturating_sub(known)).map(|amount| (id, UpdateKind::Refunded { amount, transaction }))
        }
        Cancellation::Failed => {
            amount(known.saturating_sub(sum)).map(|amount| (id, UpdateKind::RefundReverted { amount, refund: None }))
        }
        Cancellation::Done | Cancellation::Begun | Cancellation::None => None,
    };
    let charged_back = amount(paid.saturating_sub(sum)).filter(|_| charge.is_charged_back());
    let charged_back = charged_back.map(|amount| {
        (format!("{}-chargeback", charge.id), UpdateKind::ChargedBack { amount, dispute: None, place: None })
    });
    let updates = refunded.into_iter().chain(charged_back);
    updates.map(|(id, kind)| ProviderUpdate { reference, id, payment: None, currency: None, kind }).collect()
}

/// What a list of orders has of one payment.
enum Listed {
    One(Box<Charge>),
    Nothing,
    Unclear,
}

/// The one order that has this code: more than one, or one of another code, is no answer.
fn listed(orders: Orders, code: &str, method: PaymentType) -> Listed {
    let mut orders = orders.data.into_iter();
    match (orders.next(), orders.next()) {
        (None, _) => Listed::Nothing,
        (Some(order), None) => {
            charge_of(order, code, method).map_or(Listed::Unclear, |charge| Listed::One(Box::new(charge)))
        }
        (Some(_), Some(_)) => Listed::Unclear,
    }
}

/// The only charge of the order, where it is the payment with this code.
fn charge_of(order: Order, code: &str, method: PaymentType) -> Option<Charge> {
    let is_it = order.code == code;
    let mut charges = order.charges.into_iter();
    let only = charges.next().filter(|_| charges.next().is_none());
    only.filter(|charge| is_it && charge.is_of(code, word(method)))
}

/// The word for a method; Drip has none.
const fn word(method: PaymentType) -> &'static str {
    match method {
        PaymentType::Credit => "credit_card",
        PaymentType::Pix => "pix",
        PaymentType::Boleto => "boleto",
        PaymentType::Drip => "",
    }
}

fn paid_as(paid: u64, charge: &Charge) -> Outcome {
    Amount::new(paid).map_or(Outcome::Unknown, |amount| Outcome::Paid(amount, receipt(charge)))
}

/// The charge's id is that of all that happens to it, but for refunds.
fn receipt(charge: &Charge) -> Receipt {
    let last = &charge.last_transaction;
    Receipt {
        transaction_id: Some(charge.id.clone()),
        authorization_code: kept(last.acquirer_auth_code.clone(), MAX_AUTHORIZATION),
        authorization_nsu: kept(last.acquirer_nsu.clone(), MAX_AUTHORIZATION),
        response_code: kept(last.acquirer_return_code.clone(), MAX_CODE),
        ..Receipt::default()
    }
}

fn receipt_of_refund(id: String) -> Receipt {
    Receipt { transaction_id: Some(id), ..Receipt::default() }
}

/// The id of a refund that is on its way: of the charge's last transaction. Where that has none, the charge's own says
/// that the refund was accepted.
fn begun_id(charge: &Charge) -> &str {
    charge.last_transaction.id.as_deref().filter(|id| is_id(id)).unwrap_or(&charge.id)
}

/// The id of the last refund that was done. Several refunds may be one transaction of the charge: the sum distinguishes
/// them.
fn done_id(charge: &Charge) -> String {
    format!("{}-{}", begun_id(charge), charge.canceled())
}

/// The receipt of a registered payment, where it has what its shopper pays with.
fn payable(charge: &Charge, method: PaymentType) -> Option<Receipt> {
    let receipt = Receipt { transaction_id: Some(charge.id.clone()), ..Receipt::default() };
    match method {
        PaymentType::Pix => Some(Receipt { pix_code: Some(charge.pix_code()?), ..receipt }),
        PaymentType::Boleto => Some(Receipt { barcode: Some(charge.barcode()?), ..receipt }),
        PaymentType::Credit | PaymentType::Drip => None,
    }
}
