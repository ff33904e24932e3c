//! The words and numbers that this API has for what became of a payment or a refund: one table each.

use domain::{
    charge::{
        Charge,
        decline::{Decline, DeclineCode},
        request::RequestStatus,
        status::{Phase, Status},
    },
    money::Amount,
};
use serde::Serialize;

use super::errors::ApiError;

/// What a status says: its word, its category, and its number where that is established.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusWords {
    /// The word.
    pub status: &'static str,
    /// The category of the word.
    pub category: &'static str,
    /// The number.
    pub code: Option<u32>,
}

const fn words(status: &'static str, category: &'static str, code: Option<u32>) -> StatusWords {
    StatusWords { status, category, code }
}

/// Authorized, and waits for its approval.
const PENDING_APPROVAL: StatusWords = words("PENDING_APPROVAL", "PENDING_MERCHANT", Some(600));
/// Approved: the answer to an approval, or to a payment that needs none.
const CAPTURE_REQUESTED: StatusWords = words("CAPTURE_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", Some(800));
/// Paid.
const CAPTURED: StatusWords = words("CAPTURED", "COMPLETED", Some(900));
/// Declined.
const REJECTED: StatusWords = words("REJECTED", "UNSUCCESSFUL", Some(100));
/// Voided before its capture.
const CANCELLED: StatusWords = words("CANCELLED", "UNSUCCESSFUL", Some(99_999));
/// The outcome is unknown. It is never shown as rejected: the money may have been taken.
const AUTHORIZATION_REQUESTED: StatusWords = words("AUTHORIZATION_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", None);
/// Refunded in full; of a refund, done.
const REFUNDED: StatusWords = words("REFUNDED", "REFUNDED", None);
/// Charged back.
const CHARGEBACKED: StatusWords = words("CHARGEBACKED", "REVERSED", None);
/// Disputed, without a chargeback.
const CHARGEBACK_NOTIFICATION: StatusWords = words("CHARGEBACK_NOTIFICATION", "COMPLETED", None);
/// Of a refund: its outcome is not known.
const REFUND_REQUESTED: StatusWords = words("REFUND_REQUESTED", "PENDING_CONNECT_OR_3RD_PARTY", Some(800));
/// Of a refund: refused.
const REFUND_REJECTED: StatusWords = words("REJECTED", "UNSUCCESSFUL", Some(1850));

/// The status of a payment, and what can be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of the public API")]
pub struct PaymentStatus {
    /// What its status says.
    pub words: StatusWords,
    /// Whether it was declined, or never reached a provider.
    pub is_rejected: bool,
    /// Whether money is reserved or was paid.
    pub is_authorized: bool,
    /// Whether it can be canceled: only as long as nothing was captured.
    pub is_cancellable: bool,
    /// Whether something of it can be refunded. Never together with `is_cancellable`, and always where it was paid and
    /// something is left: Worldline's plug-in cancels the whole of a payment that it finds cancellable and not
    /// refundable, even for a credit memo over a part.
    pub is_refundable: bool,
}

impl PaymentStatus {
    /// Of `charge`. A payment that was just captured is shown as requested once, in the `is_answer` to that request.
    #[must_use]
    pub fn of(charge: &Charge, is_answer: bool) -> Self {
        let is_changeable = charge.has_requests_left() && charge.is_consistent();
        let has_left = is_changeable && charge.available() > Amount::ZERO;
        let (words, [is_authorized, is_cancellable, is_refundable]) = match charge.status() {
            Status::Pending => (AUTHORIZATION_REQUESTED, [false; 3]),
            Status::PreAuthorized if charge.phase() == Phase::BeingCaptured => {
                (CAPTURE_REQUESTED, [true, false, false])
            }
            Status::PreAuthorized => (PENDING_APPROVAL, [true, is_changeable && charge.is_at_rest(), false]),
            Status::Authorized if charge.is_dispute() => (CHARGEBACK_NOTIFICATION, [true, false, has_left]),
            Status::Authorized if is_answer => (CAPTURE_REQUESTED, [true, false, has_left]),
            Status::Authorized | Status::RefundPending => (CAPTURED, [true, false, has_left]),
            Status::ChargedBack => (CHARGEBACKED, [true, false, has_left]),
            Status::Failed => (REJECTED, [false; 3]),
            Status::Canceled => (CANCELLED, [false; 3]),
            Status::Voided => (REFUNDED, [false; 3]),
        };
        let is_rejected = charge.status() == Status::Failed;
        Self { words, is_rejected, is_authorized, is_cancellable, is_refundable }
    }
}

/// The status of a refund, of a request with this status. The hub cannot recall one.
pub(super) const fn of_refund(status: RequestStatus) -> StatusWords {
    match status {
        RequestStatus::Running | RequestStatus::Processing => REFUND_REQUESTED,
        RequestStatus::Success => REFUNDED,
        RequestStatus::Failed | RequestStatus::InternalError => REFUND_REJECTED,
    }
}

/// The error of a decline. Four codes are established, and all have the same message.
pub(super) fn declined(decline: Option<&Decline>, request: &str) -> ApiError {
    ApiError {
        code: decline_code(decline.map(|decline| decline.code)),
        id: None,
        category: "PAYMENT_PLATFORM_ERROR",
        message: "Not authorised".to_owned(),
        http_status_code: 402,
        property_name: None,
        request_id: request.to_owned(),
    }
}

/// The code of a decline; none where no provider was reached.
const fn decline_code(code: Option<DeclineCode>) -> &'static str {
    match code {
        Some(DeclineCode::InsufficientFunds) => "430360",
        Some(DeclineCode::FraudConfirmed | DeclineCode::FraudSuspect) => "430421",
        Some(
            DeclineCode::NotPermitted
            | DeclineCode::TransactionNotAllowed
            | DeclineCode::ServiceNotAllowed
            | DeclineCode::CardNotSupported
            | DeclineCode::RestrictedCard
            | DeclineCode::BlockedCard,
        ) => "430285",
        Some(
            DeclineCode::Generic
            | DeclineCode::ExpiredCard
            | DeclineCode::InvalidNumber
            | DeclineCode::InvalidCvv
            | DeclineCode::InvalidAmount
            | DeclineCode::CanceledCard
            | DeclineCode::Timeout
            | DeclineCode::TryAgain
            | DeclineCode::Expired
            | DeclineCode::ProcessingError
            | DeclineCode::InvalidData
            | DeclineCode::InvalidInstallment
            | DeclineCode::InvalidMerchant
            | DeclineCode::InvalidPin
            | DeclineCode::IssuerNotAvailable
            | DeclineCode::LostCard
            | DeclineCode::PickupCard
            | DeclineCode::PinTryExceeded
            | DeclineCode::SecurityViolation
            | DeclineCode::StolenCard,
        )
        | None => "430330",
    }
}

/// `statusOutput` of a payment or a refund.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusOutput {
    /// Why it was declined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ApiError>,
    /// Of a payment: whether money is reserved or was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_authorized: Option<bool>,
    /// Whether it can be canceled.
    pub is_cancellable: bool,
    /// Of a payment: whether something of it can be refunded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_refundable: Option<bool>,
    /// The category of the status.
    pub status_category: &'static str,
    /// The number of the status, where it is established.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<u32>,
    /// When it last changed: `YYYYMMDDHH24MISS` in UTC.
    pub status_code_change_date_time: String,
}
