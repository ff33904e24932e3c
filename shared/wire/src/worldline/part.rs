//! How much of a payment a change moves. Where its body names no amount it moves the whole: so an amount that would not
//! be read is never ignored.

use serde_json::{Map, Value};

use super::errors::WHOLE_BODY;
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
    refuse_elsewhere(fields, Some(name), &format!("is no field of this request: the amount is in {name}"))?;
    if fields.has(name) && fields.value(name).is_none() {
        return fields.refuse(name, "must not be null: without it the whole is meant");
    }
    if !fields.has(name) && !fields.are_all_of(known) {
        let problem = format!("must come, or no field but {}: without it the whole is meant", known.join(", "));
        return fields.refuse(name, &problem);
    }
    read(fields)
}

/// That the body says nothing: the whole is meant. Worldline defines no field of such a request.
pub(super) fn none(fields: &mut Fields<'_>) -> Option<()> {
    refuse_elsewhere(fields, None, "is no field of this request: the whole is meant")?;
    if fields.are_all_of(&[]) { Some(()) } else { fields.refuse(WHOLE_BODY, "must have no field: the whole is meant") }
}

/// Refuses an amount in any place but the field `own`.
fn refuse_elsewhere(fields: &mut Fields<'_>, own: Option<&str>, problem: &str) -> Option<()> {
    match misplaced(fields.object(), own) {
        Some(place) => fields.refuse(&place, problem),
        None => Some(()),
    }
}

/// The fields in which requests of this API have an amount. What else an approval or a refund may have, by Worldline's
/// libraries, has none of these names at any depth.
const AMOUNTS: [&str; 3] = ["amount", "amountOfMoney", "currencyCode"];

/// The place of the first amount in `object`, at any depth, but in its field `own`. A name with other characters than
/// letters is left out of it: no number of a card comes back.
fn misplaced(object: &Map<String, Value>, own: Option<&str>) -> Option<String> {
    object.iter().filter(|(name, _)| own != Some(name.as_str())).find_map(|(name, value)| {
        if AMOUNTS.iter().any(|amount| amount.eq_ignore_ascii_case(name)) {
            return Some(name.clone());
        }
        let place = misplaced_in(value)?;
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphabetic());
        Some(if is_word { format!("{name}.{place}") } else { place })
    })
}

fn misplaced_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(object) => misplaced(object, None),
        Value::Array(elements) => elements.iter().find_map(misplaced_in),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
