//! Transaction requests: what was asked of a provider for a charge, and what came of it.

use serde::{Deserialize, Serialize};

use super::{decline::Decline, event::Event, status::Status};
use crate::{
    ids::{ProviderId, RequestId},
    merchant::ProviderType,
    money::Amount,
    time::Timestamp,
};

/// What was asked, as `requestType` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Register a payment that its buyer completes later: Pix, boleto, Drip.
    Pending,
    /// Take the money now: a card payment with capture. Of a payment that was registered: its buyer has paid it, or
    /// will not any more.
    Authorization,
    /// Reserve the money: a card payment without capture.
    PreAuthorization,
    /// Take money that was reserved.
    Capture,
    /// Give money back, or let go of money that was reserved.
    Void,
    /// Give up a payment that was registered and is not paid yet. Outside all sums.
    Cancel,
    /// The buyer's bank took the money back.
    ChargeBack,
    /// The buyer contests the payment.
    Dispute,
    /// The contest has ended.
    DisputeClosed,
    /// Money that had been given back came back.
    RevertVoid,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Authorization,
        Self::PreAuthorization,
        Self::Capture,
        Self::Void,
        Self::Cancel,
        Self::ChargeBack,
        Self::Dispute,
        Self::DisputeClosed,
        Self::RevertVoid,
    ];

    /// The word of the public API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorization => "authorization",
            Self::PreAuthorization => "pre_authorization",
            Self::Capture => "capture",
            Self::Void | Self::Cancel => "void",
            Self::ChargeBack => "charge_back",
            Self::Dispute => "dispute",
            Self::DisputeClosed => "dispute_closed",
            Self::RevertVoid => "revert_void",
        }
    }
}

/// How far a request has come, as `requestStatus` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestStatus {
    /// The intent is stored; the provider has not answered.
    Running,
    /// The provider may have done it: the outcome is not known yet.
    Processing,
    /// Done.
    Success,
    /// The provider refused.
    Failed,
    /// The provider was never reached.
    InternalError,
}

impl RequestStatus {
    /// The word of the public API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Processing => "processing",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::InternalError => "internal_error",
        }
    }
}

/// The merchant's account at a provider that a request went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Via {
    /// The account.
    pub id: ProviderId,
    /// The provider.
    #[serde(rename = "type")]
    pub kind: ProviderType,
}

/// What a provider said of a payment that it took, reserved or registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Receipt {
    /// The provider's own id of the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
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
    /// The page where a buyer pays with Drip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_url: Option<String>,
}

impl Receipt {
    /// Whether a buyer can pay with what it holds: a Pix code, a barcode or a page.
    #[must_use]
    pub const fn is_payable(&self) -> bool {
        self.pix_code.is_some() || self.barcode.is_some() || self.payment_url.is_some()
    }
}

/// What is known of a request's outcome, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Processing, success, failed or `internal_error`.
    pub status: RequestStatus,
    /// When the hub learned it.
    pub at: Timestamp,
    /// How long the provider took, in milliseconds; none where the answer came by itself or was asked for later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u32>,
    /// What the provider said of a success.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub receipt: Receipt,
    /// What the provider said of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline: Option<Decline>,
}

fn is_empty(receipt: &Receipt) -> bool {
    *receipt == Receipt::default()
}

/// The charge as the first answer of a request left it: what a repeat of that request is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct After {
    /// The charge's status then.
    pub status: Status,
    /// The charge's amount then.
    pub amount: Amount,
}

/// How a request stands. It is answered once and ends once, often with the same word.
#[expect(clippy::large_enum_variant, reason = "nearly every request that is kept has ended")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Standing {
    /// Stored before the call.
    Running,
    /// Answered without an end: the sweeper asks the provider.
    Open {
        /// What the caller was told.
        answer: Answer,
        /// The charge then.
        after: After,
    },
    /// Ended.
    Final {
        /// What the caller was told.
        answer: Answer,
        /// The charge then.
        after: After,
        /// The end, where it was learned after the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        end: Option<Answer>,
    },
}

/// One thing asked of a provider for a charge: appended once, completed in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionRequest {
    /// Its id.
    pub id: RequestId,
    /// What was asked.
    pub kind: RequestKind,
    /// For how much, in minor units.
    pub amount: Amount,
    /// Of whom.
    pub via: Via,
    /// When the intent was stored.
    pub created_at: Timestamp,
    /// The last instant at which the provider may still be called.
    pub call_before: Timestamp,
    /// How it stands.
    pub standing: Standing,
    /// Whether it repeats the one before it at another provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_retry: bool,
    /// The number of the request that it ends: a refund that was told as under way, or as refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<usize>,
    /// Whether giving the payment up gives its session up too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_session: bool,
    /// The keyed hash of what its caller said, for telling a repeat from another request under the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The events that it caused, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

impl TransactionRequest {
    /// What is known of its outcome today; none while it runs.
    #[must_use]
    pub fn latest(&self) -> Option<&Answer> {
        match &self.standing {
            Standing::Running => None,
            Standing::Open { answer, .. } => Some(answer),
            Standing::Final { answer, end, .. } => Some(end.as_ref().unwrap_or(answer)),
        }
    }

    /// Its first answer, and the charge as that left it; none while it runs.
    #[must_use]
    pub const fn answered(&self) -> Option<(&Answer, After)> {
        match &self.standing {
            Standing::Running => None,
            Standing::Open { answer, after } | Standing::Final { answer, after, .. } => Some((answer, *after)),
        }
    }

    /// How far it has come today.
    #[must_use]
    pub fn status(&self) -> RequestStatus {
        self.latest().map_or(RequestStatus::Running, |answer| answer.status)
    }

    /// Whether the provider told it of its own accord: nobody called, so its reference means nothing there.
    #[must_use]
    pub fn was_told(&self) -> bool {
        self.call_before == self.created_at
    }

    /// Whether nothing that a provider says of it can change it any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self.standing, Standing::Final { .. })
    }
}
