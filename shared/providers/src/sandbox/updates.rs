//! The bank's notifications: signed, and repeated until the hub answers.

use domain::{
    charge::{
        decline::{Decline, DeclineCode},
        request::Receipt,
        update::{ProviderUpdate, UpdateKind},
    },
    money::Amount,
    time::Timestamp,
};
use ring::hmac::{self, HMAC_SHA256};

use super::protocol;
use crate::{
    CallbackError, CallbackRequest, NoUpdate, Notified,
    text::{MAX_ID, is_plain, kept},
};

/// For how long before and after its timestamp a call is accepted, in milliseconds: five minutes.
const MAX_AGE: u64 = 5 * 60 * 1000;
/// Updates of one call, at most.
const MAX_UPDATES: usize = 100;

/// The signature of a call with `body` at `timestamp`: HMAC-SHA-256 under `key` over the timestamp in milliseconds, a
/// full stop and the body, in lower-case hexadecimal.
#[must_use]
pub fn sign(key: &str, timestamp: Timestamp, body: &[u8]) -> String {
    let message = message(&timestamp.as_millis().to_string(), body);
    hex::encode(hmac::sign(&hmac_key(key), &message))
}

/// The updates that `request` brings. The signature is checked first, then the timestamp, then the body.
pub(super) fn read(key: &str, request: &CallbackRequest, now: Timestamp) -> Notified {
    let timestamp = request.header(protocol::TIMESTAMP).ok_or(CallbackError::Forged)?;
    let signature = request.header(protocol::SIGNATURE).ok_or(CallbackError::Forged)?;
    let signature = hex::decode(signature).map_err(|_| CallbackError::Forged)?;
    hmac::verify(&hmac_key(key), &message(timestamp, request.body), &signature).map_err(|_| CallbackError::Forged)?;
    let called_at: i64 = timestamp.parse().map_err(|_| CallbackError::Unreadable)?;
    if called_at.abs_diff(now.as_millis()) > MAX_AGE {
        return Err(CallbackError::Stale);
    }
    let updates = protocol::Updates::read_each(request.body).ok_or(CallbackError::Unreadable)?;
    if !(1..=MAX_UPDATES).contains(&updates.len()) {
        return Err(CallbackError::Unreadable);
    }
    Ok(updates.into_iter().map(|update| update.and_then(meaning).ok_or(NoUpdate::Unreadable)).collect())
}

fn hmac_key(key: &str) -> hmac::Key {
    hmac::Key::new(HMAC_SHA256, key.as_bytes())
}

fn message(timestamp: &str, body: &[u8]) -> Vec<u8> {
    [timestamp.as_bytes(), b".", body].concat()
}

/// One update in the domain's types; none without a usable id of the update or of its dispute, or with an amount of 0.
fn meaning(update: protocol::ProviderUpdate) -> Option<ProviderUpdate> {
    let protocol::ProviderUpdate { id, reference, kind } = update;
    let is_clear = is_id(&id) && kind.dispute().is_none_or(is_id);
    let kind = domain_kind(kind)?;
    is_clear.then_some(ProviderUpdate { reference, id, payment: None, currency: None, kind })
}

/// An id is kept whole or not at all: a part of it could equal another id.
fn is_id(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len()) && id.chars().all(is_plain)
}

fn domain_kind(kind: protocol::UpdateKind) -> Option<UpdateKind> {
    use protocol::UpdateKind as Reported;

    Some(match kind {
        Reported::Paid { amount, transaction_id } => {
            let receipt = Receipt { transaction_id: kept(transaction_id, MAX_ID), ..Receipt::default() };
            UpdateKind::Paid { amount: some(amount)?, receipt }
        }
        Reported::NotPaid { code } => UpdateKind::NotPaid { why: why(code) },
        Reported::RefundBegun { amount } => UpdateKind::RefundBegun { amount: some(amount)? },
        Reported::Refunded { amount, transaction_id } => {
            UpdateKind::Refunded { amount: some(amount)?, transaction: kept(transaction_id, MAX_ID) }
        }
        Reported::RefundFailed { code } => UpdateKind::RefundFailed { why: why(code) },
        Reported::RefundReverted { amount } => UpdateKind::RefundReverted { amount: some(amount)?, refund: None },
        Reported::ChargedBack { amount, dispute } => {
            UpdateKind::ChargedBack { amount: some(amount)?, dispute, place: None }
        }
        Reported::ChargebackReversed { amount, dispute } => {
            UpdateKind::ChargebackReversed { amount: some(amount)?, dispute, place: None }
        }
        Reported::Disputed { dispute } => UpdateKind::Disputed { dispute },
        Reported::DisputeClosed { dispute } => UpdateKind::DisputeClosed { dispute, won: None },
    })
}

/// The amount, unless it is 0.
fn some(amount: Amount) -> Option<Amount> {
    Some(amount).filter(|amount| *amount != Amount::ZERO)
}

fn why(code: Option<DeclineCode>) -> Decline {
    code.unwrap_or(DeclineCode::Generic).into()
}
