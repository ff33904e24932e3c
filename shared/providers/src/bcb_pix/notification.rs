//! Notifications: several Pix in one call, without a signature. Any customer of the same bank can have them sent
//! (github.com/bacen/pix-api, issue 239), so each makes the hub read the cob, and nothing more.

use std::collections::BTreeSet;

use domain::charge::update::Reference;
use serde::Deserialize;
use serde_json::Value;

use super::answer::listed;
use crate::{CallbackError, Notified, callback::look, text};

/// Cobs of one call that are looked at, at most: whoever knows the address can send any number. Those after them are read
/// as every unpaid cob is, when they are due.
const MAX_COBS: usize = 100;

#[derive(Deserialize)]
struct Notification {
    #[serde(default, deserialize_with = "listed")]
    pix: Vec<Value>,
}

/// The cobs of the hub that a call is about, once each. A bank that tries an address out sends no Pix, or nothing.
pub(super) fn read(body: &[u8]) -> Notified {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    let said: Notification = serde_json::from_slice(body).map_err(|_| CallbackError::Unreadable)?;
    let txids = said.pix.iter().filter_map(|pix| pix.get("txid")?.as_str());
    // The number of a reference has three digits, so one text is one reference.
    let ours: BTreeSet<&str> = txids.filter(|txid| txid.parse::<Reference>().is_ok()).collect();
    let references = ours.into_iter().take(MAX_COBS).filter_map(|txid| txid.parse().ok());
    Ok(references.map(|reference| Ok(look(reference, text::hash(body)))).collect())
}
