//! The requests of each operation.

use serde::Serialize;

use super::{answer::is_id, order};
use crate::{BuildError, Call, Change, HttpRequest, Operation, Query, Verb, operation::NO_REFERENCE};

/// Both environments have this host.
const HOST: &str = "https://api.pagar.me";
/// The step of a change that finds the charge's id.
pub(super) const FINDS: u8 = 1;
/// The step of a change that makes it.
const CHANGES: u8 = 2;

/// How much of a charge is captured or canceled; without an amount, all of it.
#[derive(Serialize)]
struct Part {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<u64>,
}

/// The first call of `operation`.
pub(super) fn first(operation: &Operation) -> Result<Call, BuildError> {
    match operation {
        Operation::Create(create) => {
            let request = HttpRequest::json(Verb::Post, HOST, "/core/v5/orders".to_owned(), &order::of(create)?)?;
            Ok(Call::with_effect(under(create.reference, request)))
        }
        Operation::Capture(change) | Operation::Void(change) | Operation::Cancel(change) => {
            match change.transaction_id.filter(|id| is_id(id)) {
                Some(id) => changing(operation, change, id),
                None => Ok(Call::safe(finding(change.payment)).at(FINDS, None)),
            }
        }
        Operation::Query(Query { transaction_id, payment, .. }) => {
            let request = transaction_id.filter(|id| is_id(id)).map_or_else(|| finding(payment), reading);
            Ok(Call::safe(request))
        }
        // Whoever may ask for an order that is not there is known.
        Operation::Check => Ok(Call::safe(finding(NO_REFERENCE))),
        Operation::Verify(_) | Operation::Register { .. } => Err(BuildError::NotServed),
    }
}

/// The call that makes `change`, which is `operation`, of the charge with this id.
pub(super) fn changing(operation: &Operation, change: &Change, id: &str) -> Result<Call, BuildError> {
    let amount = change.money.amount.minor();
    // What was never paid is undone whole. A refund names its amount: without one it would be all that is left.
    let is_undone = change.is_reserved && change.money == change.left;
    let (verb, path, amount) = match operation {
        Operation::Capture(_) => (Verb::Post, format!("/core/v5/charges/{id}/capture"), Some(amount)),
        Operation::Void(_) => (Verb::Delete, format!("/core/v5/charges/{id}"), Some(amount).filter(|_| !is_undone)),
        Operation::Cancel(_) => (Verb::Delete, format!("/core/v5/charges/{id}"), None),
        Operation::Create(_)
        | Operation::Query(_)
        | Operation::Verify(_)
        | Operation::Register { .. }
        | Operation::Check => {
            return Err(BuildError::NotServed);
        }
    };
    let request = under(change.reference, HttpRequest::json(verb, HOST, path, &Part { amount })?);
    Ok(Call::with_effect(request).at(CHANGES, None))
}

/// A write under the hub's reference: a retry of it is the same write.
fn under(reference: &str, request: HttpRequest) -> HttpRequest {
    request.with_header("idempotency-key", reference)
}

fn finding(code: &str) -> HttpRequest {
    HttpRequest::bare(Verb::Get, HOST, format!("/core/v5/orders?code={code}&page=1&size=10"))
}

fn reading(charge: &str) -> HttpRequest {
    HttpRequest::bare(Verb::Get, HOST, format!("/core/v5/charges/{charge}"))
}
