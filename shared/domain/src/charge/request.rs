//! Transaction requests: what was asked of a provider for a charge, and every answer to it.
//!
//! A request is stored before its call and answered in its place. Its first answer is the answer to its caller; its
//! last answer is what the hub knows today.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use super::{decline::Decline, event::Event};
use crate::{
    ids::{ProviderAccountId, RequestId},
    merchant::ProviderType,
    money::Amount,
    time::Timestamp,
};

/// What was asked, as `requestType` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RequestKind {
    /// Register a payment that its shopper completes later: Pix, boleto, Drip.
    Pending,
    /// Take the money now: a card payment with capture. Of a registered payment: the shopper has paid it, or can no
    /// longer pay it.
    Authorization,
    /// Reserve the money: a card payment without capture.
    PreAuthorization,
    /// Take reserved money.
    Capture,
    /// Refund a payment, or release an authorization before capture.
    Void,
    /// Cancel a registered payment that is not paid. Outside all sums.
    #[strum(serialize = "void")]
    Cancel,
    /// The shopper's bank took the money back.
    ChargeBack,
    /// A chargeback was credited again: the merchant won the dispute.
    #[strum(serialize = "dispute_closed")]
    ChargeBackReversal,
    /// The shopper disputes the payment.
    Dispute,
    /// The dispute is closed.
    DisputeClosed,
    /// Refunded money came back to the merchant.
    RevertVoid,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The word that it is stored as. A cancel is stored as `void`; a chargeback that is credited again closes its
    /// dispute.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it takes, reserves or registers a payment.
    #[must_use]
    pub const fn is_payment(self) -> bool {
        match self {
            Self::Pending | Self::Authorization | Self::PreAuthorization => true,
            Self::Capture
            | Self::Void
            | Self::Cancel
            | Self::ChargeBack
            | Self::ChargeBackReversal
            | Self::Dispute
            | Self::DisputeClosed
            | Self::RevertVoid => false,
        }
    }
}

/// How far a request has come, as `requestStatus` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RequestStatus {
    /// The intent is stored; the provider has not answered.
    Running,
    /// The provider may have done it: the outcome is unknown, or is confirmed later.
    Processing,
    /// Done.
    Success,
    /// The provider refused.
    Failed,
    /// The provider was never reached.
    InternalError,
}

impl RequestStatus {
    /// The word that it is stored as.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it was refused, or never sent.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        match self {
            Self::Failed | Self::InternalError => true,
            Self::Running | Self::Processing | Self::Success => false,
        }
    }

    const fn is_final(self) -> bool {
        match self {
            Self::Success | Self::Failed | Self::InternalError => true,
            Self::Running | Self::Processing => false,
        }
    }
}

/// Who caused a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A caller of the API.
    #[default]
    Merchant,
    /// The hub itself: it cancels a superseded payment, or refunds a duplicate one.
    Hub,
    /// The provider reported it: the hub called nothing, so the provider does not know our reference.
    Provider,
}

impl Origin {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) const fn is_merchant(&self) -> bool {
        matches!(self, Self::Merchant)
    }
}

/// The merchant's account at a provider that a request went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Via {
    /// The account.
    pub id: ProviderAccountId,
    /// The provider.
    #[serde(rename = "type")]
    pub kind: ProviderType,
}

/// How the id begins of what an operator recorded: no provider has it.
pub const BY_OPERATOR: &str = "operator-";

/// Whether an operator recorded what has this id.
pub(super) fn is_by_operator(id: &str) -> bool {
    id.starts_with(BY_OPERATOR)
}

/// What a provider said of a payment that it took, reserved or registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Receipt {
    /// The provider's own id of the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The provider's own id of the capture that took the money, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capture_id: Option<String>,
    /// The issuer's authorization code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_code: Option<String>,
    /// The acquirer's sequence number (NSU).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_nsu: Option<String>,
    /// The provider's response code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_code: Option<String>,
    /// The card network's response code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_code: Option<String>,
    /// The Pix code to be paid ("copia e cola").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pix_code: Option<String>,
    /// The 44 digits of a boleto's barcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The page where a shopper pays with Drip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_url: Option<String>,
}

impl Receipt {
    /// Whether a shopper can pay with what it holds: a Pix code, a barcode or a page.
    #[must_use]
    pub const fn is_payable(&self) -> bool {
        self.pix_code.is_some() || self.barcode.is_some() || self.payment_url.is_some()
    }

    /// The receipt of the payment without that of its capture.
    pub(super) fn of_payment(self) -> Self {
        Self { capture_id: None, ..self }
    }

    /// The receipt of the capture alone.
    pub(super) fn of_capture(self) -> Self {
        Self { transaction_id: self.capture_id.or(self.transaction_id), capture_id: None, ..self }
    }
}

/// One answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The step of the charge at which it was learned.
    pub step: u32,
    /// Processing, success, failed or `internal_error`.
    pub status: RequestStatus,
    /// When the hub learned it.
    pub at: Timestamp,
    /// How long the provider took, in milliseconds; none where the hub did not wait for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u32>,
    /// Until when the provider asks not to be asked, where the outcome is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_after: Option<Timestamp>,
    /// The amount, where the provider says another one than was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The id under which it is printed as an entry of its own; none where it completes the entry before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<RequestId>,
    /// What the provider said of a success.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub receipt: Receipt,
    /// What the provider said of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline: Option<Decline>,
    /// The event that it caused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
}

impl Answer {
    /// An answer at `at` of which only the status is known.
    pub(crate) fn new(step: u32, status: RequestStatus, at: Timestamp) -> Self {
        Self {
            step,
            status,
            at,
            took_ms: None,
            ask_after: None,
            amount: None,
            entry: None,
            receipt: Receipt::default(),
            decline: None,
            event: None,
        }
    }
}

fn is_empty(receipt: &Receipt) -> bool {
    *receipt == Receipt::default()
}

/// The mark of a payment that is not kept: the hub refunds what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubRefund {
    /// Since when.
    pub since: Timestamp,
    /// Until when its provider refunds it.
    pub until: Timestamp,
}

/// One thing asked of a provider for a charge, or reported by it: appended once, answered in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionRequest {
    /// Its id.
    pub id: RequestId,
    /// What was asked.
    pub kind: RequestKind,
    /// For how much, in minor units.
    pub amount: Amount,
    /// The provider account that was asked.
    pub via: Via,
    /// When it was stored.
    pub created_at: Timestamp,
    /// Until when its call may begin.
    pub call_before: Timestamp,
    /// Who caused it.
    #[serde(default, skip_serializing_if = "Origin::is_merchant")]
    pub origin: Origin,
    /// The step of the charge at which it was appended.
    pub step: u32,
    /// The event that storing it caused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    /// Its answers, oldest first; none while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// Whether it repeats the one before it at another provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_retry: bool,
    /// The number of the request that it is about: of a payment, the attempt that was paid; of a refund, the payment
    /// that it refunds where that is not the charge's own; of a reversal, the refund; of a capture that turned out to
    /// have failed, the payment or capture that had counted as the taking of the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<usize>,
    /// Whether it is a duplicate payment of the same charge, outside the charge's sums.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_duplicate: bool,
    /// Whether the hub refunds it, and how long that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub_refund: Option<HubRefund>,
    /// Of a payment that reserved money: until when that stays reserved, where its provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_until: Option<Timestamp>,
    /// The dispute that it is a step of, by the provider's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<String>,
    /// Its place among the steps of the dispute, from 1, where they have an order of their own. A debit that goes on has
    /// the place of the last step that said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute_place: Option<u8>,
    /// Of the end of a dispute: whether the merchant won it, where the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub won: Option<bool>,
    /// More ids under which the provider reported it, beside those of its answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_as: Vec<String>,
    /// Whether canceling the payment cancels its session too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_session: bool,
    /// The keyed hash of its caller's body, to recognise an idempotent replay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What the merchant calls it, where that is another name than the charge's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_reference: Option<String>,
}

impl TransactionRequest {
    /// What is known of its outcome today; none while it runs.
    #[must_use]
    pub fn latest(&self) -> Option<&Answer> {
        self.answers.last()
    }

    /// The answer to its caller; none while it runs.
    #[must_use]
    pub fn first(&self) -> Option<&Answer> {
        self.answers.first()
    }

    /// How far it has come today.
    #[must_use]
    pub fn status(&self) -> RequestStatus {
        self.latest().map_or(RequestStatus::Running, |answer| answer.status)
    }

    /// How much it was, by the provider's last answer.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.answers.iter().rev().find_map(|answer| answer.amount).unwrap_or(self.amount)
    }

    /// Whether it has ended; only an approval after a refusal changes it then.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status().is_final()
    }

    /// Whether it was done.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        self.status() == RequestStatus::Success
    }

    /// Whether its provider reports by it that money which counted as taken is only reserved.
    pub(super) fn is_failed_capture(&self) -> bool {
        self.kind == RequestKind::Capture && self.origin == Origin::Provider && self.status().is_failure()
    }

    /// Whether an operator recorded it, and the hub never made it: its provider knows neither its reference nor its id.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        let id = self.latest().and_then(|answer| answer.receipt.transaction_id.as_deref());
        self.origin == Origin::Provider && id.is_some_and(is_by_operator)
    }

    /// Whether its outcome is unknown, or is confirmed later.
    #[must_use]
    pub fn is_processing(&self) -> bool {
        self.status() == RequestStatus::Processing
    }

    /// Whether the provider knows it under `id`.
    #[must_use]
    pub fn is_known_as(&self, id: &str) -> bool {
        self.known_as.iter().any(|known| known == id)
            || self.answers.iter().any(|answer| answer.receipt.transaction_id.as_deref() == Some(id))
    }

    /// Whether its provider says that what it approved was captured.
    pub(super) fn has_capture(&self) -> bool {
        self.answers.iter().any(|answer| answer.receipt.capture_id.is_some())
    }

    /// Whether the provider gave it any id.
    #[must_use]
    pub fn has_id(&self) -> bool {
        self.ids() > 0
    }

    /// Under how many ids the provider knows it.
    pub(super) fn ids(&self) -> usize {
        let answered = self.answers.iter().filter(|answer| answer.receipt.transaction_id.is_some());
        answered.count().saturating_add(self.known_as.len())
    }
}
