//! Reads the bank's answers as outcomes.

use domain::{
    barcode::Barcode,
    charge::{
        Outcome,
        decline::Decline,
        request::{Receipt, RequestKind},
    },
    method::{Method, PaymentType},
    money::Amount,
};

use super::protocol::Answer;
use crate::{
    Operation, Query,
    text::{MAX_AUTHORIZATION, MAX_CODE, MAX_ID, is_br_code, is_page, kept},
};

/// The outcome that an answer reports; none when it lacks a required part, or does not fit `operation`.
pub(super) fn meaning(said: Answer, operation: &Operation) -> Option<Outcome> {
    if !is_an_answer(&said, operation) {
        return None;
    }
    match said {
        Answer::Approved { transaction_id, authorization_code, authorization_nsu, response_code, network_code } => {
            Some(Outcome::Approved(Receipt {
                authorization_code: kept(authorization_code, MAX_AUTHORIZATION),
                authorization_nsu: kept(authorization_nsu, MAX_AUTHORIZATION),
                response_code: kept(response_code, MAX_CODE),
                network_code: kept(network_code, MAX_CODE),
                ..receipt(transaction_id)?
            }))
        }
        Answer::Declined { code, network_code } => {
            Some(Outcome::Declined(Decline::new(code, kept(network_code, MAX_CODE))))
        }
        Answer::Pending { transaction_id, authorization_code, pix_code, barcode, payment_url } => {
            let receipt = Receipt { pix_code, barcode, payment_url, ..receipt(transaction_id)? };
            payable(receipt, authorization_code, method(operation)?).map(Outcome::Pending)
        }
        Answer::Processing { transaction_id } => receipt(transaction_id).map(Outcome::Pending),
        Answer::Paid { amount: Amount::ZERO, .. } => None,
        Answer::Paid { amount, transaction_id } => Some(Outcome::Paid(amount, receipt(transaction_id)?)),
        Answer::Canceled => Some(Outcome::Canceled),
        Answer::NotFound => Some(Outcome::NotFound),
    }
}

/// Whether `operation` can have this answer at all.
fn is_an_answer(said: &Answer, operation: &Operation) -> bool {
    let kind = kind(operation);
    let is_query = matches!(operation, Operation::Query(_));
    match said {
        Answer::Approved { .. } => kind != RequestKind::Pending,
        Answer::Declined { .. } => true,
        Answer::Pending { .. } => kind == RequestKind::Pending,
        Answer::Processing { .. } => kind == RequestKind::Void,
        Answer::Paid { .. } => is_query && kind == RequestKind::Pending,
        Answer::Canceled => is_query && matches!(kind, RequestKind::Pending | RequestKind::PreAuthorization),
        Answer::NotFound => is_query,
    }
}

/// The kind of the request, or of the request that a query is about.
fn kind(operation: &Operation) -> RequestKind {
    match operation {
        Operation::Create(create) if create.method.kind().is_asynchronous() => RequestKind::Pending,
        Operation::Create(create) if !create.capture => RequestKind::PreAuthorization,
        Operation::Create(_) | Operation::Verify(_) => RequestKind::Authorization,
        Operation::Capture(_) => RequestKind::Capture,
        Operation::Void(_) => RequestKind::Void,
        Operation::Cancel(_) => RequestKind::Cancel,
        Operation::Query(Query { asked, .. }) => *asked,
        Operation::Check | Operation::Register { .. } => RequestKind::Pending,
    }
}

const fn method<'a>(operation: &Operation<'a>) -> Option<&'a Method> {
    match operation {
        Operation::Create(create) => Some(create.method),
        Operation::Capture(change) | Operation::Void(change) | Operation::Cancel(change) => Some(change.method),
        Operation::Query(query) => Some(query.method),
        Operation::Verify(_) | Operation::Check | Operation::Register { .. } => None,
    }
}

/// The receipt of every success: the bank's id.
fn receipt(transaction_id: String) -> Option<Receipt> {
    let transaction_id = Some(kept(Some(transaction_id), MAX_ID)?);
    Some(Receipt { transaction_id, ..Receipt::default() })
}

/// The receipt, where it holds exactly the text that pays by `method`, complete and valid.
fn payable(receipt: Receipt, authorization_code: Option<String>, method: &Method) -> Option<Receipt> {
    let texts = [receipt.pix_code.as_deref(), receipt.barcode.as_deref(), receipt.payment_url.as_deref()];
    match (method.kind(), texts) {
        (PaymentType::Pix, [Some(code), None, None]) if is_br_code(code) => Some(receipt),
        (PaymentType::Boleto, [None, Some(digits), None]) if Barcode::parse(digits).is_ok() => Some(receipt),
        (PaymentType::Drip, [None, None, Some(url)]) if is_page(url) => {
            Some(Receipt { authorization_code: kept(authorization_code, MAX_AUTHORIZATION), ..receipt })
        }
        (PaymentType::Credit | PaymentType::Pix | PaymentType::Boleto | PaymentType::Drip, _) => None,
    }
}
