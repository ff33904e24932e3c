//! Requests that the hub refuses, and the messages with which it refuses to pay or to change a session.

use crate::{Answer, TestHub, engine::Call};

/// The session is paid.
pub const PAID: &str = "this session is already paid; nothing was charged";
/// Another payment of the session has not ended.
pub const LOCKED: &str = "another payment of this session is pending or pre-authorized; nothing was done. \
                    Read the session's charges and wait until that payment ends";
/// The same, after an unpaid payment was canceled, or may have been.
pub const LOCKED_SINCE: &str = "another payment of this session is pending or pre-authorized; an unpaid payment of this \
                    session was canceled, or may have been; nothing was charged. Read the session's charges and try \
                    again when that payment has ended";
/// The session is canceled.
pub const CANCELED: &str = "this session is canceled; nothing was charged. Create another session to be paid";
/// The session is paid, and cannot be canceled, enabled or disabled.
pub const PAID_UNCHANGED: &str = "this session is already paid; nothing was changed";
/// The session is canceled, and cannot be enabled or disabled.
pub const CANCELED_UNCHANGED: &str = "this session is canceled; nothing was changed. Create another session to be paid";
/// The session cannot be canceled, because its charge is pre-authorized.
pub const RESERVED: &str =
    "the charge of this session is pre-authorized; nothing was changed. Void the charge, or capture it";
/// The session cannot be canceled, because its charge has an unknown outcome.
pub const UNSETTLED: &str = "the charge of this session has not ended, or its outcome is unknown; nothing was changed. \
                         Read the session's charges and wait until it is known";
/// The session is disabled.
pub const INACTIVE: &str = "this session is not active; enable it first. Nothing was charged";
/// The session is past due.
pub const PAST_DUE: &str =
    "the due date of this session has passed; nothing was charged. Create another session to be paid";
/// The session has no payment attempts left.
pub const USED_UP: &str =
    "this session has used its 10 payment attempts; nothing was charged. Create another session to be paid";

impl TestHub {
    /// Awaits the answer to a request that must be refused with this status, before the hub writes anything or calls the
    /// bank.
    pub async fn refuses(&self, request: impl Future<Output = Answer>, status: u16) -> Answer {
        let _ = self.engine.take_calls();
        let operations = self.bank.operations();
        let answer = request.await.expect(status);
        let written = self.engine.take_calls().into_iter().filter(Call::is_write).count();
        assert_eq!(
            (written, self.bank.operations()),
            (0, operations),
            "what was refused left a trace: {}",
            answer.body
        );
        answer
    }
}

/// Fails unless the hub's error has this type and this message.
#[track_caller]
pub fn assert_error(answer: &Answer, kind: &str, message: &str) {
    assert_eq!((answer.text("/error/type"), answer.text("/error/message")), (kind, message));
}

/// Fails unless the hub refuses with 409 and this message.
#[track_caller]
pub fn assert_conflict(answer: &Answer, message: &str) {
    answer.assert_status(409);
    assert_error(answer, "conflict", message);
}

/// Fails unless the session's rules refuse with 400 and this message.
#[track_caller]
pub fn assert_refused(answer: &Answer, message: &str) {
    answer.assert_status(400);
    assert_error(answer, "invalid_request_error", message);
}
