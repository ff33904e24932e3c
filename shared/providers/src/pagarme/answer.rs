//! An order and its charge, as the answers show them, and where the charge is.

use domain::money::Amount;
use serde::Deserialize;

use crate::{
    HttpAnswer,
    text::{self, MAX_ID},
};

/// The orders of one code.
#[derive(Deserialize)]
pub(super) struct Orders {
    pub(super) data: Vec<Order>,
}

#[derive(Deserialize)]
pub(super) struct Order {
    pub(super) code: String,
    pub(super) charges: Vec<Charge>,
}

#[derive(Deserialize)]
pub(super) struct Charge {
    pub(super) id: String,
    code: Option<String>,
    status: ChargeStatus,
    pub(super) amount: u64,
    currency: Option<String>,
    payment_method: Option<String>,
    paid_amount: Option<u64>,
    canceled_amount: Option<u64>,
    pub(super) last_transaction: Transaction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ChargeStatus {
    Pending,
    Processing,
    Paid,
    Canceled,
    Failed,
    Chargedback,
    Underpaid,
    Overpaid,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(super) struct Transaction {
    pub(super) id: Option<String>,
    status: TransactionStatus,
    success: Option<bool>,
    pub(super) acquirer_return_code: Option<String>,
    pub(super) acquirer_nsu: Option<String>,
    pub(super) acquirer_auth_code: Option<String>,
    qr_code: Option<String>,
    line: Option<String>,
    gateway_response: Option<GatewayResponse>,
}

#[derive(Deserialize)]
struct GatewayResponse {
    code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TransactionStatus {
    AuthorizedPendingCapture,
    WaitingCapture,
    Captured,
    Paid,
    PartialCapture,
    Overpaid,
    Underpaid,
    WaitingPayment,
    Generated,
    Pending,
    Analyzing,
    PendingReview,
    NotAuthorized,
    WithError,
    Failed,
    Expired,
    PendingRefund,
    Refunded,
    PartialRefunded,
    Voided,
    PartialVoid,
    Chargedback,
    #[serde(other)]
    Other,
}

/// Where a charge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its money is reserved on a card.
    Reserved,
    /// So much was paid or captured, whatever became of it later.
    Taken(u64),
    /// Its shopper has not paid it yet, or it is under review.
    Waiting,
    /// It was declined.
    Refused,
    /// It was not paid in time.
    Expired,
    /// The acquirer answered with an error: what comes of it may not be known yet.
    Error,
    /// It was canceled before it was paid.
    Undone,
    /// The answer contradicts itself, or says what is not published.
    Unclear,
}

/// What the last transaction of a charge did to money that was taken or reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancellation {
    /// Nothing.
    None,
    /// Some of it was canceled.
    Done,
    /// Some of it is to be refunded.
    Begun,
    /// It failed: a refund, or a capture.
    Failed,
}

impl Charge {
    /// Whether it is the payment with this code and of this method, in BRL.
    pub(super) fn is_of(&self, code: &str, method: &str) -> bool {
        is_id(&self.id)
            && self.code.as_deref() == Some(code)
            && self.payment_method.as_deref() == Some(method)
            && self.currency.as_deref().is_none_or(|own| own == "BRL")
    }

    pub(super) fn state(&self) -> State {
        use TransactionStatus as Last;

        let paid = self.paid_amount.unwrap_or_default();
        match (self.status, self.last_transaction.status) {
            (
                ChargeStatus::Paid | ChargeStatus::Overpaid | ChargeStatus::Underpaid | ChargeStatus::Chargedback,
                last,
            ) => self.taken(last),
            (ChargeStatus::Canceled, _) if paid > 0 => State::Taken(paid),
            (ChargeStatus::Canceled, Last::Refunded | Last::PartialRefunded | Last::PendingRefund) => State::Unclear,
            (ChargeStatus::Canceled, _) => State::Undone,
            (ChargeStatus::Pending | ChargeStatus::Processing | ChargeStatus::Failed, _) if paid > 0 => State::Unclear,
            (ChargeStatus::Failed, Last::NotAuthorized | Last::Failed) if self.is_broken() => State::Error,
            (ChargeStatus::Failed, Last::NotAuthorized | Last::Failed) => State::Refused,
            (ChargeStatus::Failed, Last::Expired) => State::Expired,
            (ChargeStatus::Failed, Last::WithError) => State::Error,
            (
                ChargeStatus::Pending | ChargeStatus::Processing,
                Last::AuthorizedPendingCapture | Last::WaitingCapture | Last::PartialVoid,
            ) if self.last_transaction.success != Some(false) => State::Reserved,
            (
                ChargeStatus::Pending | ChargeStatus::Processing,
                Last::WaitingPayment | Last::Generated | Last::Pending | Last::Analyzing | Last::PendingReview,
            ) => State::Waiting,
            (ChargeStatus::Pending | ChargeStatus::Processing | ChargeStatus::Failed | ChargeStatus::Other, _) => {
                State::Unclear
            }
        }
    }

    /// A paid charge. Where it does not say how much was paid, it was all of it; never of a part.
    fn taken(&self, last: TransactionStatus) -> State {
        let is_whole = self.status == ChargeStatus::Paid && last != TransactionStatus::PartialCapture;
        match (self.paid_amount, is_whole) {
            (Some(paid @ 1..), _) => State::Taken(paid),
            (None, true) => State::Taken(self.amount),
            (Some(0) | None, _) => State::Unclear,
        }
    }

    /// What was canceled of what was paid or reserved.
    pub(super) fn canceled(&self) -> u64 {
        if self.state() == State::Undone { self.amount } else { self.canceled_amount.unwrap_or_default() }
    }

    pub(super) fn cancellation(&self) -> Cancellation {
        use TransactionStatus as Last;

        match (self.last_transaction.status, self.last_transaction.success) {
            (Last::Refunded | Last::PartialRefunded | Last::Voided | Last::PartialVoid, Some(true) | None) => {
                Cancellation::Done
            }
            (Last::PendingRefund, Some(true) | None) => Cancellation::Begun,
            (Last::Failed | Last::NotAuthorized, Some(false)) => Cancellation::Failed,
            _ if self.state() == State::Undone => Cancellation::Done,
            (
                Last::AuthorizedPendingCapture
                | Last::WaitingCapture
                | Last::Captured
                | Last::Paid
                | Last::PartialCapture
                | Last::Overpaid
                | Last::Underpaid
                | Last::WaitingPayment
                | Last::Generated
                | Last::Pending
                | Last::Analyzing
                | Last::PendingReview
                | Last::NotAuthorized
                | Last::WithError
                | Last::Failed
                | Last::Expired
                | Last::PendingRefund
                | Last::Refunded
                | Last::PartialRefunded
                | Last::Voided
                | Last::PartialVoid
                | Last::Chargedback
                | Last::Other,
                _,
            ) => Cancellation::None,
        }
    }

    /// Whether its last transaction captured money, or its shopper paid.
    pub(super) fn is_taken_last(&self) -> bool {
        let is_taking = matches!(
            self.last_transaction.status,
            TransactionStatus::Captured | TransactionStatus::Paid | TransactionStatus::PartialCapture
        );
        is_taking && self.last_transaction.success != Some(false)
    }

    pub(super) fn is_charged_back(&self) -> bool {
        self.status == ChargeStatus::Chargedback
    }

    /// Whether the gateway broke before an acquirer answered.
    fn is_broken(&self) -> bool {
        self.gateway_code().is_some_and(|code| code >= 500)
    }

    /// Whether the gateway itself refused what was asked.
    pub(super) fn is_refused_by_the_gateway(&self) -> bool {
        self.last_transaction.acquirer_return_code.is_none()
            && self.gateway_code().is_some_and(|code| (400..500).contains(&code))
    }

    fn gateway_code(&self) -> Option<u16> {
        self.last_transaction.gateway_response.as_ref()?.code.as_deref()?.parse().ok()
    }

    /// What can be paid with a code or a slip of it: its amount.
    fn payable(&self) -> Option<Amount> {
        Amount::new(self.amount).ok()
    }

    /// The Pix code of its amount, whole and valid.
    pub(super) fn pix_code(&self) -> Option<String> {
        let amount = self.payable()?;
        self.last_transaction.qr_code.clone().filter(|code| text::is_br_code_of(code, amount))
    }

    /// The digits of the barcode of a slip of its amount: the field `barcode` is the address of an image.
    pub(super) fn barcode(&self) -> Option<String> {
        text::barcode_of(self.last_transaction.line.as_deref()?, self.payable()?)
    }
}

/// A refusal of a request.
#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "message")]
    _message: String,
}

/// Whether the answer is a refusal of the provider itself, and not that of something in between.
pub(super) fn is_problem(answer: &HttpAnswer) -> bool {
    answer.read::<Problem>().is_some()
}

/// An id that the hub keeps whole, and that is a part of a path.
pub(super) fn is_id(id: &str) -> bool {
    text::is_id(id, MAX_ID, &['_', '-'])
}
