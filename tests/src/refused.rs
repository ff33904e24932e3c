//! Why a session is not paid, in the hub's words.

use crate::Answer;

/// Somebody has paid it.
pub const PAID: &str = "this session is already paid; nothing was charged";
/// Another payment has not ended.
pub const HELD: &str = "another payment of this session is pending or pre-authorized; nothing was done. \
                    Read the session's charges and wait until that payment ends";
/// It was given up.
pub const CANCELED: &str = "this session is canceled; nothing was charged. Create another session to be paid";
/// It is paid, and was to be canceled, enabled or disabled.
pub const PAID_UNCHANGED: &str = "this session is already paid; nothing was changed";
/// It is canceled, and was to be enabled or disabled.
pub const CANCELED_UNCHANGED: &str = "this session is canceled; nothing was changed. Create another session to be paid";
/// It was to be canceled, and its charge is pre-authorized.
pub const RESERVED: &str =
    "the charge of this session is pre-authorized; nothing was changed. Void the charge, or capture it";
/// It was to be canceled, and its charge has no known outcome.
pub const UNSETTLED: &str = "the charge of this session has not ended, or its outcome is unknown; nothing was changed. \
                         Read the session's charges and wait until it is known";
/// It is switched off.
pub const INACTIVE: &str = "this session is not active; enable it first. Nothing was charged";
/// Its time is over.
pub const PAST_DUE: &str =
    "the due date of this session has passed; nothing was charged. Create another session to be paid";
/// It was tried too often.
pub const USED_UP: &str =
    "this session has used its 10 payment attempts; nothing was charged. Create another session to be paid";

/// Another payment is in the way, and the answer says which.
#[track_caller]
pub fn assert_conflict(answer: &Answer, message: &str) {
    answer.assert_status(409);
    assert_eq!((answer.text("/error/type"), answer.text("/error/message")), ("conflict", message));
}

/// The session's rules refuse what is asked, and say why.
#[track_caller]
pub fn assert_refused(answer: &Answer, message: &str) {
    answer.assert_status(400);
    assert_eq!((answer.text("/error/type"), answer.text("/error/message")), ("invalid_request_error", message));
}
