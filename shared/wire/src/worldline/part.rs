//! How much of a payment a change moves. Where its body names no amount it moves the whole: so an amount that would not
//! be read is never ignored.

use super::values::within;
use crate::reader::Fields;

/// The amount that `read` finds in the field `name`; none where the whole is meant. Then the body has no field but
/// `known` ones, which this request has besides.
#[expect(clippy::option_option, reason = "the outer one is that of every field")]
pub(super) fn amount<T>(
    fields: &mut Fields<'_>,
    name: &str,
    known: &[&str],
    read: impl FnOnce(&mut Fields<'_>) -> Option<Option<T>>,
) -> Option<Option<T>> {
    let others: Vec<&str> = AMOUNTS.into_iter().filter(|other| *other != name).collect();
    refuse(fields, &others, &format!("is no field of this request: the amount is in {name}"))?;
    if fields.has(name) && fields.value(name).is_none() {
        return fields.refuse(name, "must not be null: without it the whole is meant");
    }
    if !fields.has(name) && !fields.are_all_of(known) {
        let problem = format!("must come, or no field but {}: without it the whole is meant", known.join(", "));
        return fields.refuse(name, &problem);
    }
    read(fields)
}

/// That the body names no amount: the whole is meant.
pub(super) fn none(fields: &mut Fields<'_>) -> Option<()> {
    refuse(fields, &AMOUNTS, "is no field of this request: the whole is meant")
}

/// The fields in which requests of this API have an amount.
const AMOUNTS: [&str; 3] = ["amount", "amountOfMoney", "currencyCode"];

/// Refuses these fields, and the amount of an order.
fn refuse(fields: &mut Fields<'_>, names: &[&str], problem: &str) -> Option<()> {
    let misplaced: Vec<&str> = names.iter().copied().filter(|name| fields.has(name)).collect();
    for name in &misplaced {
        fields.problem(name, problem);
    }
    let is_ordered = within(fields, "order", |order| {
        let is_ordered = order.has("amountOfMoney");
        if is_ordered {
            order.problem("amountOfMoney", problem);
        }
        Some(is_ordered)
    });
    (misplaced.is_empty() && is_ordered?.is_none_or(|is_ordered| !is_ordered)).then_some(())
}
