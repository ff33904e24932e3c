//! Error bodies: `status`, `errorCode`, `message` and `errorType`, as Adyen publishes them.
//!
//! Published are the codes 000, 702, 704, 901, 905 and `14_030`. The other codes of this fake only differ from each
//! other.

use serde_json::{Value, json};

use super::books::new_psp_reference;
use crate::fakes::Reply;

/// What a request without the right key is answered.
pub(super) fn unauthorised() -> Reply {
    let body = error(401, "000", "security", "HTTP Status Response - Unauthorized");
    Reply::json(401, &body)
}

/// What a request in the name of another merchant account is answered.
pub(super) fn wrong_account() -> Reply {
    numbered(403, "901", "security", "Invalid Merchant Account")
}

/// What a body is answered that is no JSON, or has an unknown field or a field of the wrong type.
pub(super) fn malformed(message: &str) -> Reply {
    numbered(400, "702", "validation", message)
}

/// What a well-formed request is answered that misses something or has a value that is not allowed.
pub(super) fn invalid(code: &str, message: &str) -> Reply {
    numbered(422, code, "validation", message)
}

/// What the repeat of a request is answered while the first one still runs. Published is the code, not the status.
pub(super) fn still_running() -> Reply {
    invalid("704", "request already processed or in progress")
}

/// A failure at Adyen: the request may or may not have been carried out.
#[must_use]
pub fn internal_error() -> Reply {
    numbered(500, "000", "internal", "An internal error occurred")
}

/// A definite refusal in spite of its status: the merchant account is not set up for this payment.
#[must_use]
pub fn configuration_error() -> Reply {
    numbered(500, "905", "configuration", "Payment details are not supported")
}

fn numbered(status: u16, code: &str, kind: &str, message: &str) -> Reply {
    let mut body = error(status, code, kind, message);
    body["pspReference"] = new_psp_reference().into();
    Reply::json(status, &body)
}

fn error(status: u16, code: &str, kind: &str, message: &str) -> Value {
    json!({"status": status, "errorCode": code, "message": message, "errorType": kind})
}
