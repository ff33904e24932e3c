//! Notifications: each makes the hub read the payment that it names. Their signature is not verified, because nothing is
//! taken from them but the code.

use serde::Deserialize;

use super::answer::is_id;
use crate::{CallbackError, Notified, callback::look, text};

#[derive(Deserialize)]
struct Notification {
    id: Option<String>,
    data: Option<Named>,
}

/// An order or a charge: both have the code of the order.
#[derive(Deserialize)]
struct Named {
    code: Option<String>,
}

/// The update of one call; none where it names no payment of the hub, such as one of another system of the merchant.
pub(super) fn read(body: &[u8]) -> Notified {
    let said: serde_json::Value = serde_json::from_slice(body).map_err(|_| CallbackError::Unreadable)?;
    let Ok(Notification { id, data }) = serde_json::from_value(said) else { return Ok(Vec::new()) };
    let reference = data.and_then(|named| named.code).and_then(|code| code.parse().ok());
    let id = id.filter(|id| is_id(id)).unwrap_or_else(|| text::hash(body));
    Ok(reference.map(|reference| Ok(look(reference, id))).into_iter().collect())
}
